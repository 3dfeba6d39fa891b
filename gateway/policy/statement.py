"""What the gateway itself writes into a disclosed message: its id, duties, markings, and the statement of what is
missing.

Says what is missing as far as the policy allows, by kind of data and never by count, role or path. What a silent rule
withholds is not stated. Markings are those of the items that leave, joined by "strictest wins".
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.handling import strictest
from gateway.policy.circumstances import Circumstances
from gateway.policy.disclosure import Fate, Ground
from gateway.policy.language import GAPS_BY_KIND, GAPS_MAYBE, Condition, DecisionSet, Partner
from gateway.policy.load_rules import period_days
from gateway.policy.tables import Cell

__all__ = ["Finish", "is_complete", "joined_conditions", "statement_of", "keeps_its_subjects"]

_VEHICLES = frozenset({"vehicle", "vessel", "aircraft"})


@dataclass(frozen=True, slots=True)
class Finish:
    """Everything that becomes the header of one disclosed message."""

    decisions: DecisionSet
    partner: Partner
    circumstances: Circumstances
    withheld: tuple[Ground, ...]
    conditions: tuple[Condition, ...]
    sent: tuple[Cell, ...]

    def header(self, built: JsonObject) -> JsonObject:
        """Give the finished header: what the filter built of it, and what the gateway writes."""
        disclosure: JsonObject = {"partner": self.partner.id, "plan": self.circumstances.plan}
        if self.withheld:
            disclosure["withheld"] = [_line(ground) for ground in self.withheld]
        return {**built, "id": self.circumstances.item, "handling": self._handling(built), "disclosure": disclosure}

    def _handling(self, built: JsonObject) -> JsonObject:
        """The strictest of the items that leave, and every duty that leaves with them."""
        stated = built.get("handling")
        handling: JsonObject = dict(stated) if isinstance(stated, dict) else {}
        order = self.decisions.vocabulary.classifications
        handling["classification"] = strictest({cell.key.classification for cell in self.sent}, order)
        known = self.decisions.exchange.vocabulary["flag"].codes
        marks = frozenset().union(*{cell.key.marks for cell in self.sent})
        flags = sorted(mark for mark in marks if mark in known)
        rest: JsonObject = {name: value for name, value in handling.items() if name not in ("flags", "conditions")}
        if flags:
            rest["flags"] = [*flags]
        duties: list[JsonValue] = [*self._duties(handling.get("conditions"))]
        return {**rest, "conditions": duties} if duties else rest

    def _duties(self, stated: JsonValue) -> Iterator[JsonObject]:
        """The originator's own conditions as they were stated, then ours."""
        waiting = dict.fromkeys(self.conditions)
        for one in stated if isinstance(stated, list) else []:
            if isinstance(one, dict) and _condition(one) in waiting:
                del waiting[_condition(one)]
                yield one
        for condition in waiting:
            duty: JsonObject = {"kind": condition.kind}
            yield {**duty, "value": condition.value} if condition.value else duty


def statement_of(told: Iterable[tuple[Cell, Fate]], gaps: str, ground: Callable[[Cell], str]) -> tuple[Ground, ...]:
    """Give the statement of withholding from decisions and fates: each kind of data once per ground, sorted."""
    if gaps == GAPS_MAYBE:
        return (Ground("", "withheld", ""),)
    if gaps != GAPS_BY_KIND:
        return ()
    lines = set()
    for cell, fate in told:
        if not cell.decided or cell.silent:
            continue
        if fate is Fate.UNREADABLE:
            lines.add(Ground(cell.field.data_class, "withheld", "format"))
        elif cell.transform is None:
            lines.add(Ground(cell.field.data_class, "withheld", ground(cell)))
        elif cell.coarsened:
            lines.add(Ground(cell.field.data_class, "coarsened", ground(cell)))
    return tuple(sorted(lines))


