"""Builds the disclosed message from permitted paths. No code here deletes a field from a full message.

Walks the message once beside the decision tables and constructs a new one: a path that no table names is never built.
An entity of which nothing of substance survives is not built, a link only if both its ends are, a reference only if
its target is; ids, positions and counts are made anew. Every step after the decision only removes more. An exception
anywhere leaves this module as an exception: there is no disclosed message then.
"""

from collections.abc import Callable
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.ladders import Transform
from gateway.exchange.layout import BODIES
from gateway.exchange.shape import ValueKind
from gateway.names import MessageId, PartnerId
from gateway.policy.case import REVIEW, Facts, Key, Permission, StatementFacts, grants_on_record, nearest, reviews_of
from gateway.policy.circumstances import Circumstances
from gateway.policy.decide import WITHHOLD_MESSAGE
from gateway.policy.disclosure import Fate, Record
from gateway.policy.language import Partner
from gateway.policy.levels import Unreadable, band, category, pseudonym, year
from gateway.policy.tables import COMPANIONS, Cell, Table

__all__ = ["ENTITY_ORDER", "Filter", "Tables"]

Tables: TypeAlias = Callable[[Key, str], Table]
"""Gives the table of one member of the message for one key, already compared with the definition."""

ENTITY_ORDER = (
    "attachments",
    "locations",
    "objects",
    "organisations",
    "persons",
    "events",
    "transactions",
    "evidence",
    "indicators",
    "links",
    "narrative",
    "extensions",
)
"""The arrays so that targets of references come first (`attachments.about` is filled in at the end)."""


_BESIDE = frozenset({"statement", "handling", "reviewed", "stated_unknown"})
"""Members that say something about their object: alone they are no reason to keep it."""

_WHOLE = frozenset({"header", *BODIES})
"""The members of a message that are one object."""
_SENT, _WITHHELD, _LEFT_OUT = Fate.SENT, Fate.WITHHELD, Fate.LEFT_OUT
_SAYS = ("code", "value")
_SCALARS = (str, int)
"""What a leaf of a message may be; anything else in its place vanishes."""


