"""The tests beside a mapping: run on the real engine, compared with golden files, measured.

A mapping is loaded only when its tests pass. Pure: files in, results out; golden files that would change are handed
back, and whoever calls decides whether to write them. What differs is told by its path, never by its value.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, field

from gateway.document.json_codec import read_json
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import InboundMapping, OutboundMapping, build_inbound, build_outbound
from gateway.mapping.cases.change import CannotChange
from gateway.mapping.cases.compare import differences, is_present, occurs
from gateway.mapping.cases.load import Case, Expected, TestsFile, load_tests, tests_path
from gateway.mapping.cases.measure import Measured, Measures
from gateway.mapping.cases.round_trip import RoundTrip
from gateway.mapping.cases.runners import Got, Inbound, Outbound, Runner
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.source import syntax_of

__all__ = ["CaseResult", "CasesReport", "Prepared", "compared", "prepare", "results_of", "run_cases"]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: whether it passed, and if not what differs, as sentences without values."""

    name: str
    place: Place
    differs: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True if everything was as expected."""
        return not self.differs


@dataclass(frozen=True, slots=True)
class CasesReport:
    """All cases of a mapping. `golden` holds the golden files as they would be now, those that differ or are new.

    `faults` are about the tests file itself, and thresholds of `require` that are not reached.
    """

    file: str
    results: tuple[CaseResult, ...] = ()
    faults: tuple[Fault, ...] = ()
    measured: Measured | None = None
    golden: Files[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not result.passed for result in self.results)

    @property
    def good(self) -> bool:
        """True if the mapping may be loaded: there are cases, all pass, and nothing required is missed."""
        return bool(self.results) and not self.failed and all(f.severity is not Severity.ERROR for f in self.faults)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A mapping that can be run and its tests, ready."""

    tests: TestsFile
    runner: Runner
    files: Files[str, bytes] = field(repr=False)
    fmt: ExchangeFormat = field(repr=False)


def prepare(
    path: str,
    files: Files[str, bytes],
    fmt: ExchangeFormat,
    built: InboundMapping | OutboundMapping | None = None,
) -> Prepared:
    """Load the tests beside the mapping at `path`; `built` is the mapping where it has been built already.

    Raises `DefinitionRefused` with every fault of the mapping and its tests; without a tests file that is R702.
    """
    tests = tests_path(path)
    if tests not in files:
        raise DefinitionRefused(
            Fault("R702", "there are no tests beside this mapping", Place(path, 1, 1), f"write {tests}")
        )
    if built is None:
        outbound = load_mapping(path, files).outbound
        built = build_outbound(path, files, fmt) if outbound else build_inbound(path, files, fmt)
    loaded = load_tests(tests, files, syntax_of(built.program.mapping.source.format.text))
    if isinstance(built, OutboundMapping):
        return Prepared(loaded, Outbound(built, files), files, fmt)
    return Prepared(loaded, Inbound(built, files, fmt, loaded.given), files, fmt)


def run_cases(
    path: str,
    files: Files[str, bytes],
    fmt: ExchangeFormat,
    built: InboundMapping | OutboundMapping | None = None,
) -> CasesReport:
    """Run the tests beside the mapping at `path`; without a tests file that is fault R702.

    Never raises for what the files say. Cost: a run of the mapping per case.
    """
    try:
        return results_of(prepare(path, files, fmt, built))
    except DefinitionRefused as refused:
        return CasesReport(tests_path(path), faults=refused.faults)


def results_of(prepared: Prepared) -> CasesReport:
    """Run the tests of a mapping."""
    tests, runner = prepared.tests, prepared.runner
    measures = Measures(runner.program)
    results: list[CaseResult] = []
    golden: dict[str, bytes] = {}
    back: RoundTrip | None = None
    for case in tests.cases:
        try:
            got = runner.run(case)
        except CannotChange as wrong:
            results.append(CaseResult(case.name, case.place, (f"{wrong.fault.place}: {wrong.fault.message}",)))
            continue
        for one in got:
            measures.saw(one.lineage)
        differs, written = compared(case, got, prepared.files)
        if case.round_trip:
            back = back or RoundTrip(runner.program.mapping.file, runner, prepared.files, prepared.fmt)
            differs += back.differs(got)
        results.append(CaseResult(case.name, case.place, tuple(differs)))
        golden |= written
    measured = measures.measured()
    return CasesReport(tests.file, tuple(results), (*tests.notes, *measured.missed(tests.require)), measured, golden)


def compared(case: Case, got: list[Got], files: Files[str, bytes]) -> tuple[list[str], dict[str, bytes]]:
    """Compare message by message, and give what differs and the golden files that do not hold.

    Without `messages:` there is exactly one message.
    """
    golden: dict[str, bytes] = {}
    differs: list[str] = []
    if len(got) != len(case.expected):
        differs.append(f"{len(got)} messages came out instead of {len(case.expected)}")
    for number, (one, expected) in enumerate(zip(got, case.expected, strict=False), 1):
        prefix = f"message {number}: " if case.listed else ""
        differs += [f"{prefix}{text}" for text in _one(one, expected, files, golden)]
    return differs, golden


def _one(got: Got, expected: Expected, files: Files[str, bytes], golden: dict[str, bytes]) -> list[str]:
    differs: list[str] = []
    wanted = expected.outcome or "accepted"
    if got.outcome != wanted:
        codes = ", ".join(dict.fromkeys(fault.code for fault in got.diagnostics))
        differs.append(f"the outcome is {got.outcome} instead of {wanted}" + (f" ({codes})" if codes else ""))
    if expected.output:
        differs += _golden(got, expected.output, files, golden)
    for diagnostic in expected.diagnostics:
        if not occurs(diagnostic, got.diagnostics):
            where = f" for {diagnostic.field}" if diagnostic.field else ""
            differs.append(f"there is no {diagnostic.code}{where}")
    differs += [f"{path} is there" for path in expected.absent if is_present(got.value, path)]
    return differs


def _golden(got: Got, path: str, files: Files[str, bytes], golden: dict[str, bytes]) -> list[str]:
    if got.content is None:
        return [f"no message to compare with {path}"]
    known = files.get(path)
    if known == got.content:
        return []
    if known is None:
        golden[path] = got.content
        return [f"the golden file {path} does not exist yet; --update writes it"]
    differs = [f"the bytes differ from {path}"]
    if isinstance(got.value, dict):
        try:
            differs = differences(got.value, read_json(known))
        except DocumentRefused:
            differs = [f"{path} is not JSON"]
    if differs:
        golden[path] = got.content
    return differs
