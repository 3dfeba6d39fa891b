"""The engine: supervises sources, the committer, one dispatcher per partner, the recorder and the sealer.

Stops in one order (delivery.md 14): take no more, finish what was taken, stop sending at item boundaries, record,
close. A failure of the journal or a broken invariant stops everything at once; nothing is acknowledged that is not
durable.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from gateway.engine.dispatch import Dispatcher
from gateway.engine.fault_points import FaultPoints, NoFaults
from gateway.engine.intake import Alarm, BatchLimits, Corridor, Intake
from gateway.engine.record import Recorder
from gateway.engine.scribe import Scribe
from gateway.engine.seal import Sealer
from gateway.engine.withdraw import withdraw
from gateway.names import Digest, PartnerId
from gateway.plan import Plan
from gateway.ports import Clock, Journal, Signer, Sink, Source
from gateway.telemetry import logger

__all__ = ["Companion", "Engine", "EngineLimits"]

Companion = Callable[[asyncio.Event], Awaitable[None]]
"""Runs beside the engine until the given event; what it raises ends the engine."""

_DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Bounds of the engine. `expiry` is how long an item may wait before it ends as `refused: expired`."""

    batch: BatchLimits = field(default_factory=BatchLimits)
    expiry: timedelta = timedelta(days=14)


class Engine:
    """Runs one gateway process over the given adapters. `outlets` maps partners and agencies' receipt keys to sinks."""

    def __init__(
        self,
        *,
        plan: Plan,
        journal: Journal,
        sources: Sequence[Source],
        outlets: Mapping[PartnerId, Sink],
        corridor: Corridor,
        clock: Clock,
        receipt_signer: Signer,
        log_signer: Signer,
        limits: EngineLimits | None = None,
        faults: FaultPoints | None = None,
        companions: Sequence[Companion] = (),
        alarm: Alarm = lambda _partner, _code: None,
    ) -> None:
        limits, faults = limits or EngineLimits(), faults or NoFaults()
        self._plan = plan
        self._journal = journal
        self._sources = sources
        self._outlets = outlets
        self._companions = companions
        self._stopping = asyncio.Event()
        self._sealer = Sealer(journal, log_signer)
        self._recorder = Recorder(journal)
        scribe = Scribe(receipt_signer, lambda: self._plan)
        self._withdraw = partial(withdraw, journal, scribe, clock, outlets)
        self._dispatchers = {
            partner: Dispatcher(
                partner,
                sink,
                journal=journal,
                recorder=self._recorder,
                clock=clock,
                outcomes=scribe.attempt,
                expiry=limits.expiry,
                faults=faults,
                recorded=self._wake,
            )
            for partner, sink in outlets.items()
        }
        self._intake = Intake(
            journal=journal,
            clock=clock,
            corridor=corridor,
            plan=lambda: self._plan,
            scribe=scribe,
            committed=self._wake,
            faults=faults,
            limits=limits.batch,
            alarm=alarm,
        )

    @property
    def plan(self) -> Plan:
        """The active plan. A message finishes under the plan it started with."""
        return self._plan

    def activate(self, plan: Plan) -> None:
        """Swap the plan for messages taken from now on."""
        self._plan = plan
        logger().info("plan.loaded", plan=plan.digest)

    def withdraw(self, revoked: frozenset[Digest]) -> int:
        """Before `run`: quarantine what waits under one of these activations; gives the number of items."""
        return self._withdraw(revoked)

    def hold(self, partner: PartnerId) -> None:
        """Send this partner nothing from now on; messages for it are still taken, and its items stay in the journal."""
        if (dispatcher := self._dispatchers.get(partner)) is not None:
            dispatcher.hold()

    def release(self, partner: PartnerId) -> None:
        """Send to this partner again, oldest item first."""
        if (dispatcher := self._dispatchers.get(partner)) is not None:
            dispatcher.release()

    @property
    def idle(self) -> bool:
        """True while nothing is between arrival and settlement and nothing is being sent."""
        return self._intake.idle and all(dispatcher.idle for dispatcher in self._dispatchers.values())

    @property
    def settled_deliveries(self) -> int:
        """How many deliveries have been settled since the start."""
        return self._intake.settled_deliveries

    def stop(self) -> None:
        """Begin an orderly stop. Callable from a signal handler of the loop."""
        self._stopping.set()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Run until `stop`. Raises an ExceptionGroup with JournalError or InvariantBroken if it must not go on."""
        logger().info("gateway.started", plan=self._plan.digest)
        sending = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                recorder = group.create_task(self._recorder.run(), name="recorder")
                group.create_task(self._sealer.run(sending), name="sealer")
                dispatchers = [
                    group.create_task(each.run(sending), name="dispatcher") for each in self._dispatchers.values()
                ]
                committer = group.create_task(self._intake.run(), name="committer")
                for companion in self._companions:
                    group.create_task(_run(companion, self._stopping), name="companion")
                takers = [group.create_task(self._intake.take(source), name=source.name) for source in self._sources]
                started()
                await self._stopping.wait()
                await self._drain(takers, committer)
                sending.set()
                self._wake(self._dispatchers)
                await asyncio.gather(*dispatchers)
                self._recorder.flush()
                recorder.cancel()
        finally:
            edges: list[Source | Sink] = [*self._sources, *self._outlets.values()]
            for edge in edges:
                await _close(edge)
            logger().info("gateway.stopped")

    async def _drain(self, takers: Sequence[asyncio.Task[None]], committer: asyncio.Task[None]) -> None:
        logger().info("gateway.stopping")
        for source in self._sources:
            await source.stop()
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.gather(*takers)
                await self._intake.settled()
        except TimeoutError:
            # What is still in hand goes back to its queue when the source closes.
            logger().warning("task.failed", stage="drain", error="timeout")
        committer.cancel()

    def _wake(self, partners: Iterable[PartnerId]) -> None:
        for partner in set(partners):
            if (dispatcher := self._dispatchers.get(partner)) is not None:
                dispatcher.wake()


async def _run(companion: Companion, stopping: asyncio.Event) -> None:
    await companion(stopping)


async def _close(edge: Source | Sink) -> None:
    try:
        async with asyncio.timeout(10):
            await edge.close()
    except Exception as error:  # noqa: BLE001  the other edges must be closed too
        logger().warning("task.failed", stage="close", link=edge.name, error=type(error).__name__)
