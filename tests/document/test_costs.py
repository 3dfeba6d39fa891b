"""Inputs whose faults cost far more to find than to see. Each took a minute or more before it was bounded."""

import json

import pytest

from gateway.document.json_codec import read_json
from gateway.document.json_schema import compile_json_schema
from gateway.document.limits import HARD
from gateway.document.rows_codec import Column, RowsLayout, read_rows
from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import compile_xml_schema
from tests.document.values import codes, refused

pytestmark = [pytest.mark.slow, pytest.mark.timeout(25)]

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
DATES = f"""<xs:schema {XS}><xs:element name="a"><xs:complexType><xs:sequence>
  <xs:element name="b" type="xs:date" maxOccurs="unbounded"/><xs:element name="c" minOccurs="0"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


def test_190_000_faulty_siblings_in_xml() -> None:
    schema = compile_xml_schema({"a.xsd": DATES.encode()}, "a.xsd")
    found = refused(lambda: read_xml(b"<a>\n" + b"<b>x</b>\n" * 190_000 + b"</a>", schema=schema))
    assert len(found) == 100
    assert [str(fault.place) for fault in found[:2]] == ["2 /a/b[1]", "3 /a/b[2]"]
    assert {fault.code for fault in found} == {"DOC-043"}


def test_faults_of_a_long_list_that_come_late_are_still_a_refusal() -> None:
    schema = compile_xml_schema({"a.xsd": DATES.encode()}, "a.xsd")
    data = b"<a>" + b"<b>2020-01-01</b>" * 100_000 + b"<b>x</b>" * 90_000 + b"</a>"
    (fault,) = refused(lambda: read_xml(data, schema=schema))
    assert fault.code == "DOC-045"


def test_cutting_a_long_list_makes_no_faults_of_its_own() -> None:
    text = DATES.replace('name="c" minOccurs="0"', 'name="c"').replace('type="xs:date"', 'type="xs:string"')
    schema = compile_xml_schema({"a.xsd": text.encode()}, "a.xsd")
    data = b"<a>" + b"<b/>" * 190_000 + b"</a>"  # one fault, the missing c: few enough to look at everything
    assert codes(lambda: read_xml(data, schema=schema)) == ["DOC-041"]


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"type": "string"}},
        {"items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        {"anyOf": [{"items": {"type": "string"}}, {"items": {"type": "null"}}]},
    ],
)
def test_190_000_faulty_items_in_json(schema: object) -> None:
    compiled = compile_json_schema({"s.json": json.dumps(schema).encode()}, "s.json")
    found = compiled.check([1] * 190_000)
    assert len(found) == 100
    assert found[0].place.path == "$[0]"
    assert {fault.code for fault in found} == {"DOC-052"}


def test_brief_faults_name_what_the_schema_names() -> None:
    schema = {"items": {"properties": {"a/b~": {"enum": [1]}}, "additionalProperties": {"type": "string"}}}
    compiled = compile_json_schema({"s.json": json.dumps(schema).encode()}, "s.json")
    found = compiled.check([{"a/b~": 2, "Canary": 3}] * 2_000)
    assert {(fault.code, fault.place.path) for fault in found[:2]} == {
        ("DOC-053", "$[0]['a/b~']"),
        ("DOC-052", "$[0][*]"),
    }
    assert "Canary" not in repr(found)


def test_one_line_with_all_the_cells() -> None:
    layout = RowsLayout((Column("a"), Column("b")), line_end="lf")
    data = b'a,b\n"",' + b"x," * 1_900_000 + b"\n"
    assert len(read_rows(data, layout, HARD).bad) == 1
    assert codes(lambda: read_rows(data, layout)) == ["DOC-008"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" + b"[]," * 3_000_000, "DOC-008"),
        (b"[" + b"1," * 5_000_000, "DOC-008"),
        (b'["' + b"\\n" * 5_000_000, "DOC-009"),
        (b"[" * 10_000_000, "DOC-007"),
    ],
    ids=["lists", "numbers", "escapes", "brackets"],
)
def test_large_json_is_judged_before_it_is_built(data: bytes, code: str) -> None:
    assert codes(lambda: read_json(data)) == [code]


def test_many_elements_are_counted_before_they_are_built() -> None:
    assert codes(lambda: read_xml(b"<a>" + b"<b/>" * 10_000_000 + b"</a>", limits=HARD)) == ["DOC-008"]
