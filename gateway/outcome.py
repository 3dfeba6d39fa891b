"""What goes into the corridor and what comes out of it, as values: `Received` in, `Outcome` out.

Effects are performed elsewhere, in one order, from these values alone. They hold final bytes: whoever performs an
outcome decides nothing. `repr` shows ids, states and sizes, never content.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.custody.leaf import Leaf
from gateway.errors import Fault
from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, MessageId, PartnerId, SourceKey, State, Status

__all__ = ["Item", "MessageOutcome", "Outcome", "Received", "SourceFile"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of one file as an agency sent them. `name` chooses the member of a set and is personal data."""

    data: bytes = field(repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery from an agency's channel, before anything was read.

    `taken_at` is the only clock reading of a message: RFC 3339, UTC, milliseconds, `Z`. `entropy` is 32 fresh random
    bytes that may influence salts of commitments only, never a byte that a partner receives.
    """

    agency: AgencyId
    key: SourceKey = field(repr=False)
    files: tuple[SourceFile, ...]
    taken_at: str
    entropy: bytes = field(repr=False)
    lane: Lane = Lane.ROUTINE


@dataclass(frozen=True, slots=True)
class Item:
    """One (message, partner, kind, generation) and everything needed to deliver it, or the reason why not.

    `state` is `PENDING` for what will be sent, else terminal. `payload` are the final bytes of every attempt.
    `reasons` are stable words (custody-ledger.md 9). `account` is canonical JSON that explains the decision per field:
    it holds field ids, rules and laws, but may point at persons, so it is stored encrypted.
    """

    item: ItemId
    message: MessageId
    partner: PartnerId
    state: State
    lane: Lane
    kind: ItemKind = ItemKind.MESSAGE
    generation: int = 0
    payload: bytes | None = field(default=None, repr=False)
    media_type: str = "application/json"
    reasons: tuple[str, ...] = ()
    account: bytes = field(default=b"", repr=False)
    decision: Digest | None = None
    """Hash of the decision leaf (RFC 6962 leaf hash)."""
    withheld: Mapping[str, int] = field(default_factory=dict)
    """How many leaves each rule kept back, for the agency's receipt and the demo's summary."""


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """One message of a delivery: its common form, what is wrong with it, and one item per partner.

    A message that failed before its partners were known has one item with partner `-`.
    """

    message: MessageId
    part: str
    state: State
    lane: Lane
    status: Status
    kind: str
    items: tuple[Item, ...]
    exchange: bytes | None = field(default=None, repr=False)
    faults: tuple[Fault, ...] = ()
    lineage: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one delivery leads to. Committed as a whole or not at all.

    `state` is the join over the messages. `duplicate_key` of the inbox is (agency, key); `inbox_digest` is the keyed
    digest of the bytes. `leaves` are in the order in which they are appended to the disclosure log.
    """

    received: Received
    inbox_digest: bytes = field(repr=False)
    plan: Digest = Digest("")
    messages: tuple[MessageOutcome, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    openings: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What opens the commitments of the leaves, by leaf hash: stored encrypted, erasable."""
    received_leaf: Digest | None = None

    @property
    def state(self) -> State:
        """The join of the states of the messages; of none it is `UNKNOWN`."""
        return max((message.state for message in self.messages), default=State.UNKNOWN)
