"""Promises: both provers count what looking at every case one by one counts, and the smallest case is one of them."""

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import proof
from gateway.policy.language import BUILT_IN, GRANTS, Case, Policy, Promise
from gateway.policy.prove.agreement import DISAGREE, agreed
from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.diagrams import Count, Diagrams
from gateway.policy.prove.prover import BUDGET_SPENT, TOO_WIDE, prove, prove_promise
from gateway.policy.prove.space import WIDEST, Masks, TooWide, space_for
from gateway.policy.prove.verdict import Broken, Outcome, Verdict
from tests.model import small_policies as small
from tests.model.small_policies import policies
from tests.policy.given import POLICY, case, edited, load
from tests.policy.prove.given import decided, decisions, function
from tests.policy.prove.small_set import AXES, breaks, every_case, in_box, narrowed, promises, small_set

ONE_PARTNER_MORE = """  - share: [case]
    id: S70
    title: x
    law: [x]
    about: [anyone]
    with: [qo-police]
    for: [vetting]

"""


def by_id(given: dict[str, bytes]) -> dict[str, Verdict]:
    """Both provers on a changed example; they must agree."""
    changed = load(given)
    diagrams = Diagrams(changed)
    found = [agreed(verdict, diagrams.count(verdict.promise)) for verdict in prove(changed)]
    assert not [one.reason for one in found if one.outcome is Outcome.UNDECIDED]
    return {one.promise.id: one for one in found}


@pytest.mark.parametrize("name", ["example", "demo", "real"])
def test_every_promise_of_the_shipped_policies_holds_and_both_provers_say_so(name: str) -> None:
    diagrams = Diagrams(decisions(name))
    verdicts = prove(decisions(name), function(name))
    assert [one.promise.id for one in verdicts][-6:] == [*BUILT_IN]
    for verdict in verdicts:
        assert agreed(verdict, diagrams.count(verdict.promise)).outcome is Outcome.HOLDS


@pytest.mark.slow
@settings(max_examples=6)
@given(policies(), st.lists(promises(), min_size=5, max_size=5))
def test_counts_are_those_of_looking_at_every_case_one_by_one(policy: Policy, given_promises: list[Promise]) -> None:
    small_decisions = small_set(policy)
    found = compile_function(policy, small.CATALOGUE, small.REGISTER, AXES)
    said = {case: decided(policy, small.CATALOGUE, small.REGISTER, case) for case in every_case()}
    for promise in map(narrowed, given_promises):
        verdict = prove_promise(small_decisions, found, promise)
        box = [case for case in said if in_box(promise, case)]
        if promise.form == "same":
            apart = sorted(box, key=_but_partner)
            groups = [[*cases] for _, cases in groupby(apart, key=_but_partner)]
            assert verdict.cases == len(groups)
            assert verdict.violations == sum(len({said[case] for case in cases}) > 1 for cases in groups)
        else:
            broken = [case for case in box if breaks(promise, case, said[case][0])]
            assert (verdict.violations, verdict.cases) == (len(broken), len(box))
            if verdict.broken is not None:
                assert verdict.broken.case in broken
                fewest = min((len(one.roles), len(one.marks), len(one.grants)) for one in broken)
                smallest = verdict.broken.case
                assert (len(smallest.roles), len(smallest.marks), len(smallest.grants)) == fewest
        assert (verdict.outcome is Outcome.VIOLATED) == bool(verdict.violations)


def _but_partner(case: Case):
    alike = replace(case, partner=small.NEAR)
    plain = (alike.field, alike.purpose, alike.classification, alike.information)
    return (*plain, sorted(alike.roles), sorted(alike.marks), sorted(alike.grants))


@settings(max_examples=40)
@given(policies(), st.lists(promises(), min_size=3, max_size=3))
def test_both_provers_agree_on_every_promise(policy: Policy, given_promises: list[Promise]) -> None:
    small_decisions = small_set(policy)
    found, diagrams = decision_function(small_decisions), Diagrams(small_decisions)
    for promise in map(narrowed, given_promises):
        verdict = prove_promise(small_decisions, found, promise)
        assert diagrams.count(promise) == Count(verdict.violations, verdict.cases)


def test_the_slip_of_the_design_is_found() -> None:
    """L5 no longer names victims, and S3 is widened to them and to countries with an agreement (section 7)."""
    text = "    about: [suspect, convicted]\n    with: [eu-led]\n    for: [serious-crime, terrorism]\n"
    wide = "    about: [suspect, victim]\n    with: [agreement]\n    for: [serious-crime, terrorism]\n"
    slip = edited(text, wide)
    slip[POLICY] = slip[POLICY].replace(b"    about: [victim, witness, child]\n", b"    about: [witness, child]\n")
    found = by_id(slip)
    broken = found["P1"].broken
    assert found["P1"].outcome is Outcome.VIOLATED
    assert broken is not None
    assert broken == Broken(case(field="person.biometrics.kind", roles={"victim"}, partner="qs-bureau"), "full")
    assert found["P2"].outcome is Outcome.HOLDS
    assert found["P1"].fault is not None
    assert (found["P1"].fault.code, found["P1"].fault.place.file) == ("POL-062", POLICY)


