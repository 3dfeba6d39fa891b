"""Valid messages of the exchange format, built from its shapes: what the schemas allow, these can draw.

`messages()` draws whole messages of any kind, with several scripts, partial dates, foreign codes, portion marks,
statements everywhere, placeholders as text, and links that hold. `leaf_values(row)` draws values of one leaf.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias
from uuid import UUID, uuid5

from hypothesis import strategies as st

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.ladders import LADDERS
from gateway.exchange.layout import ADMINISTRATIVE, ARRAYS, BODIES, BODY_OF, ENTITY_ARRAYS
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, Unit, ValueKind
from gateway.names import FieldId
from tests.exchange.given import exchange_format

__all__ = ["NAMESPACE", "leaf_values", "messages", "texts"]

Draw: TypeAlias = st.DrawFn

NAMESPACE = UUID("5d1c0f3e-7a0e-5a0e-9d57-3f8a0c6f1d11")
"""Only for tests: ids of drawn messages are made in it."""

ODD_TEXTS = (
    "Obraztsov Daniil",
    "Образцов Даниил Петрович",
    "نور الدين حداد",
    "林 小雨",
    "Ærøskøbing",
    "Παύλος Δημητρίου",
    "O'Brien-Smythe, Jr.",
    "=SUM(A1)",
    "N/A",
    "-0-",
    "null",
    "NO",
    "0123",
    "a" * 512,
    "👮🏽",
    "<b>&amp;</b>",
    "' OR 1=1 --",
)
_LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs", "M"), include_characters=" ")


def texts(most: int = 40) -> st.SearchStrategy[str]:
    """One line of text in normal form C: plausible and odd ones, never blank."""
    drawn = st.text(_LETTERS, min_size=1, max_size=most).map(lambda text: unicodedata.normalize("NFC", text))
    return st.sampled_from(ODD_TEXTS) | drawn.filter(lambda text: not text.isspace())


def _as_received(most: int) -> st.SearchStrategy[str]:
    """Anything that a reader lets through: control characters, any normal form, but no U+0000."""
    anything = st.characters(codec="utf-8", exclude_characters="\0")
    return st.text(anything, min_size=1, max_size=most).filter(lambda text: not text.isspace())


def _digits(low: int, high: int, width: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda number: f"{number:0{width}}")


def _dates(first: int = 1, last: int = 9999) -> st.SearchStrategy[str]:
    year, month, day = _digits(first, last, 4), _digits(1, 12, 2), _digits(1, 28, 2)
    return year | st.tuples(year, month).map("-".join) | st.tuples(year, month, day).map("-".join)


_DAYS = st.tuples(_digits(1900, 2090, 4), _digits(1, 12, 2), _digits(1, 28, 2)).map("-".join)
_INSTANTS = st.builds(
    lambda day, hour, minute, fraction, offset: f"{day}T{hour}:{minute}:00{fraction}{offset}",
    _DAYS,
    _digits(0, 23, 2),
    _digits(0, 59, 2),
    st.sampled_from(["", ".5", ".123456789"]),
    st.sampled_from(["Z", "+02:00", "-11:30", "+14:00"]),
)
_EARLY, _LATE = _dates(1, 2090), _dates(2091, 9999)
_EARLY_MOMENTS = _EARLY | _INSTANTS
_LATE_INSTANTS = _INSTANTS.map(lambda instant: "2091" + instant[4:])
_LATE_MOMENTS = _LATE | _LATE_INSTANTS
_DECIMALS = st.builds(
    lambda sign, whole, rest: f"{sign}{whole}{rest}",
    st.sampled_from(["", "-"]),
    st.integers(0, 10**18 - 1),
    st.sampled_from(["", ".0", ".50", ".123456789"]),
)
_UUIDS = st.integers(0, 2**32).map(lambda number: str(uuid5(NAMESPACE, str(number))))

_KINDS: dict[ValueKind, st.SearchStrategy[JsonValue]] = {
    ValueKind.TEXT: texts(),
    ValueKind.LONG: texts(80) | st.just("two\nlines\r\nand a third"),
    ValueKind.ORIGINAL: _as_received(20),
    ValueKind.LONG_ORIGINAL: _as_received(40),
    ValueKind.ID: _UUIDS,
    ValueKind.INTEGER: st.integers(0, 2**53 - 1),
    ValueKind.DECIMAL: _DECIMALS,
    ValueKind.INSTANT: _INSTANTS,
    ValueKind.DAY: _DAYS,
    ValueKind.DATE: _dates(),
    ValueKind.MOMENT: _dates() | _INSTANTS,
    ValueKind.CODE: texts(20).map(lambda text: text[:128]),
    ValueKind.SCHEME: st.sampled_from(["qm-penal-code", "un-locode", "x.1"]),
    ValueKind.LANGUAGE: st.sampled_from(["en", "fr", "zh-Hant-TW", "sr-Cyrl"]),
    ValueKind.SCRIPT: st.sampled_from(["Latn", "Cyrl", "Arab", "Hant", "Zyyy"]),
    ValueKind.AGENCY: st.sampled_from(["qm-police", "qn-customs", "qs-cyber"]),
    ValueKind.PARTNER: st.sampled_from(["qn-police", "qr-police", "eu-body"]),
    ValueKind.DIGEST: st.sampled_from(["0", "a", "f"]).map(lambda digit: f"sha256:{digit * 64}"),
    ValueKind.MARKING: st.sampled_from(["pap:amber", "euci:RESTREINT", "x1:A+B"]),
}


@cache
def leaf_values(row: CatalogueField) -> st.SearchStrategy[JsonValue]:
    """Values of one leaf, taken alone: a reference is any id, a code any of its list."""
    if row.vocabulary:
        return _one_of(exchange_format().vocabulary.words(row.vocabulary))
    if row.part == "raw":
        return _KINDS[ValueKind.ORIGINAL]
    if row.kind is ValueKind.FIELD:
        return _one_of(tuple(sorted(exchange_format().catalogue.fields)))
    return _KINDS[ValueKind.ID if row.kind is ValueKind.REF else row.kind]


@cache
def _one_of(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Kept, because making a strategy costs more than drawing from it."""
    return st.sampled_from(words)


