"""A partner that is held gets nothing, the others get theirs, and nothing is lost when the hold is released."""

import asyncio

from gateway.names import Digest
from tests.engine.world import PARTNERS, World, delivery

ONE, TWO = PARTNERS


def test_a_held_partner_gets_nothing_and_everything_later() -> None:
    world = World([delivery(f"m{number}") for number in range(5)])
    world.engine.hold(ONE)

    async def story() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(world.engine.run())
            while len(world.sinks[TWO].sent) < 5 or not world.engine.idle:
                await asyncio.sleep(0)
            assert world.sinks[ONE].attempts == 0
            assert world.waiting() > 0
            world.engine.release(ONE)
            while not world.rested:
                await asyncio.sleep(0)
            world.engine.stop()

    asyncio.run(asyncio.wait_for(story(), 20))
    assert len(world.sinks[ONE].sent) == 5


def test_a_hold_of_somebody_unknown_changes_nothing() -> None:
    world = World([delivery("m1")])
    world.engine.hold(type(ONE)("nobody"))
    world.engine.release(type(ONE)("nobody"))
    asyncio.run(world.run())
    assert len(world.sinks[ONE].sent) == 1


def test_a_companion_that_fails_ends_the_engine() -> None:
    async def failing(_stopping: asyncio.Event) -> None:
        raise ValueError

    world = World([delivery("m1")])
    world.engine._companions = [failing]

    async def story() -> bool:
        try:
            await world.engine.run()
        except ExceptionGroup as group:
            return group.subgroup(ValueError) is not None
        return False

    assert asyncio.run(asyncio.wait_for(story(), 20))


def test_where_nothing_was_revoked_nothing_is_read() -> None:
    world = World()
    assert world.engine.withdraw(frozenset()) == 0


def test_what_no_revoked_version_decided_stays() -> None:
    world = World([delivery("m1")])
    world.engine.hold(ONE)
    asyncio.run(world.run(lambda: bool(world.sinks[TWO].sent) and world.engine.idle))
    before = world.waiting()
    assert world.engine.withdraw(frozenset({Digest("sha256:" + "0" * 64)})) == 0
    assert world.waiting() == before > 0
