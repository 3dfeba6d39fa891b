"""A plain pika client, as an agency or partner writes it: nothing of ours between it and the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel


@contextmanager
def channel(url: str) -> Iterator[BlockingChannel]:
    """A channel in confirm mode."""
    link = pika.BlockingConnection(pika.URLParameters(url))
    try:
        opened = link.channel()
        opened.confirm_delivery()
        yield opened
    finally:
        if link.is_open:
            link.close()


def publish(url: str, exchange: str, key: str, body: bytes, **properties: Any) -> None:
    """Publish one persistent, mandatory, confirmed message. Raises what pika raises."""
    with channel(url) as opened:
        send(opened, exchange, key, body, **properties)


def send(opened: BlockingChannel, exchange: str, key: str, body: bytes, **properties: Any) -> None:
    """As `publish`, on an open channel."""
    values = pika.BasicProperties(delivery_mode=2, **properties)
    opened.basic_publish(exchange, key, body, values, mandatory=True)


def depth(url: str, *queues: str) -> int:
    """Count ready messages; those that a consumer holds are not among them."""
    with channel(url) as opened:
        return sum(int(opened.queue_declare(queue, passive=True).method.message_count) for queue in queues)


def drain(url: str, *queues: str) -> list[tuple[pika.BasicProperties, bytes]]:
    """Take everything that is ready, and acknowledge it."""
    found: list[tuple[pika.BasicProperties, bytes]] = []
    with channel(url) as opened:
        for queue in queues:
            while True:
                method, properties, body = opened.basic_get(queue)
                if method is None or properties is None or body is None:
                    break
                found.append((properties, body))
                opened.basic_ack(method.delivery_tag)
    return found
