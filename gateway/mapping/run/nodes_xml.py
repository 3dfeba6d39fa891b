"""One XPath step from a node: elements, attributes, text, rows and virtual nodes, with predicates."""

from collections.abc import Iterator, Sequence

from gateway.document.tree import Row, XmlElement
from gateway.mapping.paths.path import (
    Axis,
    JsonStep,
    XmlAnd,
    XmlCompare,
    XmlExists,
    XmlExpression,
    XmlLast,
    XmlNot,
    XmlOr,
    XmlPosition,
    XmlStep,
    XmlTest,
)
from gateway.mapping.run.node import Node, Virtual, xml_string

__all__ = ["filtered", "in_document_order", "xml_step", "xml_top"]


def xml_top(start: Node, step: XmlStep) -> list[Node]:
    """Give the nodes of the first step of a path from the top: the outermost element, or `//name` anywhere."""
    if not isinstance(start.value, XmlElement):
        return []
    if step.axis is Axis.DESCENDANT:
        outermost = filtered([start] if start.value.name == step.name else [], step)
        return [*outermost, *xml_step(start, step)]
    return filtered([start], step) if start.value.name == step.name else []


def xml_step(node: Node, step: XmlStep) -> list[Node]:
    """Give the nodes of one step from a node, in document order."""
    value = node.value
    if isinstance(value, XmlElement):
        match step.axis:
            case Axis.CHILD:
                found = [Node(child, (node.way, child)) for child in value.children if child.name == step.name]
                return filtered(found, step) if step.predicates else found
            case Axis.ATTRIBUTE:
                text = value.attributes.get(step.name)
                return [] if text is None else [Node(text, (node.way, f"@{step.name}"))]
            case Axis.TEXT:
                return [Node(value.text, (node.way, "text()"))] if value.text else []
            case Axis.DESCENDANT:
                return list(_anywhere(node, step))
            case Axis.SELF:
                return [node]
    if isinstance(value, Row):
        cell = value.cells.get(step.name) if step.axis is Axis.CHILD else None
        return [] if cell is None else [Node(cell, (node.way, step.name))]
    if isinstance(value, Virtual) and step.axis is Axis.CHILD:
        children = list(value.children.get(step.name, ()))
        return filtered(children, step) if step.predicates else children
    return []


def _matching(node: Node, step: XmlStep) -> list[Node]:
    value = node.value
    if not isinstance(value, XmlElement):
        return []
    return [Node(child, (node.way, child)) for child in value.children if child.name == step.name]


def _anywhere(node: Node, step: XmlStep) -> Iterator[Node]:
    """Give what matches below a node, in document order. Without recursion: depth comes from a document."""
    stack = [(node, False)]
    while stack:
        current, matched = stack.pop()
        if matched:
            yield current
        if isinstance(current.value, XmlElement):
            # Positions of predicates count per parent.
            chosen = {id(found.value) for found in filtered(_matching(current, step), step)}
            children = reversed(current.value.children)
            stack.extend((Node(child, (current.way, child)), id(child) in chosen) for child in children)


def in_document_order(nodes: list[Node], top: object) -> list[Node]:
    """Sort what steps below a `//name` led to: elements that lie in one another give their children mixed up."""
    order: dict[int, int] = {}
    stack = [top] if isinstance(top, XmlElement) else []
    while stack:
        current = stack.pop()
        order[id(current)] = len(order)
        stack.extend(reversed(current.children))
    return sorted(nodes, key=lambda node: order.get(id(_element_of(node)), 0))


def _element_of(node: Node) -> object:
    """The element itself, or the one that an attribute or text belongs to."""
    if isinstance(node.value, XmlElement) or node.way is None or node.way[0] is None:
        return node.value
    return node.way[0][1]


def filtered(nodes: list[Node], step: XmlStep) -> list[Node]:
    """Apply predicates one after the other; positions count among what the one before left, per parent."""
    for predicate in step.predicates:
        size = len(nodes)
        nodes = [node for at, node in enumerate(nodes, start=1) if _holds(predicate, node, at, size)]
    return nodes


def _holds(expression: XmlExpression, node: Node, at: int, size: int) -> bool:
    match expression:
        case XmlPosition(number=number):
            return at == number
        case XmlLast():
            return at == size
        case XmlExists(path=path):
            return bool(_predicate_nodes(node, path.steps))
        case XmlCompare(path=path, equal=equal, literal=literal):
            texts = (xml_string(found.value) for found in _predicate_nodes(node, path.steps))
            return any((text == literal) == equal for text in texts)
        case XmlTest(function=function, path=path, literal=literal):
            found = _predicate_nodes(node, path.steps)
            text = xml_string(found[0].value) if found else ""
            return text.startswith(literal) if function == "starts-with" else literal in text
        case XmlNot(item=item):
            return not _holds(item, node, at, size)
        case XmlAnd(items=items):
            return all(_holds(item, node, at, size) for item in items)
        case XmlOr(items=items):
            return any(_holds(item, node, at, size) for item in items)


def _predicate_nodes(node: Node, steps: Sequence[XmlStep | JsonStep]) -> list[Node]:
    nodes = [node]
    for step in steps:
        nodes = [found for one in nodes for found in xml_step(one, step)] if isinstance(step, XmlStep) else []
    return nodes
