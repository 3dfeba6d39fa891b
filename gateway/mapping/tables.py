"""Code tables: CSV with match strength, composite keys, several outputs and validity; read strictly, asked quickly.

    source,target,match,note[,valid_from,valid_to,preferred][,more outputs]

Guarantees that a loaded table gives at most one row for a key and a day. A row with an empty target and match `none`
is a code that is known and not shared; that differs from a code without a row. All cells are text.
"""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.document.yaml_nodes import MapNode, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.rules import Word
from gateway.mapping.load.reading import Reading, suggestion
from gateway.mapping.paths.path import Syntax

__all__ = ["MATCH_WORDS", "Match", "Table", "TableRow", "fold_key", "load_table"]


class Match(StrEnum):
    """How the target of a row relates to its source: `NARROWER` loses detail, `BROADER` claims more than was said."""

    EXACT = "exact"
    CLOSE = "close"
    NARROWER = "narrower"
    BROADER = "broader"
    NONE = "none"


MATCH_WORDS = tuple(str(match) for match in Match)

_OWN = ("target", "match", "note", "valid_from", "valid_to", "preferred")
_LARGEST = 4 * 1024 * 1024
_DAY = "0123-56-89"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row. `number` counts from 0, `place` is its line in the file; `cells` has all columns by heading."""

    number: int
    keys: tuple[str, ...]
    target: str
    match: Match
    note: str
    valid_from: str
    valid_to: str
    preferred: bool
    cells: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A code table. `sources` are the key columns without `source.`; a plain `source` column is named `""`.

    `fold` says how keys are compared (`case`, `space`). `codes_from` and `codes_to` are the code lists that a sidecar
    names, or empty.
    """

    file: str
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[TableRow, ...]
    fold: frozenset[str] = frozenset()
    codes_from: str = ""
    codes_to: str = ""
    owner: str = ""
    version: str = ""
    by_key: Mapping[tuple[str, ...], tuple[TableRow, ...]] = field(default_factory=dict, repr=False)

    @property
    def dated(self) -> bool:
        """True when a row is valid for a time only: asking then needs a day."""
        return any(row.valid_from or row.valid_to for row in self.rows)

    def find(self, keys: tuple[str, ...], day: str | None = None) -> TableRow | None:
        """Give the row of a key, on a day (`YYYY-MM-DD`, or a year or month) where the table is dated; else None."""
        if self.fold:
            keys = tuple(fold_key(key, self.fold) for key in keys)
        for row in self.by_key.get(keys, ()):
            if day is None or _valid(row, day):
                return row
        return None

    def known(self, keys: tuple[str, ...]) -> bool:
        """True when there is a row for the key on any day."""
        if self.fold:
            keys = tuple(fold_key(key, self.fold) for key in keys)
        return keys in self.by_key


def fold_key(text: str, fold: frozenset[str]) -> str:
    """Make a key comparable: `space` joins and trims blanks, `case` ignores case."""
    if "space" in fold:
        text = " ".join(text.split())
    if "case" in fold:
        text = unicodedata.normalize("NFC", text).casefold()
    return text


def _valid(row: TableRow, day: str) -> bool:
    """Compare at the precision of the shorter text: a year is valid when one of its days is."""
    starts, ends = row.valid_from, row.valid_to
    if starts and day[: len(starts)] < starts[: len(day)]:
        return False
    return not (ends and day[: len(ends)] > ends[: len(day)])


def load_table(path: str, files: Mapping[str, bytes], place: Place) -> Table:
    """Load the table at `path`; `place` is where a mapping names it.

    Raises `DefinitionRefused` with all faults (L001 to L009). Cost: one pass, linear.
    """
    data = files.get(path)
    if data is None:
        raise DefinitionRefused(Fault("W009", "this file is not in the deployment", place))
    reader = _Reader(path)
    sidecar = _sidecar(path, files, reader)
    return reader.table(data, sidecar)


@dataclass(frozen=True, slots=True)
class _Sidecar:
    fold: frozenset[str] = frozenset()
    codes_from: str = ""
    codes_to: str = ""
    owner: str = ""
    version: str = ""


