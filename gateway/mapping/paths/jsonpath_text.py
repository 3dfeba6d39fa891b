"""Quoted texts of RFC 9535, with its escapes and its rules about surrogates."""

import re

from gateway.mapping.language.spelling import Scanner

__all__ = ["read_string"]

_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\"}


def read_string(scanner: Scanner) -> str:
    """Read a text in single or double quotes, with the escapes of RFC 9535."""
    start = scanner.position
    quote = scanner.text[start]
    scanner.position += 1
    pieces: list[str] = []
    while True:
        if scanner.ended:
            raise scanner.fault("the text is not closed", start=start, end=len(scanner.text))
        character = scanner.text[scanner.position]
        scanner.position += 1
        if character == quote:
            return "".join(pieces)
        if character == "\\":
            pieces.append(_escape(scanner, quote))
        elif character < " " or "\ud800" <= character <= "\udfff":
            raise scanner.fault("control characters must be escaped", start=scanner.position - 1)
        else:
            pieces.append(character)


def _escape(scanner: Scanner, quote: str) -> str:
    start = scanner.position - 1
    letter = scanner.text[scanner.position : scanner.position + 1]
    scanner.position += 1
    if letter and letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter == quote:
        return quote
    if letter != "u":
        raise scanner.fault("there is no such escape", start=start)
    unit = _unit(scanner, start)
    if 0xDC00 <= unit <= 0xDFFF:
        raise scanner.fault("half of a surrogate pair", start=start)
    if not 0xD800 <= unit <= 0xDBFF:
        return chr(unit)
    if not scanner.take("\\u"):
        raise scanner.fault("half of a surrogate pair", start=start)
    low = _unit(scanner, start)
    if not 0xDC00 <= low <= 0xDFFF:
        raise scanner.fault("half of a surrogate pair", start=start)
    return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))


def _unit(scanner: Scanner, start: int) -> int:
    digits = scanner.match(_HEX)
    if digits is None:
        raise scanner.fault("an escape has four hexadecimal digits", start=start)
    return int(digits, 16)
