"""Whole documents: splits, envelopes, checks, choosing among mappings, lineage, digests."""

import json
import uuid
from collections.abc import Iterator

import pytest

from gateway.errors import DocumentRefused
from gateway.exchange.identity import Identity
from gateway.mapping.api import InboundMapping, build_inbound, choose_mapping
from gateway.outcome import SourceFile
from tests.mapping.example_files import exchange
from tests.mapping.inline import ENVELOPE, HEAD, IDENTITY, PATH, files_of, from_json, run_all

SPLIT = """
split:
  one:
    each: $.i
    where: has(r)
    as: item
    map:
      header.reference: {from: {n: {in: envelope, from: item}, m: {in: envelope, from: items}, day: $.day, r: r}, text: '{day}/{r} {n} of {m}'}
      persons[]: {as: p, fields: {reference: {in: item, from: r}}}
  other:
    each: $.j
    map:
      header.reference: r
ignore:
  $.i: {where: not has(r), why: nothing in them}
"""


def test_every_item_of_a_split_is_a_message_of_its_own() -> None:
    value = {"day": "2026", "i": [{"r": "a"}, {}, {"r": {"x": 1}}], "j": [{"r": "c"}]}
    results = run_all(files_of(SPLIT), json.dumps(value).encode())
    assert [(one.mapped.part, one.outcome) for one in results] == [
        ("1", "accepted"),
        ("2", "quarantined"),
        ("3", "accepted"),
    ]
    assert results[0].message["header"] == {"reference": "2026/a 1 of 3"}
    assert [one.mapped.message_id for one in results] == [
        IDENTITY.message(ENVELOPE.agency, ENVELOPE.key, part) for part in ("1", "2", "3")
    ]
    assert len({one.message["persons"][0]["id"] for one in results[:1]}) == 1  # type: ignore[index, call-overload]  # JSON is a union


def test_messages_come_one_at_a_time() -> None:
    mapping = build_inbound(PATH, files_of(SPLIT), exchange())
    document = mapping.read([SourceFile(json.dumps({"i": [{"r": str(n)} for n in range(9)]}).encode())])
    made: list[str] = []

    class Counting(Identity):
        def message(self, *arguments: object) -> object:  # type: ignore[override]  # JSON is a union
            made.append("")
            return super().message(*arguments)  # type: ignore[arg-type]  # JSON is a union

    messages = mapping.apply(document, ENVELOPE, Counting(uuid.UUID(int=7)))
    assert isinstance(messages, Iterator)
    next(messages)
    assert len(made) == 1


@pytest.mark.parametrize(
    ("word", "outcome"), [("warn", "accepted"), ("quarantine", "quarantined"), ("refuse", "refused")]
)
def test_check_states_what_must_hold_of_the_document(word: str, outcome: str) -> None:
    rules = f"""
    check:
      - {{that: count($.p) == $.n, on_error: {word}, note: senders get this wrong}}
    map:
      header.reference: $.r
    """
    assert from_json(rules, {"n": 2, "p": [1, 2], "r": "R"}).outcome == "accepted"
    result = from_json(rules, {"n": 3, "p": [1, 2], "r": "R"})
    assert (result.outcome, result.codes) == (outcome, ["R130"])
    assert (result.mapped.message is None) == (word == "refuse")


def test_the_same_input_gives_the_same_bytes_and_another_key_other_ids() -> None:
    files = files_of("map:\n  persons[]: {each: $.p, fields: {reference: .}}")
    mapping = build_inbound(PATH, files, exchange())
    document = mapping.read([SourceFile(b'{"p": ["a"]}')])
    once, twice = (list(mapping.apply(document, ENVELOPE, IDENTITY)) for _ in range(2))
    assert once == twice
    other = list(mapping.apply(document, ENVELOPE, Identity(uuid.UUID(int=8))))
    assert other[0].message != once[0].message


