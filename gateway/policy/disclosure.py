"""What the policy room hands back for one message and one partner: the disclosed message, or why there is none.

Holds decisions, not only results: for every leaf its level, the rules that decided and their laws. Levels, rules and
paths are no content, but they may point at a person; whoever stores them stores them sealed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NamedTuple, TypeAlias

from gateway.document.tree import JsonObject
from gateway.names import FieldId, PartnerId
from gateway.policy.language import Condition
from gateway.policy.tables import Cell

__all__ = [
    "Disclosure",
    "Fate",
    "Ground",
    "LeafDecision",
    "Outcome",
    "PersonFacts",
    "Record",
    "Told",
]


class Outcome(Enum):
    """`SEND` has a message, `WITHHELD` has none."""

    SEND = "send"
    WITHHELD = "withheld"


class Fate(StrEnum):
    """What became of one leaf in the end."""

    SENT = "sent"
    WITHHELD = "withheld"
    LEFT_OUT = "left out"
    """Permitted, but the level drops it, or what it stands in or points to does not leave."""
    UNREADABLE = "unreadable"
    """The value cannot be reduced to the decided level; it is withheld."""


class Told(NamedTuple):
    """One leaf of the message: where it stands, what was decided, what became of it."""

    path: str
    cell: Cell
    fate: Fate


Record: TypeAlias = tuple[str, str, Cell, Fate]
"""One leaf as the filter notes it: the path of its object, its own name, what was decided, what became of it."""


class Ground(NamedTuple):
    """One line of the statement of withholding; an empty class or ground says only that there may be gaps."""

    data_class: str
    how: str
    ground: str


class LeafDecision(NamedTuple):
    """The account of one leaf as plain values. `level` is a word of its ladder, or "keep" where no rule decides."""

    path: str
    field: FieldId
    level: str
    fate: str
    rules: tuple[str, ...]
    conditions: tuple[str, ...]


class PersonFacts(NamedTuple):
    """What was decided about one person of the message, or about everything else (`path` empty)."""

    path: str
    roles: tuple[str, ...]
    items: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Path, level and rules of every leaf."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The decision for one partner. `message` validates against the exchange format's own schema.

    `reasons` are stable words: `rule:L4`, `nothing-left`, `purpose-missing`, `policy-expired`, `partner-stopped`,
    `status-not-taken`, `subject-withheld`. `withheld` is the statement that stands in the message's header. `unknown`
    counts members that the exchange format does not have; they vanish.
    """

    partner: PartnerId
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    withheld: tuple[Ground, ...] = ()
    conditions: tuple[Condition, ...] = ()
    message: JsonObject | None = field(default=None, repr=False)
    record: tuple[Record, ...] = field(default=(), repr=False)
    laws: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    unknown: int = 0

    @property
    def told(self) -> tuple[Told, ...]:
        """Give what was decided about every leaf and what became of it, in the order of the message."""
        return tuple(Told(f"{path}.{name}", cell, fate) for path, name, cell, fate in self.record)

    @property
    def account(self) -> Iterator[LeafDecision]:
        """Give the decision about every leaf, in the order of the message. The laws of a rule are in `laws`."""
        for path, name, cell, fate in self.record:
            conditions = tuple(map(str, cell.conditions))
            yield LeafDecision(f"{path}.{name}", cell.field.id, cell.word, fate.value, cell.rules, conditions)

    @property
    def levels(self) -> dict[str, int]:
        """How many decided leaves ended at which level."""
        counts: Counter[str] = Counter()
        for _, _, cell, fate in self.record:
            if cell.decided:
                counts["redact" if fate is Fate.UNREADABLE else cell.word] += 1
        return dict(sorted(counts.items()))

    @property
    def rules(self) -> dict[str, int]:
        """How many decided leaves each rule had a say in."""
        counts: Counter[str] = Counter()
        for _, _, cell, _ in self.record:
            counts.update(cell.rules)
        return dict(sorted(counts.items()))

    @property
    def withheld_items(self) -> int:
        """How many decided leaves did not leave, or not in full."""
        return sum(1 for _, _, cell, fate in self.record if cell.decided and (fate is not Fate.SENT or cell.coarsened))

    @property
    def persons(self) -> tuple[PersonFacts, ...]:
        """Give the decisions grouped by person, and in the end those about everything else."""
        groups: dict[str, list[Record]] = {}
        for one in self.record:
            head = one[0].partition(".")[0]
            groups.setdefault(head if head.startswith("persons[") else "", []).append(one)
        ordered = sorted(groups, key=lambda path: (not path, int(path[8:-1]) if path else 0))
        return tuple(
            PersonFacts(
                path,
                tuple(sorted(groups[path][0][2].key.roles)) if path else (),
                tuple((f"{at}.{name}", cell.word, cell.rules) for at, name, cell, _ in groups[path]),
            )
            for path in ordered
        )
