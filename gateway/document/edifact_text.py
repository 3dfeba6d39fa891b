"""The text of an EDIFACT interchange cut into segments (ISO 9735-1): service characters, release, repetition.

Guarantees that every character is service or data and that none is guessed: separators come from `UNA`, or are those of
the standard; the character set comes from the configuration, or from `UNB`. Knows no message and no directory.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.document.charset import decode, encoding_named
from gateway.document.limits import Limits, is_longer
from gateway.errors import DocumentRefused, Fault, Place

__all__ = [
    "CHARACTER_SETS",
    "Segment",
    "ServiceCharacters",
    "interchange_encoding",
    "segments_of",
    "service_characters",
]

CHARACTER_SETS: Mapping[str, str] = MappingProxyType(
    {
        "UNOA": "ascii",
        "UNOB": "ascii",
        "UNOC": "iso-8859-1",
        "UNOD": "iso-8859-2",
        "UNOE": "iso-8859-5",
        "UNOF": "iso-8859-7",
        "UNOG": "iso-8859-3",
        "UNOH": "iso-8859-4",
        "UNOI": "iso-8859-6",
        "UNOJ": "iso-8859-8",
        "UNOK": "iso-8859-9",
        "UNOL": "iso-8859-15",
        "UNOW": "utf-8",
        "UNOY": "utf-8",
    }
)
"""The syntax identifiers of `UNB` (data element 0001) and what they say. `UNOX` changes sets inside a text."""

_ASCII = frozenset({"UNOA", "UNOB"})
_CONTROL = re.compile("[\x00-\x1f]")
_HEAD = 64
_SPACE = " \t\r\n"
_OWN_REPEAT_FROM = "4"


@dataclass(frozen=True, slots=True)
class ServiceCharacters:
    """What separates. `repeat` is empty where nothing repeats; `mark` is the decimal mark, which is only told."""

    component: str = ":"
    element: str = "+"
    mark: str = "."
    release: str = "?"
    repeat: str = ""
    end: str = "'"


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment: its tag and its data elements, each with its repetitions, each with its components.

    `number` counts segments of the interchange from 1, without `UNA`; `padded` says that blanks stood around the tag.
    """

    tag: str
    elements: tuple[tuple[tuple[str, ...], ...], ...] = field(repr=False)
    number: int
    line: int
    padded: bool = False

    def text(self, element: int, component: int = 0) -> str:
        """Give a component of the first repetition by position from 0; empty where there is none."""
        if element >= len(self.elements):
            return ""
        parts = self.elements[element][0]
        return parts[component] if component < len(parts) else ""


def service_characters(data: bytes) -> tuple[ServiceCharacters, int]:
    """Give the service characters of an interchange, and how many bytes `UNA` takes.

    Without `UNA` they are those of the standard, and from syntax version 4 on `*` repeats. Raises `DocumentRefused`
    (DOC-101, DOC-102).
    """
    start = len(data) - len(data.lstrip(_SPACE.encode()))
    head = data[start : start + _HEAD].decode("latin-1")
    if head.startswith("UNB"):
        version = head.partition("'")[0].partition(":")[2][:1]
        repeat = "*" if version >= _OWN_REPEAT_FROM and version.isdigit() else ""
        return ServiceCharacters(repeat=repeat), start
    if not head.startswith("UNA"):
        fix = "send an interchange that begins with UNA or UNB"
        raise DocumentRefused(Fault("DOC-101", "this is no EDIFACT interchange", Place(line=1, column=1), fix))
    advice = head[3:9]
    place = Place(line=1, column=4)
    if len(advice) < len(_ROLES) or not advice.isascii():
        raise DocumentRefused(Fault("DOC-102", "UNA needs six service characters", place, "send all six"))
    component, element, mark, release, repeat, end = (advice[at] for at in range(len(_ROLES)))
    chosen = [component, element, *release.strip(), *repeat.strip(), end]
    letters = [one for one in (component, element, end) if one.isspace()]
    if len(set(chosen)) < len(chosen) or letters or any(one.isalnum() or ord(one) < ord(" ") for one in chosen):
        message = "the characters of UNA must differ, and be neither letters, digits nor blanks"
        raise DocumentRefused(Fault("DOC-102", message, place, "send service characters that differ"))
    return ServiceCharacters(component, element, mark, release.strip(), repeat.strip(), end), start + 3 + len(advice)


_ROLES = ("component", "element", "mark", "release", "repeat", "end")


