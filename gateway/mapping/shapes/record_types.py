"""Record types as shapes: what a file of them may contain, with the place where the mapping says so."""

from gateway.errors import Place
from gateway.mapping.language.records import RecordField, RecordType
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Origin, Shape

__all__ = ["records_shape"]

_SOME = Occurrence(0, None)
_ONE = Occurrence(0, 1)


def records_shape(records: tuple[RecordType, ...]) -> Shape:
    """Give the shape of a file: its records in any order, and below each its fields, slots and records."""
    return _object(_children(records, ""))


def _children(records: tuple[RecordType, ...], above: str) -> dict[str, Child]:
    return {
        record.name.text: Child(
            record.name.text,
            _object(
                {**_fields(record.fields, record.unit), **_slots(record), **_children(records, record.name.text)},
            ),
            _SOME if record.many else _ONE,
            _at(record.name.place),
        )
        for record in records
        if (record.under.text if record.under is not None else "") == above
    }


def _fields(fields: tuple[RecordField, ...], unit: str) -> dict[str, Child]:
    return {
        field.name.text: Child(
            field.name.text,
            Shape.of(Facts(kinds=frozenset({field.type}), longest=_longest(field, unit))),
            origin=_at(field.name.place),
        )
        for field in fields
    }


def _longest(field: RecordField, unit: str) -> int | None:
    """The most characters of a field; a cell may have any number, and a byte is at most one."""
    return None if unit == "cells" else field.last - field.first + 1


def _slots(record: RecordType) -> dict[str, Child]:
    number = Shape.of(Facts(kinds=frozenset({"integer"}), blank=False))
    return {
        slots.name.text: Child(
            slots.name.text,
            _object({**_fields(slots.fields, record.unit), "slot": Child("slot", number, derived=True)}),
            Occurrence(0, slots.count),
            _at(slots.name.place),
        )
        for slots in record.slots
    }


def _object(children: dict[str, Child]) -> Shape:
    return Shape.of(Facts(kinds=frozenset({"object"}), children=children))


def _at(place: Place) -> Origin:
    return Origin(lambda: place)
