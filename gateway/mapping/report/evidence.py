"""What the fixtures beside a mapping show of it: rules that wrote, branches and table rows taken, and what was left.

Every input of the tests is run once, unchanged. Guarantees that nothing here holds a value of a fixture: places, names,
lines and counts only.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.errors import DefinitionRefused, DocumentRefused
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import InboundMapping, build_inbound
from gateway.mapping.cases.load import load_tests, tests_path
from gateway.mapping.check.reach import TEXT, Trail
from gateway.mapping.load.source import syntax_of
from gateway.mapping.program.program import Program
from gateway.mapping.program.values import ChooseOrigin
from gateway.mapping.report.residue import Left
from gateway.mapping.report.sheet import Sheet, SourceField
from gateway.mapping.report.trial import trial_of
from gateway.mapping.run.lineage import numbers_of

__all__ = ["Branch", "Evidence", "Residue", "evidence_of", "why_left"]


@dataclass(frozen=True, slots=True)
class Branch:
    """An alternative of a rule, by the line it stands in, and how many fixtures took it."""

    line: int
    taken: int


@dataclass(frozen=True, slots=True)
class Residue:
    """Leaves of one fixture at one place of the schema that nothing came to: the first of them, and how many."""

    fixture: str
    place: str
    field: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all fixtures together show. `written` names fixtures by the line of a rule that wrote in them.

    `rows` are rows of code tables that answered, as (file, line).
    """

    fixtures: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    written: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    rows: frozenset[tuple[str, int]] = frozenset()
    branches: tuple[Branch, ...] = ()
    residue: tuple[Residue, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    name: str


def evidence_of(sheet: Sheet, files: Mapping[str, bytes], fmt: ExchangeFormat) -> Evidence:
    """Run the fixtures of an inbound mapping. Empty for an outbound one, or where there are no tests that load."""
    path = sheet.mapping.file
    tests = tests_path(path)
    if sheet.mapping.outbound or tests not in files:
        return Evidence()
    try:
        mapping = build_inbound(path, files, fmt)
        cases = load_tests(tests, files, syntax_of(sheet.mapping.source.format.text)).cases
    except DefinitionRefused:
        return Evidence()
    inputs = dict.fromkeys(case.inputs for case in cases if case.inputs)
    return _gathered(sheet, mapping, list(inputs), files, fmt)


def _gathered(
    sheet: Sheet,
    mapping: InboundMapping,
    inputs: list[tuple[str, ...]],
    files: Mapping[str, bytes],
    fmt: ExchangeFormat,
) -> Evidence:
    written: dict[int, list[str]] = {}
    read: Counter[int] = Counter()
    rows: set[tuple[str, int]] = set()
    refused: list[str] = []
    residue: list[Residue] = []
    for names in inputs:
        shown = posixpath.basename(names[0] if len(names) == 1 else posixpath.dirname(names[0]))
        try:
            trial = trial_of(mapping, [_File(files[name], name) for name in names], fmt)
        except DocumentRefused:
            refused.append(shown)
            continue
        fields = {number for message in trial.messages for number in message.rules}
        for line in sorted({mapping.program.fields[number].place.line for number in fields}):
            written.setdefault(line, []).append(shown)
        read.update({number for message in trial.messages for number in message.values})
        rows.update(row for message in trial.messages for row in message.rows)
        residue += _residue(shown, trial.residue, sheet)
    shown_names = tuple(posixpath.basename(n[0] if len(n) == 1 else posixpath.dirname(n[0])) for n in inputs)
    branches = tuple(_branches(mapping.program, read))
    by_line = {line: tuple(names) for line, names in written.items()}
    return Evidence(shown_names, tuple(refused), by_line, frozenset(rows), branches, tuple(residue))


def _branches(program: Program, read: Mapping[int, int]) -> Iterator[Branch]:
    for value in program.values:
        if isinstance(value.origin, ChooseOrigin):
            for branch in value.origin.branches:
                yield Branch(branch.value.place.line, max(read.get(n, 0) for n in numbers_of(branch.value)))


def _residue(fixture: str, left: tuple[Left, ...], sheet: Sheet) -> Iterator[Residue]:
    by_trail: dict[Trail, list[Left]] = {}
    for leaf in left:
        by_trail.setdefault(leaf.trail, []).append(leaf)
    for trail, leaves in by_trail.items():
        if trail in sheet.studied.derived:
            continue
        found, why = why_left(trail, sheet)
        yield Residue(fixture, str(leaves[0].place), found, len(leaves), why)


def why_left(trail: Trail, sheet: Sheet) -> tuple[str, str]:
    """Give the source field at a trail, and why nothing came to it, in words."""
    known = {leaf.trail: at for at, leaf in enumerate(sheet.studied.leaves)}
    at = known.get(trail, known.get((*trail, TEXT), -1))
    if at < 0:
        alike = [at for at, leaf in enumerate(sheet.studied.leaves) if _may_be(leaf.trail, trail)]
        at = next((at for at in alike if sheet.source[at].state == "lost"), alike[0] if alike else -1)
    if at < 0:
        shown = "/".join(name.rpartition("}")[2] if "}" in name else name for name in trail)
        return shown, "the schema does not name it"
    source = sheet.source[at]
    return source.field, _why(source, trail, sheet)


def _may_be(leaf: Trail, trail: Trail) -> bool:
    """True if a document's trail may be this leaf's: places in a list leave no step, any member fits a pattern."""
    steps = [step for step in leaf if not (step.startswith("[") and step.endswith("]"))]
    return len(steps) == len(trail) and all(step in ("*", name) for step, name in zip(steps, trail, strict=True))


def _why(source: SourceField, trail: Trail, sheet: Sheet) -> str:
    if source.reason:
        return f"ignored: {source.reason}"
    for entry in sheet.studied.coverage.ignored:
        if entry.formula is not None and trail[: len(entry.trail)] == entry.trail:
            reason = next((why for _, why, line in sheet.conditional if line == entry.place.line), "")
            return f"ignored under a condition: {reason}"
    if source.state == "lost":
        return "nothing reads it"
    if all(reading.what == "condition" for reading in source.readings):
        return "only conditions look at this field, and none had to"
    return "the rules that read this field did not come to this place"
