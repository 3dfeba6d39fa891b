"""EDIFACT interchanges: the service segments around messages, read strictly and counted (ISO 9735-1).

Guarantees that `UNB` to `UNZ`, `UNG` to `UNE` and `UNH` to `UNT` nest, that an interchange which breaks off is refused
as a whole, and that every control count and reference was compared: what differs is an `Irregularity` and no error,
because whether it stops a message is not decided here. Does not know what stands inside a message.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from gateway.document.charset import encode
from gateway.document.edifact_text import (
    Segment,
    ServiceCharacters,
    interchange_encoding,
    segments_of,
    service_characters,
)
from gateway.document.limits import DEFAULT, Limits
from gateway.errors import DocumentRefused, Fault, Place

__all__ = [
    "EdifactMessage",
    "Interchange",
    "Irregularity",
    "IrregularityKind",
    "Segment",
    "read_edifact",
    "write_edifact",
]

IrregularityKind: TypeAlias = Literal["count", "reference", "behind", "padded"]
"""`count`, `reference`: a trailer that contradicts its header or what was counted. `behind`: text after `UNZ`.
`padded`: blanks around a tag."""

_GROUP, _MESSAGE, _LAST = "UNG", "UNH", "UNZ"
_UNREAD = {"UIB": "interactive", "UIH": "interactive", "UNO": "binary", "USH": "secured", "USA": "secured"}


@dataclass(frozen=True, slots=True)
class Irregularity:
    """Something about the envelope that is wrong and does not make it unreadable.

    `message` is the 0-based message that carries it, None for the interchange; `segment` the number of the segment.
    """

    kind: IrregularityKind
    segment: int
    message: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EdifactMessage:
    """One message: its header, what stands between header and trailer, its trailer, and the header of its group."""

    header: Segment
    body: tuple[Segment, ...] = field(repr=False)
    trailer: Segment
    group: Segment | None = None

    @property
    def kind(self) -> str:
        """The message type (data element 0065)."""
        return self.header.text(1, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Interchange:
    """A whole interchange: its segments, its header, its messages in order, what is irregular, and its encoding."""

    characters: ServiceCharacters
    segments: tuple[Segment, ...] = field(repr=False)
    header: Segment
    messages: tuple[EdifactMessage, ...]
    irregular: tuple[Irregularity, ...] = ()
    encoding: str = ""


def read_edifact(data: bytes, *, encoding: str = "", limits: Limits = DEFAULT) -> Interchange:
    """Read an interchange. `encoding` is the configured one; empty means that `UNB` decides.

    Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-101 to DOC-109) at a line.
    """
    characters, start = service_characters(data)
    name = interchange_encoding(data, start, characters, encoding)
    found = _Envelope(segments_of(data[start:], characters, name, limits)).interchange(characters)
    return replace(found, encoding=name)


class _Envelope:
    def __init__(self, segments: Iterator[Segment]) -> None:
        self._segments = segments
        self._read: list[Segment] = []
        self._messages: list[EdifactMessage] = []
        self._irregular: list[Irregularity] = []

    def interchange(self, characters: ServiceCharacters) -> Interchange:
        """Read from `UNB` to the end."""
        header = self._next()
        if header.tag != "UNB":
            raise DocumentRefused(Fault("DOC-101", "UNB is missing", Place(line=header.line), "begin with UNB"))
        groups = 0
        while True:
            segment = self._next()
            if segment.tag == _MESSAGE:
                self._messages.append(self._message(segment, None))
            elif segment.tag == _GROUP:
                groups += 1
                self._group(segment)
            elif segment.tag == _LAST:
                break
            else:
                raise self._misplaced(segment)
        self._compare(segment, groups or len(self._messages), header.text(4, 0), None)
        rest = next(self._segments, None)
        if rest is not None and rest.tag:
            # A second interchange in one file would be lost behind the first.
            raise self._misplaced(rest)
        if rest is not None:
            self._irregular.append(Irregularity("behind", rest.number))
        return Interchange(characters, tuple(self._read), header, tuple(self._messages), tuple(self._irregular))

    def _next(self) -> Segment:
        segment = next(self._segments, None)
        if segment is None or not segment.tag:
            line = segment.line if segment is not None else self._read[-1].line if self._read else 1
            fix = "send the whole interchange, up to UNZ"
            raise DocumentRefused(Fault("DOC-108", "the interchange breaks off", Place(line=line), fix))
        if segment.tag in _UNREAD:
            message = f"{_UNREAD[segment.tag]} EDIFACT is not read"
            raise DocumentRefused(Fault("DOC-109", message, Place(line=segment.line), "send a batch interchange"))
        self._read.append(segment)
        if segment.padded:
            inside = len(self._messages) - 1 if segment.tag == "UNT" else None
            self._irregular.append(Irregularity("padded", segment.number, inside))
        return segment

    def _group(self, header: Segment) -> None:
        before = len(self._messages)
        while (segment := self._next()).tag == _MESSAGE:
            self._messages.append(self._message(segment, header))
        if segment.tag != "UNE":
            raise self._misplaced(segment)
        self._compare(segment, len(self._messages) - before, header.text(4, 0), None)

    def _message(self, header: Segment, group: Segment | None) -> EdifactMessage:
        body: list[Segment] = []
        while (segment := self._next()).tag != "UNT":
            if segment.tag in {"UNB", _GROUP, _MESSAGE, "UNE", _LAST}:
                raise self._misplaced(segment)
            body.append(segment)
        self._compare(segment, len(body) + 2, header.text(0, 0), len(self._messages))
        return EdifactMessage(header, tuple(body), segment, group)

    def _compare(self, trailer: Segment, counted: int, reference: str, message: int | None) -> None:
        """Hold a trailer to what was counted and to its header's reference."""
        stated = trailer.text(0, 0)
        if not (stated.isascii() and stated.isdigit() and int(stated) == counted):
            self._irregular.append(Irregularity("count", trailer.number, message))
        if trailer.text(1, 0) != reference:
            self._irregular.append(Irregularity("reference", trailer.number, message))

    @staticmethod
    def _misplaced(segment: Segment) -> DocumentRefused:
        message = f"segment {segment.number} does not belong between the service segments around it"
        return DocumentRefused(Fault("DOC-107", message, Place(line=segment.line), "close what is open first"))


def write_edifact(characters: ServiceCharacters, segments: Sequence[Segment], encoding: str = "utf-8") -> bytes:
    """Write segments as an interchange, one per line, with `UNA`; counts and references as they are.

    `read_edifact` gives equal segments where `encoding` is what `UNB` names, or the configured one. Raises
    `DocumentRefused` (DOC-013) for a character that the encoding does not have.
    """
    advice = (characters.component, characters.element, characters.mark, characters.release, characters.repeat)
    lines = ["UNA" + "".join(one or " " for one in advice) + characters.end]
    return encode("\n".join([*lines, *(_written(segment, characters) for segment in segments)]), encoding)


def _written(segment: Segment, characters: ServiceCharacters) -> str:
    special = {characters.component, characters.element, characters.release, characters.repeat, characters.end} - {""}

    def plain(text: str) -> str:
        return "".join(characters.release + one if one in special else one for one in text)

    elements = (
        characters.repeat.join(characters.component.join(plain(part) for part in parts) for parts in element)
        for element in segment.elements
    )
    return characters.element.join((segment.tag, *elements)) + characters.end
