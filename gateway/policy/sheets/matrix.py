"""Rows of the disclosure matrix: a class of data, then the fields of it that differ, beside groups and partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.document.tree import JsonObject, JsonValue
from gateway.names import FieldId, PartnerId
from gateway.policy.explain import Explanation, explain, plain_explanation
from gateway.policy.language import DecisionSet
from gateway.policy.load_companions import Companions
from gateway.policy.sheets.cells import Cell, Page

__all__ = ["Row", "Rows", "group_members", "plain_rows", "rows_of", "together"]


@dataclass(frozen=True, slots=True)
class Row:
    """Fields of one class that are alike for every partner, with the cell of each partner."""

    data_class: str
    fields: tuple[FieldId, ...]
    of: int
    """How many fields the class has."""
    cells: Mapping[PartnerId, Cell]


@dataclass(frozen=True, slots=True)
class Rows:
    """One page as rows, and every reason once: `reasons[i]` belongs to the cells whose `reason_of` is i."""

    page: Page
    rows: tuple[Row, ...]
    reasons: tuple[Explanation, ...]
    reason_of: Mapping[tuple[int, PartnerId], int]


def group_members(decisions: DecisionSet) -> dict[str, tuple[PartnerId, ...]]:
    """Give the partners of every group that has any."""
    companions = Companions(decisions.vocabulary, decisions.register, {})
    members = {
        group: tuple(p for p in decisions.partners if p in companions.members(group))
        for group in decisions.vocabulary.groups
    }
    return {group: found for group, found in members.items() if found}


def rows_of(decisions: DecisionSet, page: Page) -> Rows:
    """Put one page into rows, in the order of the exchange format, and explain every cell."""
    partners = [*page.cells]
    classes: dict[str, dict[tuple[tuple[str, str, bool], ...], list[FieldId]]] = {}
    sizes: dict[str, int] = {}
    for field in decisions.catalogue.fields.values():
        if field.decided:
            alike = tuple(page.cells[partner][field.id].shown for partner in partners)
            classes.setdefault(field.data_class, {}).setdefault(alike, []).append(field.id)
            sizes[field.data_class] = sizes.get(field.data_class, 0) + 1
    rows: list[Row] = []
    reasons: dict[Explanation, int] = {}
    reason_of: dict[tuple[int, PartnerId], int] = {}
    for data_class, groups in classes.items():
        for fields in groups.values():
            cells = {partner: page.cells[partner][fields[0]] for partner in partners}
            for partner, cell in cells.items():
                found = explain(decisions, replace(cell.case, field=fields[0]))
                reason_of[len(rows), partner] = reasons.setdefault(found, len(reasons))
            rows.append(Row(data_class, tuple(fields), sizes[data_class], cells))
    return Rows(page, tuple(rows), tuple(reasons), reason_of)


def plain_rows(decisions: DecisionSet, found: Rows) -> JsonObject:
    """Give one page as plain values: the same content as the printed one."""
    rows: list[JsonValue] = [_plain_row(number, row, found) for number, row in enumerate(found.rows)]
    return {
        "purpose": found.page.purpose,
        "role": found.page.role,
        "groups": {group: [*members] for group, members in group_members(decisions).items()},
        "rows": rows,
        "reasons": [*map(plain_explanation, found.reasons)],
    }


def _plain_row(number: int, row: Row, found: Rows) -> JsonObject:
    cells: JsonObject = {}
    for partner, cell in row.cells.items():
        told: JsonObject = {"level": cell.level, "conditions": cell.conditional}
        if cell.granted:
            told["with_permission"] = cell.granted
        cells[partner] = told | {"reason": found.reason_of[number, partner]}
    return {"class": row.data_class, "fields": [*row.fields], "of": row.of, "cells": cells}


def together(cells: Sequence[Cell]) -> Cell | None:
    """Give the cell of a group if all its partners have the same, else None."""
    first = cells[0]
    return first if all(cell.shown == first.shown for cell in cells) else None
