"""Dates of every precision, compared with the standard library where it can."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange.dates import after, day_of, is_real


@given(st.integers(0, 9999), st.integers(1, 12), st.integers(1, 31))
def test_a_day_is_real_if_the_calendar_has_it(year: int, month: int, day: int) -> None:
    try:
        expected = bool(date(year, month, day))
    except ValueError:
        expected = False
    text = f"{year:04}-{month:02}-{day:02}"
    assert is_real(text) == expected
    assert is_real(text[:7]) == is_real(text[:4]) == (year > 0)


@given(st.dates(), st.dates())
def test_full_days_are_compared_as_days(one: date, other: date) -> None:
    assert after(one.isoformat(), other.isoformat()) == (one > other)


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_a_contradiction_holds_in_every_reading(one: date, other: date, cut: int, cut_other: int) -> None:
    """If a date is after another whatever the missing parts are, it is so for the days they came from."""
    left, right = one.isoformat()[:cut], other.isoformat()[:cut_other]
    if after(left, right):
        assert one > other
    assert not (after(left, right) and after(right, left))


@given(
    st.dates(min_value=date(2, 1, 1), max_value=date(9998, 1, 1)).map(
        lambda day: datetime.combine(day, time(23, 59, 7))
    ),
    st.integers(-14 * 60, 14 * 60),
    st.integers(1, 10**6),
)
def test_instants_are_compared_on_the_time_line(moment: datetime, offset: int, later: int) -> None:
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    local = (moment + timedelta(minutes=offset)).isoformat() + zone
    next_one = (moment + timedelta(microseconds=later)).isoformat() + "Z"
    assert after(next_one, local)
    assert not after(local, next_one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026", "2026-05", False),
        ("2026-06", "2026-05", True),
        ("2027", "2026-12-31", True),
        ("2026-12-31", "2026", False),
        ("2026-10-07T01:00:00+02:00", "2026-10-06", True),
        ("2026-10-07T01:00:00+02:00", "2026-10-06T23:00:00Z", False),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59-11:00", "9999-12-31T23:59:59Z", False),
    ],
)
def test_mixed_precision(one: str, other: str, *, expected: bool) -> None:
    assert after(one, other) is expected


def test_the_day_of_an_instant() -> None:
    assert day_of("2026-10-07T01:00:00+02:00") == "2026-10-07"