def joined_conditions(stated: JsonValue, cells: Iterable[Cell]) -> tuple[Condition, ...]:
    """Join the originator's conditions with those of the items that leave; the shorter of two periods stays."""
    found = {condition for attached in {cell.conditions for cell in cells} for condition in attached}
    for condition in stated if isinstance(stated, list) else []:
        if isinstance(condition, dict):
            found.add(_condition(condition))
    periods = [condition for condition in found if condition.kind == "delete-after"]
    shortest = sorted(periods, key=lambda condition: (_days(condition), condition))[:1]
    return tuple(sorted((found - set(periods)) | set(shortest)))


_SUBJECTS = frozenset({"suspect", "convicted", "missing", "listed", "reported", "traveller", "unknown"})
"""Roles of those whom a notice asks to act on; the others (victim, witness, contact, ...) stand beside them."""


def is_complete(message: JsonObject, kind: str, needs: Iterable[str]) -> bool:
    """Say whether the message still has what its kind requires (exchange-format.md 4)."""
    if not all(_present(message, path) for path in needs):
        return False
    objects, events = _kinds(message, "objects"), _kinds(message, "events")
    if kind == "person-notice":
        return bool(message.get("persons")) or (_lists(message) and bool(message.get("organisations")))
    if kind == "transaction-report":
        return bool(message.get("transactions")) or "account" in objects
    if kind == "movement-report":
        return "journey" in events and (bool(message.get("persons")) or not _VEHICLES.isdisjoint(objects))
    return kind != "evidence-transfer" or _has_digests(message)


def _has_digests(message: JsonObject) -> bool:
    """Evidence that is handed over cannot be told from other evidence without its digest."""
    transfer, evidence = message.get("transfer"), message.get("evidence")
    named = transfer.get("items") if isinstance(transfer, dict) else None
    handed = [
        item
        for item in (evidence if isinstance(evidence, list) else [])
        if isinstance(item, dict) and isinstance(named, list) and item.get("id") in named
    ]
    return bool(handed) and all("digest" in item for item in handed)


def keeps_its_subjects(message: JsonObject, disclosed: JsonObject, kind: str) -> bool:
    """Say whether everybody whom a person notice is about is still in it (docs/adr/0032).

    What is to be done (`notice.action`) is said of the notice as a whole. Without its subject it would be read as said
    of the persons who are left: a victim would be arrested.
    """
    return kind != "person-notice" or _subjects(message) == _subjects(disclosed)


def _lists(message: JsonObject) -> bool:
    notice = message.get("notice")
    return isinstance(notice, dict) and notice.get("kind") == "restrictive-measures"


def _subjects(message: JsonObject) -> int:
    return _of_roles(message, "persons", _SUBJECTS) + _of_roles(message, "organisations", frozenset({"listed"}))


def _of_roles(message: JsonObject, array: str, wanted: frozenset[str]) -> int:
    entities = message.get(array)
    found = 0
    for entity in entities if isinstance(entities, list) else []:
        roles = entity.get("roles") if isinstance(entity, dict) else None
        found += isinstance(roles, list) and any(role in wanted for role in roles)
    return found


def _present(message: JsonObject, path: str) -> bool:
    value: JsonValue = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value is not None


def _kinds(message: JsonObject, array: str) -> set[JsonValue]:
    items = message.get(array)
    return {str(item.get("kind")) for item in items if isinstance(item, dict)} if isinstance(items, list) else set()


def _days(condition: Condition) -> int:
    """A period that cannot be read counts as the longest, so that one that can be read wins."""
    days = period_days(condition.value)
    return days if days is not None else 10**6


def _condition(stated: JsonObject) -> Condition:
    return Condition(str(stated.get("kind", "")), str(stated.get("value", stated.get("text", ""))))


def _line(ground: Ground) -> JsonObject:
    line: JsonObject = {"class": ground.data_class, "how": ground.how, "ground": ground.ground}
    return {name: value for name, value in line.items() if value}
