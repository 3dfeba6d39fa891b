"""Intake: deliveries of all sources, fastest lane first, through the corridor into one group commit, then settled.

| crash | what the restart sees |
| --- | --- |
| before the commit | the source delivers again; same ids; nothing had left |
| after the commit, before the settlement | the source delivers again; the inbox knows it: a duplicate, no second item |

Not done here: deciding (the corridor), sending (the dispatcher).
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.custody.leaf import read_leaf
from gateway.engine.fault_points import FaultPoints
from gateway.engine.scribe import Scribe
from gateway.errors import Fault, GatewayError, InvariantBroken, JournalError
from gateway.names import Lane, PartnerId, SourceKey, State
from gateway.outcome import Outcome, Received
from gateway.pipeline import CONFLICT, conflict_key, inbox_digest, quarantine, source_key
from gateway.plan import Plan
from gateway.ports import Clock, Commit, Delivery, Disposition, Journal, Source, receipt_channel
from gateway.telemetry import logger

__all__ = ["Alarm", "BatchLimits", "Corridor", "Intake"]

Corridor = Callable[[Received, Plan], Outcome]

Alarm = Callable[[PartnerId, str], None]
"""Told at once that the last look stopped an item for a partner, with the code."""

_SETTLED_AS = {
    State.REFUSED: Disposition.REFUSED,
    State.QUARANTINED: Disposition.QUARANTINED,
}
"""Every other state of a committed outcome is an acceptance: what happens per partner is told by receipts."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a group commit closes: whichever comes first. A FLASH message closes it at once."""

    messages: int = 200
    size: int = 8 * 2**20
    seconds: float = 0.02


@dataclass(slots=True)
class _Batch:
    """Deliveries decided and not yet committed."""

    new: list[tuple[Delivery, Commit, Disposition]] = field(default_factory=list)
    repeated: list[tuple[Delivery, SourceKey, Disposition]] = field(default_factory=list)
    keys: set[tuple[str, str]] = field(default_factory=set)
    size: int = 0


