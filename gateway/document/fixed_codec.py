"""Records of fixed width, strictly: every line told apart by its marks and cut into declared ranges.

Guarantees that each line becomes exactly one record or one `BadLine`, that a cell holds the characters of its range and
nothing else, and that text outside of all ranges is noticed. Lines may be shorter than their ranges: what is beyond
their end is empty. Does not trim, convert or nest records: what stands under what is decided by who knows the format.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.document.charset import decode, encoding_named
from gateway.document.limits import DEFAULT, Limits, is_longer
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

__all__ = [
    "BadLine",
    "BadLineReason",
    "FixedField",
    "FixedLayout",
    "FixedLine",
    "FixedMark",
    "FixedRecord",
    "FixedSlots",
    "LineBreak",
    "Unit",
    "fixed_lines",
]

Unit = Literal["characters", "bytes"]
"""What ranges count: characters of the text, or bytes of the configured encoding."""

LineBreak = Literal["crlf", "lf", "any", "none"]
"""What ends a record: one line end, either of both (`any`), or nothing: then every record has the layout's `width`."""

BadLineReason = Literal["unknown", "cut"]
"""`unknown`: the marks of no record type, or of a line that is empty. `cut`: a range begins or ends in a character."""

_END_MARK = "\x1a"
_WHOLE_CHARACTERS = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be"})


@dataclass(frozen=True, slots=True)
class FixedMark:
    """What tells a record type: one of these texts stands at `first` to `last`, 1-based and inclusive."""

    first: int
    last: int
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FixedField:
    """A cell: its name and its range, 1-based and inclusive."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FixedSlots:
    """A group of cells that stands `count` times, `width` apart, from `first`. Ranges count within one slot."""

    name: str
    first: int
    width: int
    count: int
    fields: tuple[FixedField, ...]


@dataclass(frozen=True, slots=True)
class FixedRecord:
    """A record type. Without marks it takes every line; `unit` says what its ranges count."""

    name: str
    marks: tuple[FixedMark, ...]
    fields: tuple[FixedField, ...]
    slots: tuple[FixedSlots, ...] = ()
    unit: Unit = "characters"


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """How a file of records is written. `width` is needed without line ends, `end_mark` allows a last byte 0x1A.

    Raises `DefinitionRefused` (DOC-004, DOC-071) if it contradicts itself.
    """

    records: tuple[FixedRecord, ...]
    encoding: str = "utf-8"
    line_end: LineBreak = "any"
    width: int = 0
    end_mark: bool = False

    def __post_init__(self) -> None:
        encoding_named(self.encoding)
        if (self.line_end == "none") != (self.width > 0):
            message = "records without line ends need their width, others have none"
            raise DefinitionRefused(Fault("DOC-071", message, fix="correct the layout"))


@dataclass(frozen=True, slots=True, eq=False)
class FixedLine:
    """One record: its type, its cells by name, its slots that hold something with their numbers, and its line.

    `beyond` says that characters other than blanks stand where the record type declares nothing.
    """

    record: str
    cells: Mapping[str, str] = field(repr=False)
    slots: tuple[tuple[str, int, Mapping[str, str]], ...] = field(repr=False)
    line: int
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record: a bad item, not the end of the file."""

    line: int
    reason: BadLineReason


class _Cut(Exception):
    """A range that cuts a character in two."""


def fixed_lines(data: bytes, layout: FixedLayout, limits: Limits = DEFAULT) -> Iterator[FixedLine | BadLine]:
    """Give the records of a file, one after the other; empty lines at its end are none.

    `limits.nodes` counts cells. Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-063, DOC-067, DOC-100) at a line.
    """
    whole_characters = encoding_named(layout.encoding) in _WHOLE_CHARACTERS
    kinds = [_Kind(record, layout.encoding, whole_characters=whole_characters) for record in layout.records]
    cells = 0
    for number, line in _lines(decode(data, layout.encoding, limits), layout):
        if is_longer(line, limits.text):
            message = f"a line of more than {limits.text} bytes"
            raise DocumentRefused(Fault("DOC-009", message, Place(line=number), "send shorter records"))
        kind = next((one for one in kinds if one.fits(line)), None)
        made: FixedLine | BadLine = BadLine(number, "unknown")
        if kind is not None and line:
            cells += kind.size
            try:
                made = kind.read(line, number)
            except _Cut:
                made = BadLine(number, "cut")
        if cells > limits.nodes:
            message = f"more than {limits.nodes} cells"
            raise DocumentRefused(Fault("DOC-008", message, Place(line=number), "send smaller files"))
        yield made


