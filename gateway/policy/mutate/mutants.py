"""The mutants of a policy: the same policy with one thing changed in one of the officer's own lines.

Each is made from the line as it stands in the file and read by the ordinary loader, so a mutant is exactly what the
policy would be if the officer had slipped there. What a mutant says names rules, words and places, never a message.
Built-in limits are not changed: no deployment can. Pure, and in the order of the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.document.yaml_nodes import Entry, ListNode, MapNode, Node, TextNode
from gateway.errors import Place
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    WITHHOLD,
    ConditionRule,
    DecisionSet,
    Limit,
    Policy,
    Rule,
    Share,
)
from gateway.policy.load_companions import Companions
from gateway.policy.load_rules import WITH_WORDS, Words
from gateway.policy.load_words import Reader, open_file

__all__ = ["Mutant", "mutants"]

_KINDS = ("share", "limit", "condition")
_OPTIONAL = ("about", "with", "for", "marked", "classified", "information", "origin", "only when", "unless", "attach")
"""Lines that a rule can do without; the loader refuses what a kind of rule cannot."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The policy with one change: of which rule, what was done to which line, and where that line stands."""

    rule: str
    change: str
    place: Place
    policy: Policy
    deletes: bool = False

    def of(self, decisions: DecisionSet) -> DecisionSet:
        """The decision set with this policy. Its digest is still that of the original: never load or sign it."""
        return replace(decisions, policy=self.policy)


def mutants(decisions: DecisionSet, files: Mapping[str, bytes]) -> Iterator[Mutant]:
    """Every mutant of the policy. `files` hold its text, which must be the one that was loaded.

    Raises `DefinitionRefused` if the policy cannot be read.
    """
    node = open_file(files, decisions.policy.source)
    known = {rule.id: rule for rule in decisions.policy.rules}
    for entry in Reader().maps(node.get("rules"), "`rules`"):
        name = entry.get("id")
        rule = known.get(name.text) if isinstance(name, TextNode) else None
        if rule is not None:
            yield from _of_rule(decisions, entry, rule)


def _of_rule(decisions: DecisionSet, entry: MapNode, rule: Rule) -> Iterator[Mutant]:
    yield Mutant(rule.id, "the rule is deleted", rule.place, _with(decisions.policy, rule, None), deletes=True)
    for line, change, node in _changes(decisions, entry, rule):
        changed = _read(decisions, node)
        if changed is not None and changed != rule:
            stands = entry.entry(line)
            place = stands.key.place if stands else rule.place
            yield Mutant(rule.id, change, place, _with(decisions.policy, rule, changed))


def _read(decisions: DecisionSet, node: MapNode) -> Rule | None:
    """Read a changed entry; None where the loader refuses it, for then nobody could have written it."""
    reader = Reader()
    companions = Companions(decisions.vocabulary, decisions.register, {})
    made = Words(reader, decisions.catalogue, companions, decisions.exchange).rule(node)
    return None if reader.errors else made


