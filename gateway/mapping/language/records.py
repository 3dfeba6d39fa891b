"""What `source.records` says: the record types of a file of fixed width, as written, with the place of every word."""

from dataclasses import dataclass

from gateway.errors import Place
from gateway.mapping.language.rules import Word

__all__ = ["RecordField", "RecordMark", "RecordSlots", "RecordType"]


@dataclass(frozen=True, slots=True)
class RecordMark:
    """`is: {1-2: P1}`: one of these texts stands at the range."""

    first: int
    last: int
    texts: tuple[Word, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field: a 1-based inclusive range. `type` is text, integer or decimal; `nulls` None where none are written."""

    name: Word
    first: int
    last: int
    type: str
    nulls: tuple[Word, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class RecordSlots:
    """Fields that stand `count` times in one line, `width` apart, from `first`; ranges count within one slot."""

    name: Word
    first: int
    width: int
    count: int
    fields: tuple[RecordField, ...]
    place: Place

    @property
    def last(self) -> int:
        """The last position of the last slot."""
        return self.first + self.width * self.count - 1


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type. `under` makes it a child of the nearest record of that type before it.

    `many` says that it may stand several times: under its parent, or in the file. `unit` is characters, bytes or cells.
    """

    name: Word
    marks: tuple[RecordMark, ...]
    under: Word | None
    many: bool
    unit: str
    fields: tuple[RecordField, ...]
    slots: tuple[RecordSlots, ...]
    place: Place
