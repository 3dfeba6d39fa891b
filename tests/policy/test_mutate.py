"""Slips in a policy: each is one that an officer could write, and none that changes anything is called harmless."""

import random
from dataclasses import replace
from functools import cache

import pytest

from gateway.policy.decide import decide
from gateway.policy.mutate.mutants import Mutant, mutants
from gateway.policy.mutate.score import Fate, Judged, Score, score
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.drafts import Draft, with_drafts
from gateway.policy.prove.prover import prove_promise
from gateway.policy.prove.verdict import Outcome
from tests.policy.given import POLICY, TESTS, example, files
from tests.policy.prove.given import random_case

RULES = ("S3", "S9", "L1", "L5", "C1")
"""Rules of the example: two shares (biometrics, emergencies), two limits, one condition."""


@cache
def every() -> tuple[Mutant, ...]:
    return tuple(mutants(example(), files()))


@cache
def found() -> Score:
    return score(example(), files(), TESTS, RULES)


def test_each_line_of_each_rule_is_changed() -> None:
    policy = example().policy
    assert {one.rule for one in every()} == {rule.id for rule in policy.rules if not rule.built_in}
    for rule in policy.rules:
        if not rule.built_in:
            changes = " ".join(one.change for one in every() if one.rule == rule.id)
            for line in set(rule.said) - {"id", "title", "law", "why", "silent"}:
                assert f"`{line}`" in changes, (rule.id, line)


def test_a_mutant_changes_one_rule_and_no_other() -> None:
    before = {rule.id: rule for rule in example().policy.rules}
    for one in every():
        after = {rule.id: rule for rule in one.policy.rules}
        assert {name for name in before if after.get(name) != before[name]} == {one.rule}
        assert set(before) - set(after) == ({one.rule} if one.deletes else set())


def test_no_mutant_is_made_twice() -> None:
    assert len({(one.rule, one.change) for one in every()}) == len(every())


def test_the_place_is_the_line_that_was_changed() -> None:
    lines = files()[POLICY].decode().splitlines()
    for one in every():
        if not one.deletes and one.change.startswith("`"):
            word = one.change.split("`")[1]
            # A line that was added stands at its rule.
            assert word in lines[one.place.line - 1] or word not in _entry(lines, one.place.line)


def _entry(lines: list[str], first: int) -> str:
    rest = lines[first - 1 :]
    end = next((n for n, line in enumerate(rest[1:], 1) if line.startswith("  - ")), len(rest))
    return "\n".join(line.split(":")[0] for line in rest[:end])


@pytest.mark.parametrize("number", range(0, 150, 7))
def test_the_same_decision_function_is_no_slip(number: int) -> None:
    decisions = example()
    judged = found().judged
    if number < len(judged):
        one = judged[number]
        function = decision_function(decisions)
        mutated = compile_function(one.mutant.policy, decisions.catalogue, decisions.register, function.axes)
        assert (mutated.digest == function.digest) <= (one.fate is Fate.EQUIVALENT)


def test_what_is_called_equivalent_decides_random_cases_alike() -> None:
    decisions = example()
    chance, function = random.Random(20261125), decision_function(decisions)
    for one in found().of(Fate.EQUIVALENT):
        for _ in range(200):
            case = random_case(function.axes, chance)
            meant = decide(decisions.policy, decisions.catalogue, decisions.register, case)
            assert decide(one.mutant.policy, decisions.catalogue, decisions.register, case) == meant


def test_a_broken_promise_is_broken_for_the_prover_too() -> None:
    """Looking only where something changed finds what proving everything anew finds."""
    decisions = example()
    function = decision_function(decisions)
    promises = {promise.id: promise for promise in decisions.policy.promises}
    named = {one.caught_by.split()[1]: one for one in found().of(Fate.CAUGHT) if one.caught_by.startswith("promise")}
    assert named
    for name, one in named.items():
        mutated = compile_function(one.mutant.policy, decisions.catalogue, decisions.register, function.axes)
        verdict = prove_promise(one.mutant.of(decisions), mutated, promises[name])
        assert verdict.outcome is Outcome.VIOLATED


def test_the_case_of_a_survivor_is_decided_otherwise_by_the_definition() -> None:
    decisions = example()
    shown = [one for one in found().of(Fate.SURVIVES) if one.differs is not None]
    assert shown
    for one in shown:
        case = one.differs
        assert case is not None
        meant = decide(decisions.policy, decisions.catalogue, decisions.register, case)
        slipped = decide(one.mutant.policy, decisions.catalogue, decisions.register, case)
        assert meant != slipped
        assert (one.meant == one.slipped) == (meant[0] == slipped[0])


def test_promises_and_tests_both_catch_something() -> None:
    by = {one.caught_by.split()[0] for one in found().of(Fate.CAUGHT)}
    assert by == {"test", "promise"}


def test_a_rule_that_is_never_decisive_is_a_safety_net() -> None:
    """The design says so of L1: no share of the example offers intimate data."""
    assert "L1" in found().safety_nets


def test_what_the_draft_tests_of_survivors_hold_is_caught_afterwards() -> None:
    decisions = example()
    survivors = [one for one in found().of(Fate.SURVIVES) if one.differs is not None and one.meant != one.slipped][:12]
    drafts = [Draft(f"{one.mutant.rule}-slip", one.differs, one.meant, "a slip") for one in survivors if one.differs]
    text, ids = with_drafts(decisions, drafts, TESTS, files()[TESTS])
    assert len(ids) == len(drafts) > 5
    changed = {**files(), TESTS: text}
    names = {one.mutant.rule for one in survivors}
    again = {(one.mutant.rule, one.mutant.change): one for one in score(decisions, changed, TESTS, names).judged}
    for one in survivors:
        fate: Judged = again[one.mutant.rule, one.mutant.change]
        assert fate.fate is Fate.CAUGHT
        assert fate.caught_by.startswith("test ")


def test_the_percentage_leaves_equivalent_mutants_out() -> None:
    caught = found().of(Fate.CAUGHT)[0]
    alike = replace(caught, fate=Fate.EQUIVALENT)
    survives = replace(caught, fate=Fate.SURVIVES)
    assert Score((caught, alike, alike)).percent == 100
    assert Score((caught, survives, survives, alike)).percent == 33
    assert Score(()).percent == 100
