"""JSON Lines through both engines: a graph of records that refer to each other by id, and broken lines among them."""

import json

import pytest

from gateway.errors import DocumentRefused
from gateway.mapping.api import build_inbound, choose_mapping
from gateway.outcome import SourceFile
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import HEAD, JSON, PATH, files_of, run_all

LINES = HEAD + "source: {format: jsonl, schema: line.json}\ntarget: {format: exchange, version: 1}\n"
SCHEMA = {
    "type": "object",
    "required": ["id", "t"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "t": {"enum": ["person", "call"]},
        "name": {"type": "string"},
        "from": {"type": "string"},
        "to": {"type": "array", "items": {"type": "string"}},
    },
}
RULES = """
index:
  node: {over: $, key: id, pick: first, leftover: ignore}
split:
  call:
    each: $
    where: t == 'call'
    as: call
    map:
      header.reference: id
      persons[]:
        - {at: {join: node, key: from}, as: caller, fields: {reference: id, names[]: {fields: {kind: {const: primary}, full: name}}}}
        - {each: to, as: called, fields: {reference: {join: node, key: ., from: name}}}
ignore:
  $: {where: t == 'person', why: told with their calls}
"""
RULES = RULES.replace(
    """        - {at: {join: node, key: from}, as: caller, fields: {reference: id, names[]: {fields: {kind: {const: primary}, full: name}}}}
""",
    """        - at: {join: node, key: from}
          as: caller
          fields: {reference: id, names: X}
""",
).replace(
    "fields: {reference: id, names: X}",
    "fields:\n            reference: id\n            names[]: {fields: {kind: {const: primary}, full: name}}",
)
GRAPH = [
    {"id": "c1", "t": "call", "from": "p2", "to": ["p1"]},
    {"id": "p1", "t": "person", "name": "Anna"},
    {"id": "p2", "t": "person", "name": "Bo"},
    {"id": "c2", "t": "call", "from": "p1", "to": ["p2", "p1"]},
]


def files(head: str = LINES) -> dict[str, bytes]:
    made = files_of(RULES, head)
    made["mappings/x/line.json"] = json.dumps(SCHEMA).encode()
    return made


def lines(*values: object) -> bytes:
    return "\n".join(json.dumps(value) if not isinstance(value, str) else value for value in values).encode()


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n"])
def test_lines_are_one_array_whose_values_refer_to_each_other(end: str) -> None:
    one, two = run_all(files(), lines(*GRAPH) + end.encode())
    assert (one.outcome, two.outcome) == ("accepted", "accepted")
    assert [person["reference"] for person in two.message["persons"]] == ["p1", "Bo", "Anna"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union
    places = [str(place) for leaf in two.lineage for place in leaf.sources]
    assert "$[3]['id']" in places
    assert "$[1]['name']" in places


@pytest.mark.parametrize(
    ("broken", "code", "path"),
    [
        ('{"id": "c3"', "DOC-020", "$[2]"),
        ({"id": "x", "t": "cal"}, "DOC-053", "$[2]['t']"),
        ({"t": "call"}, "DOC-050", "$[2]"),
    ],
)
def test_a_broken_line_is_kept_aside_and_the_others_go_on(broken: object, code: str, path: str) -> None:
    *messages, whole = run_all(files(), lines(*GRAPH[:2], broken, "", *GRAPH[2:]))
    assert [one.outcome for one in messages] == ["accepted", "accepted"]
    assert (whole.mapped.part, whole.outcome, whole.codes) == ("file", "quarantined", [code])
    assert (whole.faults[0].at.line, whole.faults[0].at.path) == (3, path)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"nothing\n", "DOC-020"), (b'\xef\xbb\xbf{"id": "1"}', "DOC-003"), (b"\xff\n", "DOC-002"), (b"", "DOC-012")],
)
def test_a_file_without_a_line_that_can_be_read_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(DocumentRefused, match=code):
        build_inbound(PATH, files(), exchange()).read([SourceFile(data, "x")])


def test_lines_and_documents_are_told_apart() -> None:
    plain = build_inbound(PATH, {**files_of("map: {header.reference: $.id}", JSON)}, exchange())
    one = build_inbound(PATH, files(), exchange())
    sent = (SourceFile(lines(*GRAPH), "x"),)
    assert choose_mapping([plain, one], sent)[0] is one
    assert choose_mapping([plain, one], (SourceFile(json.dumps(GRAPH[0], indent=1).encode(), "x"),))[0] is plain
    assert one.recognises(one.read(sent))
    assert not plain.recognises(one.read(sent))


def test_paths_are_checked_against_the_schema_of_a_line() -> None:
    made = files()
    made[PATH] = made[PATH].replace(b"header.reference: id", b"header.reference: idd")
    told = [fault.message for fault in check(PATH, made).faults if fault.code == "P101"]
    assert told == ["no member 'idd' in $[*]; did you mean 'id'?"] or told[0].startswith("no member 'idd' in $[*]")
