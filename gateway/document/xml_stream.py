"""XML read twice: once as a whole without keeping it, then one subtree after the other.

The first reading checks everything (well-formedness, schema, limits) and keeps what stands outside of the subtrees that
are cut out; only then can a subtree be had, so that nothing of a broken document ever leaves this module. Guarantees
that a subtree is equal to the one `read_xml` would have built, and that memory holds the bytes, what is outside, and
one subtree. Limits on nodes hold for what is outside and one subtree together. Does not know what the subtrees mean.
"""

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from gateway.document.limits import DEFAULT, HARD, Limits, is_longer
from gateway.document.remarks import is_damaged
from gateway.document.tree import StreamedDocument, Subtree, XmlElement
from gateway.document.xml_codec import element_tree, read_xml
from gateway.document.xml_parser import (
    HARDENED,
    checked_body,
    depth_fault,
    element_fault,
    namespaces_fault,
    parse_body,
    text_fault,
)
from gateway.document.xml_schema import XmlSchema
from gateway.errors import DocumentRefused, Fault, Place

__all__ = ["NamePath", "read_outer"]

NamePath = tuple[str, ...]
"""Names of elements in Clark notation, from the child of the outermost element down."""

_BLANK = " \t\r\n"
_MOST_DAMAGED = 100


def read_outer(
    data: bytes,
    cut: frozenset[NamePath],
    *,
    encoding: str = "utf-8",
    schema: XmlSchema | None = None,
    limits: Limits = DEFAULT,
) -> StreamedDocument:
    """Read a document whole and keep what is outside of the elements at the paths of `cut`.

    Raises `DocumentRefused` as `read_xml` does. A refusal reads the document a second time, with its tree in memory.
    """
    body = checked_body(data, encoding, limits, count=False)
    pass_one = _Outer(body, cut, limits)
    root: XmlElement | None = None
    with contextlib.suppress(etree.XMLSyntaxError):
        root = pass_one.read(None if schema is None else schema.compiled)
    if root is None:
        read_xml(data, encoding=encoding, schema=schema, limits=_unbounded(limits))
        raise DocumentRefused(Fault("DOC-030", "this is not well-formed", fix="send well-formed XML 1.0"))
    damaged = tuple(sorted(pass_one.damaged)[:_MOST_DAMAGED])
    return _StreamedXml(root, damaged, body, pass_one.kept, pass_one.counts, limits)


def _unbounded(limits: Limits) -> Limits:
    """The same limits, and as many elements as are ever read at once."""
    return replace(limits, nodes=HARD.nodes)


@dataclass(slots=True, eq=False)
class _Frame:
    """An element outside of the subtrees that is being read."""

    element: etree._Element
    attributes: Mapping[str, str]
    path: NamePath
    children: list[XmlElement] = field(default_factory=list)
    outside: list[XmlElement] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    last: etree._Element | None = None

    def pass_last(self) -> None:
        """Take the text before the next child, and let go of the child before it."""
        if self.last is None:
            self.texts.append(self.element.text or "")
            return
        self.texts.append(self.last.tail or "")
        self.element.remove(self.last)
        self.last = None


class _Outer:
    """The first reading."""

    def __init__(self, body: bytes, cut: frozenset[NamePath], limits: Limits) -> None:
        self._body = body
        self._cut = cut
        self._limits = limits
        self._nodes = 0
        self._spaces: set[str] = set()
        self._many_spaces = body.count(b"xmlns") > limits.namespaces
        self.kept: dict[int, tuple[XmlElement, ...]] = {}
        self.counts: dict[int, Mapping[str, int]] = {}
        self.damaged: list[int] = []
        # Without the character or a reference to one no text can be damaged.
        self._looks = b"\xef\xbf\xbd" in body or b"&#" in body

    def read(self, schema: etree.XMLSchema | None) -> XmlElement | None:
        """Go through the document; raises `XMLSyntaxError` or gives None where it is broken or invalid."""
        stack: list[_Frame] = []
        inside = 0
        made: XmlElement | None = None
        for event, element in _events(self._body, schema):
            if event == "start":
                self._count_spaces(element)
                if inside:
                    inside += 1
                elif stack and (*stack[-1].path, str(element.tag)) in self._cut:
                    stack[-1].pass_last()
                    inside = 1
                else:
                    self._open(stack, element)
            elif inside > 1:
                inside -= 1
            elif inside:
                inside = 0
                self._cut_out(stack[-1], element, len(stack))
            else:
                made = self._close(stack, element)
        # The library ends a document that breaks off without an error.
        return None if stack or inside else made

    def _count_spaces(self, element: etree._Element) -> None:
        if self._many_spaces:
            self._spaces.update(address for address in element.nsmap.values() if address)
            if len(self._spaces) > self._limits.namespaces:
                raise DocumentRefused(namespaces_fault(self._limits))

    def _open(self, stack: list[_Frame], element: etree._Element) -> None:
        attributes = dict(element.items())
        self._nodes += 1 + len(attributes)
        place = Place(line=element.sourceline or 0)
        fault = element_fault(str(element.tag), attributes, self._nodes, self._limits)
        if fault is None and len(stack) >= self._limits.depth:
            fault = depth_fault(self._limits)
        if fault is not None:
            raise DocumentRefused(fault.located(place))
        path: NamePath = (*stack[-1].path, str(element.tag)) if stack else ()
        if stack:
            stack[-1].pass_last()
        stack.append(_Frame(element, attributes, path))

    def _cut_out(self, frame: _Frame, element: etree._Element, depth: int) -> None:
        """Check a subtree and let go of it; an empty element stands for the first of its name."""
        stack = [element_tree(element, self._limits, depth=depth, nodes=self._nodes)]
        while self._looks and stack and len(self.damaged) < _MOST_DAMAGED:
            inner = stack.pop()
            if is_damaged(inner):
                self.damaged.append(inner.line)
            stack.extend(inner.children)
        name = str(element.tag)
        if name not in frame.counts:
            frame.children.append(XmlElement(name, line=element.sourceline or 0))
        frame.counts[name] = frame.counts.get(name, 0) + 1
        element.clear(keep_tail=True)
        frame.last = element

    def _close(self, stack: list[_Frame], element: etree._Element) -> XmlElement:
        frame = stack.pop()
        frame.pass_last()
        text = "".join(frame.texts)
        line = element.sourceline or 0
        if is_longer(text, self._limits.text):
            raise DocumentRefused(text_fault(self._limits).located(Place(line=line)))
        content: tuple[str | XmlElement, ...] = ()
        if frame.children and not frame.counts and text.strip(_BLANK):
            pieces: list[str | XmlElement] = [frame.texts[0]]
            for child, tail in zip(frame.children, frame.texts[1:], strict=True):
                pieces += (child, tail)
            content = tuple(piece for piece in pieces if piece != "")
        made = XmlElement(str(element.tag), frame.attributes, tuple(frame.children), text, content, line)
        if self._looks and is_damaged(made):
            self.damaged.append(line)
        self.kept[id(made)] = tuple(frame.outside)
        if frame.counts:
            self.counts[id(made)] = frame.counts
        if stack:
            stack[-1].children.append(made)
            stack[-1].outside.append(made)
            stack[-1].last = element
        return made


