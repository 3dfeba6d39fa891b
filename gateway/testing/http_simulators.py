"""Simulated agencies and partners that speak HTTP: a client that publishes, and a webhook server that can misbehave.

The partner checks signature, timestamp and digest as the partner's guide asks, and answers from a script: accept,
refuse, ask for patience, stall, or act and lose the answer.
"""

import asyncio
import base64
import hashlib
import io
import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import aiohttp
from aiohttp import web

from gateway.names import AgencyId, Lane
from gateway.ports import Clock
from gateway.testing.simulators import Mailbox
from gateway.transport.webhook import WebhookKey, WebhookSigner, sign_header, verified

__all__ = ["HttpAgencyClient", "Reply", "Script", "WebhookPartner"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the gateway."""

    status: int
    document: Any = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class HttpAgencyClient:
    """Publishes as an agency, each request signed."""

    def __init__(
        self, base: str, agency: AgencyId, signer: WebhookSigner, clock: Clock, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._base = base
        self._agency = agency
        self._signer = signer
        self._clock = clock
        self._tls = tls

    async def publish(self, key: str, body: bytes, lane: Lane = Lane.ROUTINE) -> Reply:
        """Send one message once."""
        headers = {"gateway-lane": lane.name.lower(), "Content-Type": "application/octet-stream"}
        return await self.call("POST", "/v1/messages", body, key, headers)

    async def publish_surely(self, key: str, body: bytes, lane: Lane = Lane.ROUTINE, pause: float = 0.05) -> Reply:
        """Send one message until there is an answer other than "not yet"."""
        while True:
            try:
                reply = await self.publish(key, body, lane)
            except aiohttp.ClientError:
                reply = Reply(503, None)
            if reply.status not in {408, 429, 503}:
                return reply
            await asyncio.sleep(pause)

    async def receipts(self, after: int = 0) -> Reply:
        """Ask for receipts; what is signed is the path and query."""
        path = f"/v1/receipts?after={after}"
        return await self.call("GET", path, path.encode(), f"receipts-{secrets.token_hex(8)}", {})

    async def call(self, method: str, path: str, signed: bytes, key: str, headers: Mapping[str, str]) -> Reply:
        """Make one signed request; a GET has no body, but signs its path and query."""
        timestamp = _seconds(self._clock)
        own = {
            "gateway-agency": self._agency,
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign_header([self._signer], key, timestamp, signed),
        }
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.request(
                method,
                self._base + path,
                data=io.BytesIO(signed) if method == "POST" else None,
                headers=own | dict(headers),
                ssl=self._tls or True,
                allow_redirects=False,
            ) as answer,
        ):
            document = await answer.json(content_type=None) if answer.content_length else None
            return Reply(answer.status, document, dict(answer.headers))


@dataclass(slots=True)
class Script:
    """What the partner does with the next requests: `answers` in turn, the last one for ever."""

    answers: Sequence[int | str] = (200,)
    """A status, or `stall` (never answer), `drop` (keep it, then cut the line)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    turn: int = 0

    def next(self) -> int | str:
        """Give the next answer."""
        answer = self.answers[min(self.turn, len(self.answers) - 1)]
        self.turn += 1
        return answer


class WebhookPartner:
    """A partner's endpoint on loopback. Use as an async context manager."""

    def __init__(self, keys: Sequence[WebhookKey], clock: Clock, *, script: Script | None = None) -> None:
        self.mailbox = Mailbox()
        self.script = script or Script()
        self.attempts: list[dict[str, str]] = []
        """The headers of each request, in order."""
        self.rejected = 0
        """Requests whose signature, timestamp or digest was wrong."""
        self.url = ""
        self.port = 0
        self._keys = keys
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self._tls: ssl.SSLContext | None = None

    def use_tls(self, context: ssl.SSLContext) -> None:
        """Serve HTTPS from the next start on."""
        self._tls = context

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, again on the same port after `stop`."""
        app = web.Application(client_max_size=64 * 1024**2)
        app.add_routes([web.post("/in", self._take)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/in"

    async def stop(self) -> None:
        """Listen no more; open requests are cut."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.attempts.append(dict(request.headers))
        answer = self.script.next()
        if answer == "stall":
            await asyncio.sleep(3600)
        if not self._genuine(request.headers, body):
            self.rejected += 1
            return web.Response(status=401)
        if answer == "drop" or (isinstance(answer, int) and answer < 300):
            self.mailbox.put(request.headers["webhook-id"], body)
        if answer == "drop" and request.transport is not None:
            request.transport.abort()
        status = answer if isinstance(answer, int) else 200
        return web.Response(status=status, headers=self.script.headers, body=self.script.body)

    def _genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        identifier, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        return (
            headers.get("Content-Digest") == digest
            and headers.get("Idempotency-Key") == identifier
            and abs(_seconds(self._clock) - int(timestamp)) <= 300
            and verified(self._keys, identifier, timestamp, body, headers.get("webhook-signature", ""))
        )


def _seconds(clock: Clock) -> int:
    return int(datetime.fromisoformat(clock.now()).timestamp())
