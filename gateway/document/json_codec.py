"""JSON, strictly: what is ambiguous or beyond the limits is refused, numbers keep every digit.

Guarantees RFC 8259 in UTF-8 without a byte order mark; no duplicate member names, no NaN, no surrogate without its
partner, no U+0000; integers as `int`, other numbers as `Decimal` with the digits as stated; the same verdict whatever
the depth of the call stack. Written bytes read back as an equal value. Does not trim, normalise or sort anything.
"""

import contextlib
import json
import re
from decimal import Decimal

import orjson

from gateway.document.charset import decode
from gateway.document.json_text import number_fault, read_slowly
from gateway.document.limits import DEFAULT, HARD, Limits, is_longer
from gateway.document.path import json_path
from gateway.document.tree import JsonValue
from gateway.document.walk import copied, levels, way_to
from gateway.errors import DocumentRefused, Fault, Place

__all__ = ["read_json", "write_json"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
_NO_FAULT = ("", "")


class _ReadAgain(Exception):
    """The fast parser met something that the slow one has to judge."""


def read_json(data: bytes, limits: Limits = DEFAULT) -> JsonValue:
    """Read one JSON value from UTF-8 bytes.

    Raises `DocumentRefused` with the first fault (DOC-001 to DOC-023) and its line and column in characters.
    A refusal costs about ten times what an acceptance costs, still linear in the size of the input.
    """
    if data.startswith(_BOM):
        raise DocumentRefused(
            Fault("DOC-003", "JSON has no byte order mark", Place(line=1, column=1), "send it without")
        )
    text = decode(data, "utf-8", limits)
    brackets = text.count("[") + text.count("{")
    # Each value but the first follows a comma or an opening bracket, so this bounds memory before anything is built.
    if brackets + text.count(",") >= limits.nodes:
        return read_slowly(text, limits)
    # What the fast parser does not accept is judged below, outside its exception, which holds the whole text.
    with contextlib.suppress(_ReadAgain, ValueError, RecursionError):
        value: JsonValue = _decoder(limits).decode(text)
        # Only an escape can bring in a surrogate or U+0000, only brackets make depth, only long input holds long texts.
        sound = ("\\u" not in text and len(data) <= limits.text) or _sound(value, limits)
        if sound and (brackets <= limits.depth or _depth(value) <= limits.depth):
            return value
    return read_slowly(text, limits)


def write_json(value: JsonValue, *, indent: bool = False) -> bytes:
    """Write a value as UTF-8 JSON: members in their order, decimals and large integers as exact numbers.

    Raises `DocumentRefused` with the path of the value and never the value: DOC-025 for a float or another type that
    JSON cannot state exactly, DOC-005 and DOC-006 for texts that no strict reader accepts, DOC-007 beyond 200 levels.
    """
    large = _check(value)
    options = orjson.OPT_INDENT_2 if indent else 0
    # orjson has no integers beyond 64 bits, so they go in as the text of a number.
    return orjson.dumps(copied(value, _large) if large else value, default=_exact, option=options)


def _decoder(limits: Limits) -> json.JSONDecoder:
    longest = limits.name
    harmless = min(limits.digits, 15)

    def members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        made = dict(pairs)
        if len(made) != len(pairs) or (made and max(map(len, made)) > longest):
            raise _ReadAgain
        return made

    def integer(text: str) -> int:
        if len(text) > harmless and number_fault(text, limits):
            raise _ReadAgain
        return int(text)

    def decimal(text: str) -> Decimal:
        if (len(text) > harmless or "e" in text or "E" in text) and number_fault(text, limits):
            raise _ReadAgain
        return Decimal(text)

    def constant(_text: str) -> JsonValue:
        raise _ReadAgain

    return json.JSONDecoder(object_pairs_hook=members, parse_int=integer, parse_float=decimal, parse_constant=constant)


def _depth(value: JsonValue) -> int:
    """How many containers are inside one another at the deepest place."""
    return sum(any(isinstance(item, (dict, list)) for item in level) for level in levels(value))


def _sound(value: JsonValue, limits: Limits) -> bool:
    """True when no text and no name is too long or holds what no text may hold."""
    for level in levels(value):
        for item in level:
            if isinstance(item, str):
                if is_longer(item, limits.text) or _text_fault(item)[0]:
                    return False
            elif isinstance(item, dict) and any(is_longer(name, limits.text) or _text_fault(name)[0] for name in item):
                return False
    return True


def _check(value: JsonValue) -> bool:
    """Refuse what cannot be written; true when some integer is beyond 64 bits."""
    large = False
    for depth, level in enumerate(levels(value)):
        for item in level:
            if type(item) is str and item.isascii() and "\0" not in item:  # nearly everything is this
                continue
            if _value_fault(item, depth)[0]:
                way = way_to(value, lambda each, deep: bool(_value_fault(each, deep)[0]))
                code, message = _value_fault(item, depth)
                raise DocumentRefused(Fault(code, message, Place(path=json_path(way))))
            large = large or (isinstance(item, int) and not -(1 << 63) <= item < (1 << 64))
    return large


def _value_fault(value: object, depth: int) -> tuple[str, str]:
    """Why this one value cannot be written: a code and a sentence, or nothing twice."""
    if isinstance(value, str):
        return _text_fault(value)
    if value is None or isinstance(value, int):
        return _NO_FAULT
    if isinstance(value, Decimal):
        return _NO_FAULT if value.is_finite() else ("DOC-025", "JSON has no such number")
    if not isinstance(value, (list, dict)):
        return "DOC-025", f"JSON cannot state a {type(value).__name__} exactly"
    if depth >= HARD.depth:
        return "DOC-007", f"nested more deeply than {HARD.depth}"
    if isinstance(value, dict):
        for name in value:
            fault = _text_fault(name)
            if fault[0]:
                return fault
    return _NO_FAULT


def _text_fault(text: str) -> tuple[str, str]:
    if "\0" in text:
        return "DOC-005", "U+0000 is not text"
    if not text.isascii() and _SURROGATE.search(text) is not None:
        return "DOC-006", "a surrogate without its partner"
    return _NO_FAULT


def _large(value: JsonValue) -> object:
    return _exact(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _exact(value: object) -> orjson.Fragment:
    """A decimal as the number it states; `str` of a finite decimal is a JSON number."""
    return orjson.Fragment(str(value).encode("ascii"))
