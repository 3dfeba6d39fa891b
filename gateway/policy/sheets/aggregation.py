"""A warning: what one partner can put together about one person who is not named to it.

Year of birth, region and offence may identify somebody together though none does alone. Not a proof of anonymity, and
no list is complete: two partners may compare, and the world knows more than we do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.document.tree import JsonObject
from gateway.names import FieldId, PartnerId
from gateway.policy.sheets.cells import Page

__all__ = ["Warned", "plain_warning", "warnings_of"]

_NAMED = (FieldId("person.names.full"), FieldId("person.documents.number"))
"""Who has one of these in full needs to put nothing together."""
_TELLING = frozenset({"identity", "description", "contact", "location", "travel", "case", "record", "relation"})
"""Classes of which several values together may point at one person."""
_FEWEST = 3
"""From how many fields on a combination is worth a warning."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Fields that one partner can get together for these purposes and roles, each with its level."""

    partner: PartnerId
    fields: tuple[tuple[FieldId, str], ...]
    where: tuple[tuple[str, str], ...]
    """Purposes and roles for which exactly these leave together."""


def warnings_of(pages: Iterable[Page], classes: dict[FieldId, str]) -> tuple[Warned, ...]:
    """Give the warnings for these pages, the longest lists first. `classes` is the class of every field."""
    found: dict[tuple[PartnerId, tuple[tuple[FieldId, str], ...]], list[tuple[str, str]]] = {}
    for page in pages:
        for partner, cells in page.cells.items():
            if any(cells[name].level == "full" for name in _NAMED if name in cells):
                continue
            fields = tuple(
                (name, cell.level)
                for name, cell in cells.items()
                if classes[name] in _TELLING and cell.level not in ("redact", "exists", "withhold the whole message")
            )
            if len(fields) >= _FEWEST:
                found.setdefault((partner, fields), []).append((page.purpose, page.role))
    warned = (Warned(partner, fields, tuple(where)) for (partner, fields), where in found.items())
    return tuple(sorted(warned, key=lambda each: (-len(each.fields), each.partner)))


def plain_warning(warned: Warned) -> JsonObject:
    """Give a warning as plain values."""
    return {
        "partner": warned.partner,
        "fields": dict(warned.fields),
        "where": [{"purpose": purpose, "role": role} for purpose, role in warned.where],
    }
