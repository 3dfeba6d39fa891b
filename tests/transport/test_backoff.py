"""Retry schedules: bounds, jitter, and what a result means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.names import State
from gateway.ports import SendResult, SendState
from gateway.transport.backoff import LONGEST_WAIT, RETRIES, judge, reconnect_delay, retry_delay

draws = st.floats(0, 1, exclude_max=True)


def test_the_schedule_is_the_written_one() -> None:
    middles = [RETRIES.delay(attempts, 0.5) for attempts in range(1, 11)]
    assert middles == [5, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400, None]


@given(st.integers(1, 9), draws)
def test_jitter_stays_between_four_and_six_fifths(attempts: int, draw: float) -> None:
    base = RETRIES.delays[attempts - 1]
    delay = RETRIES.delay(attempts, draw)
    assert delay is not None
    assert base * 0.8 <= delay <= base * 1.2


@given(st.integers(1, 9), draws, st.floats(0, 10**9))
def test_a_partner_can_make_us_wait_longer_but_no_more_than_a_day(attempts: int, draw: float, asked: float) -> None:
    plain = RETRIES.delay(attempts, draw)
    delay = RETRIES.delay(attempts, draw, asked)
    assert plain is not None
    assert delay is not None
    assert delay >= plain
    assert delay <= LONGEST_WAIT * 1.2
    assert delay == plain or delay >= min(asked, LONGEST_WAIT)


@given(st.integers(0, 10**6), draws, st.booleans())
def test_a_link_waits_within_its_bounds(tries: int, draw: float, lasting: bool) -> None:
    low, high = (60, 600) if lasting else (0.5, 30)
    assert low <= reconnect_delay(tries, draw, lasting=lasting) <= high


def test_a_link_waits_longer_the_longer_it_is_down() -> None:
    delays = [reconnect_delay(tries, 0.999) for tries in range(10)]
    assert delays == sorted(delays)
    assert delays[0] < 1.1
    assert delays[-1] > 29


@pytest.mark.parametrize(
    ("result", "state", "link"),
    [
        (SendResult(SendState.DELIVERED), State.DELIVERED, False),
        (SendResult(SendState.REFUSED, "rejected"), State.REFUSED, False),
        (SendResult(SendState.QUARANTINED, "conflict"), State.QUARANTINED, False),
        (SendResult(SendState.DELAYED, "timeout"), State.PENDING, False),
        (SendResult(SendState.LINK_DOWN, "tls"), State.PENDING, True),
    ],
)
def test_a_result_means_a_state(result: SendResult, state: State, link: bool) -> None:
    verdict = judge(result, 1, 0.5)
    assert (verdict.state, verdict.link) == (state, link)
    assert (verdict.delay is None) == (result.state is not SendState.DELAYED)


def test_an_item_whose_retries_are_used_up_is_held_and_stays_pending() -> None:
    verdict = judge(SendResult(SendState.DELAYED, "timeout"), 10, 0.5)
    assert verdict.held
    assert verdict.state is State.PENDING
    assert verdict.delay is None


@given(st.integers(0, 10**6), draws)
def test_a_held_item_is_tried_once_a_day_at_most(attempts: int, jitter: float) -> None:
    delay = retry_delay(attempts, jitter=jitter)
    assert 4 <= delay <= LONGEST_WAIT * 1.2
    if attempts >= 8:
        assert delay >= LONGEST_WAIT * 0.8
