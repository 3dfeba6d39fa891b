"""A new schema and the lines of a mapping that break or weaken under it: the same check, twice.

Guarantees that only what the new schema causes is told: what was wrong before is left out. The cases beside the mapping
are run under the new schema too: their samples may no longer be valid, their results no longer those.
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Files
from dataclasses import dataclass

from gateway.errors import DefinitionRefused, Fault, Place, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.cases.cases import run_cases
from gateway.mapping.check.mapping import CheckReport, check_mapping
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.reading import resolve

__all__ = ["Impact", "impact", "schema_of"]

_SCHEMA_LINE = re.compile(r"\([^()]*:\d+:\d+\)")


@dataclass(frozen=True, slots=True)
class Impact:
    """What a new schema does to a mapping: errors and warnings that it causes, and those that go away.

    `cases` are the names of tests that pass now and would fail.
    """

    file: str
    breaks: tuple[Fault, ...]
    weakens: tuple[Fault, ...]
    mended: tuple[Fault, ...]
    cases: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """True if nothing breaks."""
        return not self.breaks and not self.cases


def impact(path: str, files: Files[str, bytes], replaced: Files[str, bytes], fmt: ExchangeFormat) -> Impact:
    """Say what becomes of the mapping at `path` when `replaced` stands in place of files of the same names.

    Never raises for what the files say. Cost: two checks and two runs of the tests.
    """
    changed = {**files, **replaced}
    before, after = check_mapping(path, files, fmt), check_mapping(path, changed, fmt)
    new = _only(after, before)
    breaks = tuple(fault for fault in new if fault.severity is Severity.ERROR)
    return Impact(
        path,
        breaks,
        tuple(fault for fault in new if fault.severity is not Severity.ERROR),
        _only(before, after),
        tuple(_failing(path, files, changed, fmt)),
    )


def _only(left: CheckReport, right: CheckReport) -> tuple[Fault, ...]:
    """Faults of one report that the other has not; texts name lines of the schema, which move and do not count."""
    known = {_key(fault) for fault in right.faults}
    return tuple(fault for fault in left.faults if _key(fault) not in known)


def _key(fault: Fault) -> tuple[str, Place, str]:
    return fault.code, fault.place, _SCHEMA_LINE.sub("", fault.message)


def _failing(path: str, files: Files[str, bytes], changed: Files[str, bytes], fmt: ExchangeFormat) -> Iterable[str]:
    """Tests that no longer pass; all of them where the mapping does not even load under the new schema."""
    before, after = run_cases(path, files, fmt), run_cases(path, changed, fmt)
    passes = {case.name for case in after.results if case.passed}
    return [case.name for case in before.results if case.passed and case.name not in passes]


def schema_of(path: str, files: Files[str, bytes]) -> str:
    """Give the path of the schema of the other side (source inbound, target outbound); empty without one.

    Raises `DefinitionRefused` if the mapping cannot be loaded.
    """
    mapping = load_mapping(path, files)
    word = mapping.target.schema if mapping.outbound else mapping.source.schema
    found = None if word is None else resolve(path, word.text)
    if word is not None and found is None:
        raise DefinitionRefused(Fault("W009", "this path leads out of the deployment", word.place))
    return found or ""
