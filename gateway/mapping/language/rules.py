"""What rules say, as frozen values with places: contexts, values and blocks of the mapping language.

The file around them is in `language_file`. Guarantees that every word, path and literal carries its `Place` (file,
line, column and end, in characters), and that nothing is interpreted here: a name may still be undefined, a path may
lead nowhere. Texts in this tree come from the mapping file alone, never from a document.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, Union

from gateway.errors import Place
from gateway.mapping.language.conditions import Condition
from gateway.mapping.paths.path import Path

__all__ = [
    "All",
    "Argument",
    "Block",
    "BlockBranch",
    "Branch",
    "Choose",
    "Const",
    "Context",
    "ConverterCall",
    "ErrorPolicy",
    "ErrorWord",
    "Field",
    "FirstOf",
    "From",
    "Group",
    "Inside",
    "Join",
    "Lookup",
    "MissingWord",
    "Move",
    "Named",
    "Parse",
    "Pick",
    "PickKind",
    "Ref",
    "Slots",
    "TargetKey",
    "TemplateGroup",
    "TemplateItem",
    "TemplateName",
    "TemplateText",
    "Text",
    "Value",
    "ValueOrigin",
    "Word",
]


@dataclass(frozen=True, slots=True)
class Word:
    """A scalar of the file: its text, untouched, and where it stands."""

    text: str
    place: Place

    def __str__(self) -> str:
        return self.text


# -- policies ---------------------------------------------------------------------------------------------------------


class MissingWord(StrEnum):
    """What happens when a source value is not there. The first is the default."""

    SKIP = "skip"
    DROP_ITEM = "drop_item"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"


class ErrorWord(StrEnum):
    """What happens when a value is there and cannot be used. The first is the default."""

    QUARANTINE = "quarantine"
    REFUSE = "refuse"
    DROP = "drop"
    DROP_ITEM = "drop_item"
    KEEP = "keep"
    USE = "use"


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """`on_error`. With `USE`, `use` is the fixed substitute and `keep` says whether the text goes to `raw`."""

    word: ErrorWord
    place: Place
    use: Word | None = None
    keep: bool = False


# -- contexts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inside:
    """`{in: row, from: x}`: a path from the enclosing block named `row`, or from `envelope`."""

    name: Word
    path: Path | None
    place: Place


@dataclass(frozen=True, slots=True)
class Join:
    """`{join: alt, key: ent}`: the nodes of an index with this key, and a path from them where `from` follows."""

    index: Word
    keys: tuple["Context", ...]
    path: Path | None
    place: Place


@dataclass(frozen=True, slots=True)
class All:
    """`{all: object}`: every node of an index, after its `pick`, in document order."""

    index: Word
    path: Path | None
    place: Place


@dataclass(frozen=True, slots=True)
class Group:
    """`{group: row, by: [a, b]}`: one virtual node per key, in order of first appearance, holding its members."""

    members: tuple[Path, ...]
    by: tuple[Path, ...]
    adjacent: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Slots:
    """`{slots: [A, B]}` as `paths`, or `{slots: 1-3, of: {number: "PHONE_{n}"}}` as `first`, `last` and `of`.

    `of` holds, for each of our names, the expanded path of every slot, in order.
    """

    paths: tuple[Path, ...]
    first: int
    last: int
    of: tuple[tuple[Word, tuple[Path, ...]], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Parse:
    """`{parse: remarks, from: Remarks}`: the named parts of a text."""

    pattern: Word
    value: "Value"
    place: Place


Context: TypeAlias = Path | Inside | Join | All | Group | Slots | Parse


class PickKind(StrEnum):
    """How one is made of many. `ONLY` means exactly one, `SAME` all equal."""

    FIRST = "first"
    LAST = "last"
    ONLY = "only"
    SAME = "same"
    MAX = "max"
    MIN = "min"
    CONCAT = "concat"


@dataclass(frozen=True, slots=True)
class Pick:
    """`pick:`. `path` belongs to `MAX` and `MIN`, `separator` to `CONCAT`."""

    kind: PickKind
    place: Place
    path: Path | None = None
    separator: str = ""


# -- values -----------------------------------------------------------------------------------------------------------


Argument: TypeAlias = Union[Word, tuple["Argument", ...], "Named", "Value"]
"""An argument of a converter: a scalar, a list, a mapping, or (for `not_after`, `not_before`) a value rule."""


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping of arguments, in the order of the file."""

    entries: tuple[tuple[Word, Argument], ...]
    place: Place

    def get(self, name: str) -> Argument | None:
        """Give the argument of this name, or None."""
        return next((value for key, value in self.entries if key.text == name), None)


