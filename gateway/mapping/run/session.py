"""One document while it is mapped: its top, its envelope, its indexes, and the faults that belong to no message.

Indexes are built once, before the first message; they hold nodes and no copies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.document.tree import BadRow, FileSet, RecordTree, Rows, StreamedDocument, XmlElement
from gateway.errors import Place
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import IndexPlan
from gateway.mapping.run.node import Node, RowStep, Virtual, top_node

__all__ = ["DocumentFault", "IndexTable", "Key", "Session", "document_node", "envelope_node"]

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentFault:
    """Something wrong with the document as a whole: the code, the rule that found it, and the node."""

    code: str
    place: Place
    node: Node
    word: ErrorWord = ErrorWord.QUARANTINE


@dataclass(slots=True, eq=False)
class IndexTable:
    """The nodes of an index by key, in document order, and which keys a join has reached."""

    plan: IndexPlan
    by_key: dict[Key, list[Node]] = field(default_factory=dict)
    order: list[Node] = field(default_factory=list)
    reached: set[Key] = field(default_factory=set)
    all_reached: bool = False


@dataclass(slots=True, eq=False)
class Session:
    """A document that is being mapped."""

    document: object = field(repr=False)
    top: Node
    envelope: Node
    indexes: list[IndexTable] = field(default_factory=list)
    faults: dict[tuple[str, int], DocumentFault] = field(default_factory=dict)
    bad_rows: list[tuple[str, BadRow]] = field(default_factory=list)
    undeclared: bool = False

    def note(self, fault: DocumentFault) -> None:
        """Note a fault once: sources are walked again when places are printed."""
        self.faults.setdefault((fault.code, id(fault.node.value)), fault)


def document_node(document: object) -> tuple[Node, list[tuple[str, BadRow]], bool]:
    """Give the node where relative paths begin, the rows that do not fit, and whether headings were not declared."""
    if isinstance(document, Rows):
        node = Node(Virtual("document", {"row": _rows("", document)}))
        return node, [("", bad) for bad in document.bad], document.undeclared > 0
    if isinstance(document, StreamedDocument):
        return document_node(document.outer)
    if isinstance(document, RecordTree):
        return top_node(document.root), [], False
    if not isinstance(document, FileSet):
        return top_node(document), [], False
    members: dict[str, tuple[Node, ...]] = {}
    bad: list[tuple[str, BadRow]] = []
    undeclared = False
    for name, member in document.members.items():
        if isinstance(member, Rows):
            members[name] = (Node(Virtual("document", {"row": _rows(name, member)})),)
            bad.extend((name, row) for row in member.bad)
            undeclared = undeclared or member.undeclared > 0
        elif isinstance(member, RecordTree) and isinstance(member.root, XmlElement):
            members[name] = (Node(member.root, ((None, RowStep(name, 0)), member.root)),)
    return Node(Virtual("document", members)), bad, undeclared


def _rows(member: str, rows: Rows) -> tuple[Node, ...]:
    return tuple(Node(row, (None, RowStep(member, row.line))) for row in rows.rows)


def envelope_node(entries: Iterable[tuple[str, str]]) -> Node:
    """Give the node of `in: envelope`."""
    children = {name: (Node(text, (None, f"envelope/{name}")),) for name, text in entries}
    return Node(Virtual("envelope", children))
