"""Source and sink over the queues that live in the journal: one machine, no broker (delivery.md 10).

Guarantees: the same names, lanes, redelivery and separate acknowledgement as on a broker, so that one code path is
tested. A source wakes at once for messages published through the same `Bells` and looks again after `poll` seconds
for those that another process wrote; it never spins. `JournalError` passes through: it stops intake and is not a
failure of a partner.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.errors import JournalError, Passing, Refusal
from gateway.names import AgencyId, Lane, PartnerId
from gateway.outcome import SourceFile
from gateway.ports import Disposition, EmbeddedQueue, Pending, QueueMessage, SendResult, SendState
from gateway.transport.lanes import PREFETCH, LaneOrder, lane_word
from gateway.transport.status import LinkStatus

__all__ = [
    "Bells",
    "EmbeddedDelivery",
    "EmbeddedSink",
    "EmbeddedSource",
    "agency_queue",
    "agency_sink",
    "declare_agency",
    "declare_partner",
    "partner_queue",
    "partner_sink",
    "receipts_queue",
]

_MAX_BYTES = 2 * 1024**3
_POLL = 0.5


def agency_queue(agency: AgencyId, lane: Lane) -> str:
    """Name the queue into which an agency publishes."""
    return f"agency/{agency}/out/{lane_word(lane)}"


def receipts_queue(agency: AgencyId) -> str:
    """Name the queue from which an agency reads its receipts."""
    return f"agency/{agency}/receipts"


def partner_queue(partner: PartnerId, lane: Lane) -> str:
    """Name the queue from which a partner reads."""
    return f"partner/{partner}/in/{lane_word(lane)}"


def declare_agency(queue: EmbeddedQueue, agency: AgencyId, max_bytes: int = _MAX_BYTES) -> None:
    """Create an agency's queues, or set their bound."""
    for lane in Lane:
        queue.declare(agency_queue(agency, lane), max_bytes)
    queue.declare(receipts_queue(agency), max_bytes)


def declare_partner(queue: EmbeddedQueue, partner: PartnerId, max_bytes: int = _MAX_BYTES) -> None:
    """Create a partner's queues, or set their bound."""
    for lane in Lane:
        queue.declare(partner_queue(partner, lane), max_bytes)


