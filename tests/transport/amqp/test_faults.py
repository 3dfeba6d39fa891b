"""Failures of the network and of queues, on a shared real broker. The numbers are those of the failure catalogue."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest
from pika.exceptions import UnroutableError

from gateway.names import Lane
from gateway.ports import Disposition, SendState
from gateway.testing.contracts import Inbox, eventually, pending_item
from gateway.testing.proxy import FaultProxy, Way, Weather
from gateway.transport.amqp.consumer import Consumer
from gateway.transport.amqp.topology import DEAD_QUEUE, IN_EXCHANGE, OUT_EXCHANGE, in_queue, out_queue
from gateway.transport.lanes import lane_word
from tests.transport.amqp import plain
from tests.transport.amqp.faults import (
    TIMES,
    Load,
    a_sink,
    a_source,
    arrived,
    deliver_endpoint,
    nothing_lost,
    numbered,
    publish_many,
    take_all,
    take_endpoint,
    through,
)
from tests.transport.conftest import Town

pytestmark = pytest.mark.fault


@pytest.mark.parametrize(("way", "more"), [(Way.UP, 15_001), (Way.DOWN, 30)], ids=["up", "down"])
async def test_F03_a_connection_that_dies_within_a_frame_loses_nothing(town: Town, way: Way, more: int) -> None:
    """Each connection is reset some bytes after its handshake, in the middle of whatever passes just then."""
    items = [numbered(number) for number in range(200)]
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy))
        load = Load(sink)
        await load.send(items[0])
        proxy.set(Weather(way, cut_after=proxy.passed[way] + more))
        sending = asyncio.ensure_future(load.send_all(items[1:], at_once=10))
        await eventually(lambda: proxy.connections >= 4, "the line was cut three times")
        proxy.set(Weather())
        await sending
        await sink.close()
    assert load.reasons["connection-lost"] > 0
    nothing_lost(items, arrived(town))


async def test_F03_only_a_confirm_counts(town: Town) -> None:
    """Publishing into a dead line raises nothing anywhere; without a confirm nothing is delivered."""
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy), replace(TIMES, confirm=1))
        assert (await sink.send(numbered(0))).state is SendState.DELIVERED
        proxy.set(Weather(Way.UP, black_hole=True))
        sends = [asyncio.ensure_future(sink.send(numbered(number))) for number in range(1, 51)]
        results = await asyncio.gather(*sends)
        assert {result.state for result in results} == {SendState.LINK_DOWN}
        await sink.close()
    nothing_lost([numbered(0)], arrived(town))


async def test_F05_an_unroutable_message_is_not_delivered(town: Town) -> None:
    management, vhost = town.broker.management, town.partner_vhost
    sink = a_sink(town)
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    await asyncio.to_thread(management.delete_queue, vhost, in_queue(Lane.ROUTINE))
    results = await asyncio.gather(*(sink.send(numbered(number)) for number in range(1, 20)))
    assert {(result.state, result.reason) for result in results} == {(SendState.LINK_DOWN, "unroutable")}
    other = await sink.send(replace(numbered(30), lane=Lane.FLASH))
    assert other.state is SendState.DELIVERED, "other lanes are not affected"
    await asyncio.to_thread(management.declare_queue, vhost, in_queue(Lane.ROUTINE))
    await asyncio.to_thread(management.bind, vhost, IN_EXCHANGE, in_queue(Lane.ROUTINE), "routine")
    await Load(sink).send_all([numbered(number) for number in range(1, 20)])
    await sink.close()
    nothing_lost([numbered(number) for number in [*range(1, 20), 30]], arrived(town))


async def test_F05_a_missing_exchange_is_a_fault_of_the_link(town: Town) -> None:
    await asyncio.to_thread(town.broker.management.call, "DELETE", f"exchanges/{town.partner_vhost}/{IN_EXCHANGE}")
    sink = a_sink(town)
    result = await sink.send(numbered(0))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "unroutable")
    await sink.close()


async def test_F06_a_full_queue_delays_and_loses_nothing(town: Town) -> None:
    management, vhost = town.broker.management, town.partner_vhost
    await asyncio.to_thread(management.delete_policy, vhost, "bounded")
    await asyncio.to_thread(
        management.put_policy, vhost, "tiny", "^q.in", {"max-length": 10, "overflow": "reject-publish"}
    )
    sink = a_sink(town)
    refused = 0
    delivered = []
    for number in range(60):
        result = await sink.send(numbered(number))
        if result.state is SendState.DELIVERED:
            delivered.append(numbered(number))
        else:
            assert (result.state, result.reason) == (SendState.DELAYED, "queue-full")
            refused += 1
    assert refused >= 40
    nothing_lost(delivered, arrived(town))
    await asyncio.to_thread(management.delete_policy, vhost, "tiny")
    assert (await sink.send(numbered(99))).state is SendState.DELIVERED
    await sink.close()


async def test_F13_a_consumer_whose_queue_is_deleted_is_not_ready_and_comes_back(town: Town) -> None:
    management, vhost, queue = town.broker.management, town.agency_vhost, out_queue(Lane.ROUTINE)
    source = a_source(town)
    inbox = Inbox(source)
    await asyncio.to_thread(publish_many, town, 1)
    await (await inbox.take()).settle(Disposition.ACCEPTED)
    await eventually(lambda: source.status.up, "every lane has its consumer")
    generation = source.status.generation
    await asyncio.to_thread(management.delete_queue, vhost, queue)
    await eventually(lambda: not source.status.up, "a lane without a consumer is not ready")
    await asyncio.to_thread(management.declare_queue, vhost, queue)
    await asyncio.to_thread(management.bind, vhost, OUT_EXCHANGE, queue, "routine")
    await eventually(lambda: source.status.up, "it consumes again")
    assert source.status.generation == generation, "on the same connection"
    await asyncio.to_thread(publish_many, town, 1, 7)
    assert (await inbox.take()).key == "m-7"
    await inbox.leave()
    await source.close()


async def test_F15_a_callback_that_raises_costs_one_redelivery_and_no_connection(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Consumer._on_message
    raised = Counter[str]()

    def failing(self: Consumer, method: object, properties: object, body: bytes) -> None:
        if body == b"3" and not raised["once"]:
            raised["once"] += 1
            raise RuntimeError("injected")
        original(self, method, properties, body)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(Consumer, "_on_message", failing)
    await asyncio.to_thread(publish_many, town, 6)
    source = a_source(town)
    seen: Counter[str] = Counter()
    await take_all(source, {f"m-{number}" for number in range(6)}, seen)
    assert raised["once"] == 1
    assert set(seen.values()) == {1}, "the neighbours were handed out once"
    assert source.status.generation == 1, "the connection lived on"
    await source.close()


async def test_F17_restarts_do_not_dead_letter_what_nobody_has_seen(town: Town) -> None:
    """25 times: start, take two, stop. The delivery counts of the rest grow; nothing reaches the dead-letter queue."""
    await asyncio.to_thread(publish_many, town, 60)
    seen: Counter[str] = Counter()
    for _ in range(25):
        source = a_source(town, prefetch=10)
        inbox = Inbox(source)
        for _ in range(2):
            delivery = await inbox.take()
            seen[delivery.key or ""] += 1
            await delivery.settle(Disposition.ACCEPTED)
        await source.stop()
        await source.close()
        await inbox.leave()
    url = town.broker.url(town.agency_vhost)
    assert await asyncio.to_thread(plain.depth, url, DEAD_QUEUE) == 0
    source = a_source(town)
    await take_all(source, {f"m-{number}" for number in range(60)}, seen)
    await source.close()
    assert await asyncio.to_thread(plain.depth, url, DEAD_QUEUE, out_queue(Lane.ROUTINE)) == 0


async def test_F34_a_silent_line_is_noticed_and_replaced(town: Town) -> None:
    times = replace(TIMES, heartbeat=2, confirm=30)
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy), times)
        assert (await sink.send(numbered(0))).state is SendState.DELIVERED
        proxy.set(Weather(black_hole=True))
        started = time.monotonic()
        result = await sink.send(numbered(1))
        assert result.state is SendState.LINK_DOWN
        assert time.monotonic() - started < 8, "by heartbeat, long before the confirm deadline"
        proxy.set(Weather())
        await Load(sink).send(numbered(1))
        await sink.close()
    nothing_lost([numbered(0), numbered(1)], arrived(town))


async def test_F35_a_revoked_permission_is_no_reconnect_storm(town: Town) -> None:
    user = f"gateway.{town.agency}.take"
    await asyncio.to_thread(town.broker.management.revoke_permissions, user, town.agency_vhost)
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        source = a_source(town, through(take_endpoint(town), proxy))
        inbox = Inbox(source)
        assert await inbox.silent()
        await eventually(lambda: source.status.reason == "denied", "the reason is known")
        assert source.status.code == "DEL-202"
        before = proxy.connections
        for _ in range(5):
            await inbox.silent()
        assert proxy.connections == before, "the next try is a minute away"
        started = time.monotonic()
        await inbox.leave()
        await source.close()
        assert time.monotonic() - started < 3


async def test_F35_a_wrong_password_is_no_reconnect_storm(town: Town) -> None:
    endpoint = replace(take_endpoint(town), password="wrong")
    source = a_source(town, endpoint)
    inbox = Inbox(source)
    assert await inbox.silent()
    await eventually(lambda: source.status.reason == "denied", "the reason is known")
    assert await inbox.silent()
    await inbox.leave()
    await source.close()


async def test_F42_an_acknowledgement_that_is_lost_means_a_redelivery(town: Town) -> None:
    await asyncio.to_thread(publish_many, town, 1)
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        source = a_source(town, through(take_endpoint(town), proxy))
        inbox = Inbox(source)
        first = await inbox.take()
        assert not first.redelivered
        proxy.set(Weather(Way.UP, black_hole=True))
        await first.settle(Disposition.ACCEPTED)
        await inbox.silent()
        proxy.set(Weather())
        proxy.reset()
        again = await inbox.take()
        assert (again.key, again.redelivered) == (first.key, True)
        await first.settle(Disposition.ACCEPTED)
        await again.settle(Disposition.ACCEPTED)
        await inbox.leave()
        await source.close()
    assert await asyncio.to_thread(plain.depth, town.broker.url(town.agency_vhost), out_queue(Lane.ROUTINE)) == 0


async def test_F44_a_confirm_that_never_comes_ends_at_its_deadline(town: Town) -> None:
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy), replace(TIMES, confirm=1))
        assert (await sink.send(numbered(0))).state is SendState.DELIVERED
        proxy.set(Weather(Way.DOWN, black_hole=True))
        started = time.monotonic()
        assert (await sink.send(numbered(1))).state is SendState.LINK_DOWN
        assert 1 <= time.monotonic() - started < 4
        proxy.set(Weather())
        await Load(sink).send(numbered(1))
        await sink.close()
    got = arrived(town)
    nothing_lost([numbered(0), numbered(1)], got)
    assert len(got) == 3, "it had arrived: the repetition has the same id and bytes"


async def test_P10_closing_is_bounded_while_the_broker_does_not_read(town: Town) -> None:
    """Twelve mebibytes are stuck in the send buffer; an orderly close would never end."""
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy), replace(TIMES, close=1, confirm=60))
        assert (await sink.send(numbered(0))).state is SendState.DELIVERED
        proxy.set(Weather(Way.UP, stalled=True))
        body = b"x" * (12 * 1024**2)
        sending = asyncio.ensure_future(sink.send(pending_item(1, payload=body)))
        connection = sink._link.connection
        assert connection is not None
        await eventually(lambda: connection.send_buffer > 1024**2, "bytes are stuck")
        started = time.monotonic()
        await sink.close()
        assert time.monotonic() - started < 5
        assert (await sending).state is SendState.LINK_DOWN


async def test_a_window_of_bytes_keeps_the_send_buffer_small(town: Town) -> None:
    """INV9: however many items wait, no more than the window is in our memory twice."""
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        sink = a_sink(town, through(deliver_endpoint(town), proxy), replace(TIMES, close=1, confirm=60))
        assert (await sink.send(numbered(0))).state is SendState.DELIVERED
        proxy.set(Weather(Way.UP, stalled=True))
        sends = [
            asyncio.ensure_future(sink.send(pending_item(number, payload=b"x" * 1024**2))) for number in range(1, 41)
        ]
        connection = sink._link.connection
        assert connection is not None
        await eventually(lambda: connection.send_buffer > 2 * 1024**2, "bytes are stuck")
        await asyncio.wait(sends, timeout=0.5)
        assert connection.send_buffer < 9 * 1024**2
        await sink.close()
        assert {(await send).state for send in sends} == {SendState.LINK_DOWN}


async def test_a_slow_line_in_small_pieces_changes_nothing(town: Town) -> None:
    async with FaultProxy(town.broker.host, town.broker.port) as proxy:
        proxy.set(Weather(slice=7))
        sink = a_sink(town, through(deliver_endpoint(town), proxy))
        items = [numbered(number) for number in range(10)]
        await Load(sink).send_all(items)
        await sink.close()
    nothing_lost(items, arrived(town))


# ---------------------------------------------------------------- the header rule

HOSTILE = {
    "CC": ["immediate", "priority"],
    "BCC": ["flash"],
    "x-death": [{"queue": "q.secret"}],
    "gateway-agency": "somebody-else",
}


async def test_header_rule_the_danger_is_real(town: Town) -> None:
    """The control: whoever copies headers routes into three more queues."""
    url = town.broker.url(town.partner_vhost)
    await asyncio.to_thread(plain.publish, url, IN_EXCHANGE, "routine", b"x", headers=HOSTILE)
    counts = [await asyncio.to_thread(plain.depth, url, in_queue(lane)) for lane in Lane]
    assert counts == [1, 1, 1, 1]


async def test_header_rule_nothing_of_a_message_but_its_body_and_id_goes_on(town: Town) -> None:
    await asyncio.to_thread(
        plain.publish,
        town.broker.url(town.agency_vhost),
        OUT_EXCHANGE,
        "routine",
        b"body",
        message_id="m-1",
        headers=HOSTILE,
        reply_to="q.secret",
        correlation_id="c-1",
        expiration="600000",
        type="evil",
        app_id="evil",
        content_encoding="evil",
        priority=9,
    )
    source, sink = a_source(town), a_sink(town)
    inbox = Inbox(source)
    delivery = await inbox.take()
    assert (delivery.agency, delivery.key, delivery.files[0].data) == (town.agency, "m-1", b"body")
    item = pending_item(1, payload=delivery.files[0].data)
    assert (await sink.send(item)).state is SendState.DELIVERED
    await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()
    await source.close()
    await sink.close()
    url = town.broker.url(town.partner_vhost)
    counts = {lane_word(lane): await asyncio.to_thread(plain.depth, url, in_queue(lane)) for lane in Lane}
    assert counts == {"flash": 0, "immediate": 0, "priority": 0, "routine": 1}
    [(properties, body)] = await asyncio.to_thread(plain.drain, url, in_queue(Lane.ROUTINE))
    assert body == b"body"
    kept = {name: value for name, value in vars(properties).items() if value is not None and name != "timestamp"}
    assert set(kept) == {"message_id", "content_type", "delivery_mode", "type", "app_id", "priority", "headers"}
    assert kept["message_id"] == item.item
    assert kept["delivery_mode"] == 2
    # The broker adds its own count when it hands the message out.
    assert set(kept["headers"]) - {"x-delivery-count"} == {"gateway-status", "gateway-digest"}


async def test_a_message_id_that_is_not_utf8_is_a_key_that_no_check_accepts(town: Town) -> None:
    url = town.broker.url(town.agency_vhost)
    await asyncio.to_thread(plain.publish, url, OUT_EXCHANGE, "routine", b"x", message_id=b"\xff\xfe")
    source = a_source(town)
    inbox = Inbox(source)
    key = (await inbox.take()).key
    assert key is not None
    assert not key.isascii()
    await inbox.leave()
    await source.close()


async def test_mandatory_is_what_finds_out(town: Town) -> None:
    """The control: RabbitMQ acknowledges what it could not route."""
    with pytest.raises(UnroutableError):
        await asyncio.to_thread(
            plain.publish, town.broker.url(town.partner_vhost), IN_EXCHANGE, "nowhere", b"x", message_id="m"
        )
