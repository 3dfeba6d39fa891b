"""What the leaves of a disclosure log say together: every decision has its message, every delivery its decision.

Reads leaves once, in the order of their indices, and remembers per item what later checks need. Finds contradictions
inside the log; `fsck` compares the log with the journal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.custody.leaf import LeafValue
from gateway.errors import Fault, Place
from gateway.names import State

__all__ = ["Decided", "Facts"]

_FINAL = {state.word: state for state in State if state.terminal}
_OUTCOMES = {"withheld": State.WITHHELD, "refused": State.REFUSED, "quarantined": State.QUARANTINED}
"""Decisions that end an item at once."""


@dataclass(slots=True)
class Decided:
    """One item as the log tells it. `ended` is the terminal state that the log states, if it does."""

    index: int
    hash: str
    message: str
    partner: str
    generation: int
    out: str
    ended: State | None


@dataclass(slots=True)
class Facts:
    """Grows leaf by leaf. `leaves` maps the hash of each received and decision leaf to its fields that commit."""

    decisions: dict[str, Decided] = field(default_factory=dict)
    received: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    receipt_digests: set[str] = field(default_factory=set)
    commitments: dict[str, dict[str, LeafValue]] = field(default_factory=dict)

    def add(self, place: Place, index: int, digest: str, leaf: Mapping[str, LeafValue]) -> Iterator[Fault]:
        """Take in the next leaf and say what it contradicts (LED-120 to LED-124)."""
        match leaf["type"]:
            case "received":
                self.received[digest] = str(leaf["message"])
                self._commits(digest, leaf)
            case "duplicate":
                if "received" in leaf and leaf["received"] not in self.received:
                    yield Fault("LED-120", "a duplicate refers to no earlier received leaf", place)
            case "decision":
                yield from self._decision(place, index, digest, leaf)
            case "delivery":
                yield from self._delivery(place, leaf)
            case "receipt":
                self.receipts[str(leaf["item"])] = digest
                self.receipt_digests.add(str(leaf["digest"]))
            case _:
                pass

    def _decision(self, place: Place, index: int, digest: str, leaf: Mapping[str, LeafValue]) -> Iterator[Fault]:
        item, message, outcome = str(leaf["item"]), str(leaf["message"]), str(leaf["outcome"])
        if self.received.get(str(leaf.get("received"))) != message:
            yield Fault("LED-120", "a decision refers to no earlier received leaf of its message", place)
        if item in self.decisions:
            yield Fault("LED-121", "an item was decided twice", place)
            return
        if outcome != "send" and outcome not in _OUTCOMES:
            yield Fault("LED-103", "a decision has an unknown outcome", place)
        self.decisions[item] = Decided(
            index,
            digest,
            message,
            str(leaf["partner"]),
            int(str(leaf["generation"])),
            str(leaf.get("out", "")),
            _OUTCOMES.get(outcome),
        )
        self._commits(digest, leaf)

    def _delivery(self, place: Place, leaf: Mapping[str, LeafValue]) -> Iterator[Fault]:
        item = str(leaf["item"])
        decided = self.decisions.get(item)
        if decided is None:
            # Receipts are delivered too: what allows that is their own leaf.
            if item not in self.receipts:
                yield Fault("LED-122", "something was sent without an earlier decision", place)
            return
        if not decided.out:
            yield Fault("LED-122", "something was sent that the decision withheld", place)
            return
        ended = _FINAL.get(str(leaf["outcome"]))
        if ended is not None and decided.ended not in {None, ended}:
            yield Fault("LED-124", "an item ended in two ways", place)
        decided.ended = decided.ended or ended if ended is None else ended

    def _commits(self, digest: str, leaf: Mapping[str, LeafValue]) -> None:
        names = ("in", "items", "out", "statement", "persons")
        self.commitments[digest] = {name: leaf[name] for name in names if name in leaf}
