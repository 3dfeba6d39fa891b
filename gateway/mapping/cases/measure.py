"""How much of a mapping its cases exercise: rules that wrote, branches that were chosen, table rows that were hit.

Counted by number, from the lineage of the runs, so that it costs nothing beside them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import Fault, Place
from gateway.mapping.mutate.rows import own_tables
from gateway.mapping.program.program import Program
from gateway.mapping.program.values import ChooseOrigin, Value
from gateway.mapping.run.lineage import numbers_of
from gateway.mapping.tables import Match

__all__ = ["Measured", "Measures"]

_FIRST_ROW = -10


@dataclass(frozen=True, slots=True)
class Measured:
    """Numbers exercised and in all, by measure; and the places of rules and branches that no case exercises."""

    rules: tuple[int, int]
    branches: tuple[int, int]
    table_rows: tuple[int, int]
    unused: tuple[Place, ...] = ()

    def missed(self, require: Mapping[str, tuple[int, Place]]) -> tuple[Fault, ...]:
        """Give a fault (R703) per threshold that is not reached; that of mutants is another measure's."""
        found: list[Fault] = []
        measures = {"rules": self.rules, "branches": self.branches, "table_rows": self.table_rows}
        for name, (wanted, place) in require.items():
            if name not in measures:
                continue
            hit, total = measures[name]
            if hit * 100 < wanted * total:
                message = f"{hit} of {total} {name.replace('_', ' ')} are exercised, {wanted}% are required"
                fix = "add a case for the places listed as unused"
                found.append(Fault("R703", message, place, fix))
        return tuple(found)

    def __str__(self) -> str:
        parts = (("rules", self.rules), ("branches", self.branches), ("table rows", self.table_rows))
        return ", ".join(f"{hit} of {total} {name}" for name, (hit, total) in parts)


class Measures:
    """Collects what the runs of one mapping touched."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._fields: set[int] = set()
        self._values: set[int] = set()
        self._rows: dict[str, set[int]] = {}
        self._by_number = {value.number: value for value in program.values}

    def saw(self, lineage: bytes) -> None:
        """Note one message by its lineage."""
        if not lineage:
            return
        for field, _, trace in json.loads(lineage)["leaves"]:
            self._fields.add(field)
            for number, position in zip(trace[::2], trace[1::2], strict=True):
                self._values.add(number)
                value = self._by_number.get(number)
                if position <= _FIRST_ROW and value is not None and value.lookup is not None:
                    self._rows.setdefault(value.lookup.table.file, set()).add(_FIRST_ROW - position)

    def measured(self) -> Measured:
        """Give the counts so far."""
        rules = [field for field in self._program.fields if isinstance(field.content, Value)]
        rules += [
            field
            for field in self._program.fields
            if isinstance(field.content, tuple) and any(block.value is not None for block in field.content)
        ]
        branches = [branch for value in self._program.values for branch in _branches(value)]
        hit_branches = [branch for branch in branches if self._values & set(numbers_of(branch))]
        tables = own_tables(self._program)
        # A row that says "known, not shared" writes nothing, so that no lineage tells its use.
        rows = sum(row.match is not Match.NONE for table in tables.values() for row in table.rows)
        unused = [field.place for field in rules if field.number not in self._fields]
        unused += [branch.place for branch in branches if branch not in hit_branches]
        return Measured(
            (sum(field.number in self._fields for field in rules), len(rules)),
            (len(hit_branches), len(branches)),
            (sum(len(found) for file, found in self._rows.items() if file in tables), rows),
            tuple(unused),
        )


def _branches(value: Value) -> Iterator[Value]:
    if isinstance(value.origin, ChooseOrigin):
        yield from (branch.value for branch in value.origin.branches)
