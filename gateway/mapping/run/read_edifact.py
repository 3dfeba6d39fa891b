"""EDIFACT interchanges as trees: messages, groups and data elements by the names of a layout.

Guarantees that a message is in the tree only if it fits its layout whole, that one which does not is a trouble (R155)
and leaves the others alone, and that every data element is a node, or is noticed as one that the layout does not name.
The line of a node is the number of its segment in the interchange, from 1, without `UNA`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.document.edifact_codec import EdifactMessage, Interchange, Irregularity, Segment, read_edifact
from gateway.document.limits import Limits
from gateway.document.tree import Document, RecordTree, Trouble, TroubleKind, XmlElement
from gateway.errors import DocumentRefused, Fault, Place
from gateway.mapping.codes import CODES
from gateway.mapping.run.reader import InputFile, SourceReader, one_file
from gateway.mapping.shapes.edifact_layout import EdifactLayout, Element, SegmentType
from gateway.mapping.shapes.edifact_order import Particle

__all__ = ["EdifactReader", "Spot", "interchange_tree"]

_NONE: Final[Mapping[str, str]] = {}
_SNIFFED = 4096
_COUNTS = "CNT"
_KINDS: Mapping[str, tuple[str, TroubleKind]] = {
    "count": ("R156", "count"),
    "reference": ("R157", "count"),
    "behind": ("R159", "open"),
    "padded": ("R158", "open"),
}

Spot = tuple[int, int, int, int]
"""Where a data element stands: segment number, and from 0 position, repetition and component."""


class EdifactReader(SourceReader):
    """Reads the interchanges of one message type."""

    def __init__(self, layout: EdifactLayout, encoding: str, limits: Limits) -> None:
        self.files = layout.files
        self._layout = layout
        self._encoding = encoding
        self._limits = limits

    def read(self, files: Sequence[InputFile]) -> Document:
        """Read an interchange; raises `DocumentRefused` for one that breaks off, or in which no message fits."""
        interchange = read_edifact(one_file(files), encoding=self._encoding, limits=self._limits)
        return interchange_tree(interchange, self._layout)

    def recognises(self, document: Document) -> bool:
        """True for an interchange that was read by this layout."""
        return isinstance(document, RecordTree) and document.layout == self._key

    @property
    def _key(self) -> tuple[str, str]:
        return self._layout.path, self._layout.message

    def could_read(self, files: Sequence[InputFile]) -> bool:
        """True if the first bytes are those of an interchange and name the message type."""
        if len(files) != 1:
            return False
        head = files[0].data[:_SNIFFED].lstrip()
        return head[:3] in {b"UNA", b"UNB"} and self._layout.message.encode() in head


class _Misfit(Exception):
    """A message that does not fit its layout, from this segment on."""

    def __init__(self, segment: int) -> None:
        super().__init__(segment)
        self.segment = segment


def interchange_tree(
    interchange: Interchange, layout: EdifactLayout, spots: dict[int, Spot] | None = None
) -> RecordTree:
    """Make the tree of an interchange. `spots` is filled with where each data element stands, by its identity.

    Raises `DocumentRefused` (R155) where the interchange header, or every message, does not fit the layout.
    """
    builder = _Builder(layout, {} if spots is None else spots)
    children: list[XmlElement] = []
    troubles: list[Trouble] = []
    made: dict[int, XmlElement] = {}
    try:
        children.append(builder.segment(interchange.header, layout.segments["UNB"]))
    except _Misfit as misfit:
        raise _refused(interchange, misfit.segment) from None
    troubles += builder.undeclared(None)
    for number, message in enumerate(interchange.messages):
        try:
            made[number] = builder.message(message)
        except _Misfit as misfit:
            builder.undeclared(None)
            troubles.append(Trouble("R155", "bad", misfit.segment, path=f"/message[{number + 1}]"))
            continue
        children.append(made[number])
        troubles += builder.undeclared(made[number])
        troubles += _counted(message, made[number], layout)
    if interchange.messages and not made:
        raise _refused(interchange, troubles[0].line)
    troubles += (_irregular(one, made) for one in interchange.irregular if one.message is None or one.message in made)
    root = XmlElement("", _NONE, tuple(children))
    return RecordTree("edifact", (layout.path, layout.message), root, tuple(troubles))


def _refused(interchange: Interchange, segment: int) -> DocumentRefused:
    place = Place(
        line=interchange.segments[min(segment, len(interchange.segments)) - 1].line, path=f"segment {segment}"
    )
    return DocumentRefused(Fault("R155", CODES["R155"], place, "send messages of the layout, or correct the layout"))


def _irregular(one: Irregularity, made: Mapping[int, XmlElement]) -> Trouble:
    code, kind = _KINDS[one.kind]
    return Trouble(code, kind, one.segment, None if one.message is None else made[one.message])


def _counted(message: EdifactMessage, made: XmlElement, layout: EdifactLayout) -> Iterator[Trouble]:
    """Hold every `CNT` whose code the layout knows to what is there."""
    for segment in message.body:
        wanted = layout.counts.get(segment.text(0, 0)) if segment.tag == _COUNTS else None
        if wanted is None:
            continue
        stated = segment.text(0, 1).strip()
        if not (stated.isascii() and stated.isdigit() and int(stated) == _number_of(made, wanted)):
            yield Trouble("R156", "count", segment.number, made)


def _number_of(made: XmlElement, name: str) -> int:
    found = 0
    stack = [made]
    while stack:
        element = stack.pop()
        found += element.name == name
        stack.extend(element.children)
    return found


class _Builder:
    def __init__(self, layout: EdifactLayout, spots: dict[int, Spot]) -> None:
        self._layout = layout
        self._spots = spots
        self._extra: dict[int, None] = {}

    def undeclared(self, holder: XmlElement | None) -> list[Trouble]:
        """Give what the layout does not name in the segments since the last call."""
        found = [Trouble("R158", "open", segment, holder) for segment in self._extra]
        self._extra.clear()
        return found

    # -- messages ---------------------------------------------------------------------------------------------------

    def message(self, message: EdifactMessage) -> XmlElement:
        """Make the element of a message; raises `_Misfit`."""
        layout = self._layout
        header = message.header
        version = ":".join(header.text(1, part) for part in (1, 2, 3))
        if message.kind != layout.message or (layout.versions and version not in layout.versions):
            raise _Misfit(header.number)
        children = [] if message.group is None else [self.segment(message.group, layout.segments["UNG"])]
        children.append(self.segment(header, layout.segments["UNH"]))
        at = self._sequence(layout.of, message, 0, children)
        if at < len(message.body):
            raise _Misfit(message.body[at].number)
        return XmlElement("message", _NONE, tuple(children), line=header.number)

    def _sequence(
        self, particles: tuple[Particle, ...], message: EdifactMessage, at: int, into: list[XmlElement]
    ) -> int:
        """Take what one level may hold, and give the position behind it. Depth is that of the layout."""
        body = message.body
        for particle in particles:
            count = 0
            while count < particle.high and at < len(body) and particle.takes(body[at].tag, body[at].text(0, 0)):
                made = self.segment(body[at], self._layout.segments[particle.tag])
                at += 1
                count += 1
                if particle.of is None:
                    into.append(made)
                    continue
                inside = [made]
                line = body[at - 1].number
                at = self._sequence(particle.of, message, at, inside)
                into.append(XmlElement(particle.name, _NONE, tuple(inside), line=line))
            if count < particle.low:
                raise _Misfit(body[at].number if at < len(body) else message.trailer.number)
        return at

    # -- segments ---------------------------------------------------------------------------------------------------

    def segment(self, segment: Segment, kind: SegmentType) -> XmlElement:
        """Make the element of a segment; raises `_Misfit` where a text is missing, too long or none of its codes."""
        children: list[tuple[str, XmlElement | None]] = []
        for at, element in enumerate(kind.elements):
            repetitions = segment.elements[at] if at < len(segment.elements) else ()
            found = [
                self._data(segment, element, parts, (segment.number, at, number))
                for number, parts in enumerate(repetitions[: element.repeat])
            ]
            if any(any(parts) for parts in repetitions[element.repeat :]):
                self._extra[segment.number] = None
            if element.required and not any(made is not None for made in found):
                raise _Misfit(segment.number)
            children += [(element.name, made) for made in found or [None]]
        for elements in segment.elements[len(kind.elements) :]:
            if any(any(parts) for parts in elements):
                self._extra[segment.number] = None
        return XmlElement(segment.tag, _NONE, self._placed(children, segment.number), line=segment.number)

    def _data(
        self, segment: Segment, element: Element, parts: tuple[str, ...], at: tuple[int, int, int]
    ) -> XmlElement | None:
        """Make the element of one repetition; None where nothing stands in it."""
        if any(parts[len(element.parts) :]):
            self._extra[segment.number] = None
        if not any(parts):
            return None
        made: list[tuple[str, XmlElement | None]] = []
        for number, component in enumerate(element.parts):
            text = parts[number] if number < len(parts) else ""
            if component.required and not text.strip():
                raise _Misfit(segment.number)
            if component.longest is not None and len(text) > component.longest:
                raise _Misfit(segment.number)
            if text.strip() and component.codes is not None and text.strip() not in component.codes:
                raise _Misfit(segment.number)
            leaf = XmlElement(component.name, _NONE, text=text, line=segment.number) if text else None
            if leaf is not None:
                self._spots[id(leaf)] = (*at, number)
            made.append((component.name, leaf))
        if not element.composite:
            return made[0][1]
        return XmlElement(element.name, _NONE, self._placed(made, segment.number), line=segment.number)

    @staticmethod
    def _placed(children: list[tuple[str, XmlElement | None]], line: int) -> tuple[XmlElement, ...]:
        """Leave out what is empty, but not before one of the same name: its position is what it is addressed by."""
        kept: list[XmlElement] = []
        later: set[str] = set()
        for name, made in reversed(children):
            if made is not None:
                later.add(name)
                kept.append(made)
            elif name in later:
                kept.append(XmlElement(name, _NONE, line=line))
        return tuple(reversed(kept))
