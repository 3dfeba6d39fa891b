"""Text into parts: named groups of a pattern, or packed remarks cut into items, each read by the first that fits.

Guarantees that every item of a packed text ends in one child: an item that nobody expected goes to `rest`. Each part
knows where in the text it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.language.file import PatternUse
from gateway.mapping.language.patterns import Pattern, compile_pattern
from gateway.mapping.language.rules import Word
from gateway.mapping.language.spelling import Located

_NAMED = re.compile(r"\(\?<\w+>")

__all__ = ["ItemPattern", "Piece", "TextPattern", "compile_text_pattern"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: the text, where it stands (from 0, end exclusive), and the groups inside it."""

    text: str
    start: int
    end: int
    groups: Mapping[str, "Piece"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ItemPattern:
    """One kind of item of a packed text; `pattern` is None for `rest`."""

    name: str
    pattern: Pattern | None
    many: bool


@dataclass(frozen=True, slots=True, eq=False)
class TextPattern:
    """A pattern of a mapping: a plain one (`plain`), or packed text (`items`)."""

    name: str
    plain: Pattern | None
    separator: str = ""
    end: str = ""
    items: tuple[ItemPattern, ...] = ()
    rest: ItemPattern | None = None

    @property
    def kinds(self) -> tuple[ItemPattern, ...]:
        """The kinds of items, `rest` included."""
        return self.items if self.rest is None else (*self.items, self.rest)

    def fits(self, text: str) -> bool:
        """True when the whole text fits."""
        return self.plain.fits(text) if self.plain is not None else self.parts(text) is not None

    def parts(self, text: str) -> dict[str, tuple[Piece, ...]] | None:
        """Give the pieces by name, or None when the text does not fit, or has a second item of a single kind."""
        if self.plain is not None:
            found = self.plain.parts(text)
            if found is None:
                return None
            return {name: (Piece(value, start, end),) for name, (value, start, end) in found.items()}
        parts: dict[str, tuple[Piece, ...]] = {}
        for piece in self._cut(text):
            kind, read = self._read(piece)
            if kind is None or (not kind.many and kind.name in parts):
                return None
            parts[kind.name] = (*parts.get(kind.name, ()), read)
        return parts

    def _cut(self, text: str) -> list[Piece]:
        """Cut the items out; what is empty between two separators is no item."""
        stop = len(text)
        if self.end and text.endswith(self.end):
            stop -= len(self.end)
        pieces: list[Piece] = []
        start = 0
        while start <= stop:
            found = text.find(self.separator, start, stop)
            finish = stop if found < 0 else found
            left = start + len(text[start:finish]) - len(text[start:finish].lstrip())
            right = finish - (len(text[start:finish]) - len(text[start:finish].rstrip()))
            if left < right:
                pieces.append(Piece(text[left:right], left, right))
            if found < 0:
                break
            start = found + len(self.separator)
        return pieces

    def _read(self, piece: Piece) -> tuple[ItemPattern | None, Piece]:
        for kind in self.items:
            found = None if kind.pattern is None else kind.pattern.parts(piece.text)
            if found is not None:
                groups = {
                    name: Piece(value, piece.start + start, piece.start + end)
                    for name, (value, start, end) in found.items()
                }
                return kind, Piece(piece.text, piece.start, piece.end, groups)
        return self.rest, piece


def compile_text_pattern(use: PatternUse) -> TextPattern:
    """Compile a pattern of a mapping. Raises `DefinitionRefused` with the faults of all its expressions."""
    if use.pattern is not None:
        return TextPattern(use.name.text, _compile(use.pattern))
    faults: list[Fault] = []
    items: list[ItemPattern] = []
    for item in use.read:
        try:
            pattern = None if item.pattern is None else _compile(item.pattern)
        except DefinitionRefused as refused:
            faults.extend(refused.faults)
            continue
        shadow = next(
            (other for other in items if other.pattern is not None and _takes_all(other.pattern, pattern)), None
        )
        if shadow is not None:
            message = f"every text that fits '{item.name.text}' is taken by '{shadow.name}' before it"
            faults.append(Fault("X504", message, item.name.place, fix="put the narrower one first, or remove one"))
        items.append(ItemPattern(item.name.text, pattern, item.many))
    if faults:
        raise DefinitionRefused.of(faults)
    rest = None if use.rest is None else ItemPattern(use.rest.name.text, None, use.rest.many)
    return TextPattern(
        use.name.text,
        None,
        "" if use.separator is None else use.separator.text,
        "" if use.end is None else use.end.text,
        tuple(items),
        rest,
    )


def _takes_all(first: Pattern, second: Pattern | None) -> bool:
    """True for what is certain without automata: the same expression, and one that takes every text of an item."""
    if second is None:
        return False
    expression = _NAMED.sub("(", first.text)
    return expression == _NAMED.sub("(", second.text) or expression in {".+", ".*", "(.+)", "(.*)"}


def _compile(word: Word) -> Pattern:
    place = word.place
    # The column of the text inside its quotes, where the file shows it on one line.
    width = place.end_column - place.column
    quotes = width - len(word.text)
    first = place.column + quotes // 2 if width and quotes in {0, 2} else 0
    return compile_pattern(Located(word.text, place, first))
