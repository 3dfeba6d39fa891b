"""A broken promise made plain: who gets what in the smallest case, because of which rule, and what nearly stopped it.

The case is decided again by the definition, and a small message is sent through the real corridor (`CompiledPolicy`):
what is shown is what would happen. No value of any message is in it; the message has invented values.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from gateway.document.tree import JsonObject
from gateway.exchange.identity import Identity
from gateway.names import ItemKind, MessageId, PartnerId, Status
from gateway.policy.circumstances import Circumstances, Grant
from gateway.policy.compile import CompiledPolicy
from gateway.policy.decide import REDACT, cap_of, restriction_applies
from gateway.policy.disclosure import Fate, Outcome
from gateway.policy.explain import Reason, explain
from gateway.policy.language import UNKNOWN, UNMARKED, WITHHOLD, Case, DecisionSet, Limit
from gateway.policy.prove.specimen import HOME, specimen
from gateway.policy.prove.verdict import Verdict

__all__ = ["Counterexample", "NearLimit", "Witness", "counterexample"]

_FAR = "9999-12-31T00:00:00.000Z"
_IDENTITY = Identity(UUID("00000000-0000-4000-8000-000000000000"))
_KEY = b"a key for tests, and for tests only"
_MOST_NEAR = 2
_NEAREST = (
    "persons",
    "partner",
    "purpose",
    "origin",
    "information",
    "classification",
    "marks",
    "a lower level",
    "data",
)
"""Which line of a limit an officer would rather widen: the persons before the partners, the data last."""


@dataclass(frozen=True, slots=True)
class NearLimit:
    """A limit that would have stopped it, if it were about these, too."""

    limit: Reason
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """A message with invented values, taken on `day`, and what the corridor made of it.

    `fate` is `sent` if the partner gets the item at the level of the counterexample, `permitted` if it would but this
    small message is not sent as a whole (`reasons`), `held back` if nothing at all goes there, or nothing of this kind,
    `not shown` if no single message could be made with this case.
    """

    fate: str
    day: str
    message: JsonObject | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Why the smallest case is decided as it is. `near` is empty where the promise asks for more and not for less."""

    case: Case
    level: str
    why: tuple[Reason, ...]
    near: tuple[NearLimit, ...]
    lacking: tuple[tuple[Reason, tuple[str, ...]], ...]
    witness: Witness


def counterexample(policy: CompiledPolicy, verdict: Verdict) -> Counterexample | None:
    """Explain a broken promise; None if it is not broken."""
    if verdict.broken is None:
        return None
    decisions, case = policy.decisions, verdict.broken.case
    if verdict.promise.form == "always":
        found = explain(decisions, case)
        why = found.why or found.also
        lacking = tuple((reason, tuple(line.words for line in lines)) for reason, lines in found.near)
        return Counterexample(
            case, verdict.broken.level, why, (), lacking, _witness(policy, case, verdict.broken.level)
        )
    why = explain(decisions, case).why
    near = () if verdict.promise.form == "same" else tuple(_near(decisions, case, verdict.promise.level))
    return Counterexample(case, verdict.broken.level, why, near, (), _witness(policy, case, verdict.broken.level))


# ---- limits that nearly stopped it -----------------------------------------------------------------------------------


def _near(decisions: DecisionSet, case: Case, allowed: str) -> Iterator[NearLimit]:
    """The officers' limits with the fewest lines that do not fit, of those that would cap as the promise asks."""
    ladder = decisions.catalogue.ladder(case.field)
    found = []
    for limit in decisions.policy.limits:
        lacks = tuple(_lacks(decisions, limit, case))
        stops = limit.to == WITHHOLD or ladder.rung(limit.to) <= ladder.rung(allowed)
        if lacks and stops and not limit.built_in:
            ranks = [_NEAREST.index(word) if (word := line.partition(":")[0]) in _NEAREST else 99 for line in lacks]
            near = NearLimit(Reason(limit.id, limit.title, limit.place, limit.law), lacks)
            found.append(((len(lacks), max(ranks), len(limit.fields), limit.id), near))
    if found:
        found.sort(key=lambda one: one[0])
        yield from [near for rank, near in found if rank[:2] == found[0][0][:2]][:_MOST_NEAR]


def _lacks(decisions: DecisionSet, limit: Limit, case: Case) -> Iterator[str]:
    if restriction_applies(limit, case, decisions.register):
        if cap_of(limit, case, decisions.catalogue.ladder(case.field)) > REDACT:
            yield "a lower level"
        return
    if case.field not in limit.fields:
        yield f"data: {case.field}"
    if case.partner not in limit.partners:
        yield f"partner: {case.partner}"
    if case.purpose not in limit.purposes:
        yield f"purpose: {case.purpose}"
    if not limit.classified.contains(case.classification, decisions.register.clearance(case.partner)):
        yield f"classification: {case.classification}"
    if case.information not in limit.information:
        yield f"information: {case.information}"
    if case.origin not in limit.origins:
        yield f"origin: {case.origin}"
    if case.usable not in limit.usable:
        yield f"usable: {case.usable}"
    if not case.roles & limit.about and UNKNOWN not in case.roles:
        yield f"persons: {', '.join(sorted(case.roles))}"
    if not case.marks & limit.marked and UNMARKED not in case.marks:
        yield f"marks: {', '.join(sorted(case.marks))}"
    if lifted := limit.unless & case.grants:
        yield f"not to be lifted by: {', '.join(sorted(lifted))}"


# ---- through the corridor --------------------------------------------------------------------------------------------


def _witness(policy: CompiledPolicy, case: Case, level: str) -> Witness:
    decisions = policy.decisions
    partner = decisions.register.partner(case.partner)
    day = decisions.policy.valid_from
    if case.partner == partner.expired_id:
        day = max(day, (date.fromisoformat(partner.until) + timedelta(days=1)).isoformat())
    actual = Status.ACTUAL.value
    status = min(partner.takes, default=actual) if partner.status == "test" else actual
    message = specimen(case, decisions.exchange, partner.country or "QN", status)
    if message is None or case.usable == "no":
        return Witness("not shown", day)
    disclosure = policy.disclose(message, partner.id, _circumstances(case, partner.id, day, policy))
    for _, _, cell, fate in disclosure.record:
        shown = replace(cell.key.case(cell.field.id, cell.field.data_class), partner=case.partner)
        if shown == case and cell.word == level:
            sent = fate is Fate.SENT and disclosure.outcome is Outcome.SEND
            return Witness("sent" if sent else "permitted", day, message, () if sent else disclosure.reasons)
    return Witness("held back" if disclosure.reasons else "not shown", day, message, disclosure.reasons)


def _circumstances(case: Case, partner: PartnerId, day: str, policy: CompiledPolicy) -> Circumstances:
    return Circumstances(
        taken_at=f"{day}T12:00:00.000Z",
        item=_IDENTITY.item(MessageId("counterexample"), "prove", partner, ItemKind.MESSAGE, 0),
        identity=_IDENTITY,
        home_country=HOME,
        plan=policy.digest,
        pseudonym_key=_KEY,
        grants=tuple(Grant(f"invented-{i}", kind, _FAR) for i, kind in enumerate(sorted(case.grants))),
    )
