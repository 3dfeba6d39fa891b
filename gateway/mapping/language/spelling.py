"""Text of a mapping file together with the place of each of its characters, and a scanner over it.

Guarantees that a fault found inside a path, a condition or a template points at exactly the offending characters; where
escapes make the written text longer than the text it stands for, it points at the whole text.
"""

import re
from dataclasses import dataclass, replace

from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["Located", "Scanner"]


@dataclass(frozen=True, slots=True)
class Located:
    """A text and where it stands. `first` is the column of its first character, 0 where escapes forbid counting."""

    text: str
    place: Place
    first: int = 0

    def part(self, start: int, end: int) -> Place:
        """Give the place of the characters from `start` up to `end`; at least one character wide."""
        if not self.first:
            return self.place
        begin = self.first + min(start, len(self.text))
        return replace(self.place, column=begin, end_column=max(self.first + min(end, len(self.text)), begin + 1))


class Scanner:
    """A cursor over a located text. Faults are raised as `DefinitionRefused`, with the code it was made with."""

    def __init__(self, located: Located, code: str, what: str) -> None:
        self.located = located
        self.text = located.text
        self.position = 0
        self._code = code
        self._what = what

    @property
    def ended(self) -> bool:
        """True behind the last character."""
        return self.position >= len(self.text)

    def peek(self, word: str) -> bool:
        """True when `word` comes next."""
        return self.text.startswith(word, self.position)

    def take(self, word: str) -> bool:
        """Move over `word` if it comes next."""
        if self.peek(word):
            self.position += len(word)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Move over what a pattern finds here, and give it; patterns of this package are linear."""
        found = pattern.match(self.text, self.position)
        if found is None or found.end() == self.position:
            return None
        self.position = found.end()
        return found.group()

    def spaces(self) -> bool:
        """Move over blanks; True when there were some."""
        start = self.position
        while self.position < len(self.text) and self.text[self.position] in " \t\n\r":
            self.position += 1
        return self.position > start

    def expect(self, word: str) -> None:
        """Move over `word`, or refuse the text."""
        if not self.take(word):
            raise self.fault(f"expected '{word}' here")

    def here(self, start: int, end: int | None = None) -> Place:
        """Give the place from `start` up to the cursor, or up to `end`."""
        return self.located.part(start, self.position if end is None else end)

    def fault(
        self, message: str, *, start: int | None = None, end: int | None = None, fix: str = "", code: str = ""
    ) -> DefinitionRefused:
        """Make the error for a text that cannot be read, at the cursor or from `start` up to `end`."""
        begin = self.position if start is None else start
        finish = end if end is not None else max(self.position, begin + 1)
        place = self.located.part(begin, finish)
        return DefinitionRefused(Fault(code or self._code, f"{self._what}: {message}", place, fix=fix))
