"""Formulas: the laws of logic over every case, and what counts as a hole."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.check.logic import (
    FALSE,
    MISSING,
    TRUE,
    UNDECIDED,
    All,
    AnyOf,
    Case,
    Domain,
    Formula,
    Has,
    Nay,
    OneOf,
    Opaque,
    Variable,
    allowed,
    both,
    counterexample,
    holds,
    nay,
    present,
    satisfiable,
)

KIND: Variable = ("kind",)
NAME: Variable = ("name",)
FREE: Variable = ("free",)
DOMAINS: dict[Variable, Domain] = {
    KIND: Domain(("A", "B", "C"), optional=False),
    NAME: Domain(("x", "y"), optional=True),
    FREE: Domain(None, optional=True),
}

ATOMS: st.SearchStrategy[Formula] = st.sampled_from(
    [
        Has(NAME),
        OneOf(KIND, frozenset({"A"})),
        OneOf(KIND, frozenset({"A", "B"})),
        OneOf(NAME, frozenset({"x"})),
    ]
)
FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(Nay),
        st.lists(inner, max_size=3).map(lambda items: All(tuple(items))),
        st.lists(inner, max_size=3).map(lambda items: AnyOf(tuple(items))),
    ),
    max_leaves=6,
)
CASES: list[Case] = [{KIND: kind, NAME: name} for kind in "ABC" for name in ("x", "y", MISSING)]


@given(FORMULAS)
def test_a_formula_without_a_counterexample_holds_in_every_case(formula: Formula) -> None:
    found = counterexample(formula, DOMAINS)
    assert (found is None) == all(holds(formula, case) for case in CASES)
    if isinstance(found, dict):
        assert not holds(formula, {KIND: "A", NAME: "x", **found})


@given(FORMULAS, FORMULAS)
def test_conjunction_and_negation_mean_what_they_say(left: Formula, right: Formula) -> None:
    for case in CASES:
        assert holds(both(left, right), case) == (holds(left, case) and holds(right, case))
        assert holds(nay(left), case) != holds(left, case)
        assert holds(nay(nay(left)), case) == holds(left, case)


@given(FORMULAS)
def test_what_is_allowed_is_what_some_case_has(formula: Formula) -> None:
    cases = allowed(NAME, formula, DOMAINS)
    possible = {case[NAME] for case in CASES if holds(formula, case)}
    if cases is not None and possible:
        assert cases == possible
    if satisfiable(formula, DOMAINS):
        assert (NAME in present(formula, DOMAINS)) <= (MISSING not in possible)


def test_true_and_false_are_neutral() -> None:
    assert both(TRUE, Has(NAME)) == Has(NAME)
    assert counterexample(TRUE, DOMAINS) is None
    assert not satisfiable(FALSE, DOMAINS)
    assert allowed(NAME, TRUE, DOMAINS) is None


def test_a_value_of_free_text_that_nobody_mentions_is_no_proven_hole() -> None:
    one = OneOf(FREE, frozenset({"a"}))
    assert counterexample(one, DOMAINS) == UNDECIDED
    assert counterexample(AnyOf((one, Nay(one))), DOMAINS) is None
    assert counterexample(AnyOf((one, OneOf(KIND, frozenset({"A"})))), DOMAINS) == UNDECIDED
    assert counterexample(AnyOf((Nay(one), OneOf(KIND, frozenset({"A"})))), DOMAINS) == {FREE: "a", KIND: "B"}


def test_a_question_of_run_time_is_a_hole_only_if_both_answers_fail() -> None:
    question = Opaque(("matches", "x"))
    assert counterexample(question, DOMAINS) == UNDECIDED
    assert counterexample(AnyOf((question, Nay(question))), DOMAINS) is None
    assert counterexample(All((question, Has(NAME))), DOMAINS) == {NAME: MISSING}


def test_too_many_cases_are_left_to_run_time() -> None:
    many = AnyOf(tuple(OneOf((f"v{n}",), frozenset({"a"})) for n in range(30)))
    assert counterexample(many, {}) == UNDECIDED
    assert satisfiable(many, {})
