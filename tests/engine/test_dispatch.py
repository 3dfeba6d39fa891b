"""The dispatcher: repetition, refusal, links that are down, expiry, lanes, and what a crash leaves."""

import asyncio
from datetime import timedelta

import pytest

from gateway.engine import EngineLimits
from gateway.engine.fault_points import POINTS
from gateway.engine.intake import BatchLimits
from gateway.engine.lanes import room_for
from gateway.errors import Fault, JournalError
from gateway.names import Lane
from gateway.ports import SendResult, SendState
from gateway.testing.memory import MemorySink
from gateway.testing.memory_journal import WRITES, MemoryJournal
from tests.engine.world import PARTNERS, World, delivery

ONE, TWO = PARTNERS


def test_a_partner_that_is_slow_to_agree_gets_the_same_bytes_again_and_does_not_hold_up_the_other() -> None:
    slow = MemorySink("slow", [SendResult(SendState.DELAYED, "overloaded")] * 2 + [SendResult(SendState.DELIVERED)])
    world = World([delivery("m1")], sinks={ONE: slow})

    async def story() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(world.engine.run())
            while len(world.sinks[TWO].sent) < 1:
                await asyncio.sleep(0)
            assert not slow.sent
            for _ in range(2):
                before = slow.attempts
                world.clock.pass_by(60)
                for each in world.engine._dispatchers.values():
                    each.wake()
                while slow.attempts == before:
                    await asyncio.sleep(0)
            while not world.rested:
                await asyncio.sleep(0)
            world.engine.stop()

    asyncio.run(asyncio.wait_for(story(), 20))
    assert slow.attempts == 3
    assert len(slow.sent) == 1


def test_a_refusal_by_the_partner_ends_the_item_with_a_receipt() -> None:
    refusing = MemorySink("refusing", [SendResult(SendState.REFUSED, "rejected")])
    world = World([delivery("m1")], sinks={ONE: refusing})
    asyncio.run(world.run())
    assert refusing.attempts == 1
    receipts = [bytes(each.payload) for sink in world.sinks.values() for each in sink.sent if each.kind == "receipt"]
    assert any(b'"result":"refused"' in receipt and b'"by":"partner"' in receipt for receipt in receipts)


def test_a_link_that_is_down_costs_the_item_no_attempt() -> None:
    down = MemorySink("down", [SendResult(SendState.LINK_DOWN, "lost")])
    world = World([delivery("m1")], sinks={ONE: down})
    asyncio.run(world.run(lambda: bool(world.sinks[TWO].sent) and down.attempts > 0 and world.engine.idle))
    waiting = world.journal.pending(ONE, Lane.ROUTINE, 10, world.clock.now(), frozenset())
    assert [each.attempts for each in waiting] == [0]


def test_an_item_that_waited_too_long_ends_as_refused_without_being_sent() -> None:
    down = MemorySink("down", [SendResult(SendState.LINK_DOWN, "lost")])
    first = World([delivery("m1")], sinks={ONE: down})
    asyncio.run(first.run(lambda: down.attempts > 0 and first.engine.idle and bool(first.sinks[TWO].sent)))
    later = World([], journal=first.journal, limits=EngineLimits(expiry=timedelta(hours=1)))
    later.clock.pass_by(3601)
    asyncio.run(later.run())
    assert not later.sinks[ONE].sent
    assert later.waiting() == 0


class _Die:
    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def at(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                raise JournalError(Fault("DEL-100", f"died {point}"))


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_point_loses_nothing_and_discloses_nothing_unrecorded(point: str, nth: int) -> None:
    """Die at each point; start again on the same journal with what was not settled: everything arrives once per id."""
    keys = [f"m{n}" for n in range(5)]
    one_by_one = EngineLimits(batch=BatchLimits(messages=1))
    first = World([delivery(key) for key in keys], faults=_Die(point, nth), limits=one_by_one)
    sinks = first.sinks
    with pytest.raises(ExceptionGroup):
        asyncio.run(first.run())
    again = [delivery(each.key, redelivered=True) for each in first.deliveries if each.settled is None]
    for sink in sinks.values():
        sink.closed = False
    second = World(again, journal=first.journal, sinks=sinks)
    asyncio.run(second.run())
    for partner in PARTNERS:
        assert len({each.item for each in sinks[partner].sent}) == len(keys)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("step", [step for step in WRITES if step in {"commit", "record", "store_checkpoint"}])
def test_a_write_that_fails_before_or_after_it_happened_loses_nothing(step: str, answered: bool) -> None:
    name = f"{step}-done" if answered else step
    failed: list[str] = []

    def hook(at: str) -> None:
        if at == name and not failed:
            failed.append(at)
            raise JournalError(Fault("DEL-100", "the medium failed"))

    first = World([delivery(f"m{n}") for n in range(4)], journal=MemoryJournal(hook))
    with pytest.raises(ExceptionGroup):
        asyncio.run(first.run(lambda: bool(failed)))
    again = [delivery(each.key, redelivered=True) for each in first.deliveries if each.settled is None]
    for sink in first.sinks.values():
        sink.closed = False
    second = World(again, journal=first.journal.restart(), sinks=first.sinks)
    asyncio.run(second.run())
    for partner in PARTNERS:
        assert len({each.item for each in second.sinks[partner].sent}) == 4


def test_room_is_kept_for_the_urgent_and_routine_is_never_starved() -> None:
    window = 16
    assert room_for(Lane.FLASH, window, {}) == window
    assert room_for(Lane.ROUTINE, window, {}) < window - 1
    busy = {Lane.ROUTINE: room_for(Lane.ROUTINE, window, {})}
    assert room_for(Lane.PRIORITY, window, busy) >= 1
    assert room_for(Lane.ROUTINE, window, {Lane.PRIORITY: room_for(Lane.PRIORITY, window, {})}) >= 1
    both = {Lane.ROUTINE: busy[Lane.ROUTINE], Lane.PRIORITY: room_for(Lane.PRIORITY, window, busy)}
    assert room_for(Lane.IMMEDIATE, window, both) >= 1
    assert room_for(Lane.FLASH, window, both) >= 2
