"""One AMQP channel with a deadline on every call and no exception that escapes into pika.

pika's calls have no time limit and a lost answer wedges the channel, so a call that is not answered aborts the whole
connection. A callback that raises would tear down the connection with all its channels: every callback here is a guard
that counts the failure instead.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from pika.channel import Channel as PikaChannel
from pika.spec import Basic, BasicProperties

from gateway.transport.amqp.loss import LinkDown, Loss, Trouble, loss_of

__all__ = ["Channel", "guarded"]


def guarded(callback: Callable[..., None], failures: list[str]) -> Callable[..., None]:
    """Wrap a callback so that nothing it raises reaches pika; `failures` gets the type of what was raised."""

    def call(*arguments: object) -> None:
        try:
            callback(*arguments)
        except Exception as error:  # noqa: BLE001  an exception here would end the whole connection
            failures.append(type(error).__name__)

    return call


class Channel:
    """`lost` is done when the channel is gone, with the reason. Belongs to the loop that opened it."""

    def __init__(self, raw: PikaChannel, *, deadline: float, abort: Callable[[], None], failures: list[str]) -> None:
        self._raw = raw
        self._deadline = deadline
        self._abort = abort
        self._failures = failures
        self.lost: asyncio.Future[Loss] = asyncio.get_running_loop().create_future()
        raw.add_on_close_callback(guarded(self._on_close, failures))

    @property
    def is_open(self) -> bool:
        """True while frames may be sent."""
        return not self.lost.done() and bool(self._raw.is_open)

    async def declare_passive(self, queue: str) -> int:
        """Give the number of ready messages. Raises LinkDown (unroutable, denied) and loses the channel otherwise."""
        frame = await self._call(lambda done: self._raw.queue_declare(queue, passive=True, callback=done))
        return int(frame.method.message_count)

    async def prefetch(self, count: int) -> None:
        """Let at most this many deliveries be unacknowledged."""
        await self._call(lambda done: self._raw.basic_qos(prefetch_count=count, callback=done))

    async def confirm_mode(
        self, on_confirm: Callable[[int, bool, bool], None], on_return: Callable[[str | bytes | None], None]
    ) -> None:
        """Ask for confirms: `on_confirm(tag, multiple, ack)`; `on_return(message_id)` comes before the ack."""

        def confirm(frame: Any) -> None:
            method = frame.method
            on_confirm(method.delivery_tag, bool(method.multiple), isinstance(method, Basic.Ack))

        def give_back(_channel: PikaChannel, _method: Any, properties: BasicProperties, _body: bytes) -> None:
            on_return(properties.message_id)

        self._raw.add_on_return_callback(guarded(give_back, self._failures))
        confirm_guard = guarded(confirm, self._failures)
        await self._call(lambda done: self._raw.confirm_delivery(confirm_guard, callback=done))

    async def consume(
        self,
        queue: str,
        on_message: Callable[[Any, BasicProperties, bytes], None],
        on_cancel: Callable[[], None],
    ) -> str:
        """Consume with manual acknowledgement; a message that `on_message` could not take is handed back."""

        def receive(_channel: PikaChannel, method: Any, properties: BasicProperties, body: bytes) -> None:
            before = len(self._failures)
            guard(method, properties, body)
            if len(self._failures) > before and self.is_open:
                self._raw.basic_nack(method.delivery_tag, requeue=True)

        guard = guarded(on_message, self._failures)
        self._raw.add_on_cancel_callback(guarded(lambda _frame: on_cancel(), self._failures))
        frame = await self._call(lambda done: self._raw.basic_consume(queue, receive, callback=done))
        return str(frame.method.consumer_tag)

    async def cancel(self, consumer: str) -> None:
        """Stop consuming."""
        await self._call(lambda done: self._raw.basic_cancel(consumer, callback=done))

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Acknowledge, if the channel still lives."""
        if self.is_open:
            self._raw.basic_ack(tag, multiple)

    def nack(self, tag: int) -> None:
        """Hand back, if the channel still lives. Never reject: from RabbitMQ 4.3 only that burns delivery counts."""
        if self.is_open:
            self._raw.basic_nack(tag, requeue=True)

    def publish(self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties) -> None:
        """Send one mandatory message. Says nothing about its arrival. Raises LinkDown if the channel is gone."""
        if not self.is_open:
            raise LinkDown(self._reason())
        self._raw.basic_publish(exchange, routing_key, body, properties, mandatory=True)

    async def close(self) -> None:
        """Close politely. What is unacknowledged goes back to its queue."""
        if self.is_open:
            self._raw.close()
            await asyncio.wait([self.lost], timeout=self._deadline)
            if not self.lost.done():
                self._abort()

    def _on_close(self, _channel: PikaChannel, reason: BaseException) -> None:
        if not self.lost.done():
            self.lost.set_result(loss_of(reason))

    def _reason(self) -> Loss:
        return self.lost.result() if self.lost.done() else Loss(Trouble.CLOSED)

    async def _call(self, start: Callable[[Callable[[Any], None]], object]) -> Any:
        if not self.is_open:
            raise LinkDown(self._reason())
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(frame: Any) -> None:
            if not answer.done():
                answer.set_result(frame)

        start(done)
        await asyncio.wait([answer, self.lost], timeout=self._deadline, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if not self.lost.done():
            self._abort()
            raise LinkDown(Loss(Trouble.DEADLINE))
        raise LinkDown(self.lost.result())