def _with(policy: Policy, old: Rule, new: Rule | None) -> Policy:
    def changed(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        for rule in rules:
            if rule.id != old.id:
                yield rule
            elif new is not None:
                yield new

    return replace(
        policy,
        shares=tuple(rule for rule in changed(policy.shares) if isinstance(rule, Share)),
        limits=tuple(rule for rule in changed(policy.limits) if isinstance(rule, Limit)),
        conditions=tuple(rule for rule in changed(policy.conditions) if isinstance(rule, ConditionRule)),
    )


# ---------------------------------------------------------------- what can be done to a line


def _changes(decisions: DecisionSet, entry: MapNode, rule: Rule) -> Iterator[tuple[str, str, MapNode]]:
    """Every change as (line, what was done, the entry after it)."""
    for line in _OPTIONAL:
        if line in entry:
            yield line, f"the line `{line}` is deleted", _without(entry, line)
    for line, more in _lists(decisions, entry):
        node = entry.get(line)
        if not isinstance(node, ListNode):
            continue
        for position, item in enumerate(node):
            rest = (*node.items[:position], *node.items[position + 1 :])
            if rest:
                yield line, f"`{line}` without `{_said(item)}`", _set(entry, line, ListNode(rest, node.place))
            else:
                yield from _instead(entry, line, node, item, more)
        for word in more:
            added = ListNode((*node.items, TextNode(word, node.place)), node.place)
            yield line, f"`{line}` with `{word}` too", _set(entry, line, added)
    for line, word in _single(decisions, entry, rule):
        yield line, f"`{line}` is `{word}`", _set(entry, line, TextNode(word, entry.place))


def _instead(
    entry: MapNode, line: str, node: ListNode, item: Node, more: tuple[str, ...]
) -> Iterator[tuple[str, str, MapNode]]:
    """A list of one word cannot lose it; another word takes its place."""
    for word in more[:1]:
        changed = ListNode((TextNode(word, node.place),), node.place)
        yield line, f"`{line}` is `{word}` instead of `{_said(item)}`", _set(entry, line, changed)


def _lists(decisions: DecisionSet, entry: MapNode) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines that are lists, each with the words to try beside those that stand there."""
    words = decisions.vocabulary
    known: dict[str, tuple[str, ...]] = {
        **{kind: tuple(sorted(decisions.exchange.catalogue.classes)) for kind in _KINDS},
        "about": (*words.roles, *words.statuses, NO_PERSON),
        "with": tuple(words.groups),
        "for": words.purposes,
        "marked": words.marks,
        "information": INFORMATION,
        "origin": ORIGINS,
        "unless": GRANTS,
        "only when": (),
        "attach": tuple(kind for kind in decisions.register.carriage if kind not in WITH_WORDS),
    }
    for line, choices in known.items():
        there = {_said(item) for item in _items(entry.get(line))}
        missing = [word for word in choices if word not in there]
        strange = [UNKNOWN] if line == "about" and UNKNOWN in missing else []
        yield line, tuple(dict.fromkeys([*missing[:1], *strange]))


def _single(decisions: DecisionSet, entry: MapNode, rule: Rule) -> Iterator[tuple[str, str]]:
    """The lines with one word each, and the words next to the one that stands there."""
    if isinstance(rule, Share):
        yield from (("level", word) for word in _beside(decisions, rule, rule.level))
    if isinstance(rule, Limit):
        weaker = [] if rule.to == WITHHOLD else _beside(decisions, rule, rule.to)
        yield from (("to", word) for word in (*weaker, "redact", WITHHOLD) if word != rule.to)
    said = entry.get("classified")
    form, _, name = said.text.rpartition(" ") if isinstance(said, TextNode) else ("", "", "")
    order = decisions.vocabulary.classifications
    if name in order:
        at = order.index(name)
        yield from (("classified", f"{form} {word}") for word in (*order[max(at - 1, 0) : at], *order[at + 1 : at + 2]))


def _beside(decisions: DecisionSet, rule: Rule, level: str) -> list[str]:
    """The levels next to this one on the longest ladder among the rule's fields."""
    ladders = [decisions.catalogue.ladder(field) for field in sorted(rule.fields)]
    ladder = max(ladders, key=lambda one: len(one.levels), default=None)
    if ladder is None:
        return []
    at = ladder.rung(level)
    return [*ladder.levels[max(at - 1, 0) : at], *ladder.levels[at + 1 : at + 2]]


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else ()


def _said(item: Node) -> str:
    """A word of a list as it is written: a text, or `kind: words`."""
    if isinstance(item, TextNode):
        return item.text
    pair = next(iter(item), None) if isinstance(item, MapNode) else None
    return pair.key.text if pair is not None else ""


def _set(entry: MapNode, line: str, value: Node) -> MapNode:
    if line not in entry:
        return MapNode((*entry.entries, Entry(TextNode(line, entry.place), value)), entry.place)
    changed = (Entry(each.key, value) if each.key.text == line else each for each in entry)
    return MapNode(tuple(changed), entry.place)


def _without(entry: MapNode, line: str) -> MapNode:
    return MapNode(tuple(each for each in entry if each.key.text != line), entry.place)
