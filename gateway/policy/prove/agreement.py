"""Two provers, one answer: where they do not agree, nothing is decided.

The second prover has no say beyond that: it can turn "holds" and "violated" into "could not decide", and nothing else.
"""

from dataclasses import replace

from gateway.policy.prove.diagrams import Count
from gateway.policy.prove.verdict import Outcome, Verdict

__all__ = ["DISAGREE", "agreed"]

DISAGREE = "the two provers do not agree: the program is wrong, do not use this version and report the policy"


def agreed(first: Verdict, second: Count) -> Verdict:
    """Give the answer of both. They must agree on the violations and on the cases that they looked at."""
    if first.outcome is Outcome.UNDECIDED:
        return first
    if second.reason:
        return replace(first, outcome=Outcome.UNDECIDED, reason=second.reason)
    if (first.violations, first.cases) != (second.violations, second.cases):
        return replace(first, outcome=Outcome.UNDECIDED, reason=DISAGREE)
    return first
