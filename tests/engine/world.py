"""A small world around the engine: in-memory journal, sources and sinks, a corridor of known outcomes, given time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from gateway.engine import Engine, EngineLimits
from gateway.engine.fault_points import FaultPoints, NoFaults
from gateway.exchange.identity import Identity
from gateway.names import AgencyId, Digest, Lane, PartnerId
from gateway.outcome import Outcome, Received, SourceFile
from gateway.pipeline.inbox import inbox_digest
from gateway.plan import Plan, Secrets
from gateway.ports import Sink, Source, receipt_channel
from gateway.testing.memory import MemoryDelivery, MemorySink, MemorySource
from gateway.testing.memory_journal import MemoryJournal
from gateway.testing.outcomes import PLAN, SIGNER, sample_commit

AGENCY = AgencyId("agency-one")
PARTNERS = (PartnerId("partner-one"), PartnerId("partner-two"))


class GivenClock:
    """Time that moves only when told, and randomness that is a counter."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
        self.drawn = 0

    def now(self) -> str:
        return self.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def randomness(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big") if size > 1 else b"\x00"

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def small_plan() -> Plan:
    """A plan with nothing in it but what the engine itself asks for."""
    return Plan(
        exchange=cast("Any", None),
        channels={},
        routes={},
        policy=cast("Any", None),
        guard=cast("Any", None),
        home_country="QM",
        digest=Digest(PLAN),
        identity=Identity(UUID(int=7)),
        secrets=Secrets(inbox=b"i" * 32, pseudonyms={}),
    )


def corridor(received: Received, plan: Plan) -> Outcome:
    """An outcome that sends to both partners, made of the sender's key alone."""
    made = sample_commit(0, key=received.key, agency=received.agency, lane=received.lane, partners=PARTNERS).outcome
    return replace(
        made,
        received=received,
        inbox_digest=inbox_digest(received.files, plan.secrets),
        messages=tuple(replace(message, lane=received.lane) for message in made.messages),
    )


def delivery(key: str | None, body: bytes = b"<a/>", lane: Lane = Lane.ROUTINE, **more: Any) -> MemoryDelivery:
    return MemoryDelivery(AGENCY, key, (SourceFile(body),), lane, **more)


@dataclass
class World:
    """One engine with everything around it. `run` runs it until everything has come to rest."""

    deliveries: Sequence[MemoryDelivery] = ()
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    sinks: dict[PartnerId, MemorySink] = field(default_factory=dict)
    corridor: Callable[[Received, Plan], Outcome] = corridor
    faults: FaultPoints = field(default_factory=NoFaults)
    clock: GivenClock = field(default_factory=GivenClock)
    limits: EngineLimits = field(default_factory=EngineLimits)

    def __post_init__(self) -> None:
        self.source = MemorySource("agency/agency-one/memory", self.deliveries)
        for partner in (*PARTNERS, receipt_channel(AGENCY)):
            self.sinks.setdefault(partner, MemorySink(f"partner/{partner}/memory"))
        sources: list[Source] = [cast("Source", self.source)]
        outlets: dict[PartnerId, Sink] = dict(self.sinks)
        self.engine = Engine(
            plan=small_plan(),
            journal=self.journal,
            sources=sources,
            outlets=outlets,
            corridor=self.corridor,
            clock=self.clock,
            receipt_signer=SIGNER,
            log_signer=SIGNER,
            limits=self.limits,
            faults=self.faults,
        )

    async def run(self, until: Callable[[], bool] | None = None) -> None:
        """Run until `until` holds (default: all deliveries settled and nothing waits), then stop in order."""
        done = until or (lambda: self.rested)
        async with asyncio.TaskGroup() as group:
            started = asyncio.Event()
            task = group.create_task(self.engine.run(started.set))
            await started.wait()
            async with asyncio.timeout(10):
                while not done() and not task.done():
                    await asyncio.sleep(0)
            self.engine.stop()

    @property
    def rested(self) -> bool:
        settled = all(each.settled is not None for each in self.deliveries)
        return settled and self.engine.idle and not self.waiting()

    def waiting(self) -> int:
        far = "9998-01-01T00:00:00.000Z"
        return sum(
            len(self.journal.pending(partner, lane, 1, far, frozenset())) for partner in self.sinks for lane in Lane
        )
