"""The time machine: a draft decides again what was decided, from the recorded cases, without one value.

Shows what was usual; a proof shows what is possible, and neither replaces the other (policy-language.md 10). A replay
knows levels, not values: a text that cannot be reduced, or a message of which too little is left, shows as sent.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.names import FieldId, MessageId, PartnerId
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.explain import explain
from gateway.policy.language import Case, Catalogue, DecisionSet

__all__ = ["PartnerReplay", "Recorded", "RecordedItem", "Replay", "Replayed", "read_recorded"]


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """One leaf as it was decided: its case (the partner as registered), the level shown, and where it stood."""

    case: Case
    level: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision of the past: which message for whom, taken when, whether it was sent, and its items."""

    message: MessageId
    partner: PartnerId
    taken_at: str
    sent: bool
    items: tuple[RecordedItem, ...]


@dataclass(slots=True)
class PartnerReplay:
    """What a draft changes for one partner. `disclosed` and `withheld` count items by field, `because` by rule."""

    disclosed: Counter[FieldId] = field(default_factory=Counter)
    withheld: Counter[FieldId] = field(default_factory=Counter)
    because: Counter[str] = field(default_factory=Counter)
    messages_with_more: set[MessageId] = field(default_factory=set)
    messages_with_less: set[MessageId] = field(default_factory=set)
    held_back: set[MessageId] = field(default_factory=set)
    """Messages that were sent and would now be held back as a whole."""
    let_go: set[MessageId] = field(default_factory=set)
    """Messages that were held back and would now be sent."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result: how much was looked at, and per partner what would have been different."""

    decisions: int
    items: int
    partners: Mapping[PartnerId, PartnerReplay]

    @property
    def discloses_more(self) -> bool:
        """True if anybody would have been given anything that was not given."""
        return any(each.disclosed for each in self.partners.values())


def read_recorded(message: MessageId, taken_at: str, account: bytes, catalogue: Catalogue) -> Recorded:
    """Read one stored account. Raises `KeyError`, `TypeError` or `ValueError` where it is none with cases."""
    told = json.loads(account)
    cases = told["cases"]
    partner = PartnerId(told["partner"])
    items = tuple(
        RecordedItem(
            _case(cases[item["case"]], partner, FieldId(item["field"]), catalogue), _shown(item), str(item["path"])
        )
        for item in told["items"]
        if "case" in item
    )
    return Recorded(message, partner, taken_at, told["outcome"] == "send", items)


def _shown(item: Mapping[str, str]) -> str:
    return "redact" if item["fate"] in ("withheld", "unreadable") else item["level"]


def _case(said: Mapping[str, Any], partner: PartnerId, name: FieldId, catalogue: Catalogue) -> Case:
    known = catalogue.fields.get(name)
    data_class = known.data_class if known else ""
    return Case(
        field=name,
        roles=frozenset(said["roles"]),
        partner=partner,
        purpose=str(said["purpose"]),
        marks=frozenset(said["marks"]),
        classification=str(said["classification"]),
        information=str(said["information"]),
        origin=str(said["origin"]),
        usable=str(said["usable"]),
        grants=frozenset(kind for kind, *classes in said["grants"] if not classes or data_class in classes),
    )


class Replay:
    """Decides recorded cases under a draft. Every different case is decided once."""

    def __init__(self, draft: DecisionSet) -> None:
        self._draft = draft
        self._levels: dict[Case, int] = {}
        self._rules: dict[Case, tuple[str, ...]] = {}

    def run(self, recorded: Iterable[Recorded]) -> Replayed:
        """Decide everything again. Takes decisions one by one; holds counts and message ids only."""
        partners: dict[PartnerId, PartnerReplay] = {}
        decisions = items = 0
        for one in recorded:
            decisions += 1
            items += len(one.items)
            self._one(one, partners.setdefault(one.partner, PartnerReplay()))
        return Replayed(decisions, items, dict(sorted(partners.items())))

    def _one(self, one: Recorded, into: PartnerReplay) -> None:
        cases = [self._under_the_draft(item.case, one.taken_at[:10]) for item in one.items]
        levels = [self._level(case) for case in cases]
        stopped = WITHHOLD_MESSAGE in levels or not self._open(one)
        before = [self._rung(item) if one.sent else REDACT for item in one.items]
        after = [REDACT if stopped else max(level, REDACT) for level in levels]
        if not one.sent and levels == [self._rung(item) for item in one.items]:
            # Nothing about its items changed, so what held the message back still does.
            after = before
        for case, old, new in zip(cases, before, after, strict=True):
            if new > old:
                into.disclosed[case.field] += 1
                into.because.update(self._speaking(case))
                into.messages_with_more.add(one.message)
            elif new < old:
                into.withheld[case.field] += 1
                into.messages_with_less.add(one.message)
        if one.sent and not any(after) and any(before):
            into.held_back.add(one.message)
        if not one.sent and any(after):
            into.let_go.add(one.message)

    def _open(self, one: Recorded) -> bool:
        """Whether anything at all would go to this partner. A draft is for days to come: its own days are not asked."""
        entry = self._draft.partners.get(one.partner)
        return entry is not None and entry.status != "stopped"

    def _under_the_draft(self, case: Case, day: str) -> Case:
        known = case.partner in self._draft.partners
        return replace(case, partner=self._draft.register.at(case.partner, day)) if known else case

    def _level(self, case: Case) -> int:
        found = self._levels.get(case)
        if found is None:
            found = self._decided(case)
            self._levels[case] = found
        return found

    def _decided(self, case: Case) -> int:
        draft = self._draft
        if case.field not in draft.catalogue.fields or case.partner.removesuffix(":expired") not in draft.partners:
            return REDACT
        return decide(draft.policy, draft.catalogue, draft.register, case)[0]

    def _rung(self, item: RecordedItem) -> int:
        known = self._draft.catalogue.fields.get(item.case.field)
        return known.ladder.rung(item.level) if known else REDACT

    def _speaking(self, case: Case) -> Iterator[str]:
        if case not in self._rules:
            self._rules[case] = explain(self._draft, case).rules
        yield from self._rules[case]
