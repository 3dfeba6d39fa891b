"""Failures of the broker itself: killed, stopped, starved, and stricter than we think. One private broker for all."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.names import Lane
from gateway.ports import Disposition, SendState
from gateway.testing.broker import PrivateBroker
from gateway.testing.contracts import Inbox, eventually, pending_item
from gateway.transport.amqp.queue import partner_amqp_sink
from gateway.transport.amqp.topology import DEAD_QUEUE, out_queue
from tests.transport.amqp import plain
from tests.transport.amqp.faults import (
    CLOCK,
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
)
from tests.transport.conftest import Town, build, clear

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.amqp, pytest.mark.timeout(180)]

LARGEST = 300_000


@pytest.fixture(scope="module")
def fragile() -> Iterator[PrivateBroker]:
    """A broker to kill, which takes messages of 300 kB at most."""
    if lacks := PrivateBroker.missing():
        pytest.skip(f"not run: no RabbitMQ: {lacks}; these tests need one they can kill")
    with PrivateBroker(settings=(f"max_message_size = {LARGEST}",)) as private:
        yield private


@pytest.fixture
def place(fragile: PrivateBroker) -> Iterator[Town]:
    town = build(fragile)
    yield town
    clear(town)


async def settled_on_disk(town: Town) -> None:
    """RabbitMQ 3.10 writes names of new quorum queues to disk a moment later: let a few messages pass first."""
    sink = a_sink(town)
    for number in range(900_000, 900_005):
        await Load(sink).send(numbered(number))
    await sink.close()
    await asyncio.to_thread(arrived, town)


@pytest.mark.parametrize(("way", "times"), [("kill", 2), ("stop", 1)])
async def test_F07_F08_a_broker_that_goes_away_under_load_loses_nothing(
    fragile: PrivateBroker, place: Town, way: str, times: int
) -> None:
    await settled_on_disk(place)
    await asyncio.sleep(1)
    items = [numbered(number) for number in range(1500)]
    await asyncio.to_thread(publish_many, place, 300)
    sink, source = a_sink(place), a_source(place)
    load, seen = Load(sink), Counter[str]()
    sending = asyncio.ensure_future(load.send_all(items))
    taking = asyncio.ensure_future(take_all(source, {f"m-{number}" for number in range(300)}, seen, limit=120))
    await eventually(lambda: len(load.attempts) > 300, "the load runs")
    for _ in range(times):
        await asyncio.to_thread(fragile.kill if way == "kill" else fragile.stop)
        await asyncio.to_thread(fragile.start)
        before = len(load.attempts)
        await eventually(lambda before=before: len(load.attempts) > before + 50 or sending.done(), "it goes on", 60)  # type: ignore[misc]  # bound early
    await sending
    await taking
    await sink.close()
    await source.close()
    assert load.reasons
    nothing_lost(items, await asyncio.to_thread(arrived, place))
    url = fragile.url(place.agency_vhost)
    assert await asyncio.to_thread(plain.depth, url, DEAD_QUEUE, out_queue(Lane.ROUTINE)) == 0


async def test_F09_a_blocked_broker_stops_publishing_and_goes_on_when_it_can(
    fragile: PrivateBroker, place: Town
) -> None:
    sink = a_sink(place, times=replace(TIMES, confirm=2))
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    await asyncio.to_thread(fragile.ctl, "set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        sends = [asyncio.ensure_future(sink.send(numbered(number, 50_000))) for number in range(1, 400)]
        await eventually(lambda: sink.status.reason == "broker-blocked", "the block is seen")
        assert sink.status.blocked_since is not None
        done, _ = await asyncio.wait(sends, timeout=3)
        assert not done, "no deadline runs while the broker blocks"
        connection = sink._link.connection
        assert connection is not None
        assert connection.send_buffer < 9 * 1024**2, "the window bounds what is buffered"
    finally:
        await asyncio.to_thread(fragile.ctl, "set_vm_memory_high_watermark", "absolute", "1GB")
    results = await asyncio.gather(*sends)
    assert {result.state for result in results} == {SendState.DELIVERED}
    await sink.close()
    nothing_lost(
        [numbered(0), *(numbered(number, 50_000) for number in range(1, 400))], await asyncio.to_thread(arrived, place)
    )


async def test_F09_a_block_without_end_ends_the_connection(fragile: PrivateBroker, place: Town) -> None:
    sink = a_sink(place, times=replace(TIMES, blocked=1, close=1))
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    await asyncio.to_thread(fragile.ctl, "set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        result = await sink.send(numbered(1))
        assert (result.state, result.reason) == (SendState.LINK_DOWN, "broker-blocked")
        started = time.monotonic()
        await sink.close()
        assert time.monotonic() - started < 5
    finally:
        await asyncio.to_thread(fragile.ctl, "set_vm_memory_high_watermark", "absolute", "1GB")


async def test_F10_one_oversized_message_is_found_out_and_its_neighbours_arrive(place: Town) -> None:
    """A 406 voids the window and names nobody: the suspects go alone, and the guilty one is refused."""
    sink = a_sink(place)
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    large = pending_item(777, payload=b"x" * (LARGEST + 1))
    items = [*(numbered(number) for number in range(1, 11)), large, *(numbered(number) for number in range(11, 21))]
    verdicts: dict[str, SendState] = {}

    async def until_final(index: int) -> None:
        while True:
            result = await sink.send(items[index])
            if result.state in {SendState.DELIVERED, SendState.REFUSED}:
                verdicts[items[index].item] = result.state
                return
            await asyncio.sleep(0.05)

    await asyncio.gather(*(until_final(index) for index in range(len(items))))
    await sink.close()
    assert {item for item, state in verdicts.items() if state is SendState.REFUSED} == {large.item}
    nothing_lost([numbered(number) for number in range(21)], await asyncio.to_thread(arrived, place))


async def test_F11_what_is_over_our_own_limit_is_never_sent(place: Town) -> None:
    sink = partner_amqp_sink(place.partner, deliver_endpoint(place), CLOCK, max_bytes=1000, times=TIMES)
    assert (await sink.send(pending_item(1, payload=b"x" * 1000))).state is SendState.DELIVERED
    result = await sink.send(pending_item(2, payload=b"x" * 1001))
    assert (result.state, result.reason) == (SendState.REFUSED, "too-large")
    await sink.close()


async def test_a_frozen_broker_is_noticed_and_taken_up_again(fragile: PrivateBroker, place: Town) -> None:
    await asyncio.to_thread(publish_many, place, 5)
    source = a_source(place)
    sink = a_sink(place, times=replace(TIMES, confirm=1.5, close=1))
    inbox = Inbox(source)
    held = await inbox.take()
    assert (await sink.send(numbered(0))).state is SendState.DELIVERED
    fragile.pause()
    try:
        assert (await sink.send(numbered(1))).state is SendState.LINK_DOWN
    finally:
        fragile.resume()
    await Load(sink).send(numbered(1))
    await held.settle(Disposition.ACCEPTED)
    seen: Counter[str] = Counter()
    await inbox.leave()
    await take_all(source, {f"m-{number}" for number in range(1, 5)}, seen)
    await source.close()
    await sink.close()


async def test_a_broker_that_is_not_there_yet_is_waited_for(fragile: PrivateBroker, place: Town) -> None:
    await settled_on_disk(place)
    await asyncio.sleep(1)
    await asyncio.to_thread(fragile.stop)
    sink, source = a_sink(place), a_source(place)
    inbox = Inbox(source)
    result = await sink.send(numbered(1))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "not-reachable")
    assert await inbox.silent()
    assert source.status.reason == "not-reachable"
    await asyncio.to_thread(fragile.start)
    await Load(sink).send(numbered(1))
    await asyncio.to_thread(publish_many, place, 1)
    assert (await inbox.take()).key == "m-0"
    await inbox.leave()
    await source.close()
    await sink.close()
