"""Joins of markings: laws first, then what they mean for a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.tree import JsonObject
from gateway.exchange.handling import (
    classification_of,
    flags_of,
    inherited_lane,
    inherited_status,
    join_flags,
    join_retention,
    raised,
    strictest,
)
from gateway.names import Lane, Status
from tests.exchange.given import at, changed, example, exchange_format

ORDER = exchange_format().vocabulary.words("classification")
WORDS = st.sampled_from([*ORDER, None])
FLAGS = st.frozensets(st.sampled_from(["H0", "H1", "H2", "H3"]))
DAYS = st.sampled_from(["2026-01-01", "2027-12-31", None])


def test_the_order_of_classifications() -> None:
    assert ORDER == ("OFFICIAL", "SENSITIVE", "CONFIDENTIAL", "SECRET", "TOP-SECRET")


def test_a_missing_or_unknown_classification_is_the_strictest() -> None:
    assert strictest([], ORDER) == strictest([None], ORDER) == strictest(["RESTRICTED"], ORDER) == "TOP-SECRET"
    assert strictest(["OFFICIAL", None], ORDER) == "TOP-SECRET"


@given(WORDS, WORDS, WORDS)
def test_strictest_is_a_join(a: str | None, b: str | None, c: str | None) -> None:
    assert strictest([a, b], ORDER) == strictest([b, a], ORDER)
    assert strictest([strictest([a, b], ORDER), c], ORDER) == strictest([a, strictest([b, c], ORDER)], ORDER)
    assert strictest([a, a], ORDER) == strictest([a], ORDER)


@given(FLAGS, FLAGS, FLAGS)
def test_flags_are_a_union(a: frozenset[str], b: frozenset[str], c: frozenset[str]) -> None:
    assert set(join_flags([a, b, c])) == a | b | c
    assert list(join_flags([a, b])) == sorted(a | b)


@given(DAYS, DAYS)
def test_the_shortest_retention_wins(a: str | None, b: str | None) -> None:
    assert join_retention([a, b]) == join_retention([b, a])
    assert join_retention([a, b]) == min((day for day in (a, b) if day), default=None)


def test_two_statuses_in_one_derivation_are_refused() -> None:
    assert inherited_status([Status.EXERCISE, Status.EXERCISE]) is Status.EXERCISE
    for statuses in ([], [Status.ACTUAL, Status.EXERCISE]):
        with pytest.raises(ValueError, match="exactly one status"):
            inherited_status(statuses)


def test_an_operator_can_only_lower_a_precedence() -> None:
    assert inherited_lane(Lane.PRIORITY, Lane.ROUTINE) is Lane.ROUTINE
    assert inherited_lane(Lane.PRIORITY, Lane.FLASH) is Lane.PRIORITY


def test_a_portion_mark_counts_before_the_header() -> None:
    header: JsonObject = {"handling": {"classification": "SENSITIVE", "flags": ["H1"]}}
    marked: JsonObject = {"handling": {"classification": "OFFICIAL"}}
    assert classification_of(marked, header) == "OFFICIAL"
    assert flags_of(marked, header) == ("H1",)
    assert classification_of({}, header) == "SENSITIVE"
    assert classification_of({}, {}) is None
    assert flags_of({}, {}) is None


@given(st.lists(st.tuples(st.sampled_from(ORDER), FLAGS), max_size=3), st.sampled_from(ORDER), FLAGS)
def test_a_message_is_at_least_as_high_as_its_highest_portion(
    portions: list[tuple[str, frozenset[str]]], top: str, flags: frozenset[str]
) -> None:
    message: JsonObject = {
        "header": {"handling": {"classification": top, **({"flags": [*sorted(flags)]} if flags else {})}},
        "persons": [
            {"handling": {"classification": word, **({"flags": [*sorted(own)]} if own else {})}}
            for word, own in portions
        ],
    }
    joined = raised(message, ORDER)
    assert at(joined, "header", "handling", "classification") == strictest(
        [top, *(word for word, _ in portions)], ORDER
    )
    assert flags_of({}, joined["header"] if isinstance(joined["header"], dict) else {}) == (
        join_flags([flags, *(own for _, own in portions)]) or None
    )
    assert raised(joined, ORDER) == joined


def test_a_header_without_classification_is_given_none() -> None:
    message: JsonObject = {"header": {}, "persons": [{"handling": {"classification": "SECRET"}}]}
    assert raised(message, ORDER) == message


def test_a_portion_of_any_array_counts() -> None:
    for array in ("narrative", "links", "extensions"):
        message = changed(example("person-notice"), (array, 0, "handling"), {"classification": "SECRET"})
        assert at(raised(message, ORDER), "header", "handling", "classification") == "SECRET"