class Intake:
    """Commits deliveries of all sources in groups. `committed` is told whose outbox grew."""

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        corridor: Corridor,
        plan: Callable[[], Plan],
        scribe: Scribe,
        committed: Callable[[Iterable[PartnerId]], None],
        faults: FaultPoints,
        limits: BatchLimits,
        alarm: Alarm,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._corridor = corridor
        self._plan = plan
        self._scribe = scribe
        self._committed = committed
        self._faults = faults
        self._limits = limits
        self._alarm = alarm
        self._order = itertools.count()
        self._arrived = asyncio.PriorityQueue[tuple[Lane, int, Delivery]](maxsize=limits.messages)
        self._open = 0
        self.settled_deliveries = 0
        """How many deliveries have been settled since the start."""
        self._settled = asyncio.Event()

    @property
    def idle(self) -> bool:
        """True while no delivery is between arrival and settlement."""
        return self._open == 0

    async def settled(self) -> None:
        """Return once every delivery that arrived has been settled."""
        while self._open:
            self._settled.clear()
            await self._settled.wait()

    async def take(self, source: Source) -> None:
        """Move deliveries of one source to the committer. The source's prefetch bounds what waits here."""
        async for delivery in source.deliveries():
            self._open += 1
            await self._arrived.put((delivery.lane, next(self._order), delivery))

    async def run(self) -> None:
        """Decide, commit and settle until cancelled. Raises JournalError or InvariantBroken: intake stops."""
        while True:
            _, _, delivery = await self._arrived.get()
            await self._work(delivery)

    async def _work(self, first: Delivery) -> None:
        opened = self._clock.monotonic()
        batch = _Batch()
        delivery: Delivery | None = first
        while delivery is not None:
            self._decide(delivery, batch)
            # The corridor is CPU work: let heartbeats and dispatchers run between two messages.
            await asyncio.sleep(0)
            full = len(batch.keys) >= self._limits.messages or batch.size >= self._limits.size
            late = self._clock.monotonic() - opened >= self._limits.seconds
            urgent = delivery.lane is Lane.FLASH
            delivery = None if full or late or urgent or self._arrived.empty() else self._arrived.get_nowait()[2]
            if delivery is not None and self._repeats_within(delivery, batch):
                await self._finish(batch)
                batch = _Batch()
        await self._finish(batch)

    def _repeats_within(self, delivery: Delivery, batch: _Batch) -> bool:
        """A second delivery with the same key waits for the commit of the first, so that the inbox knows it."""
        key = source_key(delivery.key, delivery.files, self._plan().secrets)
        return (delivery.agency, key) in batch.keys

    def _decide(self, delivery: Delivery, batch: _Batch) -> None:
        plan = self._plan()
        key = source_key(delivery.key, delivery.files, plan.secrets)
        digest = inbox_digest(delivery.files, plan.secrets)
        batch.keys.add((delivery.agency, key))
        batch.size += sum(len(file.data) for file in delivery.files)
        seen = self._journal.find(delivery.agency, key)
        conflict = seen is not None and seen.inbox_digest != digest
        if conflict:
            # Same id, other content: a sender's bug or tampering. It gets a key of its own, so that it is kept once.
            key = conflict_key(key, digest)
            seen = self._journal.find(delivery.agency, key)
        if seen is not None:
            batch.repeated.append((delivery, key, Disposition.CONFLICT if conflict else Disposition.DUPLICATE))
            return
        received = Received(
            agency=delivery.agency,
            key=key,
            files=delivery.files,
            taken_at=self._clock.now(),
            entropy=self._clock.randomness(32),
            lane=delivery.lane,
        )
        self._faults.at("before-corridor")
        outcome = quarantine(received, plan, CONFLICT, "conflict") if conflict else self._run(received, plan)
        self._faults.at("after-corridor")
        for item, partner, code in _objections(outcome):
            logger().error("guard.hit", item=item, partner=partner, code=code)
            self._alarm(partner, code)
        disposition = Disposition.CONFLICT if conflict else _SETTLED_AS.get(outcome.state, Disposition.ACCEPTED)
        batch.new.append((delivery, Commit(outcome, self._scribe.receipts_of(outcome)), disposition))

    def _run(self, received: Received, plan: Plan) -> Outcome:
        """The corridor never raises by itself; if it does, that is a decision to disclose nothing."""
        try:
            return self._corridor(received, plan)
        except (JournalError, InvariantBroken):
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it is a decision to disclose nothing
            kind = error.code if isinstance(error, GatewayError) else type(error).__name__
            logger().error("task.failed", stage="corridor", error=kind, agency=received.agency)
            fault = Fault("SYS-001", "the gateway failed on this message", fix="keep the message and report the fault")
            return quarantine(received, plan, fault, "error")

    async def _finish(self, batch: _Batch) -> None:
        self._faults.at("before-commit")
        if batch.new:
            self._journal.commit([commit for _, commit, _ in batch.new])
        for delivery, key, _ in batch.repeated:
            self._journal.repeat(delivery.agency, key, self._scribe.duplicate(delivery.agency, key, self._clock.now()))
        self._faults.at("after-commit")
        self._committed(_receivers(batch))
        # Shielded: a cancellation here would cost redeliveries, and settle half of a batch.
        await asyncio.shield(self._settle(batch))
        self._faults.at("after-settle")

    async def _settle(self, batch: _Batch) -> None:
        for delivery, commit, disposition in batch.new:
            logger().info(
                "message.conflict" if disposition is Disposition.CONFLICT else "message.taken",
                agency=delivery.agency,
                lane=delivery.lane.name,
                state=commit.outcome.state.word,
                messages=len(commit.outcome.messages),
                size=sum(len(file.data) for file in delivery.files),
                plan=commit.outcome.plan,
            )
            await delivery.settle(disposition, tuple(receipt.payload for receipt in commit.receipts))
            self._open -= 1
            self.settled_deliveries += 1
        for delivery, key, disposition in batch.repeated:
            logger().info("message.duplicate", agency=delivery.agency)
            seen = self._journal.find(delivery.agency, key)
            await delivery.settle(disposition, seen.receipts if seen else ())
            self._open -= 1
            self.settled_deliveries += 1
        self._settled.set()


def _objections(outcome: Outcome) -> Iterator[tuple[str, PartnerId, str]]:
    """Items that the last look stopped: item, partner, code, as their decision leaves say."""
    if not any("guard" in item.reasons for message in outcome.messages for item in message.items):
        return
    for leaf in outcome.leaves:
        told = read_leaf(leaf.data) if leaf.type == "decision" else None
        if told is not None and told["reasons"] == ["guard"]:
            yield str(told["item"]), PartnerId(str(told["partner"])), str(told.get("fault", ""))


def _receivers(batch: _Batch) -> Iterator[PartnerId]:
    """Partners and receipt channels for which this batch has something to send."""
    for delivery, commit, _ in batch.new:
        yield receipt_channel(delivery.agency)
        for message in commit.outcome.messages:
            yield from (item.partner for item in message.items if item.state is State.PENDING)
    for delivery, _, _ in batch.repeated:
        yield receipt_channel(delivery.agency)
