"""The items of a document that become messages: of a whole document, or of one that is read again item by item.

Both give the same items in the same order with the same positions, and say the same of items that no split takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.document.tree import Row, StreamedDocument, Subtree, XmlElement
from gateway.errors import Fault
from gateway.mapping.codes import CODES
from gateway.mapping.paths.path import XmlStep
from gateway.mapping.program.program import Program, Split
from gateway.mapping.program.stream import name_path
from gateway.mapping.program.values import RouteSource, Source
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got
from gateway.mapping.run.node import ItemStep, Node, RowStep, Virtual, Way
from gateway.mapping.run.nodes_xml import filtered
from gateway.mapping.run.run import Token
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.ways import Positions, place_of_way

__all__ = ["Item", "Items", "StreamedItems", "WholeItems"]


@dataclass(frozen=True, slots=True)
class Item:
    """A message to be: its split, its node, and the position of the node among those that the split leads to."""

    split: Split
    node: Node
    position: int


class Items(Protocol):
    """The items of one document."""

    @property
    def total(self) -> int:
        """How many there are."""
        ...

    @property
    def unselected(self) -> Sequence[Fault]:
        """What no split takes (V310)."""
        ...

    def __iter__(self) -> Iterator[Item]:
        """Give the items, split by split, in the order of the document."""
        ...

    def node(self, split: Split, position: int) -> Node:
        """Give the node of an item again."""
        ...


class _Chooser:
    """Tells which items a split takes, and which ones nothing takes."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self.program = program
        self.evaluator = evaluator
        self.top = RunScope(evaluator.session.top, 0)
        self._positions = Positions()

    def takes(self, split: Split, node: Node) -> bool:
        """True if the condition of a split holds for a node."""
        return self.evaluator.holds(split.where, RunScope(node, 0, split.scope, self.top))

    def fault(self, split: Split, node: Node) -> Fault:
        """Say that no split takes a node."""
        return Fault("V310", CODES["V310"], split.place, at=place_of_way(node.way, self._positions))

    def ignored(self, group: str, node: Node) -> bool:
        """True if the mapping leaves a node out for a reason."""
        scope = RunScope(node, 0)
        return any(one.group == group and self.evaluator.holds(one.test, scope) for one in self.program.ignored)


