"""What became of one promise: it holds, is broken, or could not be decided. The last never counts as the first."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.names import PartnerId
from gateway.policy.language import Case, Promise

__all__ = ["Broken", "Outcome", "Verdict"]


class Outcome(StrEnum):
    """The three answers of a prover."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNDECIDED = "could not decide"


@dataclass(frozen=True, slots=True)
class Broken:
    """The smallest case that breaks a promise, and the level at which the item leaves there.

    For `same`, `other` is a partner of the group that gets `other_level`, or the same level with other conditions.
    """

    case: Case
    level: str
    other: PartnerId = PartnerId("")
    other_level: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one promise: in how many of how many cases it is broken, exactly, and the smallest of them.

    `reason` says why nothing could be decided; the figures then mean nothing.
    """

    promise: Promise
    outcome: Outcome
    violations: int = 0
    cases: int = 0
    broken: Broken | None = None
    reason: str = ""
