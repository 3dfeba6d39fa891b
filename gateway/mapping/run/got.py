"""What reading a value came to, and the marks of its trace."""

from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.mapping.language.rules import ErrorPolicy, MissingWord
from gateway.mapping.program.values import RefOrigin

__all__ = ["DEFAULTED", "NULLED", "Got", "Policies", "RefRequest", "Usable", "row_mark"]

NULLED = -1
"""In a trace: the value was spelled as null."""

DEFAULTED = -2
"""In a trace: the default was used."""


def row_mark(row: int) -> int:
    """Give the mark of a table row in a trace: negative, so that it differs from the position of a node."""
    return -10 - row


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in scope of a rule."""

    on_missing: MissingWord
    on_error: ErrorPolicy


@dataclass(frozen=True, slots=True)
class RefRequest:
    """A reference that is looked up when all entities of the message are known."""

    origin: RefOrigin
    keys: tuple[str, ...] | None = field(repr=False)


Usable: TypeAlias = object
"""A text, number, truth value, date, pieces, or a request for a reference."""


@dataclass(slots=True)
class Got:
    """What reading a value came to: `skipped`, `missing`, `present` or `bad`.

    `raw` is the text as read without the blanks around it. `trace` holds pairs of a value's number and the position of
    its node, or a negative mark. `value_number` and `position` say which read a fault is about. `withheld` means a
    table row says: known, not shared.
    """

    state: str
    policies: Policies
    value: Usable = field(default=None, repr=False)
    raw: str | None = field(default=None, repr=False)
    trace: tuple[int, ...] = ()
    code: str = ""
    value_number: int = -1
    position: int = 0
    withheld: bool = False
    cut: bool = False
