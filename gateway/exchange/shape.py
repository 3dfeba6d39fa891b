"""The shapes of the format: objects, lists and leaves, read from the schemas with every leaf's data-protection facts.

Guarantees one leaf per place of the schemas, under the id that is its path, and that a leaf without class, ladder or
kind is a fault. Shared blocks and the parts of codes and dates take class and ladder from the place that uses them.
Does not validate messages: the schemas do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault, Place
from gateway.exchange.ladders import LADDERS
from gateway.exchange.layout import SINGULAR
from gateway.names import FieldId

__all__ = ["CatalogueField", "ListShape", "ObjectShape", "Shape", "Unit", "ValueKind", "read_shapes"]

_COMMON = "common.json"
_PLACED = "by-place"
_VOCABULARY = "vocabulary/"
_VALUE_OF = {"code": "code", "scheme": "code", "value": "value", "to": "value", "qualifier": "value", "raw": "raw"}
"""Part of a code or date -> the part whose decision it shares."""
_IN_ARRAYS = frozenset(SINGULAR.values())
_BESIDE = frozenset({"statement", "handling", "reviewed", "stated_unknown"})
"""Members that say something about their object: alone they are no reason to keep it."""


_UNITS = frozenset({"code", "code-item", "date", "moment"})


class ValueKind(StrEnum):
    """What one leaf holds (exchange-format.md 2). The words are the names in `common.json`; `word` is a closed list."""

    WORD = "word"
    TEXT = "text"
    LONG = "long"
    ORIGINAL = "original"
    LONG_ORIGINAL = "long-original"
    ID = "id"
    REF = "ref"
    INTEGER = "integer"
    DECIMAL = "decimal"
    INSTANT = "instant"
    DAY = "day"
    DATE = "date-value"
    MOMENT = "moment-value"
    CODE = "code-value"
    SCHEME = "scheme"
    LANGUAGE = "lang"
    SCRIPT = "script"
    AGENCY = "agency"
    PARTNER = "partner"
    DIGEST = "digest"
    FIELD = "field"
    MARKING = "marking"


_KINDS = frozenset(kind.value for kind in ValueKind) - {ValueKind.WORD.value}


class Unit(StrEnum):
    """Objects that are one fact: a code or a date with its parts. A `code-item` stands in a list of an entity."""

    CODE = "code"
    CODE_ITEM = "code-item"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class CatalogueField:
    """One leaf of the format and everything that policy, filter and mapping need to know about it."""

    field: FieldId
    path: str
    """Where it stands, as RFC 9535: `$.persons[*].names[*].full`."""
    data_class: str
    ladder: str
    kind: ValueKind
    owner: str
    """Id of the object that holds it: `person.names`; empty for the message itself."""
    required: bool = False
    """True if the owner cannot be without it: its loss removes the owner."""
    special: bool = False
    free_text: bool = False
    follows: tuple[FieldId, ...] = ()
    """Leaves that must leave in full for this one to leave."""
    vocabulary: str = ""
    """The closed list of a word; for a code, the list that a code without a scheme is from."""
    refs: tuple[str, ...] = ()
    unit: FieldId | None = None
    """The code or date as a whole (`person.sex`) of which this is a part."""
    part: str = ""
    decided_by: FieldId = FieldId("")
    """The leaf whose decision this one shares: the value, for the other parts of a code or date; else itself."""
    many: bool = False
    """True if the leaf itself is an item of a list (`person.roles`)."""
    content: bool = False
    """True if the leaf alone is a reason to keep the object: not for what is said about the object (statement, portion
    mark, review, `stated_unknown`), and inside the arrays of a message not for `keep`."""
    since: str = "1.0"
    deprecated: str = ""
    niem: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object: its members, and which of them it cannot be without."""

    id: str
    members: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    """Groups of members of which one must be there, if there are groups at all."""
    unit: Unit | None = None
    list_of: str = ""
    """The list of the code, for codes."""
    item: bool = False
    """True if the object stands in a list."""
    beside: bool = False
    """True for a statement, portion mark or review: kept if it is not empty and its owner is kept."""


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list of 1 to `most` items. A `set` is sorted and without repetition."""

    item: "Shape"
    most: int
    set: bool = False


Shape: TypeAlias = ObjectShape | ListShape | CatalogueField


@dataclass(frozen=True, slots=True)
class _At:
    """Where the reader stands, and what the place gives to shared blocks."""

    id: str
    path: str
    owner: str = ""
    required: bool = False
    many: bool = False
    beside: bool = False
    unit: Unit | None = None
    """The code or date of which this place is a member."""
    placed: Mapping[str, JsonValue] = field(default_factory=dict)

    def member(self, name: str, unit: Unit | None, *, required: bool) -> "_At":
        word = name if self.id else SINGULAR.get(name, name)
        return replace(
            self,
            id=f"{self.id}.{word}" if self.id else word,
            path=f"{self.path}.{name}",
            owner=self.id,
            required=required,
            many=False,
            beside=self.beside or word in _BESIDE,
            unit=unit if word in _VALUE_OF else None,
        )


def read_shapes(documents: Mapping[str, JsonValue], entry: str, faults: list[Fault]) -> ObjectShape:
    """Read the shapes from parsed schema files, by their paths below the version's folder.

    Adds EXC-102 and EXC-103 for everything that cannot be a leaf of the format; the result is then not complete.
    """
    reader = _Reader(documents, faults)
    shape = reader.shape(documents.get(entry), entry, _At("", "$"))
    if isinstance(shape, ObjectShape):
        return shape
    faults.append(Fault("EXC-102", "the outermost schema must be an object", Place(entry)))
    return ObjectShape("", {})


class _Reader:
    """Walks the schemas once. Needs no guard against circles: a circle would be a message of unlimited depth."""

    def __init__(self, documents: Mapping[str, JsonValue], faults: list[Fault]) -> None:
        self._documents = documents
        self._faults = faults

    def shape(self, schema: JsonValue, file: str, at: _At) -> Shape | None:
        if not isinstance(schema, dict):
            self._bare(file, at, "a schema must be an object")
            return None
        if "$ref" in schema:
            return self._reference(schema, file, at)
        if schema.get("type") == "array":
            item = self.shape(schema.get("items"), file, replace(at, path=f"{at.path}[*]", many=True))
            most = schema.get("maxItems")
            unique = schema.get("uniqueItems") is True
            return ListShape(item, most if isinstance(most, int) else 0, unique) if item is not None else None
        if schema.get("type") == "object":
            return self._object(schema, file, at)
        self._bare(file, at, "a leaf must refer to its kind of value")
        return None

    def _bare(self, file: str, at: _At, problem: str) -> None:
        self._faults.append(Fault("EXC-102", problem, Place(file), "see annotations.json", field=at.id))

    def _reference(self, schema: JsonObject, file: str, at: _At) -> Shape | None:
        target, _, pointer = str(schema["$ref"]).partition("#")
        target = target or file
        name = pointer.removeprefix("/$defs/")
        found = self._documents.get(target)
        if pointer and isinstance(found, dict):
            defs = found.get("$defs")
            found = defs.get(name) if isinstance(defs, dict) else None
        if found is None:
            problem = "a reference that leads nowhere"
            self._faults.append(Fault("EXC-103", problem, Place(file), "refer to a file of this version", field=at.id))
            return None
        if target.startswith(_VOCABULARY):
            words = target.removeprefix(_VOCABULARY).removesuffix(".json")
            return self._leaf(schema, ValueKind.WORD, words, file, at)
        if target == _COMMON and name in _UNITS:
            at = replace(at, placed=_resolved(schema, at.placed))
            return self._object(found, target, at, Unit(name))
        if target == _COMMON and name in _KINDS:
            return self._leaf(schema, ValueKind(name), "", file, at)
        placed = _resolved(schema, at.placed) if "x-class" in schema else at.placed
        return self.shape(found, target, replace(at, placed=placed))

    def _object(self, schema: JsonValue, file: str, at: _At, unit: Unit | None = None) -> ObjectShape | None:
        members = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(schema, dict) or not isinstance(members, dict):
            self._bare(file, at, "an object must name its members")
            return None
        required = _names(schema.get("required"))
        shapes = {
            name: self.shape(member, file, at.member(name, unit, required=name in required))
            for name, member in members.items()
        }
        alternatives = schema.get("anyOf")
        groups = (
            [_names(a.get("required")) for a in alternatives if isinstance(a, dict)]
            if isinstance(alternatives, list)
            else []
        )
        return ObjectShape(
            id=at.id,
            members=MappingProxyType({name: shape for name, shape in shapes.items() if shape is not None}),
            required=required,
            any_of=tuple(groups),
            unit=unit,
            list_of=str(at.placed.get("x-list", "")) if unit else "",
            item=at.many,
            beside=at.beside,
        )

    def _leaf(self, schema: JsonObject, kind: ValueKind, words: str, file: str, at: _At) -> CatalogueField | None:
        facts = _resolved(schema, at.placed)
        data_class, ladder = facts.get("x-class"), facts.get("x-ladder")
        if not isinstance(data_class, str) or data_class == _PLACED or not isinstance(ladder, str):
            self._bare(file, at, "a leaf must have a class and a ladder")
            return None
        if ladder not in LADDERS:
            self._bare(file, at, "a leaf must name a ladder that exists")
            return None
        part = at.id.rpartition(".")[2] if at.unit else ""
        if part and part == _VALUE_OF[part] != "raw":
            # The value of a code or date is the fact that the place states: it has the place's meaning.
            facts = {**at.placed, **facts}
            words = str(facts.get("x-list", ""))
        special = facts.get("x-special") is True or (part not in {"", "raw"} and at.placed.get("x-special") is True)
        return CatalogueField(
            field=FieldId(at.id),
            path=at.path,
            data_class=data_class,
            ladder=ladder,
            kind=kind,
            owner=at.owner,
            required=at.required,
            special=special,
            free_text=facts.get("x-free-text") is True,
            follows=tuple(FieldId(f"{at.owner}.{name}") for name in _names(facts.get("x-follows"))),
            vocabulary=words,
            refs=_names(facts.get("x-ref")),
            unit=FieldId(at.owner) if part else None,
            part=part,
            decided_by=FieldId(f"{at.owner}.{_VALUE_OF[part]}" if part else at.id),
            many=at.many,
            content=not at.beside and (ladder != "keep" or at.id.partition(".")[0] not in _IN_ARRAYS),
            since=str(facts.get("x-since", "1.0")),
            deprecated=str(facts.get("x-deprecated", "")),
            niem=_names(facts.get("x-niem")),
            standard=_names(facts.get("x-standard")),
            note=str(facts.get("description", "")),
        )


def _resolved(schema: JsonObject, placed: Mapping[str, JsonValue]) -> JsonObject:
    """The annotations of a place; a block inside a block passes on what it was given."""
    return {
        key: placed.get(key, value) if value == _PLACED else value for key, value in schema.items() if key != "$ref"
    }


def _names(value: JsonValue) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
