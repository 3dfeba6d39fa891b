"""The tests beside a mapping: run on the real engine, compared with golden files, measured.

A mapping is loaded only when its tests pass. Pure: files in, results out; golden files that would change are handed
back, and whoever calls decides whether to write them. What differs is told by its path, never by its value.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, field
from uuid import UUID

from gateway.document.canonical import sha256
from gateway.document.json_codec import read_json, write_json
from gateway.document.rows_codec import LineEnd
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.identity import Identity
from gateway.exchange.message import complete
from gateway.exchange.validate import validate
from gateway.mapping.api import InboundMapping, OutboundMapping, build_inbound, build_outbound
from gateway.mapping.cases.change import CannotChange, change_json, change_rows, change_xml
from gateway.mapping.cases.compare import differences, is_present, occurs
from gateway.mapping.cases.load import Case, Expected, Given, TestsFile, load_tests, tests_path
from gateway.mapping.cases.measure import Measured, Measures
from gateway.mapping.language.file import Source
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.source import syntax_of
from gateway.mapping.run.apply import Envelope
from gateway.mapping.run.read import rows_layout
from gateway.names import AgencyId, SourceKey, Status

__all__ = ["CaseResult", "CasesReport", "run_cases"]

_IDENTITY = Identity(UUID("00000000-0000-4000-8000-000000000000"))
_COUNTRY = "QM"  # a code that ISO 3166 keeps free for users


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


@dataclass(frozen=True, slots=True)
class _Sample:
    """A file as an agency sent it."""

    data: bytes
    name: str


@dataclass(frozen=True, slots=True)
class _Got:
    """One message that came out: its outcome, its content as the golden file has it, its diagnostics."""

    outcome: str
    content: bytes | None = None
    value: JsonValue = None
    diagnostics: tuple[Fault, ...] = ()


def run_cases(path: str, files: Files[str, bytes], fmt: ExchangeFormat) -> CasesReport:
    """Run the tests beside the mapping at `path`; without a tests file that is fault R702.

    Never raises for what the files say. Cost: a run of the mapping per case.
    """
    tests = tests_path(path)
    if tests not in files:
        fault = Fault("R702", "there are no tests beside this mapping", Place(path, 1, 1), f"write {tests}")
        return CasesReport(tests, faults=(fault,))
    try:
        mapping = load_mapping(path, files)
        loaded = load_tests(tests, files, syntax_of(mapping.source.format.text))
        runner: _Runner = _Outbound(path, files, fmt) if mapping.outbound else _Inbound(path, files, fmt, loaded.given)
    except DefinitionRefused as refused:
        return CasesReport(tests, faults=refused.faults)
    return _report(loaded, runner, files)


def _report(tests: TestsFile, runner: "_Runner", files: Files[str, bytes]) -> CasesReport:
    results: list[CaseResult] = []
    golden: dict[str, bytes] = {}
    for case in tests.cases:
        try:
            got = runner.run(case)
        except CannotChange as wrong:
            results.append(CaseResult(case.name, case.place, (f"{wrong.fault.place}: {wrong.fault.message}",)))
            continue
        differs, written = _compared(case, got, files)
        results.append(CaseResult(case.name, case.place, tuple(differs)))
        golden |= written
    measured = runner.measures.measured() if runner.measures is not None else None
    missed = measured.missed(tests.require) if measured is not None else ()
    return CasesReport(tests.file, tuple(results), (*tests.notes, *missed), measured, golden)


def _compared(case: Case, got: list[_Got], files: Files[str, bytes]) -> tuple[list[str], dict[str, bytes]]:
    """Compare message by message; without `messages:` there is exactly one."""
    golden: dict[str, bytes] = {}
    differs: list[str] = []
    if len(got) != len(case.expected):
        differs.append(f"{len(got)} messages came out instead of {len(case.expected)}")
    for number, (one, expected) in enumerate(zip(got, case.expected, strict=False), 1):
        prefix = f"message {number}: " if case.listed else ""
        differs += [f"{prefix}{text}" for text in _one(one, expected, files, golden)]
    return differs, golden


def _one(got: _Got, expected: Expected, files: Files[str, bytes], golden: dict[str, bytes]) -> list[str]:
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


def _golden(got: _Got, path: str, files: Files[str, bytes], golden: dict[str, bytes]) -> list[str]:
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


class _Runner:
    """Runs one case."""

    measures: Measures | None = None

    def run(self, case: Case) -> list[_Got]:
        """Give what came out, message by message. Raises `CannotChange`."""
        raise NotImplementedError


class _Inbound(_Runner):
    def __init__(self, path: str, files: Files[str, bytes], fmt: ExchangeFormat, given: Given) -> None:
        self._mapping: InboundMapping = build_inbound(path, files, fmt)
        self._files = files
        self._fmt = fmt
        self._given = given
        self.measures = Measures(self._mapping.program)

    def run(self, case: Case) -> list[_Got]:
        samples = [_Sample(self._files[name], name) for name in case.inputs]
        if case.changes and samples:
            changed = self._changed(samples[0].data, case)
            samples[0] = _Sample(changed, samples[0].name)
        try:
            document = self._mapping.read(samples)
        except DocumentRefused as refused:
            return [_Got("refused", diagnostics=refused.faults)]
        given = self._given
        digest = sha256(b"".join(sample.data for sample in samples))
        envelope = Envelope(AgencyId(given.agency), self._country, SourceKey(given.key), given.taken, digest)
        found: list[_Got] = []
        for mapped in self._mapping.apply(document, envelope, _IDENTITY):
            if self.measures is not None:
                self.measures.saw(mapped.lineage)
            if mapped.message is None:
                found.append(_Got(mapped.outcome, diagnostics=mapped.diagnostics))
                continue
            whole = complete(
                mapped.message,
                message_id=mapped.message_id,
                agency=AgencyId(given.agency),
                country=self._country,
                status=Status(given.status) if given.status in set(Status) else None,
                exchange=self._fmt,
            )
            found.append(self._validated(mapped.outcome, whole, mapped.diagnostics))
        return found

    @property
    def _country(self) -> str:
        return self._given.country or _COUNTRY

    def _validated(self, outcome: str, whole: JsonObject, diagnostics: tuple[Fault, ...]) -> _Got:
        """The last look that the corridor takes too: what the format refuses is quarantined."""
        faults = validate(whole, self._fmt) if outcome == "accepted" else ()
        if faults:
            outcome = "quarantined"
        return _Got(outcome, write_json(whole, indent=True) + b"\n", whole, (*diagnostics, *faults))

    def _changed(self, data: bytes, case: Case) -> bytes:
        source: Source = self._mapping.source
        match source.format.text:
            case "xml":
                spaces = {prefix.text: uri.text for prefix, uri in source.namespaces}
                if source.default_namespace is not None:
                    spaces[""] = source.default_namespace.text
                encoding = "utf-8" if source.encoding is None else source.encoding.text
                return change_xml(data, case.changes, encoding=encoding, namespaces=spaces)
            case "json":
                return change_json(data, case.changes)
            case "csv" if source.layout is not None:
                return change_rows(data, case.changes, rows_layout(source.layout, _line_end(data)))
            case _:
                raise CannotChange(case.changes[0], "the files of a set cannot be changed; write a sample")


def _line_end(data: bytes) -> LineEnd:
    return "crlf" if b"\r\n" in data else "lf"


class _Outbound(_Runner):
    def __init__(self, path: str, files: Files[str, bytes], fmt: ExchangeFormat) -> None:
        self._mapping: OutboundMapping = build_outbound(path, files, fmt)
        self._files = files

    def run(self, case: Case) -> list[_Got]:
        data = self._files[case.inputs[0]] if case.inputs else b""
        if case.changes:
            data = change_json(data, case.changes)
        try:
            message = read_json(data)
        except DocumentRefused as refused:
            return [_Got("refused", diagnostics=refused.faults)]
        if not isinstance(message, dict):
            return [_Got("refused")]
        written = self._mapping.apply(message)
        if written.outcome != "accepted":
            return [_Got(written.outcome, diagnostics=written.diagnostics)]
        return [_Got("accepted", body, diagnostics=written.diagnostics) for body in written.bodies]
