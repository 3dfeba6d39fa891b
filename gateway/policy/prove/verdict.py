"""What became of one promise: it holds, is broken, or could not be decided. The last never counts as the first."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Fault
from gateway.names import PartnerId
from gateway.policy.language import Case, Promise

__all__ = ["Broken", "Outcome", "Verdict", "case_words"]


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

    @property
    def fault(self) -> Fault | None:
        """What is wrong, as an error in the officer's words: POL-062 for a broken promise, POL-063 for no answer."""
        if self.outcome is Outcome.UNDECIDED:
            fix = "give it more time, name fewer roles and marks apart, or report the policy; it is not proved"
            return Fault("POL-063", f"promise {self.promise.id}: {self.reason}", self.promise.place, fix)
        if self.broken is None:
            return None
        where = f"the smallest: {case_words(self.broken.case)}, level `{self.broken.level}`"
        message = f"promise {self.promise.id} is broken in {self.violations:,} of {self.cases:,} combinations; {where}"
        return Fault("POL-062", message, self.promise.place, "change the rule that shares it, or the promise")


def case_words(case: Case) -> str:
    """Give a case in one line of the words of the language."""
    people = " and ".join(sorted(case.roles))
    parts = [
        f"`{case.field}` about {people}",
        f"to {case.partner}",
        f"for {case.purpose}",
        "+".join(sorted(case.marks)),
    ]
    parts += [case.classification, case.information, case.origin]
    parts += ["no longer usable"] if case.usable == "no" else []
    parts += [f"with: {', '.join(sorted(case.grants))}"] if case.grants else []
    return ", ".join(parts)
