"""Reloading: when asked, a new plan is loaded beside the loop and swapped in between two messages; a bad one is told.

Guarantees that the plan that runs stays until another was loaded completely, and that what is refused is logged with
its code and place. A second request while one is loading leads to one more load, so that the last state of the files
counts.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from gateway.errors import GatewayError
from gateway.telemetry import logger

__all__ = ["Reloader"]

_Loaded = TypeVar("_Loaded")
_MOST_TOLD = 20


class Reloader(Generic[_Loaded]):
    """A companion of the engine. `load` runs in a thread and may raise GatewayError, `adopt` runs in the loop.

    `changes` tells that files changed; None means: only when asked.
    """

    def __init__(
        self,
        load: Callable[[], _Loaded],
        adopt: Callable[[_Loaded], None],
        changes: Callable[[asyncio.Event], AsyncIterator[int]] | None,
    ) -> None:
        self._load = load
        self._adopt = adopt
        self._changes = changes
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Load again as soon as possible. Callable from a signal handler of the loop."""
        self._asked.set()

    async def serve(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping`."""
        watching = asyncio.create_task(self._watch(stopping), name="watch")
        stopped = asyncio.create_task(stopping.wait(), name="stopping")
        try:
            while not stopping.is_set():
                asked = asyncio.create_task(self._asked.wait(), name="asked")
                await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
                asked.cancel()
                if not stopping.is_set():
                    self._asked.clear()
                    await self._reload()
        finally:
            for task in (watching, stopped):
                task.cancel()
            await asyncio.gather(watching, stopped, return_exceptions=True)

    async def _watch(self, stopping: asyncio.Event) -> None:
        if self._changes is None:
            return
        try:
            async for _ in self._changes(stopping):
                self._asked.set()
        except OSError as error:
            # Without a watcher the gateway runs on, and SIGHUP still asks.
            logger().error("task.failed", stage="watch", error=type(error).__name__)

    async def _reload(self) -> None:
        try:
            loaded = await asyncio.to_thread(self._load)
        except GatewayError as refused:
            for fault in refused.faults[:_MOST_TOLD]:
                logger().error("plan.refused", code=fault.code, place=str(fault.place), count=len(refused.faults))
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the plan that runs stays
            logger().error("task.failed", stage="reload", error=type(error).__name__)
            return
        self._adopt(loaded)
