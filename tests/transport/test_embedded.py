"""The embedded queue as Source and Sink: the contract suites, and what only it promises."""

import asyncio
import time
from pathlib import Path

import pytest

from gateway.errors import Fault, JournalError
from gateway.names import Lane
from gateway.ports import Disposition, SendState
from gateway.testing.contracts import (
    SINK_CHECKS,
    SOURCE_CHECKS,
    Inbox,
    SinkCheck,
    SourceCheck,
    eventually,
    pending_item,
)
from gateway.testing.memory import MemoryQueue
from gateway.transport.embedded import (
    Bells,
    EmbeddedSource,
    agency_queue,
    agency_sink,
    declare_agency,
    partner_sink,
    receipts_queue,
)
from tests.transport import rigs


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract(check: SourceCheck) -> None:
    async with rigs.embedded_source() as rig:
        await check(rig)


@pytest.mark.parametrize("check", SINK_CHECKS, ids=lambda check: check.__name__)
async def test_the_sink_keeps_its_contract(check: SinkCheck) -> None:
    async with rigs.embedded_sink() as rig:
        await check(rig)


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract_on_the_journal(check: SourceCheck, tmp_path: Path) -> None:
    async with rigs.journal_source(tmp_path) as rig:
        await check(rig)


@pytest.mark.parametrize("check", SINK_CHECKS, ids=lambda check: check.__name__)
async def test_the_sink_keeps_its_contract_on_the_journal(check: SinkCheck, tmp_path: Path) -> None:
    async with rigs.journal_sink(tmp_path) as rig:
        await check(rig)


def made(poll: float = 60.0, hook: object = None) -> tuple[MemoryQueue, Bells, EmbeddedSource]:
    queue = MemoryQueue() if hook is None else MemoryQueue(hook)  # type: ignore[arg-type]  # a callable
    declare_agency(queue, rigs.AGENCY)
    bells = Bells()
    return queue, bells, EmbeddedSource(queue, rigs.AGENCY, bells, poll=poll)


async def test_a_message_of_the_same_process_wakes_the_source_at_once() -> None:
    queue, bells, source = made(poll=60.0)
    inbox = Inbox(source)
    assert await inbox.silent()
    name = agency_queue(rigs.AGENCY, Lane.FLASH)
    queue.publish(name, "k", b"now", {})
    started = time.monotonic()
    bells.ring(name)
    assert (await inbox.take()).key == "k"
    assert time.monotonic() - started < 5
    await inbox.leave()
    await source.close()


async def test_a_message_of_another_process_is_found_by_looking_again() -> None:
    queue, _, source = made(poll=0.05)
    inbox = Inbox(source)
    assert await inbox.silent()
    queue.publish(agency_queue(rigs.AGENCY, Lane.ROUTINE), "k", b"now", {})
    assert (await inbox.take(limit=5)).key == "k"
    await inbox.leave()
    await source.close()


async def test_an_idle_source_does_not_spin() -> None:
    steps: list[str] = []
    _, _, source = made(poll=0.1, hook=steps.append)
    inbox = Inbox(source)
    assert await inbox.silent()
    # 0.3 seconds of silence, 0.1 seconds between looks, four queues each.
    assert steps.count("take") <= 5 * len(Lane)
    await inbox.leave()
    await source.close()


async def test_settlements_of_one_turn_share_a_transaction() -> None:
    steps: list[str] = []
    queue, _, source = made(hook=steps.append)
    for number in range(10):
        queue.publish(agency_queue(rigs.AGENCY, Lane.ROUTINE), str(number), b"x", {})
    inbox = Inbox(source)
    held = [await inbox.take() for _ in range(10)]
    steps.clear()
    for delivery in held:
        await delivery.settle(Disposition.ACCEPTED)
    await eventually(lambda: queue.depth(agency_queue(rigs.AGENCY, Lane.ROUTINE)) == 0, "settled")
    assert steps.count("settle") == 1
    await inbox.leave()
    await source.close()


@pytest.mark.parametrize("step", ["settle", "settle-done"])
async def test_a_journal_that_fails_stops_the_source(step: str) -> None:
    broken = False

    def hook(name: str) -> None:
        if broken and name == step:
            raise JournalError(Fault("DEL-100", "the disk is full"))

    queue, _, source = made(hook=hook)
    queue.publish(agency_queue(rigs.AGENCY, Lane.ROUTINE), "k", b"x", {})
    inbox = Inbox(source)
    delivery = await inbox.take()
    broken = True
    await delivery.settle(Disposition.ACCEPTED)
    with pytest.raises(JournalError):
        await inbox.take()
    assert not source.status.up
    with pytest.raises(JournalError):
        await source.close()


async def test_a_full_queue_delays_and_an_undeclared_one_is_a_fault_of_the_link() -> None:
    queue = MemoryQueue()
    sink = partner_sink(queue, Bells(), rigs.PARTNER)
    assert (await sink.send(pending_item(1))).state is SendState.LINK_DOWN
    for lane in Lane:
        queue.declare(f"partner/{rigs.PARTNER}/in/{lane.name.lower()}", 3)
    assert (await sink.send(pending_item(1, payload=b"abc"))).state is SendState.DELIVERED
    result = await sink.send(pending_item(2, payload=b"d"))
    assert (result.state, result.reason) == (SendState.DELAYED, "queue-full")


async def test_receipts_of_every_lane_go_into_one_queue() -> None:
    queue = MemoryQueue()
    declare_agency(queue, rigs.AGENCY)
    sink = agency_sink(queue, Bells(), rigs.AGENCY)
    for lane in Lane:
        assert (await sink.send(pending_item(lane, lane=lane))).state is SendState.DELIVERED
    assert queue.depth(receipts_queue(rigs.AGENCY)) == len(Lane)


async def test_two_sources_never_hold_the_same_message() -> None:
    queue, bells, first = made()
    second = EmbeddedSource(queue, rigs.AGENCY, bells)
    for number in range(20):
        queue.publish(agency_queue(rigs.AGENCY, Lane.ROUTINE), str(number), b"x", {})
    got: list[str | None] = []
    inboxes = [Inbox(first), Inbox(second)]
    held = await asyncio.gather(*(inbox.take(limit=1) for inbox in inboxes), return_exceptions=True)
    got = [each.key for each in held if not isinstance(each, BaseException)]
    assert len(got) == len(set(got))
    for inbox in inboxes:
        await inbox.leave()
    await first.close()
    await second.close()