def test_a_name_that_only_an_obligation_of_the_receiver_distinguishes_is_not_the_same() -> None:
    duty = "    attach: [contact-before-action]\n"
    found = by_id(edited(duty, "")) | {"changed": by_id(edited("    with: [home, eu-led]\n    for: [trafficking]\n",
        "    with: [home, qn-police]\n    for: [trafficking]\n"))["P7"]}  # fmt: skip
    assert found["P7"].outcome is Outcome.HOLDS
    assert found["changed"].outcome is Outcome.VIOLATED
    assert found["changed"].broken is not None
    assert found["changed"].broken.other == "qo-police"


@pytest.mark.parametrize(
    ("promise", "old", "new"),
    [
        ("P4", "    level: pseudonym\n    about: [victim]", "    about: [victim]"),
        ("P5", "    about: [protected]\n\n  - limit", "    about: [listed]\n\n  - limit"),
        (
            "P6",
            "    with: [eu-body]\n    for: [terrorism]\n    marked: [H0]",
            "    with: [eu-body]\n    for: [border]\n    marked: [H0]",
        ),
        (
            "P7",
            "  - share: [case, location, relation]\n",
            f"{ONE_PARTNER_MORE}  - share: [case, location, relation]\n",
        ),
    ],
)
def test_each_form_of_promise_can_be_broken(promise: str, old: str, new: str) -> None:
    assert by_id(edited(old, new))[promise].outcome is Outcome.VIOLATED


def test_without_time_nothing_is_decided_and_nothing_holds() -> None:
    verdicts = prove(decisions("example"), function("example"), lambda: True)
    assert {(one.outcome, one.reason) for one in verdicts} == {(Outcome.UNDECIDED, BUDGET_SPENT)}
    assert verdicts[0].fault is not None
    assert verdicts[0].fault.code == "POL-063"
    promise = decisions("example").policy.promises[0]
    assert Diagrams(decisions("example"), lambda: True).count(promise).reason


def test_without_room_the_second_prover_says_so() -> None:
    given_set = decisions("example")
    reasons = [Diagrams(given_set, nodes=1500).count(promise).reason for promise in given_set.policy.promises]
    assert "the second prover had no room for its diagrams" in reasons


@pytest.mark.slow
def test_both_provers_agree_on_a_large_made_up_policy() -> None:
    """Promises that are mostly broken, another vocabulary, fields that follow, channels that carry little."""
    large = proof.made_up(proof.exchange(), 1, 60)
    diagrams = Diagrams(large)
    verdicts = prove(large)
    assert {one.outcome for one in verdicts} == {Outcome.HOLDS, Outcome.VIOLATED}
    for verdict in verdicts:
        assert diagrams.count(verdict.promise) == Count(verdict.violations, verdict.cases)


def test_where_the_provers_disagree_nothing_is_decided() -> None:
    first = prove(decisions("example"), function("example"))[0]
    for second in (Count(1, first.cases), Count(0, first.cases + 1)):
        assert agreed(first, second).reason == DISAGREE
        assert agreed(first, second).outcome is Outcome.UNDECIDED
    assert agreed(first, Count(reason="no room")).outcome is Outcome.UNDECIDED
    assert agreed(first, Count(0, first.cases)) == first


def test_what_is_too_wide_for_the_memory_is_not_decided() -> None:
    marks = tuple(f"M{n}" for n in range(WIDEST + 1))
    atoms = Atoms(("suspect", "unknown"), (), (*marks, "unmarked"), GRANTS)
    with pytest.raises(TooWide):
        space_for(atoms, Masks(marks=frozenset(1 << n for n in range(len(marks)))))
    assert TOO_WIDE


@pytest.mark.parametrize("limit", BUILT_IN)
def test_without_a_built_in_limit_its_promise_can_break(limit: str) -> None:
    """So the promise is about the limit, and would notice if the program lost it."""
    wide = load(edited("  - share: [grading]\n    id: S8\n    title: How reliable the information is\n",
        "  - share: [everything, free text]\n    id: S8\n    title: x\n    why: x\n"))  # fmt: skip
    kept = tuple(rule for rule in wide.policy.limits if rule.id != limit)
    lost = replace(wide, policy=replace(wide.policy, limits=kept))
    promise = next(one.promise for one in prove(wide) if one.promise.id == limit)
    everything = replace(wide.policy.shares[7], about=wide.policy.shares[7].about | {"unknown", "informant"})
    open_policy = replace(lost.policy, shares=(everything,), limits=kept)
    assert prove_promise(wide, decision_function(wide), promise).outcome is Outcome.HOLDS
    opened = replace(lost, policy=open_policy)
    assert prove_promise(opened, decision_function(opened), promise).outcome is Outcome.VIOLATED
