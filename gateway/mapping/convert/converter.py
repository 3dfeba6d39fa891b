"""What a converter is: its types, its arguments, and the values it may give."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, TypeAlias

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.convert.date_formats import PartialDate
from gateway.mapping.language.rules import Argument, ConverterCall, Named, Value, Word

__all__ = ["Arguments", "Bad", "Bound", "Converted", "Converter", "Cut", "Function", "Pieces"]


@dataclass(frozen=True, slots=True)
class Bad:
    """A value that cannot be used: the code says why, and no value is kept."""

    code: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that was shortened: used, with a warning (K208)."""

    text: str


Pieces: TypeAlias = dict[str, str | None]
"""Named texts from separate fields; None for a missing one."""

Converted: TypeAlias = str | int | bool | Decimal | PartialDate | Cut | Bad
"""What a converter gives."""

Function: TypeAlias = Callable[[object, str], Converted]
"""A bound converter: the value, and the text that a dependent argument has in this document (else empty)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A converter with its arguments. `depends` is a value of the document that it needs, such as a latest date.

    `methods` do the same to a text, one after the other: methods of `str` with their arguments, and `prefix` and
    `suffix`, which put a text in front or behind; none where there is no such short form.
    """

    converter: "Converter"
    function: Function
    depends: Value | None = None
    signature: tuple[str, ...] = ()
    methods: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Converter:
    """One converter. `takes` and `gives` are text, integer, decimal, boolean, date or pieces.

    `fails` is true when a present value can be bad; `inverse` names the converter that undoes it, empty without one;
    `example` is a call, a text and what comes out, executed by the tests.
    """

    name: str
    takes: tuple[str, ...]
    gives: str
    fails: bool
    bind: Callable[[ConverterCall], Bound]
    inverse: str = ""
    summary: str = ""


class Arguments:
    """Reads the argument of one call, and refuses what it does not expect (K002)."""

    def __init__(self, call: ConverterCall) -> None:
        self.call = call
        self.argument = call.argument

    def refuse(self, message: str, place: Place | None = None, fix: str = "") -> NoReturn:
        """Refuse the call."""
        fault = Fault("K002", f"{self.call.name.text}: {message}", place or self.call.place, fix=fix)
        raise DefinitionRefused(fault)

    def none(self) -> None:
        """Expect no argument."""
        if self.argument is not None:
            self.refuse("takes no argument")

    def text(self, what: str) -> str:
        """Expect one text."""
        if not isinstance(self.argument, Word):
            self.refuse(f"needs {what}: {{{self.call.name.text}: ...}}")
        return self.argument.text

    def whole(self, what: str, low: int, high: int) -> int:
        """Expect a whole number from `low` to `high`."""
        return self.whole_of(self.argument, what, low, high)

    def whole_of(self, argument: Argument | None, what: str, low: int, high: int) -> int:
        """Read a whole number from an argument."""
        if not isinstance(argument, Word):
            self.refuse(f"needs {what}")
        digits = argument.text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and low <= int(argument.text) <= high):
            self.refuse(f"{what} is a whole number from {low} to {high}", argument.place)
        return int(argument.text)

    def named(self, known: Collection[str], required: Collection[str] = ()) -> Named:
        """Expect a mapping with these keys."""
        if not isinstance(self.argument, Named):
            self.refuse(f"needs a mapping with {', '.join(known)}")
        for key, _ in self.argument.entries:
            if key.text not in known:
                self.refuse(f"unknown argument '{key.text}'", key.place, fix=f"one of {', '.join(known)}")
        for name in required:
            if self.argument.get(name) is None:
                self.refuse(f"needs '{name}'")
        return self.argument

    def word_of(self, argument: Argument | None, what: str) -> str:
        """Read a single text from an argument."""
        if not isinstance(argument, Word):
            self.refuse(f"{what} must be a single text")
        return argument.text

    def words_of(self, argument: Argument | None, what: str) -> tuple[Word, ...]:
        """Read a list of texts, or one text as a list."""
        if argument is None:
            return ()
        if isinstance(argument, Word):
            return (argument,)
        if not isinstance(argument, tuple):
            self.refuse(f"{what} must be a list of texts")
        words: list[Word] = []
        for item in argument:
            if not isinstance(item, Word):
                self.refuse(f"{what} must be a list of texts")
            words.append(item)
        return tuple(words)
