"""Small mappings for tests of single judgements: a complete header, one schema, and the rules in question."""

import json
from textwrap import dedent
from typing import cast

from gateway.document.tree import JsonObject
from gateway.errors import Fault
from tests.mapping.example_files import check

MAPPING = "m/x.map.yaml"

HEADER = """
mapping: x
version: 1.0.0
source: SOURCE
target: {format: exchange, version: 1}
BESIDE
map:
  header.reference: $.id
  header.kind: {const: KIND}
  header.issued: {from: $.ts, on_error: refuse}
  header.precedence: {const: ROUTINE}
  header.originator.country: {const: NO}
  header.purpose: {const: border}
  header.handling.classification: {const: OFFICIAL}
"""

ID: JsonObject = {"type": "string", "minLength": 1}
TIME: JsonObject = {"type": "string", "format": "date-time"}
TEXT: JsonObject = {"type": "string"}
LINE: JsonObject = {"type": "string", "minLength": 1}
CODE: JsonObject = {"enum": ["A", "B"]}
NUMBER: JsonObject = {"type": "integer"}

ALERT = """alert.event.raw: $.e
alert.urgency: {const: Immediate}
alert.severity: {const: Severe}
alert.certainty: {const: Observed}
"""


def thing(required: list[str] | None = None, **members: object) -> JsonObject:
    """A closed object schema."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required or ()),
        "properties": cast("JsonObject", members),
    }


def json_files(rules: str, kind: str = "situation-alert", beside: str = "", **members: object) -> dict[str, bytes]:
    """A mapping from JSON with the given members beside `id` and `ts`; rules stand below the header's."""
    schema = thing(["id", "ts"], id=ID, ts=TIME, **members)
    text = HEADER.replace("SOURCE", "{format: json, schema: x.schema.json}").replace("KIND", kind)
    text = text.replace("BESIDE\n", dedent(beside).strip() + "\n" if beside else "")
    body = "\n".join("  " + line for line in dedent(rules).strip("\n").split("\n"))
    return {MAPPING: f"{text.strip()}\n{body}\n".encode(), "m/x.schema.json": json.dumps(schema).encode()}


def found(files: dict[str, bytes], code: str) -> list[str]:
    """The messages of the faults with a code; fails if the mapping does not even load."""
    faults = check(MAPPING, files).faults
    assert not [fault for fault in faults if fault.code[0] in "WY" and fault.code != code], faults
    return [fault.message for fault in faults if fault.code == code]


def faults(files: dict[str, bytes]) -> list[Fault]:
    return list(check(MAPPING, files).faults)
