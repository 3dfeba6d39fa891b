"""Nodes of a document at run time: a value, and the way that led to it.

Values are those of the document trees, and `Virtual` for what a mapping makes. Guarantees that every node can say
where it is, so that faults and lineage can; printing ways is in `ways`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypeAlias, Union

from gateway.document.tree import XmlElement

__all__ = [
    "ItemStep",
    "NIL",
    "Node",
    "PartStep",
    "RowStep",
    "Step",
    "TYPE",
    "Virtual",
    "Way",
    "text_of",
    "top_node",
    "xml_string",
]

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Step: TypeAlias = Union[str, int, XmlElement, "RowStep", "PartStep", "ItemStep"]
"""One step of a way: a member, a position, an element, a row, or a part of a text."""

Way: TypeAlias = tuple["Way | None", Step]
"""How a node was reached; None is the top."""


class RowStep(NamedTuple):
    """A row of a member file."""

    member: str
    line: int


class ItemStep(NamedTuple):
    """An element that is read alone, and its 1-based position among the `total` of its name under its parent."""

    element: XmlElement
    position: int
    total: int


class PartStep(NamedTuple):
    """Characters `start` to `end` of a text that was parsed, called `name`."""

    name: str
    start: int
    end: int


class Node(NamedTuple):
    """A value of the document and the way to it."""

    value: object
    way: Way | None = None

    def __repr__(self) -> str:
        return f"Node({type(self.value).__name__})"


@dataclass(frozen=True, slots=True, eq=False)
class Virtual:
    """A node that a mapping makes: the top of a file set, a group, a slot, a parsed text, the envelope.

    `text` is its own value, None without one.
    """

    kind: str
    children: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    text: str | None = None

    def __repr__(self) -> str:
        return f"Virtual({self.kind})"


def top_node(document: object) -> Node:
    """Give the node in which relative paths of a mapping begin."""
    return Node(document, (None, document) if isinstance(document, XmlElement) else None)


def text_of(value: object, *, flatten: bool = False) -> str | None | bool:
    """Give the text of a node, None when it is missing, or False when it has children and no value of its own."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, XmlElement):
        if value.attributes.get(NIL, "").strip() in {"true", "1"}:
            return None
        if value.children:
            return xml_string(value) if flatten else False
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, Virtual):
        return False if value.text is None else value.text
    return False


def xml_string(value: object) -> str:
    """Give the string value of XPath: all text below, in document order, across comments and CDATA."""
    if isinstance(value, XmlElement):
        if not value.children:
            return value.text
        pieces: list[str] = []
        stack: list[str | XmlElement] = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                pieces.append(item)
            elif item.content:
                stack.extend(reversed(item.content))
            elif item.children:
                stack.extend(reversed(item.children))
            else:
                pieces.append(item.text)
        return "".join(pieces)
    if isinstance(value, Virtual):
        return value.text or ""
    return value if isinstance(value, str) else ""
