"""F4, F5, F43, F44 of the delivery design: confirms in any order, for many at once, late, twice, or never."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.transport.amqp.confirms import Confirmation, ConfirmTracker, Resolved

steps = st.lists(
    st.tuples(
        st.sampled_from(["publish", "ack", "nack", "ack-multiple", "nack-multiple", "return"]), st.integers(0, 25)
    )
)


@given(steps)
def test_each_publication_is_resolved_once_as_the_model_says(actions: list[tuple[str, int]]) -> None:
    tracker = ConfirmTracker(window=10**6, window_bytes=10**9)
    waiting: dict[int, bool] = {}
    fate: dict[int, Confirmation] = {}
    for action, number in actions:
        if action == "publish":
            tag = tracker.published(f"item-{len(fate) + len(waiting)}", number, 0.0)
            assert tag == len(fate) + len(waiting) + 1, "tags count from 1 on each channel"
            waiting[tag] = False
            continue
        if action == "return":
            key = f"item-{number}"
            known = number + 1 in waiting and not waiting[number + 1]
            assert tracker.returned(key) is known
            if known:
                waiting[number + 1] = True
            continue
        multiple = action.endswith("multiple")
        ack = action.startswith("ack")
        expected = {}
        for tag in sorted(waiting):
            if tag == number or (multiple and tag <= number):
                returned = Confirmation.RETURNED if waiting[tag] else Confirmation.CONFIRMED
                expected[tag] = returned if ack else Confirmation.NACKED
        resolved = tracker.confirm(number, multiple=multiple, ack=ack)
        assert {each.tag: each.confirmation for each in resolved} == expected
        for tag in expected:
            del waiting[tag]
        fate |= expected
        assert len(tracker) == len(waiting)
    left = tracker.void()
    assert {each.tag for each in left} == set(waiting)
    assert all(each.confirmation is Confirmation.UNKNOWN for each in left)
    assert tracker.outstanding_bytes == 0


def test_F04_the_measured_sequence() -> None:
    tracker = ConfirmTracker(10, 1000)
    for number in range(1, 7):
        tracker.published(f"item-{number}", 1, 0.0)
    singles = [each.tag for tag in (2, 4, 6) for each in tracker.confirm(tag, multiple=False, ack=True)]
    assert singles == [2, 4, 6]
    assert [each.tag for each in tracker.confirm(5, multiple=True, ack=True)] == [1, 3, 5]
    assert len(tracker) == 0


def test_F05_a_return_turns_the_acknowledgement_that_follows_into_a_failure() -> None:
    tracker = ConfirmTracker(10, 1000)
    tracker.published("a", 1, 0.0)
    tracker.published("b", 1, 0.0)
    assert tracker.returned("a")
    assert tracker.confirm(2, multiple=True, ack=True) == [
        Resolved(1, "a", Confirmation.RETURNED),
        Resolved(2, "b", Confirmation.CONFIRMED),
    ]


def test_F44_a_second_or_foreign_confirm_is_counted_and_changes_nothing() -> None:
    tracker = ConfirmTracker(10, 1000)
    tracker.published("a", 1, 0.0)
    assert len(tracker.confirm(1, multiple=False, ack=True)) == 1
    assert tracker.confirm(1, multiple=False, ack=False) == []
    assert tracker.confirm(7, multiple=False, ack=True) == []
    assert not tracker.returned("nobody")
    assert tracker.ignored == 3


@given(st.lists(st.integers(0, 50), min_size=1))
def test_the_window_bounds_messages_and_bytes_but_never_blocks_for_ever(sizes: list[int]) -> None:
    tracker = ConfirmTracker(window=3, window_bytes=40)
    for size in sizes:
        while not tracker.room(size):
            assert len(tracker), "an empty window takes anything, so that a large message goes alone"
            tracker.confirm(10**9, multiple=True, ack=True)
        tracker.published("x", size, 0.0)
        assert len(tracker) <= 3
        assert tracker.outstanding_bytes <= 40 or len(tracker) == 1


def test_the_oldest_publication_is_known() -> None:
    tracker = ConfirmTracker(10, 1000)
    assert tracker.oldest() is None
    tracker.published("a", 1, 5.0)
    tracker.published("b", 1, 6.0)
    assert tracker.oldest() == 5.0
    tracker.confirm(1, multiple=False, ack=True)
    assert tracker.oldest() == 6.0
