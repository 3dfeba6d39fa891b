"""Builds everything and passes it by argument: the only file that knows all rooms.

A deployment's settings say over which links agencies and partners are reached; whoever has no link of its own has its
queues: on the broker if one is configured, else embedded in the journal.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from gateway.custody.leaf import genesis_leaf
from gateway.deployment import Deployment
from gateway.deployment.candidate import candidate_of
from gateway.deployment.comparison import Versioned
from gateway.deployment.governor import Governor
from gateway.deployment.last_look import last_look
from gateway.deployment.renewal import Renewal, plan_stated
from gateway.deployment.requests import Requests
from gateway.deployment.settings import FolderLink, HttpLink, QueueLink, Settings, WebhookLink
from gateway.deployment.values import read_secret
from gateway.deployment.versions import Versions
from gateway.document.canonical import sha256
from gateway.engine import Engine, EngineLimits
from gateway.engine.fault_points import FaultPoints
from gateway.engine.reload import Reloader
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import SqliteJournal, open_journal
from gateway.names import AgencyId, Digest, PartnerId
from gateway.pipeline import run
from gateway.ports import Clock, Sink, Source, receipt_channel
from gateway.system import KeyRing, SystemClock
from gateway.transport.amqp.queue import AmqpSource, agency_amqp_sink, partner_amqp_sink
from gateway.transport.amqp.settings import AmqpEndpoint, amqp_endpoint
from gateway.transport.amqp.topology import agency_vhost, partner_vhost
from gateway.transport.egress import Egress, check_url
from gateway.transport.embedded import (
    Bells,
    EmbeddedSource,
    agency_sink,
    declare_agency,
    declare_partner,
    partner_sink,
)
from gateway.transport.folder import FolderSink, FolderSource, partner_folder
from gateway.transport.http_access import HttpAgency
from gateway.transport.http_sink import HttpSink
from gateway.transport.http_source import HttpLimits, HttpSource, server_tls
from gateway.transport.networks import allow_list
from gateway.transport.webhook import signer_from_text, verifier_from_text

__all__ = [
    "JOURNAL_KEY",
    "LOG_KEY",
    "RECEIPT_KEY",
    "Gateway",
    "Office",
    "build",
    "journal_path",
    "open_governed",
    "receipt_key_id",
    "spool",
]

JOURNAL_KEY = "journal"
LOG_KEY = "log"
RECEIPT_KEY = "receipts"
"""Purposes of keys: no two share one."""


def journal_path(data: Path) -> Path:
    """The journal of a deployment whose data are in `data`."""
    return data / "journal.db"


def spool(data: Path, agency: AgencyId) -> Path:
    """Where `gateway send` drops messages of an agency whose queue is embedded in a running gateway's journal."""
    return data / "spool" / agency


