"""CSV, strictly: a declared dialect, no guessing, every cell as it was written.

Guarantees that quotes stand around whole cells only, that only the declared line end ends a row, that the header is as
declared and that no cell is dropped or moved: a row with another number of cells is kept apart as a `BadRow`. Does not
convert, and does not use the reader of the standard library, which accepts quotes inside cells, bare carriage returns
and U+0000.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from gateway.document.charset import decode, encode, encoding_named, position
from gateway.document.limits import DEFAULT, Limits, is_longer
from gateway.document.path import RowPath, row_path
from gateway.document.tree import BadRow, Row, Rows
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

__all__ = [
    "Column",
    "FormulaGuard",
    "HeaderRule",
    "LineEnd",
    "RowReading",
    "RowsLayout",
    "bad_row_fault",
    "cell_lines",
    "read_rows",
    "write_rows",
]

HeaderRule = Literal["exact", "by-name", "none"]
"""`exact`: the first row holds the declared headings in the declared order and nothing else. `by-name`: each declared
heading once, in any order, others are counted as undeclared. `none`: no header, columns are found by position."""

LineEnd = Literal["crlf", "lf"]

FormulaGuard = Literal["apostrophe", "unchanged", "refuse"]
"""What becomes of a cell that a spreadsheet would run: an apostrophe before it, nothing, or no file at all."""

_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_END_MARK = "\x1a"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: our name, its heading (default: the name) and, without a header, its 1-based position."""

    name: str
    heading: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class RowsLayout:
    """How a CSV file is written. `quote` may be empty: then no cell can hold a delimiter or a line end.

    `end_mark` allows one byte 0x1A at the end of the file. `width` is the number of cells of every row; 0 means: as
    many as the header, or without one as the first row, but never fewer than the last declared position.
    Raises `DefinitionRefused` (DOC-004, DOC-071) if it contradicts itself.
    """

    columns: tuple[Column, ...]
    header: HeaderRule = "exact"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    line_end: LineEnd = "crlf"
    end_mark: bool = False
    width: int = 0

    def __post_init__(self) -> None:
        encoding_named(self.encoding)
        for wrong, message in _contradictions(self):
            if wrong:
                raise DefinitionRefused(Fault("DOC-071", message, fix="correct the layout"))


def read_rows(data: bytes, layout: RowsLayout, limits: Limits = DEFAULT) -> Rows:
    """Read a CSV file. Limits count all cells, also those of bad rows and of undeclared columns.

    Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-060 to DOC-067) at a line and column, in characters.
    """
    reading = RowReading(data, layout, limits)
    rows: list[Row] = []
    bad: list[BadRow] = []
    for row in reading:
        if isinstance(row, Row):
            rows.append(row)
        else:
            bad.append(row)
    return Rows(tuple(column.name for column in layout.columns), tuple(rows), tuple(bad), reading.undeclared)


