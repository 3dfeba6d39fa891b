"""The recorder: outcomes of attempts gathered into one transaction each time the journal is free."""

import asyncio

from gateway.ports import Attempt, Journal

__all__ = ["Recorder"]


class Recorder:
    """`record` returns when the outcome is durable. Attempts that arrive meanwhile share the next transaction."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[tuple[Attempt, asyncio.Future[None]]] = []
        self._more = asyncio.Event()

    async def record(self, attempt: Attempt) -> None:
        """Make one outcome durable. Raises JournalError, as the whole engine then does."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((attempt, done))
        self._more.set()
        await done

    async def run(self) -> None:
        """Write until cancelled. A failure of the journal reaches every waiter and ends the engine."""
        while True:
            await self._more.wait()
            self._more.clear()
            self.flush()

    def flush(self) -> None:
        """Write what has gathered, now."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            self._journal.record([attempt for attempt, _ in batch])
        except Exception as error:
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            raise
        for _, done in batch:
            if not done.done():
                done.set_result(None)
