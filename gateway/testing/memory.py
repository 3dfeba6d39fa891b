"""In-memory fakes of the transport ports, stricter than reality, that can fail before or after something has happened.

`hook` is called with the name of each step, before it (`publish`) and after it (`publish-done`), and may raise: so a
test can lose an effect or lose only the answer to it. Wrong use that a real adapter might forgive is an error here.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import Fault, InvariantBroken, Passing, Refusal
from gateway.names import AgencyId, Lane
from gateway.outcome import SourceFile
from gateway.ports import Disposition, Pending, QueueMessage, SendResult, SendState

__all__ = ["Hook", "MemoryDelivery", "MemoryQueue", "MemorySink", "MemorySource", "no_fault"]

Hook = Callable[[str], None]
"""Told about each step; raising makes it fail there."""


def no_fault(step: str) -> None:
    """Let everything work."""


@dataclass(slots=True)
class _Queue:
    max_bytes: int
    messages: dict[int, QueueMessage] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)


class MemoryQueue:
    """An EmbeddedQueue without a disk. `crash` does what a restart of the process does."""

    def __init__(self, hook: Hook = no_fault) -> None:
        self._hook = hook
        self._queues: dict[str, _Queue] = {}
        self._names: dict[int, str] = {}
        self._tag = 0

    def declare(self, queue: str, max_bytes: int) -> None:
        """Create the queue, or set its bound."""
        if queue in self._queues:
            self._queues[queue].max_bytes = max_bytes
        else:
            self._queues[queue] = _Queue(max_bytes)

    def publish(self, queue: str, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Append, or raise: Refusal for an undeclared queue, Passing for a full one."""
        self._hook("publish")
        target = self._known(queue)
        if sum(len(message.body) for message in target.messages.values()) + len(body) > target.max_bytes:
            raise Passing(Fault("DEL-131", "the queue is full"))
        self._tag += 1
        target.messages[self._tag] = QueueMessage(self._tag, key, 0, bytes(body), dict(headers))
        self._names[self._tag] = queue
        self._hook("publish-done")

    def take(self, queue: str, limit: int) -> list[QueueMessage]:
        """Hand out the oldest messages that nobody holds."""
        self._hook("take")
        target = self._known(queue)
        free = [tag for tag in sorted(target.messages) if tag not in target.held][:limit]
        taken = []
        for tag in free:
            message = replace(target.messages[tag], deliveries=target.messages[tag].deliveries + 1)
            target.messages[tag] = message
            target.held.add(tag)
            taken.append(message)
        self._hook("take-done")
        return taken

    def settle(self, tags: Sequence[int], *, requeue: bool = False) -> None:
        """Remove or hand back. A tag that nobody holds is an InvariantBroken."""
        self._hook("settle")
        for tag in tags:
            queue = self._queues.get(self._names.get(tag, ""))
            if queue is None or tag not in queue.held:
                raise InvariantBroken(Fault("SYS-001", "a message was settled that nobody holds"))
            queue.held.discard(tag)
            if not requeue:
                del queue.messages[tag]
                del self._names[tag]
        self._hook("settle-done")

    def depth(self, queue: str) -> int:
        """Count what waits, held ones included."""
        return len(self._known(queue).messages)

    def crash(self) -> None:
        """Let go of everything that was held, as a restart does."""
        for queue in self._queues.values():
            queue.held.clear()

    def _known(self, queue: str) -> _Queue:
        if queue not in self._queues:
            raise Refusal(Fault("DEL-130", "nobody declared this queue"))
        return self._queues[queue]


@dataclass(slots=True)
class MemoryDelivery:
    """A delivery that insists on being settled exactly once."""

    agency: AgencyId
    key: str | None = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    lane: Lane = Lane.ROUTINE
    redelivered: bool = False
    settled: Disposition | None = None
    receipts: tuple[bytes, ...] = field(default=(), repr=False)
    hook: Hook = field(default=no_fault, repr=False)

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Note what became of it. A second call is an InvariantBroken."""
        self.hook("settle")
        if self.settled is not None:
            raise InvariantBroken(Fault("SYS-001", "a delivery was settled twice"))
        self.settled = disposition
        self.receipts = tuple(receipts)
        self.hook("settle-done")


class MemorySource:
    """Hands out given deliveries in order, then ends. What was handed out can be looked at afterwards."""

    def __init__(self, name: str, deliveries: Sequence[MemoryDelivery]) -> None:
        self.name = name
        self.given = list(deliveries)
        self.handed_out: list[MemoryDelivery] = []
        self._stopped = False

    async def deliveries(self) -> AsyncIterator[MemoryDelivery]:
        """Give what is left, until `stop`."""
        for delivery in self.given:
            if self._stopped:
                return
            self.handed_out.append(delivery)
            yield delivery

    async def stop(self) -> None:
        """Hand out no more."""
        self._stopped = True

    async def close(self) -> None:
        """Hand out no more."""
        self._stopped = True


class MemorySink:
    """Keeps what it was sent. `answers` are given in turn, the last one for ever; default is DELIVERED.

    With DELIVERED the item is kept; another payload under the same id is an InvariantBroken (INV5).
    """

    window = 16

    def __init__(self, name: str, answers: Sequence[SendResult] = (), hook: Hook = no_fault) -> None:
        self.name = name
        self.sent: list[Pending] = []
        self.attempts = 0
        self.closed = False
        self._answers = list(answers)
        self._hook = hook
        self._payloads: dict[str, bytes] = defaultdict(bytes)

    async def send(self, pending: Pending) -> SendResult:
        """Try once, as told by `answers`."""
        if self.closed:
            return SendResult(SendState.LINK_DOWN, "closed")
        self.attempts += 1
        if self._payloads.setdefault(pending.item, pending.payload) != pending.payload:
            raise InvariantBroken(Fault("SYS-001", "one item was sent with two payloads"))
        self._hook("send")
        answer = SendResult(SendState.DELIVERED)
        if self._answers:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.state is SendState.DELIVERED:
            self.sent.append(pending)
        self._hook("send-done")
        return answer

    async def close(self) -> None:
        """Send no more."""
        self.closed = True
