"""Does a value fit its target? Codes against codes, types against types; what cannot be decided is left to run time.

Patterns and lengths of free text are tested at run time (`fit`), where a value that does not fit is bad and follows
`on_error`.
"""

import re

from gateway.errors import Place
from gateway.mapping.check.findings import Findings, listed
from gateway.mapping.check.known import Known
from gateway.mapping.language.rules import Const, Value
from gateway.mapping.load.reading import suggestion
from gateway.mapping.shapes.targets import Target

__all__ = ["Lists", "fitting"]

Lists = dict[str, tuple[str, ...]]
"""The codes of the exchange format's lists, by name."""

_DATES = frozenset({"date", "datetime", "time"})


def fitting(known: Known, value: Value, target: Target, lists: Lists, findings: Findings) -> None:
    """Report a value that its target never takes (T205), or not always (T206, L102), or of another type (T208)."""
    if known.unknown:
        return
    slot = _slot(target)
    if slot is None:
        return
    place = value.lookup.table.place if value.lookup is not None and known.said.startswith("table") else value.place
    if known.said == "const" and isinstance(value.origin, Const):
        place = value.origin.word.place
    elif known.said == "default" and value.default is not None:
        place = value.default.place
    elif known.said == "use" and value.on_error is not None and value.on_error.use is not None:
        place = value.on_error.use.place
    codes = _codes(target, slot, lists)
    if known.codes is not None:
        wrong = [code for code in known.codes if not _admits(code, codes, slot)]
        if wrong:
            _misfit(known, value, target, codes, wrong, findings, place)
        return
    _types(known, value, target, slot, codes, findings)


def _slot(target: Target) -> Target | None:
    """The leaf that takes the value: of a code `code`, of a date `value`, else the place itself."""
    if not target.composite:
        return target if target.facts.readable else None
    children = target.facts.children
    child = children.get("code") or children.get("value")
    return None if child is None else target.to(child)


def _codes(target: Target, slot: Target, lists: Lists) -> tuple[str, ...] | None:
    name = target.shape.annotations.get("x-list")
    if isinstance(name, str) and target.composite and name in lists:
        return lists[name]
    return slot.facts.codes


def _admits(code: str, codes: tuple[str, ...] | None, slot: Target) -> bool:
    if codes is not None:
        return code in codes
    facts = slot.facts
    if len(code) < facts.shortest or (facts.longest is not None and len(code) > facts.longest):
        return False
    if facts.kinds <= {"integer", "null"} and not re.fullmatch(r"-?[0-9]+", code):
        return False
    return all(_found(pattern, code) for pattern in facts.patterns)


def _found(pattern: str, code: str) -> bool:
    try:
        return re.search(pattern, code) is not None
    except re.error:
        return True


def _misfit(
    known: Known,
    value: Value,
    target: Target,
    codes: tuple[str, ...] | None,
    wrong: list[str],
    findings: Findings,
    where: Place,
) -> None:
    allowed = f"; allowed: {listed(codes)}" if codes is not None else ""
    hint = suggestion(wrong[0], codes) if codes is not None and len(codes) > 12 else ""
    if known.said in {"const", "default", "use"}:
        findings.error("T205", f"{target.label} cannot be '{wrong[0]}'{hint or allowed}", where)
        return
    if known.said.startswith("table"):
        findings.error(
            "L102",
            f"{known.said} leads to {listed(wrong)}, which {target.label} does not allow{hint or allowed}",
            where,
        )
        return
    message = f"{known.label} may be {listed(wrong)}, which {target.label} does not allow{allowed}"
    if value.on_error is not None:
        findings.warning("T206", f"{message}; on_error covers it", where)
    else:
        findings.error("T206", message, where, "use lookup, or write on_error on this rule")


def _types(
    known: Known, value: Value, target: Target, slot: Target, codes: tuple[str, ...] | None, findings: Findings
) -> None:
    facts = slot.facts
    if "date" in known.kinds and not target.composite and not _takes_dates(slot):
        findings.error("T208", f"{target.label} takes no date", value.place)
        return
    if codes is not None and known.said == "schema" and known.kinds & {"text"}:
        message = f"{known.label} is free text, but {target.label} allows {listed(codes, 5)}"
        if value.on_error is None:
            findings.warning("T207", message, value.place, "use lookup, or write on_error on this rule")
        return
    if facts.kinds <= {"integer", "null"} and not known.kinds & {"integer"}:
        findings.error("T208", f"{target.label} takes a whole number", value.place, "add convert: [integer]")
    elif facts.kinds <= {"boolean", "null"} and not known.kinds & {"boolean"}:
        findings.error("T208", f"{target.label} is true or false", value.place, "add convert: [{boolean: ...}]")


def _takes_dates(slot: Target) -> bool:
    return bool(slot.facts.kinds & {"text"}) and slot.facts.codes is None
