"""One walk through a message along the shapes of the format: values are checked, ids and references collected.

Guarantees to visit every part that has the shape the format gives it, once, unless there are more faults than a report
holds; what has another shape is the schema's fault and passed over. Costs about a microsecond per leaf.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.document.path import JsonPath
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.layout import ARRAYS
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, Unit, ValueKind
from gateway.exchange.values import (
    TIMES,
    Day,
    check_code,
    check_date,
    check_grades,
    check_leaf,
    check_period,
    check_set,
    issued_day,
)

__all__ = ["MOST_FAULTS", "Entity", "Reference", "Sweep", "sweep"]

MOST_FAULTS = 1_000
"""A report is bounded like everything else: a message with more faults has these first."""

_CODES = frozenset({Unit.CODE, Unit.CODE_ITEM})
_DATES = frozenset({Unit.DATE, Unit.MOMENT})


@dataclass(frozen=True, slots=True)
class Entity:
    """Something with an id: its kind, where it stands, and what it is."""

    kind: str
    path: JsonPath
    value: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A leaf that refers to something in the message."""

    row: CatalogueField
    path: JsonPath
    target: str = field(repr=False)


@dataclass(slots=True)
class Sweep:
    """What one walk found. `repeated` are the later holders of an id that was already given."""

    faults: list[Fault] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict, repr=False)
    repeated: list[Entity] = field(default_factory=list, repr=False)
    references: list[Reference] = field(default_factory=list, repr=False)


def sweep(message: JsonObject, fmt: ExchangeFormat) -> Sweep:
    """Walk through a message."""
    found = Sweep()
    walker = _Walker(fmt, issued_day(message.get("header")), found)
    for array, kind in ARRAYS.items():
        items = message.get(array)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            identity = item.get("id") if isinstance(item, dict) else None
            if isinstance(item, dict) and isinstance(identity, str):
                entity = Entity(kind, (array, position), item)
                if identity in found.entities:
                    found.repeated.append(entity)
                else:
                    found.entities[identity] = entity
    walker.object(fmt.catalogue.root, message, ())
    return found


@dataclass(frozen=True, slots=True)
class _Walker:
    fmt: ExchangeFormat
    issued: Day = field(repr=False)
    found: Sweep

    def shape(self, shape: Shape, value: JsonValue, path: JsonPath) -> None:
        if isinstance(shape, CatalogueField):
            if isinstance(value, str):
                self.leaf(shape, value, path)
        elif isinstance(shape, ObjectShape):
            if isinstance(value, dict):
                self.object(shape, value, path)
        elif isinstance(value, list):
            self.list(shape, value, path)

    def leaf(self, row: CatalogueField, value: str, path: JsonPath) -> None:
        if row.kind is ValueKind.REF:
            self.found.references.append(Reference(row, path, value))
        elif row.kind in TIMES or not value.isascii() or value.isspace():
            self.found.faults += check_leaf(row, value, path)

    def list(self, shape: ListShape, items: list[JsonValue], path: JsonPath) -> None:
        for position, item in enumerate(items):
            if len(self.found.faults) >= MOST_FAULTS:
                return
            self.shape(shape.item, item, (*path, position))
        if shape.set and isinstance(shape.item, CatalogueField):
            self.found.faults += check_set(shape.item.field, items, path)

    def object(self, shape: ObjectShape, value: JsonObject, path: JsonPath) -> None:
        members: Mapping[str, Shape] = shape.members
        for name, member in value.items():
            inside = members.get(name)
            if inside is not None:
                self.shape(inside, member, (*path, name))
        if shape.unit in _CODES:
            words = self.fmt.vocabulary[shape.list_of]
            code = value.get("code")
            if isinstance(code, str) and code in words.codes and not words.dated and "scheme" not in value:
                return
            schemes = self.fmt.schemes
            self.found.faults += check_code(shape, value, path, words=words, schemes=schemes, issued=self.issued)
        elif shape.unit in _DATES:
            self.found.faults += check_date(shape, value, path)
        elif "grade_scheme" in value:
            words_of, schemes = self.fmt.vocabulary, self.fmt.schemes
            self.found.faults += check_grades(shape, value, path, vocabulary=words_of, schemes=schemes)
        elif "date" in value or "from" in value:
            self.found.faults += check_period(shape, value, path, self.issued)
