"""One suite per port of `transport`: what every Source and every Sink must do, whatever carries the bytes.

Run it on your own adapter: make a rig, then call each check of `SOURCE_CHECKS` or `SINK_CHECKS` with a fresh one. A
check returns quietly or raises `ContractBroken`. Every wait has a limit and ends on a condition, never on a guess.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, MessageId, PartnerId
from gateway.ports import Delivery, Disposition, Pending, SendResult, SendState, Sink, Source

__all__ = [
    "SINK_CHECKS",
    "SOURCE_CHECKS",
    "Arrived",
    "ContractBroken",
    "Inbox",
    "SinkCheck",
    "SinkRig",
    "SourceCheck",
    "SourceRig",
    "eventually",
    "expect",
    "pending_item",
    "sink_carries_large_payloads",
    "sink_carries_many_at_once",
    "sink_carries_receipts",
    "sink_closes_within_its_limit",
    "sink_never_lies_about_a_broken_link",
    "sink_repeats_the_same",
    "sink_says_delivered_when_it_has_arrived",
    "sink_tells_no_more_than_the_payload",
    "source_delivers_the_same_bytes",
    "source_ends_on_stop",
    "source_forgets_what_is_settled",
    "source_hands_back_on_requeue",
    "source_has_no_key_where_none_was_sent",
    "source_keeps_what_is_not_settled",
    "source_serves_the_faster_lane_first",
    "source_settles_in_any_order",
    "source_stops_at_its_prefetch",
    "source_survives_late_settlement",
    "source_takes_large_and_tiny_bodies",
    "source_takes_sets",
]

_LIMIT = 20.0
"""Seconds within which everything a check waits for must have happened."""

_QUIET = 0.3
"""Seconds without a delivery that count as silence."""


class ContractBroken(Exception):
    """An adapter does not keep a promise of its port."""


def expect(condition: object, promise: str) -> None:
    """Raise ContractBroken unless the condition holds."""
    if not condition:
        raise ContractBroken(promise)


async def eventually(condition: Callable[[], Awaitable[object] | object], promise: str, limit: float = _LIMIT) -> None:
    """Wait until a condition holds, at most `limit` seconds."""
    ends = time.monotonic() + limit
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        expect(time.monotonic() < ends, f"not within {limit} s: {promise}")
        await asyncio.sleep(0.02)


# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class SourceRig:
    """A Source and the other end of its channel.

    `publish(body, key, lane)` sends as the agency does and may return before the message is settled. `reopen()` gives a
    new Source on the same channel after the first one died without a word (`crash` of it was called). `waiting()` says
    how many messages the channel still owns, held ones included.
    """

    source: Source
    agency: AgencyId
    publish: Callable[[bytes, str | None, Lane], Awaitable[None]]
    crash: Callable[[], Awaitable[None]]
    reopen: Callable[[], Awaitable[Source]]
    waiting: Callable[[], Awaitable[int]]
    prefetch: int
    lanes: bool = True
    keyless: bool = True
    publish_set: Callable[[Mapping[str, bytes], str], Awaitable[None]] | None = None


class Inbox:
    """Reads a source in its own task, so that a check can ask for deliveries one by one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stream: AsyncIterator[Delivery] = source.deliveries()
        self._next: asyncio.Task[Delivery] | None = None

    async def take(self, limit: float = _LIMIT) -> Delivery:
        """Give the next delivery, or raise ContractBroken after `limit` seconds."""
        found = await self._wait(limit)
        if found is None:
            raise ContractBroken(f"no delivery within {limit} s")
        return found

    async def silent(self) -> bool:
        """True if nothing more is handed out for a moment."""
        return await self._wait(_QUIET, keep=True) is None

    async def ended(self) -> bool:
        """True if the stream ends by itself."""
        task = self._pull()
        await asyncio.wait([task], timeout=_LIMIT)
        return task.done() and isinstance(task.exception(), _Ended)

    async def leave(self) -> None:
        """Stop waiting, as a consumer that dies."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
            self._next = None

    def _pull(self) -> "asyncio.Task[Delivery]":
        if self._next is None:
            self._next = asyncio.ensure_future(_anext(self._stream))
        return self._next

    async def _wait(self, limit: float, *, keep: bool = False) -> Delivery | None:
        task = self._pull()
        await asyncio.wait([task], timeout=limit)
        if not task.done():
            return None
        if not keep:
            self._next = None
        return task.result()


async def _anext(stream: AsyncIterator[Delivery]) -> Delivery:
    try:
        return await anext(stream)
    except StopAsyncIteration:
        # StopAsyncIteration cannot leave a coroutine.
        raise _Ended("the stream has ended") from None


class _Ended(ContractBroken):
    pass


def _body(delivery: Delivery) -> bytes:
    expect(len(delivery.files) == 1, "one message is one file")
    return delivery.files[0].data


async def source_delivers_the_same_bytes(rig: SourceRig) -> None:
    """What was published is handed out once, unchanged, with its key, agency and lane."""
    inbox = Inbox(rig.source)
    body = bytes(range(256)) * 40 + b"\r\n\x00end"
    await rig.publish(body, "key-1", Lane.ROUTINE)
    delivery = await inbox.take()
    expect(_body(delivery) == body, "the bytes are unchanged")
    expect(delivery.key == "key-1", "the key is the sender's")
    expect(delivery.agency == rig.agency, "the agency is decided by the connection")
    expect(delivery.lane is Lane.ROUTINE, "the lane is the one it came on")
    expect(body[:20] not in repr(delivery).encode(), "repr shows no content")
    await delivery.settle(Disposition.ACCEPTED)
    expect(await inbox.silent(), "one publication is one delivery")
    await inbox.leave()


async def source_takes_large_and_tiny_bodies(rig: SourceRig) -> None:
    """One byte, and one mebibyte and a bit."""
    inbox = Inbox(rig.source)
    for number, body in enumerate((b"x", b"\xf0\x9f\x8d\x8e" * 262_145)):
        await rig.publish(body, f"size-{number}", Lane.ROUTINE)
        delivery = await inbox.take()
        expect(_body(delivery) == body, "the bytes are unchanged")
        await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()


async def source_keeps_what_is_not_settled(rig: SourceRig) -> None:
    """A crash before `settle` loses nothing: the same bytes come again."""
    inbox = Inbox(rig.source)
    await rig.publish(b"keep me", "key-1", Lane.ROUTINE)
    expect(_body(await inbox.take()) == b"keep me", "the first delivery")
    await inbox.leave()
    await rig.crash()
    again = await rig.reopen()
    inbox = Inbox(again)
    delivery = await inbox.take()
    expect(_body(delivery) == b"keep me", "the same bytes after a crash")
    expect(delivery.key == "key-1", "the same key after a crash")
    await delivery.settle(Disposition.DUPLICATE)
    await inbox.leave()
    await again.close()


async def source_forgets_what_is_settled(rig: SourceRig) -> None:
    """Every disposition but REQUEUE removes the message for good, over an orderly restart."""
    inbox = Inbox(rig.source)
    kept = [each for each in Disposition if each is not Disposition.REQUEUE]
    for disposition in kept:
        await rig.publish(b"done", disposition.value, Lane.ROUTINE)
        await (await inbox.take()).settle(disposition)
    await inbox.leave()
    await rig.source.close()
    await eventually(lambda: _is_empty(rig), "the channel owns nothing any more")


async def _is_empty(rig: SourceRig) -> bool:
    return await rig.waiting() == 0


async def source_hands_back_on_requeue(rig: SourceRig) -> None:
    """REQUEUE gives the message back, and it comes again."""
    inbox = Inbox(rig.source)
    await rig.publish(b"again", "key-1", Lane.ROUTINE)
    await (await inbox.take()).settle(Disposition.REQUEUE)
    delivery = await inbox.take()
    expect(_body(delivery) == b"again", "the same bytes")
    await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()


async def source_stops_at_its_prefetch(rig: SourceRig) -> None:
    """Unsettled deliveries are bounded; settling one lets the next one come."""
    inbox = Inbox(rig.source)
    for number in range(rig.prefetch + 2):
        await rig.publish(b"%d" % number, f"key-{number}", Lane.ROUTINE)
    held = [await inbox.take() for _ in range(rig.prefetch)]
    expect(await inbox.silent(), "no more than the prefetch is handed out")
    await held[0].settle(Disposition.ACCEPTED)
    held[0] = await inbox.take()
    for delivery in held:
        await delivery.settle(Disposition.ACCEPTED)
    await (await inbox.take()).settle(Disposition.ACCEPTED)
    await inbox.leave()


async def source_settles_in_any_order(rig: SourceRig) -> None:
    """The last may be settled first; what is open stays owned by the channel."""
    inbox = Inbox(rig.source)
    count = min(rig.prefetch, 8)
    for number in range(count):
        await rig.publish(b"%d" % number, f"key-{number}", Lane.ROUTINE)
    held = [await inbox.take() for _ in range(count)]
    for delivery in reversed(held[1:]):
        await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()
    await rig.source.close()
    await eventually(lambda: _owns(rig, 1), "only the unsettled one is left")


async def _owns(rig: SourceRig, count: int) -> bool:
    return await rig.waiting() == count


async def source_ends_on_stop(rig: SourceRig) -> None:
    """After `stop` the stream ends, and what was handed out can still be settled."""
    inbox = Inbox(rig.source)
    await rig.publish(b"last", "key-1", Lane.ROUTINE)
    delivery = await inbox.take()
    await rig.source.stop()
    expect(await inbox.ended(), "the stream ends after stop")
    await delivery.settle(Disposition.ACCEPTED)
    await rig.source.close()
    await eventually(lambda: _is_empty(rig), "a settlement after stop counts")


async def source_survives_late_settlement(rig: SourceRig) -> None:
    """Settling after `close` raises nothing, and the message comes again."""
    inbox = Inbox(rig.source)
    await rig.publish(b"late", "key-1", Lane.ROUTINE)
    delivery = await inbox.take()
    await inbox.leave()
    started = time.monotonic()
    await rig.source.close()
    expect(time.monotonic() - started < 7, "close is bounded")
    await delivery.settle(Disposition.ACCEPTED)
    await rig.source.close()
    again = await rig.reopen()
    inbox = Inbox(again)
    expect(_body(await inbox.take()) == b"late", "what was not settled before close comes again")
    await inbox.leave()
    await again.close()


async def source_serves_the_faster_lane_first(rig: SourceRig) -> None:
    """With both waiting, FLASH comes before ROUTINE."""
    if not rig.lanes:
        return
    inbox = Inbox(rig.source)
    await rig.publish(b"opens", "key-0", Lane.ROUTINE)
    first = await inbox.take()
    for number in range(3):
        await rig.publish(b"slow", f"slow-{number}", Lane.ROUTINE)
    await rig.publish(b"fast", "fast", Lane.FLASH)
    await first.settle(Disposition.ACCEPTED)
    lanes = []
    for _ in range(4):
        delivery = await inbox.take()
        lanes.append(delivery.lane)
        await delivery.settle(Disposition.ACCEPTED)
    # The one that was already on its way to the reader may precede it.
    expect(Lane.FLASH in lanes[:2], "a FLASH message overtakes ROUTINE ones that wait")
    await inbox.leave()


async def source_has_no_key_where_none_was_sent(rig: SourceRig) -> None:
    """A message without an id has none: nothing is made up."""
    if not rig.keyless:
        return
    inbox = Inbox(rig.source)
    await rig.publish(b"anonymous", None, Lane.ROUTINE)
    delivery = await inbox.take()
    expect(delivery.key is None, "no key was sent")
    await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()


async def source_takes_sets(rig: SourceRig) -> None:
    """Several files that belong together are one delivery, with their names."""
    if rig.publish_set is None:
        return
    inbox = Inbox(rig.source)
    files = {"b.csv": b"2", "a.csv": b"1", "c.csv": b"3"}
    await rig.publish_set(files, "set-1")
    delivery = await inbox.take()
    expect({file.name: file.data for file in delivery.files} == files, "all files of the set, with their names")
    expect(delivery.key == "set-1", "a set has one key")
    expect("a.csv" not in repr(delivery), "repr shows no file name")
    await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()


SourceCheck = Callable[[SourceRig], Awaitable[None]]

SOURCE_CHECKS: tuple[SourceCheck, ...] = (
    source_delivers_the_same_bytes,
    source_takes_large_and_tiny_bodies,
    source_keeps_what_is_not_settled,
    source_forgets_what_is_settled,
    source_hands_back_on_requeue,
    source_stops_at_its_prefetch,
    source_settles_in_any_order,
    source_ends_on_stop,
    source_survives_late_settlement,
    source_serves_the_faster_lane_first,
    source_has_no_key_where_none_was_sent,
    source_takes_sets,
)


# ---------------------------------------------------------------- sinks


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the other side got: the item's id, the bytes, and everything else that came with them, as text."""

    item: str
    body: bytes = field(repr=False)
    wrapping: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SinkRig:
    """A Sink and the other side of it.

    `arrived()` gives everything received so far. `cut()` makes the other side unreachable, `mend()` undoes it.
    """

    sink: Sink
    arrived: Callable[[], Awaitable[list[Arrived]]]
    cut: Callable[[], Awaitable[None]]
    mend: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def pending_item(number: int, *, payload: bytes = b"{}", lane: Lane = Lane.ROUTINE) -> Pending:
    """Give an item to send, with words that no partner may see in its agency and message ids."""
    return Pending(
        item=ItemId(f"6f0c2a52-0000-5000-8000-{number:012d}"),
        message=MessageId("CANARY-message-id"),
        partner=PartnerId("partner-one"),
        kind=ItemKind.MESSAGE,
        lane=lane,
        attempts=0,
        media_type="application/json",
        taken_at="2026-03-01T10:20:30.456Z",
        payload=payload,
        agency=AgencyId("canary-agency"),
        decision=Digest("sha256:" + "0" * 64),
        message_kind="canary-kind",
        status="Test",
    )


