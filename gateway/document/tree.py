"""The immutable trees that readers make: what was validated is what is mapped, and nothing else.

JSON stays Python values (`JsonValue`), XML becomes `XmlElement`, CSV becomes `Rows`, a set of files a `FileSet`.
Lines of fixed width and EDIFACT segments become a `RecordTree`, whose nodes are elements without namespaces.
Guarantees: no value is changed by reading (no trimming, no Unicode normalisation), missing, null and empty stay
apart, and `repr` never shows content. Numbers of JSON are `int` or `Decimal` with the digits as stated.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

__all__ = [
    "BadRow",
    "Document",
    "FileSet",
    "JsonObject",
    "JsonValue",
    "StreamedDocument",
    "RecordTree",
    "Row",
    "Rows",
    "Subtree",
    "Trouble",
    "TroubleKind",
    "XmlElement",
]

JsonValue: TypeAlias = None | bool | int | Decimal | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, eq=False)
class XmlElement:
    """One element. `name` and attribute names are in Clark notation (`{namespace}local`, or `local` alone).

    `text` is all character data directly inside the element, joined across comments, instructions and CDATA.
    `content` keeps text and children in order for elements that have children and text other than white space;
    otherwise it is empty. White space between children is part of `text` and stands before them when written.
    `line` is the 1-based line on which the start tag ends, 0 for elements we made ourselves.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple["XmlElement", ...] = ()
    text: str = ""
    content: tuple["str | XmlElement", ...] = ()
    line: int = 0

    def __repr__(self) -> str:
        return f"XmlElement({self.name!r}, {len(self.children)} children, line {self.line})"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One record of a CSV file: cells by column name, in the order of the columns; `line` is where it begins."""

    cells: Mapping[str, str]
    line: int

    def __repr__(self) -> str:
        return f"Row({len(self.cells)} cells, line {self.line})"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row with too few or too many cells: a bad item, not the end of the file."""

    line: int
    cells: int
    expected: int


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A CSV document: its rows in order, and the rows that do not fit the declared columns.

    `undeclared` counts the columns that are in the file and not in the layout; their cells are not read.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...] = ()
    undeclared: int = 0

    def __repr__(self) -> str:
        return f"Rows({len(self.columns)} columns, {len(self.rows)} rows, {len(self.bad)} bad)"


@dataclass(frozen=True, slots=True, eq=False)
class FileSet:
    """Several files that belong together, by the member names that the mapping declares."""

    members: Mapping[str, "Document"]

    def __repr__(self) -> str:
        return f"FileSet({sorted(self.members)})"


TroubleKind: TypeAlias = Literal["bad", "count", "open"]
"""`bad`: a record that does not fit, and is no part of the tree. `count`: a control count or reference that is wrong.
`open`: content that the layout does not name."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a document of records and does not refuse it: a code, a place, and whom it concerns.

    `holder` is the element that carries it, None where it concerns the document. `line` counts lines, or segments;
    `member` is the file of a set.
    """

    code: str
    kind: TroubleKind
    line: int
    holder: XmlElement | None = field(default=None, repr=False)
    path: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RecordTree:
    """A document of lines or segments, nested as its layout says, and what is wrong with it.

    `root` is an element without name and line, whose children are the records; for JSON Lines a list of their values.
    `format` and `layout` tell the documents of one layout from those of another.
    """

    format: str
    layout: object = field(repr=False)
    root: XmlElement | list[JsonValue] = field(repr=False)
    troubles: tuple[Trouble, ...] = ()

    def __repr__(self) -> str:
        return f"RecordTree({self.format}, {len(self.troubles)} troubles)"


@dataclass(frozen=True, slots=True, eq=False)
class Subtree:
    """A part of a document that is not kept whole: an element, a row or a value.

    Of an element, `above` are what encloses it, from the outermost element down, and `position` is 1-based among the
    `total` elements of its name under the same parent. Of a row or a value, `position` is its line.
    """

    content: "XmlElement | Row | JsonValue" = field(repr=False)
    position: int
    total: int = 0
    above: tuple[XmlElement, ...] = field(default=(), repr=False)


class StreamedDocument(ABC):
    """A document that was read once, of which only what is outside of some parts is kept.

    `outer` is what is outside: an element with an empty one for the first part of each name under each parent, or rows
    or lines without any. Paths are names of elements, from the child of the outermost element down; rows and lines have
    one path, `("*",)`.
    """

    @property
    @abstractmethod
    def outer(self) -> "XmlElement | Rows | RecordTree":
        """What is outside of the parts, and what is wrong with the document as a whole."""

    @abstractmethod
    def count(self, path: tuple[str, ...]) -> int:
        """How many parts there are at a path."""

    @abstractmethod
    def subtrees(self, path: tuple[str, ...]) -> Iterator[Subtree]:
        """Read again and give the parts at a path, one after the other, in the order of the document."""

    @abstractmethod
    def damaged(self, names: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Give lines and paths of texts with a replacement character; `names` are members that may be shown."""

    @abstractmethod
    def whole(self) -> "Document":
        """Give all of it, for whoever looks at a single sample; memory is that of whole reading."""


Document: TypeAlias = JsonValue | XmlElement | Rows | FileSet | RecordTree | StreamedDocument