def cell_lines(data: bytes, layout: RowsLayout, limits: Limits = DEFAULT) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of every record, whatever their number, with its line; the columns are not looked at.

    Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-060 to DOC-063, DOC-067) at a line and column.
    """
    return iter(_Records(_text(data, layout, limits), layout, limits))


def _text(data: bytes, layout: RowsLayout, limits: Limits) -> str:
    """Decode a file, without its end mark."""
    text = decode(data, layout.encoding, limits)
    if text.endswith(_END_MARK):
        if not layout.end_mark:
            place = position(text, len(text) - 1)
            fix = "allow it in the layout, or send the file without it"
            raise DocumentRefused(Fault("DOC-067", "an end-of-file mark", place, fix))
        text = text[:-1]
    return text


class RowReading:
    """The rows of a CSV file, one after the other. `undeclared` is known when the first row was given, or at the end.

    Raises `DocumentRefused` as `read_rows` does.
    """

    def __init__(self, data: bytes, layout: RowsLayout, limits: Limits = DEFAULT) -> None:
        self._layout = layout
        self._records = _Records(_text(data, layout, limits), layout, limits)
        self._places, self._width, self.undeclared = _columns(self._records, layout)

    def __iter__(self) -> Iterator[Row | BadRow]:
        for line, cells in self._records:
            if not self._width:
                self._width = max(len(cells), *(column.at for column in self._layout.columns))
                self.undeclared = self._width - len(self._places)
            if len(cells) != self._width:
                yield BadRow(line, len(cells), self._width)
            else:
                yield Row({name: cells[index] for name, index in self._places}, line)


def write_rows(rows: Rows, layout: RowsLayout, *, formula_guard: FormulaGuard) -> bytes:
    """Write a CSV file that reads back as equal rows, except where `formula_guard` puts an apostrophe.

    Raises `DocumentRefused`: DOC-068 for a formula that is refused, DOC-069 for rows that do not fit the layout,
    DOC-005 and DOC-013 for characters that cannot be written; with the row and the declared column.
    """
    if rows.bad:
        place = Place(line=rows.bad[0].line)
        raise DocumentRefused(Fault("DOC-069", "a bad row cannot be written", place, "leave bad rows out"))
    places = {column.name: column.at - 1 if column.at else index for index, column in enumerate(layout.columns)}
    width = max(layout.width, max(places.values()) + 1)
    lines: list[str] = []
    if layout.header != "none":
        headings = {column.name: column.heading or column.name for column in layout.columns}
        places = {column.name: index for index, column in enumerate(layout.columns)}
        width = len(places)
        lines.append(_line(headings, layout, places, width, RowPath(1)))
    for number, row in enumerate(rows.rows, 1):
        guarded = {name: _guarded(cell, formula_guard, RowPath(number, name)) for name, cell in row.cells.items()}
        lines.append(_line(guarded, layout, places, width, RowPath(number)))
    return encode("".join(lines), layout.encoding)


def bad_row_fault(bad: BadRow) -> Fault:
    """Say as a fault (DOC-070) what is wrong with a bad row."""
    return Fault(
        "DOC-070",
        f"a row with {bad.cells} cells where {bad.expected} are expected",
        Place(line=bad.line),
        "check for a delimiter inside an unquoted cell",
    )


class _Records:
    """The records of a text, one after the other: the line on which each begins, and its cells."""

    def __init__(self, text: str, layout: RowsLayout, limits: Limits) -> None:
        self.text = text
        self.layout = layout
        self.limits = limits
        self.end = _LINE_ENDS[layout.line_end]
        self.at = 0
        self.stop = -1
        self.line = 1
        self.number = 0 if layout.header == "none" else -1
        self.cells = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        if self.at >= len(self.text):
            raise StopIteration
        self.number += 1
        line = self.line
        stop = self.line_stop()
        whole = self.text[self.at : stop]
        if self.layout.quote and self.layout.quote in whole:
            cells = self.quoted_record()
        else:
            self.count(whole.count(self.layout.delimiter) + 1)
            cells = self.plain(self.at, stop).split(self.layout.delimiter)
            self.at = stop + 1
            self.line += 1
        if any(is_longer(cell, self.limits.text) for cell in cells):
            self.refuse("DOC-009", f"a cell of more than {self.limits.text} bytes", "send shorter texts", self.at)
        return line, cells

    def line_stop(self) -> int:
        """Where the line of the next character ends. Searched once per line: a line may hold all cells of a file."""
        if self.stop < self.at:
            found = self.text.find("\n", self.at)
            self.stop = len(self.text) if found < 0 else found
        return self.stop

    def count(self, cells: int) -> None:
        self.cells += cells
        if self.cells > self.limits.nodes:
            self.refuse("DOC-008", f"more than {self.limits.nodes} cells", "send smaller files", self.at)

    def plain(self, start: int, stop: int) -> str:
        """The text of an unquoted stretch up to a line feed or the end of the file, without its line end."""
        text = self.text[start:stop]
        if self.end == "\r\n" and stop < len(self.text):
            if not text.endswith("\r"):
                self.refuse("DOC-063", "a line feed without a carriage return", "send the declared line end", stop)
            text = text[:-1]
        if "\r" in text:
            at = start + text.index("\r")
            self.refuse("DOC-063", "a carriage return that ends no row", "send the declared line end", at)
        return text

    def quoted_record(self) -> list[str]:
        """Read a record that has quotes, cell by cell; it may go over several lines."""
        cells: list[str] = []
        while True:
            self.count(1)
            if self.text.startswith(self.layout.quote, self.at):
                cells.append(self.quoted_cell())
                if self.at >= len(self.text):
                    return cells
                if self.text.startswith(self.end, self.at):
                    self.at += len(self.end)
                    self.line += 1
                    return cells
                if self.text[self.at] in "\r\n":
                    self.refuse("DOC-063", "another line end than declared", "send the declared line end", self.at)
                if not self.text.startswith(self.layout.delimiter, self.at):
                    self.refuse("DOC-062", "text after a closing quote", "double the quotes inside a cell", self.at)
            else:
                cell, ends = self.plain_cell()
                cells.append(cell)
                if ends:
                    return cells
            self.at += len(self.layout.delimiter)

    def quoted_cell(self) -> str:
        quote = self.layout.quote
        begin = self.at
        at = begin + 1
        pieces: list[str] = []
        while True:
            close = self.text.find(quote, at)
            if close < 0:
                self.refuse("DOC-061", "a quote that is never closed", "close it, or double quotes in cells", begin)
            if not self.text.startswith(quote, close + 1):
                break
            pieces.append(self.text[at : close + 1])
            at = close + 2
        pieces.append(self.text[at:close])
        self.at = close + 1
        self.line += self.text.count("\n", begin, close)
        return "".join(pieces)

    def plain_cell(self) -> tuple[str, bool]:
        """Read a cell without quotes; true with the last one of a record."""
        stop = self.line_stop()
        comma = self.text.find(self.layout.delimiter, self.at, stop)
        last = comma < 0
        cell = self.plain(self.at, stop) if last else self.text[self.at : comma]
        for mark, code, message in (
            (self.layout.quote, "DOC-060", "a quote inside a cell without quotes"),
            ("\r", "DOC-063", "a carriage return that ends no row"),
        ):
            if mark and mark in cell:
                at = self.at + cell.index(mark)
                self.refuse(code, message, "put the whole cell in quotes and double the quotes in it", at)
        self.at = stop + 1 if last else comma
        self.line += last
        return cell, last

    def refuse(self, code: str, message: str, fix: str, at: int) -> NoReturn:
        place = position(self.text, min(at, len(self.text)))
        row = row_path(RowPath(self.number)) if self.number else ""
        raise DocumentRefused(Fault(code, message, Place(line=place.line, column=place.column, path=row), fix))


def _columns(records: _Records, layout: RowsLayout) -> tuple[list[tuple[str, int]], int, int]:
    """Find the declared columns: name and index, the number of cells of a row if it is known, undeclared columns."""
    if layout.header == "none":
        undeclared = max(0, layout.width - len(layout.columns))
        return [(column.name, column.at - 1) for column in layout.columns], layout.width, undeclared
    declared = [column.heading or column.name for column in layout.columns]
    _, found = next(records, (1, []))
    place = Place(line=1)
    if len(set(found)) != len(found):
        raise DocumentRefused(Fault("DOC-065", "a heading that is there twice", place, "give each column its own"))
    for column, heading in zip(layout.columns, declared, strict=True):
        if heading not in found:
            missing = Place(line=1, path=column.name)
            raise DocumentRefused(Fault("DOC-064", "this column is missing", missing, "send the declared columns"))
    unfit = layout.width and layout.width != len(found)
    if unfit or (layout.header == "exact" and found != declared):
        fix = "send the declared columns in their order, or declare the header as by-name"
        raise DocumentRefused(Fault("DOC-066", "not the declared header", place, fix))
    places = [(column.name, found.index(heading)) for column, heading in zip(layout.columns, declared, strict=True)]
    return places, layout.width or len(found), len(found) - len(declared)


def _guarded(cell: str, guard: FormulaGuard, place: RowPath) -> str:
    if guard == "unchanged" or not cell.startswith(_FORMULA):
        return cell
    if guard == "apostrophe":
        return "'" + cell
    fix = "choose another formula guard for this layout"
    raise DocumentRefused(Fault("DOC-068", "a cell that begins like a formula", Place(path=row_path(place)), fix))


def _line(cells: Mapping[str, str], layout: RowsLayout, places: Mapping[str, int], width: int, place: RowPath) -> str:
    if cells.keys() != places.keys():
        fix = "fill every declared column and no other"
        raise DocumentRefused(Fault("DOC-069", "not the declared columns", Place(path=row_path(place)), fix))
    written = [""] * width
    for name, index in places.items():
        written[index] = _cell(cells[name], layout, RowPath(place.row, name), alone=width == 1)
    return layout.delimiter.join(written) + _LINE_ENDS[layout.line_end]


def _cell(text: str, layout: RowsLayout, place: RowPath, *, alone: bool) -> str:
    quote = layout.quote
    if "\0" in text:
        raise DocumentRefused(Fault("DOC-005", "U+0000 is not text", Place(path=row_path(place)), "remove it"))
    needs = layout.delimiter in text or "\n" in text or "\r" in text or (bool(quote) and quote in text)
    # A line with nothing on it could be a row with one empty cell or none at all.
    if not needs and not (alone and not text):
        return text
    if not quote:
        fix = "declare a quote in the layout"
        raise DocumentRefused(Fault("DOC-069", "this cell needs quotes", Place(path=row_path(place)), fix))
    return quote + text.replace(quote, quote * 2) + quote


def _contradictions(layout: RowsLayout) -> Iterator[tuple[bool, str]]:
    names = [column.name for column in layout.columns]
    headings = [column.heading or column.name for column in layout.columns]
    places = [column.at for column in layout.columns]
    reserved = {"\r", "\n", "\0", _END_MARK}
    yield not names, "no columns"
    yield len(set(names)) != len(names) or not all(names), "a column name that is empty or there twice"
    yield len(layout.delimiter) != 1 or layout.delimiter in reserved, "the delimiter must be one character"
    yield (
        len(layout.quote) > 1 or layout.quote in {*reserved, layout.delimiter},
        "the quote must be one other character",
    )
    yield layout.width < 0, "a negative width"
    if layout.header == "none":
        yield min(places, default=1) < 1 or len(set(places)) != len(places), "each column needs a position of its own"
        yield 0 < layout.width < max(places, default=0), "a column beyond the width"
    else:
        yield len(set(headings)) != len(headings), "a heading that is there twice"
