"""Outbound: a disclosed message to XML, JSON and CSV."""

import json

from gateway.document.tree import JsonObject
from tests.mapping.inline import HEAD, files_of, write

MESSAGE: JsonObject = {
    "header": {"kind": "person-notice", "id": "h"},
    "persons": [
        {
            "id": "1",
            "names": [{"kind": "alias", "full": "B"}, {"kind": "primary", "full": "=A & <b>"}],
            "births": [{"date": {"value": "1987-03"}}],
        },
        {"id": "2", "names": [{"kind": "primary", "full": "C"}], "description": {"height_cm": "182"}},
    ],
}

XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:o" targetNamespace="urn:o" elementFormDefault="qualified">
<xs:element name="List"><xs:complexType><xs:sequence>
<xs:element name="Kind" type="xs:string"/>
<xs:element name="Person" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="Height" type="xs:integer" minOccurs="0"/>
<xs:element name="Name" minOccurs="0" maxOccurs="9"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
<xs:attribute name="kind" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
<xs:element name="Year" type="xs:gYear" minOccurs="0"/></xs:sequence><xs:attribute name="no" use="required"/></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="v" type="xs:string"/></xs:complexType></xs:element></xs:schema>"""

XML = (
    HEAD
    + """source: {format: exchange, version: 1}
target: {format: xml, schema: o.xsd, root: List, default_namespace: 'urn:o'}
"""
)
PERSONS = """
map:
  ./@v: {const: "5.1"}
  Person[]:
    each: $.persons
    fields:
      ./@no: id
      Year: {from: "births[*].date.value", pick: first, convert: [year_of]}
      Name[]: {each: names, fields: {./@kind: kind, .: full}}
      Height: description.height_cm
  Kind: $.header.kind
"""


def xml(rules: str) -> dict[str, bytes]:
    return {**files_of(rules, XML), "mappings/x/o.xsd": XSD}


def test_xml_stands_in_the_order_of_its_schema() -> None:
    written = write(xml(PERSONS), MESSAGE)
    assert (written.outcome, written.diagnostics, written.media_type) == ("accepted", (), "application/xml")
    assert written.bodies[0].decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<List xmlns="urn:o" v="5.1"><Kind>person-notice</Kind>'
        '<Person no="1"><Name kind="alias">B</Name><Name kind="primary">=A &amp; &lt;b&gt;</Name><Year>1987</Year></Person>'
        '<Person no="2"><Height>182</Height><Name kind="primary">C</Name></Person></List>'
    )


def test_what_the_partner_would_refuse_is_quarantined_and_has_no_bytes() -> None:
    written = write(xml(PERSONS.replace("Kind: $.header.kind", "Kind: $.header.nothing")), MESSAGE)
    assert (written.outcome, written.bodies) == ("quarantined", ())
    assert [fault.code for fault in written.diagnostics] == ["R901", "DOC-041"]


def test_a_split_writes_one_body_per_item() -> None:
    rules = """
    split:
      one:
        each: $.persons
        where: has(births)
        map:
          Kind: {const: x}
          Person[]: {fields: {./@no: id}}
    ignore:
      $.persons: {where: not has(births), why: not asked for}
    """
    written = write(xml(rules), MESSAGE)
    assert [b'no="1"' in body for body in written.bodies] == [True]


JSON = (
    HEAD
    + """source: {format: exchange, version: 1}
target: {format: json, schema: o.json}
"""
)


def test_json_takes_the_types_of_its_schema() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["p"],
        "properties": {
            "p": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["h"],
                    "properties": {"h": {"type": "integer"}, "first name": {"type": "string"}},
                },
            }
        },
    }
    rules = """
    map:
      p[]: {each: $.persons, where: has(description), fields: {h: description.height_cm, "['first name']": {from: names, pick: first, on_missing: skip}}}
    ignore:
      $.persons: {where: not has(description), why: not asked for}
    """.replace("{from: names, pick: first, on_missing: skip}", "{from: 'names[0].full'}")
    written = write({**files_of(rules, JSON), "mappings/x/o.json": json.dumps(schema).encode()}, MESSAGE)
    assert written.bodies == (b'{"p":[{"h":182,"first name":"C"}]}',)


CSV = (
    HEAD
    + """source: {format: exchange, version: 1}
target: {format: csv, schema: rows.layout.yaml, delimiter: ';'}
"""
)
ROWS = """
map:
  rows[]:
    each: $.persons
    fields:
      No: id
      Full name: {from: "names[?@.kind == 'primary'].full", pick: only}
"""


def rows(layout: str) -> dict[str, bytes]:
    return {**files_of(ROWS, CSV), "mappings/x/rows.layout.yaml": layout.encode()}


def test_rows_follow_their_layout_and_no_cell_is_a_formula() -> None:
    assert write(rows("columns: [Full name, No]\nformula_guard: apostrophe\n"), MESSAGE).bodies == (
        b"Full name;No\r\n'=A & <b>;1\r\nC;2\r\n",
    )
    plain = write(rows("columns: [No, Full name]\nheader: false\nline_end: lf\nformula_guard: unchanged\n"), MESSAGE)
    assert plain.bodies == (b"1;=A & <b>\n2;C\n",)
    guarded = write(rows("columns: [No, Full name]\nformula_guard: refuse\n"), MESSAGE)
    assert (guarded.outcome, [fault.code for fault in guarded.diagnostics]) == ("quarantined", ["R901", "DOC-068"])


def test_a_row_without_a_required_column_is_not_written() -> None:
    layout = "columns: {No: No, Full name: {heading: Name, required: true}}\nformula_guard: apostrophe\n"
    nameless: JsonObject = {"persons": [{"id": "1"}]}
    written = write(rows(layout), nameless)
    assert (written.bodies, [fault.code for fault in written.diagnostics]) == ((), ["R901", "R905"])


def test_a_required_field_that_policy_withheld_quarantines_one_partner_only() -> None:
    rules = PERSONS.replace("Kind: $.header.kind", "Kind: {from: $.header.purpose, on_missing: quarantine}")
    written = write(xml(rules), MESSAGE)
    assert (written.outcome, [fault.code for fault in written.diagnostics]) == ("quarantined", ["R104"])
