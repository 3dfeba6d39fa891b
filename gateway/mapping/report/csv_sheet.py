"""The sheet of a mapping as CSV, for spreadsheets: one file a subject, headings in the first line.

Guarantees that no cell is run as a formula: one that begins with `= + - @` or a tab gets an apostrophe in front.
Written as RFC 4180 in UTF-8 with a byte order mark, which spreadsheets need to know the encoding.
"""

from collections.abc import Iterable, Sequence

from gateway.mapping.report.evidence import Evidence
from gateway.mapping.report.sheet import Reading, Sheet

__all__ = ["csv_files", "reading_text"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_files(sheet: Sheet, evidence: Evidence, stem: str) -> dict[str, bytes]:
    """Give the CSV files of a mapping by name: source, target, tables, branches and residue."""
    source = [
        [each.field, each.state, "; ".join(map(reading_text, each.readings)), each.reason, each.declared,
         each.documentation]
        for each in sheet.source
    ]  # fmt: skip
    target = [
        [each.field, each.state, "yes" if each.required else "", " | ".join(each.sources),
         " ".join(map(str, each.lines)), str(sum(line in evidence.written for line in each.lines)),
         each.documentation]
        for each in sheet.target
    ]  # fmt: skip
    tables = [
        [table.name, table.file, str(line), source_code, target_code, match, note,
         "yes" if (table.file, line) in evidence.rows else ""]
        for table in sheet.tables
        for line, source_code, target_code, match, note in table.rows
    ]  # fmt: skip
    branches = [[str(each.line), str(each.taken)] for each in evidence.branches]
    residue = [[each.fixture, each.place, each.field, str(each.count), each.why] for each in evidence.residue]
    return {
        f"{stem}.source.csv": _csv(("field", "state", "read by", "reason", "declared at", "documentation"), source),
        f"{stem}.target.csv": _csv(
            ("field", "state", "required", "filled from", "lines", "lines exercised", "documentation"), target
        ),
        f"{stem}.tables.csv": _csv(("table", "file", "line", "source", "target", "match", "note", "exercised"), tables),
        f"{stem}.branches.csv": _csv(("line", "fixtures that took it"), branches),
        f"{stem}.residue.csv": _csv(("fixture", "first place", "field", "how many", "why"), residue),
    }


def reading_text(reading: Reading) -> str:
    """Give a reading as one clause: `persons[].sex (line 62) through upper, table sex`."""
    where = f"{reading.target or 'a condition'} (line {reading.line})"
    if reading.what != "value":
        return f"{reading.what} of {where}"
    steps = [*reading.converters, *([f"table {reading.table}"] if reading.table else [])]
    return f"{where} through {', '.join(steps)}" if steps else where


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    lines = [",".join(_cell(cell) for cell in row) for row in (headings, *rows)]
    return b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n").encode()


def _cell(text: str) -> str:
    guarded = f"'{text}" if text.startswith(_FORMULA) else text
    if any(mark in guarded for mark in ',"\r\n') or guarded != guarded.strip():
        return '"' + guarded.replace('"', '""') + '"'
    return guarded
