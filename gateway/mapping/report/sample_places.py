"""Where in the bytes of a sample a place of it is, for the caret under it: a line and a column from a path.

Places of a message are paths, because messages are never quoted. A preview is the exception: there the author looks at
a sample of his own.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from gateway.document.json_codec import read_json
from gateway.errors import DocumentRefused, Place
from gateway.mapping.run.json_marks import json_marks

__all__ = ["SamplePlaces"]

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')


class SamplePlaces:
    """The places of one sample. `files` are its bytes by the name shown; lines are those of the first."""

    def __init__(self, files: Mapping[str, bytes], format_name: str) -> None:
        self._files = files
        self._json = format_name == "json"
        self._marks: Mapping[tuple[str, ...], tuple[int, int]] | None = None

    def at(self, place: Place) -> Place:
        """Give the place in the file for a place in the document; an empty place where it cannot be told."""
        name = place.file if place.file in self._files else next(iter(self._files), "")
        if place.line:
            return self._spanned(replace(place, file=name, path=""))
        if self._json and place.path.startswith("$"):
            line, column = self._marked(name).get(_pointer(place.path), (0, 0))
            return self._spanned(Place(name, line, column)) if line else Place()
        return Place()

    def _marked(self, name: str) -> Mapping[tuple[str, ...], tuple[int, int]]:
        if self._marks is None:
            data = self._files[name]
            try:
                read_json(data)
                self._marks = json_marks(data.decode("utf-8", "replace"))
            except DocumentRefused:
                self._marks = {}
        return self._marks

    def _spanned(self, place: Place) -> Place:
        """Give the place an end: of a word, or without a column of the line, because of XML only the line is known."""
        lines = self._files.get(place.file, b"").decode("utf-8-sig", "replace").split("\n")
        if not 0 < place.line <= len(lines):
            return place
        text = lines[place.line - 1].rstrip()
        if place.column:
            word = _WORD.match(text, place.column - 1)
            return place if word is None else replace(place, end_column=word.end() + 1)
        return replace(place, column=len(text) - len(text.lstrip()) + 1, end_column=len(text) + 1)


def _pointer(path: str) -> tuple[str, ...]:
    """Read a normalized path: `$['a'][0]`. What follows a part of a parsed text is left out."""
    found: list[str] = []
    at = 1
    while at < len(path) and path[at] == "[":
        if path[at + 1] == "'":
            word, at = _word(path, at + 2)
            found.append(word)
            at += 1  # the closing bracket; _word ends behind the quote
        else:
            end = path.index("]", at)
            found.append(path[at + 1 : end])
            at = end + 1
    return tuple(found)


def _word(path: str, at: int) -> tuple[str, int]:
    signs: list[str] = []
    while path[at] != "'":
        if path[at] == "\\":
            at += 1
        signs.append(path[at])
        at += 1
    return "".join(signs), at + 1
