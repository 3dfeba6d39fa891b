"""Files of records, of fixed width or delimited, as trees: fields below their record, records under one another.

Guarantees that every line is in the tree or a trouble (R150 to R154): none is left out unseen, and none is put under a
record that it does not belong to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from gateway.document.delimited_codec import DelimitedLayout, delimited_lines
from gateway.document.fixed_codec import (
    BadLine,
    FixedField,
    FixedLayout,
    FixedLine,
    FixedMark,
    FixedRecord,
    FixedSlots,
    LineBreak,
    fixed_lines,
)
from gateway.document.limits import Limits
from gateway.document.rows_codec import LineEnd
from gateway.document.tree import Document, RecordTree, Trouble, XmlElement
from gateway.errors import DocumentRefused, Fault, Place
from gateway.mapping.codes import CODES
from gateway.mapping.language.file import Source
from gateway.mapping.language.records import RecordField, RecordType
from gateway.mapping.run.reader import InputFile, SourceReader, one_file

__all__ = ["FixedReader", "delimited_layout", "fixed_layout"]

_NONE: Final[Mapping[str, str]] = {}
_SNIFFED = 4096


def fixed_layout(source: Source) -> FixedLayout:
    """Give the codec's layout of a source of fixed width."""
    return FixedLayout(
        _types(source),
        "utf-8" if source.encoding is None else source.encoding.text,
        cast("LineBreak", source.line_end or "any"),
        source.width,
        source.end_mark,
    )


def _types(source: Source) -> tuple[FixedRecord, ...]:
    return tuple(
        FixedRecord(
            record.name.text,
            tuple(FixedMark(mark.first, mark.last, tuple(text.text for text in mark.texts)) for mark in record.marks),
            tuple(_field(one) for one in record.fields),
            tuple(
                FixedSlots(one.name.text, one.first, one.width, one.count, tuple(_field(each) for each in one.fields))
                for one in record.slots
            ),
            "bytes" if record.unit == "bytes" else "characters",
        )
        for record in source.records
    )


def delimited_layout(source: Source) -> DelimitedLayout:
    """Give the codec's layout of a source of delimited records."""
    encoding = "utf-8" if source.encoding is None else source.encoding.text
    ends: dict[str, LineEnd] = {"crlf": "crlf", "lf": "lf"}
    return DelimitedLayout(
        _types(source), source.delimiter, encoding, ends.get(source.line_end), end_mark=source.end_mark
    )


def _field(one: RecordField) -> FixedField:
    return FixedField(one.name.text, one.first, one.last)


class FixedReader(SourceReader):
    """Reads the files of one source of records: of fixed width, or delimited."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._records = {record.name.text: record for record in source.records}
        self._layout = fixed_layout(source) if source.format.text == "fixed" else delimited_layout(source)
        self._limits = limits

    def _lines(self, data: bytes) -> Iterator[FixedLine | BadLine]:
        if isinstance(self._layout, FixedLayout):
            return fixed_lines(data, self._layout, self._limits)
        return delimited_lines(data, self._layout, self._limits)

    def read(self, files: Sequence[InputFile]) -> Document:
        """Read a file; raises `DocumentRefused` for one that cannot be cut into lines, or has no record (R150)."""
        nesting = _Nesting(self._records)
        for line in self._lines(one_file(files)):
            nesting.add(line)
        tree = nesting.tree(self._layout)
        if not nesting.found:
            first = tree.troubles[0].line if tree.troubles else 1
            raise DocumentRefused(Fault("R150", CODES["R150"], Place(line=first), "send records of the declared types"))
        return tree

    def nothing(self) -> RecordTree:
        """Give the tree of a file without records."""
        return _Nesting(self._records).tree(self._layout)

    def recognises(self, document: Document) -> bool:
        """True for a tree of the same record types."""
        return isinstance(document, RecordTree) and document.layout == self._layout

    def could_read(self, files: Sequence[InputFile]) -> bool:
        """True if the first line is a record."""
        if len(files) != 1:
            return False
        head = files[0].data[:_SNIFFED]
        if isinstance(self._layout, FixedLayout) and self._layout.width:
            head = head[: self._layout.width]
        try:
            first = next(self._lines(head), None)
        except DocumentRefused:
            return False
        return isinstance(first, FixedLine)


@dataclass(slots=True, eq=False)
class _Open:
    """A record whose children may still come."""

    line: FixedLine
    children: list["_Open"] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Nesting:
    """Puts records under the nearest one before them that they belong to."""

    def __init__(self, records: Mapping[str, RecordType]) -> None:
        self._records = records
        self._below = {name: _descendants(name, records) for name in records}
        self._latest: dict[str, _Open] = {}
        self._top: list[_Open] = []
        self._names: set[str] = set()
        self._bad: list[Trouble] = []
        self._beyond: list[_Open] = []

    def add(self, line: FixedLine | BadLine) -> None:
        """Take the next line."""
        if isinstance(line, BadLine):
            code = "R153" if line.reason == "cut" else "R150"
            self._bad.append(Trouble(code, "bad", line.line))
            return
        record = self._records[line.record]
        parent = None if record.under is None else self._latest.get(record.under.text)
        if record.under is not None and parent is None:
            self._bad.append(Trouble("R151", "bad", line.line))
            return
        names = self._names if parent is None else parent.names
        if not record.many and line.record in names:
            self._bad.append(Trouble("R152", "bad", line.line))
            return
        names.add(line.record)
        opened = _Open(line)
        (self._top if parent is None else parent.children).append(opened)
        self._latest[line.record] = opened
        # What belongs under the record before this one is not put under it any more, nor under this one's elder.
        for name in self._below[line.record]:
            self._latest.pop(name, None)
        if line.beyond:
            self._beyond.append(opened)

    @property
    def found(self) -> bool:
        """True if there is any record."""
        return bool(self._top)

    def tree(self, layout: FixedLayout | DelimitedLayout) -> RecordTree:
        """Give the tree of all lines."""
        made: dict[int, XmlElement] = {}
        root = XmlElement("", _NONE, tuple(_element(opened, made) for opened in self._top))
        beyond = [Trouble("R154", "open", one.line.line, made[id(one)]) for one in self._beyond]
        return RecordTree("fixed", layout, root, (*self._bad, *beyond))


def _descendants(name: str, records: Mapping[str, RecordType]) -> frozenset[str]:
    found: set[str] = set()
    queue = [name]
    while queue:
        above = queue.pop()
        below = [one for one, record in records.items() if record.under is not None and record.under.text == above]
        queue += [one for one in below if one not in found]
        found |= set(below)
    return frozenset(found)


def _element(opened: _Open, made: dict[int, XmlElement]) -> XmlElement:
    """Make the element of a record; depth is that of the declaration, not of the document."""
    line = opened.line
    children = [
        *_cells(line.cells, line.line),
        *(_slot(name, number, cells, line.line) for name, number, cells in line.slots),
        *(_element(child, made) for child in opened.children),
    ]
    element = made[id(opened)] = XmlElement(line.record, _NONE, tuple(children), line=line.line)
    return element


def _slot(name: str, number: int, cells: Mapping[str, str], line: int) -> XmlElement:
    ordinal = XmlElement("slot", _NONE, text=str(number), line=line)
    return XmlElement(name, _NONE, (*_cells(cells, line), ordinal), line=line)


def _cells(cells: Mapping[str, str], line: int) -> Iterator[XmlElement]:
    for name, text in cells.items():
        yield XmlElement(name, _NONE, text=text, line=line)
