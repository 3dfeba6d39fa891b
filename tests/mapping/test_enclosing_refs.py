"""A reference without a key leads to the entity of a node that the path of its block passed, also if that has a key."""

import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.identity import Identity
from gateway.mapping.api import Envelope, build_inbound
from gateway.mapping.run.apply import Mapped
from gateway.names import AgencyId, Digest, SourceKey
from gateway.outcome import SourceFile

EXCHANGE = Path(__file__).parents[2] / "schemas" / "exchange" / "v1"

XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="N"><xs:complexType><xs:sequence>
<xs:element name="P" maxOccurs="9"><xs:complexType><xs:sequence>
<xs:element name="R" maxOccurs="9"><xs:simpleType><xs:restriction base="xs:token"><xs:minLength value="1"/>
</xs:restriction></xs:simpleType></xs:element>
</xs:sequence><xs:attribute name="id" type="xs:ID" use="required"/></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""
JSON = b"""{"type": "object", "required": ["p"], "additionalProperties": false, "properties": {"p": {"type": "array",
"items": {"type": "object", "required": ["id", "r"], "additionalProperties": false, "properties": {
"id": {"type": "string", "pattern": "^[a-z]$"}, "r": {"type": "array", "minItems": 1,
"items": {"type": "string", "pattern": "^[a-z]$"}}}}}}}"""
RULES = """
mapping: m
version: 1.0.0
source: {source}
target: {{format: exchange, version: 1}}
map:
  header.kind: {{const: person-notice}}
  header.issued: {{const: "2026-11-25T09:00:00Z"}}
  header.precedence: {{const: ROUTINE}}
  header.originator.country: {{const: QM}}
  header.purpose: {{const: other-crime}}
  header.handling.classification: {{const: OFFICIAL}}
  notice.kind: {{const: locate}}
  persons[]:
    each: {people}
    as: person
    key: {key}
    fields:
      reference: {key}
      roles[]: {{const: unknown}}
  narrative[]:
    each: {remarks}
    fields:
      text: .
      about[]: {{ref: person}}
"""
CASES = {
    "xml": (
        {"s/n.xsd": XSD},
        RULES.format(source="{format: xml, schema: ../s/n.xsd, root: N}", people="P", key="./@id", remarks="P/R"),
        b"<N><P id='a'><R>x</R></P><P id='b'><R>y</R><R>z</R></P></N>",
    ),
    "json": (
        {"s/n.json": JSON},
        RULES.format(source="{format: json, schema: ../s/n.json}", people="$.p", key="id", remarks='"$.p[*].r"'),
        b'{"p": [{"id": "a", "r": ["x"]}, {"id": "b", "r": ["y", "z"]}]}',
    ),
}


@cache
def exchange() -> ExchangeFormat:
    return load_format({p.relative_to(EXCHANGE).as_posix(): p.read_bytes() for p in EXCHANGE.rglob("*") if p.is_file()})


def mapped(form: str) -> Mapped:
    files, rules, document = CASES[form]
    built = build_inbound("m/m.map.yaml", {**files, "m/m.map.yaml": rules.encode()}, exchange(), engine="interpreted")
    envelope = Envelope(AgencyId("a-b"), "QM", SourceKey("k"), "2026-11-25T09:00:00.000Z", Digest("sha256:" + "0" * 64))
    (one,) = built.apply(built.read((SourceFile(document, "n"),)), envelope, Identity(uuid.UUID(int=7)))
    return one


@pytest.mark.parametrize("form", CASES)
def test_each_remark_is_about_the_person_it_stands_in(form: str) -> None:
    one = mapped(form)
    assert one.outcome == "accepted"
    message: Any = one.message
    persons = {person["id"]: person["reference"] for person in message["persons"]}
    about = [(text["text"], persons[text["about"][0]]) for text in message["narrative"]]
    assert about == [("x", "a"), ("y", "b"), ("z", "b")]
