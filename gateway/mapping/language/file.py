"""What a mapping file says around its rules: source, target, tables, patterns, indexes, splits, parts, the file.

The rules are in `language`. Everything carries the place where it was written; nothing is resolved here.
"""

from dataclasses import dataclass, field

from gateway.errors import Place
from gateway.mapping.language.conditions import Condition
from gateway.mapping.language.records import RecordType
from gateway.mapping.language.rules import (
    Context,
    ConverterCall,
    ErrorPolicy,
    ErrorWord,
    Field,
    MissingWord,
    Pick,
    Word,
)
from gateway.mapping.paths.path import Path

__all__ = [
    "Assumption",
    "Check",
    "Column",
    "Defaults",
    "Ignore",
    "Index",
    "Layout",
    "Mapping",
    "MarkBy",
    "Member",
    "Part",
    "PartItem",
    "PatternItem",
    "PatternUse",
    "Source",
    "Split",
    "TableUse",
    "Target",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a CSV file: our name, and its heading or its 1-based position. `type` is text, integer or decimal."""

    name: Word
    heading: str
    position: int
    type: str
    nulls: tuple[Word, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one CSV file. `header` false means: no heading line, all columns by position.

    `line_end` is crlf, lf, or empty: then the first line of each file tells. `end_mark` allows a byte 0x1A at the end.
    """

    columns: tuple[Column, ...]
    header: bool
    delimiter: str
    encoding: str
    place: Place
    line_end: str = ""
    end_mark: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a set: our name, the shell pattern of its file name, and its layout, or the source with its records."""

    name: Word
    file: Word
    format: Word
    layout: Layout | None
    nulls: tuple[Word, ...]
    place: Place
    optional: bool = False
    source: "Source | None" = None


@dataclass(frozen=True, slots=True)
class Source:
    """`source:`. `schema` is the path as written, of a layout file too; `layout` belongs to `csv`, `members` to `set`.

    `records` belong to `fixed`, or to `csv` with `delimiter` and without `layout`; with `line_end` and `end_mark`.
    `width` is that of records without line ends, else 0.
    `open` and `counts` hold the word as written or None; `streamed` is `reading: streamed`.
    """

    format: Word
    place: Place
    schema: Word | None = None
    root: Word | None = None
    default_namespace: Word | None = None
    namespaces: tuple[tuple[Word, Word], ...] = ()
    encoding: Word | None = None
    streamed: bool = False
    nulls: tuple[Word, ...] = ()
    open: Word | None = None
    counts: Word | None = None
    layout: Layout | None = None
    members: tuple[Member, ...] = ()
    records: tuple[RecordType, ...] = ()
    line_end: str = ""
    end_mark: bool = False
    width: int = 0
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Target:
    """`target:`."""

    format: Word
    place: Place
    version: Word | None = None
    schema: Word | None = None
    root: Word | None = None
    default_namespace: Word | None = None
    profile: Word | None = None
    encoding: Word | None = None
    delimiter: Word | None = None


@dataclass(frozen=True, slots=True)
class TableUse:
    """A code table: our name, and its path as written."""

    name: Word
    path: Word


@dataclass(frozen=True, slots=True)
class PatternItem:
    """An entry of `read`, or `rest` (then `pattern` is None): the child's name and what fits it."""

    name: Word
    pattern: Word | None
    many: bool
    place: Place


@dataclass(frozen=True, slots=True)
class PatternUse:
    """A pattern: `pattern` alone, or packed text cut at `separator`, then `read` and `rest`."""

    name: Word
    place: Place
    pattern: Word | None = None
    write: Word | None = None
    separator: Word | None = None
    end: Word | None = None
    read: tuple[PatternItem, ...] = ()
    rest: PatternItem | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index: nodes `over` a path, by `keys`. `leftover` is warn, quarantine, ignore or None."""

    name: Word
    over: Path
    keys: tuple[Path, ...]
    many: bool
    pick: Pick | None
    leftover: Word | None
    on_error: ErrorPolicy | None
    place: Place


@dataclass(frozen=True, slots=True)
class Defaults:
    """`defaults:`; what is not written has the values that the specification names."""

    clean: tuple[ConverterCall, ...] | None = None
    empty_is: Word | None = None
    nulls: tuple[Word, ...] = ()
    on_missing: MissingWord = MissingWord.SKIP
    on_error: ErrorPolicy = field(default_factory=lambda: ErrorPolicy(ErrorWord.QUARANTINE, Place()))


@dataclass(frozen=True, slots=True)
class Assumption:
    """`assume: {path: type}`: open content that the mapping reads although no schema names it."""

    path: Path
    type: Word


@dataclass(frozen=True, slots=True)
class Check:
    """`check:` what must hold of the document. `on_error` is warn, quarantine or refuse."""

    that: Condition
    on_error: Word | None
    note: Word | None
    place: Place


@dataclass(frozen=True, slots=True)
class Ignore:
    """One reason why a path, or the nodes of it where a condition holds, is not mapped."""

    path: Path
    where: Condition | None
    why: Word
    place: Place


@dataclass(frozen=True, slots=True)
class MarkBy:
    """`mark_by:` markings that name source paths."""

    each: Context
    selects: Path
    mark: tuple[Field, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Split:
    """One kind of message of a file. Without `split:` there is one, unnamed, with `each` None."""

    name: Word | None
    each: Context | None
    where: Condition | None
    as_name: Word | None
    fields: tuple[Field, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class PartItem:
    """`has:` what a part needs of its context: a path and its type, `?` when it may be missing."""

    path: Path
    type: Word
    optional: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part file: fields that several blocks share. It inherits its user's defaults, tables and namespaces."""

    name: Word
    file: str
    format: Word
    has: tuple[PartItem, ...]
    fields: tuple[Field, ...]
    uses: tuple[Word, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file with the parts it uses, by name."""

    file: str
    name: Word
    version: Word
    source: Source
    target: Target
    splits: tuple[Split, ...]
    place: Place
    owner: Word | None = None
    note: Word | None = None
    inverse_of: Word | None = None
    tables: tuple[TableUse, ...] = ()
    patterns: tuple[PatternUse, ...] = ()
    index: tuple[Index, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)
    parts: tuple[Part, ...] = ()
    assume: tuple[Assumption, ...] = ()
    checks: tuple[Check, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    mark_by: tuple[MarkBy, ...] = ()
    tests: Word | None = None

    @property
    def outbound(self) -> bool:
        """True when the source is the exchange format."""
        return self.source.format.text == "exchange"

    @property
    def split(self) -> bool:
        """True when one file becomes several messages."""
        return any(split.name is not None for split in self.splits)
