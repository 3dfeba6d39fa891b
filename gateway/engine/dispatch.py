"""The dispatcher of one partner: due items, fastest lane first, same bytes on every attempt, until confirmed.

Attempts and due times are rows of the journal, not sleeping tasks: a crash forgets nothing. After a crash between a
send and its record the item is still pending and is sent again with the same id; the partner recognises it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from gateway.engine.fault_points import FaultPoints
from gateway.engine.lanes import room_for
from gateway.engine.record import Recorder
from gateway.names import ItemId, Lane, PartnerId
from gateway.ports import Attempt, Clock, Journal, Pending, SendResult, SendState, Sink, receipt_channel
from gateway.telemetry import logger
from gateway.transport.backoff import RETRIES, reconnect_delay
from gateway.transport.breaker import Breaker, Phase

__all__ = ["Dispatcher", "Outcomes"]

_IDLE_SECONDS = 1.0
"""How long a dispatcher waits for a wake-up before it looks for items that became due by themselves."""

_STOP_SECONDS = 10.0

_HELD = "9999-12-31T23:59:59.999Z"
"""Due when nobody is left to wait for: the schedule is used up, the item stays pending and a person decides."""

Outcomes = Callable[[Pending, SendResult, str, str], Attempt]
"""(item, result, now, due) -> the attempt with its leaf and its receipt; made by the engine's scribe."""


class Dispatcher:
    """Sends what the outbox holds for one partner (or for one agency's receipt channel)."""

    def __init__(
        self,
        partner: PartnerId,
        sink: Sink,
        *,
        journal: Journal,
        recorder: Recorder,
        clock: Clock,
        outcomes: Outcomes,
        expiry: timedelta,
        faults: FaultPoints,
        recorded: Callable[[Iterable[PartnerId]], None],
    ) -> None:
        self._partner = partner
        self._sink = sink
        self._journal = journal
        self._recorder = recorder
        self._clock = clock
        self._outcomes = outcomes
        self._expiry = expiry
        self._faults = faults
        self._recorded = recorded
        self._wake = asyncio.Event()
        self._held: dict[ItemId, Lane] = {}
        self._link_failures = 0
        self._resume_at = 0.0
        self._breaker = Breaker()
        self._look = set(Lane)
        self._looked_at = 0.0
        self._stopped = False

    def hold(self) -> None:
        """Send nothing from now on: items stay where they are. What is on the wire already cannot be called back."""
        self._stopped = True

    def release(self) -> None:
        """Send again."""
        self._stopped = False
        self.wake()

    @property
    def idle(self) -> bool:
        """True while nothing is being sent."""
        return not self._held

    def wake(self) -> None:
        """Look again: something was committed for this partner."""
        self._look.update(Lane)
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until `stopping`, then give sends in flight 10 seconds to end."""
        async with asyncio.TaskGroup() as sends:
            while not stopping.is_set():
                self._wake.clear()
                for pending in self._due():
                    sends.create_task(self._attempt(pending))
                await self._rest()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    while self._held:
                        self._wake.clear()
                        await self._wake.wait()
            except TimeoutError:
                await self._sink.close()

    def _due(self) -> list[Pending]:
        if self._stopped or self._clock.monotonic() < self._resume_at:
            return []
        now, moment = self._clock.now(), self._clock.monotonic()
        if moment - self._looked_at >= _IDLE_SECONDS:
            # What became due by itself: nobody rings for it, and a busy partner never comes to rest.
            self._look.update(Lane)
            self._looked_at = moment
        found: list[Pending] = []
        for lane in sorted(self._look):
            room = room_for(lane, self._sink.window, Counter(self._held.values()))
            # An open circuit lets one probe through, and a FLASH item by itself.
            room = min(room, 1) if self._breaker.phase is not Phase.CLOSED else room
            taken = self._journal.pending(self._partner, lane, room, now, frozenset(self._held)) if room else []
            if len(taken) < room:
                # The lane is empty; an end of one of its sends is no reason to ask the journal again.
                self._look.discard(lane)
            if taken and self._admitted(lane):
                self._held.update((pending.item, lane) for pending in taken)
                found += taken
            elif taken:
                self._look.add(lane)
        return found

    def _admitted(self, lane: Lane) -> bool:
        self._breaker, admitted = self._breaker.admit(self._clock.monotonic(), lane)
        return admitted

    async def _rest(self) -> None:
        pause = max(self._resume_at - self._clock.monotonic(), 0.0) or _IDLE_SECONDS
        try:
            async with asyncio.timeout(min(pause, _IDLE_SECONDS)):
                await self._wake.wait()
        except TimeoutError:
            self._look.update(Lane)

    async def _attempt(self, pending: Pending) -> None:
        try:
            if self._stopped:
                return
            result = await self._send(pending)
            self._note_link(result)
            now = self._clock.now()
            if result.state is not SendState.LINK_DOWN:
                attempt = self._outcomes(pending, result, now, self._next_try(pending, result, now))
                await self._recorder.record(attempt)
                self._faults.at("after-record")
                self._recorded(receipt_channel(receipt.agency) for receipt in attempt.receipts)
                logger().info(
                    "item.ended" if attempt.state.terminal else "item.attempted",
                    item=pending.item,
                    partner=self._partner,
                    lane=pending.lane.name,
                    state=attempt.state.word,
                    reason=attempt.reason,
                    attempt=pending.attempts + 1,
                )
        finally:
            self._held.pop(pending.item, None)
            self._wake.set()

    async def _send(self, pending: Pending) -> SendResult:
        taken = datetime.fromisoformat(pending.taken_at)
        if datetime.fromisoformat(self._clock.now()) - taken > self._expiry:
            return SendResult(SendState.REFUSED, "expired")
        self._faults.at("before-send")
        result = await self._sink.send(pending)
        self._faults.at("after-send")
        return result

    def _note_link(self, result: SendResult) -> None:
        now = self._clock.monotonic()
        if result.state is SendState.LINK_DOWN:
            if not self._link_failures:
                logger().warning("link.down", link=self._sink.name, reason=result.reason)
            pause = result.retry_after
            if pause is None:
                pause = reconnect_delay(self._link_failures, self._draw())
            self._link_failures += 1
            self._resume_at = now + pause
            self._look.update(Lane)
            return
        if self._link_failures:
            logger().info("link.up", link=self._sink.name)
        self._link_failures = 0
        passing = result.state is SendState.DELAYED
        self._breaker = self._breaker.failed(now) if passing else self._breaker.succeeded(now)

    def _next_try(self, pending: Pending, result: SendResult, now: str) -> str:
        if result.state is not SendState.DELAYED:
            return ""
        seconds = RETRIES.delay(pending.attempts + 1, self._draw(), result.retry_after)
        if seconds is None:
            return _HELD
        due = datetime.fromisoformat(now) + timedelta(seconds=seconds)
        return due.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _draw(self) -> float:
        """Uniform in [0, 1)."""
        return self._clock.randomness(1)[0] / 256
