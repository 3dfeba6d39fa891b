"""The difference of any two policies of the reduced vocabulary, beside the definition asked in every case."""

from dataclasses import replace

from hypothesis import given, settings

from gateway.policy.compare.diff import Difference, compare
from gateway.policy.compare.verdict import Direction, verdict_of
from gateway.policy.decide import decide
from gateway.policy.language import Case, Condition, DecisionSet, Policy
from tests.model.small_policies import CATALOGUE, policies
from tests.policy.compare.changed import contains
from tests.policy.prove.small_set import every_case, small_set

UNSAID = 2 * 4
"""How often each of `every_case` occurs in all: data usable or not, and two permissions that no rule names."""


def named(policy: Policy) -> DecisionSet:
    """Every rule with an id of its own, the same ids in both policies."""
    shares = tuple(replace(rule, id=f"S{i}") for i, rule in enumerate(policy.shares))
    limits = tuple(replace(rule, id=f"L{i}") for i, rule in enumerate(policy.limits))
    duties = tuple(replace(rule, id=f"C{i}") for i, rule in enumerate(policy.conditions))
    return small_set(replace(policy, shares=shares, limits=limits, conditions=duties))


def decided(decisions: DecisionSet, case: Case) -> tuple[int, set[Condition]]:
    return decide(decisions.policy, decisions.catalogue, decisions.register, case)


def told(found: Difference, case: Case) -> bool:
    return any(contains(one.box, case, found.axes) for one in found.disclosed)


@settings(max_examples=4)
@given(policies(), policies())
def test_every_risen_case_is_counted_and_said(old: Policy, new: Policy) -> None:
    before, after = named(old), named(new)
    found = compare(before, after, {}, {})
    risen = {case for case in every_case() if decided(after, case)[0] > max(decided(before, case)[0], 0)}
    assert found.disclosed_cases == UNSAID * len(risen)
    assert all(told(found, case) for case in risen)
    assert sum(one.cases for one in found.disclosed) >= found.disclosed_cases


@settings(max_examples=25)
@given(policies(), policies())
def test_a_sentence_says_nothing_that_did_not_rise_was_not_there_and_is_not_stopped(old: Policy, new: Policy) -> None:
    before, after = named(old), named(new)
    found = compare(before, after, {}, {})
    for case in every_case()[::101]:
        level, now = decided(before, case)[0], decided(after, case)[0]
        for one in found.disclosed:
            if contains(one.box, case, found.axes) and now <= max(level, 0):
                there = level >= CATALOGUE.ladder(case.field).rung(one.box.level)
                assert there or one.stopped_by or CATALOGUE.follows(case.field), one


@settings(max_examples=25)
@given(policies(), policies())
def test_only_what_never_discloses_more_is_called_tighter(old: Policy, new: Policy) -> None:
    before, after = named(old), named(new)
    verdict = verdict_of(compare(before, after, {}, {}))
    if verdict.direction in (Direction.TIGHTER, Direction.WORDS):
        for case in every_case()[::103]:
            level, conditions = decided(before, case)
            now, attached = decided(after, case)
            assert now <= max(level, 0)
            assert now <= 0 or conditions <= attached
            assert level >= 0 or now < 0, "a message that was held back as a whole still is"


@settings(max_examples=10)
@given(policies())
def test_a_policy_beside_itself_differs_in_nothing(policy: Policy) -> None:
    found = compare(named(policy), named(policy), {}, {})
    assert (found.disclosed_cases, found.withdrawn_cases, found.dropped, found.added) == (0, 0, (), ())
    assert (found.released, found.held, found.causes) == ((), (), ())
