"""A rehearsal: the real gateway on embedded queues, HTTP and folders, with simulated agencies and partners around it.

Everything lives in one temporary folder and ends by itself. Nothing is faked inside the gateway: the same sources,
corridor, journal and sinks as in production.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.app import Gateway, build
from gateway.cli.manifest import Manifest, Sample
from gateway.cli.throwaway import Signed, sign_and_activate
from gateway.deployment import Deployment
from gateway.deployment.settings import FolderLink, HttpLink, QueueLink, WebhookLink
from gateway.errors import Fault, JournalError
from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import Clock
from gateway.system import SystemClock
from gateway.testing.http_simulators import HttpAgencyClient, WebhookPartner
from gateway.testing.simulators import EmbeddedAgency, EmbeddedPartner, FolderAgency, FolderPartner, Mailbox
from gateway.transport.webhook import HmacKey

__all__ = ["Rehearsal", "Rehearsed"]

_PATIENCE = 120.0
"""Seconds until a rehearsal that does not end is given up."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the simulated world saw. The journal tells the rest."""

    published: int
    signed: Signed
    mailboxes: Mapping[PartnerId, Mailbox] = field(repr=False)
    seconds: float


class Rehearsal:
    """One run of a deployment with its samples. `progress` is told (taken, all)."""

    def __init__(
        self, deployment: Deployment, folder: Path, manifest: Manifest, samples: Path, *, clock: Clock | None = None
    ) -> None:
        self._manifest = manifest
        self._samples = samples
        self._folder = folder
        self._clock = clock or SystemClock()
        names = (*deployment.plan.channels, *deployment.plan.routes)
        self._secrets = {name: self._clock.randomness(32) for name in names}
        self._deployment = deployment
        self._collectors: dict[PartnerId, EmbeddedPartner | FolderPartner] = {}
        self._webhooks: dict[PartnerId, WebhookPartner] = {}

    async def run(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Rehearsed:
        """Start, publish, wait until every item has ended, stop. Raises JournalError (DEL-002) if it hangs."""
        began = self._clock.monotonic()
        deployment = await self._linked()
        signed = sign_and_activate(deployment, self._clock)
        gateway = build(deployment, clock=self._clock)
        try:
            started = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(gateway.engine.run(started.set))
                await started.wait()
                for sample in self._manifest.samples:
                    await self._publish(gateway, sample)
                await self._quiet(gateway, progress)
                gateway.engine.stop()
            self._collect(gateway)
        finally:
            gateway.journal.close()
            for webhook in self._webhooks.values():
                await webhook.stop()
        mailboxes = {name: each.mailbox for name, each in {**self._collectors, **self._webhooks}.items()}
        return Rehearsed(len(self._manifest.samples), signed, mailboxes, self._clock.monotonic() - began)

    async def _linked(self) -> Deployment:
        """The deployment with its links pointed at the simulated world."""
        settings = self._deployment.settings
        agencies: dict[str, QueueLink | HttpLink | FolderLink] = {}
        for agency in self._deployment.plan.channels:
            link = settings.agencies.get(agency, QueueLink(via="queue"))
            if isinstance(link, HttpLink):
                link = HttpLink(via="http", key=self._secret_file(agency))
            elif isinstance(link, FolderLink):
                link = FolderLink(via="folder", path=str(self._folder / "drop" / agency))
            agencies[agency] = link
        partners: dict[str, QueueLink | WebhookLink | FolderLink] = {}
        for partner in self._deployment.plan.routes:
            other = settings.partners.get(partner, QueueLink(via="queue"))
            if isinstance(other, WebhookLink):
                webhook = WebhookPartner([HmacKey(self._secrets[partner])], self._clock)
                await webhook.start()
                self._webhooks[partner] = webhook
                key = self._secret_file(partner)
                other = WebhookLink(via="webhook", url=webhook.url, networks=("127.0.0.0/8",), key=key)
            elif isinstance(other, FolderLink):
                folder = self._folder / "out" / partner
                folder.mkdir(parents=True)
                self._collectors[partner] = FolderPartner(folder)
                other = FolderLink(via="folder", path=str(folder))
            partners[partner] = other
        changed = settings.model_copy(
            update={
                "agencies": agencies,
                "partners": partners,
                "governance": str(self._folder / "governance"),
                "insecure_dev": "true",
                "http": settings.http.model_copy(update={"host": "127.0.0.1", "port": 0}),
            }
        )
        return replace(self._deployment, settings=changed, broker="")

    async def _publish(self, gateway: Gateway, sample: Sample) -> None:
        agency, lane = AgencyId(sample.agency), Lane[sample.lane.upper()]
        body = (self._samples / sample.file).read_bytes()
        link = gateway.deployment.settings.agencies[agency]
        match link:
            case HttpLink():
                if gateway.http is None:
                    raise JournalError(Fault("DEL-002", "the HTTP intake did not start"))
                await gateway.http.open()
                base = f"http://127.0.0.1:{gateway.http.port}"
                client = HttpAgencyClient(base, agency, HmacKey(self._secrets[agency]), self._clock)
                await client.publish_surely(sample.key, body, lane)
            case FolderLink():
                folder = Path(link.path)
                sender = FolderAgency(folder, folder / "receipts")
                sender.publish(Path(sample.file).name, body, key=sample.key, lane=lane)
            case QueueLink():
                EmbeddedAgency(gateway.journal.queue, agency, gateway.bells).publish(sample.key, body, lane)

    async def _quiet(self, gateway: Gateway, progress: Callable[[int, int], None]) -> None:
        """Wait until everything was taken and every item has ended: conditions, not time."""
        deadline = self._clock.monotonic() + _PATIENCE
        published = len(self._manifest.samples)
        while gateway.engine.settled_deliveries < published or not gateway.engine.idle or gateway.journal.waiting():
            progress(gateway.engine.settled_deliveries, published)
            if self._clock.monotonic() > deadline:
                fix = "look at the partners' links with `gateway message list --state pending`"
                raise JournalError(Fault("DEL-002", "the rehearsal did not come to rest", fix=fix))
            await asyncio.sleep(0.005)

    def _collect(self, gateway: Gateway) -> None:
        """Let the partners on embedded queues read what they were sent."""
        for partner in gateway.deployment.plan.routes:
            if isinstance(gateway.deployment.settings.partners[partner], QueueLink):
                self._collectors[partner] = EmbeddedPartner(gateway.journal.queue, partner)
        for collector in self._collectors.values():
            collector.collect()

    def _secret_file(self, name: str) -> str:
        path = self._folder / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text("whsec_" + base64.b64encode(self._secrets[name]).decode(), encoding="ascii")
        return f"file:{path}"
