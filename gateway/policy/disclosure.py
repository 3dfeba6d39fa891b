"""What the policy room hands back for one message and one partner: the disclosed message, or why there is none.

Holds decisions, not only results: for every leaf its level, the rules that decided and their laws. Levels, rules and
paths are no content, but they may point at a person; whoever stores them stores them sealed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from gateway.document.tree import JsonObject
from gateway.names import FieldId, PartnerId
from gateway.policy.language import Condition
from gateway.policy.tables import Cell

__all__ = [
    "Disclosure",
    "Ground",
    "LEFT_OUT",
    "LeafDecision",
    "Outcome",
    "PersonFacts",
    "SENT",
    "Told",
    "UNREADABLE",
    "WITHHELD",
]


class Outcome(Enum):
    """`SEND` has a message, `WITHHELD` has none."""

    SEND = "send"
    WITHHELD = "withheld"


SENT, WITHHELD, LEFT_OUT, UNREADABLE = "sent", "withheld", "left out", "unreadable"
"""What became of a leaf in the end. `LEFT_OUT`: permitted, but the level drops it, or what it stands in or points to
does not leave. `UNREADABLE`: the value cannot be reduced to the decided level, so it is withheld."""

Told: TypeAlias = tuple[str, str, Cell, str]
"""One leaf: the path of its object, its own name, what was decided, what became of it."""


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
    `status-not-taken`. `withheld` is the statement that stands in the message's header. `unknown` counts members that
    the exchange format does not have; they vanish.
    """

    partner: PartnerId
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    withheld: tuple[Ground, ...] = ()
    conditions: tuple[Condition, ...] = ()
    message: JsonObject | None = field(default=None, repr=False)
    told: tuple[Told, ...] = field(default=(), repr=False)
    laws: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    unknown: int = 0

    @property
    def account(self) -> Iterator[LeafDecision]:
        """Give the decision about every leaf, in the order of the message. The laws of a rule are in `laws`."""
        for path, name, cell, fate in self.told:
            conditions = tuple(map(str, cell.conditions))
            yield LeafDecision(f"{path}.{name}", cell.field.id, cell.word, fate, cell.rules, conditions)

    @property
    def levels(self) -> dict[str, int]:
        """How many decided leaves ended at which level."""
        counts: Counter[str] = Counter()
        for _, _, cell, fate in self.told:
            if cell.decided:
                counts["redact" if fate == UNREADABLE else cell.word] += 1
        return dict(sorted(counts.items()))

    @property
    def rules(self) -> dict[str, int]:
        """How many decided leaves each rule had a say in."""
        counts: Counter[str] = Counter()
        for _, _, cell, _ in self.told:
            counts.update(cell.rules)
        return dict(sorted(counts.items()))

    @property
    def withheld_items(self) -> int:
        """How many decided leaves did not leave, or not in full."""
        return sum(1 for _, _, cell, fate in self.told if cell.decided and (fate != SENT or cell.coarsened))

    @property
    def persons(self) -> tuple[PersonFacts, ...]:
        """Give the decisions grouped by person, and in the end those about everything else."""
        groups: dict[str, list[Told]] = {}
        for told in self.told:
            head = told[0].partition(".")[0]
            groups.setdefault(head if head.startswith("persons[") else "", []).append(told)
        ordered = sorted(groups, key=lambda path: (not path, int(path[8:-1]) if path else 0))
        return tuple(
            PersonFacts(
                path,
                tuple(sorted(groups[path][0][2].key.roles)) if path else (),
                tuple((f"{at}.{name}", cell.word, cell.rules) for at, name, cell, _ in groups[path]),
            )
            for path in ordered
        )
