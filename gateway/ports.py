"""The Protocols between the corridor and the world. A port is its contract suite (`gateway.testing.contracts`).

Each port states what it promises about durability and which errors it raises. Adapters live in `journal/` and
`transport/`, fakes stricter than reality in `testing/memory.py`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.custody.leaf import Leaf
from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, MessageId, PartnerId, SourceKey, State
from gateway.outcome import Outcome, SourceFile

__all__ = [
    "Attempt",
    "Clock",
    "Commit",
    "Delivery",
    "Disposition",
    "EmbeddedQueue",
    "Journal",
    "Pending",
    "QueueMessage",
    "ReceiptDraft",
    "Seen",
    "SendResult",
    "SendState",
    "Signer",
    "Sink",
    "Source",
    "receipt_channel",
]


class Clock(Protocol):
    """Where time comes from. Never used to order anything."""

    def now(self) -> str:
        """Give the time as RFC 3339 in UTC with milliseconds and `Z`."""
        ...

    def monotonic(self) -> float:
        """Give seconds since an unknown moment, never going backwards."""
        ...

    def randomness(self, size: int) -> bytes:
        """Give `size` fresh bytes from the operating system."""
        ...


class Signer(Protocol):
    """One private key of one purpose. The key never leaves it."""

    @property
    def key_id(self) -> str:
        """The name under which the public key is registered."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Give the 64 bytes of an Ed25519 signature (RFC 8032)."""
        ...

    def public(self) -> bytes:
        """Give the 32 bytes of the public key."""
        ...


class Disposition(StrEnum):
    """What became of a delivery. All but `REQUEUE` mean: the journal holds it durably, it may be forgotten."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    REQUEUE = "requeue"


class Delivery(Protocol):
    """One message of an agency together with its acknowledgement. The source owns it until `settle`."""

    @property
    def agency(self) -> AgencyId:
        """Who sent it, decided by the connection."""
        ...

    @property
    def key(self) -> str | None:
        """The sender's message id as sent, not yet checked; None where the source has none."""
        ...

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The bytes, one file or a set."""
        ...

    @property
    def lane(self) -> Lane:
        """The lane it came on."""
        ...

    @property
    def redelivered(self) -> bool:
        """True if the source may have handed it out before; a hint only."""
        ...

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Acknowledge, or hand back with `REQUEUE`. Called exactly once, after the journal's commit and never before.

        `receipts` answers sources that wait for one (HTTP). Never raises for a lost connection: the source delivers
        again.
        """
        ...


class Source(Protocol):
    """An agency's channel. Hands out at most its prefetch of unsettled deliveries: that is the back-pressure."""

    @property
    def name(self) -> str:
        """For logs and readiness: `agency/<id>/<kind>`."""
        ...

    def deliveries(self) -> AsyncIterator[Delivery]:
        """Give deliveries until `stop`; reconnects by itself and survives a broker that goes away."""
        ...

    async def stop(self) -> None:
        """Hand out no more; `deliveries` ends. Unsettled deliveries can still be settled."""
        ...

    async def close(self) -> None:
        """Flush acknowledgements, hand back what is unsettled, disconnect. Bounded to 5 seconds."""
        ...


class SendState(StrEnum):
    """What is known after one attempt. Only `DELIVERED` and `REFUSED` are final for the item."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    DELAYED = "delayed"
    LINK_DOWN = "link-down"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The outcome of one attempt. `reason` is a stable word; `retry_after` in seconds where the partner asked for it.

    `LINK_DOWN` blames the link, not the item: the dispatcher pauses the whole link and the item waits.
    """

    state: SendState
    reason: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """One item to send: final bytes, the same on every attempt."""

    item: ItemId
    message: MessageId
    partner: PartnerId
    kind: ItemKind
    lane: Lane
    attempts: int
    media_type: str
    taken_at: str
    payload: bytes = field(repr=False)
    agency: AgencyId = AgencyId("")
    generation: int = 0
    decision: Digest | None = None
    message_kind: str = ""
    status: str = ""
    withheld: Mapping[str, int] = field(default_factory=dict)
    """How many values each rule kept back (`outcome.Item.withheld`), for the receipt."""


class Sink(Protocol):
    """A partner's endpoint (or an agency's receipt channel)."""

    @property
    def name(self) -> str:
        """For logs: `partner/<id>/<kind>`."""
        ...

    @property
    def window(self) -> int:
        """How many sends may be in flight at once."""
        ...

    async def send(self, pending: Pending) -> SendResult:
        """Try once. Every failure of the world is a `SendResult`, never an exception; bounded in time by itself.

        `DELIVERED` is said only when the other side holds the bytes: confirmed and routed, answered 2xx, or renamed
        into place and flushed.
        """
        ...

    async def close(self) -> None:
        """Disconnect. Outstanding sends end as `LINK_DOWN`. Bounded to 5 seconds."""
        ...