async def sink_says_delivered_when_it_has_arrived(rig: SinkRig) -> None:
    """DELIVERED means that the other side holds the same bytes under the item's id."""
    body = bytes(range(256)) * 16
    item = pending_item(1, payload=body)
    expect((await rig.sink.send(item)).state is SendState.DELIVERED, "a healthy link delivers")
    arrived = await rig.arrived()
    expect([(each.item, each.body) for each in arrived] == [(item.item, body)], "the same id and bytes")


async def sink_repeats_the_same(rig: SinkRig) -> None:
    """A second attempt is delivered too, and everything that arrives under one id is the same."""
    item = pending_item(1, payload=b"twice")
    for _ in range(2):
        expect((await rig.sink.send(item)).state is SendState.DELIVERED, "a repetition is delivered")
    arrived = {(each.item, each.body) for each in await rig.arrived()}
    expect(arrived == {(item.item, b"twice")}, "one id, one content")


async def sink_tells_no_more_than_the_payload(rig: SinkRig) -> None:
    """Neither the agency, nor our message id, nor a decision travels beside the payload."""
    await rig.sink.send(pending_item(1))
    for each in await rig.arrived():
        expect("canary" not in each.wrapping.lower(), "nothing of the agency or message beside the payload")
        expect("0" * 64 not in each.wrapping, "no decision beside the payload")


