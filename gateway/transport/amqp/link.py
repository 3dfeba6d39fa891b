"""One supervised link per virtual host and role: consume or publish, never both on one connection.

Keeps trying with full jitter, slowly where it was refused; each connection is a new generation that runs the given
session. Losing a connection is an ordinary event here, not an error.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from gateway.ports import Clock
from gateway.transport.amqp.connection import Connection
from gateway.transport.amqp.loss import LinkDown, Loss, Trouble
from gateway.transport.amqp.settings import AmqpEndpoint, AmqpTimes
from gateway.transport.backoff import reconnect_delay
from gateway.transport.status import LinkStatus, OnStatus, ignore_status

__all__ = ["AmqpLink", "Session", "pause"]

Session = Callable[[Connection], Awaitable[None]]
"""Runs on one connection until it returns or is cancelled. When it returns, the connection is closed."""

_STEADY_AFTER = 30.0
"""Seconds after which a connection counts as good, so that the back-off starts anew."""


def pause(clock: Clock, times: AmqpTimes, tries: int, loss: Loss) -> float:
    """Give the seconds to wait after `tries` failures in a row, with fresh jitter."""
    draw = int.from_bytes(clock.randomness(4), "big") / 2**32
    return reconnect_delay(tries, draw, lasting=loss.lasting, longest=times.reconnect)


class AmqpLink:
    """Owns one task from `start` to `close`."""

    def __init__(
        self,
        name: str,
        endpoint: AmqpEndpoint,
        session: Session,
        clock: Clock,
        *,
        times: AmqpTimes,
        on_status: OnStatus = ignore_status,
    ) -> None:
        self._endpoint = endpoint
        self._session = session
        self._clock = clock
        self._times = times
        self._on_status = on_status
        self._status = LinkStatus(name)
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connection: Connection | None = None

    @property
    def status(self) -> LinkStatus:
        """What readiness and logs may know."""
        return self._status

    def start(self, on_end: Callable[[], None]) -> None:
        """Begin, once. `on_end` hears when the supervisor ends, which before `close` means a bug."""
        if self._task is None and not self._closing.is_set():
            self._task = asyncio.create_task(self._run(), name=self._status.name)
            self._task.add_done_callback(lambda _task: on_end())

    def check(self) -> None:
        """Raise what ended the supervisor, if something did."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    def note(self, *, up: bool, reason: str = "", code: str = "") -> None:
        """Let the session say whether it works; reported if it changed."""
        now = self._clock.monotonic()
        blocked = None if self.connection is None else self.connection.blocked_since
        since = self._status.since if up == self._status.up else now
        changed = replace(self._status, up=up, reason=reason, code=code, since=since, blocked_since=blocked)
        if changed != self._status:
            self._status = changed
            self._on_status(changed)

    async def close(self) -> None:
        """End the session and the connection; bounded by `times.close` and a little."""
        self._closing.set()
        if self._task is None:
            self.note(up=False, reason=Trouble.CLOSED)
            return
        done, _ = await asyncio.wait([self._task], timeout=self._times.close + 1)
        if not done:
            if self.connection is not None:
                self.connection.abort()
            self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self.note(up=False, reason=Trouble.CLOSED)

    async def _run(self) -> None:
        tries = 0
        while not self._closing.is_set():
            loss = Loss(Trouble.LOST)
            for host in self._shuffled():
                try:
                    connection = await self._connect(host)
                except LinkDown as failure:
                    loss = failure.loss
                    continue
                began = self._clock.monotonic()
                loss = await self._hold(connection)
                if self._clock.monotonic() - began >= _STEADY_AFTER:
                    tries = 0
                break
            if self._closing.is_set():
                return
            self.note(up=False, reason=loss.trouble, code=loss.code)
            await self._sleep(pause(self._clock, self._times, tries, loss))
            tries += 1

    def _shuffled(self) -> list[tuple[str, int]]:
        return sorted(self._endpoint.hosts, key=lambda _host: self._clock.randomness(4))

    async def _connect(self, host: tuple[str, int]) -> Connection:
        opening = asyncio.ensure_future(
            Connection.open(self._endpoint, host, f"gateway/{self._status.name}", self._times)
        )
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait([opening, closing], return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                raise LinkDown(Loss(Trouble.CLOSED))
            return opening.result()
        finally:
            for task in (opening, closing):
                if not task.done():
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, LinkDown):
                        await task

    async def _hold(self, connection: Connection) -> Loss:
        """Run the session on a connection until one of them ends, or we are closing."""
        self.connection = connection
        self._status = replace(self._status, generation=self._status.generation + 1)
        session = asyncio.ensure_future(self._session(connection))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            ends: set[asyncio.Future[Any]] = {session, closing, connection.lost}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
            session.cancel()
            await asyncio.wait([session, closing], timeout=self._times.close)
            await connection.close(self._times.close)
            self.connection = None
        if session.done() and not session.cancelled():
            failure = session.exception()
            if failure is not None and not isinstance(failure, LinkDown):
                raise failure
        return connection.lost.result() if connection.lost.done() else Loss(Trouble.LOST)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