def receipt_channel(agency: AgencyId) -> PartnerId:
    """Under which name the outbox keeps an agency's receipts, so that `pending` serves them as it serves partners.

    The colon keeps it apart from every registered partner.
    """
    return PartnerId(f"agency:{agency}")


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """A signed receipt on its way to an agency: an outbox item of kind `receipt` under `receipt_channel(agency)`.

    `about` is the item it tells about: a later receipt about the same item takes its place as the current one. One
    about nothing is always current. `leaf` is its `receipt` leaf, appended in the same transaction after the other
    leaves; the ledger check finds a receipt without one (LED-142).
    """

    item: ItemId
    message: MessageId
    agency: AgencyId
    lane: Lane
    payload: bytes = field(repr=False)
    about: ItemId | None = None
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """One outcome with the receipts that were made and signed for it."""

    outcome: Outcome
    receipts: tuple[ReceiptDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the inbox knows of (agency, key)."""

    inbox_digest: bytes = field(repr=False)
    taken_at: str = ""
    receipts: tuple[bytes, ...] = field(default=(), repr=False)
    """The current receipts, newest last: the answer to a duplicate."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt came to, with the leaf that states it and the receipt it leads to.

    `state` is terminal, or `PENDING` for another try at `due` (RFC 3339).
    """

    item: ItemId
    state: State
    reason: str = ""
    due: str = ""
    at: str = ""
    leaf: Leaf | None = None
    receipts: tuple[ReceiptDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message of the embedded queue. `deliveries` counts how often it was handed out."""

    tag: int
    key: str = field(repr=False)
    deliveries: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class EmbeddedQueue(Protocol):
    """Named durable queues for one machine without a broker (delivery.md 10). Rows of the journal.

    Raises `JournalError` when durability is lost and `Passing` (DEL code) when a queue is full.
    """

    def declare(self, queue: str, max_bytes: int) -> None:
        """Create the queue, or set its bound."""
        ...

    def publish(self, queue: str, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Append durably, or raise: to an undeclared queue `Refusal`, to a full one `Passing`."""
        ...

    def take(self, queue: str, limit: int) -> list[QueueMessage]:
        """Hand out the oldest messages that nobody holds; they stay in the queue until `settle`."""
        ...

    def settle(self, tags: Sequence[int], *, requeue: bool = False) -> None:
        """Remove messages for good, or hand them back at the head."""
        ...

    def depth(self, queue: str) -> int:
        """How many messages wait, held ones included."""
        ...


class Journal(Protocol):
    """The durable store. Every writing method is one transaction and returns only after the medium has it.

    Synchronous on purpose: a group commit costs less on the event loop than beside it (docs/adr). Raises
    `JournalError` for every failure of the medium; after that nothing may be acknowledged. One process owns a journal.
    """

    @property
    def queue(self) -> EmbeddedQueue:
        """The embedded queues that live in the same journal."""
        ...

    def find(self, agency: AgencyId, key: SourceKey) -> Seen | None:
        """Look into the inbox."""
        ...

    def commit(self, batch: Sequence[Commit]) -> None:
        """Write inbox rows, leaves, openings, messages, items, receipts and quarantine rows of a whole batch, or
        nothing.

        Two outcomes with one (agency, key) in a batch are an `InvariantBroken`: the engine looks first.
        """
        ...

    def append(self, leaves: Sequence[Leaf], receipts: Sequence[ReceiptDraft] = ()) -> None:
        """Write leaves (and receipts) that belong to no new message: duplicates, plans, keys, stops."""
        ...

    def repeat(self, agency: AgencyId, key: SourceKey, leaf: Leaf) -> None:
        """Append the `duplicate` leaf and mark the current receipts of (agency, key) for one more attempt each.

        The receipts keep their item, bytes and terminal state; `pending` gives them again until the attempt is
        recorded.
        """
        ...

    def pending(self, partner: PartnerId, lane: Lane, limit: int, now: str, held: frozenset[ItemId]) -> list[Pending]:
        """Give the oldest due items of a partner and lane that are not in `held`, with their bytes."""
        ...

    def waiting(self) -> int:
        """Count the items of all partners and agencies that still wait for an attempt, due or not."""
        ...

    def record(self, attempts: Sequence[Attempt]) -> None:
        """Write what attempts came to: state, leaf and receipts.

        A terminal item never changes again: `InvariantBroken`.
        """
        ...

    def seal(self, log: str) -> tuple[int, bytes]:
        """Give size and Merkle root (32 bytes) of a log as committed."""
        ...

    def store_checkpoint(self, log: str, size: int, note: bytes) -> None:
        """Keep a signed checkpoint. One that does not extend the last is an `InvariantBroken`."""
        ...

    def last_checkpoint(self, log: str) -> bytes | None:
        """Give the newest signed checkpoint of a log."""
        ...

    def logs(self) -> tuple[str, ...]:
        """The origins of the logs in this journal."""
        ...

    def leaves(self, log: str, start: int = 0) -> Iterator[bytes]:
        """Give the bytes of the leaves from an index on, in order of the index."""
        ...

    def close(self) -> None:
        """Checkpoint the write-ahead log and release the lock."""
        ...
