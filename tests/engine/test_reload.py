"""Reloading beside a running engine: a bad plan is told and the old one stays, a request while loading is not lost."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import structlog

from gateway.engine.reload import Reloader
from gateway.errors import DefinitionRefused, Fault, Place


class Loads:
    """What is loaded, one after the other; `gate` holds a load until it is let go."""

    def __init__(self, *results: str | Fault | Exception) -> None:
        self._results = list(results)
        self.started = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> str:
        self.started.release()
        self.gate.wait(10)
        result = self._results.pop(0)
        if isinstance(result, Fault):
            raise DefinitionRefused(result)
        if isinstance(result, Exception):
            raise result
        return result


class World:
    """A reloader with what it adopted; `until` waits for so many adoptions."""

    def __init__(self, loads: Loads, changes: "asyncio.Queue[int] | None" = None) -> None:
        self.adopted: list[str] = []
        self._news = asyncio.Condition()
        self.stopping = asyncio.Event()
        self._changes = changes
        self.reloader = Reloader(loads, self._adopt, None if changes is None else self._watch)
        self.came = asyncio.Event()

    def _adopt(self, loaded: str) -> None:
        self.adopted.append(loaded)
        self.came.set()

    async def _watch(self, _stopping: asyncio.Event) -> AsyncIterator[int]:
        while self._changes is not None:
            yield await self._changes.get()

    async def until(self, count: int) -> None:
        while len(self.adopted) < count:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 10)


@pytest.mark.asyncio
async def test_a_bad_plan_is_told_with_its_place_and_the_next_good_one_is_adopted() -> None:
    bad = Fault("P101", "no such element", Place("mappings/x.map.yaml", 7, 3))
    world = World(Loads(bad, "good"))
    with structlog.testing.capture_logs() as logs:
        async with asyncio.TaskGroup() as group:
            group.create_task(world.reloader.serve(world.stopping))
            world.reloader.ask()
            while not logs:
                await asyncio.sleep(0)
            assert world.adopted == []
            world.reloader.ask()
            await world.until(1)
            world.stopping.set()
    assert world.adopted == ["good"]
    (told,) = logs
    assert (told["event"], told["code"], told["place"], told["log_level"]) == (
        "plan.refused",
        "P101",
        "mappings/x.map.yaml:7:3",
        "error",
    )


@pytest.mark.asyncio
async def test_a_change_while_a_plan_is_loading_leads_to_one_more_load() -> None:
    loads = Loads("first", "second")
    changes: asyncio.Queue[int] = asyncio.Queue()
    world = World(loads, changes)
    loads.gate.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(world.reloader.serve(world.stopping))
        changes.put_nowait(1)
        await asyncio.to_thread(loads.started.acquire)
        assert world.adopted == []
        changes.put_nowait(2)
        changes.put_nowait(1)
        while not changes.empty():
            await asyncio.sleep(0)
        loads.gate.set()
        await world.until(2)
        world.stopping.set()
    assert world.adopted == ["first", "second"]


@pytest.mark.asyncio
async def test_a_failure_of_ours_leaves_the_plan_that_runs_and_the_next_request_is_served() -> None:
    world = World(Loads(RuntimeError("CANARY"), "good"))
    with structlog.testing.capture_logs() as logs:
        async with asyncio.TaskGroup() as group:
            group.create_task(world.reloader.serve(world.stopping))
            world.reloader.ask()
            while not logs:
                await asyncio.sleep(0)
            world.reloader.ask()
            await world.until(1)
            world.stopping.set()
    (told,) = logs
    assert (told["event"], told["stage"], told["error"]) == ("task.failed", "reload", "RuntimeError")
    assert "CANARY" not in str(logs)


@pytest.mark.asyncio
async def test_it_ends_when_the_engine_stops() -> None:
    world = World(Loads())
    world.stopping.set()
    await asyncio.wait_for(world.reloader.serve(world.stopping), 10)
    assert world.adopted == []
