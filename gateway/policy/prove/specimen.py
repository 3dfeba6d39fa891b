"""A small valid message with invented values in which one item has a given case: what a broken promise would look like.

Built from the shapes of the format alone: the way to the field, what the objects on the way cannot be without, a person
with the roles of the case, and a header that states purpose, marks and classification. Not every case has one: some
sets of roles or marks no single message can show, and then there is none. Values are invented; none is of a message.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID, uuid5

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.layout import ARRAYS, BODY_OF, ENTITY_ARRAYS
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, Unit, ValueKind
from gateway.exchange.validate import validate
from gateway.exchange.vocabulary import Code
from gateway.names import Status
from gateway.policy.language import NO_PERSON, UNMARKED, Case

__all__ = ["HOME", "specimen"]

HOME = "QM"
"""The invented home country of the message."""
_ELSEWHERE = "QZ"
_SPACE = UUID("6f1f6f0e-53f8-5a43-9c79-3d0f6f5f1f10")
_TEXTS: Mapping[ValueKind, str] = {
    ValueKind.TEXT: "Invented",
    ValueKind.LONG: "Invented text.",
    ValueKind.ORIGINAL: "Invented",
    ValueKind.LONG_ORIGINAL: "Invented text.",
    ValueKind.DECIMAL: "12.50",
    ValueKind.INSTANT: "2026-01-15T10:00:00Z",
    ValueKind.DAY: "2026-01-15",
    ValueKind.DATE: "1990-01-15",
    ValueKind.MOMENT: "2026-01-15",
    ValueKind.SCHEME: "invented-list",
    ValueKind.LANGUAGE: "en",
    ValueKind.SCRIPT: "Latn",
    ValueKind.AGENCY: "qm-police",
    ValueKind.PARTNER: "qm-police",
    ValueKind.DIGEST: "sha256:" + "0" * 64,
    ValueKind.FIELD: "person.names.full",
    ValueKind.MARKING: "invented:mark",
}
_PLAINEST = ("person-notice", "object-notice", "situation-alert", "cyber-indicators")
"""Kinds that are tried first: they need the least."""
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "transaction-report": ("transactions",),
    "movement-report": ("events",),
    "evidence-transfer": ("evidence.digest",),
}
"""What a kind needs that the schema states as one of several."""

_Way = tuple[str, ...]
_Ways = tuple[_Way, ...]


def specimen(case: Case, fmt: ExchangeFormat, country: str, status: str = Status.ACTUAL.value) -> JsonObject | None:
    """Give a valid message in which the field of the case has the attributes of the case; None if there is none.

    `country` is the partner's, for data that are the receiver's own; `status` is one that it takes.
    """
    row = fmt.catalogue.fields[case.field]
    way = tuple(step.removesuffix("[*]") for step in row.path.removeprefix("$.").split("."))
    for kind in dict.fromkeys((*_PLAINEST, *BODY_OF)):
        if way[0] not in BODY_OF.values() or BODY_OF[kind] == way[0]:
            message = _Draft(case, fmt, country, kind, status).message(way)
            if not validate(message, fmt):
                return message
    return None


def _id(*parts: object) -> str:
    return str(uuid5(_SPACE, "/".join(map(str, parts))))


class _Draft:
    """One message of one kind, made from as little as possible."""

    def __init__(self, case: Case, fmt: ExchangeFormat, country: str, kind: str, status: str) -> None:
        self._case = case
        self._fmt = fmt
        self._country = country
        self._kind = kind
        self._status = status
        self._root = fmt.catalogue.root
        self._entities: dict[str, list[JsonObject]] = {}
        self._message: JsonObject = {}

    def message(self, way: _Way) -> JsonObject:
        """Build the message around the way to the field."""
        needed = (*self._fmt.catalogue.needs.get(self._kind, ()), *_BESIDE.get(self._kind, ()), BODY_OF[self._kind])
        needed += ("header.exercise",) if self._status == Status.EXERCISE else ()
        ways = [way, *(tuple(name.split(".")) for name in needed)]
        parts = {
            first: tuple(one[1:] for one in ways if one[0] == first) for first in dict.fromkeys(w[0] for w in ways)
        }
        message: JsonObject = {"header": self._header(parts.pop("header", ()))}
        entities = {name: inner for name, inner in parts.items() if name in ENTITY_ARRAYS}
        self._message = message
        for name, inner in entities.items():
            if name not in self._entities or any(inner):
                self._entity(name, inner)
        for name, inner in parts.items():
            if name not in entities:
                self._add(name, inner)
        self._people()
        self._connect(way[0])
        message.update({name: [*items] for name, items in self._entities.items()})
        return message

    def _add(self, name: str, ways: _Ways) -> str:
        shape = self._root.members[name]
        inner = shape.item if isinstance(shape, ListShape) else shape
        if isinstance(inner, ObjectShape):
            value = self._link(inner, ways) if name == "links" else self._object(inner, ways, _id(name))
            self._message[name] = [value] if isinstance(shape, ListShape) else value
            return str(value.get("id"))
        return ""

    # ---- header ------------------------------------------------------------------------------------------------------

    def _header(self, ways: _Ways) -> JsonObject:
        case, shape = self._case, self._root.members["header"]
        made = self._object(shape, ways, _id("header")) if isinstance(shape, ObjectShape) else {}
        country = {"ours": HOME, "third party": _ELSEWHERE}.get(case.origin, self._country)
        made |= {
            "format": f"exchange/{self._fmt.version.rpartition('/')[2]}",
            "id": _id("message"),
            "kind": self._kind,
            "issued": "2026-01-15T10:00:00Z",
            "status": self._status,
            "originator": {**_members(made, "originator"), "agency": "qm-police", "country": country},
            "purpose": case.purpose,
            "handling": {**_members(made, "handling"), **self._handling()},
        }
        statement = _members(made, "statement")
        if case.information == "fact" or statement:
            made["statement"] = {**statement, "basis": case.information}
        thread = _members(made, "conversation")
        answers = "in_reply_to" in thread
        made["conversation"] = {**thread, "thread": _id("thread" if answers else "message")}
        return made

    def _handling(self) -> JsonObject:
        made: JsonObject = {"classification": self._case.classification}
        marks = sorted(self._case.marks - {UNMARKED})
        flags: list[JsonValue] = [mark for mark in marks if ":" not in mark]
        markings: list[JsonValue] = [mark for mark in marks if ":" in mark and not mark.startswith("tlp:")]
        made |= {name: value for name, value in (("flags", flags), ("markings", markings)) if value}
        labels: list[JsonValue] = [mark.removeprefix("tlp:") for mark in marks if mark.startswith("tlp:")]
        return made | {"tlp": labels[0]} if labels else made

    # ---- persons and what connects them ------------------------------------------------------------------------------

    def _people(self) -> None:
        """Give the persons of the message the roles of the case; nobody, if the case is about nobody."""
        roles = self._case.roles - {NO_PERSON}
        persons = self._entities.setdefault("persons", []) if roles else self._entities.get("persons", [])
        if roles and not persons:
            self._entity("persons", ())
        statuses = frozenset(self._fmt.vocabulary.words("person-status"))
        for person in persons:
            stated: list[JsonValue] = [*sorted(roles - statuses)]
            has: list[JsonValue] = [*sorted(roles & statuses)]
            person |= {name: value for name, value in (("roles", stated), ("statuses", has)) if value}

    def _connect(self, array: str) -> None:
        """Link the first person to the first thing, so that the thing carries the person's roles."""
        persons, things = self._entities.get("persons"), self._entities.get(array)
        if array in ("persons", "links") or not persons or not things:
            return
        word = ENTITY_ARRAYS[array]
        ways = ((persons[0], "person", things[0], word), (things[0], word, persons[0], "person"))
        for start, from_, end, to in ways:
            kind = next((code for code, row in self._kinds.items() if row.connects(from_, to)), None)
            if kind is not None:
                self._message["links"] = [{"id": _id("link"), "kind": kind, "from": start["id"], "to": end["id"]}]
                return

    @property
    def _kinds(self) -> Mapping[str, Code]:
        return self._fmt.vocabulary["link"].codes

    def _link(self, shape: ObjectShape, ways: _Ways) -> JsonObject:
        """A link between two persons of the case, or between two things if the case is about nobody."""
        array = "objects" if self._case.roles == {NO_PERSON} else "persons"
        ends = [self._entity(array, ()), self._entity(array, ())]
        word = ENTITY_ARRAYS[array]
        kind = next(code for code, row in self._kinds.items() if row.connects(word, word) and code != "same-as")
        made = self._object(shape, ways, _id("link"))
        return {**made, "id": _id("link"), "kind": kind, "from": ends[0]["id"], "to": ends[1]["id"]}

    def _entity(self, array: str, ways: _Ways) -> JsonObject:
        shape = self._root.members[array]
        inner = shape.item if isinstance(shape, ListShape) else shape
        place = self._entities.setdefault(array, [])
        name = _id(array, len(place))
        made: JsonObject = {"id": name}
        place.append(made)
        if isinstance(inner, ObjectShape):
            made |= self._object(inner, ways, name)
        made["id"] = name
        return made

    # ---- values ------------------------------------------------------------------------------------------------------

    def _object(self, shape: ObjectShape, ways: _Ways, seed: str) -> JsonObject:
        """What the object cannot be without, and the members on the ways."""
        firsts = dict.fromkeys(way[0] for way in ways if way)
        names = dict.fromkeys((*shape.required, *self._chosen(shape, [*firsts]), *firsts))
        if firsts.keys() & {"scheme", "to", "qualifier"} and shape.unit:
            code = shape.unit in (Unit.CODE, Unit.CODE_ITEM)
            names |= dict.fromkeys(("code",) if code else ("value", "to", "qualifier"))
        made: JsonObject = {}
        for name in names:
            if name in shape.members:
                inner = tuple(way[1:] for way in ways if way[:1] == (name,) and way[1:])
                made[name] = self._value(shape.members[name], inner, f"{seed}/{name}", shape)
        if "qualifier" in made and shape.unit:
            made |= {"qualifier": "between", "to": made["value"]}
        return made

    def _chosen(self, shape: ObjectShape, firsts: list[str]) -> Iterator[str]:
        """One of a group of which one must be there; something to speak about where there is only a statement."""
        if shape.any_of and not any(set(group) <= {*shape.required, *firsts} for group in shape.any_of):
            yield from shape.any_of[0]
        elif not shape.required and not shape.any_of and not shape.beside and {*firsts} <= {"statement", "handling"}:
            plain = [
                name for name, inner in shape.members.items() if not isinstance(inner, ObjectShape) or not inner.beside
            ]
            yield from plain[:1]

    def _value(self, shape: Shape, ways: _Ways, seed: str, owner: ObjectShape) -> JsonValue:
        if isinstance(shape, ListShape):
            return [self._value(shape.item, ways, f"{seed}/0", owner)]
        if isinstance(shape, ObjectShape):
            return self._object(shape, ways, seed)
        return self._leaf(shape, seed, owner)

    def _leaf(self, row: CatalogueField, seed: str, owner: ObjectShape) -> JsonValue:
        if row.kind is ValueKind.ID:
            return _id(seed)
        if row.kind is ValueKind.INTEGER:
            return 1
        if row.kind is ValueKind.REF:
            return self._target(row)
        if row.kind is ValueKind.WORD:
            return self._fmt.vocabulary.words(row.vocabulary)[0]
        if row.kind is ValueKind.CODE:
            words = self._fmt.vocabulary[owner.list_of].codes if owner.list_of else {}
            return next((code for code, found in words.items() if not found.valid_from and not found.valid_until), "1")
        if row.kind is ValueKind.FIELD:
            return next(
                name
                for name, one in self._fmt.catalogue.fields.items()
                if one.owner == row.owner and one.kind is ValueKind.TEXT
            )
        return _TEXTS[row.kind]

    def _target(self, row: CatalogueField) -> str:
        """The id of something that this reference may lead to; it is added if there is none."""
        arrays = [array for array, word in ARRAYS.items() if word in row.refs]
        for array in arrays:
            if self._entities.get(array):
                return str(self._entities[array][0]["id"])
        if arrays and arrays[0] in ENTITY_ARRAYS:
            return str(self._entity(arrays[0], ())["id"])
        return self._add(arrays[0], ()) if arrays else _id("message")


def _members(value: JsonObject, name: str) -> JsonObject:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
