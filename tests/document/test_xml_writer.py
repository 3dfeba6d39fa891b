"""What the XML writer writes, and what it refuses to."""

import pytest
from hypothesis import given

from gateway.document.tree import XmlElement
from gateway.document.xml_codec import read_xml
from gateway.document.xml_writer import write_xml
from tests.document.values import NAMESPACES, codes, refused, xml_trees

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def test_the_written_form() -> None:
    tree = XmlElement(
        "{urn:a}a",
        {"b": "\"<&>'\t\n\r", "{urn:p}c": "x"},
        (XmlElement("{urn:a}e"), XmlElement("{urn:p}f", {}, (), "]]>\r\n&<")),
    )
    assert write_xml(tree, namespaces={"p": "urn:p", "": "urn:a"}) == DECLARATION + (
        b'<a xmlns="urn:a" xmlns:p="urn:p" b="&quot;&lt;&amp;&gt;\'&#9;&#10;&#13;" p:c="x">'
        b"<e/><p:f>]]&gt;&#13;\n&amp;&lt;</p:f></a>"
    )


def test_mixed_content_is_written_in_its_order() -> None:
    child = XmlElement("b")
    assert write_xml(XmlElement("a", {}, (child,), "xy", ("x", child, "y"))) == DECLARATION + b"<a>x<b/>y</a>"


def test_text_without_order_stands_before_the_children() -> None:
    assert write_xml(XmlElement("a", {}, (XmlElement("b"),), " ")) == DECLARATION + b"<a> <b/></a>"


def test_an_element_without_namespace_inside_the_default_one() -> None:
    tree = XmlElement("{urn:a}a", {}, (XmlElement("b", {}, (XmlElement("{urn:a}c"),)),))
    written = write_xml(tree, namespaces={"": "urn:a"})
    assert written == DECLARATION + b'<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b></a>'


def test_of_two_prefixes_the_first_in_the_alphabet_is_used() -> None:
    tree = XmlElement("{urn:a}a", {"{urn:a}b": ""})
    assert b"<p:a " in write_xml(tree, namespaces={"q": "urn:a", "p": "urn:a"})


def test_the_xml_prefix_needs_no_declaration() -> None:
    tree = XmlElement("a", {"{http://www.w3.org/XML/1998/namespace}lang": "de"})
    assert write_xml(tree) == DECLARATION + b'<a xml:lang="de"/>'


@given(xml_trees)
def test_the_same_tree_gives_the_same_bytes_whatever_the_order_of_prefixes(tree: XmlElement) -> None:
    backwards = dict(reversed([*NAMESPACES.items()]))
    assert write_xml(tree, namespaces=NAMESPACES) == write_xml(tree, namespaces=backwards)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("iso-8859-1", b"ISO-8859-1"), ("cp1252", b"windows-1252"), ("ascii", b"US-ASCII"), ("koi8-r", b"KOI8-R")],
)
def test_characters_without_a_byte_become_references(encoding: str, declared: bytes) -> None:
    data = write_xml(XmlElement("a", {"b": "名"}, (), "é名\U0001f600"), encoding=encoding)
    assert declared in data
    back = read_xml(data, encoding=encoding)
    assert (back.text, back.attributes["b"]) == ("é名\U0001f600", "名")


@pytest.mark.parametrize("text", ["\0", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_carry_are_refused_with_the_path(text: str) -> None:
    for bad in (XmlElement("c", {}, (), "x" + text), XmlElement("c", {"d": text})):
        tree = XmlElement("a", {}, (XmlElement("b"), XmlElement("b", {}, (bad,))))
        (fault,) = refused(lambda tree=tree: write_xml(tree))  # type: ignore[misc]  # bound at once
        assert (fault.code, fault.place.path) == ("DOC-013", "/a/b[2]/c")


@pytest.mark.parametrize(
    "tree",
    [
        XmlElement(""),
        XmlElement("1a"),
        XmlElement("a b"),
        XmlElement("a:b"),
        XmlElement("a>"),
        XmlElement("{urn:x}a"),
        XmlElement("a", {"": "x"}),
        XmlElement("a", {"b c": "x"}),
        XmlElement("a", {"xmlns": "x"}),
        XmlElement("a", {"xmlns:b": "x"}),
        XmlElement("a", {"{urn:x}b": "x"}),
        XmlElement("a", {"{http://www.w3.org/2000/xmlns/}b": "x"}),
    ],
)
def test_names_that_are_none_are_refused(tree: XmlElement) -> None:
    assert codes(lambda: write_xml(tree)) == ["DOC-035"]


def test_an_attribute_needs_a_prefix_for_the_default_namespace() -> None:
    tree = XmlElement("{urn:a}a", {"{urn:a}b": "x"})
    assert codes(lambda: write_xml(tree, namespaces={"": "urn:a"})) == ["DOC-035"]


def test_a_name_must_be_in_the_encoding() -> None:
    assert codes(lambda: write_xml(XmlElement("名"), encoding="iso-8859-1")) == ["DOC-035"]
    write_xml(XmlElement("é"), encoding="iso-8859-1")


@pytest.mark.parametrize(
    "namespaces",
    [
        {"xmlns": "urn:a"},
        {"xml": "urn:a"},
        {"a": "http://www.w3.org/XML/1998/namespace"},
        {"a": "http://www.w3.org/2000/xmlns/"},
        {"a": ""},
        {"1": "urn:a"},
        {"a b": "urn:a"},
        {"a": "urn:\0"},
    ],
)
def test_prefixes_that_xml_does_not_allow_are_refused(namespaces: dict[str, str]) -> None:
    assert codes(lambda: write_xml(XmlElement("a"), namespaces=namespaces)) == ["DOC-035"]


def test_a_tree_too_deep_to_be_read_is_not_written() -> None:
    tree = XmlElement("a")
    for _ in range(199):
        tree = XmlElement("a", {}, (tree,))
    write_xml(tree)
    assert codes(lambda: write_xml(XmlElement("a", {}, (tree,)))) == ["DOC-007"]
