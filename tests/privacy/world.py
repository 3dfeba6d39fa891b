"""One whole run of the gateway with everything it could leak into: journal, logs, receipts, answers, files, partners.

The real engine on an embedded journal, with simulated agencies (queue, HTTP, folder) and partners (queue, webhook,
folder) around it. `searched` names every place that must be free of canaries; `copies` are what partners got.
"""

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import structlog

from gateway import telemetry
from gateway.app import JOURNAL_KEY, Gateway, journal_path
from gateway.cli.manifest import Expected, Manifest, Sample
from gateway.cli.rehearsal import Rehearsal
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.settings import HttpLink
from gateway.journal.read import JournalReader
from gateway.names import AgencyId, ItemKind, Lane, PartnerId, State
from gateway.system import SystemClock
from gateway.testing.http_simulators import HttpAgencyClient, Reply
from gateway.transport.webhook import HmacKey
from tests.privacy.passthrough import with_passthrough
from tests.shared import REPOSITORY

__all__ = ["Copy", "Heard", "Publication", "World", "listening", "run_world"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One message of an agency: its own id of the message, the name of its file, and its bytes."""

    agency: str
    key: str
    name: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """What one partner got of one message, the message in the exchange format, and the account of the decision."""

    partner: PartnerId
    item: str
    body: bytes
    exchange: bytes
    account: Mapping[str, object]


@dataclass
class World:
    """What is left after a run."""

    folder: Path
    copies: list[Copy] = field(default_factory=list)
    searched: dict[str, bytes] = field(default_factory=dict)
    """Every place that must be free of canaries, by name."""
    receipts: list[tuple[AgencyId, bytes]] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    """How many messages were accepted, refused and quarantined, duplicates and conflicts."""
    codes: set[str] = field(default_factory=set)
    """Codes of all faults of all messages."""


class _Observed(Rehearsal):
    """A rehearsal that keeps what agencies are answered by HTTP, and what webhooks were called with."""

    replies: list[Reply]

    async def _publish(self, gateway: Gateway, sample: Sample) -> None:
        link = gateway.deployment.settings.agencies[sample.agency]
        if not isinstance(link, HttpLink):
            await super()._publish(gateway, sample)
            return
        assert gateway.http is not None
        await gateway.http.open()
        base, agency = f"http://127.0.0.1:{gateway.http.port}", AgencyId(sample.agency)
        client = HttpAgencyClient(base, agency, HmacKey(self._secrets[agency]), self._clock)
        body = (self._samples / sample.file).read_bytes()
        self.replies.append(await client.publish_surely(sample.key, body, Lane[sample.lane.upper()]))

    @property
    def requests(self) -> list[dict[str, str]]:
        return [attempt for webhook in self._webhooks.values() for attempt in webhook.attempts]


def run_world(folder: Path, publications: Sequence[Publication]) -> World:
    """Publish everything in order, wait until it has come to rest, and gather what is left."""
    manifest = _lay_out(folder / "samples", publications)
    with listening() as heard:
        deployment = open_deployment(REPOSITORY / "deploy/demo/gateway.yaml", data=folder / "var")
        deployment = replace(deployment, plan=with_passthrough(deployment.plan))
        rehearsal = _Observed(deployment, folder, manifest, folder / "samples", clock=SystemClock())
        rehearsal.replies = []
        asyncio.run(rehearsal.run())
    world = World(folder)
    world.searched |= heard.texts()
    world.searched["webhook requests"] = json.dumps(rehearsal.requests).encode()
    world.searched["http answers"] = b"\n".join(_without_receipts(reply) for reply in rehearsal.replies)
    _files(world)
    _journal(world, deployment)
    return world


@dataclass(frozen=True)
class Heard:
    """What was logged: by us, and by libraries to whoever listens."""

    ours: io.StringIO = field(default_factory=io.StringIO)
    libraries: io.StringIO = field(default_factory=io.StringIO)

    def texts(self) -> dict[str, bytes]:
        """Both, as places to search."""
        return {"log": self.ours.getvalue().encode(), "log of libraries": self.libraries.getvalue().encode()}


@contextmanager
def listening() -> Iterator[Heard]:
    """Set up the log as `gateway run` does, and listen to every library at its most talkative."""
    heard = Heard()
    listener, root = logging.StreamHandler(heard.libraries), logging.getLogger()
    level, before = root.level, structlog.get_config()
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        telemetry.set_up(heard.ours)
        yield heard
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
        structlog.configure(**before)


def _lay_out(samples: Path, publications: Sequence[Publication]) -> Manifest:
    listed = []
    for number, each in enumerate(publications):
        place = samples / str(number) / each.name
        place.parent.mkdir(parents=True)
        place.write_bytes(each.body)
        file = str(place.relative_to(samples))
        listed.append(Sample(file=file, agency=each.agency, key=each.key, expected=Expected(outcome="accepted")))
    return Manifest(samples=tuple(listed))


def _without_receipts(reply: Reply) -> bytes:
    """An answer without its receipts, which are searched apart because they name the sender's own message id."""
    document = {key: value for key, value in (reply.document or {}).items() if key != "receipts"}
    headers = {str(name): value for name, value in reply.headers.items()}
    return orjson.dumps([reply.status, document, headers])


def _files(world: World) -> None:
    """The bytes of everything in the data folder, and all names that the gateway gave to files anywhere."""
    for path in sorted((world.folder / "var").rglob("*")):
        if path.is_file():
            world.searched[f"file {path.relative_to(world.folder)}"] = path.read_bytes()
    ours = [path for root in ("var", "out") for path in (world.folder / root).rglob("*")]
    ours += (world.folder / "drop").glob("*/receipts/*")
    world.searched["file names"] = "\n".join(str(path.relative_to(world.folder)) for path in ours).encode()


def _journal(world: World, deployment: Deployment) -> None:
    key = deployment.keys.derive(JOURNAL_KEY)
    with JournalReader(journal_path(deployment.data), key) as reader:
        ledger = reader.ledger()
        leaves = [data for origin in ledger.origins() for _, data, _ in ledger.leaves(origin)]
        world.searched["ledger leaves"] = b"\n".join(leaves)
        views = [view for row in reader.messages(limit=100_000) if (view := reader.message(row.message))]
        world.searched["views of messages"] = "\n".join(map(repr, views)).encode()
        world.searched["faults"] = "\n".join(f"{fault!r} {fault}" for view in views for fault in view.faults).encode()
        world.codes = {fault.code for view in views for fault in view.faults}
        said = [view.items[0].state.word if view.items[0].partner == "-" else "accepted" for view in views]
        world.states = {word: said.count(word) for word in sorted(set(said))}
        world.states["duplicate"] = sum(b'"type":"duplicate"' in leaf for leaf in leaves)
        world.states["conflict"] = sum(any(fault.code == "DEL-001" for fault in view.faults) for view in views)
        for view in views:
            exchange = reader.exchange(view.row.message) or b""
            for item in view.items:
                payload = reader.payload(item.item)
                if payload is not None and item.kind is not ItemKind.RECEIPT:
                    assert item.state is State.DELIVERED
                    account = orjson.loads(reader.account(item.item) or b"{}")
                    world.copies.append(Copy(item.partner, item.item, payload, exchange, account))
            world.receipts += [(view.row.agency, receipt.payload) for receipt in view.receipts]
    world.searched["receipts"] = b"\n".join(_without_key(payload) for _, payload in world.receipts)


def _without_key(payload: bytes) -> bytes:
    """A signed receipt without the sender's own message id, which only this sender gets back."""
    whole = orjson.loads(payload)
    whole["receipt"].pop("key", None)
    return orjson.dumps(whole)
