"""The only place that opens outgoing HTTP connections.

Every socket passes the partner's allow-list with the address that is about to be used, after name resolution. Never
follows a redirect, never reads proxies or netrc from the environment, keeps no cookies, reads at most 64 KiB of an
answer, and has a limit on every wait. One session per partner: none shares a connection with another.
"""

import asyncio
import io
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from gateway.errors import DefinitionRefused, Fault, NotPermitted
from gateway.transport.networks import AllowList, is_loopback_host

__all__ = ["AddressInfo", "Answer", "Egress", "EgressLimits", "TlsClient", "check_url", "client_tls"]

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """Seconds, and bytes of an answer that are read."""

    total: float = 30.0
    connect: float = 5.0
    read: float = 20.0
    answer: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class TlsClient:
    """PEM files: the partner's CA (default: the system's), and our certificate where it asks for one."""

    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's answer; the body is untrusted and may hold anything."""

    status: int
    retry_after: str = ""
    body: bytes = field(default=b"", repr=False)


def check_url(url: str, *, insecure_dev: bool = False) -> int:
    """Give the port of a partner's URL. Raises DefinitionRefused (SEC-212): https only, no user, no fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad_url("a partner's URL cannot be read") from None
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise _bad_url("a partner's URL needs a host, and may have no user information and no fragment")
    if parts.scheme == "https":
        return port or 443
    if parts.scheme == "http" and insecure_dev:
        return port or 80
    raise _bad_url("a partner's URL must begin with https://")


def client_tls(files: TlsClient) -> ssl.SSLContext:
    """Make a TLS 1.2+ context that checks the host name. Raises NotPermitted (SEC-213) if a file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=files.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.certificate:
            context.load_cert_chain(files.certificate, files.key or None)
    except (OSError, ssl.SSLError):
        raise NotPermitted(Fault("SEC-213", "a certificate or key file cannot be used")) from None
    return context


class Egress:
    """One partner's way out. The session is made on first use, on the running loop."""

    def __init__(
        self,
        allowed: AllowList,
        *,
        tls: TlsClient | None = None,
        limits: EgressLimits | None = None,
        concurrency: int = 8,
    ) -> None:
        self._allowed = allowed
        self._tls = tls or TlsClient()
        self._limits = limits or EgressLimits()
        self._concurrency = concurrency
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Make one request and give the answer. Raises NotPermitted, OSError, TimeoutError or aiohttp.ClientError."""
        if is_loopback_host(urlsplit(url).hostname or "") and not self._allowed.loopback:
            raise NotPermitted(Fault("SEC-210", "a partner may not be on this machine"))
        session = self._opened()
        # As a stream: aiohttp warns about large bodies that are given as bytes.
        async with session.post(url, data=io.BytesIO(body), headers=headers, allow_redirects=False) as answer:
            return Answer(
                status=answer.status,
                retry_after=answer.headers.get("Retry-After", ""),
                body=await self._read(answer),
            )

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        while len(body) < self._limits.answer:
            block = await answer.content.read(self._limits.answer - len(body))
            if not block:
                return bytes(body)
            body += block
        # More than we read: this connection is not used again.
        answer.close()
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                socket_factory=self._socket,
                ssl=client_tls(self._tls),
                limit=self._concurrency,
                use_dns_cache=False,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(
                    total=self._limits.total,
                    connect=self._limits.connect,
                    sock_connect=self._limits.connect,
                    sock_read=self._limits.read,
                ),
                cookie_jar=aiohttp.DummyCookieJar(loop=asyncio.get_running_loop()),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    def _socket(self, info: AddressInfo) -> socket.socket:
        """Make the socket for an address, if it may be connected to (aiohttp calls this after DNS)."""
        family, kind, protocol, _, address = info
        self._allowed.check(str(address[0]), int(str(address[1])))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def _bad_url(message: str) -> DefinitionRefused:
    return DefinitionRefused(Fault("SEC-212", message, fix="write https://host.example/path"))
