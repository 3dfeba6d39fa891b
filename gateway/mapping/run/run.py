"""What mapping one message leaves behind, as integers: frames, lineage, faults; and what is settled at its end.

Both engines fill a `Run` in the same order, so that their results can be compared to the last number. Nothing here is
rendered: texts and places are made on demand by `report`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gateway.document.tree import JsonObject, JsonValue, Row, XmlElement
from gateway.mapping.language.rules import ErrorPolicy, ErrorWord
from gateway.mapping.program.program import Block
from gateway.mapping.run.node import Virtual

__all__ = [
    "ACCEPTED",
    "ASIDE",
    "Entry",
    "Frame",
    "ItemState",
    "Kept",
    "Leaf",
    "MAX_FRAMES",
    "MakeId",
    "Pending",
    "Placed",
    "QUARANTINED",
    "REFUSED",
    "Rejected",
    "Token",
    "Run",
    "RunFault",
    "Unknown",
    "Written",
    "identity_of",
]

ACCEPTED, QUARANTINED, REFUSED = 0, 1, 2

MAX_FRAMES = 1_000_000
"""The step limit of one message: how many nodes blocks may go to before it is quarantined (R903)."""


Frame: TypeAlias = tuple[int, int, int, int]
"""A node that a block went to: block (-1 minus the split at the top), frame around it, position, position in the list.

The first position counts among the nodes the block could go to, the second is that of the item it fills.
"""

Leaf: TypeAlias = tuple[int, int, tuple[int, ...]]
"""A filled target: the field, the frame, and the trace of what was read."""

Token: TypeAlias = int | tuple[str, object, int]
"""What tells a node from all others: its identity, or for one that a mapping made, how it was made."""


class RunFault(NamedTuple):
    """A fault: code, whether it only warns, the field, the frame, and the read (value and position, -1 without one).

    `block` is the block at fault when no field is.
    """

    code: str
    warning: bool
    field: int
    frame: int
    value: int
    position: int
    block: int = -1


class Kept(NamedTuple):
    """A text that goes to `extensions`: the entity it is about, and where it was read."""

    about: str
    field: int
    frame: int
    value: int
    position: int
    text: str

    def __repr__(self) -> str:
        return f"Kept(field {self.field}, frame {self.frame})"


ASIDE = -2
"""Stands for a field in `Placed`: a text that was kept aside."""


class Placed(NamedTuple):
    """Where a marking of the source was put: on the first `depth` steps of the target of a field in a frame.

    Depth 0 is the header. Field -1 is the object of the frame; field `ASIDE` a text kept aside, by its number.
    """

    field: int
    frame: int
    depth: int


class Unknown(NamedTuple):
    """A field of an entity that the source says it does not know."""

    entity: JsonObject
    path: str

    def __repr__(self) -> str:
        return f"Unknown({self.path})"


class Entry(NamedTuple):
    """An entity that was made: its key (None without one), the identity of its node, its id, its frame."""

    key: tuple[str, ...] | None
    node: int
    id: str
    frame: int

    def __repr__(self) -> str:
        return f"Entry({self.id}, frame {self.frame})"


class Rejected(NamedTuple):
    """A node that a block's condition did not take."""

    node: object
    token: Token
    block: int
    frame: int
    position: int


@dataclass(slots=True, eq=False)
class ItemState:
    """The item that is being filled: whether it must be dropped, the list it will stand in, the item around it."""

    dropped: bool = False
    items: list[JsonValue] | None = field(default=None, repr=False)
    object: JsonObject | None = field(default=None, repr=False)
    outer: "ItemState | None" = None
    frame: int = 0


@dataclass(slots=True, eq=False)
class Pending:
    """A reference that stands in for an id until all entities are known; `container` and `key` say where.

    Without `keys` the entity is looked for from the frame outward.
    """

    blocks: tuple[str, ...]
    keys: tuple[str, ...] | None
    field: int
    frame: int
    value: int
    policy: ErrorPolicy
    item: ItemState | None
    container: dict[str, object] | list[object] | None = None
    key: str = ""

    def __repr__(self) -> str:
        return f"Pending(field {self.field}, frame {self.frame})"


Written: TypeAlias = JsonValue | Pending
"""A value for the message, or a reference that is settled before the message leaves this room."""


@dataclass(slots=True, eq=False)
class Run:
    """The state of one message. `nodes` are those of the frames."""

    blocks: Sequence[Block]
    frames: list[Frame] = field(default_factory=list)
    lineage: list[Leaf] = field(default_factory=list)
    faults: list[RunFault] = field(default_factory=list)
    outcome: int = ACCEPTED
    pending: list[Pending] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    entities: dict[str, list[Entry]] = field(default_factory=dict)
    nodes: list[object] = field(default_factory=list, repr=False)
    selected: dict[str, set[Token]] = field(default_factory=dict)
    rejected: dict[str, list[Rejected]] = field(default_factory=dict)
    items: list[ItemState] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)

    def token(self, node: object, group: str, frame: int, position: int) -> Token:
        """Tell a node that a block in `frame` could go to; made nodes by their group, their origin and position."""
        if not isinstance(node, Virtual):
            return id(node)
        return group, self._made(frame), position

    def _made(self, frame: int) -> Token:
        if frame == 0:
            return 0
        node = self.nodes[frame]
        if not isinstance(node, Virtual):
            return id(node)
        number, outer, position, _ = self.frames[frame]
        block = self.blocks[number]
        return self._made(outer) if block.source is None else (block.group, self._made(outer), position)

    def fault(self, fault: RunFault, word: ErrorWord) -> None:
        """Note a fault, and let the outcome be the worst so far."""
        self.faults.append(fault)
        if word is ErrorWord.REFUSE:
            self.outcome = REFUSED
        elif word is ErrorWord.QUARANTINE:
            self.outcome = max(self.outcome, QUARANTINED)


MakeId = Callable[[str, JsonValue], str]
"""Gives the id of an entity from the label of its block and its key."""


def identity_of(value: object) -> int:
    """Give what tells a node from all others while its document lives; 0 for a plain value, which has no identity."""
    return id(value) if isinstance(value, XmlElement | Row | Virtual | dict) else 0
