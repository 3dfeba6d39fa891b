"""The one byte form of a value that is hashed and signed (RFC 8785), and the digest of bytes.

Guarantees one byte form per value: members sorted by UTF-16 code units, no white space, texts escaped minimally. Takes
only values whose form needs no floating point: texts, integers within 2^53, booleans, null, lists, dicts. Decimals
travel as texts. Does not read: what is checked later is parsed by `json_codec`.
"""

import hashlib
import re

import orjson

from gateway.document.path import json_path
from gateway.document.tree import JsonValue
from gateway.document.walk import copied, levels, way_to
from gateway.errors import DocumentRefused, Fault, Place
from gateway.names import Digest

__all__ = ["canonical", "sha256"]

_EXACT = 1 << 53
_DEEPEST = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_BEYOND = re.compile("[\ue000-\U0010ffff]")


def canonical(value: JsonValue) -> bytes:
    """Give the canonical bytes of a value.

    Raises `DocumentRefused` (DOC-090) with the path of the first value that has none: a number that is not an integer
    of at most 2^53 - 1, a surrogate without its partner, more than 200 levels, another type.
    """
    plain = True
    for depth, level in enumerate(levels(value)):
        for item in level:
            if not _sound(item, depth):
                way = way_to(value, lambda each, deep: not _sound(each, deep))
                place = Place(path=json_path(way))
                raise DocumentRefused(Fault("DOC-090", "this has no canonical form", place, "state it as a text"))
            # Below U+E000 the order of UTF-8 bytes, which orjson sorts by, is the order of UTF-16 code units.
            if isinstance(item, dict) and plain:
                plain = all(name.isascii() or _BEYOND.search(name) is None for name in item)
    if plain:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return orjson.dumps(copied(value, lambda scalar: scalar, _by_utf16))


def sha256(data: bytes) -> Digest:
    """Give the digest of bytes as `sha256:` and hexadecimal digits."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def _sound(value: JsonValue, depth: int) -> bool:
    if isinstance(value, str):
        return value.isascii() or _SURROGATE.search(value) is None
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return -_EXACT < value < _EXACT
    if isinstance(value, dict):
        return depth < _DEEPEST and all(_sound(name, 0) for name in value)
    return isinstance(value, list) and depth < _DEEPEST


def _by_utf16(members: dict[str, JsonValue]) -> list[str]:
    """The order of RFC 8785, 3.2.3."""
    return sorted(members, key=lambda name: name.encode("utf-16-be"))
