"""What is allowed and probably not meant: warnings about a policy that loads and keeps its promises.

Found over all cases, not by sampling. Decides nothing, and stops nothing: who wants warnings to stop a change says so
in the review (policy-language.md 14).
"""

from collections.abc import Iterable, Iterator

from gateway.errors import Fault, Place, Severity
from gateway.names import PartnerId
from gateway.policy.language import (
    DECIDED_CLASSES_WITHOUT_SUBSTANCE,
    NOWHERE,
    ConditionRule,
    DecisionSet,
    Limit,
    Rule,
    Share,
)
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.build import decisive_rules
from gateway.policy.prove.function import DecisionFunction, Node, aligned
from gateway.policy.prove.space import Space, TooWide, masks_of, space_for
from gateway.policy.prove.verdict import Verdict

__all__ = ["lints"]

_GRADING = "grading"
_HOME = "domestic"
_UNION = ("eu", "eu-body", "schengen")


def lints(decisions: DecisionSet, function: DecisionFunction, verdicts: Iterable[Verdict] = ()) -> tuple[Fault, ...]:
    """Give every warning, by the line it is about. `verdicts` are looked at for promises that are about nothing.

    About a second at 200 rules. Where a block is too wide to be looked at, one warning says so and no other (POL-063).
    """
    try:
        found = [
            *_idle(decisions),
            *_instruments(decisions),
            *_grading_stripped(decisions, function),
            *_stricter_than_at_home(decisions, function),
            *_about_nothing(verdicts),
        ]
    except TooWide:
        message = "no warnings were looked for: the rules tell too many roles, marks and permissions apart"
        return (_warning("POL-063", message, NOWHERE, "name fewer roles and marks apart"),)
    return tuple(sorted(found, key=lambda fault: (fault.place.file, fault.place.line, fault.code)))


def _warning(code: str, message: str, place: Place, fix: str) -> Fault:
    return Fault(code, message, place, fix, Severity.WARNING)


# ---- rules that do nothing -------------------------------------------------------------------------------------------


def _idle(decisions: DecisionSet) -> Iterator[Fault]:
    """Each rule that does nothing, by the first reason that explains it."""
    decisive = decisive_rules(decisions)
    for rule in decisions.policy.rules:
        if rule.built_in or rule.id in decisive:
            continue
        if isinstance(rule, Share | ConditionRule) and _carried_nowhere(decisions, rule):
            message = f"no channel of a partner of {rule.id} carries its conditions"
            yield _warning("POL-083", message, rule.place, "change `attach`, or what the channels carry")
        elif _matches_nothing(decisions, rule):
            fix = "name partners that exist and a role beside a status, or take the rule out"
            yield _warning("POL-080", f"{rule.id} is about no case at all", rule.place, fix)
        elif (other := _swallowing(decisions, rule)) is not None:
            line = f" (line {other.place.line})" if other.place.line else ""
            message = f"{rule.id} says nothing that {other.id}{line} does not say"
            yield _warning("POL-082", message, rule.place, "take it out, or say what it should add")
        else:
            message = f"{rule.id} is never decisive: without it every case is decided as it is now"
            yield _warning("POL-081", message, rule.place, "keep it as a safety net, or take it out")


def _carried_nowhere(decisions: DecisionSet, rule: Share | ConditionRule) -> bool:
    partners = rule.partners & decisions.partners.keys()
    return bool(partners) and not any(decisions.register.can_carry(partner, rule.attach) for partner in partners)


def _matches_nothing(decisions: DecisionSet, rule: Rule) -> bool:
    statuses = frozenset(decisions.vocabulary.statuses)
    alone = isinstance(rule, Share) and rule.about <= statuses
    return alone or not (rule.fields and rule.partners and rule.purposes and rule.classified.within)


def _swallowing(decisions: DecisionSet, rule: Rule) -> Rule | None:
    """Another rule of the same kind that says at least as much everywhere; of two that are equal, the later is idle."""
    rules = decisions.policy.rules
    at = rules.index(rule)
    for i, other in enumerate(rules):
        if i != at and _says_all(decisions, other, rule) and not (i > at and _says_all(decisions, rule, other)):
            return other
    return None


def _says_all(decisions: DecisionSet, other: Rule, rule: Rule) -> bool:
    inside = (
        rule.fields <= other.fields
        and rule.partners <= other.partners
        and rule.purposes <= other.purposes
        and rule.about <= other.about
        and rule.marked <= other.marked
        and rule.information <= other.information
        and rule.origins <= other.origins
        and rule.usable <= other.usable
        and rule.classified.within <= other.classified.within
        and (rule.classified.above_clearance or not other.classified.above_clearance)
    )
    if not inside:
        return False
    if isinstance(rule, Share) and isinstance(other, Share):
        more = set(rule.attach) == set(other.attach) and other.only_when <= rule.only_when
        return more and _rungs(decisions, rule, rule.level, other.level)
    if isinstance(rule, Limit) and isinstance(other, Limit):
        same = other.to == rule.to or (
            rule.to not in ("", other.to) and other.to == "redact" and rule.to[:8] != "withhold"
        )
        return same and other.unless <= rule.unless
    if isinstance(rule, ConditionRule) and isinstance(other, ConditionRule):
        return set(rule.attach) <= set(other.attach) and other.unless <= rule.unless
    return False