async def sink_carries_many_at_once(rig: SinkRig) -> None:
    """As many sends as the window allows may be in flight, on every lane, and each arrives."""
    items = [pending_item(n, payload=b"%d" % n, lane=Lane(n % 4)) for n in range(min(rig.sink.window, 64) * 2)]
    results = await asyncio.gather(*(rig.sink.send(item) for item in items))
    expect(all(result.state is SendState.DELIVERED for result in results), "each is delivered")
    arrived = {each.item: each.body for each in await rig.arrived()}
    expect(arrived == {item.item: item.payload for item in items}, "each arrived with its own bytes")


async def sink_carries_large_payloads(rig: SinkRig) -> None:
    """Two mebibytes arrive unchanged."""
    body = b"0123456789abcdef" * 131_072
    expect((await rig.sink.send(pending_item(1, payload=body))).state is SendState.DELIVERED, "delivered")
    expect([each.body for each in await rig.arrived()] == [body], "the same bytes")


async def sink_never_lies_about_a_broken_link(rig: SinkRig) -> None:
    """A failure is a result, not an exception, and never DELIVERED; the same item goes through afterwards."""
    expect((await rig.sink.send(pending_item(1))).state is SendState.DELIVERED, "before")
    await rig.cut()
    result = await _bounded(rig.sink.send(pending_item(2)))
    expect(result.state in {SendState.DELAYED, SendState.LINK_DOWN}, "a broken link delays, it decides nothing")
    expect(result.reason, "a failure has a reason")
    await rig.mend()

    async def through() -> bool:
        return (await rig.sink.send(pending_item(2))).state is SendState.DELIVERED

    await eventually(through, "the same item is delivered after the repair", limit=40)
    expect({each.item for each in await rig.arrived()} == {pending_item(n).item for n in (1, 2)}, "both arrived")