def test_lineage_names_rule_place_row_and_never_a_value() -> None:
    table = "source,target,match,note\nmale,M,narrower,\n"
    rules = """
    tables: {sex: codes/sex.csv}
    map:
      persons[]:
        each: $.p
        fields:
          sex: {from: s, lookup: sex}
          reference: {from: r, default: none}
          names[]: {each: n, fields: {full: {from: {a: a, b: b}, text: '{a}[ {b}]'}}}
    """
    result = from_json(rules, {"p": [{"s": "male", "n": [{"a": "SECRET"}]}]}, codes__sex_csv=table)
    by_target = {leaf.text: leaf for leaf in result.lineage}
    for part in ("code", "raw"):
        sex = by_target[f"persons[0].sex.{part}"]
        assert str(sex.rule) == f"{PATH}:10:7"
        assert [str(place) for place in sex.sources] == ["$['p'][0]['s']"]
        assert [(f"{row.place.file}:{row.place.line}", row.match) for row in sex.rows] == [
            ("mappings/x/codes/sex.csv:2", "narrower")
        ]
    assert by_target["persons[0].reference"].notes == ("default",)
    assert str(by_target["persons[0].names[0].full"].sources[0]) == "$['p'][0]['n'][0]['a']"
    assert b"SECRET" not in result.mapped.lineage
    assert "SECRET" not in str(result.lineage)


def test_faults_hold_no_value() -> None:
    rules = "map:\n  persons[]: {at: $.p, fields: {sex: s, reference: {from: r, convert: [integer]}}}"
    result = from_json(rules, {"p": {"s": "CANARY", "r": "CANARY"}})
    assert result.codes == ["T302", "K201"]
    assert "CANARY" not in str(result.faults)


def mapping_for(schema: str, head: str = "") -> InboundMapping:
    files = files_of(
        "map:\n  header.reference: $.r",
        head or HEAD + "source: {format: json, schema: s.json}\ntarget: {format: exchange, version: 1}\n",
    )
    files["mappings/x/s.json"] = schema.encode()
    return build_inbound(PATH, files, exchange())


A = mapping_for('{"type": "object", "required": ["a"]}')
B = mapping_for('{"type": "object", "required": ["b", "c"]}')


def test_the_mapping_that_reads_the_files_is_chosen() -> None:
    assert choose_mapping([A, B], [SourceFile(b'{"b": 1, "c": 2}')])[0] is B
    assert choose_mapping([A, B], [SourceFile(b'{"a": 1, "b": 1, "c": 2}')])[0] is A


@pytest.mark.parametrize(
    ("mappings", "data", "code"),
    [([], b"{}", "R144"), ([A, B], b"{}", "DOC-050"), ([A, B], b'{"a"', "DOC-020"), ([A], b"<a/>", "DOC-020")],
)
def test_if_none_reads_them_the_most_useful_faults_are_told(
    mappings: list[InboundMapping], data: bytes, code: str
) -> None:
    with pytest.raises(DocumentRefused) as refused:
        choose_mapping(mappings, [SourceFile(data)])
    assert refused.value.code == code
    assert len(refused.value.faults) == 1


def test_one_file_is_one_message() -> None:
    with pytest.raises(DocumentRefused) as refused:
        A.read([SourceFile(b"{}"), SourceFile(b"{}")])
    assert refused.value.code == "R143"


def test_a_set_needs_its_files() -> None:
    head = (
        HEAD
        + "source: {format: set, members: {a: {file: '*_a.csv', format: csv, header: false, columns: {x: 1}}, b: {file: '*_b.csv', format: csv, header: false, columns: {x: 1}}}}\ntarget: {format: exchange, version: 1}\n"
    )
    files = files_of("map:\n  persons[]: {each: a/row, fields: {reference: x}}", head)
    mapping = build_inbound(PATH, files, exchange())

    def codes(*names: str) -> list[str]:
        try:
            mapping.read([SourceFile(b"1\n", name) for name in names])
        except DocumentRefused as refused:
            assert "secret" not in str(refused)  # noqa: PT017  names of files are personal data
            return [fault.code for fault in refused.faults]
        return []

    assert codes("secret_a.csv", "dir/secret_b.csv") == []
    assert codes("secret_a.csv") == ["R140"]
    assert codes("secret_a.csv", "secret_b.csv", "secret.txt") == ["R141"]
    assert codes("1_a.csv", "2_a.csv", "secret_b.csv") == ["R142"]


