"""The big list of naughty strings (Max Woolf and others, MIT): 515 texts through every reader and writer."""

import json
import re

import pytest

from gateway.document.canonical import canonical
from gateway.document.json_codec import read_json, write_json
from gateway.document.limits import Limits
from gateway.document.rows_codec import Column, RowsLayout, read_rows, write_rows
from gateway.document.tree import Row, Rows, XmlElement
from gateway.document.xml_codec import read_xml, write_xml
from gateway.document.yaml_nodes import MapNode, TextNode, read_yaml
from gateway.errors import DefinitionRefused, DocumentRefused
from tests.document.values import codes
from tests.shared import shared_data

LAYOUT = RowsLayout((Column("n"), Column("text")))
XML_CANNOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    strings: list[str] = json.loads(shared_data("suites/naughty-strings/blns.json").read_bytes())
    assert len(strings) == 515
    return strings


def test_515_of_515_through_json(naughty: list[str]) -> None:
    for text in naughty:
        assert read_json(write_json({text: [text]}), Limits(name=1_024)) == {text: [text]}
    assert read_json(write_json(list(naughty))) == naughty


def test_515_of_515_through_the_canonical_form(naughty: list[str]) -> None:
    for text in naughty:
        assert read_json(canonical([text])) == [text]


def test_515_of_515_through_csv_with_and_without_guard(naughty: list[str]) -> None:
    rows = Rows(("n", "text"), tuple(Row({"n": str(n), "text": text}, 0) for n, text in enumerate(naughty)))
    back = read_rows(write_rows(rows, LAYOUT, formula_guard="unchanged"), LAYOUT)
    assert [row.cells["text"] for row in back.rows] == naughty
    guarded = read_rows(write_rows(rows, LAYOUT, formula_guard="apostrophe"), LAYOUT)
    for text, row in zip(naughty, guarded.rows, strict=True):
        assert row.cells["text"] in {text, "'" + text}
        assert not row.cells["text"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_509_of_515_through_xml_6_refused_by_its_writer(naughty: list[str]) -> None:
    written = 0
    for text in naughty:
        tree = XmlElement("a", {"b": text}, (), text)
        if XML_CANNOT.search(text):
            assert codes(lambda tree=tree: write_xml(tree)) == ["DOC-013"]  # type: ignore[misc]  # bound at once
            continue
        back = read_xml(write_xml(tree))
        assert (back.text, back.attributes["b"]) == (text, text)
        written += 1
    assert written == 509


def test_498_of_515_through_yaml_17_refused_by_its_reader(naughty: list[str]) -> None:
    refusals: set[str] = set()
    kept = 0
    for text in naughty:
        quoted = "'" + text.replace("'", "''") + "'"
        try:
            node = read_yaml(f"key: {quoted}\n".encode(), "x.yaml")
        except DefinitionRefused as refusal:
            refusals |= {fault.code for fault in refusal.faults}
            continue
        value = node.get("key") if isinstance(node, MapNode) else None
        assert isinstance(value, TextNode)
        assert value.text == text
        kept += 1
    assert kept == 498
    # Control characters, direction controls, tabs and byte order marks, nothing else.
    assert refusals == {"Y002", "Y004", "Y005", "Y006"}


def test_no_string_as_a_document_of_any_format_does_more_than_be_refused(naughty: list[str]) -> None:
    for text in naughty:
        data = text.encode()
        for read in (read_json, read_xml, lambda data: read_rows(data, LAYOUT), lambda data: read_yaml(data, "x")):
            try:
                read(data)
            except (DocumentRefused, DefinitionRefused):
                continue
