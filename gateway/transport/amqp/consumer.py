"""One consuming channel: deliveries into a buffer, acknowledgements out in batches.

Callbacks only enqueue. Acknowledgements leave every 50 completions or 20 ms; settlements that come after the channel
is gone are dropped, because the broker hands those messages out again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pika.spec import BasicProperties

from gateway.names import AgencyId, Lane
from gateway.outcome import SourceFile
from gateway.ports import Disposition
from gateway.transport.amqp.acks import AckTracker
from gateway.transport.amqp.channel import Channel
from gateway.transport.amqp.loss import LinkDown, Loss, Trouble
from gateway.transport.amqp.properties import is_redelivered, sender_key

__all__ = ["AmqpDelivery", "Consumer"]

_FLUSH_AT = 50


@dataclass(frozen=True, slots=True)
class AmqpDelivery:
    """One message of an agency's queue; `settle` goes to the channel it came on, and to no other."""

    agency: AgencyId
    key: str | None = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    lane: Lane
    redelivered: bool
    tag: int
    consumer: "Consumer" = field(repr=False)

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Acknowledge soon, or hand back now. Never raises: a lost acknowledgement means a redelivery."""
        del receipts  # they travel as items of kind receipt
        if disposition is Disposition.REQUEUE:
            self.consumer.hand_back(self.tag)
        else:
            self.consumer.complete(self.tag)


class Consumer:
    """Made for one channel. `buffer` holds what was not handed out yet; the broker bounds it by the prefetch."""

    def __init__(
        self, channel: Channel, agency: AgencyId, lane: Lane, *, flush_after: float, on_arrival: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._agency = agency
        self._lane = lane
        self._tracker = AckTracker()
        self._flush_after = flush_after
        self._on_arrival = on_arrival
        self._timer: asyncio.TimerHandle | None = None
        self._cancelled = asyncio.Event()
        self._consuming = ""
        self.buffer: deque[AmqpDelivery] = deque()

    @property
    def is_open(self) -> bool:
        """True while settlements reach the broker."""
        return self._channel.is_open

    async def run(self, queue: str, prefetch: int, on_ready: Callable[[], None]) -> Loss:
        """Consume until the broker cancels or the channel is lost, and say which. Raises LinkDown."""
        await self._channel.declare_passive(queue)
        await self._channel.prefetch(prefetch)
        self._cancelled.clear()
        self._consuming = await self._channel.consume(queue, self._on_message, self._cancelled.set)
        on_ready()
        # A cancelled consumer leaves connection and channel open and is silent for ever: this is the watchdog.
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        try:
            ends: set[asyncio.Future[Any]] = {cancelled, self._channel.lost}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cancelled.cancel()
        if self._channel.lost.done():
            return self._channel.lost.result()
        self._consuming = ""
        return Loss(Trouble.CANCELLED)

    def complete(self, tag: int) -> None:
        """Acknowledge a delivery with the next batch."""
        if not self._tracker.complete(tag):
            return
        if self._tracker.completed >= _FLUSH_AT:
            self.flush()
        elif self._timer is None and self._channel.is_open:
            self._timer = asyncio.get_running_loop().call_later(self._flush_after, self.flush)

    def hand_back(self, tag: int) -> None:
        """Give a delivery back to its queue at once."""
        if self._tracker.hand_back(tag):
            self._channel.nack(tag)

    def flush(self) -> None:
        """Send the acknowledgement of what is completed without a gap, or of everything if the gap has become wide."""
        self._stop_timer()
        ack = self._tracker.flush()
        if ack is not None:
            self._channel.ack(ack.tag, multiple=ack.multiple)
        if self._tracker.completed >= _FLUSH_AT:
            self.drain()

    def drain(self) -> None:
        """Acknowledge everything that is completed, gaps or not."""
        self._stop_timer()
        for ack in self._tracker.drain():
            self._channel.ack(ack.tag, multiple=ack.multiple)

    async def close(self) -> None:
        """Acknowledge what is done, stop consuming, close the channel: the broker takes back the rest."""
        self.drain()
        if self._consuming and self._channel.is_open:
            try:
                await self._channel.cancel(self._consuming)
            except LinkDown:
                return
        self.drain()
        await self._channel.close()

    def _on_message(self, method: Any, properties: BasicProperties, body: bytes) -> None:
        self._tracker.delivered(method.delivery_tag)
        self.buffer.append(
            AmqpDelivery(
                agency=self._agency,
                key=sender_key(properties),
                files=(SourceFile(body),),
                lane=self._lane,
                redelivered=is_redelivered(bool(method.redelivered), properties),
                tag=method.delivery_tag,
                consumer=self,
            )
        )
        self._on_arrival()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
