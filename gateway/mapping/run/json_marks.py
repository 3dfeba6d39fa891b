"""Where things stand in a JSON text: the line and column of every member and item, by JSON pointer.

For the schema's own place in a diagnostic only. The text has been read strictly before, so nothing is checked here;
cost is one pass over the text, made when the first place is asked for.
"""

import json
import re

__all__ = ["json_marks"]

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def json_marks(text: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Give 1-based line and column, in characters, of every member's name and every item's first character."""
    marks: dict[tuple[str, ...], tuple[int, int]] = {}
    lines = _Lines(text)
    path: list[str] = []
    counts: list[int] = []  # per open container: the next index of a list, or -1 for an object
    name_next = False
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece in "}]":
            counts.pop()
            if path:
                path.pop()
            continue
        if piece == ",":
            name_next = counts[-1] < 0
            continue
        if piece == ":":
            continue
        if name_next:
            path.append(_plain(piece))
            marks[tuple(path)] = lines.at(match.start())
            name_next = False
            continue
        if counts and counts[-1] >= 0:
            path.append(str(counts[-1]))
            counts[-1] += 1
            marks[tuple(path)] = lines.at(match.start())
        if piece in "{[":
            counts.append(-1 if piece == "{" else 0)
            name_next = piece == "{"
        elif path:
            path.pop()
    return marks


class _Lines:
    """Line and column of growing offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._start = 0

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset that is not below the one asked for before."""
        newline = self._text.find("\n", self._start, offset)
        while newline >= 0:
            self._line += 1
            self._start = newline + 1
            newline = self._text.find("\n", self._start, offset)
        return self._line, offset - self._start + 1


def _plain(piece: str) -> str:
    return str(json.loads(piece))