def _events(body: bytes, schema: etree.XMLSchema | None) -> Iterator[tuple[str, etree._Element]]:
    """The starts and ends of elements, from a hardened parser: it expands, fetches and repairs nothing."""
    events: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        io.BytesIO(body),
        events=("start", "end"),
        schema=schema,
        **HARDENED,
    )
    return events


@dataclass(frozen=True, slots=True, eq=False)
class _StreamedXml(StreamedDocument):
    """A document that was read once and can be read again."""

    root: XmlElement
    lines: tuple[int, ...] = field(repr=False)
    body: bytes = field(repr=False)
    kept: Mapping[int, tuple[XmlElement, ...]] = field(repr=False)
    counts: Mapping[int, Mapping[str, int]] = field(repr=False)
    limits: Limits = field(repr=False)

    def __repr__(self) -> str:
        return f"StreamedXml({self.root.name!r})"

    @property
    def outer(self) -> XmlElement:
        """The tree without the subtrees."""
        return self.root

    def damaged(self, _names: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Give the lines of elements with a replacement character, at most 100."""
        return ((line, "") for line in self.lines)

    def whole(self) -> XmlElement:
        """Give all of it as one tree."""
        most = _unbounded(self.limits)
        return element_tree(parse_body(self.body, most), most)

    def count(self, path: NamePath) -> int:
        """How many subtrees there are at a path, over all parents."""
        above = [self.root]
        for name in path[:-1]:
            above = [child for parent in above for child in self.kept[id(parent)] if child.name == name]
        return sum(self.counts.get(id(parent), {}).get(path[-1], 0) for parent in above)

    def subtrees(self, path: NamePath) -> Iterator[Subtree]:
        """Read again and give the subtrees at a path, in the order of the document."""
        stack: list[_Place] = []
        inside = 0
        for event, element in _events(self.body, None):
            if event == "start":
                if inside:
                    inside += 1
                elif stack and self._is_cut(stack[-1], element):
                    stack[-1].let_go()
                    inside = 1
                else:
                    stack.append(self._place(stack, element))
            elif event == "end":
                if inside > 1:
                    inside -= 1
                elif inside:
                    inside = 0
                    place = stack[-1]
                    if (*place.path, str(element.tag)) == path:
                        yield self._subtree(stack, element)
                    element.clear(keep_tail=True)
                    place.last = element
                else:
                    stack.pop()
                    if stack:
                        stack[-1].last = element

    def _is_cut(self, place: "_Place", element: etree._Element) -> bool:
        return str(element.tag) in self.counts.get(id(place.kept), {})

    def _place(self, stack: list["_Place"], element: etree._Element) -> "_Place":
        if not stack:
            return _Place(element, self.root, ())
        above = stack[-1]
        above.let_go()
        kept = self.kept[id(above.kept)][above.outside]
        above.outside += 1
        return _Place(element, kept, (*above.path, str(element.tag)))

    def _subtree(self, stack: list["_Place"], element: etree._Element) -> Subtree:
        place = stack[-1]
        name = str(element.tag)
        position = place.seen[name] = place.seen.get(name, 0) + 1
        made = element_tree(element, self.limits, depth=len(stack), nodes=0)
        return Subtree(made, position, self.counts[id(place.kept)][name], tuple(one.kept for one in stack))


@dataclass(slots=True, eq=False)
class _Place:
    """Where the second reading is: an element outside of the subtrees, and what the first reading kept of it."""

    element: etree._Element
    kept: XmlElement
    path: NamePath
    outside: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    last: etree._Element | None = None

    def let_go(self) -> None:
        """Forget the child before."""
        if self.last is not None:
            self.element.remove(self.last)
            self.last = None
