"""A reduced vocabulary in which every case can be looked at, and random policies over it.

Three fields (one with a pseudonym, one with a year, one free text that follows the first), two roles with a status,
`unknown` and `no-person`, two marks, two partners of which one carries nothing, two purposes, two classifications.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, combinations, product
from typing import Any

from hypothesis import strategies as st

from gateway.errors import Place
from gateway.names import FieldId, PartnerId
from gateway.policy.language import (
    INFORMATION,
    NO_PERSON,
    UNKNOWN,
    UNMARKED,
    USABLE,
    WITHHOLD,
    Case,
    Catalogue,
    Classified,
    Condition,
    ConditionRule,
    Field,
    Ladder,
    Limit,
    Partner,
    Policy,
    Register,
    Rule,
    Share,
)

NAME, BIRTH, SPELLING = FieldId("person.name"), FieldId("person.birth"), FieldId("person.spelling")
CATALOGUE = Catalogue(
    {
        NAME: Field(NAME, "identity", Ladder("pseudonym", ("redact", "pseudonym", "full"))),
        BIRTH: Field(BIRTH, "identity", Ladder("year", ("redact", "year", "full"))),
        SPELLING: Field(SPELLING, "original", Ladder("full", ("redact", "full")), free_text=True, follows=(NAME,)),
    }
)
NEAR, FAR = PartnerId("near"), PartnerId("far")
ORDER = ("OFFICIAL", "SECRET")
REGISTER = Register(
    "small",
    {
        NEAR: Partner(id=NEAR, regime="eu", clearance="SECRET", carries=frozenset({"message", "item"})),
        FAR: Partner(id=FAR, regime="agreement", clearance="OFFICIAL"),
    },
    {"contact-before-action": "message"},
)
ROLES = ("suspect", "victim", "protected")
MARKS = ("H0", "H1")
PURPOSES = ("serious-crime", "border")
GRANTS = ("the originator has consented",)
DUTY = Condition("contact-before-action")


def _subsets(words: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(s) for s in chain.from_iterable(combinations(words, n) for n in range(1, len(words) + 1))]


ROLE_SETS = [*_subsets((*ROLES, UNKNOWN)), frozenset({NO_PERSON})]
MARK_SETS = [*_subsets(MARKS), frozenset({UNMARKED})]
GRANT_SETS = [frozenset(), frozenset(GRANTS)]


@cache
def every_case() -> tuple[Case, ...]:
    """Every case that can exist in the reduced vocabulary, usable data only."""
    return tuple(
        Case(field, roles, partner, purpose, marks, level, information, origin, "yes", grants)
        for field, roles, partner, purpose, marks, level, information, origin, grants in product(
            CATALOGUE.fields, ROLE_SETS, (NEAR, FAR), PURPOSES, MARK_SETS, ORDER, INFORMATION, ("ours",), GRANT_SETS
        )
    )


def some_cases(step: int) -> Iterator[Case]:
    """An even selection of all cases; give a step that shares no divisor with their number."""
    return iter(every_case()[::step])


def _some(words: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.sampled_from(_subsets(words))


_WITHIN = st.sampled_from([frozenset({"OFFICIAL"}), frozenset(ORDER), frozenset({"SECRET"})])


@st.composite
def _common(draw: st.DrawFn, *, share: bool) -> dict[str, Any]:
    everybody = (*ROLES, UNKNOWN, NO_PERSON)
    return {
        "id": f"R{draw(st.integers(1, 10_000))}",
        "title": "a rule",
        "law": ("a law",),
        "fields": draw(_some(tuple(CATALOGUE.fields))),
        "partners": draw(_some((NEAR, FAR))),
        "purposes": draw(_some(PURPOSES)),
        "about": draw(_some(everybody)),
        "marked": draw(_some((*MARKS, UNMARKED)) if share else _some((*MARKS, UNMARKED)) | st.just(frozenset(MARKS))),
        "classified": Classified(ORDER, draw(_WITHIN), above_clearance=not share and draw(st.booleans())),
        "information": draw(_some(INFORMATION)),
        "origins": frozenset({"ours"}),
        "usable": frozenset(USABLE),
        "place": Place("small.policy.yaml", 1, 1),
    }


@st.composite
def shares(draw: st.DrawFn) -> Share:
    """Any share."""
    return Share(
        **draw(_common(share=True)),
        level=draw(st.sampled_from(["full", "pseudonym", "year"])),
        only_when=draw(st.sampled_from(GRANT_SETS)),
        attach=draw(st.sampled_from([(), (DUTY,)])),
    )


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    """Any limit."""
    return Limit(
        **draw(_common(share=False)),
        to=draw(st.sampled_from(["redact", "pseudonym", "year", WITHHOLD])),
        unless=draw(st.sampled_from(GRANT_SETS)),
    )


@st.composite
def duties(draw: st.DrawFn) -> ConditionRule:
    """Any condition rule."""
    return ConditionRule(**draw(_common(share=False)), attach=(DUTY,), unless=draw(st.sampled_from(GRANT_SETS)))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy of a few rules. Ids may repeat: nothing in the meaning of a policy depends on them."""
    return Policy(
        name="small",
        version=1,
        replaces=0,
        owner="nobody",
        valid_from="2026-01-01",
        valid_until="2026-12-31",
        gaps="nothing",
        shares=tuple(draw(st.lists(shares(), max_size=4))),
        limits=tuple(draw(st.lists(limits(), max_size=3))),
        conditions=tuple(draw(st.lists(duties(), max_size=2))),
    )


def cases() -> st.SearchStrategy[Case]:
    """Any case of the reduced vocabulary."""
    return st.sampled_from(every_case())


def with_rule(policy: Policy, rule: Rule) -> Policy:
    """The policy with one rule more."""
    if isinstance(rule, Share):
        return replace(policy, shares=(*policy.shares, rule))
    if isinstance(rule, Limit):
        return replace(policy, limits=(*policy.limits, rule))
    assert isinstance(rule, ConditionRule)
    return replace(policy, conditions=(*policy.conditions, rule))
