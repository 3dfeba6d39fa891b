"""Two versions of a mapping on the same samples: which results differ, where, and by which rule.

Guarantees that every case of the tests beside the new version is run on both, with the samples of the new one, and that
a difference is told by its place and kind, never by its values. Results that change under one version are a fault: who
reads a record by mapping and version would read two things.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Files
from dataclasses import dataclass
from enum import StrEnum

from gateway.document.tree import JsonValue
from gateway.errors import Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import InboundMapping, OutboundMapping, build_inbound, build_outbound
from gateway.mapping.cases.cases import Prepared, prepare
from gateway.mapping.cases.change import CannotChange
from gateway.mapping.cases.load import Case
from gateway.mapping.cases.runners import Got, Inbound, Outbound
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.run.lineage import How, LineageRecord

__all__ = ["DiffReport", "Difference", "Kind", "diff"]


class Kind(StrEnum):
    """What became of a place of a result."""

    ADDED = "added"
    REMOVED = "removed"
    OTHER = "has another value"
    OUTCOME = "the outcome differs"
    FINDINGS = "other findings"
    MESSAGES = "another number of messages"
    BYTES = "the bytes differ"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of one message of a case. `detail` is outcomes or codes; `rule` writes the place now (or did)."""

    case: str
    message: int
    kind: Kind
    path: str = ""
    detail: str = ""
    rule: Place = Place()

    def __str__(self) -> str:
        where = f"message {self.message}: " if self.message else ""
        what = f"{self.path}: {self.kind}" if self.path else str(self.kind)
        told = f" ({self.detail})" if self.detail else ""
        by = f" [{self.rule}]" if self.rule.line else ""
        return f"{self.case}: {where}{what}{told}{by}"


@dataclass(frozen=True, slots=True)
class DiffReport:
    """All differences over the cases. `faults` has R705 if results change and the version does not."""

    file: str
    old_version: str
    new_version: str
    cases: int
    differences: tuple[Difference, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def good(self) -> bool:
        """True if nothing changes, or the version says that something does."""
        return not self.faults


def diff(path: str, old: Files[str, bytes], new: Files[str, bytes], fmt: ExchangeFormat) -> DiffReport:
    """Compare the mapping at `path` of two deployments on the cases of the new one.

    Raises `DefinitionRefused` if one of the two cannot be built, or there are no tests. Cost: two runs a case.
    """
    after = prepare(path, new, fmt)
    before = _on_new_samples(path, old, after, fmt)
    found: list[Difference] = []
    for case in after.tests.cases:
        found += _case(case, before, after)
    versions = _version(before), _version(after)
    faults: tuple[Fault, ...] = ()
    if found and versions[0] == versions[1]:
        message = f"results change and the version stays {versions[1]}"
        place = after.runner.program.mapping.version.place
        faults = (Fault("R705", message, place, "raise the version with the change"),)
    return DiffReport(path, *versions, len(after.tests.cases), tuple(found), faults)


def _version(prepared: Prepared) -> str:
    return prepared.runner.program.mapping.version.text


def _on_new_samples(path: str, old: Files[str, bytes], after: Prepared, fmt: ExchangeFormat) -> Prepared:
    """The old rules with the samples, changes and envelope of the new tests."""
    built: InboundMapping | OutboundMapping
    if load_mapping(path, old).outbound:
        built = build_outbound(path, old, fmt)
        return Prepared(after.tests, Outbound(built, after.files), after.files, fmt)
    built = build_inbound(path, old, fmt)
    return Prepared(after.tests, Inbound(built, after.files, fmt, after.tests.given), after.files, fmt)


def _case(case: Case, before: Prepared, after: Prepared) -> Iterator[Difference]:
    try:
        left, right = before.runner.run(case), after.runner.run(case)
    except CannotChange:
        # The sample has no such place; `gateway mapping test` says so.
        return
    if len(left) != len(right):
        yield Difference(case.name, 0, Kind.MESSAGES, detail=f"{len(left)}, now {len(right)}")
        return
    if left == right:
        return
    old_rules, new_rules = _rules(before, case), _rules(after, case)
    for number, (old, new) in enumerate(zip(left, right, strict=True)):
        shown = number + 1 if len(right) > 1 else 0
        rules = (_at(old_rules, number), _at(new_rules, number))
        yield from _message(case.name, shown, old, new, rules)


def _message(
    case: str, number: int, old: Got, new: Got, rules: tuple[dict[str, Place], dict[str, Place]]
) -> Iterator[Difference]:
    if old.outcome != new.outcome:
        yield Difference(case, number, Kind.OUTCOME, detail=f"{old.outcome}, now {new.outcome}")
    codes = [sorted({fault.code for fault in got.diagnostics}) for got in (old, new)]
    if codes[0] != codes[1]:
        detail = f"{', '.join(codes[0]) or 'none'}, now {', '.join(codes[1]) or 'none'}"
        yield Difference(case, number, Kind.FINDINGS, detail=detail)
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        if old.content != new.content and old.outcome == new.outcome:
            yield Difference(case, number, Kind.BYTES)
        return
    for kind, path in _places(old.value, new.value, ""):
        yield Difference(case, number, kind, path, rule=_rule(path, rules[kind is not Kind.REMOVED]))


def _places(old: JsonValue, new: JsonValue, path: str) -> Iterator[tuple[Kind, str]]:
    """The outermost places that differ, each once."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            inner = f"{path}.{name}" if path else name
            if name not in new:
                yield Kind.REMOVED, inner
            elif name not in old:
                yield Kind.ADDED, inner
            else:
                yield from _places(old[name], new[name], inner)
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            inner = f"{path}[{at}]"
            if at >= len(new):
                yield Kind.REMOVED, inner
            elif at >= len(old):
                yield Kind.ADDED, inner
            else:
                yield from _places(old[at], new[at], inner)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Kind.OTHER, path


def _rules(prepared: Prepared, case: Case) -> list[dict[str, Place]]:
    return [_placed(records) for records in prepared.runner.lineage(case)]


def _placed(records: list[LineageRecord]) -> dict[str, Place]:
    return {record.text: record.rule for record in records if record.how is not How.NULL and record.rule.line}


def _at(rules: list[dict[str, Place]], number: int) -> dict[str, Place]:
    return rules[number] if number < len(rules) else {}


def _rule(path: str, rules: dict[str, Place]) -> Place:
    """The rule of a place, or of the first leaf below it."""
    below = (place for text, place in rules.items() if text == path or text.startswith((f"{path}.", f"{path}[")))
    return next(below, Place())
