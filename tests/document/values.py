"""Values that tests of this room are tried on, and how two trees are compared."""

import string
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias, Union

from hypothesis import strategies as st

from gateway.document.tree import JsonValue, XmlElement
from gateway.errors import Fault, GatewayError

Plain: TypeAlias = tuple[str, tuple[tuple[str, str], ...], str, tuple[Union[str, "Plain"], ...]]

# No surrogates, no U+0000: what a strict reader lets through.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
names = st.one_of(st.text(string.ascii_letters, min_size=1, max_size=8), texts)

numbers = st.one_of(
    st.integers(-(10**63), 10**63),
    st.integers(-(2**65), 2**65),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20),
    st.builds(
        lambda digits, exponent: Decimal(f"{digits}E{exponent}"), st.integers(-(10**9), 10**9), st.integers(-290, 290)
    ),
)

json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(names, inner, max_size=5)),
    max_leaves=25,
)

exact_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(names, inner, max_size=5)),
    max_leaves=25,
)
"""Values that have a canonical form."""

NAMESPACES = {"": "urn:default", "a": "urn:a", "b": "urn:b"}

xml_texts = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[*map(chr, (*range(9), 11, 12, *range(14, 32))), "\ufffe", "\uffff"],
    ),
    max_size=20,
)
_local = st.text(string.ascii_letters + "éΩд名", min_size=1, max_size=6)
_element_name = st.builds(
    lambda space, local: f"{{{space}}}{local}" if space else local,
    st.sampled_from(["", "urn:default", "urn:a", "urn:b"]),
    _local,
)
_attribute_name = st.builds(
    lambda space, local: f"{{{space}}}{local}" if space else local, st.sampled_from(["", "urn:a", "urn:b"]), _local
)


def _element(name: str, attributes: dict[str, str], pieces: list[str | XmlElement]) -> XmlElement:
    joined: list[str | XmlElement] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    text = "".join(piece for piece in joined if isinstance(piece, str))
    children = tuple(piece for piece in joined if isinstance(piece, XmlElement))
    mixed = bool(children) and bool(text.strip(" \t\r\n"))
    return XmlElement(name, attributes, children, text, tuple(joined) if mixed else ())


_attributes = st.dictionaries(_attribute_name.filter(lambda name: name != "xmlns"), xml_texts, max_size=3)
xml_trees: st.SearchStrategy[XmlElement] = st.recursive(
    st.builds(_element, _element_name, _attributes, st.lists(xml_texts, max_size=1)),
    lambda inner: st.builds(_element, _element_name, _attributes, st.lists(st.one_of(xml_texts, inner), max_size=5)),
    max_leaves=15,
)


def plain(element: XmlElement) -> Plain:
    """A tree as values that compare: name, attributes, text, and children or mixed content in their order."""
    pieces = element.content or element.children
    return (
        element.name,
        tuple(element.attributes.items()),
        element.text,
        tuple(piece if isinstance(piece, str) else plain(piece) for piece in pieces),
    )


def refused(call: Callable[[], object]) -> tuple[Fault, ...]:
    """The faults that a call is refused with; the test fails if it is not."""
    try:
        result = call()
    except GatewayError as error:
        return error.faults
    raise AssertionError(f"not refused, gave a {type(result).__name__}")


def codes(call: Callable[[], object]) -> list[str]:
    """The codes that a call is refused with, in order."""
    return [fault.code for fault in refused(call)]
