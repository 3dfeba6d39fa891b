"""One entry under `rules:` or `must always hold:` becomes a rule with every word resolved into sets.

A line left out becomes the full set. The unknown principle stands here and in `decide.py` only: a share has `unknown`
and `unmarked` in its sets when it names them and not otherwise. Gathers faults in the reader; raises nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.errors import Place
from gateway.exchange.format import ExchangeFormat
from gateway.names import FieldId, PartnerId
from gateway.policy.catalogue import LEVELS
from gateway.policy.language import (
    BUILT_IN,
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    REGIMES,
    UNKNOWN,
    UNMARKED,
    USABLE,
    WITHHOLD,
    Catalogue,
    Classified,
    Condition,
    ConditionRule,
    Limit,
    Rule,
    Share,
)
from gateway.policy.load_companions import Companions
from gateway.policy.load_words import Reader, nearest

__all__ = ["Said", "WITH_WORDS", "Words", "period_days", "said"]

_COMMON = ("id", "title", "law", "why", "about", "with", "for", "marked", "classified", "information", "origin")
_LINES = {
    "share": (*_COMMON, "share", "level", "only when", "attach", "silent"),
    "limit": (*_COMMON, "limit", "to", "unless", "silent"),
    "condition": (*_COMMON, "condition", "attach", "unless"),
}
_REQUIRED = {
    "share": ("id", "title", "law", "about", "with", "for"),
    "limit": ("id", "title", "law", "to"),
    "condition": ("id", "title", "law", "attach"),
}
WITH_WORDS = ("use-only-for", "delete-after", "mark-as", "other")
"""The conditions that say something only with words of their own."""
_PERIOD = re.compile(r"([1-9][0-9]{0,4}) (day|week|month|year)s?\b.*")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

Said = Mapping[str, tuple[str, ...]]


class _Lines(TypedDict):
    """The attributes that every kind of rule has."""

    id: str
    title: str
    law: tuple[str, ...]
    fields: frozenset[FieldId]
    partners: frozenset[PartnerId]
    purposes: frozenset[str]
    about: frozenset[str]
    marked: frozenset[str]
    classified: Classified
    information: frozenset[str]
    origins: frozenset[str]
    usable: frozenset[str]
    why: str
    silent: bool
    place: Place
    said: Said


def period_days(words: str) -> int | None:
    """Give the length in days of a period such as "30 days without a match", or None if it does not begin with one."""
    found = _PERIOD.fullmatch(words)
    return int(found[1]) * _DAYS[found[2]] if found else None


@dataclass(slots=True)
class Words:
    """Resolves the words of rules and promises against catalogue, vocabulary and register."""

    reader: Reader
    catalogue: Catalogue
    companions: Companions
    exchange: ExchangeFormat

    # ---- sets ------------------------------------------------------------------------------------------------------

    @property
    def persons(self) -> frozenset[str]:
        """Every role, status and `no-person`, `unknown` included."""
        return self.companions.vocabulary.everyone_known | {UNKNOWN}

    @property
    def marks(self) -> frozenset[str]:
        """Every mark, `unmarked` included."""
        return frozenset(self.companions.vocabulary.marks)

    def fields(self, node: Node | None, what: str, *, free_text: bool) -> frozenset[FieldId]:
        """Resolve a field list. `everything` takes free text in only where `free_text` is True."""
        found: set[FieldId] = set()
        for item in self.reader.listed(node, what):
            if item.text == "everything":
                found |= {f.id for f in self.catalogue.fields.values() if f.decided and (free_text or not f.free_text)}
            elif item.text == "free text":
                found |= {f.id for f in self.catalogue.fields.values() if f.decided and f.free_text}
            else:
                found |= self._named(item, what)
        return frozenset(found)

    def _named(self, item: TextNode, what: str) -> set[FieldId]:
        """A class, a field id, or the id of a code or date as a whole."""
        named = self.exchange.catalogue.named(item.text)
        if not named:
            known = {*self.exchange.catalogue.classes, *self.catalogue.fields, "everything", "free text"}
            known |= {row.unit for row in self.exchange.catalogue.fields.values() if row.unit}
            fix = nearest(item.text, known) or "name a data class or a field id of the catalogue"
            self.reader.fault("POL-004", f"{what}: `{item.text}` is neither a class nor a field", item.place, fix)
            return set()
        decided = {name for name in named if self.catalogue.fields[name].decided}
        if not decided:
            fix = "it travels with what it belongs to, or never leaves; name another field"
            self.reader.fault("POL-015", f"{what}: no rule decides `{item.text}`", item.place, fix)
        return decided

    def partners(self, node: Node | None, what: str) -> frozenset[PartnerId]:
        """Resolve groups, regimes and partners; a line left out means everyone."""
        if node is None:
            return self.companions.everyone
        known = ("everyone", *self.companions.vocabulary.groups, *REGIMES, *self.companions.register.partners)
        found: set[PartnerId] = set()
        for item in self.reader.listed(node, what):
            if item.text not in known:
                self.reader.unknown(item.text, known, item.place, what)
            elif item.text == "everyone":
                found |= self.companions.everyone
            else:
                members = self.companions.members(item.text)
                if not members:
                    self.reader.warn("POL-009", f"no registered partner belongs to `{item.text}`", item.place)
                found |= members
        return frozenset(found)

    def about(self, node: Node | None, what: str, everybody: frozenset[str]) -> frozenset[str]:
        """Resolve roles and statuses; a line left out means `everybody`."""
        if node is None:
            return everybody
        known = ("anyone", *self.companions.vocabulary.roles, *self.companions.vocabulary.statuses, NO_PERSON)
        found = set(self.reader.words(node, known, what))
        if "anyone" in found:
            found = (found - {"anyone"}) | self.companions.vocabulary.everyone_known
        return frozenset(found)

    def purposes(self, node: Node | None, what: str) -> frozenset[str]:
        """Resolve purposes; a line left out means any."""
        known = self.companions.vocabulary.purposes
        if node is None:
            return frozenset(known)
        found = self.reader.words(node, ("any purpose", *known), what)
        return frozenset(known) if "any purpose" in found else frozenset(found)

    def some(self, node: Node | None, known: tuple[str, ...], what: str) -> frozenset[str]:
        """Resolve a line over a small closed list; a line left out means all of it."""
        return frozenset(known) if node is None else frozenset(self.reader.words(node, known, what))

    def classified(self, node: Node | None, what: str, forms: tuple[str, ...]) -> Classified:
        """Resolve `up to X` or `from X`; a line left out means every classification."""
        order = self.companions.vocabulary.classifications
        if node is None:
            return Classified(order, frozenset(order))
        text = self.reader.text(node, what)
        for form in forms:
            name = text.removeprefix(form + " ")
            if name != text and name in order:
                at = order.index(name)
                return Classified(order, frozenset(order[: at + 1] if form == "up to" else order[at:]))
        fix = "write " + " or ".join(f"`{form} {order[-1]}`" for form in forms) + ", with one of " + ", ".join(order)
        self.reader.fault("POL-022", f"{what} cannot be read", node.place, fix)
        return Classified(order, frozenset())

    def attach(self, node: Node | None, what: str) -> tuple[Condition, ...]:
        """Resolve conditions: a kind alone, or `kind: words`."""
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.reader.fault("POL-003", f"{what} must be a list", node.place, "put it in brackets: [a, b]")
            return ()
        if not node.items:
            self.reader.fault("POL-005", f"{what} is an empty list", node.place, "leave the line out")
        found: list[Condition] = []
        for item in node:
            pair = item.entries[0] if isinstance(item, MapNode) and len(item) == 1 else None
            condition = self._condition(pair.key if pair else item, pair.value if pair else None, what)
            if condition in found:
                self.reader.fault("POL-006", f"{what} names one condition twice", item.place, "write it once")
            elif condition is not None:
                found.append(condition)
        return tuple(sorted(found))

    def _condition(self, key: Node, value: Node | None, what: str) -> Condition | None:
        kind = self.reader.word(key, self.companions.vocabulary.conditions, what)
        words = self.reader.text(value, f"the words of `{kind}`")
        if not kind:
            return None
        if kind not in self.companions.register.carriage:
            fix = f"add `{kind}: message` or `{kind}: item` under `conditions` in the vocabulary"
            self.reader.fault("POL-019", f"the vocabulary does not say where `{kind}` is carried", key.place, fix)
            return None
        if (kind in WITH_WORDS) != bool(words):
            fix = f"write `{kind}: ...`" if kind in WITH_WORDS else f"write `{kind}` alone"
            self.reader.fault(
                "POL-019", f"`{kind}` {'needs' if kind in WITH_WORDS else 'has no'} words", key.place, fix
            )
        elif kind == "delete-after" and period_days(words) is None:
            self.reader.fault(
                "POL-019", "`delete-after` does not begin with a period", key.place, "write `30 days ...`"
            )
        return Condition(kind, words)

    # ---- rules -----------------------------------------------------------------------------------------------------

    def rule(self, node: MapNode) -> Rule | None:
        """Read one entry under `rules:`; None if it is not exactly one share, limit or condition."""
        kinds = [kind for kind in _LINES if kind in node]
        if len(kinds) != 1:
            fix = "begin it with `share:`, `limit:` or `condition:`"
            self.reader.fault("POL-017", "a rule must be one share, one limit or one condition", node.place, fix)
            return None
        kind = kinds[0]
        self.reader.keys(node, _LINES[kind], _REQUIRED[kind], f"a {kind}")
        lines = self._lines(node, kind)
        name = f"{kind} {lines['id']}"
        attach = self.attach(node.get("attach"), f"`attach` of {name}")
        unless = frozenset(self.reader.words(node.get("unless"), GRANTS, f"`unless` of {name}"))
        if kind == "condition":
            return ConditionRule(**lines, attach=attach, unless=unless)
        if kind == "limit":
            to = self.reader.word(node.get("to"), (*LEVELS, WITHHOLD), f"`to` of {name}") or "redact"
            self._level_exists(to, lines, node.get("to"))
            return Limit(**lines, to=to, unless=unless)
        level = self.reader.word(node.get("level"), LEVELS[1:], f"`level` of {name}") or "full"
        self._level_exists(level, lines, node.get("level"))
        self._special_has_reason(lines)
        only_when = frozenset(self.reader.words(node.get("only when"), GRANTS, f"`only when` of {name}"))
        return Share(**lines, level=level, only_when=only_when, attach=attach)

    def _lines(self, node: MapNode, kind: str) -> _Lines:
        share = kind == "share"
        rule_id = self.reader.identifier(node.get("id"), f"the id of a {kind}")
        name = f"{kind} {rule_id}"
        if rule_id in BUILT_IN:
            self.reader.fault(
                "POL-008", f"`{rule_id}` is the name of a built-in limit", node.place, "choose another id"
            )
        form = ("up to",) if share else ("from",)
        marked = self.marks - {UNMARKED} if share else self.marks
        return _Lines(
            id=rule_id,
            title=self.reader.text(node.get("title"), f"`title` of {name}"),
            law=tuple(item.text for item in self.reader.listed(node.get("law"), f"`law` of {name}")),
            fields=self.fields(node.get(kind), f"`{kind}` of {name}", free_text=not share),
            partners=self.partners(node.get("with"), f"`with` of {name}"),
            purposes=self.purposes(node.get("for"), f"`for` of {name}"),
            about=self.about(node.get("about"), f"`about` of {name}", self.persons),
            marked=marked
            if node.get("marked") is None
            else self.some(node.get("marked"), self._marks, f"`marked` of {name}"),
            classified=self.classified(node.get("classified"), f"`classified` of {name}", form),
            information=self.some(node.get("information"), INFORMATION, f"`information` of {name}"),
            origins=self.some(node.get("origin"), ORIGINS, f"`origin` of {name}"),
            usable=frozenset(USABLE),
            why=self.reader.text(node.get("why"), f"`why` of {name}"),
            silent=self.reader.word(node.get("silent"), ("yes", "no"), f"`silent` of {name}") == "yes",
            place=_start(node),
            said=said(node),
        )

    @property
    def _marks(self) -> tuple[str, ...]:
        return self.companions.vocabulary.marks

    def _level_exists(self, level: str, lines: _Lines, node: Node | None) -> None:
        """A level that a field does not have counts as `redact`; the officer should know."""
        if node is None or level in ("full", "redact", WITHHOLD):
            return
        without = sum(1 for f in lines["fields"] if level not in self.catalogue.ladder(f).levels)
        if without:
            message = (
                f"{without} of {len(lines['fields'])} fields of {lines['id']} have no level `{level}`: withheld there"
            )
            self.reader.warn(
                "POL-021", message, node.place, "share these fields by a rule of their own, if they should be"
            )

    def _special_has_reason(self, lines: _Lines) -> None:
        if not lines["why"] and any(self.catalogue.fields[f].special for f in lines["fields"]):
            message = f"share {lines['id']} gives special categories of data and has no `why`"
            self.reader.fault("POL-014", message, lines["place"], "add `why:` and say why it is strictly necessary")


def said(node: MapNode) -> Said:
    """Keep the words of an entry as they were written, line by line."""
    return {entry.key.text: tuple(_texts(entry.value)) for entry in node}


def _texts(node: Node) -> Iterable[str]:
    if isinstance(node, TextNode):
        yield node.text
    elif isinstance(node, ListNode):
        for item in node:
            yield from _texts(item)
    else:
        for entry in node:
            yield f"{entry.key.text}: {', '.join(_texts(entry.value))}"


def _start(node: MapNode) -> Place:
    return node.entries[0].key.place if node.entries else node.place