def test_the_digest_changes_with_every_file_that_decides() -> None:
    table = "source,target,match,note\na,b,exact,\n"
    rules = "tables: {t: codes/t.csv}\nmap:\n  header.reference: {from: $.r, lookup: t}"
    base = files_of(rules, codes__t_csv=table)
    digests = {build_inbound(PATH, base, exchange()).digest}
    for name in (PATH, "mappings/x/s.json", "mappings/x/codes/t.csv"):
        digests.add(build_inbound(PATH, {**base, name: base[name] + b"\n"}, exchange()).digest)
    digests.add(build_inbound(PATH, {**base, "mappings/x/codes/t.table.yaml": b"fold: [case]\n"}, exchange()).digest)
    digests.add(build_inbound(PATH, {**base, "mappings/x/other.json": b"{}"}, exchange()).digest)
    assert len(digests) == 5


def test_a_traceback_of_compiled_code_points_into_the_mapping() -> None:
    files = files_of("map:\n  persons[]:\n    each: $.p\n    fields:\n      reference: r")
    mapping = build_inbound(PATH, files, exchange())
    tree = mapping._make.tree  # type: ignore[attr-defined]  # JSON is a union
    import ast

    lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    assert lines <= set(range(5, 10))
    assert 9 in lines


def _xml_mapping(version: str) -> InboundMapping:
    head = "source: {format: xml, schema: s.xsd, root: A, default_namespace: 'urn:VERSION'}\n".replace(
        "VERSION", version
    )
    files = files_of("map:\n  header.reference: b", HEAD + head + "target: {format: exchange, version: 1}\n")
    files[
        "mappings/x/s.xsd"
    ] = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:{version}"
      elementFormDefault="qualified"><xs:element name="A"><xs:complexType><xs:sequence>
      <xs:element name="b" type="xs:int" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element></xs:schema>""".encode()
    return build_inbound(PATH, files, exchange())


@pytest.mark.parametrize("tag", ['<A xmlns="urn:2">{}</A>', "<q:A\n xmlns:q='urn:2'>{}</q:A>"])
def test_the_faults_of_the_version_that_was_sent_are_told(tag: str) -> None:
    """Another version would be refused with one fault, which says nothing; the version that was sent has two."""
    name = "q:b" if "q:" in tag else "b"
    bad = tag.format(f"<{name}>x</{name}><{name}>y</{name}>").encode()
    for mappings in ([_xml_mapping("1"), _xml_mapping("2")], [_xml_mapping("2"), _xml_mapping("1")]):
        with pytest.raises(DocumentRefused) as refused:
            choose_mapping(mappings, [SourceFile(bad)])
        assert all(fault.place.path.startswith("/A/b") for fault in refused.value.faults)


def test_a_format_that_fails_at_the_top_is_less_likely_than_one_that_fails_below() -> None:
    other = mapping_for('{"type": "object", "properties": {"kind": {"const": "other"}}}')
    inside = '{"type": "object", "properties": {"kind": {"const": "ours"}, "p": {"required": ["x", "y", "z"]}}}'
    ours = mapping_for(inside)
    for mappings in ([other, ours], [ours, other]):
        with pytest.raises(DocumentRefused) as refused:
            choose_mapping(mappings, [SourceFile(b'{"kind": "ours", "p": {}}')])
        assert len(refused.value.faults) == 3
