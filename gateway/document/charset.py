"""Bytes to text, strictly: the source's configuration says the encoding, the document may only agree.

Guarantees that no byte is guessed, replaced or dropped, and that U+0000 never passes. Only encodings of a closed list
are read, so that no document can choose a decoder: UTF-7 and the stateful encodings hide markup from a reader.

Errors are raised outside `except` clauses in this room: an exception of the codec holds the whole document.
"""

import codecs
from collections.abc import Mapping
from types import MappingProxyType

from gateway.document.limits import Limits
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

__all__ = ["ENCODINGS", "decode", "encode", "encoding_named", "position"]


def _names() -> dict[str, str]:
    spelled = {
        "utf-8": ("utf8",),
        "utf-16": ("utf16",),
        "utf-16-le": ("utf-16le",),
        "utf-16-be": ("utf-16be",),
        "ascii": ("us-ascii",),
        "iso-8859-1": ("latin1", "latin-1", "iso8859-1"),
        "koi8-r": (),
        "koi8-u": (),
        "cp437": ("ibm437",),
        "cp850": ("ibm850",),
        "cp852": ("ibm852",),
    }
    spelled.update({f"iso-8859-{part}": (f"iso8859-{part}",) for part in (*range(2, 11), 13, 14, 15, 16)})
    spelled.update({f"cp{page}": (f"windows-{page}",) for page in range(1250, 1259)})
    return {name: main for main, others in spelled.items() for name in (main, *others)}


ENCODINGS: Mapping[str, str] = MappingProxyType(_names())
"""Every accepted spelling, in lower case, and the name we use for it. UTF-8, UTF-16 and 8-bit encodings only."""

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


def encoding_named(name: str) -> str:
    """Give our name of a configured encoding. Raises `DefinitionRefused` (DOC-004) for one that is not on the list."""
    main = ENCODINGS.get(name.lower())
    if main is None:
        raise DefinitionRefused(
            Fault("DOC-004", "this encoding is not readable", fix="choose utf-8, utf-16 or an 8-bit encoding by name")
        )
    return main


def decode(data: bytes, encoding: str, limits: Limits) -> str:
    """Give the text of `data`, without its byte order mark; size is checked first.

    `utf-16` needs a byte order mark, `utf-8`, `utf-16-le` and `utf-16-be` may have the matching one, others have none.
    Raises `DocumentRefused` with DOC-001, DOC-002, DOC-003, DOC-005 or DOC-012.
    """
    if len(data) > limits.message:
        raise DocumentRefused(Fault("DOC-001", f"larger than {limits.message} bytes", fix="send smaller messages"))
    if not data:
        raise DocumentRefused(Fault("DOC-012", "there is nothing in it", fix="send the whole document"))
    name, start = _begin(data, encoding_named(encoding))
    body = data[start:] if start else data
    wrong = -1
    text = ""
    try:
        text = body.decode(name, "strict")
    except UnicodeDecodeError as error:
        wrong = error.start
    if wrong >= 0:
        before = body[:wrong].decode(name, "ignore")
        raise DocumentRefused(
            Fault("DOC-002", f"this is not {name}", position(before, len(before)), "send the configured encoding")
        )
    found = text.find("\0")
    if found >= 0:
        raise DocumentRefused(Fault("DOC-005", "U+0000 is not text", position(text, found), "remove the character"))
    return text


def encode(text: str, encoding: str) -> bytes:
    """Give the bytes of `text`; `utf-16` begins with a byte order mark, little end first, the others have none.

    Raises `DocumentRefused` (DOC-013) for a character that the encoding does not have, at its line and column.
    """
    name = encoding_named(encoding)
    mark = codecs.BOM_UTF16_LE if name == "utf-16" else b""
    try:
        return mark + text.encode("utf-16-le" if mark else name, "strict")
    except UnicodeEncodeError as error:
        place = position(text, error.start)
    raise DocumentRefused(Fault("DOC-013", f"{name} does not have this character", place, "write utf-8 instead"))


def position(text: str, index: int) -> Place:
    """Give the 1-based line and column, in characters, of an index into `text`."""
    start = text.rfind("\n", 0, index) + 1
    return Place(line=text.count("\n", 0, index) + 1, column=index - start + 1)


def _begin(data: bytes, name: str) -> tuple[str, int]:
    """The decoder to use, and how many bytes of byte order mark to pass over."""
    if name == "utf-16":
        for exact in ("utf-16-le", "utf-16-be"):
            if data.startswith(_MARKS[exact]):
                return exact, 2
        raise DocumentRefused(
            Fault("DOC-003", "utf-16 without a byte order mark", fix="configure utf-16-le or utf-16-be, or send it")
        )
    own = _MARKS.get(name)
    if own is not None and data.startswith(own):
        return name, len(own)
    for other, mark in _MARKS.items():
        # In an 8-bit encoding the two bytes of a UTF-16 mark are letters; the three of UTF-8 are never meant.
        if data.startswith(mark) and (own is not None or other == "utf-8"):
            raise DocumentRefused(
                Fault("DOC-003", f"the byte order mark is not that of {name}", fix="configure what is sent")
            )
    return name, 0
