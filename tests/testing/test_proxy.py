"""The fault proxy does what it says: a test that trusts it must be able to."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.testing.contracts import eventually
from gateway.testing.proxy import FaultProxy, Way, Weather


@asynccontextmanager
async def echo() -> AsyncIterator[FaultProxy]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while block := await reader.read(65_536):
                writer.write(block)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        async with FaultProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
            yield proxy
    finally:
        server.close()


@asynccontextmanager
async def line(proxy: FaultProxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_fair_weather_changes_nothing() -> None:
    async with echo() as proxy, line(proxy) as (reader, writer):
        body = bytes(range(256)) * 1000
        writer.write(body)
        assert await reader.readexactly(len(body)) == body
        assert proxy.passed == {Way.UP: len(body), Way.DOWN: len(body)}
        assert proxy.connections == 1


@pytest.mark.parametrize("size", [1, 999, 20_000])
async def test_a_cut_comes_after_exactly_so_many_bytes(size: int) -> None:
    async with echo() as proxy:
        proxy.set(Weather(Way.DOWN, cut_after=size))
        async with line(proxy) as (reader, writer):
            writer.write(b"x" * 30_000)
            with pytest.raises(ConnectionError):
                await reader.readexactly(30_000)
            assert proxy.passed[Way.DOWN] == size


async def test_a_black_hole_swallows_and_the_other_way_stays_open() -> None:
    async with echo() as proxy, line(proxy) as (reader, writer):
        proxy.set(Weather(Way.DOWN, black_hole=True))
        writer.write(b"lost")
        await eventually(lambda: proxy.passed[Way.UP] == 4, "the way up is open")
        proxy.set(Weather())
        writer.write(b"found")
        assert await reader.readexactly(5) == b"found"


async def test_a_stalled_way_holds_bytes_back_and_gives_them_later() -> None:
    async with echo() as proxy, line(proxy) as (reader, writer):
        proxy.set(Weather(Way.UP, stalled=True))
        writer.write(b"first")
        # One read may have been under way when the weather changed; what comes after it waits.
        await asyncio.sleep(0.05)
        before = proxy.passed[Way.UP]
        writer.write(b"second")
        await asyncio.sleep(0.05)
        assert proxy.passed[Way.UP] == before
        proxy.set(Weather())
        assert await reader.readexactly(11) == b"firstsecond"


async def test_a_slow_line_is_slow() -> None:
    async with echo() as proxy, line(proxy) as (reader, writer):
        proxy.set(Weather(Way.UP, rate=10_000, slice=500))
        started = time.monotonic()
        writer.write(b"x" * 3_000)
        await reader.readexactly(3_000)
        assert time.monotonic() - started > 0.2


async def test_refuse_and_listen_again_on_the_same_port() -> None:
    async with echo() as proxy:
        port = proxy.port
        await proxy.refuse()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)
        await proxy.listen()
        assert proxy.port == port
        async with line(proxy) as (reader, writer):
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            proxy.reset()
            with pytest.raises(ConnectionError):
                await reader.readexactly(1)
