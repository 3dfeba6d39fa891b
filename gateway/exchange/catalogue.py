"""The field catalogue: every leaf of the format with its data-protection facts, derived from the schemas alone.

Guarantees one row per leaf of the schemas and none beside; a name resolves to the leaves that it means, so that the
parts of a code or date are never decided apart. `catalogue.json` is this, written down; loading compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.ladders import LADDERS, Ladder
from gateway.exchange.layout import BODY_OF
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape
from gateway.names import FieldId

__all__ = ["Catalogue", "make_catalogue"]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All leaves by id, all objects by id, and what each kind of exchange needs."""

    root: ObjectShape = field(repr=False)
    fields: Mapping[FieldId, CatalogueField] = field(repr=False)
    objects: Mapping[str, ObjectShape] = field(repr=False)
    """Objects by id, the message itself under the empty one; codes and dates are objects, too."""
    needs: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Kind of exchange -> members it cannot be without: `persons`, `header.purpose`. Alternatives are not listed."""

    def ladder(self, field_id: FieldId) -> Ladder:
        """Give the ladder of a leaf. Raises `KeyError` for a leaf that does not exist: what is unknown has no level."""
        return LADDERS[self.fields[field_id].ladder]

    def follows(self, field_id: FieldId) -> tuple[FieldId, ...]:
        """Give the leaves that must leave in full for this one to leave."""
        return self.fields[field_id].follows

    def named(self, word: str) -> tuple[FieldId, ...]:
        """Give the leaves that a word means: a class, a leaf, or a code or date as a whole; empty if it means none.

        A code or date as a whole, or any part of it but `raw`, means all its parts but `raw`, which is free text.
        """
        found = self.fields.get(FieldId(word))
        if found is not None and found.unit is None:
            return (found.field,)
        if found is not None and found.part == "raw":
            return (found.field,)
        unit = found.unit if found is not None else FieldId(word)
        parts = tuple(row.field for row in self.fields.values() if row.unit == unit and row.part != "raw")
        return parts or tuple(row.field for row in self.fields.values() if row.data_class == word)

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class that some leaf has, in the order of the message."""
        return tuple(dict.fromkeys(row.data_class for row in self.fields.values()))


def make_catalogue(root: ObjectShape, message: JsonValue) -> Catalogue:
    """Derive the catalogue from the shapes and from the conditions per kind in `message.json`."""
    fields: dict[FieldId, CatalogueField] = {}
    objects: dict[str, ObjectShape] = {}
    for shape in _walk(root):
        if isinstance(shape, CatalogueField):
            fields[shape.field] = shape
        else:
            objects[shape.id] = shape
    definitions = message.get("$defs") if isinstance(message, dict) else None
    kinds = definitions if isinstance(definitions, dict) else {}
    needs = {kind: tuple(_needs(kinds.get(kind))) for kind in BODY_OF}
    return Catalogue(root, MappingProxyType(fields), MappingProxyType(objects), MappingProxyType(needs))


def _walk(shape: Shape) -> Iterator[ObjectShape | CatalogueField]:
    if isinstance(shape, ListShape):
        yield from _walk(shape.item)
    elif isinstance(shape, ObjectShape):
        yield shape
        for member in shape.members.values():
            yield from _walk(member)
    else:
        yield shape


def _needs(schema: JsonValue, before: str = "") -> Iterator[str]:
    members: JsonObject = schema if isinstance(schema, dict) else {}
    required = members.get("required")
    for name in required if isinstance(required, list) else ():
        yield f"{before}{name}"
    inside = members.get("properties")
    for name, member in (inside if isinstance(inside, dict) else {}).items():
        yield from _needs(member, f"{before}{name}.")
