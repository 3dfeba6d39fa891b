"""A TCP proxy on loopback that breaks connections on purpose: cuts, falls silent, crawls, loses one way.

Set a fault at any time; it acts on connections that are open and on those to come. Nothing is changed in what passes.
"""

import asyncio
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

__all__ = ["FaultProxy", "Way", "Weather"]

_BLOCK = 16_384


class Way(StrEnum):
    """Whose bytes a fault is about."""

    UP = "up"
    """From the client to the server."""
    DOWN = "down"
    """From the server to the client."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to bytes. The default passes everything on.

    `cut_after` resets the connection once this many bytes of that way have passed in it; `black_hole` reads and
    forgets; `stalled` stops reading, so that the sender's buffers fill; `rate` is bytes per second; `slice` passes
    blocks of at most that size.
    """

    way: Way = Way.BOTH
    cut_after: int | None = None
    black_hole: bool = False
    stalled: bool = False
    rate: int | None = None
    slice: int = _BLOCK

    def meets(self, way: Way) -> bool:
        """True if bytes of this way are meant."""
        return self.way in {way, Way.BOTH}


class FaultProxy:
    """Listens on a free port and connects on to one server. Use as an async context manager."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._weather = Weather()
        self._changed = asyncio.Event()
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._open: dict[asyncio.Task[None], tuple[socket.socket, ...]] = {}
        self.connections = 0
        """How many were accepted so far."""
        self.passed: dict[Way, int] = {Way.UP: 0, Way.DOWN: 0}
        """Bytes passed on so far."""
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.refuse()
        self.reset()
        if self._open:
            await asyncio.wait(self._open)

    async def listen(self) -> None:
        """Accept connections, again on the same port after `refuse`."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._accepting = asyncio.create_task(self._accept(self._listener))

    async def refuse(self) -> None:
        """Accept no more; what is open stays open."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
        if self._listener is not None:
            self._listener.close()
        self._accepting, self._listener = None, None

    def set(self, weather: Weather) -> None:
        """Change what happens from now on."""
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()

    def reset(self) -> None:
        """Reset every open connection now (RST, not FIN)."""
        for task in self._open:
            task.cancel()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listener)
            server = socket.socket()
            for link in (client, server):
                link.setblocking(False)
            self.connections += 1
            task = asyncio.create_task(self._serve(client, server))
            self._open[task] = (client, server)
            task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        # Reset where the connection was cut or cancelled, an orderly end otherwise.
        orderly = not task.cancelled() and task.exception() is None
        for link in self._open.pop(task):
            if not orderly:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.close()

    async def _serve(self, client: socket.socket, server: socket.socket) -> None:
        await asyncio.get_running_loop().sock_connect(server, self._server)
        async with asyncio.TaskGroup() as group:
            up = group.create_task(self._pump(Way.UP, client, server))
            down = group.create_task(self._pump(Way.DOWN, server, client))
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            for pump in (up, down):
                pump.cancel()

    async def _pump(self, way: Way, source: socket.socket, target: socket.socket) -> None:
        """Pass bytes on until one side ends; raises where the weather cuts the line."""
        loop = asyncio.get_running_loop()
        passed = 0
        while True:
            if self._at(way).stalled:
                await self._changed.wait()
                continue
            weather = self._at(way)
            left = _BLOCK if weather.cut_after is None else weather.cut_after - passed
            if left <= 0:
                raise ConnectionResetError
            block = await loop.sock_recv(source, min(left, weather.slice))
            if not block:
                return
            if self._at(way).black_hole:
                continue
            await loop.sock_sendall(target, block)
            passed += len(block)
            self.passed[way] += len(block)
            if weather.rate is not None:
                await asyncio.sleep(len(block) / weather.rate)

    def _at(self, way: Way) -> Weather:
        return self._weather if self._weather.meets(way) else Weather()
