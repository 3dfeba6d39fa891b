"""XML, strictly: one parse, limits by our own counting, an immutable tree; and the way back to bytes.

Guarantees that building and validating are one parse, that nothing was fetched or expanded, and that comments,
instructions and CDATA borders leave no trace in a text. Writing is deterministic and escapes everything that needs it;
`read_xml(write_xml(tree))` is an equal tree. Prefixes are not kept: names carry their namespace.
"""

from collections.abc import Iterator, Mapping

from lxml import etree

from gateway.document.limits import DEFAULT, Limits, is_longer
from gateway.document.tree import XmlElement
from gateway.document.xml_faults import schema_faults
from gateway.document.xml_parser import checked_body, depth_fault, element_fault, parse_body, parse_valid, text_fault
from gateway.document.xml_schema import XmlSchema
from gateway.document.xml_writer import write_xml
from gateway.errors import DocumentRefused, Place

__all__ = ["element_tree", "read_xml", "write_xml"]

_BLANK = " \t\r\n"


def read_xml(
    data: bytes,
    *,
    encoding: str = "utf-8",
    schema: XmlSchema | None = None,
    limits: Limits = DEFAULT,
) -> XmlElement:
    """Read a document in the configured encoding, and check it against a schema if one is given.

    Raises `DocumentRefused`: the first fault of reading (DOC-001 to DOC-034), or every fault against the schema, at
    most 100 (DOC-040 to DOC-045), with line and path.
    """
    body = checked_body(data, encoding, limits)
    if schema is None:
        return element_tree(parse_body(body, limits), limits)
    root, count = parse_valid(body, schema.compiled)
    if root is not None:
        return element_tree(root, limits)
    # It is refused; parsing again only finds out why: grammar, then limits, then schema.
    root = parse_body(body, limits)
    element_tree(root, limits)
    raise DocumentRefused(*schema_faults(root, schema, count))


class _Open:
    """An element whose children are being read."""

    __slots__ = ("attributes", "children", "element", "rest", "texts")

    def __init__(self, element: etree._Element, attributes: Mapping[str, str]) -> None:
        self.element = element
        self.attributes = attributes
        self.rest: Iterator[etree._Element] = iter(element)
        self.children: list[XmlElement] = []
        self.texts = [element.text or ""]

    def close(self, limits: Limits) -> XmlElement:
        element = self.element
        texts = self.texts
        text = texts[0] if len(texts) == 1 else "".join(texts)
        if is_longer(text, limits.text):
            raise DocumentRefused(text_fault(limits).located(Place(line=element.sourceline or 0)))
        content: tuple[str | XmlElement, ...] = ()
        if self.children and text.strip(_BLANK):
            pieces: list[str | XmlElement] = [texts[0]]
            for child, tail in zip(self.children, texts[1:], strict=True):
                pieces += (child, tail)
            content = tuple(piece for piece in pieces if piece != "")
        name = str(element.tag)
        return XmlElement(name, self.attributes, tuple(self.children), text, content, element.sourceline or 0)


def element_tree(root: etree._Element, limits: Limits, *, depth: int = 0, nodes: int = 0) -> XmlElement:
    """Walk an element once, counting, without recursion. `depth` and `nodes` are what is counted already.

    Raises `DocumentRefused` (DOC-007 to DOC-010, DOC-014) at a line.
    """
    attributes = dict(root.items())
    nodes += 1 + len(attributes)
    _check(root, attributes, nodes, limits)
    stack = [_Open(root, attributes)]
    while True:
        top = stack[-1]
        child = next(top.rest, None)
        if child is not None:
            attributes = dict(child.items())
            nodes += 1 + len(attributes)
            _check(child, attributes, nodes, limits)
            if depth + len(stack) >= limits.depth:
                raise DocumentRefused(depth_fault(limits).located(Place(line=child.sourceline or 0)))
            stack.append(_Open(child, attributes))
            continue
        stack.pop()
        made = top.close(limits)
        if not stack:
            return made
        stack[-1].children.append(made)
        stack[-1].texts.append(top.element.tail or "")


def _check(element: etree._Element, attributes: Mapping[str, str], nodes: int, limits: Limits) -> None:
    fault = element_fault(str(element.tag), attributes, nodes, limits)
    if fault is not None:
        raise DocumentRefused(fault.located(Place(line=element.sourceline or 0)))