def _lines(text: str, layout: FixedLayout) -> Iterator[tuple[int, str]]:
    """Cut a text into lines, without the empty ones at its end."""
    if text.endswith(_END_MARK):
        if not layout.end_mark:
            fix = "allow it in the layout, or send the file without it"
            raise DocumentRefused(Fault("DOC-067", "an end-of-file mark", Place(line=text.count("\n") + 1), fix))
        text = text[:-1]
    if layout.line_end == "none":
        yield from _blocks(text.rstrip("\r\n"), layout.width)
        return
    text = text.rstrip("\r\n")
    start, number = 0, 0
    while start <= len(text):
        number += 1
        stop = text.find("\n", start)
        last = stop < 0
        line = text[start:] if last else text[start:stop]
        start = len(text) + 1 if last else stop + 1
        if not last and line.endswith("\r") and layout.line_end != "lf":
            line = line[:-1]
        elif not last and layout.line_end == "crlf":
            message = "a line feed without a carriage return"
            raise DocumentRefused(Fault("DOC-063", message, Place(line=number), "send the declared line end"))
        if "\r" in line:
            message = "a carriage return that ends no record"
            raise DocumentRefused(Fault("DOC-063", message, Place(line=number), "send the declared line end"))
        yield number, line


def _blocks(text: str, width: int) -> Iterator[tuple[int, str]]:
    if len(text) % width:
        message = f"the length is no multiple of {width}, the width of a record"
        raise DocumentRefused(Fault("DOC-100", message, Place(line=len(text) // width + 1), "send whole records"))
    for at in range(0, len(text), width):
        yield at // width + 1, text[at : at + width]


class _Kind:
    """A record type with its ranges as slices, from 0."""

    def __init__(self, record: FixedRecord, encoding: str, *, whole_characters: bool) -> None:
        self._record = record
        # In an encoding of one byte per character both units are the same.
        self._encoding = encoding if record.unit == "bytes" and whole_characters else ""
        self._marks = [(slice(mark.first - 1, mark.last), frozenset(mark.texts)) for mark in record.marks]
        self._fields = [(one.name, slice(one.first - 1, one.last)) for one in record.fields]
        self._slots = [(one, [(cell.name, cell.first - 1, cell.last) for cell in one.fields]) for one in record.slots]
        self._gaps = _gaps(record)
        self.size = 1 + len(self._fields) + sum(slots.count * len(slots.fields) for slots in record.slots)

    def fits(self, line: str) -> bool:
        """True if the marks of this type stand in the line."""
        row = line.encode(self._encoding) if self._encoding else line
        return all(self._lenient(row[at]).ljust(at.stop - at.start) in texts for at, texts in self._marks)

    def _lenient(self, piece: str | bytes) -> str:
        return piece if isinstance(piece, str) else piece.decode(self._encoding, "replace")

    def read(self, line: str, number: int) -> FixedLine:
        """Cut a line into its cells; raises `_Cut`."""
        row = line.encode(self._encoding) if self._encoding else line
        cells = {name: self._text(row[at]) for name, at in self._fields}
        filled: list[tuple[str, int, Mapping[str, str]]] = []
        for slots, parts in self._slots:
            for slot in range(slots.count):
                start = slots.first - 1 + slot * slots.width
                made = {name: self._text(row[start + first : start + last]) for name, first, last in parts}
                if any(text.strip() for text in made.values()):
                    filled.append((slots.name, slot + 1, made))
        beyond = any(row[gap].strip() for gap in self._gaps)
        return FixedLine(self._record.name, cells, tuple(filled), number, beyond)

    def _text(self, piece: str | bytes) -> str:
        if isinstance(piece, str):
            return piece
        try:
            return piece.decode(self._encoding, "strict")
        except UnicodeDecodeError:
            pass
        raise _Cut


def _gaps(record: FixedRecord) -> list[slice]:
    """The stretches of a line that a record type does not declare."""
    taken = [(mark.first, mark.last) for mark in record.marks]
    taken += [(one.first, one.last) for one in record.fields]
    for slots in record.slots:
        for slot in range(slots.count):
            start = slots.first + slot * slots.width
            taken += [(start + one.first - 1, start + one.last - 1) for one in slots.fields]
    gaps: list[slice] = []
    at = 0
    for first, last in sorted(taken):
        if first - 1 > at:
            gaps.append(slice(at, first - 1))
        at = max(at, last)
    return [*gaps, slice(at, None)]