def interchange_encoding(data: bytes, start: int, characters: ServiceCharacters, configured: str) -> str:
    """Give the encoding to read with: the configured one, with which UNB may only agree, or the one UNB says.

    `configured` may be empty. Raises `DocumentRefused` (DOC-101, DOC-103).
    """
    head = data[start : start + _HEAD].decode("latin-1").lstrip(_SPACE)
    rest = head.removeprefix("UNB").lstrip(_SPACE)
    identifier = rest.removeprefix(characters.element)[:4].upper()
    place = Place(line=1)
    known = CHARACTER_SETS.get(identifier)
    if not head.startswith("UNB") or not rest.startswith(characters.element):
        raise DocumentRefused(Fault("DOC-101", "UNB is missing", place, "send an interchange that begins with UNB"))
    if known is None:
        fix = "send UNOA to UNOL, UNOW or UNOY"
        raise DocumentRefused(Fault("DOC-103", "UNB names a character set that cannot be read", place, fix))
    if not configured:
        return known
    if identifier not in _ASCII and encoding_named(configured) != encoding_named(known):
        fix = "configure the encoding that UNB names, or leave it out"
        raise DocumentRefused(Fault("DOC-103", f"UNB says {known}, configured is another", place, fix))
    return configured


def segments_of(data: bytes, characters: ServiceCharacters, encoding: str, limits: Limits) -> Iterator[Segment]:
    """Give the segments behind `UNA`, and at the end one without a tag for text behind the last terminator.

    `limits.nodes` counts components. Raises `DocumentRefused` (DOC-001 to DOC-012, DOC-104, DOC-106) at a line.
    """
    return _Cutter(decode(data, encoding, limits), characters, limits).segments()


class _Cutter:
    def __init__(self, text: str, characters: ServiceCharacters, limits: Limits) -> None:
        self._text = text
        self._characters = characters
        self._limits = limits
        self._line = 1
        self._components = 0

    def segments(self) -> Iterator[Segment]:
        number = 0
        at = 0
        text = self._text
        while True:
            begin = at
            while at < len(text) and text[at] in _SPACE:
                at += 1
            self._line += text.count("\n", begin, at)
            if at >= len(text):
                return
            end = self._end(at)
            if end < 0:
                # Text without a terminator: what it is, the reader of the envelope decides.
                yield Segment("", (), number + 1, self._line)
                return
            number += 1
            yield self._segment(text[at:end], number)
            at = end + 1

    def _end(self, at: int) -> int:
        """Where the segment that begins here ends; -1 if it does not."""
        text, characters = self._text, self._characters
        while True:
            end = text.find(characters.end, at)
            if end < 0 or not characters.release:
                return end
            before = end
            while before > at and text[before - 1] == characters.release:
                before -= 1
            if (end - before) % 2 == 0:
                return end
            at = end + 1

    def _segment(self, text: str, number: int) -> Segment:
        characters = self._characters
        line = self._line
        if _CONTROL.search(text):
            fix = "send one segment per line, or all on one line, without breaks inside data"
            raise DocumentRefused(
                Fault("DOC-106", "a line break or control character inside a segment", Place(line=line), fix)
            )
        pieces = self._cut(text, characters.element)
        tag = pieces[0].strip(_SPACE)
        if len(tag) != _TAG or not (tag.isascii() and tag.isalnum() and tag.isupper()):
            message = "a segment that does not begin with a tag of three capitals or digits"
            raise DocumentRefused(Fault("DOC-104", message, Place(line=line), f"correct segment {number}"))
        elements = tuple(
            tuple(
                tuple(self._plain(component, line) for component in self._cut(repetition, characters.component))
                for repetition in (self._cut(element, characters.repeat) if characters.repeat else (element,))
            )
            for element in pieces[1:]
        )
        self._components += 1 + sum(len(parts) for element in elements for parts in element)
        if self._components > self._limits.nodes:
            message = f"more than {self._limits.nodes} segments and data elements"
            raise DocumentRefused(Fault("DOC-008", message, Place(line=line), "send smaller interchanges"))
        return Segment(tag, elements, number, line, padded=tag != pieces[0])

    def _cut(self, text: str, separator: str) -> list[str]:
        """Cut at a separator that is not released."""
        release = self._characters.release
        if not release or release not in text:
            return text.split(separator)
        pieces: list[str] = []
        start = at = 0
        while at < len(text):
            if text[at] == release:
                at += 2
            elif text[at] == separator:
                pieces.append(text[start:at])
                at += 1
                start = at
            else:
                at += 1
        return [*pieces, text[start:]]

    def _plain(self, text: str, line: int) -> str:
        """Take the release characters away."""
        release = self._characters.release
        if is_longer(text, self._limits.text):
            message = f"a data element of more than {self._limits.text} bytes"
            raise DocumentRefused(Fault("DOC-009", message, Place(line=line), "send shorter texts"))
        if not release or release not in text:
            return text
        pieces: list[str] = []
        at = 0
        while at < len(text):
            # Where a segment ends and where it is cut, a release character always has something behind it.
            at += text[at] == release
            pieces.append(text[at])
            at += 1
        return "".join(pieces)


_TAG = 3
