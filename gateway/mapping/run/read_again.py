"""CSV and JSON Lines that are read twice: once to check every row or line, then again for each split.

Guarantees that a second reading gives what the first one found good, and nothing else; memory holds the bytes, the bad
rows or lines, and one item. Limits on cells and values hold for a row or line.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.document.limits import Limits
from gateway.document.remarks import damaged_places
from gateway.document.rows_codec import RowReading, RowsLayout, read_rows
from gateway.document.tree import (
    BadRow,
    Document,
    JsonValue,
    RecordTree,
    Row,
    Rows,
    StreamedDocument,
    Subtree,
)

__all__ = ["StreamedLines", "StreamedRows", "streamed_rows"]

_BLANK = b" \t\r"


@dataclass(frozen=True, slots=True, eq=False)
class StreamedRows(StreamedDocument):
    """A CSV file. `rows` holds what is wrong with it, and no row."""

    data: bytes = field(repr=False)
    layout: RowsLayout
    limits: Limits = field(repr=False)
    rows: Rows
    good: int

    @property
    def outer(self) -> Rows:
        """The file without its rows."""
        return self.rows

    def count(self, _path: tuple[str, ...]) -> int:
        """How many rows fit the columns."""
        return self.good

    def subtrees(self, _path: tuple[str, ...]) -> Iterator[Subtree]:
        """Give the rows that fit the columns."""
        for row in RowReading(self.data, self.layout, self.limits):
            if isinstance(row, Row):
                yield Subtree(row, row.line)

    def damaged(self, names: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Give lines and columns of cells with a replacement character."""
        for number, subtree in enumerate(self.subtrees(()), start=1):
            one = Rows(self.rows.columns, (subtree.content,)) if isinstance(subtree.content, Row) else None
            for place in () if one is None else damaged_places(one, names):
                yield place.line, place.path.replace("row[1]", f"row[{number}]", 1)

    def whole(self) -> Document:
        """Give all rows."""
        return read_rows(self.data, self.layout, self.limits)


def streamed_rows(data: bytes, layout: RowsLayout, limits: Limits) -> StreamedRows:
    """Read a CSV file once and keep what is wrong with it. Raises `DocumentRefused` as `read_rows` does."""
    reading = RowReading(data, layout, limits)
    bad: list[BadRow] = []
    good = 0
    for row in reading:
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            good += 1
    columns = tuple(column.name for column in layout.columns)
    return StreamedRows(data, layout, limits, Rows(columns, (), tuple(bad), reading.undeclared), good)


@dataclass(frozen=True, slots=True, eq=False)
class StreamedLines(StreamedDocument):
    """A file of JSON Lines. `tree` holds the troubles of its bad lines, and no value."""

    data: bytes = field(repr=False)
    read: Callable[[bytes], JsonValue] = field(repr=False)
    tree: RecordTree
    bad: frozenset[int]
    good: int
    all_of_it: Callable[[], Document] = field(repr=False)

    @property
    def outer(self) -> RecordTree:
        """The file without its values."""
        return self.tree

    def count(self, _path: tuple[str, ...]) -> int:
        """How many lines have a value that is an item: `null` is none."""
        return self.good

    def subtrees(self, _path: tuple[str, ...]) -> Iterator[Subtree]:
        """Give the values of the good lines."""
        for number, line in self.each(self.data):
            value = None if number in self.bad else self.read(line)
            if value is not None:
                yield Subtree(value, number)

    @staticmethod
    def each(data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give the lines that are not blank, with their numbers from 1."""
        start = number = 0
        while start < len(data):
            number += 1
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            line = data[start:end]
            start = end + 1
            if line.strip(_BLANK):
                yield number, line

    def damaged(self, names: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Give the paths of texts with a replacement character."""
        for subtree in self.subtrees(()):
            content = subtree.content
            for place in () if isinstance(content, Row) else damaged_places(content, names):
                yield 0, f"$[{subtree.position - 1}]{place.path.removeprefix('$')}"

    def whole(self) -> Document:
        """Give all values."""
        return self.all_of_it()
