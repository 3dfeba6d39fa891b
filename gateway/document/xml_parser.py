"""The one place where an XML parser is made. Bytes in, an lxml tree out, nothing fetched, nothing expanded.

Guarantees that the encoding is ours, that a document type declaration never reaches the parser, that comments and
processing instructions are gone and the text around them is joined, and that no text of the library is shown: it quotes
names from the document. Counts before it builds when the text could exceed the limits.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypedDict, cast

from lxml import etree

from gateway.document.charset import ENCODINGS, decode, encoding_named, position
from gateway.document.limits import Limits, is_longer
from gateway.errors import DocumentRefused, Fault, Place

if TYPE_CHECKING:  # this name exists in the type stubs only
    from lxml.etree._saxparser import ParserTarget

__all__ = [
    "HARDENED",
    "Hardening",
    "checked_body",
    "depth_fault",
    "element_fault",
    "hardened_parser",
    "namespaces_fault",
    "parse_body",
    "parse_valid",
    "text_fault",
]

_SPACE = re.compile(r"[ \t\r\n]*")
_DECLARATION = re.compile(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])(?P<version>[A-Za-z0-9._:-]+)\1"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])(?P<encoding>[A-Za-z][A-Za-z0-9._-]*)\3)?"""
    r"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\5)?[ \t\r\n]*\?>"""
)
_BEGINS_DECLARED = re.compile(r"<\?xml[ \t\r\n]")

_UTF_16 = frozenset({"utf-16", "utf-16-le", "utf-16-be"})

# What libxml2 found, by its number of the error; its texts quote names and entities of the document.
_SYNTAX = {
    4: "there is no element",
    5: "something after the end of the outermost element",
    9: "a character that XML does not allow",
    26: "an entity that XML does not define by itself",
    38: "an unescaped < in an attribute",
    39: "an attribute without quotes",
    41: "an attribute without a value",
    42: "an attribute twice on one element",
    62: "the characters ]]> in a text",
    63: "a CDATA section that is not closed",
    65: "no white space where some is needed",
    68: "a name that XML does not allow",
    73: "a tag that is not closed",
    76: "an end tag that does not fit its start tag",
    77: "the document ends before its elements do",
    200: "a namespace that XML does not allow",
    201: "a prefix that is not declared",
    203: "an attribute twice on one element",
    204: "a prefix that is not allowed",
}
_NAME_TOO_LONG, _TOO_LARGE = 110, 114


class Hardening(TypedDict):
    """What lxml's parsers are told, whichever of them reads."""

    encoding: str
    resolve_entities: Literal[False]
    no_network: bool
    load_dtd: bool
    dtd_validation: bool
    attribute_defaults: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool
    recover: bool


HARDENED: Hardening = {
    "encoding": "utf-8",  # overrides what the document declares
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "recover": False,
}
"""Expand, fetch, add and repair nothing."""


def hardened_parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """Make a parser that expands, fetches and repairs nothing, and validates while it parses if a schema is given.

    Costs about a microsecond, so every reading has its own.
    """
    return etree.XMLParser(schema=schema, **HARDENED)


def checked_body(data: bytes, encoding: str, limits: Limits, *, count: bool = True) -> bytes:
    """Decode, look at the prolog, and give the document in UTF-8, for the parser.

    With `count` False the caller holds the document to the limits while it reads.
    Raises `DocumentRefused` (DOC-001 to DOC-014, DOC-031 to DOC-034).
    """
    text = decode(data, encoding, limits)
    _check_prolog(text, encoding_named(encoding))
    body = text.encode("utf-8")
    # An upper bound of what there is to count: only beyond it is counting worth a pass of its own.
    tags = text.count("<") - text.count("</")
    if count and (tags + text.count("=") > limits.nodes or text.count("xmlns") > limits.namespaces):
        _count(body, limits)
    return body


def parse_body(
    body: bytes, limits: Limits, parser: etree.XMLParser | None = None, base: str | None = None
) -> etree._Element:
    """Parse what `checked_body` gave, and give the outermost element.

    `parser` must come from `hardened_parser`; it may have resolvers, which see addresses relative to `base`. Raises
    `DocumentRefused` (DOC-007 to DOC-014, DOC-030) with line and column where they are known.
    """
    code, place = 0, Place()
    root: etree._Element | None = None
    try:
        root = etree.fromstring(body, parser or hardened_parser(), base_url=base)
    except etree.XMLSyntaxError as error:
        code, place = error.code or 0, Place(line=error.position[0] or 0, column=error.position[1] or 0)
    if root is None:
        _count(body, limits)  # our own limits come first, whatever the library stumbled over
        raise DocumentRefused(_syntax_fault(code, place))
    _check_document_type(root)
    return root


def parse_valid(body: bytes, schema: etree.XMLSchema) -> tuple[etree._Element | None, int]:
    """Parse and validate in one pass: the outermost element, or none and how many faults were found on the way.

    None means invalid, not well-formed, or both: `parse_body` tells them apart.
    """
    parser = hardened_parser(schema)
    try:
        root: etree._Element = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None, len(parser.error_log)
    _check_document_type(root)
    return root, 0


