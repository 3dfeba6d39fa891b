"""Tries the promises of a policy on cases that matter most. This looks for a broken promise; it proves nothing.

The cases are those in which a promise breaks first: one role (with a status), one mark, every permission on record
for `never` and `at most`, none for `always`. Values that no rule tells apart count once. Where there are more cases
than the limit, an even selection is tried. Proof over *all* cases is the prover's work and says so itself; a result
of this module must always be shown as "not proved".
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from math import gcd, prod
from typing import TypeAlias, TypeVar

from gateway.errors import Fault
from gateway.names import FieldId, PartnerId
from gateway.policy.decide import REDACT, decide
from gateway.policy.language import (
    GRANTS,
    NO_PERSON,
    Case,
    Condition,
    DecisionSet,
    Promise,
    Rule,
)

__all__ = ["MOST_CASES", "Tried", "try_promises"]

_Word = TypeVar("_Word", bound=str)
_Values: TypeAlias = tuple[FieldId, frozenset[str], PartnerId, str, str, str, str, str]

MOST_CASES = 5_000
"""Cases tried for one promise unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying one promise came to: how many of how many selected cases, and the first case that breaks it."""

    promise: Promise
    tried: int
    of: int
    broken: Case | None = None
    level: str = ""

    @property
    def fault(self) -> Fault | None:
        """The broken promise as an error, in the officer's own words."""
        if self.broken is None:
            return None
        case = self.broken
        where = f"{case.field} about {', '.join(sorted(case.roles))} to {case.partner} for {case.purpose}"
        message = f"promise {self.promise.id} is broken: {where} leaves at level {self.level}"
        return Fault("POL-062", message, self.promise.place, "change the rule that shares it, or the promise")


def try_promises(decisions: DecisionSet, most: int = MOST_CASES) -> tuple[Tried, ...]:
    """Try every promise on at most `most` cases each. About 0.1 ms a case."""
    return tuple(_try(decisions, promise, most) for promise in decisions.policy.promises)


def _try(decisions: DecisionSet, promise: Promise, most: int) -> Tried:
    axes, total = _axes(decisions, promise)
    grants = promise.granted if promise.form == "always" else frozenset(GRANTS) - promise.without
    tried = 0
    for name, roles, partner, purpose, mark, level, information, origin in islice(axes, 0, None, _stride(total, most)):
        case = Case(name, roles, partner, purpose, frozenset({mark}), level, information, origin, "yes", grants)
        tried += 1
        broken = _breaks(decisions, promise, case)
        if broken is not None:
            return Tried(promise, tried, total, case, broken)
    return Tried(promise, tried, total)


def _stride(total: int, most: int) -> int:
    """Every how many-th case is tried; without a common divisor, so that no value of any attribute is skipped."""
    step = max(1, -(-total // most))
    while step > 1 and gcd(step, total) != 1:
        step += 1
    return step


def _breaks(decisions: DecisionSet, promise: Promise, case: Case) -> str | None:
    """Give the level that breaks the promise, or None if it holds in this case."""
    if promise.form == "same":
        return _differs(decisions, promise, case)
    ladder = decisions.catalogue.ladder(case.field)
    level, _ = decide(decisions.policy, decisions.catalogue, decisions.register, case)
    allowed = ladder.rung(promise.level)
    broken = level < allowed if promise.form == "always" else level > max(allowed, REDACT)
    return ladder.levels[max(level, REDACT)] if broken else None


def _differs(decisions: DecisionSet, promise: Promise, case: Case) -> str | None:
    found: set[tuple[int, frozenset[Condition]]] = set()
    for partner in sorted(promise.partners & decisions.partners.keys()):
        level, conditions = decide(
            decisions.policy, decisions.catalogue, decisions.register, replace(case, partner=partner)
        )
        found.add((level, frozenset(conditions)))
    return "different for partners of the group" if len(found) > 1 else None


def _axes(decisions: DecisionSet, promise: Promise) -> tuple[Iterator[_Values], int]:
    """The cases to try and how many they are: of every attribute one value of each kind that rules tell apart."""
    rules = decisions.policy.rules
    always = promise.form == "always"
    fields = _kinds(promise.fields, rules, lambda rule: rule.fields, decisions.catalogue.ladder)
    partners = _kinds(promise.partners, rules, lambda rule: rule.partners, lambda one: _channel(decisions, one))
    purposes = _kinds(promise.purposes, rules, lambda rule: rule.purposes)
    marks = _kinds(promise.marked, rules, lambda rule: rule.marked)
    within = [word for word in decisions.vocabulary.classifications if word in promise.classified.within]
    # A higher classification never discloses more: the lowest matters, for `always` the highest.
    classified = within[-1:] if always else within[:1]
    roles = [*_role_sets(decisions, promise)]
    senders = partners[:1] if promise.form == "same" else partners
    sizes = (len(fields), len(roles), len(senders), len(purposes), len(marks), len(classified))
    total = prod(sizes) * len(promise.information) * len(promise.origins)
    information, origins = sorted(promise.information), sorted(promise.origins)
    return product(fields, roles, senders, purposes, marks, classified, information, origins), total


def _role_sets(decisions: DecisionSet, promise: Promise) -> Iterator[frozenset[str]]:
    """Each role alone, and with each status of the box; `no-person` alone. For `always` only what is listed."""
    statuses = set(decisions.vocabulary.statuses)
    roles = sorted(set(decisions.vocabulary.roles))
    for role in roles:
        if role in promise.about:
            yield frozenset({role})
        for status in sorted(statuses & promise.about):
            if promise.form != "always" or role in promise.about:
                yield frozenset({role, status})
    if NO_PERSON in promise.about:
        yield frozenset({NO_PERSON})


def _channel(decisions: DecisionSet, partner: PartnerId) -> tuple[str, frozenset[str]]:
    entry = decisions.register.partner(partner)
    return entry.clearance, entry.carries


def _kinds(
    values: Iterable[_Word],
    rules: Iterable[Rule],
    part: Callable[[Rule], frozenset[_Word]],
    other: Callable[[_Word], object] = lambda _: None,
) -> list[_Word]:
    """Give one value of each kind that no rule tells apart, nor `other`."""
    parts = [part(rule) for rule in rules]
    seen: dict[object, _Word] = {}
    for value in sorted(values):
        seen.setdefault((tuple(value in one for one in parts), other(value)), value)
    return [*seen.values()]