async def sink_closes_within_its_limit(rig: SinkRig) -> None:
    """After `close` a send is LINK_DOWN, and closing twice is harmless."""
    await rig.sink.send(pending_item(1))
    started = time.monotonic()
    await rig.sink.close()
    expect(time.monotonic() - started < 7, "close is bounded")
    result = await _bounded(rig.sink.send(pending_item(2)))
    expect(result.state is SendState.LINK_DOWN, "a closed sink sends nothing")
    await rig.sink.close()


async def _bounded(sending: Awaitable[SendResult]) -> SendResult:
    try:
        async with asyncio.timeout(_LIMIT * 2):
            return await sending
    except TimeoutError:
        raise ContractBroken("a send is bounded in time by itself") from None


async def sink_carries_receipts(rig: SinkRig) -> None:
    """A receipt travels like a message."""
    item = replace(pending_item(1, payload=b'{"receipt":1}'), kind=ItemKind.RECEIPT)
    expect((await rig.sink.send(item)).state is SendState.DELIVERED, "delivered")
    expect([each.body for each in await rig.arrived()] == [item.payload], "the same bytes")


SinkCheck = Callable[[SinkRig], Awaitable[None]]

SINK_CHECKS: tuple[SinkCheck, ...] = (
    sink_says_delivered_when_it_has_arrived,
    sink_repeats_the_same,
    sink_tells_no_more_than_the_payload,
    sink_carries_many_at_once,
    sink_carries_large_payloads,
    sink_never_lies_about_a_broken_link,
    sink_closes_within_its_limit,
    sink_carries_receipts,
)
