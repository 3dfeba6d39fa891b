"""The supervised link: bounded in every state, and a bug of ours does not hide in its task."""

import asyncio
import time
from dataclasses import replace

import pytest

from gateway.names import AgencyId, ItemId, Lane
from gateway.ports import SendState
from gateway.testing.contracts import Inbox, eventually, pending_item
from gateway.testing.proxy import FaultProxy, Weather
from gateway.transport.amqp.connection import Connection
from gateway.transport.amqp.link import AmqpLink
from gateway.transport.amqp.publisher import Publisher
from gateway.transport.amqp.queue import AmqpSource
from gateway.transport.amqp.settings import AmqpTimes, amqp_endpoint
from gateway.transport.status import LinkStatus
from tests.transport.amqp import plain
from tests.transport.amqp.faults import CLOCK, TIMES, Load, a_sink, arrived, deliver_endpoint, nothing_lost, numbered
from tests.transport.conftest import Town

NOWHERE = amqp_endpoint("amqp://u:p@127.0.0.1:1/")


async def idle(connection: Connection) -> None:
    await connection.lost


async def test_it_keeps_trying_what_is_not_there_and_ends_when_told() -> None:
    heard: list[LinkStatus] = []
    link = AmqpLink("test", NOWHERE, idle, CLOCK, times=TIMES, on_status=heard.append)
    link.start(lambda: None)
    await eventually(lambda: link.status.reason == "not-reachable", "the reason is known")
    assert link.status.code == "DEL-201"
    started = time.monotonic()
    await link.close()
    assert time.monotonic() - started < 1
    assert [status.reason for status in heard] == ["not-reachable", "closed"]


async def test_a_peer_that_says_nothing_is_given_up_at_the_limit() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    ended = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    endpoint = replace(NOWHERE, hosts=(("127.0.0.1", port),))
    link = AmqpLink("test", endpoint, idle, CLOCK, times=AmqpTimes(stack=0.5, connect=0.3))
    link.start(lambda: None)
    await eventually(lambda: link.status.reason != "not-started", "the attempt ends", limit=3)
    await link.close()
    ended.set()
    server.close()


async def test_closing_while_connecting_is_quick() -> None:
    async with FaultProxy("127.0.0.1", 1) as proxy:
        proxy.set(Weather(black_hole=True))
        endpoint = replace(NOWHERE, hosts=(("127.0.0.1", proxy.port),))
        link = AmqpLink("test", endpoint, idle, CLOCK, times=AmqpTimes())
        link.start(lambda: None)
        await asyncio.sleep(0)
        started = time.monotonic()
        await link.close()
        assert time.monotonic() - started < 1


async def test_closing_what_was_never_started_is_nothing() -> None:
    link = AmqpLink("test", NOWHERE, idle, CLOCK, times=TIMES)
    await link.close()
    link.start(lambda: None)
    assert link.status.reason == "closed"


async def test_with_several_hosts_the_living_one_is_found(town: Town) -> None:
    endpoint = deliver_endpoint(town)
    sink = a_sink(town, replace(endpoint, hosts=(("127.0.0.1", 1), *endpoint.hosts, ("127.0.0.1", 2))))
    assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
    await sink.close()


async def test_a_bug_in_a_session_ends_the_source_instead_of_hiding(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Connection) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Connection, "channel", broken)
    source = AmqpSource(AgencyId("a1"), deliver_endpoint(town), CLOCK, times=TIMES)
    inbox = Inbox(source)
    with pytest.raises(ExceptionGroup) as raised:
        await inbox.take()
    assert raised.value.subgroup(ZeroDivisionError)
    with pytest.raises(ExceptionGroup):
        await source.close()


async def test_a_publication_that_cannot_be_encoded_never_shifts_the_tags(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the count of tags off by one, a confirm would be credited to another item."""
    sink = a_sink(town)
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    for bad in ("", "x" * 256, "ä", "a b"):
        result = await sink.send(replace(numbered(1), item=ItemId(bad)))
        assert (result.state, result.reason) == (SendState.QUARANTINED, "error")
    assert sink.status.generation == 1
    publisher: Publisher = sink._publishers[Lane.ROUTINE]

    def fails(*_arguments: object, **_options: object) -> None:
        raise ValueError("no frame was sent")

    monkeypatch.setattr(publisher._channel._raw, "basic_publish", fails)
    result = await sink.send(numbered(2))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "protocol")
    items = [numbered(number) for number in range(3, 10)]
    await Load(sink).send_all(items)
    await sink.close()
    nothing_lost([numbered(0), *items], await asyncio.to_thread(arrived, town))


async def test_links_have_their_names_at_the_broker(town: Town) -> None:
    sink = a_sink(town)
    await sink.send(numbered(0))

    def named() -> bool:
        found = town.broker.management.call("GET", f"vhosts/{town.partner_vhost}/connections")
        assert isinstance(found, list)
        return any(
            each.get("client_properties", {}).get("connection_name") == f"gateway/partner/{town.partner}/amqp"
            for each in found
        )

    await eventually(lambda: asyncio.to_thread(named), "an operator can tell links apart")
    await sink.close()
    assert plain.depth(town.broker.url(town.partner_vhost), "q.in.routine") == 1