class Bells:
    """Wakes those who wait for a queue when somebody in the same process publishes into it."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}

    def listen(self, queues: Sequence[str]) -> asyncio.Event:
        """Give an event that is set whenever one of the queues is rung."""
        event = asyncio.Event()
        for queue in queues:
            self._listeners.setdefault(queue, set()).add(event)
        return event

    def forget(self, event: asyncio.Event) -> None:
        """Stop setting an event."""
        for events in self._listeners.values():
            events.discard(event)

    def ring(self, queue: str) -> None:
        """Say that a queue has something new."""
        for event in self._listeners.get(queue, ()):
            event.set()


@dataclass(frozen=True, slots=True)
class EmbeddedDelivery:
    """One message of an agency's embedded queue; `settle` goes back to the source that handed it out."""

    agency: AgencyId
    key: str | None = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    lane: Lane
    redelivered: bool
    tag: int
    source: "EmbeddedSource" = field(repr=False)

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Remove the message for good, or hand it back. Returns before the medium has it: a crash redelivers."""
        del receipts  # they travel as items of kind receipt
        self.source.settle(self, requeue=disposition is Disposition.REQUEUE)


class EmbeddedSource:
    """The four lanes of one agency. Settlements of one turn of the loop share one transaction."""

    def __init__(
        self,
        queue: EmbeddedQueue,
        agency: AgencyId,
        bells: Bells,
        *,
        prefetch: Mapping[Lane, int] = PREFETCH,
        poll: float = _POLL,
    ) -> None:
        self.name = f"agency/{agency}/embedded"
        self._queue = queue
        self._agency = agency
        self._bells = bells
        self._prefetch = dict(prefetch)
        self._poll = poll
        self._held: Counter[Lane] = Counter()
        self._open: dict[int, Lane] = {}
        self._done: dict[bool, list[int]] = {False: [], True: []}
        self._scheduled = False
        self._starved = False
        self._failure: JournalError | None = None
        self._stopped = False
        self._closed = False
        self._wake = bells.listen([agency_queue(agency, lane) for lane in Lane])

    @property
    def status(self) -> LinkStatus:
        """Up until it is closed or the journal fails."""
        up = not self._closed and self._failure is None
        return LinkStatus(self.name, up=up, reason="" if up else "journal" if self._failure else "closed")

    async def deliveries(self) -> AsyncIterator[EmbeddedDelivery]:
        """Give deliveries until `stop`, fastest lane first. Raises `JournalError`."""
        order = LaneOrder()
        buffers: dict[Lane, list[EmbeddedDelivery]] = {lane: [] for lane in Lane}
        while not self._stopped:
            self._raise_failure()
            waiting = [lane for lane, buffer in buffers.items() if buffer]
            if self._wake.is_set() or not waiting:
                # A look at four queues costs four queries: only when somebody rang, or when nothing is left.
                self._wake.clear()
                for lane, buffer in buffers.items():
                    if not buffer:
                        buffer.extend(reversed(self._take(lane)))
                waiting = [lane for lane, buffer in buffers.items() if buffer]
            if waiting:
                yield buffers[order.choose(waiting)].pop()
                continue
            await self._pause()
        self._hand_back([delivery for buffer in buffers.values() for delivery in buffer])

    def settle(self, delivery: EmbeddedDelivery, *, requeue: bool) -> None:
        """Note a settlement; it is written when the loop comes round. A second one of a delivery is ignored."""
        lane = self._open.pop(delivery.tag, None)
        if lane is None or self._closed:
            return
        self._held[lane] -= 1
        self._done[requeue].append(delivery.tag)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def stop(self) -> None:
        """Hand out no more; `deliveries` ends. What was handed out can still be settled."""
        self._stopped = True
        self._wake.set()

    async def close(self) -> None:
        """Write settlements and hand back what is unsettled. Raises `JournalError` if that cannot be written."""
        if self._closed:
            return
        await self.stop()
        self._flush()
        left = list(self._open)
        self._open.clear()
        self._closed = True
        self._bells.forget(self._wake)
        if left and self._failure is None:
            self._queue.settle(left, requeue=True)
        self._raise_failure()

    def _take(self, lane: Lane) -> list[EmbeddedDelivery]:
        room = self._prefetch[lane] - self._held[lane]
        if room <= 0:
            return []
        messages = self._queue.take(agency_queue(self._agency, lane), room)
        self._held[lane] += len(messages)
        self._open.update((message.tag, lane) for message in messages)
        return [self._delivery(message, lane) for message in messages]

    def _delivery(self, message: QueueMessage, lane: Lane) -> EmbeddedDelivery:
        return EmbeddedDelivery(
            agency=self._agency,
            key=message.key or None,
            files=(SourceFile(message.body),),
            lane=lane,
            redelivered=message.deliveries > 1,
            tag=message.tag,
            source=self,
        )

    def _hand_back(self, deliveries: list[EmbeddedDelivery]) -> None:
        tags = [delivery.tag for delivery in deliveries if self._open.pop(delivery.tag, None) is not None]
        if tags and not self._closed:
            self._queue.settle(tags, requeue=True)

    async def _pause(self) -> None:
        self._starved = True
        try:
            async with asyncio.timeout(self._poll):
                await self._wake.wait()
        except TimeoutError:
            pass
        finally:
            self._starved = False

    def _flush(self) -> None:
        self._scheduled = False
        done, self._done = self._done, {False: [], True: []}
        if self._failure is not None:
            return
        try:
            for requeue, tags in done.items():
                if tags:
                    self._queue.settle(tags, requeue=requeue)
        except JournalError as failure:
            self._failure = failure
        if self._starved:
            self._wake.set()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class EmbeddedSink:
    """Queues of a partner, or the receipts of an agency. `DELIVERED` means: committed into the queue."""

    window = 64

    def __init__(self, name: str, queue: EmbeddedQueue, bells: Bells, queues: Mapping[Lane, str]) -> None:
        self.name = name
        self._queue = queue
        self._bells = bells
        self._queues = dict(queues)
        self._closed = False

    @property
    def status(self) -> LinkStatus:
        """Up until it is closed."""
        return LinkStatus(self.name, up=not self._closed, reason="closed" if self._closed else "")

    async def send(self, pending: Pending) -> SendResult:
        """Publish once. Raises `JournalError` when durability is lost."""
        if self._closed:
            return SendResult(SendState.LINK_DOWN, "closed")
        name = self._queues[pending.lane]
        try:
            self._queue.publish(name, pending.item, pending.payload, _headers(pending))
        except Passing:
            return SendResult(SendState.DELAYED, "queue-full")
        except Refusal:
            return SendResult(SendState.LINK_DOWN, "unroutable")
        self._bells.ring(name)
        return SendResult(SendState.DELIVERED)

    async def close(self) -> None:
        """Send no more."""
        self._closed = True


def partner_sink(queue: EmbeddedQueue, bells: Bells, partner: PartnerId) -> EmbeddedSink:
    """Make the sink of a partner's four lanes."""
    queues = {lane: partner_queue(partner, lane) for lane in Lane}
    return EmbeddedSink(f"partner/{partner}/embedded", queue, bells, queues)


def agency_sink(queue: EmbeddedQueue, bells: Bells, agency: AgencyId) -> EmbeddedSink:
    """Make the sink of an agency's receipts."""
    queues = dict.fromkeys(Lane, receipts_queue(agency))
    return EmbeddedSink(f"agency/{agency}/embedded", queue, bells, queues)


def _headers(pending: Pending) -> dict[str, str]:
    # Security: a fixed list, built from scratch. Neither the agency nor our own message id leaves this way.
    return {
        "content-type": pending.media_type,
        "gateway-kind": pending.kind.value,
        "gateway-status": pending.status,
        "gateway-digest": "sha256:" + hashlib.sha256(pending.payload).hexdigest(),
    }
