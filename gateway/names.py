"""The words every room shares: typed ids, lanes, and the states a message can end in.

Guarantees that two ids of different kinds cannot be mixed up unnoticed, and that the state of a message
is a join whose neutral element is the worst value: what was forgotten is never taken for delivered.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import NewType

__all__ = [
    "AgencyId",
    "Digest",
    "EntityId",
    "FieldId",
    "ItemId",
    "ItemKind",
    "Lane",
    "MessageId",
    "NO_PARTNER",
    "PartnerId",
    "SourceKey",
    "State",
    "Status",
    "join",
]

AgencyId = NewType("AgencyId", str)
"""A registered agency, `[a-z0-9-]{2,64}`. Decided by the connection, never by the payload."""

PartnerId = NewType("PartnerId", str)
"""A registered partner, `[a-z0-9-]{2,64}`."""

MessageId = NewType("MessageId", str)
"""UUIDv5 of a message in the deployment's secret namespace (delivery.md 1.2)."""

ItemId = NewType("ItemId", str)
"""UUIDv5 of (message, route, partner, kind, generation): what a partner uses to recognise a repetition."""

EntityId = NewType("EntityId", str)
"""UUIDv5 of an entity inside one message."""

SourceKey = NewType("SourceKey", str)
"""The sender's own message id, 1 to 255 visible ASCII characters, or `raw-` and a keyed digest."""

FieldId = NewType("FieldId", str)
"""A leaf of the exchange format without brackets: `person.names.full`."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hexadecimal digits."""

NO_PARTNER = PartnerId("-")
"""The partner of a message that failed before its partners were known."""


class Lane(IntEnum):
    """Precedence: speed of service only. A smaller number goes first; it never changes a decision."""

    FLASH = 0
    IMMEDIATE = 1
    PRIORITY = 2
    ROUTINE = 3


class Status(StrEnum):
    """CAP 1.2 `status`. Everything derived from a message inherits it."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class ItemKind(StrEnum):
    """What an item carries."""

    MESSAGE = "message"
    RECEIPT = "receipt"
    RECALL = "recall"
    CORRECTION = "correction"


class State(IntEnum):
    """Where an item stands. The order is the order of the join: the worst wins."""

    DELIVERED = 0
    WITHHELD = 1
    REFUSED = 2
    QUARANTINED = 3
    PENDING = 4
    UNKNOWN = 5

    @property
    def terminal(self) -> bool:
        """True for the four states an item never leaves (delivery.md 1.4)."""
        return self <= State.QUARANTINED

    @property
    def word(self) -> str:
        """The lower-case word used in receipts, reports and `--json`."""
        return self.name.lower()


def join(states: Iterable[State]) -> State:
    """Give the state of a message from the states of its items; of no items it is `UNKNOWN`, an error."""
    return max(states, default=State.UNKNOWN)
