"""What may be loaded: a mapping whose check finds no error and whose own tests pass; everything else is refused.

Guarantees that a mapping is given only together with the proof: checked against both schemas, built, and every case
beside it passed on what was built, on the engine that will run. Mutants are not asked for here: they judge the tests,
not the mapping (docs/adr/0051).
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass

from gateway.errors import DefinitionRefused, Fault, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import EngineName, InboundMapping, OutboundMapping, build_inbound, build_outbound
from gateway.mapping.cases.cases import CasesReport, run_cases
from gateway.mapping.check.mapping import check_mapping

__all__ = ["Admitted", "admit_inbound", "admit_outbound", "failed_cases"]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A mapping that may be loaded, or why not. `faults` has warnings also where it may."""

    mapping: InboundMapping | OutboundMapping | None
    faults: tuple[Fault, ...] = ()


def admit_inbound(
    path: str, files: Files[str, bytes], fmt: ExchangeFormat, *, engine: EngineName = "compiled", tests: bool = True
) -> Admitted:
    """Check, build and test the inbound mapping at `path`; `tests` false leaves the tests to who asks.

    Never raises for what the files say. Cost: check, compilation and one run per case; about 0.1 s for 300 lines.
    """
    return _admit(path, files, fmt, engine, tests=tests, outbound=False)


def admit_outbound(
    path: str, files: Files[str, bytes], fmt: ExchangeFormat, *, engine: EngineName = "compiled", tests: bool = True
) -> Admitted:
    """Check, build and test the outbound mapping at `path`, as `admit_inbound` does."""
    return _admit(path, files, fmt, engine, tests=tests, outbound=True)


def _admit(
    path: str, files: Files[str, bytes], fmt: ExchangeFormat, engine: EngineName, *, tests: bool, outbound: bool
) -> Admitted:
    faults = list(check_mapping(path, files, fmt).faults)
    mapping: InboundMapping | OutboundMapping | None = None
    try:
        build = build_outbound if outbound else build_inbound
        mapping = build(path, files, fmt, engine=engine)
    except DefinitionRefused as refused:
        faults += [fault for fault in refused.faults if fault not in faults]
    if mapping is not None and tests and not any(fault.severity is Severity.ERROR for fault in faults):
        faults += failed_cases(path, run_cases(path, files, fmt, mapping))
    refused_for = any(fault.severity is Severity.ERROR for fault in faults)
    return Admitted(None if refused_for else mapping, tuple(faults))


def failed_cases(path: str, report: CasesReport) -> tuple[Fault, ...]:
    """Give the faults of a report: one (R704) for each case that fails, and those of the tests file itself."""
    fix = f"`gateway mapping test {path}` shows what differs"
    failed = [
        Fault("R704", f"a test beside this mapping fails: {case.name}", case.place, fix)
        for case in report.results
        if not case.passed
    ]
    if not report.results and not report.faults:
        failed.append(Fault("R702", "there are no tests beside this mapping", fix=f"write cases in {report.file}"))
    return (*failed, *report.faults)
