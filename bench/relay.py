"""The honest baseline: a bare relay with pika's asynchronous connection, which does nothing but move messages.

    python -m bench.relay --messages 20000 --size 1933 --targets 1

Consumes from one quorum queue, publishes the same body to one other or to several (persistent, mandatory, with
confirms), acknowledges the source after the last confirm. Two connections, pipelined, acknowledgements batched: what a
good engineer would write with pika alone. It reads nothing, decides nothing and keeps nothing, so it is the most that
any gateway on pika can do.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection

from gateway.testing.broker import Broker, ExternalBroker, PrivateBroker

SOURCE, TARGET = "bench.in", "bench.out"
PREFETCH = 300
ACK_EVERY = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to. CPU is of this process, user and system; the broker has its own."""

    messages: int
    size: int
    targets: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """CPU per message."""
        return self.cpu_seconds / self.messages * 1e6


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def connect(url: str) -> AsyncioConnection:
    """Open a connection."""
    opened: asyncio.Future[AsyncioConnection] = asyncio.get_running_loop().create_future()
    parameters = pika.URLParameters(url)
    AsyncioConnection(
        parameters,
        on_open_callback=opened.set_result,
        on_open_error_callback=lambda _connection, error: opened.set_exception(error),
    )
    return await opened


async def channel(connection: AsyncioConnection) -> Any:
    """Open a channel."""
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    connection.channel(on_open_callback=opened.set_result)
    return await opened


async def close(connection: AsyncioConnection) -> None:
    """Close a connection and wait until it is."""
    closed = asyncio.Event()
    connection.add_on_close_callback(lambda _connection, _reason: closed.set())
    connection.close()
    await closed.wait()


class Relay:
    """Moves a number of messages, then is done."""

    def __init__(self, count: int, targets: int = 1) -> None:
        self._count = count
        self._targets = targets
        self._source: Any = None
        self._target: Any = None
        self._next = 1
        self._of: dict[int, int] = {}
        self._left: dict[int, int] = {}
        self._moved = 0
        self._acked = 0
        self._last = 0
        self.done = asyncio.Event()

    async def run(self, url: str) -> None:
        """Connect twice, move everything, disconnect."""
        incoming, outgoing = await connect(url), await connect(url)
        self._source, self._target = await channel(incoming), await channel(outgoing)
        ready = asyncio.Event()
        self._target.confirm_delivery(self._on_confirm, callback=lambda _frame: ready.set())
        await ready.wait()
        self._source.basic_qos(prefetch_count=PREFETCH)
        self._source.basic_consume(SOURCE, self._on_message)
        await self.done.wait()
        for connection in (incoming, outgoing):
            await close(connection)

    def _on_message(self, _channel: Any, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        made = pika.BasicProperties(
            message_id=properties.message_id, delivery_mode=2, content_type="application/octet-stream"
        )
        self._last = method.delivery_tag
        self._left[method.delivery_tag] = self._targets
        for number in range(self._targets):
            self._of[self._next] = method.delivery_tag
            self._next += 1
            self._target.basic_publish("", f"{TARGET}.{number}", body, made, mandatory=True)

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        if not isinstance(method, pika.spec.Basic.Ack):
            raise SystemExit("the broker refused a message: the baseline does not retry")
        tags = [tag for tag in self._of if tag <= method.delivery_tag] if method.multiple else [method.delivery_tag]
        for tag in tags:
            source = self._of.pop(tag)
            self._left[source] -= 1
            if not self._left[source]:
                del self._left[source]
                self._moved += 1
        # Everything before the oldest message that is still on its way may be acknowledged at once.
        done = next(iter(self._left)) - 1 if self._left else self._last
        if done - self._acked >= ACK_EVERY or (not self._left and done > self._acked):
            self._source.basic_ack(done, multiple=True)
            self._acked = done
        if self._moved >= self._count:
            self.done.set()


def fill(url: str, count: int, size: int, targets: int) -> None:
    """Declare all queues anew and put the messages into the first."""
    link = pika.BlockingConnection(pika.URLParameters(url))
    with link.channel() as filling:
        for queue in (SOURCE, *(f"{TARGET}.{number}" for number in range(targets))):
            filling.queue_delete(queue)
            filling.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        body = os.urandom(size)
        for number in range(count):
            properties = pika.BasicProperties(message_id=f"bench-{number}", delivery_mode=2)
            filling.basic_publish("", SOURCE, body, properties)
        # Without confirms: wait until the broker has counted them all.
        while filling.queue_declare(SOURCE, passive=True).method.message_count < count:
            link.sleep(0.05)
    link.close()


def measure(broker: Broker, count: int, size: int, targets: int = 1) -> Result:
    """Fill, relay, and give the figures of the relay alone."""
    url = broker.url()
    fill(url, count, size, targets)
    began, used = time.perf_counter(), cpu()
    asyncio.run(Relay(count, targets).run(url))
    return Result(count, size, targets, time.perf_counter() - began, cpu() - used)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--size", type=int, default=1_933)
    options.add_argument("--targets", type=int, default=1)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    external = ExternalBroker.from_environment(os.environ)
    if external is not None:
        result = measure(external, chosen.messages, chosen.size, chosen.targets)
    elif lacks := PrivateBroker.missing():
        sys.exit(f"no RabbitMQ: {lacks}")
    else:
        with PrivateBroker() as broker:
            result = measure(broker, chosen.messages, chosen.size, chosen.targets)
    if chosen.json:
        figures = asdict(result) | {"rate": result.rate, "cpu_microseconds": result.cpu_microseconds}
        print(json.dumps(figures))
    else:
        print(
            f"bare pika relay to {result.targets}, quorum queues, {result.size} B: {result.rate:,.0f} messages/s,",
            end=" ",
        )
        print(f"{result.cpu_microseconds:.0f} us CPU per message ({result.messages:,} in {result.seconds:.2f} s)")


if __name__ == "__main__":
    main()