class WholeItems:
    """The items of a document that is kept whole."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._chooser = _Chooser(program, evaluator)
        self._items: list[Item] = []
        taken: dict[str, set[Token]] = {}
        rejected: list[tuple[Split, Node, Token]] = []
        for split in program.splits:
            self._collect(split, taken, rejected)
        self.unselected: Sequence[Fault] = tuple(self._unselected(taken, rejected))

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def node(self, split: Split, position: int) -> Node:
        """Give the node of an item again."""
        return next(item.node for item in self._items if item.split is split and item.position == position)

    def _collect(self, split: Split, taken: dict[str, set[Token]], rejected: list[tuple[Split, Node, Token]]) -> None:
        chooser = self._chooser
        if split.source is None:
            self._items.append(Item(split, chooser.evaluator.session.top, 0))
            return
        nodes = chooser.evaluator.candidates(split.source, chooser.top)
        if isinstance(nodes, Got):
            return
        tracked = split.group in chooser.program.tracked
        kept = taken.setdefault(split.group, set())
        for position, node in enumerate(nodes):
            if chooser.takes(split, node):
                self._items.append(Item(split, node, position))
                kept.add(_token(split, node, position))
            elif tracked:
                rejected.append((split, node, _token(split, node, position)))
        if split.every is not None and tracked:
            every = chooser.evaluator.candidates(split.every, chooser.top)
            for position, node in enumerate([] if isinstance(every, Got) else every):
                rejected.append((split, node, _token(split, node, position)))

    def _unselected(self, taken: dict[str, set[Token]], rejected: list[tuple[Split, Node, Token]]) -> Iterator[Fault]:
        seen: set[Token] = set()
        for split, node, token in rejected:
            if token in taken.get(split.group, set()) or token in seen or self._chooser.ignored(split.group, node):
                continue
            seen.add(token)
            yield self._chooser.fault(split, node)


def _token(split: Split, node: Node, position: int) -> Token:
    """Tell an item; those that a mapping makes by their group and position."""
    return (split.group, 0, position) if isinstance(node.value, Virtual) else id(node.value)


class StreamedItems:
    """The items of a document of which only what is outside of them is kept. Each split is a reading of its own."""

    def __init__(self, program: Program, evaluator: Evaluator, document: StreamedDocument) -> None:
        self._chooser = _Chooser(program, evaluator)
        self._document = document
        self._current: Item | None = None
        self.unselected: Sequence[Fault] = ()
        if all(split.where is None and not _predicates(split.source) for split in program.splits):
            self.total = sum(document.count(self._path(split)) for split in program.splits)
        else:
            self.total = self._counted()

    def _path(self, split: Split) -> tuple[str, ...]:
        return name_path(split, self._chooser.program.mapping.source.format.text)

    def __iter__(self) -> Iterator[Item]:
        for split in self._chooser.program.splits:
            for item in self._of(split):
                self._current = item
                yield item

    def node(self, split: Split, position: int) -> Node:
        """Give the node of an item again: that of the current one, or by reading up to it."""
        current = self._current
        if current is None or current.split is not split or current.position != position:
            current = next(one for one in self._of(split, every=True) if one.position == position)
        return current.node

    def _of(self, split: Split, *, every: bool = False) -> Iterator[Item]:
        position = -1
        for subtree in self._document.subtrees(self._path(split)):
            node = _node(subtree)
            if not _selected(split.source, node):
                continue
            position += 1
            if every or self._chooser.takes(split, node):
                yield Item(split, node, position)

    def _counted(self) -> int:
        """Count what the splits take, and note what none takes, as a whole document would tell it: split by split."""
        splits = self._chooser.program.splits
        total = 0
        left: list[tuple[list[Fault], list[Fault]]] = [([], []) for _ in splits]
        for path in dict.fromkeys(self._path(split) for split in splits):
            here = [(number, split) for number, split in enumerate(splits) if self._path(split) == path]
            for subtree in self._document.subtrees(path):
                node = _node(subtree)
                selects = [(number, one) for number, one in here if _selected(one.source, node)]
                takes = sum(self._chooser.takes(one, node) for _, one in selects)
                total += takes
                number, split = here[0]
                tracked = split.group in self._chooser.program.tracked
                if takes or not tracked or self._chooser.ignored(split.group, node):
                    continue
                # A whole document tells first what a condition leaves, then what the path of the split leaves.
                left[number][not selects or selects[0][0] != number].append(self._chooser.fault(split, node))
        self.unselected = tuple(fault for faults in left for fault in (*faults[0], *faults[1]))
        return total


def _node(subtree: Subtree) -> Node:
    """Give the node of a subtree, with the way that leads to it in the whole document."""
    content = subtree.content
    if isinstance(content, Row):
        return Node(content, (None, RowStep("", content.line)))
    if not isinstance(content, XmlElement):
        return Node(content, (None, subtree.position - 1))
    way: Way | None = None
    for element in subtree.above:
        way = (way, element)
    return Node(content, (way, ItemStep(content, subtree.position, subtree.total)))


def _predicates(source: Source | None) -> bool:
    step = source.route.steps[-1] if isinstance(source, RouteSource) and source.route.steps else None
    return isinstance(step, XmlStep) and bool(step.predicates)


def _selected(source: Source | None, node: Node) -> bool:
    """True if the predicates of the last step hold, none of which asks for a position."""
    step = source.route.steps[-1] if isinstance(source, RouteSource) and source.route.steps else None
    return not isinstance(step, XmlStep) or not step.predicates or bool(filtered([node], step))
