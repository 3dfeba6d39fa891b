"""A broker's queues as a Source and as a Sink (delivery.md 2 and 4).

Guarantees: consuming and publishing use separate connections; queues are only ever declared passively; a publication
is mandatory and persistent and counts as delivered when it is confirmed and was not returned; what a lost connection
leaves open is unknown and is tried again with the same id and bytes. One message is one file: sets travel by folder.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import Clock, Pending, SendResult, SendState
from gateway.transport.amqp.confirms import Confirmation
from gateway.transport.amqp.connection import Connection
from gateway.transport.amqp.consumer import AmqpDelivery, Consumer
from gateway.transport.amqp.link import AmqpLink, pause
from gateway.transport.amqp.loss import LinkDown, Loss, Trouble
from gateway.transport.amqp.properties import outgoing
from gateway.transport.amqp.publisher import Publisher
from gateway.transport.amqp.settings import AmqpEndpoint, AmqpTimes
from gateway.transport.amqp.topology import IN_EXCHANGE, RECEIPTS, RECEIPTS_EXCHANGE, out_queue
from gateway.transport.lanes import PREFETCH, LaneOrder, lane_word
from gateway.transport.status import LinkStatus, OnStatus, ignore_status

__all__ = ["AmqpSink", "AmqpSource", "Route", "agency_amqp_sink", "partner_amqp_sink"]

_WINDOW = 256
_WINDOW_BYTES = 8 * 1024**2
_MAX_BYTES = 64 * 1024**2
_MAX_PREFETCH = 500
_ITEM = re.compile(r"[\x21-\x7e]{1,255}\Z")


class AmqpSource:
    """The lanes of one agency, a channel each, on one consuming connection."""

    def __init__(
        self,
        agency: AgencyId,
        endpoint: AmqpEndpoint,
        clock: Clock,
        *,
        queues: Mapping[Lane, str] | None = None,
        prefetch: Mapping[Lane, int] = PREFETCH,
        times: AmqpTimes | None = None,
        on_status: OnStatus = ignore_status,
    ) -> None:
        self.name = f"agency/{agency}/amqp"
        self._agency = agency
        self._clock = clock
        self._times = times or AmqpTimes()
        self._queues = {lane: out_queue(lane) for lane in Lane} if queues is None else dict(queues)
        self._prefetch = {lane: min(count, _MAX_PREFETCH) for lane, count in prefetch.items()}
        self._consumers: dict[Lane, Consumer] = {}
        self._ready: set[Lane] = set()
        self._wake = asyncio.Event()
        self._stopped = False
        self._link = AmqpLink(self.name, endpoint, self._session, clock, times=self._times, on_status=on_status)

    @property
    def status(self) -> LinkStatus:
        """Up when every lane has its consumer."""
        return self._link.status

    async def deliveries(self) -> AsyncIterator[AmqpDelivery]:
        """Give deliveries until `stop`, fastest lane first; survives a broker that goes away."""
        self._link.start(self._wake.set)
        order = LaneOrder()
        while not self._stopped:
            waiting = [lane for lane, consumer in self._consumers.items() if consumer.buffer]
            if waiting:
                yield self._consumers[order.choose(waiting)].buffer.popleft()
                continue
            self._link.check()
            self._wake.clear()
            await self._wake.wait()

    async def stop(self) -> None:
        """Hand out no more; consumers stay until `close`, so that nothing unseen burns its delivery count twice."""
        self._stopped = True
        self._wake.set()

    async def close(self) -> None:
        """Acknowledge what was settled, give the rest back to the broker, disconnect."""
        await self.stop()
        await self._link.close()

    async def _session(self, connection: Connection) -> None:
        async with asyncio.TaskGroup() as group:
            for lane, queue in self._queues.items():
                group.create_task(self._lane(connection, lane, queue))

    async def _lane(self, connection: Connection, lane: Lane, queue: str) -> None:
        """Keep one lane consuming for as long as the connection lasts."""
        tries = 0
        consumer: Consumer | None = None
        try:
            while not connection.lost.done():
                loss = Loss(Trouble.LOST)
                try:
                    if consumer is None or not consumer.is_open:
                        consumer = Consumer(
                            await connection.channel(),
                            self._agency,
                            lane,
                            flush_after=self._times.flush,
                            on_arrival=self._wake.set,
                        )
                        self._consumers[lane] = consumer
                    began = self._clock.monotonic()
                    loss = await consumer.run(queue, self._prefetch[lane], lambda: self._lane_up(lane))
                    tries = 0 if self._clock.monotonic() - began > 1 else tries
                except LinkDown as failure:
                    loss = failure.loss
                self._lane_down(lane, loss)
                if connection.lost.done():
                    return
                await asyncio.sleep(pause(self._clock, self._times, tries, loss))
                tries += 1
        finally:
            self._ready.discard(lane)
            self._consumers.pop(lane, None)
            if consumer is not None:
                consumer.buffer.clear()
                await consumer.close()

    def _lane_up(self, lane: Lane) -> None:
        self._ready.add(lane)
        if len(self._ready) == len(self._queues):
            self._link.note(up=True)

    def _lane_down(self, lane: Lane, loss: Loss) -> None:
        self._ready.discard(lane)
        consumer = self._consumers.get(lane)
        if consumer is not None and not consumer.is_open:
            consumer.buffer.clear()
        self._link.note(up=False, reason=loss.trouble, code=loss.code)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a lane's messages are published."""

    exchange: str
    routing_key: str


