"""Order of service among lanes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.names import Lane
from gateway.transport.lanes import PREFETCH, LaneOrder

waiting = st.lists(st.sets(st.sampled_from(Lane), min_size=1), min_size=1, max_size=200)


@given(waiting)
def test_only_a_waiting_lane_is_chosen(history: list[set[Lane]]) -> None:
    order = LaneOrder()
    for lanes in history:
        assert order.choose(lanes) in lanes


@given(waiting)
def test_flash_goes_first_but_for_one_turn_in_twenty(history: list[set[Lane]]) -> None:
    order = LaneOrder()
    passed_over = 0
    for lanes in history:
        chosen = order.choose(lanes)
        if Lane.FLASH in lanes and chosen is not Lane.FLASH:
            assert chosen is Lane.ROUTINE
            passed_over += 1
    assert passed_over <= len(history) // 20


def test_routine_keeps_five_percent_whatever_waits() -> None:
    order = LaneOrder()
    counts = Counter(order.choose(set(Lane)) for _ in range(1000))
    assert counts[Lane.ROUTINE] == 50
    assert counts[Lane.FLASH] == 950


def test_priority_and_routine_share_four_to_one() -> None:
    order = LaneOrder()
    counts = Counter(order.choose({Lane.PRIORITY, Lane.ROUTINE}) for _ in range(1000))
    assert 700 <= counts[Lane.PRIORITY] <= 800
    assert 200 <= counts[Lane.ROUTINE] <= 300


def test_the_prefetch_of_a_faster_lane_is_smaller() -> None:
    assert [PREFETCH[lane] for lane in Lane] == sorted(PREFETCH.values()) == [16, 32, 64, 128]
