"""XML trees: read as they were written, written so that they read back."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.tree import XmlElement
from gateway.document.xml_codec import read_xml, write_xml
from gateway.errors import DocumentRefused
from tests.document.values import NAMESPACES, plain, xml_trees


def test_names_carry_their_namespace() -> None:
    tree = read_xml(b"<a xmlns='urn:a' xmlns:p='urn:p' b='1' p:c='2'><p:d/><e xmlns=''/></a>")
    assert tree.name == "{urn:a}a"
    assert tree.attributes == {"b": "1", "{urn:p}c": "2"}
    assert [child.name for child in tree.children] == ["{urn:p}d", "e"]


def test_text_is_joined_across_comments_instructions_and_cdata() -> None:
    tree = read_xml(b"<a>user@a.example<!-- -->.b<?x y?>.c<![CDATA[<&>]]>&#33;</a>")
    assert tree.text == "user@a.example.b.c<&>!"
    assert tree.children == ()
    assert tree.content == ()


def test_text_is_kept_as_received() -> None:
    tree = read_xml("<a b=' x  y\ty '>  e\u0301 \n</a>".encode())
    assert tree.text == "  e\u0301 \n"
    assert tree.attributes == {"b": " x  y y "}  # XML itself makes a tab in an attribute a blank


def test_mixed_content_keeps_its_order() -> None:
    tree = read_xml(b"<a>one<b>two</b>three<c/></a>")
    assert tree.text == "onethree"
    assert [piece if isinstance(piece, str) else piece.name for piece in tree.content] == ["one", "b", "three", "c"]
    assert [child.name for child in tree.children] == ["b", "c"]


def test_white_space_between_children_is_no_mixed_content() -> None:
    tree = read_xml(b"<a>\n  <b/>\n  <c/>\n</a>")
    assert tree.content == ()
    assert tree.text == "\n  \n  \n"


def test_lines_are_those_of_the_document() -> None:
    tree = read_xml(b"<?xml version='1.0'?>\n<a>\n<b/>\n\n<c/></a>")
    assert (tree.line, [child.line for child in tree.children]) == (2, [3, 5])


def test_reading_twice_gives_equal_trees() -> None:
    data = b"<a b='1'>x<c/>y</a>"
    assert plain(read_xml(data)) == plain(read_xml(data))


@given(xml_trees)
def test_what_is_written_is_read_back_equal(tree: XmlElement) -> None:
    for encoding in ("utf-8", "utf-16", "utf-16-be"):
        data = write_xml(tree, encoding=encoding, namespaces=NAMESPACES)
        assert plain(read_xml(data, encoding=encoding)) == plain(tree)


@given(xml_trees)
def test_another_parser_reads_the_same_names_and_texts(tree: XmlElement) -> None:
    other = ET.fromstring(write_xml(tree, namespaces=NAMESPACES))
    stack = [(tree, other)]
    while stack:
        ours, theirs = stack.pop()
        assert (ours.name, dict(ours.attributes)) == (theirs.tag, theirs.attrib)
        assert ours.text == (theirs.text or "") + "".join(child.tail or "" for child in theirs)
        stack.extend(zip(ours.children, theirs, strict=True))


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        try:
            read_xml(data, encoding=encoding)
        except DocumentRefused:
            continue


_pieces = st.sampled_from(
    [
        "<a>",
        "</a>",
        "<b/>",
        "<",
        ">",
        "&amp;",
        "&",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x",
        "?>",
        "<!DOCTYPE a>",
        "x",
        " ",
        "='1'",
        "é",
        "<?xml version='1.0'?>",
        "<a:b>",
        "\0",
        "\r",
    ]
)


@given(st.lists(_pieces, max_size=10).map("".join))
def test_any_sequence_of_markup_is_read_or_refused(text: str) -> None:
    try:
        tree = read_xml(text.encode())
    except DocumentRefused:
        return
    assert plain(read_xml(write_xml(tree))) == plain(tree)


@pytest.mark.parametrize("size", [1000])
def test_a_long_list_is_read_in_order(size: int) -> None:
    tree = read_xml(("<a>" + "".join(f"<b n='{n}'>{n}</b>" for n in range(size)) + "</a>").encode())
    assert [child.text for child in tree.children] == [str(n) for n in range(size)]
