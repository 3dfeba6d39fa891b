"""The reduced vocabulary as a whole decision set, every case of it, and random promises over it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, combinations, product
from typing import Any

from hypothesis import strategies as st

from gateway.names import Digest
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    Case,
    Classified,
    DecisionSet,
    Policy,
    Promise,
    Vocabulary,
)
from gateway.policy.prove.axes import Atoms, Axes
from tests.exchange.given import exchange_format
from tests.model import small_policies as small

REVIEW = "reviewed by an officer"
VOCABULARY = Vocabulary(
    name="small",
    roles=("suspect", "victim", UNKNOWN),
    statuses=("protected",),
    purposes=small.PURPOSES,
    classifications=small.ORDER,
    marks=(*small.MARKS, UNMARKED),
    conditions=("contact-before-action",),
    groups={},
)
AXES = Axes(
    fields=tuple(small.CATALOGUE.fields),
    partners=(small.NEAR, small.FAR),
    purposes=small.PURPOSES,
    classifications=small.ORDER,
    atoms=Atoms(VOCABULARY.roles, VOCABULARY.statuses, VOCABULARY.marks, (small.GRANTS[0], REVIEW)),
    information=INFORMATION,
    origins=("ours",),
    usable=("yes",),
)
"""Two permissions, one origin and usable data only, so that every case can be looked at one by one."""


def small_set(policy: Policy) -> DecisionSet:
    """A policy of the reduced vocabulary as a decision set."""
    return DecisionSet(policy, small.REGISTER, VOCABULARY, small.CATALOGUE, Digest(""), exchange_format())


@cache
def every_case() -> tuple[Case, ...]:
    """Every case over `AXES`, one by one, written down without the program's own notion of what exists."""
    roles = [{*a, *b} for a in _subsets(VOCABULARY.roles) for b in [(), *_subsets(VOCABULARY.statuses)]]
    people = [frozenset(one) for one in [*roles, {NO_PERSON}]]
    marks = [frozenset(one) for one in _subsets(VOCABULARY.marks)]
    grants = [frozenset(one) for one in [(), *_subsets(AXES.atoms.grants)]]
    plain = (AXES.partners, AXES.purposes, AXES.classifications, INFORMATION, AXES.origins, AXES.usable)
    return tuple(
        Case(name, who, partner, purpose, mark, level, information, origin, usable, granted)
        for name, who, mark, granted, (partner, purpose, level, information, origin, usable) in product(
            AXES.fields, people, marks, grants, [*product(*plain)]
        )
    )


def _subsets(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(words, n) for n in range(1, len(words) + 1))


def in_box(promise: Promise, case: Case) -> bool:
    """Whether a promise is about a case, word for word as the specification says it."""
    clearance = small.REGISTER.clearance(case.partner)
    plain = (
        case.partner in promise.partners
        and case.purpose in promise.purposes
        and promise.classified.contains(case.classification, clearance)
        and case.information in promise.information
        and case.origin in promise.origins
        and case.usable in promise.usable
    )
    if promise.form == "always":
        listed = case.roles <= promise.about and case.marks <= promise.marked and case.grants == promise.granted
        return plain and listed and case.field in promise.fields
    touched = plain and bool(case.marks & promise.marked) and not case.grants & promise.without
    text = small.CATALOGUE.fields[case.field].free_text and REVIEW not in case.grants and promise.form != "same"
    return touched and (text or (case.field in promise.fields and bool(case.roles & promise.about)))


def breaks(promise: Promise, case: Case, level: int) -> bool:
    """Whether a level breaks a promise that is about the case, for all forms but `same`."""
    allowed = small.CATALOGUE.ladder(case.field).rung(promise.level)
    return level < allowed if promise.form == "always" else level > allowed


def _some(words: tuple[Any, ...]) -> st.SearchStrategy[frozenset[Any]]:
    return st.sampled_from([frozenset(one) for one in _subsets(words)])


@st.composite
def promises(draw: st.DrawFn, forms: tuple[str, ...] = ("never", "at most", "always", "same")) -> Promise:
    """Any promise over the reduced vocabulary."""
    form = draw(st.sampled_from(forms))
    people = (*VOCABULARY.roles, *VOCABULARY.statuses, NO_PERSON)
    about, marked = draw(_some(people)), draw(_some(VOCABULARY.marks))
    within = draw(_some(small.ORDER))
    grants = st.sampled_from([frozenset(one) for one in [(), *_subsets(AXES.atoms.grants)]])
    levels = {"never": ["redact"], "same": ["full"]}.get(form, ["redact", "pseudonym", "year", "full"])
    known = form == "always"
    return Promise(
        id="P",
        form=form,
        because="x",
        level=draw(st.sampled_from(levels)),
        fields=draw(_some(AXES.fields)),
        partners=draw(_some(AXES.partners)),
        purposes=draw(_some(AXES.purposes)),
        about=about if known else about | {UNKNOWN},
        marked=marked if known else marked | {UNMARKED},
        classified=Classified(small.ORDER, within, above_clearance=not known and draw(st.booleans())),
        information=draw(_some(INFORMATION)),
        origins=frozenset(ORIGINS),
        usable=frozenset({"yes"}) if known else frozenset(USABLE),
        without=draw(grants) if form in ("never", "at most") else frozenset(),
        granted=draw(grants) if known else frozenset(),
    )


def narrowed(promise: Promise) -> Promise:
    """`same` compares partners, so a box that depends on the clearance of each would be no box."""
    if promise.form != "same":
        return promise
    return replace(promise, classified=replace(promise.classified, above_clearance=False))


assert set(AXES.atoms.grants) < set(GRANTS)