def receipt_key_id(domain: str) -> str:
    """Under which name the public key of receipts is known."""
    return f"{domain}/receipts/1"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that is ready to run. Whoever built it closes the journal when the engine has ended."""

    deployment: Deployment
    engine: Engine
    journal: SqliteJournal
    bells: Bells
    reloader: Reloader[Deployment]
    http: HttpSource | None = field(default=None)


class _Links:
    """Makes the adapters of one deployment."""

    def __init__(self, deployment: Deployment, journal: SqliteJournal, bells: Bells, clock: Clock) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._journal = journal
        self._bells = bells
        self._clock = clock
        self._insecure = self._settings.insecure_dev == "true"
        self._broker = amqp_endpoint(deployment.broker, insecure_dev=self._insecure) if deployment.broker else None

    def sources(self) -> Iterator[Source]:
        """One per agency, and one for all that publish by HTTP."""
        posting: list[HttpAgency] = []
        for agency in self._deployment.plan.channels:
            link = self._settings.agencies.get(agency, QueueLink(via="queue"))
            match link:
                case HttpLink():
                    key = verifier_from_text(self._secret(link.key).decode())
                    posting.append(HttpAgency(agency, (key,), frozenset(link.certificates)))
                case FolderLink():
                    yield self._folder(agency, self._deployment.folder / link.path)
                case QueueLink():
                    yield from self._queue(agency, link)
        if posting:
            yield self._http(posting)

    def outlets(self) -> Iterator[tuple[PartnerId, Sink]]:
        """One per partner, and one for each agency's receipts."""
        for partner in self._deployment.plan.routes:
            yield partner, self._partner(partner)
        for agency in self._deployment.plan.channels:
            yield receipt_channel(agency), self._receipts(agency)

    def _queue(self, agency: AgencyId, link: QueueLink) -> Iterator[Source]:
        endpoint = self._endpoint(link.url) if link.url else self._broker
        if endpoint is not None:
            yield AmqpSource(agency, endpoint.on_vhost(agency_vhost(agency)), self._clock)
            return
        declare_agency(self._journal.queue, agency, self._settings.limits.queue)
        yield EmbeddedSource(self._journal.queue, agency, self._bells)
        # What `gateway send` left here is ours: once it is in the journal, no readable copy of it stays.
        yield self._folder(agency, spool(self._deployment.data, agency), keep=False)

    def _folder(self, agency: AgencyId, folder: Path, *, keep: bool = True) -> Source:
        return FolderSource(agency, folder, self._clock, keep=keep, max_bytes=self._settings.limits.message)

    def _http(self, agencies: list[HttpAgency]) -> HttpSource:
        http = self._settings.http
        tls = None
        if http.certificate and http.private_key:
            tls = server_tls(http.certificate, http.private_key, http.client_ca or "")
        return HttpSource(
            agencies,
            self._clock,
            host=http.host,
            port=http.port,
            tls=tls,
            insecure_dev=self._insecure,
            limits=HttpLimits(body=self._settings.limits.message),
            receipts=_receipt_reader(self._deployment),
        )

    def _partner(self, partner: PartnerId) -> Sink:
        link = self._settings.partners.get(partner, QueueLink(via="queue"))
        match link:
            case WebhookLink():
                return self._webhook(partner, link)
            case FolderLink():
                return partner_folder(partner, self._deployment.folder / link.path)
            case QueueLink():
                endpoint = self._endpoint(link.url) if link.url else self._broker
                if endpoint is not None:
                    return partner_amqp_sink(partner, endpoint.on_vhost(partner_vhost(partner)), self._clock)
                declare_partner(self._journal.queue, partner, self._settings.limits.queue)
                return partner_sink(self._journal.queue, self._bells, partner)

    def _webhook(self, partner: PartnerId, link: WebhookLink) -> Sink:
        port = check_url(link.url, insecure_dev=self._insecure)
        http = self._settings.http
        allowed = allow_list(
            link.networks, frozenset({port}), insecure_dev=self._insecure, own=frozenset({(http.host, http.port)})
        )
        signer = signer_from_text(self._secret(link.key).decode())
        return HttpSink(partner, link.url, [signer], Egress(allowed), self._clock)

    def _receipts(self, agency: AgencyId) -> Sink:
        link = self._settings.agencies.get(agency, QueueLink(via="queue"))
        match link:
            case FolderLink():
                folder = self._deployment.folder / (link.receipts or f"{link.path}/receipts")
                return FolderSink(f"agency/{agency}/folder", folder)
            case QueueLink():
                endpoint = self._endpoint(link.url) if link.url else self._broker
                if endpoint is not None:
                    return agency_amqp_sink(agency, endpoint.on_vhost(agency_vhost(agency)), self._clock)
            case HttpLink():
                # Read with GET /v1/receipts; kept in the journal's own queue as well, so that the outbox ends.
                pass
        declare_agency(self._journal.queue, agency, self._settings.limits.queue)
        return agency_sink(self._journal.queue, self._bells, agency)

    def _endpoint(self, reference: str) -> AmqpEndpoint:
        return amqp_endpoint(self._secret(reference).decode(), insecure_dev=self._insecure)

    def _secret(self, reference: str) -> bytes:
        return read_secret(reference, self._deployment.folder)


def build(
    deployment: Deployment, *, clock: Clock | None = None, faults: FaultPoints | None = None, watching: bool = False
) -> Gateway:
    """Open the journal, ask whether this decision set may run, and put a gateway together.

    `watching` loads changed mappings while messages flow; without it they are loaded when the reloader is asked.
    Raises JournalError (no journal, another owner), DefinitionRefused (a link that cannot be used) and NotPermitted (a
    set that is not signed and activated: GOV codes). Then nothing was taken and nothing is sent.
    """
    clock = clock or SystemClock()
    settings, keys = deployment.settings, deployment.keys
    _guard_insecure(deployment)
    office = Office.of(deployment)
    journal, governor = open_governed(office, clock)
    try:
        requests = office.requests
        governor.catch_up(requests)
        activation = governor.admit(candidate_of(deployment, clock.now()))
        leaf = activation.hash if activation is not None else None
        deployment = replace(deployment, plan=replace(deployment.plan, activation=leaf, guard=last_look(deployment)))
        _begin(deployment, journal, clock)
        bells = Bells()
        links = _Links(deployment, journal, bells, clock)
        sources = list(links.sources())
        reloader = Renewal(deployment, journal, clock).reloader(lambda: engine, watching=watching)
        engine = Engine(
            plan=deployment.plan,
            journal=journal,
            sources=sources,
            outlets=dict(links.outlets()),
            corridor=run,
            clock=clock,
            receipt_signer=keys.signer(RECEIPT_KEY, receipt_key_id(settings.domain)),
            log_signer=keys.signer(LOG_KEY, settings.domain),
            limits=EngineLimits(expiry=settings.limits.expiry),
            faults=faults,
            companions=[lambda stopping: governor.serve(requests, engine, stopping), reloader.serve],
            alarm=lambda partner, code: governor.hit(partner, code, engine),
        )
        for partner in governor.record.stopped:
            engine.hold(partner)
        engine.withdraw(governor.record.revoked)
    except BaseException:
        journal.close()
        raise
    http = next((source for source in sources if isinstance(source, HttpSource)), None)
    return Gateway(deployment, engine, journal, bells, reloader, http)