class Filter:
    """One walk over one message for one partner. Used once.

    `told` holds the decision about every leaf, `stopping` the cells that withhold the whole message, `substance` how
    many leaves of substance were built.
    """

    def __init__(
        self, facts: Facts, partner: Partner, seen_as: PartnerId, circumstances: Circumstances, tables: Tables
    ) -> None:
        self._facts = facts
        self._partner = partner
        self._circumstances = circumstances
        self._tables = tables
        grants, self._reviews = grants_on_record(circumstances, partner.id, facts.purpose)
        expired = bool(facts.retain_until) and circumstances.taken_at[:10] > facts.retain_until
        usable = "no" if expired or circumstances.restricted else "yes"
        self._stem = (seen_as, facts.purpose, usable, grants)
        self._keys: dict[tuple[frozenset[str], frozenset[str], str, StatementFacts], Key] = {}
        self._ids: dict[str, str] = {}
        self._attachment = ""
        self.told: list[Record] = []
        self.stopping: dict[Cell, None] = {}
        self.substance = 0
        self.unknown = 0

    def build(self, message: JsonObject) -> JsonObject:
        """Give everything of the message that may leave, header and statement not yet finished."""
        built: dict[str, list[JsonObject]] = {}
        for array in ENTITY_ORDER:
            items = message.get(array)
            if isinstance(items, list):
                built[array] = self._entities(array, items)
        self._point_attachments(message, built.get("attachments", []))
        key = self._key(self._facts.everybody, self._facts.marks, self._facts.classification, self._facts.told)
        out: JsonObject = {}
        for name, value in message.items():
            if name in ENTITY_ORDER:
                continue
            if name not in _WHOLE or not isinstance(value, dict):
                self.unknown += 1
                continue
            part = self._object(value, self._tables(key, name), name, self._facts.told)
            if part is not None:
                out[name] = part
        for array in message:
            if built.get(array):
                out[array] = list(built[array])
        return out

    def has_unread_conditions(self, message: JsonObject) -> bool:
        """Say whether the originator has set conditions in words that no reviewer has read: they hold the message."""
        header = message.get("header")
        handling = header.get("handling") if isinstance(header, dict) else None
        conditions = handling.get("conditions") if isinstance(handling, dict) else None
        texts = [one["text"] for one in _list(conditions) if isinstance(one, dict) and "text" in one]
        return any(not reviews_of(self._reviews, text) for text in texts)

    # ---- entities --------------------------------------------------------------------------------------------------

    def _entities(self, array: str, items: list[JsonValue]) -> list[JsonObject]:
        facts = self._facts
        built: list[JsonObject] = []
        for index, source in enumerate(items):
            if not isinstance(source, dict):
                continue
            marks, classification = facts.portion(source)
            told = nearest(source, facts.told)
            key = self._key(facts.roles_of(array, source), marks, classification, told)
            self._attachment = str(source.get("digest", "")) if array == "attachments" else ""
            start, before = len(self.told), self.substance
            entity = self._object(source, self._tables(key, array), f"{array}[{index}]", told)
            if entity is None or self.substance == before:
                self._leave_out(start, before)
                continue
            identity, item = self._circumstances.identity, self._circumstances.item
            new = identity.disclosed(item, array, len(built))
            self._ids[str(source.get("id"))] = new
            built.append({"id": new, **entity})
        return built

    def _point_attachments(self, message: JsonObject, built: list[JsonObject]) -> None:
        """Attachments come first and may be about entities that come later."""
        by_id = {str(entity["id"]): entity for entity in built}
        for source in _list(message.get("attachments")):
            entity = by_id.get(self._ids.get(str(source.get("id")), "")) if isinstance(source, dict) else None
            if entity is not None and isinstance(source, dict):
                about = [self._ids[str(one)] for one in _list(source.get("about")) if str(one) in self._ids]
                if about:
                    entity["about"] = [*about]

    def _key(self, roles: frozenset[str], marks: frozenset[str], classification: str, told: StatementFacts) -> Key:
        short = (roles, marks, classification, told)
        key = self._keys.get(short)
        if key is None:
            partner, purpose, usable, grants = self._stem
            origin = self._origin(told.country)
            key = Key(partner, purpose, roles, marks, classification, told.information, origin, usable, grants)
            self._keys[short] = key
        return key

    def _origin(self, country: str) -> str:
        if country and country == self._circumstances.home_country:
            return "ours"
        return "the receiver's own" if country and country == self._partner.country else "third party"

    # ---- objects ---------------------------------------------------------------------------------------------------

    def _object(self, source: JsonObject, table: Table, path: str, above: StatementFacts) -> JsonObject | None:
        """Build one object from its permitted members, or nothing if nothing of it, or not enough of it, survives."""
        if "statement" in source and table.trail:
            table, above = self._under_own_statement(source, table, above)
        told, members = self.told, table.members
        start, before = len(told), self.substance
        out: JsonObject = {}
        for name, value in source.items() if not table.unit or len(source) == 1 else _companions_last(source):
            part = members.get(name)
            if isinstance(part, Cell):
                if part.plain and value.__class__ in _SCALARS:
                    # By far the most frequent case, kept free of calls.
                    out[name] = value
                    told.append((path, name, part, _SENT))
                    self.substance += part.substance
                    continue
                made = self._leaves(value, part, table, path, name, source, out)
            elif part is not None:
                made = self._objects(value, part, f"{path}.{name}", above)
            else:
                self.unknown += 1
                continue
            if made is not None:
                out[name] = made
        if out and _stands(out, table):
            return out
        self._leave_out(start, before)
        return None

    def _objects(self, value: JsonValue, table: Table, path: str, above: StatementFacts) -> JsonValue:
        if isinstance(value, dict):
            return self._object(value, table, path, above)
        if not isinstance(value, list):
            self.unknown += 1
            return None
        objects: list[JsonValue] = []
        for index, one in enumerate(value):
            made = self._object(one, table, f"{path}[{index}]", above) if isinstance(one, dict) else None
            if made is not None:
                objects.append(made)
        return objects or None

    def _under_own_statement(
        self, source: JsonObject, table: Table, above: StatementFacts
    ) -> tuple[Table, StatementFacts]:
        """The table for an object that has a statement of its own."""
        facts = nearest(source, above)
        if facts == above:
            return table, above
        changed = table.key._replace(information=facts.information, origin=self._origin(facts.country))
        below = _down(self._tables(changed, table.member), table.trail)
        if isinstance(below, Cell):
            raise TypeError("an object where the format has a leaf")
        return below, facts

    def _leave_out(self, start: int, before: int) -> None:
        """What stands in something that does not leave does not leave either."""
        self.substance = before
        for index in range(start, len(self.told)):
            path, name, cell, fate = self.told[index]
            if fate is _SENT:
                self.told[index] = (path, name, cell, _LEFT_OUT)

    # ---- leaves ----------------------------------------------------------------------------------------------------

    def _leaves(
        self, value: JsonValue, cell: Cell, table: Table, path: str, name: str, source: JsonObject, out: JsonObject
    ) -> JsonValue:
        """Build the value of one member that is a leaf or a list of leaves."""
        if table.unit and _alone(name, cell, source, out):
            self.told.append((path, name, cell, _LEFT_OUT if cell.transform else _WITHHELD))
            return None
        if name == "id" and not table.trail:
            return None
        if not isinstance(value, list):
            return self._leaf(value, cell, table, path, name, name)
        if not cell.leaf.many:
            self.unknown += 1
            return None
        made = [self._leaf(one, cell, table, path, name, f"{name}[{index}]") for index, one in enumerate(value)]
        return [one for one in made if one is not None] or None

    def _leaf(self, value: JsonValue, cell: Cell, table: Table, path: str, name: str, shown: str) -> JsonValue:
        if value.__class__ not in _SCALARS:
            self.unknown += 1
            return None
        if self._reviews and cell.field.free_text:
            cell = self._reviewed(value, cell, table, name)
        if cell.transform is None:
            if cell.level <= WITHHOLD_MESSAGE:
                self.stopping[cell] = None
            self.told.append((path, shown, cell, _WITHHELD))
            return None
        try:
            made = self._made(value, cell)
        except Unreadable:
            self.told.append((path, shown, cell, Fate.UNREADABLE))
            return None
        self.told.append((path, shown, cell, _LEFT_OUT if made is None else _SENT))
        if made is not None:
            self.substance += cell.substance
        return made

    def _made(self, value: JsonValue, cell: Cell) -> JsonValue:
        """Give the value at the decided level, computed from the original; None where the level leaves it out."""
        kind, transform = cell.leaf.kind, cell.transform
        if kind is ValueKind.REF:
            return self._ids.get(str(value)) if transform is Transform.KEEP else None
        if kind is ValueKind.ID:
            return self._circumstances.message_ids.get(MessageId(str(value)))
        if transform is Transform.KEEP:
            return value
        if transform is Transform.PSEUDONYM:
            return pseudonym(self._circumstances.pseudonym_key, cell.domain, str(value))
        if transform is Transform.YEAR:
            return year(str(value))
        if transform is Transform.BAND:
            return band(str(value))
        if transform is Transform.PARENT:
            return category(str(value), cell.codes)
        return None

    def _reviewed(self, value: JsonValue, cell: Cell, table: Table, name: str) -> Cell:
        """Free text that a reviewer has read: the permission counts, and so do the roles found in it."""
        found = reviews_of(self._reviews, value, self._attachment)
        if not found:
            return cell
        key = cell.key._replace(
            roles=cell.key.roles.union(*(grant.roles for grant in found)),
            grants=cell.key.grants | {Permission(REVIEW, grant.classes) for grant in found},
        )
        changed = _down(self._tables(key, table.member), (*table.trail, name))
        return changed if isinstance(changed, Cell) else cell


def _down(table: Table, trail: tuple[str, ...]) -> Table | Cell:
    found: Table | Cell = table
    for name in trail:
        if isinstance(found, Table):
            found = found.members[name]
    return found


def _companions_last(source: JsonObject) -> list[tuple[str, JsonValue]]:
    """Of a code or date the part that says something comes first, then what depends on it."""
    return sorted(source.items(), key=lambda item: item[0] not in _SAYS)


def _alone(name: str, cell: Cell, source: JsonObject, out: JsonObject) -> bool:
    """Say whether a part of a code or date would say nothing, or something wrong, in what is built.

    The companions need the code or value. A parent exists in our own lists only: a code of a foreign list has none.
    """
    if name in COMPANIONS:
        return COMPANIONS[name] not in out
    return name == "code" and cell.transform is Transform.PARENT and "scheme" in source


def _stands(out: JsonObject, table: Table) -> bool:
    """Say whether enough of an object was built: all that it requires, and more than what is only beside it."""
    if table.required and not table.required <= out.keys():
        return False
    if table.one_of and table.one_of.isdisjoint(out):
        return False
    return table.beside or not _BESIDE.issuperset(out)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
