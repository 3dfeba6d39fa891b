"""Rigs of the contract suites over HTTP, and throw-away keys and certificates."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.names import AgencyId, Lane, PartnerId
from gateway.system import FileSigner, SystemClock
from gateway.testing.contracts import Arrived, SinkRig, SourceRig
from gateway.testing.http_simulators import HttpAgencyClient, WebhookPartner
from gateway.transport.egress import Egress, EgressLimits
from gateway.transport.http_access import HttpAgency
from gateway.transport.http_sink import HttpSink
from gateway.transport.http_source import HttpSource
from gateway.transport.networks import allow_list
from gateway.transport.webhook import Ed25519Key, HmacKey

AGENCY = AgencyId("agency-one")
OTHER = AgencyId("agency-two")
PARTNER = PartnerId("partner-one")
CLOCK = SystemClock()
SECRET = HmacKey(b"s" * 32)
OTHER_SECRET = HmacKey(b"o" * 32)
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"p" * 32)
SIGNER = FileSigner("test", PRIVATE)
PUBLIC = Ed25519Key(PRIVATE.public_key().public_bytes_raw())
PREFETCH = dict.fromkeys(Lane, 4)
QUICK = EgressLimits(total=2.0, connect=1.0, read=1.0)


def whsec(raw: bytes) -> str:
    return "whsec_" + base64.b64encode(raw).decode()


@asynccontextmanager
async def http_source() -> AsyncIterator[SourceRig]:
    agencies = [HttpAgency(AGENCY, (PUBLIC,))]
    opened = [HttpSource(agencies, CLOCK, prefetch=PREFETCH)]
    await opened[0].open()
    port = opened[0].port
    client = HttpAgencyClient(f"http://127.0.0.1:{port}", AGENCY, SIGNER, CLOCK)
    sending: set[asyncio.Task[object]] = set()

    async def publish(body: bytes, key: str | None, lane: Lane) -> None:
        sending.add(asyncio.ensure_future(client.publish_surely(key or "", body, lane)))

    async def reopen() -> HttpSource:
        opened.append(HttpSource(agencies, CLOCK, port=port, prefetch=PREFETCH))
        return opened[-1]

    async def crash() -> None:
        await opened[-1].close()

    async def waiting() -> int:
        return sum(not task.done() for task in sending)

    try:
        yield SourceRig(opened[0], AGENCY, publish, crash, reopen, waiting, prefetch=4, keyless=False)
    finally:
        for source in opened:
            await source.close()
        for task in sending:
            task.cancel()
        if sending:
            await asyncio.wait(sending)


def sink_to(partner: WebhookPartner, **options: object) -> HttpSink:
    """A sink whose allow-list has just this partner."""
    allowed = allow_list(("127.0.0.0/8",), frozenset({partner.port}), insecure_dev=True)
    return HttpSink(PARTNER, partner.url, [SECRET, SIGNER], Egress(allowed, limits=QUICK), CLOCK, **options)  # type: ignore[arg-type]  # options of a test


@asynccontextmanager
async def http_sink() -> AsyncIterator[SinkRig]:
    async with WebhookPartner([PUBLIC], CLOCK) as partner:
        sink = sink_to(partner)

        async def arrived() -> list[Arrived]:
            own = {"host", "content-length", "content-digest", "webhook-signature"}
            wrapping = repr([{k: v for k, v in each.items() if k.lower() not in own} for each in partner.attempts])
            return [Arrived(each.item, each.body, wrapping) for each in partner.mailbox.stored.values()]

        yield SinkRig(sink, arrived, partner.stop, partner.start, sink.close)
        await sink.close()
        assert not partner.mailbox.differing
        assert not partner.rejected
