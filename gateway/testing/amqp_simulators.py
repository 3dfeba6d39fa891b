"""Simulated agencies and partners on a real broker, made of our own wrapped connections, used from the other side.

They log in with the agency's and the partner's rights and need no others. For a client without a line of ours see
`docs/guide/agency.md` and `docs/guide/partner.md`.
"""

import asyncio
import contextlib
from typing import Self

from gateway.names import AgencyId, ItemId, ItemKind, Lane, MessageId, PartnerId
from gateway.ports import Clock, Disposition, Pending, SendState
from gateway.testing.simulators import Mailbox
from gateway.transport.amqp.queue import AmqpSink, AmqpSource, Route
from gateway.transport.amqp.settings import AmqpEndpoint, AmqpTimes
from gateway.transport.amqp.topology import OUT_EXCHANGE, RECEIPTS_QUEUE, agency_vhost, in_queue, partner_vhost
from gateway.transport.lanes import lane_word

__all__ = ["AmqpAgency", "AmqpPartner"]


class _Reader:
    """Takes what comes into a mailbox, in a task of its own."""

    def __init__(self, source: AmqpSource) -> None:
        self.mailbox = Mailbox()
        self._source = source
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; what was stored is acknowledged."""
        await self._source.close()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        async for delivery in self._source.deliveries():
            self.mailbox.put(delivery.key or "", delivery.files[0].data)
            await delivery.settle(Disposition.ACCEPTED)


class AmqpAgency:
    """Publishes into its queues and reads its receipts. `endpoint` has the agency's login; use as a context manager."""

    def __init__(self, agency: AgencyId, endpoint: AmqpEndpoint, clock: Clock, times: AmqpTimes | None = None) -> None:
        home = endpoint.on_vhost(agency_vhost(agency))
        routes = {lane: Route(OUT_EXCHANGE, lane_word(lane)) for lane in Lane}
        self._agency = agency
        self._clock = clock
        self._sink = AmqpSink(f"agency/{agency}/simulated", home, clock, routes, times=times)
        source = AmqpSource(agency, home, clock, queues={Lane.ROUTINE: RECEIPTS_QUEUE}, times=times)
        self._reader = _Reader(source)

    async def __aenter__(self) -> Self:
        self._reader.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._sink.close()
        await self._reader.close()

    @property
    def receipts(self) -> Mailbox:
        """The receipts that came so far."""
        return self._reader.mailbox

    async def publish(self, key: str, body: bytes, lane: Lane = Lane.ROUTINE) -> bool:
        """Publish once; False means not taken, to be sent again with the same key."""
        message = Pending(
            item=ItemId(key),
            message=MessageId(key),
            partner=PartnerId(self._agency),
            kind=ItemKind.MESSAGE,
            lane=lane,
            attempts=0,
            media_type="application/octet-stream",
            taken_at=self._clock.now(),
            payload=body,
        )
        return (await self._sink.send(message)).state is SendState.DELIVERED


class AmqpPartner:
    """Reads its queues into its mailbox. `endpoint` has the partner's login; use as a context manager."""

    def __init__(
        self, partner: PartnerId, endpoint: AmqpEndpoint, clock: Clock, times: AmqpTimes | None = None
    ) -> None:
        home = endpoint.on_vhost(partner_vhost(partner))
        queues = {lane: in_queue(lane) for lane in Lane}
        self._reader = _Reader(AmqpSource(AgencyId(partner), home, clock, queues=queues, times=times))

    async def __aenter__(self) -> Self:
        self._reader.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._reader.close()

    @property
    def mailbox(self) -> Mailbox:
        """What came so far."""
        return self._reader.mailbox
