"""What the failure tests share: a load that embeds its numbers, and the question whether anything was lost."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace

from gateway.names import Lane
from gateway.ports import Disposition, Pending, SendState
from gateway.system import SystemClock
from gateway.testing.contracts import pending_item
from gateway.testing.proxy import FaultProxy
from gateway.transport.amqp.queue import AmqpSink, AmqpSource, partner_amqp_sink
from gateway.transport.amqp.settings import AmqpEndpoint, AmqpTimes
from gateway.transport.amqp.topology import OUT_EXCHANGE, in_queue
from tests.transport.amqp import plain
from tests.transport.conftest import Town

CLOCK = SystemClock()
TIMES = AmqpTimes(patience=2, rpc=5, confirm=5, connect=2, stack=4, reconnect=1)


def through(endpoint: AmqpEndpoint, proxy: FaultProxy) -> AmqpEndpoint:
    """The same virtual host, reached through a proxy."""
    return replace(endpoint, hosts=(("127.0.0.1", proxy.port),))


def deliver_endpoint(town: Town) -> AmqpEndpoint:
    return town.endpoint(town.partner_vhost, f"gateway.{town.partner}.deliver")


def take_endpoint(town: Town) -> AmqpEndpoint:
    return town.endpoint(town.agency_vhost, f"gateway.{town.agency}.take")


def a_sink(town: Town, endpoint: AmqpEndpoint | None = None, times: AmqpTimes = TIMES) -> AmqpSink:
    return partner_amqp_sink(town.partner, endpoint or deliver_endpoint(town), CLOCK, times=times)


def a_source(town: Town, endpoint: AmqpEndpoint | None = None, *, prefetch: int = 20) -> AmqpSource:
    return AmqpSource(
        town.agency,
        endpoint or take_endpoint(town),
        CLOCK,
        prefetch=dict.fromkeys(Lane, prefetch),
        times=TIMES,
    )


def numbered(number: int, size: int = 200) -> Pending:
    """An item whose bytes are made of its number."""
    return pending_item(number, payload=(b"%d " % number) * (size // 4))


@dataclass(slots=True)
class Load:
    """Sends items until each was delivered, as a dispatcher without patience."""

    sink: AmqpSink
    attempts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    async def send(self, pending: Pending) -> None:
        while True:
            self.attempts[pending.item] += 1
            result = await self.sink.send(pending)
            if result.state is SendState.DELIVERED:
                return
            assert result.state in {SendState.LINK_DOWN, SendState.DELAYED}
            self.reasons[result.reason] += 1
            await asyncio.sleep(0.02)

    async def send_all(self, items: list[Pending], at_once: int = 50) -> None:
        """Keep `at_once` sends in flight."""
        waiting = iter(items)

        async def worker() -> None:
            for item in waiting:
                await self.send(item)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())


def arrived(town: Town) -> list[tuple[str, bytes]]:
    """Everything in the partner's queues, repetitions included."""
    found = plain.drain(town.broker.url(town.partner_vhost), *(in_queue(lane) for lane in Lane))
    return [(str(properties.message_id), body) for properties, body in found]


def nothing_lost(items: list[Pending], got: list[tuple[str, bytes]]) -> None:
    """Every item arrived, and whatever arrived under one id is the same bytes."""
    wanted = {item.item: hashlib.sha256(item.payload).hexdigest() for item in items}
    found = {(item, hashlib.sha256(body).hexdigest()) for item, body in got}
    assert found == set(wanted.items())


def publish_many(town: Town, count: int, start: int = 0) -> None:
    """Publish numbered messages as the agency does."""
    with plain.channel(town.broker.url(town.agency_vhost)) as opened:
        for number in range(start, start + count):
            plain.send(opened, OUT_EXCHANGE, "routine", b"%d" % number, message_id=f"m-{number}")


async def take_all(source: AmqpSource, wanted: set[str], seen: Counter[str], limit: float = 40) -> None:
    """Accept deliveries until every wanted key was seen."""
    async with asyncio.timeout(limit):
        async for delivery in source.deliveries():
            seen[delivery.key or ""] += 1
            await delivery.settle(Disposition.ACCEPTED)
            if wanted <= set(seen):
                return