_DOCTYPE = Fault("DOC-031", "a document type declaration", fix="send the document without it; entities are never read")


def _check_document_type(root: etree._Element) -> None:
    """The second lock: the scan of the prolog is the first."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentRefused(_DOCTYPE)


def _syntax_fault(code: int, place: Place) -> Fault:
    if code == _NAME_TOO_LONG:
        return Fault("DOC-010", "a name longer than any limit allows", place, "send shorter names")
    if code == _TOO_LARGE:
        return Fault("DOC-009", "a text longer than any limit allows", place, "send shorter texts")
    return Fault("DOC-030", _SYNTAX.get(code, "this is not well-formed"), place, "send well-formed XML 1.0")


def _check_prolog(text: str, encoding: str) -> None:
    """Refuse a wrong declaration and a document type. The prolog is the only place where one is legal."""
    at = 0
    if _BEGINS_DECLARED.match(text):
        found = _DECLARATION.match(text)
        if found is None:
            place = Place(line=1, column=1)
            raise DocumentRefused(Fault("DOC-034", "the declaration cannot be read", place, "correct or leave it out"))
        if found["version"] != "1.0":
            place = position(text, found.start("version"))
            raise DocumentRefused(Fault("DOC-032", "another version of XML than 1.0", place, "send XML 1.0"))
        if found["encoding"] and not _agrees(found["encoding"], encoding):
            place = position(text, found.start("encoding"))
            fix = f"send and declare {encoding}, or configure the encoding that is sent"
            raise DocumentRefused(Fault("DOC-033", f"declared encoding is not {encoding}", place, fix))
        at = found.end()
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if text.startswith("<!--", at):
            closed, mark = text.find("-->", at + 4), "-->"
        elif text.startswith("<?", at):
            closed, mark = text.find("?>", at + 2), "?>"
        else:
            break
        if closed < 0:  # the parser says so
            break
        at = closed + len(mark)
    if text.startswith("<!DOCTYPE", at):
        raise DocumentRefused(_DOCTYPE.located(position(text, at)))


def _agrees(declared: str, configured: str) -> bool:
    name = ENCODINGS.get(declared.lower())
    return name == configured or (name in _UTF_16 and "utf-16" in {name, configured} and configured in _UTF_16)


def _count(body: bytes, limits: Limits) -> None:
    """Go through a document without building it and refuse what exceeds a limit; a broken one is passed over."""
    try:
        etree.fromstring(
            body,
            etree.XMLParser(
                encoding="utf-8",
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                recover=False,
                target=cast("ParserTarget[None]", _Counter(limits)),
            ),
        )
    except etree.XMLSyntaxError:
        return


class _Counter:
    """A parser target that keeps nothing but counts."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = 0
        self.namespaces: set[str] = set()
        self.texts: list[int] = []

    def start_ns(self, _prefix: str, address: str) -> None:
        self.namespaces.add(address)
        if len(self.namespaces) > self.limits.namespaces:
            raise DocumentRefused(namespaces_fault(self.limits))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.texts.append(0)
        if len(self.texts) > self.limits.depth:
            raise DocumentRefused(depth_fault(self.limits))
        self.nodes += 1 + len(attributes)
        fault = element_fault(tag, attributes, self.nodes, self.limits)
        if fault is not None:
            raise DocumentRefused(fault)

    def end(self, _tag: str) -> None:
        self.texts.pop()

    def data(self, text: str) -> None:
        if self.texts:
            self.texts[-1] += len(text.encode("utf-8"))
            if self.texts[-1] > self.limits.text:
                raise DocumentRefused(text_fault(self.limits))

    def close(self) -> None:
        """Nothing was built."""


def depth_fault(limits: Limits) -> Fault:
    """The fault of an element that is nested too deeply."""
    return Fault("DOC-007", f"nested more deeply than {limits.depth}", fix="send a flatter document")


def text_fault(limits: Limits) -> Fault:
    """The fault of a text that is too long."""
    return Fault("DOC-009", f"a text of more than {limits.text} bytes", fix="send shorter texts")


def namespaces_fault(limits: Limits) -> Fault:
    """The fault of too many namespaces."""
    return Fault("DOC-014", f"more than {limits.namespaces} namespaces", fix="send fewer namespaces")


def element_fault(tag: str, attributes: Mapping[str, str], nodes: int, limits: Limits) -> Fault | None:
    """Say which limit the start tag of an element exceeds; `nodes` counts it and its attributes already."""
    if nodes > limits.nodes:
        return Fault("DOC-008", f"more than {limits.nodes} elements and attributes", fix="send smaller messages")
    if len(attributes) > limits.attributes:
        return Fault("DOC-014", f"more than {limits.attributes} attributes on one element", fix="use elements")
    for name in (tag, *attributes):
        if len(name) > limits.name and len(name.rpartition("}")[2]) > limits.name:
            return Fault("DOC-010", f"a name of more than {limits.name} characters", fix="send shorter names")
    for text in attributes.values():
        if is_longer(text, limits.text):
            return text_fault(limits)
    return None