@cache
def _sets(row: CatalogueField) -> st.SearchStrategy[set[str]]:
    return st.sets(leaf_values(row).map(str), min_size=1, max_size=3)


@cache
def _up_to(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


def messages(kinds: Sequence[str] = tuple(BODY_OF), *, most: int = 3) -> st.SearchStrategy[JsonObject]:
    """Valid messages of some kinds, with up to `most` entities per array. `validate` finds no fault in them."""
    return st.sampled_from(kinds).flatmap(lambda kind: _messages(kind, most))


# ---------------------------------------------------------------- whole messages


@st.composite
def _messages(draw: Draw, kind: str, most: int) -> JsonObject:
    fmt = exchange_format()
    maker = _Maker(draw, fmt, {})
    needs = fmt.catalogue.needs[kind]
    counts = {array: draw(st.integers(1 if array in needs else 0, most)) for array in ENTITY_ARRAYS}
    if kind == "person-notice":
        counts["persons"] = max(counts["persons"], 1)
    if kind == "transaction-report":
        counts["organisations"] = max(counts["organisations"], 1)
        counts["transactions"] = max(counts["transactions"], 1)
    if kind == "freeze-request":
        counts["objects"] = max(counts["objects"], 1)
    if kind == "movement-report":
        counts["events"], counts["persons"] = max(counts["events"], 1), max(counts["persons"], 1)
    if kind in ADMINISTRATIVE - {"correction"}:
        counts = dict.fromkeys(ENTITY_ARRAYS, 0)
    counts |= {array: draw(st.integers(0, 2)) for array in ("narrative", "attachments", "extensions")}
    for array, count in counts.items():
        maker.ids[ARRAYS[array]] = [str(uuid5(NAMESPACE, f"{array}/{position}")) for position in range(count)]
    message: JsonObject = {"header": maker.header(kind)}
    for body in maker.bodies(kind):
        made = maker.object(fmt.catalogue.objects[body], must=tuple(_needed(needs, body)))
        if made:
            message[body] = made
    maker.entities(message)
    _settle(kind, message, maker)
    return message


def _needed(needs: Sequence[str], body: str) -> list[str]:
    return [need.removeprefix(f"{body}.") for need in needs if need.startswith(f"{body}.")]


def _settle(kind: str, message: JsonObject, maker: "_Maker") -> None:
    """What a kind needs beyond its required members."""
    events, items, consent = message.get("events"), message.get("evidence"), message.get("consent")
    if kind == "movement-report" and isinstance(events, list) and isinstance(events[0], dict):
        events[0]["kind"] = "journey"
        events[0].pop("stated_unknown", None)
    if kind == "evidence-transfer" and isinstance(items, list):
        for item in items:
            if isinstance(item, dict):
                item["digest"] = maker.draw(_KINDS[ValueKind.DIGEST])
                item.pop("stated_unknown", None)
    assistance = message.get("assistance")
    instrument = assistance.get("instrument") if isinstance(assistance, dict) else None
    if kind == "assistance-request" and isinstance(instrument, dict):
        instrument.setdefault("code", "other")
    if isinstance(consent, dict):
        if kind == "consent-request":
            consent.pop("answer", None)
        elif consent.get("answer") == "granted":
            consent.setdefault("until", maker.draw(_INSTANTS))


@dataclass(slots=True)
class _Maker:
    """Draws objects by their shapes. `ids` are the ids of the message by kind of entity, known before it is drawn."""

    draw: Draw
    fmt: ExchangeFormat
    ids: dict[str, list[str]]

    def chosen(self, names: Sequence[str], *, dense: bool) -> list[str]:
        """About three quarters of some optional members if `dense`, else a quarter; none when shrunk."""
        if not names:
            return []
        most = 2 ** len(names) - 1
        one, other = self.draw(_up_to(most)), self.draw(_up_to(most))
        bits = one | other if dense else one & other
        return [name for position, name in enumerate(names) if bits >> position & 1]

    # ---- the header ------------------------------------------------------------------------------------------------

    def header(self, kind: str) -> JsonObject:
        own = str(uuid5(NAMESPACE, "message"))
        shape = self.fmt.catalogue.objects["header"]
        must = ["issued", "status", "precedence", "originator", "handling", "purpose", "legal_basis"]
        made = self.object(shape, must=(*must, "supersedes", "recalls"))
        made |= {"format": self.fmt.version, "id": own, "kind": kind}
        made["issued"] = self.draw(_LATE_INSTANTS)
        if made["status"] == "Exercise":
            made.setdefault("exercise", "GREY HERON")
        if kind in ADMINISTRATIVE and self.draw(st.booleans()):
            del made["purpose"]
        other = self.draw(_UUIDS)
        made["conversation"] = {"thread": other, "in_reply_to": other, "clock": "agreed", "due": self.draw(_INSTANTS)}
        if not any(need.endswith("in_reply_to") for need in self.fmt.catalogue.needs[kind]) and self.draw(
            st.booleans()
        ):
            made["conversation"] = {"thread": own, "clock": "le-other"}
        handling = made["handling"]
        if isinstance(handling, dict) and self.draw(st.booleans()):
            handling["flags"] = ["H0", "H1", "H2", "H3"]
        return made

    def bodies(self, kind: str) -> list[str]:
        own = BODY_OF[kind]
        if kind != "correction":
            return [own] if own not in {"cyber", "movement"} or self.draw(st.booleans()) else []
        others = [body for body in BODIES if body not in {"receipt", "recall", "correction", "consent"}]
        return [own, *(self.draw(st.lists(st.sampled_from(others), max_size=1)))]

    # ---- entities --------------------------------------------------------------------------------------------------

    def entities(self, message: JsonObject) -> None:
        for array, kind in ARRAYS.items():
            if array == "links":
                continue
            items: list[JsonValue] = [self.entity(kind, own, message) for own in self.ids.get(kind, [])]
            if items:
                message[array] = items
        links = [link for position in range(self.draw(_up_to(3))) if (link := self.link(position, message))]
        if links:
            message["links"] = [*links]

    def entity(self, kind: str, own: str, message: JsonObject) -> JsonObject:
        made = {**self.object(self.fmt.catalogue.objects[kind]), "id": own}
        header = message["header"]
        top = header.get("handling") if isinstance(header, dict) else None
        if "handling" in made and isinstance(top, dict):
            order = self.fmt.vocabulary.words("classification")
            below = order[: order.index(str(top["classification"])) + 1]
            made["handling"] = {"classification": self.draw(st.sampled_from(below))}
        there = set(_ids_of(made, kind))
        rows = self.fmt.catalogue.fields
        there.add(f"{kind}.stated_unknown")
        absent = [name for name in rows if name.startswith(f"{kind}.") and name not in there]
        if "stated_unknown" in made:
            unknown = st.lists(st.sampled_from(absent), min_size=1, max_size=2, unique=True)
            made["stated_unknown"] = [*self.draw(unknown)]
        return made

    def link(self, position: int, message: JsonObject) -> JsonObject | None:
        row = self.fmt.vocabulary["link"].codes[self.draw(st.sampled_from(self.fmt.vocabulary.words("link")))]
        ends = [
            (one, other)
            for kind_from in sorted(row.ends_from)
            for kind_to in sorted(row.ends_to)
            if row.connects(kind_from, kind_to)
            for one in self.ids[kind_from]
            for other in self.ids[kind_to]
            if one != other
        ]
        if not ends:
            return None
        one, other = self.draw(st.sampled_from(ends))
        made = self.object(self.fmt.catalogue.objects["link"])
        made |= {"id": str(uuid5(NAMESPACE, f"links/{position}")), "kind": row.code, "from": one, "to": other}
        made.pop("role", None)
        made.pop("handling", None)
        persons = message.get("persons")
        roles = [
            person["roles"]
            for person in (persons if isinstance(persons, list) else ())
            if isinstance(person, dict) and person["id"] in {one, other}
        ]
        if len(roles) == 1 and isinstance(roles[0], list) and self.draw(st.booleans()):
            made["role"] = self.draw(st.sampled_from(roles[0]))
        return made

    # ---- any object ------------------------------------------------------------------------------------------------

    def shape(self, shape: Shape) -> JsonValue:
        """A value of a shape, or None where the message has nothing that it could be."""
        if isinstance(shape, ObjectShape):
            return (self.unit(shape) if shape.unit else self.object(shape)) or None
        if isinstance(shape, ListShape):
            if isinstance(shape.item, CatalogueField) and shape.set:
                return self.set(shape.item)
            items = [self.shape(shape.item) for _ in range(1 + self.draw(_up_to(1)))]
            return [item for item in items if item is not None] or None
        if shape.kind is ValueKind.REF:
            targets = [own for kind in shape.refs for own in self.ids.get(kind, [])]
            return self.draw(_one_of(tuple(targets))) if targets else None
        return self.draw(leaf_values(shape))

    def set(self, row: CatalogueField) -> JsonValue:
        found = self.draw(_sets(row))
        if row.vocabulary == "role" and "unknown" in found:
            return ["unknown"]
        return [*sorted(found)]

    def object(self, shape: ObjectShape, must: Sequence[str] = ()) -> JsonObject:
        """An object with what it needs and some of the rest; empty where it cannot be made."""
        needed = {*shape.required, *must}
        if shape.any_of:
            needed |= set(self.draw(st.sampled_from(shape.any_of)))
        beside = {"statement", "handling", "stated_unknown", "reviewed"}
        if not needed:
            needed = {self.draw(_one_of(tuple(name for name in shape.members if name not in beside)))}
        optional = [name for name in shape.members if name not in needed]
        dense = shape.id.partition(".")[0] not in ARRAYS.values() and not shape.beside
        wanted = {*needed, *self.chosen(optional, dense=dense)}
        made: JsonObject = {}
        for name, member in shape.members.items():
            value = self.shape(member) if name in wanted else None
            if value is not None:
                made[name] = value
        if not set(shape.required) <= made.keys() or (
            shape.any_of and not any(set(g) <= made.keys() for g in shape.any_of)
        ):
            return {}
        if not beside >= made.keys() or shape.beside:
            return self.ordered(shape, made)
        return {}

    def ordered(self, shape: ObjectShape, made: JsonObject) -> JsonObject:
        """Make members agree that the schema relates: dates in order, grades of their scheme."""
        if isinstance(made.get("from"), dict) and isinstance(made.get("to"), dict) and shape.id.endswith("addresses"):
            del made["to"]
        if shape.id.endswith(".address"):
            made.pop("to", None)
        scheme = self.fmt.vocabulary["grade-scheme"].codes.get(str(made.get("grade_scheme")))
        if "grade_scheme" in made and scheme is None:
            made["grade_scheme"] = "qm-grades"
        if shape.id == "header" and made.get("status") != "Exercise":
            made.pop("exercise", None)
        return made

    # ---- codes and dates -------------------------------------------------------------------------------------------

    def unit(self, shape: ObjectShape) -> JsonObject:
        made = self.code(shape) if shape.unit in {Unit.CODE, Unit.CODE_ITEM} else self.date(shape)
        if self.draw(_up_to(3)) == 3:
            made["raw"] = self.draw(_KINDS[ValueKind.ORIGINAL])
        statement = shape.members.get("statement")
        if isinstance(statement, ObjectShape) and self.draw(_up_to(5)) == 5:
            made["statement"] = self.object(statement)
        return made

    def code(self, shape: ObjectShape) -> JsonObject:
        which = self.draw(_up_to(5))
        if which == 5:
            return {"raw": self.draw(_KINDS[ValueKind.ORIGINAL])}
        if which == 4:
            return {"code": self.draw(_KINDS[ValueKind.CODE]), "scheme": self.draw(_KINDS[ValueKind.SCHEME])}
        return {"code": self.draw(_one_of(self.fmt.vocabulary.words(shape.list_of)))}

    def date(self, shape: ObjectShape) -> JsonObject:
        which = self.draw(_one_of(("", "", "raw", "exact", "about", "before", "after", "between")))
        if which == "raw":
            return {"raw": self.draw(_KINDS[ValueKind.ORIGINAL])}
        times = shape.unit is Unit.MOMENT
        value = self.draw(_EARLY_MOMENTS if times else _EARLY)
        made: JsonObject = {"value": value}
        if which:
            made["qualifier"] = which
        if which == "between":
            made["to"] = self.draw(_LATE_MOMENTS if times else _LATE)
        return made


def _ids_of(value: JsonValue, field: str) -> list[str]:
    if isinstance(value, dict):
        return [one for name, member in value.items() for one in _ids_of(member, f"{field}.{name}")]
    if isinstance(value, list):
        return [one for item in value for one in _ids_of(item, field)]
    return [field]


def levels_of(field: FieldId) -> tuple[str, ...]:
    """The levels of a leaf, from least."""
    return LADDERS[exchange_format().catalogue.fields[field].ladder].levels
