"""Rigs of the contract suites on a real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.names import Lane
from gateway.system import SystemClock
from gateway.testing.contracts import Arrived, SinkRig, SourceRig
from gateway.transport.amqp.link import AmqpLink
from gateway.transport.amqp.queue import AmqpSource, partner_amqp_sink
from gateway.transport.amqp.settings import AmqpTimes
from gateway.transport.amqp.topology import IN_EXCHANGE, OUT_EXCHANGE, in_queue, out_queue
from gateway.transport.lanes import lane_word
from tests.transport.amqp import plain
from tests.transport.conftest import Town

PREFETCH = dict.fromkeys(Lane, 4)
TIMES = AmqpTimes(patience=3, rpc=5, confirm=5)


async def kill(link: AmqpLink) -> None:
    """End a link as a crash of the process does: no acknowledgement, no goodbye."""
    connection, task = link.connection, link._task
    if connection is not None:
        connection.abort()
        await asyncio.wait([connection.lost])
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def amqp_source(town: Town) -> AsyncIterator[SourceRig]:
    clock = SystemClock()
    url = town.broker.url(town.agency_vhost)
    opened: list[AmqpSource] = []

    async def publish(body: bytes, key: str | None, lane: Lane) -> None:
        await asyncio.to_thread(plain.publish, url, OUT_EXCHANGE, lane_word(lane), body, message_id=key)

    async def reopen() -> AmqpSource:
        endpoint = town.endpoint(town.agency_vhost, f"gateway.{town.agency}.take")
        opened.append(AmqpSource(town.agency, endpoint, clock, prefetch=PREFETCH, times=TIMES))
        return opened[-1]

    async def crash() -> None:
        await kill(opened[-1]._link)

    async def waiting() -> int:
        # A held message is not counted by the broker until its consumer is gone.
        return await asyncio.to_thread(plain.depth, url, *(out_queue(lane) for lane in Lane))

    try:
        yield SourceRig(await reopen(), town.agency, publish, crash, reopen, waiting, prefetch=4)
    finally:
        for source in opened:
            await source.close()


@asynccontextmanager
async def amqp_sink(town: Town) -> AsyncIterator[SinkRig]:
    endpoint = town.endpoint(town.partner_vhost, f"gateway.{town.partner}.deliver")
    sink = partner_amqp_sink(town.partner, endpoint, SystemClock(), times=TIMES)
    url = town.broker.url(town.partner_vhost)
    management = town.broker.management
    found: list[Arrived] = []

    async def arrived() -> list[Arrived]:
        taken = await asyncio.to_thread(plain.drain, url, *(in_queue(lane) for lane in Lane))
        found.extend(Arrived(str(each.message_id), body, repr(vars(each))) for each, body in taken)
        return found

    async def cut() -> None:
        await arrived()
        for lane in Lane:
            await asyncio.to_thread(management.delete_queue, town.partner_vhost, in_queue(lane))

    async def mend() -> None:
        for lane in Lane:
            await asyncio.to_thread(management.declare_queue, town.partner_vhost, in_queue(lane))
            await asyncio.to_thread(management.bind, town.partner_vhost, IN_EXCHANGE, in_queue(lane), lane_word(lane))

    try:
        yield SinkRig(sink, arrived, cut, mend, sink.close)
    finally:
        await sink.close()
