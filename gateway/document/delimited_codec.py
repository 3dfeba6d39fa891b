"""Delimited lines of several record types: as CSV, but each line is told apart by what stands in some of its cells.

Guarantees what CSV guarantees of cells, and that each line becomes exactly one record or one `BadLine`. Ranges of a
record type count cells, from 1, and hold one cell each. Lines may be shorter than their type declares: what is beyond
their end is empty. Does not convert or nest records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.document.fixed_codec import BadLine, FixedLine, FixedRecord
from gateway.document.limits import DEFAULT, Limits
from gateway.document.rows_codec import Column, LineEnd, RowsLayout, cell_lines

__all__ = ["DelimitedLayout", "delimited_lines"]


@dataclass(frozen=True, slots=True)
class DelimitedLayout:
    """How a file of delimited records is written. `line_end` empty: the first line tells.

    Raises `DefinitionRefused` (DOC-004, DOC-071) if it contradicts itself.
    """

    records: tuple[FixedRecord, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: LineEnd | None = None
    end_mark: bool = False

    def __post_init__(self) -> None:
        self.rows(b"")

    def rows(self, data: bytes) -> RowsLayout:
        """Give the layout to cut these bytes with."""
        first, found, _ = data.partition(b"\n")
        told: LineEnd = "crlf" if first.endswith(b"\r") or not found else "lf"
        return RowsLayout(
            (Column("cell", at=1),),
            "none",
            self.delimiter,
            encoding=self.encoding,
            line_end=self.line_end or told,
            end_mark=self.end_mark,
        )


def delimited_lines(data: bytes, layout: DelimitedLayout, limits: Limits = DEFAULT) -> Iterator[FixedLine | BadLine]:
    """Give the records of a file, one after the other.

    Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-060 to DOC-063, DOC-067) at a line.
    """
    for line, cells in cell_lines(data, layout.rows(data), limits):
        record = next((one for one in layout.records if _fits(one, cells)), None)
        yield BadLine(line, "unknown") if record is None or not any(cells) else _cut(record, cells, line)


def _fits(record: FixedRecord, cells: Sequence[str]) -> bool:
    return all(_at(cells, mark.first).strip() in mark.texts for mark in record.marks)


def _at(cells: Sequence[str], position: int) -> str:
    return cells[position - 1] if position <= len(cells) else ""


def _cut(record: FixedRecord, cells: Sequence[str], line: int) -> FixedLine:
    taken = {mark.first for mark in record.marks} | {one.first for one in record.fields}
    filled: list[tuple[str, int, Mapping[str, str]]] = []
    for slots in record.slots:
        for slot in range(slots.count):
            start = slots.first - 1 + slot * slots.width
            taken |= {start + one.first for one in slots.fields}
            made = {one.name: _at(cells, start + one.first) for one in slots.fields}
            if any(text.strip() for text in made.values()):
                filled.append((slots.name, slot + 1, made))
    beyond = any(cell.strip() for number, cell in enumerate(cells, start=1) if number not in taken)
    return FixedLine(
        record.name, {one.name: _at(cells, one.first) for one in record.fields}, tuple(filled), line, beyond
    )
