"""One publishing channel in confirm mode: a window in messages and bytes, and a verdict for each publication.

Only a confirm counts. While the broker blocks, nothing is published and no deadline runs: the connection itself ends
after the blocked timeout.
"""

import asyncio

from pika.spec import BasicProperties

from gateway.transport.amqp.channel import Channel
from gateway.transport.amqp.confirms import Confirmation, ConfirmTracker, Resolved
from gateway.transport.amqp.connection import Connection
from gateway.transport.amqp.loss import LinkDown, Loss, Trouble

__all__ = ["Publisher"]


class Publisher:
    """Made for one channel of one connection."""

    def __init__(self, connection: Connection, channel: Channel, *, window: int, window_bytes: int) -> None:
        self._connection = connection
        self._channel = channel
        self._tracker = ConfirmTracker(window, window_bytes)
        self._waiting: dict[int, asyncio.Future[Confirmation]] = {}
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        channel.lost.add_done_callback(lambda _lost: self._void())
        connection.on_change.append(self._moved.set)

    @property
    def is_open(self) -> bool:
        """True while something may be published."""
        return self._channel.is_open

    @property
    def loss(self) -> Loss:
        """Why the channel is gone."""
        return self._channel.lost.result() if self._channel.lost.done() else Loss(Trouble.LOST)

    async def open(self) -> None:
        """Switch confirms on. Raises LinkDown."""
        await self._channel.confirm_mode(self._on_confirm, self._on_return)

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        key: str,
        properties: BasicProperties,
        body: bytes,
        *,
        alone: bool = False,
    ) -> Confirmation:
        """Wait for room, publish, wait for the verdict. `alone` keeps everything else off the channel meanwhile.

        Raises LinkDown if nothing was published.
        """
        async with self._turn:
            while not self._may_go(len(body), alone=alone):
                self._moved.clear()
                await self._moved.wait()
            try:
                self._channel.publish(exchange, routing_key, body, properties)
            except LinkDown:
                raise
            except Exception:  # noqa: BLE001  whatever it was, our count of tags may no longer be the broker's
                self._connection.abort()
                raise LinkDown(Loss(Trouble.PROTOCOL)) from None
            tag = self._tracker.published(key, len(body), self._loop.time())
            verdict: asyncio.Future[Confirmation] = self._loop.create_future()
            self._waiting[tag] = verdict
            if alone:
                return await verdict
        return await verdict

    def overdue(self, limit: float) -> bool:
        """True if a confirm is missing for longer than `limit` seconds, not counting time under a block."""
        if self._connection.blocked_since is not None:
            return False
        oldest = self._tracker.oldest()
        return oldest is not None and self._loop.time() - max(oldest, self._connection.unblocked_at) > limit

    def _may_go(self, size: int, *, alone: bool) -> bool:
        if not self._channel.is_open:
            raise LinkDown(self.loss)
        if self._connection.blocked_since is not None:
            return False
        return not len(self._tracker) if alone else self._tracker.room(size)

    def _on_confirm(self, tag: int, multiple: bool, ack: bool) -> None:
        self._resolve(self._tracker.confirm(tag, multiple=multiple, ack=ack))

    def _on_return(self, key: str | bytes | None) -> None:
        self._tracker.returned(key.decode("utf-8", "replace") if isinstance(key, bytes) else key or "")

    def _void(self) -> None:
        if self._moved.set in self._connection.on_change:
            self._connection.on_change.remove(self._moved.set)
        self._resolve(self._tracker.void())

    def _resolve(self, resolved: list[Resolved]) -> None:
        for entry in resolved:
            verdict = self._waiting.pop(entry.tag)
            if not verdict.done():
                verdict.set_result(entry.confirmation)
        self._moved.set()
