"""The layout of a CSV file from a sample: delimiter, encoding, line ends, heading line, and a name for each column.

Guarantees that the sample can be read with the layout learnt from it. A first line counts as headings if every cell in
it is there, stands once, and has no digit at its start; otherwise columns are named by their position.
"""

import re
import unicodedata
from dataclasses import dataclass

from gateway.document.rows_codec import Column, LineEnd, RowsLayout, read_rows
from gateway.errors import DefinitionRefused, DocumentRefused, Fault

__all__ = ["LearntRows", "identifier", "rows_of"]

_DELIMITERS = (",", ";", "\t", "|")
_ENCODINGS = ("utf-8", "cp1252")
_MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class LearntRows:
    """How a CSV file is written: `columns` give our name and the heading, or without a header the position."""

    columns: tuple[Column, ...]
    header: bool
    delimiter: str
    encoding: str
    line_end: LineEnd
    rows: int
    end_mark: bool = False

    @property
    def layout(self) -> RowsLayout:
        """The layout that reads it."""
        return RowsLayout(
            self.columns,
            "by-name" if self.header else "none",
            self.delimiter,
            encoding=self.encoding,
            line_end=self.line_end,
            end_mark=self.end_mark,
        )


def rows_of(data: bytes) -> LearntRows:
    """Give the layout of a sample. Raises `DefinitionRefused` (S152) if it is not CSV as any of the layouts tried."""
    line_end: LineEnd = "crlf" if b"\r\n" in data else "lf"
    best: LearntRows | None = None
    for encoding in _ENCODINGS:
        for delimiter in _DELIMITERS:
            found = _tried(data, delimiter, encoding, line_end)
            if found is not None and (best is None or len(found.columns) > len(best.columns)):
                best = found
        if best is not None and len(best.columns) == 1 and _cut(data, encoding):
            break
        if best is not None:
            return best
    fix = "check that every line has as many cells; where lines are of several types, write source.records by hand"
    raise DefinitionRefused(Fault("S152", "the sample cannot be read as CSV", fix=fix))


def _tried(data: bytes, delimiter: str, encoding: str, line_end: LineEnd) -> LearntRows | None:
    """Read the sample with the first cells as positions; None where it does not fit."""
    width = _width(data, delimiter, encoding)
    if not 1 <= width <= _MOST_COLUMNS:
        return None
    positions = tuple(Column(f"c{number}", "", number) for number in range(1, width + 1))
    mark = data.endswith(b"\x1a")
    layout = RowsLayout(positions, "none", delimiter, encoding=encoding, line_end=line_end, end_mark=mark)
    try:
        rows = read_rows(data, layout)
    except DocumentRefused:
        return None
    if rows.bad or not rows.rows:
        return None
    first = [cell.strip() for cell in rows.rows[0].cells.values()]
    headed = len(rows.rows) > 1 and all(first) and len(set(first)) == width and not any(c[:1].isdigit() for c in first)
    columns = _named(first) if headed else positions
    return LearntRows(columns, headed, delimiter, encoding, line_end, len(rows.rows) - headed, mark)


def _cut(data: bytes, encoding: str) -> bool:
    """True if one delimiter stands in every line: its lines have cells, only not as many."""
    lines = [line for line in data.decode(encoding, "replace").rstrip("\x1a").splitlines() if line.strip()]
    return len(lines) > 1 and any(all(each in line for line in lines) for each in _DELIMITERS)


def _width(data: bytes, delimiter: str, encoding: str) -> int:
    """How many cells the first line has: delimiters outside quotes."""
    first = data.split(b"\n", 1)[0].decode(encoding, "replace")
    return re.sub(r'"[^"]*"', "", first).count(delimiter) + 1


def _named(headings: list[str]) -> tuple[Column, ...]:
    taken: set[str] = set()
    columns: list[Column] = []
    for number, heading in enumerate(headings, 1):
        name = identifier(heading) or f"column_{number}"
        while name in taken:
            name = f"{name}_{number}"
        taken.add(name)
        columns.append(Column(name, heading))
    return tuple(columns)


def identifier(text: str) -> str:
    """Give a name in small letters, digits and low lines that can stand in a path; empty if there is none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()
    return f"c_{name}" if name[:1].isdigit() else name
