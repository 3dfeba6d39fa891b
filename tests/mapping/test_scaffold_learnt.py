"""What is learnt from samples admits the samples: JSON, XML and CSV, drawn and shipped; and carries none of their values."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.document.json_codec import read_json
from gateway.document.json_schema import compile_json_schema
from gateway.document.rows_codec import read_rows
from gateway.document.tree import JsonValue, XmlElement
from gateway.document.xml_codec import read_xml, write_xml
from gateway.document.xml_schema import compile_xml_schema
from gateway.errors import DefinitionRefused
from gateway.mapping.scaffold.learn_json import json_schema_of
from gateway.mapping.scaffold.learn_rows import rows_of
from gateway.mapping.scaffold.learn_xml import xsd_of
from gateway.mapping.scaffold.sources import Sample, learnt_source

TEXTS = st.sampled_from(
    ["", " ", "Tarn", "2026-03-01", "2026-02-30", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00", "12"]
)
NAMES = st.sampled_from(["a", "b", "first name", "it's", "$ref", "ü"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.just(Decimal("1.5")), TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
SPACES = ["urn:a", "urn:b", ""]


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, min_size=1, max_size=4))
def test_every_json_sample_is_valid_against_what_was_learnt(samples: list[JsonValue]) -> None:
    schema = compile_json_schema({"x.json": json_schema_of(samples)}, "x.json")
    assert [schema.check(sample) for sample in samples] == [()] * len(samples)


def element(name: str, space: str) -> str:
    return f"{{{space}}}{name}" if space else name


def _elements(inner: st.SearchStrategy[XmlElement]) -> st.SearchStrategy[XmlElement]:
    children = st.lists(inner, max_size=4).map(tuple)
    return st.builds(_built, st.sampled_from("xyz"), st.sampled_from(SPACES), ATTRIBUTES, children, TEXTS)


def _built(
    name: str, space: str, attributes: dict[str, str], children: tuple[XmlElement, ...], text: str
) -> XmlElement:
    return XmlElement(element(name, space), attributes, children, "" if children else text)


ATTRIBUTES = st.dictionaries(st.sampled_from(["p", "q", "{urn:b}r"]), TEXTS, max_size=2)
LEAVES = st.builds(_built, st.sampled_from("xyz"), st.sampled_from(SPACES), ATTRIBUTES, st.just(()), TEXTS)
XML = st.recursive(LEAVES, _elements, max_leaves=8)


@settings(max_examples=120, deadline=None)
@given(st.lists(XML, min_size=1, max_size=3))
@example([XmlElement("{urn:a}x", {}, (XmlElement("{urn:b}y", {}, (XmlElement("{urn:a}x"),)),))])
def test_every_xml_sample_is_valid_against_what_was_learnt(drawn: list[XmlElement]) -> None:
    samples = [XmlElement("{urn:a}root", {}, (each,)) for each in drawn]
    files = xsd_of(samples, "x")
    schema = compile_xml_schema(files, "x.xsd")
    for sample in samples:
        read_xml(write_xml(sample, namespaces={"a": "urn:a", "b": "urn:b"}), schema=schema)


@pytest.mark.parametrize(
    "text",
    [
        b'<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a xsi:nil="true"/><a>7</a></r>',
        b'<r xml:lang="en"><a xml:lang="de">x</a></r>',
        b"<r>one <b>two</b> three</r>",
        b"<r><a/><b/></r>",
    ],
)
def test_what_xml_offers_besides_elements_is_learnt_too(text: bytes) -> None:
    files = xsd_of([read_xml(text)], "x")
    read_xml(text, schema=compile_xml_schema(files, "x.xsd"))


def test_an_order_that_differs_is_not_demanded_and_one_that_does_not_is() -> None:
    either = [read_xml(b"<r><a/><b/></r>"), read_xml(b"<r><b/><a/></r>")]
    assert b"<xs:all>" in xsd_of(either, "x")["x.xsd"]
    mixed = [read_xml(b"<r><a/><b/><a/></r>")]
    assert b"<xs:choice" in xsd_of(mixed, "x")["x.xsd"]
    assert b"<xs:sequence>" in xsd_of([read_xml(b"<r><a/><a/><b/></r>")], "x")["x.xsd"]


def test_types_that_a_document_names_are_refused() -> None:
    text = b'<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Officer"/>'
    with pytest.raises(DefinitionRefused) as refused:
        xsd_of([read_xml(text)], "x")
    assert refused.value.code == "S150"


def test_documents_of_two_kinds_are_refused() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        xsd_of([read_xml(b"<a/>"), read_xml(b"<b/>")], "x")
    assert refused.value.code == "S151"


CELLS = st.sampled_from(["", "Tarn", "a b", "7", "-0-", 'say "x"', "ü"])


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from(["utf-8", "cp1252"]),
    st.booleans(),
)
def test_every_csv_sample_is_read_as_it_was_learnt(
    rows: list[list[str]], delimiter: str, end: str, encoding: str, headed: bool
) -> None:
    heading = [[f"Column {number}" for number in range(len(rows[0]))]] if headed else []
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [*heading, *rows]]
    data = "".join(delimiter.join(row) + end for row in quoted).encode(encoding)
    learnt = rows_of(data)
    read = read_rows(data, learnt.layout)
    assert read.bad == ()
    assert len(read.columns) == len(rows[0])
    assert learnt.delimiter == delimiter
    assert learnt.header or not headed


def test_a_file_that_is_not_csv_is_refused() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        rows_of(b'"never closed\n')
    assert refused.value.code == "S152"


def test_lines_of_several_types_are_not_taken_for_one_column() -> None:
    """A first line would become a heading, and what it says a name in the mapping."""
    with pytest.raises(DefinitionRefused) as refused:
        rows_of(b"H;C-2026-09;MV\nP;1;Zarniwoop;Mira;12.04.1988\nT;1\n")
    assert refused.value.code == "S152"
    assert "source.records" in refused.value.faults[0].fix
    assert len(rows_of(b"name\nTarn; Mira\n").columns) == 1


@pytest.mark.parametrize("start", [b"UNA:+.? '", b"UNA|~,! ^", b""])
def test_an_edifact_sample_needs_a_layout(start: bytes) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        learnt_source([Sample("x.edi", start + b"UNB+UNOC:3+A+B+260301:0915+R'UNZ+0+R'")], "m/x.map.yaml")
    assert refused.value.code == "S152"
    assert "--source" in refused.value.faults[0].fix


def test_a_sample_without_cells_is_not_taken_for_a_heading() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        learnt_source([Sample("x.txt", b"P1Zarniwoop  007\nD1X123\n")], "m/x.map.yaml")
    assert refused.value.code == "S152"


def test_no_value_of_a_sample_is_in_what_was_learnt() -> None:
    canary = "Zarniwoop"
    value = read_json(f'{{"name": "{canary}", "list": ["{canary}"], "born": "1971-02-03"}}'.encode())
    tree = read_xml(f'<r a="{canary}"><b>{canary}</b>{canary}</r>'.encode())
    for data in (json_schema_of([value]), *xsd_of([tree], "x").values()):
        assert canary.encode() not in data
        assert b"1971" not in data
