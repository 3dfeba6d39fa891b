"""Finding nodes by a program: routes, joins, groups, slots, parsed texts, and the conditions on them."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from gateway.mapping.convert.text import PLAIN
from gateway.mapping.language.rules import PickKind
from gateway.mapping.program.program import Ignored, IndexPlan, Program
from gateway.mapping.program.values import (
    AllSource,
    GroupSource,
    JoinSource,
    ParseSource,
    PickPlan,
    Route,
    RouteSource,
    SlotsSource,
    Source,
    Stage,
    Test,
    Value,
)
from gateway.mapping.run.conditions import Conditions, expanded
from gateway.mapping.run.got import Got, Policies
from gateway.mapping.run.node import Node, PartStep, Virtual, Way, text_of
from gateway.mapping.run.nodes import walk
from gateway.mapping.run.ordering import number_of, rank, same_kind
from gateway.mapping.run.packed import Piece
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.session import DocumentFault, IndexTable, Session

__all__ = ["NodeReader", "text_cleaner", "typed_key"]


class NodeReader(ABC):
    """Finds the nodes of one document. Building it builds the indexes of the program."""

    def __init__(self, program: Program, session: Session) -> None:
        self.program = program
        self.session = session
        self.policies = Policies(program.on_missing, program.on_error)
        self.clean: tuple[Stage, ...] = program.clean
        self.cleaned = text_cleaner(program.clean)
        self._rooted: dict[int, list[Node]] = {}
        self._conditions = Conditions(self.walk, self.clean_text)
        self._left_out: dict[int, set[int]] = {}
        self.superseded: set[int] = set()
        """Identities of nodes that the `pick` of an index has put aside for another of their key."""
        for plan in program.indexes:
            session.indexes.append(self._index(plan))

    @abstractmethod
    def value(self, value: Value, scope: RunScope, outer: Policies) -> Got:
        """Read a value."""

    # -- nodes ------------------------------------------------------------------------------------------------------

    def walk(self, route: Route, scope: RunScope) -> list[Node]:
        """Give the nodes of a route."""
        session = self.session
        if route.scope == "/":
            # The top does not change: an item of a long list must not search the list again for an outer value.
            found = self._rooted.get(id(route))
            if found is None:
                found = walk(session.top, route.steps, session.document, rooted=True)
                self._rooted[id(route)] = found
            return found
        if not route.scope:
            start = scope.node
        else:
            start = session.envelope if route.scope == "envelope" else scope.named(route.scope)
        return walk(start, route.steps, session.document)

    def candidates(self, source: Source, scope: RunScope) -> list[Node] | Got:
        """Give the nodes that a block goes to, arrays as their items; or what is wrong with the way there."""
        if isinstance(source, RouteSource):
            return expanded(self.walk(source.route, scope))
        match source:
            case JoinSource():
                return self._join(source, scope)
            case AllSource(index=index, route=route):
                table = self.session.indexes[index]
                table.all_reached = True
                return self._from_each(table.order, route, scope)
            case GroupSource():
                return self._groups(source, scope)
            case SlotsSource():
                return self._slots(source, scope)
            case ParseSource():
                return self._parsed(source, scope)

    def holds(self, test: Test | None, scope: RunScope) -> bool:
        """Decide a condition; none holds always."""
        return test is None or self._conditions.holds(test, scope)

    def leaves_out(self, ignored: Ignored, scope: RunScope) -> bool:
        """Say whether an entry of `ignore` covers a node of its group: by its condition, and by its path's filters."""
        if ignored.filtered:
            known = self._left_out.get(id(ignored))
            if known is None:
                nodes = expanded(self.walk(ignored.route, RunScope(self.session.top, 0)))
                known = self._left_out[id(ignored)] = {id(node.value) for node in nodes}
            if id(scope.node.value) not in known:
                return False
        return self.holds(ignored.test, scope)

    # -- texts ------------------------------------------------------------------------------------------------------

    def clean_text(self, node: Node, nulls: frozenset[str]) -> str | None:
        """Give the text of a node after clean-up, None when it is missing or has no value of its own."""
        text = text_of(node.value)
        if text is None or isinstance(text, bool):
            return None
        text = self.cleaned(text)
        return None if not text.strip() or text in nulls else text

    def key_text(self, source: Source, scope: RunScope) -> str | None:
        """Give the text of a key, None when it is missing; numbers of typed columns lose their leading zeros."""
        nodes = self.candidates(source, scope)
        if isinstance(nodes, Got) or not nodes:
            return None
        route = source.route if isinstance(source, RouteSource | JoinSource | AllSource) else None
        if route is None:
            return self.clean_text(nodes[0], frozenset())
        return typed_key(self.clean_text(nodes[0], route.nulls), route.ground.number)

    def _route_key(self, route: Route, scope: RunScope) -> str | None:
        nodes = self.walk(route, scope)
        return typed_key(self.clean_text(nodes[0], route.nulls), route.ground.number) if nodes else None

    def extreme(self, pick: PickPlan, nodes: Sequence[Node], scope: RunScope) -> int:
        """Give the position of the node whose text is the largest or smallest; the first of equals."""
        texts: list[str | None] = []
        for node in nodes:
            inner = RunScope(node, scope.frame, "", scope)
            found = self.walk(pick.route, inner) if pick.route is not None else [node]
            texts.append(self.clean_text(found[0], pick.route.nulls if pick.route else frozenset()) if found else None)
        ranks = [None if text is None else rank(text) for text in texts]
        known = [one for one in ranks if one is not None]
        if not known:
            return 0
        if not same_kind(known):
            zero = known[0][1] * 0
            ranks = [None if text is None else (2, zero, text) for text in texts]
            known = [one for one in ranks if one is not None]
        return ranks.index(max(known) if pick.kind is PickKind.MAX else min(known))

    # -- indexes ----------------------------------------------------------------------------------------------------

    def _index(self, plan: IndexPlan) -> IndexTable:
        """Put the nodes of an index under their keys; faults are noted for the whole document."""
        table = IndexTable(plan)
        top = RunScope(self.session.top, 0)
        for node in expanded(self.walk(plan.route, top)):
            inner = RunScope(node, 0, "", top)
            texts = [self._route_key(key, inner) for key in plan.keys]
            key = tuple(text for text in texts if text is not None)
            if len(key) < len(texts):
                self.session.note(DocumentFault("R115", plan.place, node, plan.on_error.word))
                continue
            table.by_key.setdefault(key, []).append(node)
            table.order.append(node)
        if not plan.many:
            self._single(table, top)
        return table

    def _single(self, table: IndexTable, top: RunScope) -> None:
        """Leave one node per key: the one that `pick` chooses, or the first, with a fault for the others."""
        kept: set[int] = set()
        for key, nodes in table.by_key.items():
            chosen = 0
            if len(nodes) > 1 and table.plan.pick is None:
                for node in nodes[1:]:
                    self.session.note(DocumentFault("R116", table.plan.place, node, table.plan.on_error.word))
            elif len(nodes) > 1 and table.plan.pick is not None:
                chosen = self.chosen(table.plan.pick, nodes, top)
                self.superseded.update(id(node.value) for node in nodes if node is not nodes[chosen])
            table.by_key[key] = [nodes[chosen]]
            kept.add(id(nodes[chosen]))
        table.order = [node for node in table.order if id(node) in kept]

    def chosen(self, pick: PickPlan, nodes: Sequence[Node], scope: RunScope) -> int:
        """Give the position of the node that `first`, `last`, `max` or `min` chooses."""
        if pick.kind in {PickKind.MAX, PickKind.MIN}:
            return self.extreme(pick, nodes, scope)
        return len(nodes) - 1 if pick.kind is PickKind.LAST else 0

    # -- sources ----------------------------------------------------------------------------------------------------

    def _from_each(self, nodes: Sequence[Node], route: Route | None, scope: RunScope) -> list[Node]:
        if route is None:
            return list(nodes)
        found = [one for node in nodes for one in self.walk(route, RunScope(node, scope.frame, "", scope))]
        return expanded(found)

    def _join(self, source: JoinSource, scope: RunScope) -> list[Node] | Got:
        table = self.session.indexes[source.index]
        texts = [self.key_text(key, scope) for key in source.keys]
        key = tuple(text for text in texts if text is not None)
        if len(key) < len(texts):
            return []
        table.reached.add(key)
        nodes = table.by_key.get(key, [])
        if not nodes and not source.many:
            return Got("bad", self.policies, code="R114")
        return self._from_each(nodes, source.route, scope)

    def _groups(self, source: GroupSource, scope: RunScope) -> list[Node]:
        """Put members under their keys, in order of first appearance; a member without its whole key is bad."""
        groups: dict[tuple[str, ...], dict[str, list[Node]]] = {}
        last: tuple[str, ...] | None = None
        texts: dict[tuple[str, ...], list[tuple[str, Node]]] = {}
        for (name, route), keys in zip(source.members, source.keys, strict=True):
            for node in expanded(self.walk(route, scope)):
                inner = RunScope(node, scope.frame, "", scope)
                found = [self._route_key(key, inner) for key in keys]
                key = tuple(text for text in found if text is not None)
                if len(key) < len(found):
                    self.session.note(DocumentFault("R106", source.place, node))
                    continue
                if source.adjacent and key in groups and key != last:
                    self.session.note(DocumentFault("G421", source.place, node))
                last = key
                groups.setdefault(key, {}).setdefault(name, []).append(node)
                if key not in texts:
                    named = zip(source.by, keys, strict=True)
                    texts[key] = [(by, self.walk(key_route, inner)[0]) for (by, _), key_route in named]
        made: list[Node] = []
        for key, members in groups.items():
            children = {name: tuple(nodes) for name, nodes in members.items()}
            children.update((name, (node,)) for name, node in texts[key])
            first = next(iter(members.values()))[0]
            made.append(Node(Virtual("group", children), first.way))
        return made

    def _slots(self, source: SlotsSource, scope: RunScope) -> list[Node]:
        if source.routes:
            found = [(route, self.walk(route, scope)) for route in source.routes]
            return [nodes[0] for route, nodes in found if nodes and self.clean_text(nodes[0], route.nulls) is not None]
        slots: list[Node] = []
        count = len(source.named[0][1]) if source.named else 0
        for at in range(count):
            children: dict[str, tuple[Node, ...]] = {}
            filled = False
            for name, routes in source.named:
                nodes = self.walk(routes[at], scope)
                children[name] = tuple(nodes)
                filled = filled or any(self.clean_text(node, routes[at].nulls) is not None for node in nodes)
            if filled:
                number = source.first + at
                way: Way = (scope.node.way, f"slot[{number}]")
                children["slot"] = (Node(str(number), way),)
                slots.append(Node(Virtual("slot", children), way))
        return slots

    def _parsed(self, source: ParseSource, scope: RunScope) -> list[Node] | Got:
        got = self.value(source.value, scope, self.policies)
        if got.state in {"missing", "skipped"}:
            return []
        if got.state == "bad":
            return got
        text = str(got.value)
        parts = source.pattern.parts(text)
        if parts is None:
            number = source.value.number
            return Got("bad", got.policies, raw=text, code="X510", value_number=number, position=got.position)
        way: Way = (scope.node.way, PartStep(source.pattern.name, 0, len(text)))
        children = {name: tuple(_part(name, piece, way) for piece in pieces) for name, pieces in parts.items()}
        return [Node(Virtual("parsed", children, text), way)]


def _part(name: str, piece: Piece, way: Way) -> Node:
    here: Way = (way[0], PartStep(name, piece.start, piece.end))
    groups = {group: (_part(group, inner, way),) for group, inner in piece.groups.items()}
    return Node(Virtual("part", groups, piece.text), here)


def text_cleaner(stages: Sequence[Stage]) -> Callable[[str], str]:
    """Give the function that cleans every text first; `clean` takes converters of texts that cannot fail."""
    if [stage.name for stage in stages] == ["trim", "nfc"]:
        return _trimmed
    steps = [PLAIN.get(stage.name) or _step(stage) for stage in stages]

    def cleaned(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return cleaned


def _step(stage: Stage) -> Callable[[str], str]:
    def step(text: str) -> str:
        result = stage.function(text, "")
        return result if isinstance(result, str) else text

    return step


def _trimmed(text: str) -> str:
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def typed_key(text: str | None, kind: str) -> str | None:
    """Give a key of a typed column in one spelling, or None when it is no such number."""
    if text is None or not kind:
        return text
    number = number_of(text)
    if number is None or (kind == "integer" and number != number.to_integral_value()):
        return None
    return str(int(number)) if kind == "integer" else f"{number.normalize():f}"
