"""The three judgements of coverage: leaves (V301), leaves per class (V302), items (V303); and `ignore` itself.

Outbound the same places are a list of what is lost, not errors: the report counts them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.errors import Place
from gateway.mapping.check.background import background
from gateway.mapping.check.conditions import Conditions
from gateway.mapping.check.coverage import Ignored, Leaf, leaves_of
from gateway.mapping.check.findings import listed
from gateway.mapping.check.logic import (
    FALSE,
    MISSING,
    OTHER,
    TRUE,
    AnyOf,
    Case,
    Formula,
    Has,
    Nay,
    OneOf,
    Variable,
    both,
    counterexample,
    nay,
    satisfiable,
    variables,
)
from gateway.mapping.check.reach import TEXT, Reach, Trail, items_of
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.study import Study
from gateway.mapping.check.walk_filters import filtered
from gateway.mapping.language.file import Ignore
from gateway.mapping.paths.path import JsonIndex, JsonStep, Path

__all__ = ["CoverageCounts", "judge_coverage"]

_MOST_CLASSES = 64
_FEW_CLASSES = 4
_PUT_OFF = re.compile(r"to[ -]?do\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """How many places of the source can hold a value, and how many are read, or ignored with a reason.

    `counted` is False where a mapping or its schema could not be read, so that nothing is known.
    """

    fields: int = 0
    read: int = 0
    ignored: int = 0
    unread: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    counted: bool = True

    def __str__(self) -> str:
        if not self.counted:
            return "source fields : not counted, because the mapping cannot be read"
        accounted = self.read + self.ignored
        items = "all selected or ignored"
        if self.undecided:
            items = f"{', '.join(self.undecided)} counted at run time, the rest selected or ignored"
        ignored = f", {self.ignored} of them ignored with a reason" if self.ignored else ""
        return f"source fields : {accounted} of {self.fields} accounted for{ignored}; items: {items}"


def judge_coverage(study: Study, conditions: Conditions, scope: Scope, place: Place) -> CoverageCounts:
    """Judge what nothing reads, and count."""
    for ignore in study.mapping.ignore:
        _ignore(study, conditions, ignore, scope)
    leaves = leaves_of(scope.here)
    unread = [leaf for leaf in leaves if not _is_read(study, leaf)]
    ignored = [leaf for leaf in unread if _covering(study, leaf.trail) is not None]
    lost = [leaf for leaf in unread if _covering(study, leaf.trail) is None and study.visited(leaf.trail)]
    undecided: tuple[str, ...] = ()
    if not study.mapping.outbound:
        _unmapped(study, leaves, lost, place)
        undecided = _items(study)
        _classes(study, leaves)
    return CoverageCounts(
        len(leaves), len(leaves) - len(unread), len(ignored), tuple(leaf.label for leaf in lost), undecided
    )


def _ignore(study: Study, conditions: Conditions, ignore: Ignore, scope: Scope) -> None:
    reason = ignore.why.text.strip()
    if not reason or _PUT_OFF.match(reason):
        study.findings.error("V305", "a reason is needed: why is this not mapped?", ignore.why.place)
    chosen = conditions.native(ignore.path, scope) if any(filtered(step) for step in ignore.path.steps) else None
    for found in study.walker.go(ignore.path, scope.here):
        reach = items_of(found)
        formula = None if _places(ignore.path, found) else chosen
        if ignore.where is not None:
            where = conditions.formula(ignore.where, scope.at(reach, item=False, loops=0))
            formula = where if formula is None else both(formula, where)
        exact = reach.trail[-1:] == (TEXT,)
        study.coverage.ignored.append(Ignored(reach.trail, exact, ignore.place, formula, found.label))
        if formula is None:
            _also_read(study, reach, ignore)


def _places(path: Path, found: Reach) -> bool:
    """True if the schema declares every position of a path as a place of its own: such a path chooses no items."""
    chosen = [step for step in path.steps if filtered(step)]
    positions = [step for step in chosen if isinstance(step, JsonStep) and isinstance(step.selectors[0], JsonIndex)]
    return len(positions) == len(chosen) == sum(name.startswith("[") for name in found.trail)


def _also_read(study: Study, reach: Reach, ignore: Ignore) -> None:
    """What is ignored must not be read: one of the two is a mistake (V304)."""
    for trail, reads in study.coverage.reads.items():
        if trail[: len(reach.trail)] == reach.trail:
            message = f"{ignore.path.text} is ignored, but something under it is read"
            study.findings.error("V304", message, ignore.place, "ignore the parts that are not read", at=reads[0][1])
            return


def _is_read(study: Study, leaf: Leaf) -> bool:
    if leaf.trail in study.coverage.reads:
        return True
    parent = leaf.trail[:-1]
    return leaf.trail[-1:] != () and leaf.trail[-1].startswith("[") and parent in study.coverage.reads


def _covering(study: Study, trail: Trail) -> Ignored | None:
    for entry in study.coverage.ignored:
        if entry.formula is None and trail[: len(entry.trail)] == entry.trail:
            return entry
    return None


# -- leaves -----------------------------------------------------------------------------------------------------------


def _unmapped(study: Study, leaves: list[Leaf], lost: list[Leaf], place: Place) -> None:
    """Report what nothing reads; a whole subtree that nothing reads is one fault."""
    accounted = {leaf.trail for leaf in leaves} - {leaf.trail for leaf in lost}
    reported: set[Trail] = set()
    for leaf in lost:
        root = _lost_root(leaf.trail, accounted)
        if root in reported:
            continue
        reported.add(root)
        under = [each for each in lost if each.trail[: len(root)] == root]
        where = study.coverage.nearest_block(root[:-1], place)
        if len(under) == 1 or root == leaf.trail:
            origin = f" ({leaf.origin})" if str(leaf.origin) else ""
            what = f"source field {leaf.label}{origin} is neither mapped nor listed under ignore"
        else:
            label = _shared_label(leaf.label, len(leaf.trail) - len(root))
            what = f"nothing under {label} is mapped or listed under ignore: {len(under)} source fields"
        study.findings.error("V301", what, where, "map it, or write under ignore why not")


def _lost_root(trail: Trail, accounted: set[Trail]) -> Trail:
    """The highest place above a leaf under which nothing is accounted for."""
    root = trail
    for length in range(len(trail) - 1, 0, -1):
        above = trail[:length]
        if any(each[:length] == above for each in accounted):
            break
        root = above
    return root


def _shared_label(label: str, steps: int) -> str:
    for _ in range(steps):
        cut = max(label.rfind("/"), label.rfind("."))
        if cut <= 0:
            break
        label = label[:cut]
    return label.removesuffix("[*]")


# -- items ------------------------------------------------------------------------------------------------------------


def _items(study: Study) -> tuple[str, ...]:
    """Every item of a group must be selected or ignored (V303); give the groups that only run time can decide."""
    undecided: list[str] = []
    coverage = study.coverage
    for trail, selections in coverage.selections.items():
        reach = coverage.groups[trail]
        if _covering(study, trail) is not None or not study.visited(trail):
            continue
        formulas = [selection.formula for selection in selections]
        formulas += [entry.formula for entry in coverage.ignored if entry.trail == trail and entry.formula is not None]
        if reach.leaf == reach.trail and reach.facts.readable and not reach.facts.children:
            formulas.append(Nay(Has(reach.leaf)))  # an item that is a value and has none holds nothing
        asked = AnyOf(tuple(formulas))
        whole = AnyOf((nay(background(reach, asked, study.nulls)), asked))
        failing = counterexample(whole, coverage.domains)
        if failing is None:
            continue
        if isinstance(failing, str):
            undecided.append(reach.label)
            message = f"an item of {reach.label or 'the document'} that no condition here takes quarantines the message"
            fix = "the schema cannot show that there is none; cover the rest under ignore, with where and why"
            study.findings.warning("V310", message, selections[0].place, fix)
            continue
        what = f"{reach.label or 'the document'} where {_said(failing, trail)}"
        message = f"no block selects {what}, and ignore does not cover it"
        study.findings.error("V303", message, selections[0].place, "select it, or ignore it with where and why")
    return tuple(undecided)


def _said(case: Case, trail: Trail) -> str:
    parts: list[str] = []
    for variable, value in case.items():
        name = _short(variable, trail)
        if value == MISSING:
            parts.append(f"{name} is missing")
        elif value == OTHER:
            parts.append(f"{name} has another value")
        else:
            parts.append(f"{name} is {value}")
    return " and ".join(parts) or "no condition holds"


def _short(variable: Variable, trail: Trail) -> str:
    if variable[:1] == ("*",):  # one of several values, named also by where it is asked from
        variable = variable[variable.index("|") + 1 :]
    below = variable[len(trail) :] if variable[: len(trail)] == trail else variable
    names = [name for name in below if name not in {"*", "|", TEXT}]
    shown = "/".join(("@" if n.startswith("@") else "") + n.rpartition("}")[2].removeprefix("@") for n in names)
    return shown or "its value"


# -- classes ----------------------------------------------------------------------------------------------------------


def _classes(study: Study, leaves: list[Leaf]) -> None:
    """Where blocks over one group select by codes, each leaf is asked in each class (V302)."""
    coverage = study.coverage
    for trail, selections in coverage.selections.items():
        reach = coverage.groups[trail]
        if (
            len(selections) < 2
            or not study.visited(trail)
            or all(selection.formula == selections[0].formula for selection in selections)
        ):
            continue
        inside = [leaf for leaf in leaves if len(leaf.trail) > len(trail) and leaf.trail[: len(trail)] == trail]
        for variable, codes in _enumerated(study, trail, (selection.formula for selection in selections)).items():
            _by_code(study, reach, variable, codes, inside)


def _enumerated(study: Study, trail: Trail, formulas: Iterable[Formula]) -> Mapping[Variable, tuple[str, ...]]:
    found: dict[Variable, tuple[str, ...]] = {}
    for formula in formulas:
        for atom in variables(formula):
            if isinstance(atom, OneOf) and atom.variable[: len(trail)] == trail:
                domain = study.coverage.domains.get(atom.variable)
                if domain is not None and domain.codes is not None and len(domain.codes) <= _MOST_CLASSES:
                    found[atom.variable] = domain.codes
    return found


def _by_code(study: Study, reach: Reach, variable: Variable, codes: tuple[str, ...], inside: list[Leaf]) -> None:
    coverage, trail = study.coverage, reach.trail
    ignored = [entry.formula for entry in coverage.ignored if entry.trail == trail and entry.formula is not None]
    taken = AnyOf(tuple(selection.formula for selection in coverage.selections[trail]))
    unread: dict[str, str] = {}
    for code in codes:
        here = OneOf(variable, frozenset({code}))
        if ignored and not satisfiable(both(here, nay(AnyOf(tuple(ignored)))), coverage.domains):
            continue
        if not satisfiable(both(here, taken), coverage.domains):
            continue
        # Many leaves are read under the same guards, so each guard is asked once a code.
        guards = {guard for leaf in inside for guard, _ in coverage.reads.get(leaf.trail, ())}
        holding = {guard for guard in guards if _possible(study, here, guard)}
        lost = [
            leaf
            for leaf in inside
            if leaf.trail in coverage.reads
            and not any(guard in holding for guard, _ in coverage.reads[leaf.trail])
            and _possible(
                study, both(here, background(reach, both(here, Has(leaf.trail)), study.nulls)), Has(leaf.trail)
            )
        ]
        if lost:
            unread[code] = listed((leaf.label for leaf in lost), 6)
    _told(study, trail, _short(variable, trail), unread)


def _told(study: Study, trail: Trail, name: str, unread: Mapping[str, str]) -> None:
    """Report the classes one by one; of many the first, and which others."""
    selections = study.coverage.selections[trail]
    place = next((each.place for each in selections if each.formula != TRUE), selections[0].place)
    if len(unread) <= _FEW_CLASSES:
        for code, labels in unread.items():
            study.findings.warning("V302", f"where {name} is {code}, nothing reads {labels}", place)
        return
    first, *others = unread
    message = f"where {name} is {first}, nothing reads {unread[first]}; and likewise for {listed(others, 30)}"
    study.findings.warning("V302", message, place)


def _possible(study: Study, here: Formula, guard: Formula) -> bool:
    return guard is not FALSE and satisfiable(both(here, guard), study.coverage.domains)