def _sidecar(path: str, files: Mapping[str, bytes], reader: "_Reader") -> _Sidecar:
    """Read `offence.table.yaml` beside `offence.csv`."""
    name = path.removesuffix(".csv") + ".table.yaml"
    if name not in files:
        return _Sidecar()
    node = read_yaml(files[name], name)
    reading = Reading(name, Syntax.XPATH)
    words = reading.words(node, {"source", "target", "owner", "version", "fold"}, "a table's sidecar") or {}
    fold = reading.word_list(words.get("fold"), "fold")
    for word in fold:
        reading.one_of(TextNode(word.text, word.place), "fold", ("case", "space"))
    texts: dict[str, Word | None] = {
        key: None if isinstance(value, MapNode) else reading.word(value, key)
        for key, value in words.items()
        if key != "fold"
    }
    reader.faults.extend(reading.faults)

    def text(key: str) -> str:
        word = texts.get(key)
        return "" if word is None else word.text

    return _Sidecar(
        frozenset(word.text for word in fold), text("source"), text("target"), text("owner"), text("version")
    )


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, code: str, message: str, line: int, fix: str = "", at: Place | None = None) -> None:
        self.faults.append(Fault(code, message, Place(self.file, line, 1), fix, at=at or Place()))

    def table(self, data: bytes, sidecar: _Sidecar) -> Table:
        records = list(self._records(data))
        heading = [cell.strip() for cell in records[0][1]] if records else []
        sources = self._heading(heading)
        rows: list[TableRow] = []
        if not self.faults:
            for line, cells in records[1:]:
                row = self._row(len(rows), line, heading, cells, sources)
                if row is not None:
                    rows.append(row)
        by_key = self._index(rows, sidecar.fold)
        if self.faults:
            raise DefinitionRefused.of(self.faults)
        return Table(
            self.file,
            tuple(name.removeprefix("source").removeprefix(".") for name in sources),
            tuple(name for name in heading if name not in sources and name not in _OWN[1:]),
            tuple(rows),
            sidecar.fold,
            sidecar.codes_from,
            sidecar.codes_to,
            sidecar.owner,
            sidecar.version,
            by_key,
        )

    def _records(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        if len(data) > _LARGEST:
            self.fault("L001", "the table is larger than 4 MiB", 1)
            return
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            self.fault("L001", "the table is not UTF-8", 1)
            return
        reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
        line = 1
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error:
            self.fault("L001", "the table is not CSV", line)

    def _heading(self, heading: list[str]) -> list[str]:
        """Check the header, and give the key columns."""
        if len(set(heading)) != len(heading):
            self.fault("L002", "a column stands twice in the header", 1)
        sources = [name for name in heading if name == "source" or name.startswith("source.")]
        if not sources or ("source" in sources and len(sources) > 1):
            self.fault("L002", "the key is one column 'source', or columns 'source.a', 'source.b'", 1)
        for name in ("target", "match"):
            if name not in heading:
                hint = suggestion(name, heading)
                self.fault("L002", f"the column '{name}' is missing{hint}", 1, "source,target,match,note")
        return sources

    def _row(self, number: int, line: int, heading: list[str], cells: list[str], sources: list[str]) -> TableRow | None:
        if len(cells) != len(heading):
            self.fault("L003", f"a row has {len(heading)} cells, this one has {len(cells)}", line)
            return None
        row = dict(zip(heading, cells, strict=True))
        if row["match"] not in MATCH_WORDS:
            hint = suggestion(row["match"], MATCH_WORDS)
            self.fault("L004", f"match must be one of {', '.join(MATCH_WORDS)}{hint}", line)
            return None
        match = Match(row["match"])
        if match is Match.NONE and row["target"]:
            self.fault("L005", "a row that matches none has no target", line)
        if match is not Match.NONE and not row["target"]:
            self.fault("L005", "the target is empty", line, "write match none where a code is not shared")
        if match is Match.BROADER and not row.get("note", "").strip():
            self.fault("L006", "a row that claims more than the source said needs a note", line)
        for name in ("valid_from", "valid_to"):
            if not _is_day(row.get(name, "")):
                self.fault("L007", f"{name} must be a full date", line, "write YYYY-MM-DD")
        if row.get("preferred", "") not in {"", "yes"}:
            self.fault("L008", "preferred is 'yes' or empty", line)
        return TableRow(
            number,
            tuple(row[name] for name in sources),
            row["target"],
            match,
            row.get("note", ""),
            row.get("valid_from", ""),
            row.get("valid_to", ""),
            row.get("preferred", "") == "yes",
            row,
            Place(self.file, line, 1),
        )

    def _index(self, rows: list[TableRow], fold: frozenset[str]) -> dict[tuple[str, ...], tuple[TableRow, ...]]:
        by_key: dict[tuple[str, ...], tuple[TableRow, ...]] = {}
        for row in rows:
            key = tuple(fold_key(cell, fold) for cell in row.keys) if fold else row.keys
            for other in by_key.get(key, ()):
                if _overlap(other, row):
                    message = "a second row for this key on the same day"
                    self.fault("L009", message, row.place.line, at=other.place)
            by_key[key] = (*by_key.get(key, ()), row)
        return by_key


def _is_day(text: str) -> bool:
    return not text or (
        len(text) == len(_DAY)
        and text[4] == text[7] == "-"
        and (text[:4] + text[5:7] + text[8:]).isdigit()
        and text.isascii()
        and "01" <= text[5:7] <= "12"
        and "01" <= text[8:] <= "31"
    )


def _overlap(left: TableRow, right: TableRow) -> bool:
    if left.valid_to and right.valid_from and left.valid_to < right.valid_from:
        return False
    return not (right.valid_to and left.valid_from and right.valid_to < left.valid_from)
