"""The characters of a YAML file before its grammar is looked at, and what a broken grammar most likely means.

Guarantees that what passes is UTF-8 without characters that an editor does not show. Explains traps in our own words:
texts of the YAML library quote the file and are never shown.
"""

import re
from collections.abc import Iterator

from gateway.document.charset import position
from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["LARGEST", "checked_text", "hidden_fault", "position_in", "syntax_fault"]

LARGEST = 1024 * 1024
"""Bytes of one configuration file."""

_MOST_FAULTS = 100
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SUSPECT = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\t{_BIDI}]|\r(?!\n)|^%", re.MULTILINE
)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TURNING = re.compile(f"[{_BIDI}]")

_TRAPS = {
    "@": ("a value cannot begin with @", "write ./@name for an attribute, or put the value in quotes"),
    "`": ("a value cannot begin with a backtick", "put the value in quotes"),
    "%": ("a value cannot begin with %", "put the value in quotes"),
    "*": ("a value cannot begin with *", "put the value in quotes"),
    "&": ("a value cannot begin with &", "put the value in quotes"),
    "!": ("a value cannot begin with !", "put the value in quotes"),
    ":": ("a colon and a blank inside a value begin a new key", "put the value in quotes, or check the indentation"),
    "[": (
        "inside braces a bracket ends the word",
        "put the path in quotes, or write the block indented instead of in braces",
    ),
    "\\": ("no such escape between double quotes", "put the value in single quotes, where a backslash is a backslash"),
}


def checked_text(data: bytes, file: str) -> str:
    """Give the text of a file.

    Raises `DefinitionRefused` with every character that may not be in it (Y002 to Y006, Y010), at most 100.
    """
    if len(data) > LARGEST:
        raise DefinitionRefused(
            Fault("Y003", f"larger than {LARGEST} bytes", Place(file), "move parts of it into files of their own")
        )
    wrong = -1
    text = ""
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        wrong = error.start
    if wrong >= 0:
        before = data[:wrong].decode("utf-8", "ignore")
        raise DefinitionRefused(
            Fault("Y002", "this is not UTF-8", position_in(before, len(before), file), "save it as UTF-8")
        )
    faults = [fault for fault, _ in zip(_character_faults(text, file), range(_MOST_FAULTS), strict=False)]
    if faults:
        raise DefinitionRefused(*faults)
    return text


def hidden_fault(text: str, place: Place) -> Fault | None:
    """Say whether a value that was written with escapes holds a character that may not be in it."""
    if _HIDDEN.search(text):
        return Fault("Y004", "a control character in a value", place, "leave it out")
    if _TURNING.search(text):
        return Fault("Y005", "a character that changes the direction of text in a value", place, "leave it out")
    return None


def syntax_fault(text: str, index: int, file: str) -> Fault:
    """Say what is most likely wrong where the YAML grammar stopped."""
    index = min(index, len(text))
    message, fix = _TRAPS.get(
        text[index : index + 1], ("the YAML cannot be read from here on", "check indentation, quotes and brackets")
    )
    if index == len(text):
        message, fix = "the file ends inside quotes or brackets", "close what is open"
    return Fault("Y001", message, position_in(text, index, file), fix)


def _character_faults(text: str, file: str) -> Iterator[Fault]:
    for found in _SUSPECT.finditer(text):
        place = position_in(text, found.start(), file)
        match found[0]:
            case "\t":
                yield Fault("Y006", "a tab", place, 'use blanks; between double quotes write "\\t"')
            case "%":
                yield Fault("Y010", "a directive", place, "leave the line out")
            case "\ufeff":
                yield Fault("Y002", "a byte order mark", place, "save it as UTF-8 without a byte order mark")
            case char if _TURNING.match(char):
                yield Fault("Y005", "a character that changes the direction of text", place, "leave it out")
            case _:
                yield Fault("Y004", "a control character", place, "leave it out; a line ends with a line feed")


def position_in(text: str, index: int, file: str) -> Place:
    """Give the place of an index into the text of a file."""
    at = position(text, index)
    return Place(file, at.line, at.column)
