"""The label sheet to be read: each line of a mapping that writes a label, with the values it looks up.

`labels.py` gives the digest that officers sign; this shows what stands behind it. A label that a mapping gives wrongly
is beyond any proof: a victim recorded as a witness is treated as one (policy-language.md 17).
"""

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.document.tree import JsonObject
from gateway.errors import Place
from gateway.governance.labels import writes_label
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import Field, Lookup
from gateway.mapping.load.reading import resolve

__all__ = ["LabelRow", "LookedUp", "label_rows", "plain_row"]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A table that a rule looks up: its file, and its rows as source value and our word."""

    name: str
    file: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One rule that writes a label: the target as a path from the message, the rule as it stands in the file."""

    mapping: str
    target: str
    rule: str
    place: Place
    tables: tuple[LookedUp, ...]


def label_rows(mapping: MappingFile, files: Mapping[str, bytes]) -> Iterator[LabelRow]:
    """Give the rows of one mapping, in the order of its file; a table that cannot be read has no rows."""
    paths = {use.name.text: resolve(mapping.file, use.path.text) or use.path.text for use in mapping.tables}
    for target, field in _labels((mapping.splits, mapping.parts, mapping.mark_by), ""):
        place = field.key.place
        names = dict.fromkeys(lookup.table.text for lookup in _lookups(field))
        tables = tuple(LookedUp(name, paths.get(name, ""), _rows(files.get(paths.get(name, "")))) for name in names)
        yield LabelRow(mapping.file, target, _text(files.get(place.file or mapping.file, b""), place), place, tables)


def plain_row(row: LabelRow) -> JsonObject:
    """Give a row as plain values."""
    return {
        "mapping": row.mapping,
        "target": row.target,
        "rule": row.rule,
        "file": row.place.file,
        "line": row.place.line,
        "tables": [
            {"name": one.name, "file": one.file, "rows": [[source, ours] for source, ours in one.rows]}
            for one in row.tables
        ],
    }


def _labels(value: object, above: str) -> Iterator[tuple[str, Field]]:
    if isinstance(value, Field):
        here = f"{above}.{value.key.text}" if above else value.key.text
        if writes_label(value):
            yield here, value
        else:
            yield from _labels(value.content, here)
        return
    for each in _inside(value):
        yield from _labels(each, above)


def _lookups(value: object) -> Iterator[Lookup]:
    if isinstance(value, Lookup):
        yield value
    for each in _inside(value):
        yield from _lookups(each)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, tuple | list):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, Place | type):
        return [getattr(value, each.name) for each in dataclasses.fields(value)]
    return ()


def _text(content: bytes, place: Place) -> str:
    """The line of a rule, and the deeper lines that belong to it."""
    lines = content.decode("utf-8", "replace").splitlines()[place.line - 1 :]
    if not lines or not place.line:
        return ""
    depth = len(lines[0]) - len(lines[0].lstrip(" -"))
    kept = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip(" ")) <= depth:
            break
        kept.append(line)
    return "\n".join(line.strip() for line in kept if line.strip() and not line.strip().startswith("#"))


def _rows(content: bytes | None) -> tuple[tuple[str, str], ...]:
    if content is None:
        return ()
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"))) if row]
    return tuple((row[0], row[1] if len(row) > 1 else "") for row in rows[1:])
