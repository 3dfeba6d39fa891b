"""An XML tree to bytes: deterministic, everything escaped that needs it, nothing written that cannot be read back.

Guarantees one byte form per tree, prefix map and encoding: attributes and children in their order, all prefixes
declared on the outermost element in alphabetical order, one line feed after the declaration and no white space of its
own elsewhere. Does not indent, and does not validate: a partner's schema is checked on the bytes.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from gateway.document.charset import encoding_named
from gateway.document.path import XmlStep, xml_path
from gateway.document.tree import XmlElement
from gateway.errors import DocumentRefused, Fault, Place

__all__ = ["XML_NAMESPACE", "write_xml"]

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/"

_DEEPEST = 200
# The registered names of encodings whose Python name is another.
_DECLARED = {"ascii": "US-ASCII", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"} | {
    **{f"cp{page}": f"windows-{page}" for page in range(1250, 1259)},
    **{f"cp{page}": f"IBM{page}" for page in (437, 850, 852)},
}
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_START}][{_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_ATTRIBUTE = _IN_TEXT | {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
_TEXT_SPECIAL = re.compile("[&<>\r]")
_ATTRIBUTE_SPECIAL = re.compile('[&<>\r"\t\n]')


def write_xml(element: XmlElement, *, encoding: str = "utf-8", namespaces: Mapping[str, str] | None = None) -> bytes:
    """Write a document. `namespaces` maps prefixes to namespaces; the empty prefix is the default one of elements.

    A character that the encoding lacks becomes a character reference. Raises `DocumentRefused` with the path: DOC-013
    for a character that XML cannot carry, DOC-035 for a name that is no XML name or a namespace without a prefix,
    DOC-007 for more than 200 levels.
    """
    name = encoding_named(encoding)
    prefixes = _checked(namespaces or {})
    declared = _DECLARED.get(name, name.upper())
    pieces = _Writer(prefixes, name).pieces(element)
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + "".join(pieces)
    if name == "utf-16":
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    return text.encode(name, "xmlcharrefreplace")


class _Open:
    """An element that is being written: what is left of its content, and the default namespace inside it."""

    __slots__ = ("default", "element", "rest", "tag")

    def __init__(self, element: XmlElement, tag: str, default: str) -> None:
        own: tuple[str | XmlElement, ...] = (element.text, *element.children) if element.text else element.children
        self.element = element
        self.tag = tag
        self.default = default
        self.rest = iter(element.content or own)


class _Writer:
    def __init__(self, prefixes: Mapping[str, str], encoding: str) -> None:
        self.encoding = encoding
        self.default = prefixes.get("", "")
        # Of two prefixes for one namespace the first in the alphabet is used.
        self.prefixes = {address: prefix for prefix, address in reversed([*prefixes.items()]) if prefix}
        self.prefixes[XML_NAMESPACE] = "xml"
        self.declared = "".join(
            f' xmlns:{prefix}="{_escaped(address, _ATTRIBUTE_SPECIAL, _IN_ATTRIBUTE)}"'
            for prefix, address in prefixes.items()
            if prefix
        )
        self.open: list[_Open] = []

    def pieces(self, root: XmlElement) -> Iterator[str]:
        """Give the parts of the document in order, without recursion."""
        yield self.start(root, "", self.declared)
        while self.open:
            top = self.open[-1]
            piece = next(top.rest, None)
            if piece is None:
                self.open.pop()
                if top.tag:
                    yield f"</{top.tag}>"
            elif isinstance(piece, str):
                self.check_characters(piece, top.element)
                yield _escaped(piece, _TEXT_SPECIAL, _IN_TEXT)
            else:
                yield self.start(piece, top.default, "")

    def start(self, element: XmlElement, default: str, declared: str) -> str:
        """Give the start tag, and keep the element open; an empty element is closed at once."""
        if len(self.open) >= _DEEPEST:
            self.refuse("DOC-007", f"nested more deeply than {_DEEPEST}", element)
        address, local = _split(element.name)
        if not address or address == self.default:
            tag = self.checked(local, element)
            if address != default:
                declared = f' xmlns="{_escaped(address, _ATTRIBUTE_SPECIAL, _IN_ATTRIBUTE)}"' + declared
                default = address
        else:
            tag = self.prefixed(address, local, element)
        attributes = "".join(self.attribute(name, value, element) for name, value in element.attributes.items())
        empty = not (element.text or element.children or element.content)
        self.open.append(_Open(element, "" if empty else tag, default))
        return f"<{tag}{declared}{attributes}{'/' if empty else ''}>"

    def attribute(self, name: str, value: str, element: XmlElement) -> str:
        address, local = _split(name)
        self.check_characters(value, element)
        if not address and local == "xmlns":
            self.refuse("DOC-035", "xmlns is no attribute", element)
        written = self.prefixed(address, local, element) if address else self.checked(local, element)
        return f' {written}="{_escaped(value, _ATTRIBUTE_SPECIAL, _IN_ATTRIBUTE)}"'

    def prefixed(self, address: str, local: str, element: XmlElement) -> str:
        prefix = self.prefixes.get(address)
        if prefix is None:
            self.refuse("DOC-035", "a namespace without a prefix", element)
        return f"{prefix}:{self.checked(local, element)}"

    def checked(self, local: str, element: XmlElement) -> str:
        if _NAME.fullmatch(local) is None:
            self.refuse("DOC-035", "not an XML name", element)
        if not local.isascii() and local.encode(self.encoding, "ignore").decode(self.encoding) != local:
            self.refuse("DOC-035", f"a name that {self.encoding} cannot write", element)
        return local

    def check_characters(self, text: str, element: XmlElement) -> None:
        if _FORBIDDEN.search(text) is not None:
            self.refuse("DOC-013", "a character that XML cannot carry", element)

    def refuse(self, code: str, message: str, element: XmlElement) -> NoReturn:
        way = [each.element for each in self.open]
        if not way or way[-1] is not element:
            way.append(element)
        steps = [_step(above, each) for above, each in zip([None, *way[:-1]], way, strict=True)]
        raise DocumentRefused(Fault(code, message, Place(path=xml_path(tuple(steps))), "change what is written there"))


def _step(above: XmlElement | None, element: XmlElement) -> XmlStep:
    equals = [each for each in above.children if each.name == element.name] if above else []
    position = next((index for index, each in enumerate(equals, 1) if each is element), 0) if len(equals) > 1 else 0
    return XmlStep(_split(element.name)[1], position)


def _checked(namespaces: Mapping[str, str]) -> dict[str, str]:
    """The prefixes in alphabetical order. Raises `DocumentRefused` (DOC-035) for what XML does not allow."""
    for prefix, address in namespaces.items():
        reserved = prefix == "xmlns" or address == _XMLNS_NAMESPACE or (prefix == "xml") != (address == XML_NAMESPACE)
        if reserved or (prefix and (not address or _NAME.fullmatch(prefix) is None)) or _FORBIDDEN.search(address):
            raise DocumentRefused(Fault("DOC-035", "a prefix that XML does not allow", fix="choose another prefix"))
    return {prefix: namespaces[prefix] for prefix in sorted(namespaces) if prefix != "xml"}


def _split(name: str) -> tuple[str, str]:
    """Namespace and local name of a name in Clark notation."""
    if not name.startswith("{"):
        return "", name
    address, _, local = name[1:].rpartition("}")
    return address, local


def _escaped(text: str, special: re.Pattern[str], table: Mapping[str, str]) -> str:
    return special.sub(lambda found: table[found[0]], text)
