"""What follows from the definition, each consequence under a name a lawyer can read (policy-language.md 4.9).

Every theorem is tried on random policies over a reduced vocabulary. Where the number of cases allows it, all of them
are looked at. `docs/spec/policy.md` lists the same names.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.names import FieldId
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.language import UNKNOWN, UNMARKED, WITHHOLD, Case, Condition, Policy
from tests.model.small_policies import (
    CATALOGUE,
    FAR,
    GRANT_SETS,
    MARKS,
    NAME,
    ORDER,
    REGISTER,
    ROLES,
    SPELLING,
    cases,
    duties,
    every_case,
    limits,
    policies,
    shares,
    some_cases,
    with_rule,
)

pytestmark = pytest.mark.slow


def level(policy: Policy, case: Case) -> int:
    return decide(policy, CATALOGUE, REGISTER, case)[0]


def conditions(policy: Policy, case: Case) -> set[Condition]:
    return decide(policy, CATALOGUE, REGISTER, case)[1]


NOTHING = Policy(
    name="empty",
    version=1,
    replaces=0,
    owner="nobody",
    valid_from="2026-01-01",
    valid_until="2026-12-31",
    gaps="nothing",
    shares=(),
    limits=(),
    conditions=(),
)


def test_default_is_withheld() -> None:
    """Without a share nothing leaves, in any case there is."""
    assert {level(NOTHING, case) for case in every_case()} == {REDACT}


@given(policies(), cases())
def test_nothing_is_shared_unless_a_sentence_says_so(policy: Policy, case: Case) -> None:
    if level(policy, case) > REDACT:
        assert any(case.field in share.fields and case.roles <= share.about for share in policy.shares)


@given(policies(), limits(), cases())
def test_limit_trumps_share(policy: Policy, limit, case: Case) -> None:
    """A limit that covers the case caps it, whatever the shares offer."""
    limit = replace(
        limit,
        fields=frozenset({case.field}),
        partners=frozenset({case.partner}),
        purposes=frozenset({case.purpose}),
        about=case.roles,
        marked=case.marks,
        classified=replace(limit.classified, within=frozenset(ORDER), above_clearance=False),
        information=frozenset({case.information}),
        unless=frozenset(),
    )
    capped = level(with_rule(policy, limit), case)
    if limit.to == WITHHOLD:
        assert capped == WITHHOLD_MESSAGE
    else:
        assert capped <= CATALOGUE.ladder(case.field).rung(limit.to)


@given(policies(), cases(), st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(policy: Policy, case: Case, random) -> None:
    shuffled: dict[str, Any] = {}
    for kind in ("shares", "limits", "conditions"):
        rules = [*getattr(policy, kind), *getattr(policy, kind)[:1]]
        random.shuffle(rules)
        shuffled[kind] = tuple(rules)
    assert decide(replace(policy, **shuffled), CATALOGUE, REGISTER, case) == decide(policy, CATALOGUE, REGISTER, case)


@given(policies(), shares(), cases())
def test_adding_a_share_never_withholds_more(policy: Policy, share, case: Case) -> None:
    assert level(with_rule(policy, share), case) >= level(policy, case)


@given(policies(), limits() | duties(), cases())
def test_adding_a_limit_never_discloses_more(policy: Policy, rule, case: Case) -> None:
    """Nor does adding a condition: it may only stop what its duties cannot follow."""
    assert level(with_rule(policy, rule), case) <= level(policy, case)


@given(policies(), duties(), cases())
def test_adding_a_condition_never_drops_a_duty(policy: Policy, duty, case: Case) -> None:
    after, before = with_rule(policy, duty), policy
    if level(after, case) > REDACT:
        assert conditions(before, case) <= conditions(after, case)


@given(policies(), cases(), st.sampled_from([*ROLES, UNKNOWN]))
def test_adding_a_role_never_discloses_more(policy: Policy, case: Case, role: str) -> None:
    """Only between sets of persons: that nobody is there (`no-person`) is not a smaller set of roles."""
    if "no-person" not in case.roles:
        assert level(policy, replace(case, roles=case.roles | {role})) <= level(policy, case)


@given(policies(), cases(), st.sampled_from(MARKS))
def test_adding_a_mark_never_discloses_more(policy: Policy, case: Case, mark: str) -> None:
    if UNMARKED not in case.marks:
        assert level(policy, replace(case, marks=case.marks | {mark})) <= level(policy, case)


@given(policies(), cases())
def test_a_higher_classification_never_discloses_more(policy: Policy, case: Case) -> None:
    """Holds because shares are written `up to X` and limits `from X`."""
    up = {frozenset({"OFFICIAL"}), frozenset(ORDER)}
    start = {frozenset({"SECRET"}), frozenset(ORDER)}
    written = replace(
        policy,
        shares=tuple(s for s in policy.shares if s.classified.within in up),
        limits=tuple(r for r in policy.limits if r.classified.within in start),
        conditions=tuple(r for r in policy.conditions if r.classified.within in start),
    )
    low, high = (replace(case, classification=word) for word in ORDER)
    assert level(written, high) <= level(written, low)


@given(policies(), cases())
def test_more_grants_never_less(policy: Policy, case: Case) -> None:
    without, granted = (replace(case, grants=grants) for grants in GRANT_SETS)
    assert level(policy, granted) >= level(policy, without)


@given(policies(), cases())
def test_unknown_never_discloses_more_than_known(policy: Policy, case: Case) -> None:
    """Unless a rule names what is unknown, it is treated like the strictest thing it might be."""
    named = any(UNKNOWN in rule.about or UNMARKED in rule.marked for rule in policy.rules)
    if not named and (UNKNOWN in case.roles or UNMARKED in case.marks):
        assert level(policy, case) <= REDACT


@given(policies(), cases())
def test_a_message_is_not_held_back_for_something_unknown(policy: Policy, case: Case) -> None:
    """`withhold the whole message` reached only through an unknown value redacts the item instead."""
    if level(policy, case) == WITHHOLD_MESSAGE:
        stopping = [limit for limit in policy.limits if limit.to == WITHHOLD]
        assert any(case.roles & limit.about and case.marks & limit.marked for limit in stopping)


@given(policies(), cases())
def test_what_follows_leaves_only_with_what_it_follows(policy: Policy, case: Case) -> None:
    spelling, name = replace(case, field=SPELLING), replace(case, field=NAME)
    if level(policy, spelling) > REDACT:
        assert level(policy, name) == CATALOGUE.ladder(NAME).top


@given(policies(), cases())
def test_no_duty_is_promised_that_the_channel_cannot_carry(policy: Policy, case: Case) -> None:
    assert REGISTER.can_carry(case.partner, conditions(policy, case))
    if case.partner == FAR:
        assert conditions(policy, case) == set()


@given(policies(), cases())
def test_nothing_withheld_carries_conditions(policy: Policy, case: Case) -> None:
    if level(policy, case) <= REDACT:
        assert conditions(policy, case) == set()


@given(policies())
def test_a_never_is_decided_by_persons_with_one_role(policy: Policy) -> None:
    """If no person with one role (and its status) gives a value away, no person with more roles does."""
    for case in some_cases(97):
        one_role = [replace(case, roles=frozenset({role})) for role in case.roles]
        if all(level(policy, single) <= REDACT for single in one_role):
            assert level(policy, case) <= REDACT


@given(policies(), cases())
def test_an_error_denies(policy: Policy, case: Case) -> None:
    """A field, partner or classification that does not exist is an error, and no error has a level."""
    for broken in (replace(case, field=FieldId("person.unheard")), replace(case, classification="COSMIC")):
        try:
            found = level(policy, broken)
        except (KeyError, ValueError):
            continue
        assert found <= REDACT


def test_every_case_of_the_reduced_vocabulary_is_looked_at() -> None:
    """The number of cases is what the vocabulary says; the exhaustive checks really are exhaustive."""
    assert len(every_case()) == 3 * 16 * 2 * 2 * 4 * 2 * 2 * 1 * 2
    assert len(set(every_case())) == len(every_case())


@given(policies())
def test_all_cases_of_a_policy_agree_with_its_consequences(policy: Policy) -> None:
    """One sweep over all cases of a policy: more roles, more marks and fewer grants never give more."""
    levels = {case: level(policy, case) for case in every_case()[:: 1 if len(policy.rules) < 2 else 5]}
    for case, found in levels.items():
        wider = replace(case, roles=case.roles | {"protected"}) if "no-person" not in case.roles else case
        assert levels.get(wider, found) <= found
        marked = replace(case, marks=case.marks | {"H1"}) if UNMARKED not in case.marks else case
        assert levels.get(marked, found) <= found
