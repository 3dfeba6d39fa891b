"""The score of a mapping's tests: how many mutants they kill, and which survive.

A mutant is killed when at least one case fails on it; the cases that touch its rule or row run first, so that most
die at once. Guarantees the same score for the same files. Cost: mutants times the cases needed to kill each, on the
reference interpreter; samples are read once.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.errors import Fault, Place
from gateway.mapping.cases.cases import Prepared, compared
from gateway.mapping.cases.change import CannotChange
from gateway.mapping.cases.load import Case
from gateway.mapping.mutate.mutants import Mutant, mutants_of
from gateway.mapping.program.program import Program
from gateway.mapping.tables import Match

__all__ = ["MutantsReport", "Survivor", "score"]

_FIRST_ROW = -10


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mistake that no test notices, and where it would stand. `touched` is false where no test even gets there."""

    place: Place
    what: str
    touched: bool


@dataclass(frozen=True, slots=True)
class MutantsReport:
    """How many mutants there were and who survived. `faults` is the threshold of `require` that is not reached."""

    mutants: int
    survivors: tuple[Survivor, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def killed(self) -> int:
        """How many mutants a test notices."""
        return self.mutants - len(self.survivors)

    @property
    def good(self) -> bool:
        """True if the threshold is reached, or there is none."""
        return not self.faults


@dataclass(slots=True)
class _Touched:
    """Which cases touch a field or a table row."""

    fields: dict[int, list[Case]] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[Case]] = field(default_factory=dict)

    def by(self, mutant: Mutant) -> list[Case]:
        """Give the cases that touch what a mutant changes."""
        return self.fields.get(mutant.field, []) if mutant.row is None else self.rows.get(mutant.row, [])


def score(prepared: Prepared, progress: Callable[[int, int], None] | None = None) -> MutantsReport:
    """Run the tests on every mutant; `progress` is told how many of how many are done.

    The tests must pass on the mapping itself: `results_of` says so. Never raises for what the files say.
    """
    program = prepared.runner.program
    cases = [case for case in prepared.tests.cases if _passes(prepared, case, None)]
    touched = _touched(prepared, cases)
    mutants = mutants_of(program, prepared.runner.digest)
    silent = _silent_rows(program)
    survivors: list[Survivor] = []
    for done, mutant in enumerate(mutants):
        if progress is not None:
            progress(done, len(mutants))
        if not _killed(prepared, mutant, cases, touched, silent):
            survivors.append(
                Survivor(
                    mutant.place, mutant.what, bool(touched.by(mutant)) or (mutant.field < 0 and mutant.row is None)
                )
            )
    survivors.sort(key=lambda one: (one.place, one.what))
    report = MutantsReport(len(mutants), tuple(survivors))
    return MutantsReport(report.mutants, report.survivors, _missed(report, prepared.tests.require))


def _missed(report: MutantsReport, require: Mapping[str, tuple[int, Place]]) -> tuple[Fault, ...]:
    wanted, place = require.get("mutants_killed", (0, Place()))
    if report.killed * 100 >= wanted * report.mutants:
        return ()
    message = f"{report.killed} of {report.mutants} mutants are killed, {wanted}% are required"
    return (Fault("R703", message, place, "add a case for what the survivors show"),)


def _killed(
    prepared: Prepared, mutant: Mutant, cases: list[Case], touched: _Touched, silent: set[tuple[str, int]]
) -> bool:
    first = touched.by(mutant)
    if mutant.row is not None and mutant.row not in silent:
        # Only who asks for the row can tell that it changed.
        cases = first
    program = mutant.make() if cases else None
    ordered = [*first, *(case for case in cases if case not in first)]
    return any(not _passes(prepared, case, program) for case in ordered)


def _passes(prepared: Prepared, case: Case, program: Program | None) -> bool:
    try:
        differs, _ = compared(case, prepared.runner.run(case, program), prepared.files)
    except CannotChange:
        return False
    return not differs


def _touched(prepared: Prepared, cases: list[Case]) -> _Touched:
    found = _Touched()
    by_number = {value.number: value for value in prepared.runner.program.values}
    for case in cases:
        for got in prepared.runner.run(case):
            for number, _, trace in json.loads(got.lineage)["leaves"] if got.lineage else ():
                _note(found.fields.setdefault(number, []), case)
                for read, mark in zip(trace[::2], trace[1::2], strict=True):
                    lookup = by_number[read].lookup if read in by_number else None
                    if mark <= _FIRST_ROW and lookup is not None:
                        _note(found.rows.setdefault((lookup.table.file, _FIRST_ROW - mark), []), case)
    return found


def _note(cases: list[Case], case: Case) -> None:
    if case not in cases:
        cases.append(case)


def _silent_rows(program: Program) -> set[tuple[str, int]]:
    """Rows whose use no lineage tells: those that say "known, not shared"."""
    return {
        (value.lookup.table.file, row.number)
        for value in program.values
        if value.lookup is not None
        for row in value.lookup.table.rows
        if row.match is Match.NONE or (value.lookup.take != "target" and not row.cells.get(value.lookup.take, ""))
    }
