"""Acknowledgements against a model of the broker: whatever the order, nothing wrong is ever acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.transport.amqp.acks import Ack, AckTracker


class Broker:
    """What RabbitMQ knows of one channel: the tags it waits for. Raises where it would close the channel with 406."""

    def __init__(self) -> None:
        self.waiting: set[int] = set()
        self.next = 1

    def deliver(self) -> int:
        tag = self.next
        self.next += 1
        self.waiting.add(tag)
        return tag

    def ack(self, ack: Ack) -> set[int]:
        assert ack.tag in self.waiting, "406: unknown delivery tag"
        gone = {tag for tag in self.waiting if tag <= ack.tag} if ack.multiple else {ack.tag}
        self.waiting -= gone
        return gone

    def nack(self, tag: int) -> None:
        assert tag in self.waiting, "406: unknown delivery tag"
        self.waiting.remove(tag)


steps = st.lists(st.tuples(st.sampled_from(["deliver", "complete", "back", "flush", "drain"]), st.integers(0, 30)))


@given(steps)
def test_only_completed_tags_are_acknowledged_and_the_broker_never_objects(actions: list[tuple[str, int]]) -> None:
    broker, tracker = Broker(), AckTracker()
    completed: set[int] = set()
    gone: set[int] = set()

    def send(acks: list[Ack]) -> None:
        for ack in acks:
            covered = broker.ack(ack)
            assert covered <= completed
            gone.update(covered)

    for action, number in actions:
        match action:
            case "deliver":
                tracker.delivered(broker.deliver())
            case "complete":
                if tracker.complete(number):
                    assert number in broker.waiting
                    assert number not in completed
                    completed.add(number)
            case "back":
                if tracker.hand_back(number):
                    assert number not in completed
                    broker.nack(number)
            case "flush":
                ack = tracker.flush()
                send([] if ack is None else [ack])
            case _:
                send(tracker.drain())
                assert tracker.completed == 0
        assert tracker.completed == len(completed - gone)
        assert set(tracker.outstanding) == broker.waiting - completed
    send(tracker.drain())
    assert gone == completed
    assert broker.waiting == set(tracker.outstanding)


@given(st.permutations(range(1, 9)))
def test_a_full_window_ends_in_no_more_acks_than_gaps(order: list[int]) -> None:
    tracker = AckTracker()
    for tag in sorted(order):
        tracker.delivered(tag)
    sent = 0
    for tag in order:
        tracker.complete(tag)
        sent += tracker.flush() is not None
    assert 1 <= sent <= 8
    assert not tracker.outstanding
    assert tracker.flush() is None


def test_a_prefix_of_many_is_one_acknowledgement() -> None:
    tracker = AckTracker()
    for tag in range(1, 101):
        tracker.delivered(tag)
        tracker.complete(tag)
    assert tracker.flush() == Ack(100, multiple=True)
    assert tracker.drain() == []


def test_what_was_completed_behind_a_gap_waits_for_it_or_goes_alone() -> None:
    tracker = AckTracker()
    for tag in (1, 2, 3, 4):
        tracker.delivered(tag)
    for tag in (1, 3, 4):
        assert tracker.complete(tag)
    assert tracker.flush() == Ack(1, multiple=False)
    assert tracker.flush() is None
    assert tracker.drain() == [Ack(3, multiple=False), Ack(4, multiple=False)]
    assert tracker.outstanding == (2,)


def test_a_second_settlement_changes_nothing() -> None:
    tracker = AckTracker()
    tracker.delivered(1)
    assert tracker.complete(1)
    assert not tracker.complete(1)
    assert not tracker.hand_back(1)
    assert not tracker.complete(99)
    assert tracker.completed == 1
