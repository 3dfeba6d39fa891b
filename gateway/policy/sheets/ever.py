"""All that one partner can ever see, and all that can ever leave about one role, in sentences that leave nothing out.

Both are differences: against the same policy whose shares do not name the partner, or the role. So the sentences are
those of `compare/`, verified in the same way, and name the same rules and limits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.names import PartnerId
from gateway.policy.compare.diff import Sentence, sentences_of
from gateway.policy.compare.versions import Versions
from gateway.policy.language import DecisionSet, Share
from gateway.policy.prove.axes import Axes

__all__ = ["Ever", "about_role", "for_partner"]


@dataclass(frozen=True, slots=True)
class Ever:
    """What can leave at all: how many cases, in which sentences."""

    subject: str
    sentences: tuple[Sentence, ...]
    cases: int
    axes: Axes


def for_partner(decisions: DecisionSet, partner: PartnerId) -> Ever:
    """Give all that a partner can ever see. `KeyError` for a partner that is not registered."""
    entry = decisions.partners[partner]
    names = {entry.id, entry.expired_id}
    return _against(decisions, partner, lambda share: replace(share, partners=share.partners - names))


def about_role(decisions: DecisionSet, role: str) -> Ever:
    """Give all that can ever leave about a person with this role or status, whatever other roles it has."""
    return _against(decisions, role, lambda share: replace(share, about=share.about - {role}))


def _against(decisions: DecisionSet, subject: str, without: Callable[[Share], Share]) -> Ever:
    policy = replace(decisions.policy, shares=tuple(map(without, decisions.policy.shares)))
    versions = Versions(replace(decisions, policy=policy), decisions)
    sentences, cases = sentences_of(versions, lambda: False)
    return Ever(subject, sentences, cases, versions.axes)