@dataclass(frozen=True, slots=True)
class ConverterCall:
    """`upper` or `{remove: " -"}`: a converter's name and its argument."""

    name: Word
    argument: Argument | None
    place: Place


@dataclass(frozen=True, slots=True)
class Lookup:
    """`lookup: t`, or a table with composite keys, another output column and a date of validity."""

    table: Word
    keys: tuple[tuple[Word, "Value"], ...]
    take: Word | None
    as_of: "Context | None"
    place: Place


@dataclass(frozen=True, slots=True)
class From:
    """A plain path or a context expression."""

    context: Context
    place: Place


@dataclass(frozen=True, slots=True)
class Const:
    """A fixed value; the target field decides its type."""

    word: Word
    place: Place


@dataclass(frozen=True, slots=True)
class TemplateText:
    """Literal characters."""

    text: str


@dataclass(frozen=True, slots=True)
class TemplateName:
    """`{f}`."""

    name: Word


@dataclass(frozen=True, slots=True)
class TemplateGroup:
    """`[, {g}]`: falls out when a name in it is missing."""

    items: tuple[TemplateText | TemplateName, ...]


TemplateItem: TypeAlias = TemplateText | TemplateName | TemplateGroup


@dataclass(frozen=True, slots=True)
class Text:
    """`text:` over named values; without `template` the named values go to a converter that takes pieces."""

    template: tuple[TemplateItem, ...] | None
    names: tuple[tuple[Word, "Value"], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first alternative that is not missing; a bad one does not fall through."""

    values: tuple["Value", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Branch:
    """`when` and `then`; `when` is None for `otherwise`."""

    when: Condition | None
    then: "Value"
    place: Place


@dataclass(frozen=True, slots=True)
class Choose:
    """The first branch whose condition holds."""

    branches: tuple[Branch, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of an entity: of the block named so, with `keys` the one that has them."""

    names: tuple[Word, ...]
    keys: tuple[Context, ...] | None
    place: Place


ValueOrigin: TypeAlias = From | Const | Text | FirstOf | Choose | Ref


@dataclass(frozen=True, slots=True)
class Value:
    """One value rule. Policies that are None are inherited from `defaults`."""

    origin: ValueOrigin
    place: Place
    when: Condition | None = None
    converts: tuple[ConverterCall, ...] = ()
    lookup: Lookup | None = None
    pick: Pick | None = None
    default: Word | None = None
    nulls: tuple[Word, ...] | None = None
    on_missing: MissingWord | None = None
    on_error: ErrorPolicy | None = None
    mark: tuple["Field", ...] = ()
    reverse: Word | None = None
    note: Word | None = None


# -- blocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetKey:
    """A key under `map:`, `fields:` or `mark:`: `header.handling.flags[]`, in XML also `Doc/@kind` and `./@kind`.

    `steps` are the names; `many` stands for `[]`; `attribute` is true when the last step is an XML attribute;
    `text` is the key as written, `place` covers it.
    """

    text: str
    steps: tuple[str, ...]
    many: bool
    attribute: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Field:
    """One target key and what fills it: a value, or blocks (several only under a `[]` key)."""

    key: TargetKey
    content: Value | tuple["Block", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Move:
    """`at:` (0..1 nodes) or `each:` (0..n nodes, in document order)."""

    many: bool
    context: Context
    place: Place


@dataclass(frozen=True, slots=True)
class BlockBranch:
    """A branch of a block's `choose`; `when` is None for `otherwise`."""

    when: Condition | None
    then: "Block"
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """A block: where it goes, which nodes it takes, and what it fills.

    Exactly one of these fills it: `fields` (possibly joined with the fields of `part`), `value`, or `choose`.
    """

    place: Place
    move: Move | None = None
    where: Condition | None = None
    when: Condition | None = None
    name: Word | None = None
    keys: tuple[Context, ...] = ()
    fields: tuple[Field, ...] = ()
    value: Value | None = None
    part: Word | None = None
    choose: tuple[BlockBranch, ...] = ()
    pick: Pick | None = None
    mark: tuple[Field, ...] = ()