def _rungs(decisions: DecisionSet, rule: Rule, lower: str, higher: str) -> bool:
    ladders = (decisions.catalogue.ladder(name) for name in rule.fields)
    return all(ladder.rung(lower) <= ladder.rung(higher) for ladder in ladders)


# ---- partners --------------------------------------------------------------------------------------------------------


def _instruments(decisions: DecisionSet) -> Iterator[Fault]:
    last = decisions.policy.valid_until
    for partner in decisions.partners.values():
        if partner.until and partner.until < last:
            message = (
                f"the instrument of {partner.id} ends on {partner.until}, before the policy: nothing goes there then"
            )
            fix = "agree on another, or let the policy end with it"
            yield Fault("POL-087", message, partner.place, fix, Severity.WARNING)


def _grading_stripped(decisions: DecisionSet, function: DecisionFunction) -> Iterator[Fault]:
    """Partners that get something for a purpose, and never how reliable it is (LED art. 7(2))."""
    rows = decisions.catalogue.fields
    whole: set[tuple[str, str]] = set()
    graded: set[tuple[str, str]] = set()
    for region in function.regions():
        if not region.block.is_empty:
            classes = {rows[name].data_class for name in rows.keys() & set(region.values[0])}
            pairs = {(partner, purpose) for partner in region.values[1] for purpose in region.values[2]}
            if classes - DECIDED_CLASSES_WITHOUT_SUBSTANCE:
                whole |= pairs
            if _GRADING in classes:
                graded |= pairs
    stripped: dict[str, list[str]] = {}
    for partner, purpose in sorted(whole - graded):
        stripped.setdefault(partner, []).append(purpose)
    for partner, purposes in stripped.items():
        message = f"{partner} gets data and never how reliable they are, for {', '.join(purposes)}"
        place = decisions.register.partner(PartnerId(partner)).place
        yield _warning("POL-085", message, place, "share the class `grading` as well (LED art. 7(2))")


def _stricter_than_at_home(decisions: DecisionSet, function: DecisionFunction) -> Iterator[Fault]:
    """Partners of the Union that get less than a receiver at home, or with conditions it does not have (art. 9(4))."""
    home = [partner for partner in decisions.partners.values() if partner.regime == _HOME]
    abroad = [partner for partner in decisions.partners.values() if partner.regime in _UNION]
    order = decisions.vocabulary.classifications
    for one in home[:1]:
        for other in abroad:
            top = min(order.index(one.clearance), order.index(other.clearance))
            part = {"classification": frozenset(order[: top + 1])}
            fields = _stricter_fields(function, one.id, other.id, part)
            if fields:
                more = f"{fields[0]} and {len(fields) - 1} more" if len(fields) > 1 else fields[0]
                message = f"{other.id} gets less than {one.id}, or under more conditions: {more}"
                fix = "treat receivers in the Union as those at home (LED art. 9(4)), or say why not"
                yield _warning("POL-086", message, other.place, fix)


def _stricter_fields(
    function: DecisionFunction, home: PartnerId, abroad: PartnerId, part: dict[str, frozenset[str]]
) -> list[str]:
    partners = function.axes.partners
    ends = partners.index(home), partners.index(abroad)
    limits = function.numbers(part)
    known: dict[tuple[Block, ...], bool] = {}
    found: list[str] = []
    for names, child in function.root.branches:
        if not isinstance(child, Node):
            continue
        nodes = tuple(child.by_value[end] for end in ends)
        for _, blocks in aligned(nodes, limits, lambda pair: pair[0] is pair[1]):
            if blocks not in known:
                known[blocks] = _is_stricter(function, *blocks)
            if known[blocks]:
                found += [function.axes.fields[i] for i in names]
                break
    return found


def _is_stricter(function: DecisionFunction, home: Block, abroad: Block) -> bool:
    """True if there is a case that leaves at home, and abroad lower or under a condition more."""
    if home.is_empty:
        return False
    space: Space = space_for(function.axes.atoms, masks_of(home) | masks_of(abroad))
    here, there = space.levels(home), space.levels(abroad)
    for rung, bits in enumerate(here[1:], 1):
        if bits & ~(there[rung] if rung < len(there) else 0):
            return True
    owed = space.conditions(home, here)
    return any(bits & here[1] & ~owed.get(duty, 0) for duty, bits in space.conditions(abroad, there).items())


# ---- promises --------------------------------------------------------------------------------------------------------


def _about_nothing(verdicts: Iterable[Verdict]) -> Iterator[Fault]:
    for verdict in verdicts:
        promise = verdict.promise
        if not promise.built_in and not verdict.cases and not verdict.reason:
            message = f"promise {promise.id} is about no case at all, so it holds whatever the rules say"
            fix = "look at its partners, persons and purposes"
            yield _warning("POL-088", message, promise.place, fix)
