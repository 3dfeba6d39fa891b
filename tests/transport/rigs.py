"""Rigs for the contract suites: each adapter with the other end of its channel."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.journal.sqlite import open_journal
from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import EmbeddedQueue
from gateway.testing.contracts import Arrived, SinkRig, SourceRig
from gateway.testing.memory import MemoryQueue
from gateway.transport.embedded import (
    Bells,
    EmbeddedSource,
    agency_queue,
    declare_agency,
    declare_partner,
    partner_queue,
    partner_sink,
)

AGENCY = AgencyId("agency-one")
PARTNER = PartnerId("partner-one")
PREFETCH = dict.fromkeys(Lane, 4)


@asynccontextmanager
async def embedded_source(make: Callable[[], MemoryQueue] = MemoryQueue) -> AsyncIterator[SourceRig]:
    queue = make()
    declare_agency(queue, AGENCY)
    bells = Bells()
    opened: list[EmbeddedSource] = []

    async def publish(body: bytes, key: str | None, lane: Lane) -> None:
        queue.publish(agency_queue(AGENCY, lane), key or "", body, {})
        bells.ring(agency_queue(AGENCY, lane))

    async def reopen() -> EmbeddedSource:
        opened.append(EmbeddedSource(queue, AGENCY, bells, prefetch=PREFETCH, poll=0.05))
        return opened[-1]

    async def crash() -> None:
        queue.crash()

    async def waiting() -> int:
        return sum(queue.depth(agency_queue(AGENCY, lane)) for lane in Lane)

    yield SourceRig(await reopen(), AGENCY, publish, crash, reopen, waiting, prefetch=4)
    queue.crash()


@asynccontextmanager
async def embedded_sink(make: Callable[[], EmbeddedQueue] = MemoryQueue) -> AsyncIterator[SinkRig]:
    queue = make()
    declare_partner(queue, PARTNER)
    sink = partner_sink(queue, Bells(), PARTNER)
    found: list[Arrived] = []

    async def arrived() -> list[Arrived]:
        for lane in Lane:
            messages = queue.take(partner_queue(PARTNER, lane), 1000)
            found.extend(Arrived(each.key, each.body, repr(dict(each.headers))) for each in messages)
            queue.settle([each.tag for each in messages])
        return found

    async def cut() -> None:
        for lane in Lane:
            queue.declare(partner_queue(PARTNER, lane), 0)

    async def mend() -> None:
        declare_partner(queue, PARTNER)

    yield SinkRig(sink, arrived, cut, mend, sink.close)
    await sink.close()


class JournalQueue:
    """The real embedded queue, with the restart that a crash leads to."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.db"
        self.journal = open_journal(self._path, b"k" * 32)

    @property
    def queue(self) -> EmbeddedQueue:
        return self.journal.queue

    def crash(self) -> None:
        self.journal.close()
        self.journal = open_journal(self._path, b"k" * 32)


@asynccontextmanager
async def journal_source(folder: Path) -> AsyncIterator[SourceRig]:
    made = JournalQueue(folder)
    declare_agency(made.queue, AGENCY)
    bells = Bells()

    async def publish(body: bytes, key: str | None, lane: Lane) -> None:
        made.queue.publish(agency_queue(AGENCY, lane), key or "", body, {})
        bells.ring(agency_queue(AGENCY, lane))

    async def reopen() -> EmbeddedSource:
        return EmbeddedSource(made.queue, AGENCY, bells, prefetch=PREFETCH, poll=0.05)

    async def crash() -> None:
        made.crash()

    async def waiting() -> int:
        return sum(made.queue.depth(agency_queue(AGENCY, lane)) for lane in Lane)

    yield SourceRig(await reopen(), AGENCY, publish, crash, reopen, waiting, prefetch=4)
    made.journal.close()


@asynccontextmanager
async def journal_sink(folder: Path) -> AsyncIterator[SinkRig]:
    made = JournalQueue(folder)
    async with embedded_sink(lambda: made.queue) as rig:
        yield rig
    made.journal.close()
