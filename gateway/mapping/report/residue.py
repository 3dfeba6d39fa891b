"""What a document holds and nothing read: watched while the document is mapped, leaf by leaf.

Guarantees that a leaf is in the residue exactly if no rule, condition, key or join came to it while this document was
mapped; what only a filter of a path compares counts as not read. Gives places and names, never a value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.document.tree import Document, FileSet, RecordTree, Row, Rows, XmlElement
from gateway.errors import Place
from gateway.mapping.check.reach import TEXT, Trail
from gateway.mapping.program.program import Program
from gateway.mapping.program.values import ReadOrigin, Value
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got, Policies
from gateway.mapping.run.node import NIL, TYPE, Node, RowStep, Way
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.session import Session
from gateway.mapping.run.ways import Positions, place_of_way

__all__ = ["Left", "Witness", "leaves_in", "left_by", "values_at"]


@dataclass(frozen=True, slots=True)
class Left:
    """A leaf of a document: where it is, and which place of the schema it stands at."""

    place: Place
    trail: Trail


class Witness(Evaluator):
    """Reads a document as ever, and remembers to which of its nodes anything came."""

    def __init__(self, program: Program, session: Session) -> None:
        self.came: set[str] = set()
        self._positions = Positions()
        super().__init__(program, session)

    def walk(self, route: object, scope: RunScope) -> list[Node]:
        """Walk a route and note where it ends."""
        nodes = super().walk(route, scope)  # type: ignore[arg-type]  # a Route, as everywhere
        for node in nodes:
            self._note(node)
        return nodes

    def value(self, value: Value, scope: RunScope, outer: Policies) -> Got:
        """Read a value; one that is flattened reads everything below it."""
        if value.flatten and isinstance(value.origin, ReadOrigin):
            nodes = self.candidates(value.origin.source, scope)
            for node in [] if isinstance(nodes, Got) else nodes:
                self.came.update(
                    str(place_of_way(way, self._positions)) for way, _, _ in _below(node.value, node.way, ())
                )
        return super().value(value, scope, outer)

    def _note(self, node: Node) -> None:
        if isinstance(node.value, XmlElement) and node.value.children:
            return
        if isinstance(node.value, dict | Row):
            return
        if isinstance(node.value, list):
            ways = (((node.way, at), item) for at, item in enumerate(node.value) if not isinstance(item, dict | list))
            self.came.update(str(place_of_way(way, self._positions)) for way, _ in ways)
            return
        self.came.add(str(place_of_way(node.way, self._positions)))


def left_by(came: set[str], document: Document) -> list[Left]:
    """Give the leaves of a document to which nothing came, in its order."""
    return [leaf for leaf in leaves_in(document) if str(leaf.place) not in came]


def values_at(document: Document) -> dict[str, str]:
    """Give the texts of all leaves by their places, for the one report that shows them: the preview."""
    return {str(leaf.place): text for leaf, text in _leaves(document)}


def leaves_in(document: Document) -> Iterator[Left]:
    """Give every leaf of a document that holds something: not blank, not null."""
    return (leaf for leaf, _ in _leaves(document))


def _leaves(document: Document) -> Iterator[tuple[Left, str]]:
    if isinstance(document, FileSet):
        for name, member in document.members.items():
            if isinstance(member, Rows):
                yield from _rows(name, member, (name,))
            elif isinstance(member, RecordTree) and isinstance(member.root, XmlElement):
                positions = Positions()
                for way, trail, text in _below(member.root, ((None, RowStep(name, 0)), member.root), (name,)):
                    yield Left(place_of_way(way, positions), trail), text
    elif isinstance(document, Rows):
        yield from _rows("", document, ())
    else:
        root = document.root if isinstance(document, RecordTree) else document
        top: Way | None = (None, root) if isinstance(root, XmlElement) else None
        positions = Positions()
        for way, trail, text in _below(root, top, ()):
            yield Left(place_of_way(way, positions), trail), text


def _rows(member: str, rows: Rows, above: Trail) -> Iterator[tuple[Left, str]]:
    for row in rows.rows:
        start: Way = (None, RowStep(member, row.line))
        for name, cell in row.cells.items():
            if cell.strip():
                yield Left(place_of_way((start, name)), (*above, "row", name)), cell


def _below(value: object, way: Way | None, trail: Trail) -> Iterator[tuple[Way | None, Trail, str]]:
    """The leaves below a node with their ways and texts; without recursion, because depth comes from a document."""
    stack: list[tuple[object, Way | None, Trail]] = [(value, way, trail)]
    while stack:
        here, there, names = stack.pop()
        if isinstance(here, XmlElement):
            yield from _own(here, there, names)
            stack.extend((child, (there, child), (*names, child.name)) for child in reversed(here.children))
        elif isinstance(here, dict):
            stack.extend((inner, (there, name), (*names, name)) for name, inner in reversed(here.items()))
        elif isinstance(here, Sequence) and not isinstance(here, str):
            stack.extend((item, (there, at), names) for at, item in reversed(list(enumerate(here))))
        elif here is not None and str(here).strip():
            yield there, names, str(here).lower() if isinstance(here, bool) else str(here)


def _own(element: XmlElement, way: Way | None, names: Trail) -> Iterator[tuple[Way | None, Trail, str]]:
    """Attributes and own text; what XML Schema itself says (a type, a nil) is no content."""
    for name, text in element.attributes.items():
        if text.strip() and name not in {NIL, TYPE}:
            yield (way, f"@{name}"), (*names, f"@{name}"), text
    if element.text.strip():
        if element.children:
            yield (way, TEXT), (*names, TEXT), element.text
        else:
            yield way, names, element.text
