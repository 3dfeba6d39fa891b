"""Is a version strictly tighter than another, only said in other words, or wider? Decides how many must sign.

Wider is whatever is not proved to be one of the others: anything newly disclosed, a condition dropped or weakened, a
promise or test removed or weakened, a longer validity, more said about gaps (policy-language.md 11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.policy.compare.diff import Difference

__all__ = ["Direction", "Verdict", "verdict_of"]


class Direction(StrEnum):
    """What a version does compared with the one before it."""

    UNCHANGED = "unchanged"
    WORDS = "words"
    TIGHTER = "tighter"
    WIDER = "wider"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The direction, and the reasons for it: English sentences that name rules, partners and counts, never a value."""

    direction: Direction
    reasons: tuple[str, ...]


def verdict_of(difference: Difference) -> Verdict:
    """Judge a difference."""
    wider = tuple(_wider(difference))
    if wider:
        return Verdict(Direction.WIDER, wider)
    tighter = tuple(_tighter(difference))
    if tighter:
        return Verdict(Direction.TIGHTER, tighter)
    if difference.old.digest == difference.new.digest:
        return Verdict(Direction.UNCHANGED, ("the decision sets are the same",))
    return Verdict(Direction.WORDS, ("what leaves, and under which conditions, is the same in every case",))


def _wider(found: Difference) -> Iterator[str]:
    if found.disclosed_cases:
        yield f"newly disclosed: {found.disclosed_cases:,} combinations"
    if found.released:
        yield "messages are no longer held back as a whole in some cases"
    for change in found.dropped:
        yield f"condition dropped: {change.condition} in {change.cases:,} combinations"
    for one in found.beside:
        if one.wider:
            yield _named(one.subject, one.id, one.before, one.after)


def _tighter(found: Difference) -> Iterator[str]:
    if found.withdrawn_cases:
        yield f"no longer disclosed: {found.withdrawn_cases:,} combinations"
    if found.held:
        yield "messages are held back as a whole in more cases"
    for change in found.added:
        yield f"condition added: {change.condition} in {change.cases:,} combinations"
    for one in found.beside:
        yield _named(one.subject, one.id, one.before, one.after)


def _named(subject: str, name: str, before: str, after: str) -> str:
    whose = f" {name}" if name else ""
    return f"{subject}{whose}: {before or 'nothing'} -> {after or 'nothing'}"
