"""Decision tables: for one key and one part of a message, what becomes of every leaf.

Made from the rules in one sweep per rule rather than per field, and compared on every field with `decide.py` and with
the decision function that was proved, before anybody may use it: a difference is `InvariantBroken`. A table has the
shape of the part, so the filter walks both at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from gateway.errors import Fault, InvariantBroken
from gateway.exchange.ladders import Transform, transform_of
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, ValueKind
from gateway.exchange.vocabulary import WordList
from gateway.names import FieldId
from gateway.policy.case import Key
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.language import (
    DECIDED_CLASSES_WITHOUT_SUBSTANCE,
    DEFAULT_RULE,
    UNKNOWN,
    UNMARKED,
    WITHHOLD,
    Condition,
    ConditionRule,
    DecisionSet,
    Field,
    Limit,
    Rule,
    Share,
)
from gateway.policy.levels import pseudonym_domain
from gateway.policy.prove.function import DecisionFunction

__all__ = ["COMPANIONS", "Cell", "FOLLOWS", "Table", "build_table"]

COMPANIONS = {"scheme": "code", "to": "value", "qualifier": "value"}
"""Parts of a code or date that say nothing without another part."""
FOLLOWS = "follows"
"""The name under which "leaves only where another field leaves in full" appears in accounts."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cell:
    """What becomes of one leaf. `transform` is None where nothing leaves. Compared by identity: one cell, one case.

    `decided` is False for leaves that travel with their entity and for those that cannot leave. `substance` is True
    if the leaf, when it leaves, is a reason to build its entity or to send the message.
    """

    leaf: CatalogueField
    field: Field
    key: Key
    level: int
    word: str
    transform: Transform | None
    decided: bool
    substance: bool = False
    conditions: tuple[Condition, ...] = ()
    rules: tuple[str, ...] = ()
    silent: bool = False
    domain: str = ""
    codes: WordList | None = None
    plain: bool = False
    """True if the value is copied as it is: no transform, reference or id, no text that may have been reviewed, and no
    part of a code or date that depends on another part."""
    coarsened: bool = False
    """True if it leaves, and not in full."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """An object of the message with the cell or table of every member; lists are written as what they hold.

    `member` and `trail` say where it belongs: the member of the message, and the names from there. `required` are the
    members that the object cannot be without, ids apart: those are made anew; of `one_of` one must be there, if it is
    not empty. `beside` is True for what only says something about its object. `unit` is True for a code or date.
    """

    members: Mapping[str, "Cell | Table"]
    key: Key
    member: str
    trail: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()
    beside: bool = False
    unit: bool = False


@dataclass(slots=True)
class _Draft:
    """The state of one field while the rules are swept over it."""

    field: Field
    grants: frozenset[str]
    offer: int = REDACT
    cap: int = 0
    offering: list[Share] = attribute(default_factory=list)
    capping: list[Rule] = attribute(default_factory=list)
    duties: list[ConditionRule] = attribute(default_factory=list)
    settled: int | None = None

    @property
    def level(self) -> int:
        """The decided level; read after `_settle`."""
        return REDACT if self.settled is None else self.settled


def build_table(decisions: DecisionSet, function: DecisionFunction, key: Key, shape: ObjectShape, member: str) -> Table:
    """Make the table of one member of the message for one key, and compare it with the definition and what was proved.

    `function` is the decision function of the set. Raises `InvariantBroken` (POL-090) if any field differs.
    """
    fields = [decisions.catalogue.fields[leaf.field] for leaf in _leaves(shape)]
    drafts = _sweep(decisions, key, fields)
    _compare(decisions, function, key, drafts)
    return _table(decisions, key, shape, drafts, member)


def _leaves(shape: ObjectShape) -> Iterator[CatalogueField]:
    for member in shape.members.values():
        inner = member.item if isinstance(member, ListShape) else member
        if isinstance(inner, ObjectShape):
            yield from _leaves(inner)
        elif isinstance(inner, CatalogueField):
            yield inner


def _sweep(decisions: DecisionSet, key: Key, fields: list[Field]) -> dict[FieldId, _Draft]:
    """Go over the rules once each, and let every rule that fits speak about its fields."""
    kinds: dict[str, frozenset[str]] = {}
    drafts: dict[FieldId, _Draft] = {}
    for one in fields:
        if one.data_class not in kinds:
            kinds[one.data_class] = key.case(one.id, one.data_class).grants
        drafts[one.id] = _Draft(one, kinds[one.data_class], cap=one.ladder.top)
    for share in decisions.policy.shares:
        if _touches(decisions, share, key) and _fits(decisions, share, key):
            _offer(share, drafts)
    for limit in decisions.policy.limits:
        if _touches(decisions, limit, key) and _touched(limit, key):
            _cap(limit, key, drafts)
    for duty in decisions.policy.conditions:
        if _touches(decisions, duty, key) and _touched(duty, key):
            _oblige(duty, drafts, able=decisions.register.can_carry(key.partner, duty.attach))
    for draft in drafts.values():
        _settle(decisions, key, draft, drafts)
    return drafts


def _touches(decisions: DecisionSet, rule: Rule, key: Key) -> bool:
    return (
        key.partner in rule.partners
        and key.purpose in rule.purposes
        and key.information in rule.information
        and key.origin in rule.origins
        and key.usable in rule.usable
        and rule.classified.contains(key.classification, decisions.register.clearance(key.partner))
    )


def _fits(decisions: DecisionSet, share: Share, key: Key) -> bool:
    listed = key.roles <= share.about and key.marks <= share.marked
    return listed and decisions.register.can_carry(key.partner, share.attach)


def _touched(rule: Limit | ConditionRule, key: Key) -> bool:
    person = UNKNOWN in key.roles or not key.roles.isdisjoint(rule.about)
    return person and (UNMARKED in key.marks or not key.marks.isdisjoint(rule.marked))


def _offer(share: Share, drafts: dict[FieldId, _Draft]) -> None:
    for name in drafts.keys() & share.fields:
        draft = drafts[name]
        if share.only_when <= draft.grants:
            draft.offer = max(draft.offer, draft.field.ladder.rung(share.level))
            draft.offering.append(share)


def _cap(limit: Limit, key: Key, drafts: dict[FieldId, _Draft]) -> None:
    whole = limit.to == WITHHOLD
    named = not key.roles.isdisjoint(limit.about) and not key.marks.isdisjoint(limit.marked)
    for name in drafts.keys() & limit.fields:
        draft = drafts[name]
        if limit.unless.isdisjoint(draft.grants):
            cap = (WITHHOLD_MESSAGE if named else REDACT) if whole else draft.field.ladder.rung(limit.to)
            _lower(draft, cap, limit)


def _oblige(duty: ConditionRule, drafts: dict[FieldId, _Draft], *, able: bool) -> None:
    for name in drafts.keys() & duty.fields:
        draft = drafts[name]
        if duty.unless.isdisjoint(draft.grants):
            draft.duties.append(duty)
            if not able:
                _lower(draft, REDACT, duty)


def _lower(draft: _Draft, cap: int, rule: Rule) -> None:
    """Keep the lowest cap and the rules that set it."""
    if cap < draft.cap:
        draft.cap, draft.capping = cap, [rule]
    elif cap == draft.cap:
        draft.capping.append(rule)


def _settle(decisions: DecisionSet, key: Key, draft: _Draft, drafts: dict[FieldId, _Draft]) -> int:
    """The lower of offer and cap; nothing, unless all fields that it follows leave in full."""
    if draft.settled is None:
        level = min(draft.offer, draft.cap)
        for other in draft.field.follows:
            leader = drafts.get(other)
            if leader is not None and leader.grants == draft.grants:
                height = _settle(decisions, key, leader, drafts)
            else:
                case = replace(key.case(draft.field.id, draft.field.data_class), field=other)
                height = decide(decisions.policy, decisions.catalogue, decisions.register, case)[0]
            if height < decisions.catalogue.ladder(other).top:
                level = min(level, REDACT)
        draft.settled = level
    return draft.settled


def _compare(decisions: DecisionSet, function: DecisionFunction, key: Key, drafts: Mapping[FieldId, _Draft]) -> None:
    policy, catalogue, register = decisions.policy, decisions.catalogue, decisions.register
    for name, draft in drafts.items():
        case = key.case(name, draft.field.data_class)
        expected = decide(policy, catalogue, register, case)
        proved = function.decide(case) if draft.field.decided else expected
        if expected != (draft.level, _conditions(draft)) or expected != proved:
            which = "definition" if expected == proved else "decision function, or that from the definition"
            message = f"the table for {name} differs from the {which}"
            raise InvariantBroken(
                Fault("POL-090", message, fix="do not use this version; report the policy and the field")
            )


def _conditions(draft: _Draft) -> set[Condition]:
    if draft.level <= REDACT:
        return set()
    rung = draft.field.ladder.rung
    speaking = [rule.attach for rule in draft.offering if rung(rule.level) >= draft.level]
    return {condition for attach in (*speaking, *(duty.attach for duty in draft.duties)) for condition in attach}


def _table(
    decisions: DecisionSet, key: Key, shape: ObjectShape, drafts: Mapping[FieldId, _Draft], member: str, *trail: str
) -> Table:
    members: dict[str, Cell | Table] = {}
    for name, part in shape.members.items():
        inner = part.item if isinstance(part, ListShape) else part
        if isinstance(inner, ObjectShape):
            members[name] = _table(decisions, key, inner, drafts, member, *trail, name)
        elif isinstance(inner, CatalogueField):
            members[name] = _cell(decisions, key, inner, drafts[inner.field])
    return Table(
        members=members,
        key=key,
        member=member,
        trail=trail,
        required=frozenset(shape.required) - {"id"},
        one_of=frozenset(name for group in shape.any_of for name in group),
        beside=shape.beside,
        unit=shape.unit is not None,
    )


def _cell(decisions: DecisionSet, key: Key, leaf: CatalogueField, draft: _Draft) -> Cell:
    row = draft.field
    if not row.decided:
        travels = row.ladder.name == "keep"
        word, transform = ("keep", Transform.KEEP) if travels else ("redact", None)
        return Cell(
            leaf=leaf,
            field=row,
            key=key,
            level=REDACT,
            word=word,
            transform=transform,
            decided=False,
            plain=transform is not None and _is_plain(leaf),
        )
    level = draft.level
    rules = _deciding(draft)
    word = WITHHOLD if level == WITHHOLD_MESSAGE else row.ladder.levels[level]
    transform = transform_of(row.ladder.name, word, leaf.part) if level > REDACT else None
    return Cell(
        leaf=leaf,
        field=row,
        key=key,
        level=level,
        word=word,
        transform=transform,
        decided=True,
        substance=leaf.content and row.data_class not in DECIDED_CLASSES_WITHOUT_SUBSTANCE,
        conditions=tuple(sorted(_conditions(draft))),
        rules=_ids(rules, draft),
        silent=any(rule.silent for rule in rules),
        domain=pseudonym_domain(row.id),
        codes=decisions.exchange.vocabulary[leaf.vocabulary] if leaf.vocabulary else None,
        plain=transform is Transform.KEEP and _is_plain(leaf),
        coarsened=REDACT < level < row.ladder.top,
    )


def _is_plain(leaf: CatalogueField) -> bool:
    return not leaf.free_text and leaf.kind not in (ValueKind.REF, ValueKind.ID) and leaf.part not in COMPANIONS


def _deciding(draft: _Draft) -> list[Rule]:
    """The rules that made the level what it is: who offers it, and who stops more."""
    capping = draft.capping if draft.cap <= draft.level else []
    if draft.level <= REDACT:
        return list(capping)
    rung = draft.field.ladder.rung
    return [*(rule for rule in draft.offering if rung(rule.level) >= draft.level), *capping]


def _ids(rules: list[Rule], draft: _Draft) -> tuple[str, ...]:
    found = tuple(rule.id for rule in rules)
    if draft.level <= REDACT and draft.offer <= REDACT:
        return (*found, DEFAULT_RULE)
    return found or (FOLLOWS,)
