"""pika's I/O services on the running loop, with what pika lacks: a certain way to end a connection, and its backlog.

`Connection.close()` cannot be relied on while the peer does not read, and pika's own abort trips an assertion when it
is called from outside. Shutting down a duplicate of the socket ends the connection within milliseconds, with its close
callback, in clear and under TLS.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from pika.adapters.utils import io_services_utils, nbio_interface

__all__ = ["LoopServices"]


class _Timer(nbio_interface.AbstractTimerReference):
    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self._handle = handle

    def cancel(self) -> None:
        self._handle.cancel()


class _Task(nbio_interface.AbstractIOReference):
    def __init__(self, future: "asyncio.Future[Any]", on_done: Callable[[Any], None]) -> None:
        self._future = future

        def report(done: "asyncio.Future[Any]") -> None:
            if not done.cancelled():
                on_done(done.exception() or done.result())

        future.add_done_callback(report)

    def cancel(self) -> bool:
        return self._future.cancel()


class LoopServices(
    io_services_utils.SocketConnectionMixin,
    io_services_utils.StreamingConnectionMixin,
    nbio_interface.AbstractIOServices,
    nbio_interface.AbstractFileDescriptorServices,
):
    """One per connection. `abort` may be called at any time, more than once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._socket: socket.socket | None = None
        self._transport: nbio_interface.AbstractStreamTransport | None = None

    def abort(self) -> None:
        """End the connection now, whatever is buffered; pika reports the loss through its close callback."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the duplicate once the connection is gone."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._transport = None

    @property
    def send_buffer(self) -> int:
        """Bytes that pika holds because the broker does not read them."""
        return 0 if self._transport is None else int(self._transport.get_write_buffer_size())

    def create_streaming_connection(
        self,
        protocol_factory: Callable[[], Any],
        sock: socket.socket,
        on_done: Callable[[Any], None],
        ssl_context: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
    ) -> Any:
        """Keep a duplicate of the socket, and the transport when it is there."""
        self.release()
        self._socket = sock.dup()

        def keep(result: Any) -> None:
            if isinstance(result, tuple):
                self._transport = result[0]
            on_done(result)

        return super().create_streaming_connection(protocol_factory, sock, keep, ssl_context, server_hostname)

    def get_native_ioloop(self) -> asyncio.AbstractEventLoop:
        """The running loop."""
        return self._loop

    def close(self) -> None:
        """The loop is not ours to close."""

    def run(self) -> None:
        """The loop runs already."""

    def stop(self) -> None:
        """The loop is not ours to stop."""

    def add_callback_threadsafe(self, callback: Callable[[], None]) -> None:
        """Run a callback on the loop."""
        self._loop.call_soon_threadsafe(callback)

    def call_later(self, delay: float, callback: Callable[[], None]) -> _Timer:
        """Run a callback after some seconds."""
        return _Timer(self._loop.call_later(delay, callback))

    def getaddrinfo(
        self,
        host: str,
        port: int,
        on_done: Callable[[Any], None],
        family: int = 0,
        socktype: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> _Task:
        """Resolve a name in the loop's own way."""
        found: Awaitable[Any] = self._loop.getaddrinfo(
            host, port, family=family, type=socktype, proto=proto, flags=flags
        )
        return _Task(asyncio.ensure_future(found, loop=self._loop), on_done)

    def set_reader(self, fd: int, on_readable: Callable[[], None]) -> None:
        """Call back when a descriptor can be read."""
        self._loop.add_reader(fd, on_readable)

    def remove_reader(self, fd: int) -> bool:
        """Undo `set_reader`."""
        return self._loop.remove_reader(fd)

    def set_writer(self, fd: int, on_writable: Callable[[], None]) -> None:
        """Call back when a descriptor can be written."""
        self._loop.add_writer(fd, on_writable)

    def remove_writer(self, fd: int) -> bool:
        """Undo `set_writer`."""
        return self._loop.remove_writer(fd)