@dataclass(frozen=True, slots=True)
class Office:
    """What officers and operators act on: a deployment's folder, settings and keys, and the names of its partners.

    Needs no loadable plan: a partner must be stoppable also where a mapping or policy is broken.
    """

    config: Path
    settings: Settings
    keys: KeyRing = field(repr=False)
    partners: Collection[str]

    @classmethod
    def of(cls, deployment: Deployment) -> "Office":
        """The office of an opened deployment."""
        return cls(deployment.config, deployment.settings, deployment.keys, deployment.plan.routes)

    @property
    def folder(self) -> Path:
        """Where `gateway.yaml` is."""
        return self.config.resolve().parent

    @property
    def versions(self) -> Versions:
        """The folder of versions: what was proposed, signed and activated."""
        return Versions(self.folder / self.settings.governance)

    @property
    def requests(self) -> Requests:
        """The folder through which commands ask a running gateway."""
        return Requests(self.folder / self.settings.data / "requests")


def open_governed(office: Office, clock: Clock) -> tuple[SqliteJournal, Governor]:
    """Open the journal, begin its logs if it is new, and read how things stand. Whoever opens it closes it.

    Raises JournalError; DEL-105 where a running gateway owns it.
    """
    settings, keys = office.settings, office.keys
    path = journal_path(office.folder / settings.data)
    journal = open_journal(path, keys.derive(JOURNAL_KEY), name=settings.domain)
    try:
        governance = next(log for log in journal.logs() if log.endswith("/governance"))
        if next(iter(journal.leaves(governance)), None) is None:
            digests = _public_digests(keys, settings.domain)
            journal.append([genesis_leaf(at=clock.now(), origin=governance, keys=digests)])
        governor = Governor(
            journal=journal,
            versions=office.versions,
            log_signer=keys.signer(LOG_KEY, settings.domain),
            officers=keys.derive("officers"),
            clock=clock,
            partners=office.partners,
            compare=Versioned(office.config),
        )
    except BaseException:
        journal.close()
        raise
    return journal, governor


def _begin(deployment: Deployment, journal: SqliteJournal, clock: Clock) -> None:
    """State in the governance log which plan governs from now on."""
    journal.append([plan_stated(deployment.plan, clock.now())])


def _public_digests(keys: KeyRing, domain: str) -> Mapping[str, Digest]:
    return {purpose: sha256(keys.signer(purpose, domain).public()) for purpose in (LOG_KEY, RECEIPT_KEY)}


def _receipt_reader(deployment: Deployment) -> Callable[[AgencyId, int, int], list[tuple[int, bytes]]]:
    path, key = journal_path(deployment.data), deployment.keys.derive(JOURNAL_KEY)

    def read(agency: AgencyId, after: int, limit: int) -> list[tuple[int, bytes]]:
        with JournalReader(path, key) as reader:
            return [(view.cursor, view.payload) for view in reader.receipts(agency, after=after, limit=limit)]

    return read


def _guard_insecure(deployment: Deployment) -> None:
    """`insecure_dev` and a webhook beyond this machine do not go together."""
    settings = deployment.settings
    if settings.insecure_dev != "true":
        return
    for name, link in settings.partners.items():
        if isinstance(link, WebhookLink) and urlsplit(link.url).hostname not in {"127.0.0.1", "localhost", "::1"}:
            fix = "remove `insecure_dev`, or point this partner at this machine"
            place = Place(file="gateway.yaml")
            raise DefinitionRefused(Fault("CFG-050", f"insecure_dev is on, but partner `{name}` is real", place, fix))
