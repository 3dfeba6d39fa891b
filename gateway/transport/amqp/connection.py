"""One live AMQP connection: opened, watched, and ended within a limit whatever the broker does.

Knows whether the broker blocks publishers. A TLS context is made anew for each connection, so that new certificates
are used without a restart.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.credentials import ExternalCredentials, PlainCredentials

from gateway.transport.amqp.channel import Channel, guarded
from gateway.transport.amqp.loss import LinkDown, Loss, Trouble, loss_of
from gateway.transport.amqp.services import LoopServices
from gateway.transport.amqp.settings import AmqpEndpoint, AmqpTimes, TlsFiles
from gateway.transport.quiet import quiet_logger

__all__ = ["Connection"]

_KEEPALIVE = {"TCP_USER_TIMEOUT": 15_000, "TCP_KEEPIDLE": 15}
_FRAME_MAX = 131_072


class Connection:
    """Made by `open`. `lost` is done when it is gone; `on_change` hears of blocking, unblocking and loss."""

    def __init__(self, services: LoopServices, times: AmqpTimes) -> None:
        self._services = services
        self._times = times
        self._raw: AsyncioConnection | None = None
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[Loss | None] = loop.create_future()
        self.lost: asyncio.Future[Loss] = loop.create_future()
        self.failures: list[str] = []
        """Types of exceptions that callbacks raised: always a bug of ours, never fatal."""
        self.blocked_since: float | None = None
        self.unblocked_at = 0.0
        self.on_change: list[Callable[[], None]] = []
        self.version = ""

    @classmethod
    async def open(cls, endpoint: AmqpEndpoint, host: tuple[str, int], name: str, times: AmqpTimes) -> "Connection":
        """Connect to one of the endpoint's hosts. Raises LinkDown within `times.stack` and a little."""
        quiet_logger("pika")
        services = LoopServices(asyncio.get_running_loop())
        made = cls(services, times)
        try:
            parameters = _parameters(endpoint, host, name, times)
        except (OSError, ssl.SSLError):
            raise LinkDown(Loss(Trouble.TLS)) from None
        made._raw = AsyncioConnection(
            parameters,
            on_open_callback=guarded(made._on_open, made.failures),
            on_open_error_callback=guarded(made._on_open_error, made.failures),
            on_close_callback=guarded(made._on_close, made.failures),
            custom_ioloop=services,
        )
        made._raw.add_on_connection_blocked_callback(guarded(made._on_blocked, made.failures))
        made._raw.add_on_connection_unblocked_callback(guarded(made._on_unblocked, made.failures))
        try:
            async with asyncio.timeout(times.stack + times.connect):
                loss = await made._opened
        except TimeoutError:
            loss = Loss(Trouble.DEADLINE)
        except asyncio.CancelledError:
            made._give_up()
            raise
        if loss is not None:
            made._give_up()
            raise LinkDown(loss)
        return made

    @property
    def send_buffer(self) -> int:
        """Bytes that wait for a broker that does not read."""
        return self._services.send_buffer

    async def channel(self) -> Channel:
        """Open a channel. Raises LinkDown; an answer that does not come aborts the connection."""
        if self._raw is None or self.lost.done() or not self._raw.is_open:
            raise LinkDown(self.lost.result() if self.lost.done() else Loss(Trouble.LOST))
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_open(_channel: object) -> None:
            if not opened.done():
                opened.set_result(None)

        raw = self._raw.channel(on_open_callback=guarded(on_open, self.failures))
        made = Channel(raw, deadline=self._times.rpc, abort=self.abort, failures=self.failures)
        ends: set[asyncio.Future[Any]] = {opened, made.lost}
        await asyncio.wait(ends, timeout=self._times.rpc, return_when=asyncio.FIRST_COMPLETED)
        if opened.done():
            return made
        if not made.lost.done():
            self.abort()
            raise LinkDown(Loss(Trouble.DEADLINE))
        raise LinkDown(made.lost.result())

    def abort(self) -> None:
        """End the connection now. `lost` is done soon after."""
        self._services.abort()

    async def close(self, limit: float) -> None:
        """Close politely within `limit` seconds, else abort."""
        if self._raw is None or self.lost.done():
            return
        if self._raw.is_open:
            self._raw.close()
        await asyncio.wait([self.lost], timeout=limit)
        if not self.lost.done():
            self.abort()
            await asyncio.wait([self.lost], timeout=1)

    def _give_up(self) -> None:
        """Stop an attempt to connect that nobody waits for any more."""
        if self._raw is not None and not self._raw.is_closed and not self._raw.is_closing:
            self._raw.close()
        self._services.abort()
        self._services.release()

    def _on_open(self, raw: Any) -> None:
        properties = raw.server_properties or {}
        version = properties.get("version", b"")
        self.version = version.decode("ascii", "replace") if isinstance(version, bytes) else str(version)
        if not self._opened.done():
            self._opened.set_result(None)

    def _on_open_error(self, _raw: Any, reason: BaseException | None) -> None:
        if not self._opened.done():
            loss = loss_of(reason)
            self._opened.set_result(Loss(Trouble.UNREACHABLE) if loss.trouble is Trouble.LOST else loss)

    def _on_close(self, _raw: Any, reason: BaseException | None) -> None:
        self._services.release()
        if not self.lost.done():
            self.lost.set_result(loss_of(reason))
        self._tell()

    def _on_blocked(self, _raw: Any, _frame: Any) -> None:
        self.blocked_since = asyncio.get_running_loop().time()
        self._tell()

    def _on_unblocked(self, _raw: Any, _frame: Any) -> None:
        self.blocked_since = None
        self.unblocked_at = asyncio.get_running_loop().time()
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self.on_change):
            listener()


def _parameters(
    endpoint: AmqpEndpoint, host: tuple[str, int], name: str, times: AmqpTimes
) -> pika.ConnectionParameters:
    options = None
    if endpoint.tls is not None:
        options = pika.SSLOptions(_tls_context(endpoint.tls), endpoint.tls.server_name or host[0])
    external = endpoint.tls is not None and endpoint.tls.certificate and not endpoint.username
    credentials = ExternalCredentials() if external else PlainCredentials(endpoint.username, endpoint.password)
    return pika.ConnectionParameters(
        host=host[0],
        port=host[1],
        virtual_host=endpoint.vhost,
        credentials=credentials,
        ssl_options=options,
        heartbeat=times.heartbeat,
        blocked_connection_timeout=times.blocked,
        socket_timeout=times.connect,
        stack_timeout=times.stack,
        frame_max=_FRAME_MAX,
        connection_attempts=1,
        tcp_options=_KEEPALIVE,
        client_properties={"connection_name": name},
    )


def _tls_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=files.ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate:
        context.load_cert_chain(files.certificate, files.key or None)
    return context
