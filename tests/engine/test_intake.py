"""Intake: what is committed, when it is settled, and what a repetition or a conflict comes to."""

import asyncio

import pytest

from gateway.errors import Fault, JournalError
from gateway.names import Lane, State
from gateway.outcome import Outcome, Received
from gateway.plan import Plan
from gateway.ports import Disposition, receipt_channel
from gateway.testing.memory_journal import MemoryJournal
from tests.engine.world import AGENCY, PARTNERS, World, corridor, delivery


def run(world: World, **more: object) -> None:
    asyncio.run(world.run(**more))  # type: ignore[arg-type]  # JSON is a union


def test_every_delivery_is_settled_after_its_commit_and_sent_to_every_partner() -> None:
    world = World([delivery(f"m{n}") for n in range(7)])
    run(world)
    assert {each.settled for each in world.deliveries} == {Disposition.ACCEPTED}
    for partner in PARTNERS:
        assert len(world.sinks[partner].sent) == 7


def test_nothing_is_settled_while_the_journal_fails() -> None:
    def lost(step: str) -> None:
        if step == "commit":
            raise JournalError(Fault("DEL-100", "the disk is full"))

    world = World([delivery("m1"), delivery("m2")], journal=MemoryJournal(lost))
    with pytest.raises(ExceptionGroup) as failed:
        run(world)
    assert failed.group_contains(JournalError, depth=None)
    assert [each.settled for each in world.deliveries] == [None, None]
    assert all(not sink.sent for sink in world.sinks.values())


def test_a_commit_whose_answer_is_lost_is_not_settled_and_recognised_when_it_comes_again() -> None:
    def lost(step: str) -> None:
        if step == "commit-done":
            raise JournalError(Fault("DEL-100", "the answer is lost"))

    first = World([delivery("m1")], journal=MemoryJournal(lost))
    with pytest.raises(ExceptionGroup):
        run(first)
    assert first.deliveries[0].settled is None
    again = World([delivery("m1", redelivered=True)], journal=first.journal.restart())
    run(again)
    assert again.deliveries[0].settled is Disposition.DUPLICATE
    assert [len(again.sinks[partner].sent) for partner in PARTNERS] == [1, 1]


def test_a_repetition_in_the_same_batch_is_a_duplicate_and_leaves_one_item() -> None:
    world = World([delivery("m1"), delivery("m1"), delivery("m2")])
    run(world)
    assert [each.settled for each in world.deliveries] == [
        Disposition.ACCEPTED,
        Disposition.DUPLICATE,
        Disposition.ACCEPTED,
    ]
    assert [len(world.sinks[partner].sent) for partner in PARTNERS] == [2, 2]


def test_a_duplicate_is_answered_with_the_stored_receipts() -> None:
    world = World([delivery("m1"), delivery("m1")])
    run(world)
    sent = [pending.payload for pending in world.sinks[receipt_channel(AGENCY)].sent]
    assert set(world.deliveries[1].receipts) <= set(sent)
    assert world.deliveries[1].receipts


def test_the_same_key_with_other_bytes_is_a_conflict_kept_once_and_sent_to_nobody() -> None:
    world = World([delivery("m1", b"one"), delivery("m1", b"two"), delivery("m1", b"two")])
    run(world)
    assert [each.settled for each in world.deliveries[1:]] == [Disposition.CONFLICT, Disposition.CONFLICT]
    assert [len(world.sinks[partner].sent) for partner in PARTNERS] == [1, 1]


def test_equal_content_without_a_key_is_one_message() -> None:
    world = World([delivery(None, b"same"), delivery(None, b"same"), delivery(None, b"other")])
    run(world)
    assert [each.settled for each in world.deliveries] == [
        Disposition.ACCEPTED,
        Disposition.DUPLICATE,
        Disposition.ACCEPTED,
    ]


def test_an_exception_in_the_corridor_quarantines_the_message_and_the_next_one_is_processed() -> None:
    def failing(received: Received, plan: Plan) -> Outcome:
        if received.key == "m2":
            raise RuntimeError("a value that must not be seen")
        return corridor(received, plan)

    world = World([delivery("m1"), delivery("m2"), delivery("m3")], corridor=failing)
    run(world)
    assert [each.settled for each in world.deliveries] == [
        Disposition.ACCEPTED,
        Disposition.QUARANTINED,
        Disposition.ACCEPTED,
    ]
    assert [len(world.sinks[partner].sent) for partner in PARTNERS] == [2, 2]


def test_a_flash_message_that_waits_is_decided_before_routine_ones() -> None:
    order: list[str] = []

    def noting(received: Received, plan: Plan) -> Outcome:
        order.append(received.key)
        return corridor(received, plan)

    deliveries = [delivery("r1"), delivery("r2"), delivery("r3"), delivery("f", lane=Lane.FLASH)]
    world = World(deliveries, corridor=noting)
    run(world)
    assert order.index("f") < order.index("r3")


def test_refused_and_quarantined_messages_are_settled_as_such() -> None:
    def refusing(received: Received, plan: Plan) -> Outcome:
        from gateway.pipeline.ending import ended

        message = plan.identity.message(received.agency, received.key, "")
        faults = (Fault("DOC-001", "unreadable"),)
        outcome, leaves = ended(received, plan, message, "", state=State.REFUSED, faults=faults, reason="unreadable")
        return Outcome(received, b"d" * 32, plan.digest, (outcome,), tuple(leaves))

    world = World([delivery("m1")], corridor=refusing)
    run(world)
    assert world.deliveries[0].settled is Disposition.REFUSED
    assert world.deliveries[0].receipts
