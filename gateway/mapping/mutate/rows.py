"""Mutants of code tables: a row left out, a row that answers as its neighbour does.

Tables of the mapping's own folder only: shared ones serve several mappings and are tested by all of them together.
"""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from gateway.errors import Place
from gateway.mapping.mutate.spots import Step, placed, spots_of
from gateway.mapping.program.program import Program
from gateway.mapping.program.values import LookupPlan, Value
from gateway.mapping.tables import Match, Table, TableRow

__all__ = ["RowMutant", "own_tables", "table_mutants"]

RowMutant: TypeAlias = tuple[Place, str, Callable[[], Program], tuple[str, int]]
"""Where, what, the rules with it, and the row."""


def own_tables(program: Program) -> dict[str, Table]:
    """Give the tables of the mapping's own folder that a rule asks."""
    folder = posixpath.dirname(program.mapping.file)
    used = (value.lookup.table for value in program.values if value.lookup is not None)
    return {table.file: table for table in used if table.file.startswith(f"{folder}/")}


def table_mutants(program: Program) -> Iterator[RowMutant]:
    """Give the mutants of every row."""
    tables = own_tables(program)
    ways: dict[str, list[tuple[tuple[Step, ...], LookupPlan]]] = {}
    for spot in spots_of(program):
        if isinstance(spot.part, Value) and spot.part.lookup is not None:
            file = spot.part.lookup.table.file
            if file in tables:
                ways.setdefault(file, []).append(((*spot.way, ("lookup", -1)), spot.part.lookup))
    for file, table in tables.items():
        asked = ways.get(file, [])
        for row in table.rows:
            where = (file, row.number)
            yield row.place, "the row is left out", _make(program, asked, table, row, None), where
            other = _neighbour(table, row)
            if other is not None:
                changed = replace(row, target=other.target, match=other.match, cells={**row.cells, **_outputs(other)})
                yield row.place, "the row answers as another does", _make(program, asked, table, row, changed), where


def _outputs(row: TableRow) -> dict[str, str]:
    return {name: cell for name, cell in row.cells.items() if not name.startswith("source")}


def _neighbour(table: Table, row: TableRow) -> TableRow | None:
    """The next row that answers differently."""
    ordered = (*table.rows[row.number + 1 :], *table.rows[: row.number])
    return next((other for other in ordered if _answer(table, other) != _answer(table, row)), None)


def _answer(table: Table, row: TableRow) -> tuple[object, ...]:
    return (row.match is Match.NONE, row.target, *(row.cells.get(name, "") for name in table.outputs))


def _make(
    program: Program,
    asked: list[tuple[tuple[Step, ...], LookupPlan]],
    table: Table,
    row: TableRow,
    new: TableRow | None,
) -> Callable[[], Program]:
    def make() -> Program:
        by_key: dict[tuple[str, ...], tuple[TableRow, ...]] = {}
        for key, rows in table.by_key.items():
            answers = tuple(new if one is row else one for one in rows)
            if left := tuple(one for one in answers if one is not None):
                by_key[key] = left
        other = replace(table, by_key=by_key)
        changed = program
        for way, plan in asked:
            changed = placed(changed, way, replace(plan, table=other))
        return changed

    return make