class AmqpSink:
    """The lanes of one partner (or the receipts of one agency), a channel each, on one publishing connection."""

    window = _WINDOW

    def __init__(
        self,
        name: str,
        endpoint: AmqpEndpoint,
        clock: Clock,
        routes: Mapping[Lane, Route],
        *,
        max_bytes: int = _MAX_BYTES,
        times: AmqpTimes | None = None,
        on_status: OnStatus = ignore_status,
    ) -> None:
        self.name = name
        self._clock = clock
        self._routes = dict(routes)
        self._max_bytes = max_bytes
        self._times = times or AmqpTimes()
        self._publishers: dict[Lane, Publisher] = {}
        self._suspects: set[str] = set()
        self._changed = asyncio.Event()
        self._closed = False
        self._link = AmqpLink(name, endpoint, self._session, clock, times=self._times, on_status=on_status)

    @property
    def status(self) -> LinkStatus:
        """Up when every lane has its channel in confirm mode."""
        return self._link.status

    async def send(self, pending: Pending) -> SendResult:
        """Publish once and wait for the verdict; bounded by patience, confirm and blocked limits together."""
        if len(pending.payload) > self._max_bytes:
            return SendResult(SendState.REFUSED, "too-large")
        if not _ITEM.match(pending.item):
            return SendResult(SendState.QUARANTINED, "error")
        publisher = await self._publisher(pending.lane)
        if publisher is None:
            return SendResult(SendState.LINK_DOWN, self.status.reason or Trouble.UNREACHABLE)
        alone = pending.item in self._suspects
        route = self._routes[pending.lane]
        try:
            verdict = await publisher.publish(
                route.exchange, route.routing_key, pending.item, outgoing(pending), pending.payload, alone=alone
            )
        except LinkDown as failure:
            return SendResult(SendState.LINK_DOWN, failure.loss.trouble)
        return self._result(pending, verdict, publisher, alone=alone)

    async def close(self) -> None:
        """Disconnect. Sends without a verdict end as LINK_DOWN."""
        self._closed = True
        self._changed.set()
        await self._link.close()

    def _result(self, pending: Pending, verdict: Confirmation, publisher: Publisher, *, alone: bool) -> SendResult:
        match verdict:
            case Confirmation.CONFIRMED:
                self._suspects.discard(pending.item)
                return SendResult(SendState.DELIVERED)
            case Confirmation.RETURNED:
                return SendResult(SendState.LINK_DOWN, Trouble.MISSING)
            case Confirmation.NACKED:
                return SendResult(SendState.DELAYED, "queue-full")
            case Confirmation.UNKNOWN:
                if publisher.loss.trouble is not Trouble.PRECONDITION:
                    return SendResult(SendState.LINK_DOWN, publisher.loss.trouble)
        # A 406 voids a whole window and does not say whose fault it was: each suspect goes alone once.
        if alone:
            self._suspects.discard(pending.item)
            return SendResult(SendState.REFUSED, "rejected")
        self._suspects.add(pending.item)
        return SendResult(SendState.LINK_DOWN, Trouble.PRECONDITION)

    async def _publisher(self, lane: Lane) -> Publisher | None:
        if not self._closed:
            self._link.start(self._changed.set)
        limit = self._clock.monotonic() + self._times.patience
        while not self._closed:
            publisher = self._publishers.get(lane)
            if publisher is not None and publisher.is_open:
                return publisher
            self._link.check()
            left = limit - self._clock.monotonic()
            if left <= 0:
                return None
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return None
        return None

    async def _session(self, connection: Connection) -> None:
        async with asyncio.TaskGroup() as group:
            for lane in self._routes:
                group.create_task(self._lane(connection, lane))
            group.create_task(self._watch(connection))

    async def _lane(self, connection: Connection, lane: Lane) -> None:
        """Keep one lane's channel open for as long as the connection lasts."""
        tries = 0
        while not connection.lost.done():
            try:
                channel = await connection.channel()
                publisher = Publisher(connection, channel, window=_WINDOW, window_bytes=_WINDOW_BYTES)
                await publisher.open()
                self._publishers[lane] = publisher
                self._note()
                await asyncio.wait([channel.lost])
                loss = channel.lost.result()
            except LinkDown as failure:
                loss = failure.loss
            self._publishers.pop(lane, None)
            self._link.note(up=False, reason=loss.trouble, code=loss.code)
            if connection.lost.done():
                return
            await asyncio.sleep(pause(self._clock, self._times, tries, loss))
            tries += 1

    async def _watch(self, connection: Connection) -> None:
        """Abort a connection on which a confirm is overdue: nothing else would ever end that wait."""
        connection.on_change.append(self._note)
        while not connection.lost.done():
            await asyncio.wait([connection.lost], timeout=min(1.0, self._times.confirm / 4))
            if any(publisher.overdue(self._times.confirm) for publisher in self._publishers.values()):
                connection.abort()

    def _note(self) -> None:
        if len(self._publishers) == len(self._routes):
            blocked = self._link.connection is not None and self._link.connection.blocked_since is not None
            self._link.note(up=not blocked, reason=Trouble.BLOCKED if blocked else "")
        self._changed.set()


def partner_amqp_sink(
    partner: PartnerId,
    endpoint: AmqpEndpoint,
    clock: Clock,
    *,
    max_bytes: int = _MAX_BYTES,
    times: AmqpTimes | None = None,
    on_status: OnStatus = ignore_status,
) -> AmqpSink:
    """Make the sink of a partner's four lanes. Give the endpoint of the partner's own virtual host."""
    routes = {lane: Route(IN_EXCHANGE, lane_word(lane)) for lane in Lane}
    return AmqpSink(
        f"partner/{partner}/amqp", endpoint, clock, routes, max_bytes=max_bytes, times=times, on_status=on_status
    )


def agency_amqp_sink(
    agency: AgencyId,
    endpoint: AmqpEndpoint,
    clock: Clock,
    *,
    times: AmqpTimes | None = None,
    on_status: OnStatus = ignore_status,
) -> AmqpSink:
    """Make the sink of an agency's receipts. Give the endpoint of the agency's own virtual host."""
    routes = dict.fromkeys(Lane, Route(RECEIPTS_EXCHANGE, RECEIPTS))
    return AmqpSink(f"agency/{agency}/amqp", endpoint, clock, routes, times=times, on_status=on_status)
