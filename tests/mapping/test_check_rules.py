"""Judgements one by one, on small mappings: each is found where it is wrong, and not where it is right."""

import pytest

from gateway.document.diagnostics import render
from gateway.errors import Severity
from gateway.mapping.check.mapping import check_mapping
from tests.mapping.example_files import exchange
from tests.mapping.small import ALERT, CODE, LINE, MAPPING, TEXT, faults, found, json_files, thing


def test_the_small_mapping_is_clean() -> None:
    files = json_files(ALERT, e=LINE)
    assert [render(fault, files) for fault in faults(files)] == []


# -- flow typing ------------------------------------------------------------------------------------------------------


def test_a_value_is_there_where_a_condition_says_so() -> None:
    rules = (
        "persons[]: {at: $.p, where: has(name), fields: {roles[]: {const: unknown}, names[]: {fields: {full: name}}}}"
    )
    rules = "persons[]:\n  at: $.p\n  CONDITION\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n"
    rules += "      fields:\n        kind: {const: primary}\n        full: name\n" + ALERT
    member = thing([], name=TEXT, kind=CODE)
    guarded = json_files(rules.replace("CONDITION", "where: has(name)"), p=member, e=LINE)
    compared = json_files(rules.replace("CONDITION", "where: name == 'x'"), p=member, e=LINE)
    free = json_files(rules.replace("CONDITION", "where: kind == 'A'"), p=member, e=LINE)
    assert found(guarded, "T203") == []
    assert found(compared, "T203") == []
    assert found(free, "T203") == [
        "persons[].names[].full is required but name is optional in the source; add default or on_missing"
    ]


def test_a_part_of_an_object_that_is_there_is_there() -> None:
    rules = "persons[]:\n  each: $.p\n  where: has(n.given)\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n"
    rules += "      fields:\n        kind: {const: primary}\n        full: n.family\n        given: n.given\n" + ALERT
    name = thing(["family"], family=LINE, given=TEXT)
    files = json_files(rules, p={"type": "array", "items": thing([], n=name)}, e=LINE)
    assert found(files, "T203") == []


def test_what_is_known_of_one_item_is_not_known_of_another() -> None:
    rules = "persons[]:\n  each: $.p\n  where: has(name)\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n"
    rules += "      each: $.p\n      fields: {kind: {const: primary}, full: name}\n" + ALERT
    files = json_files(rules, p={"type": "array", "items": thing([], name=TEXT)}, e=LINE)
    assert len(found(files, "T203")) == 1


def test_a_choice_over_all_codes_needs_no_otherwise() -> None:
    rules = (
        "narrative[]:\n  at: $.n\n  fields:\n    kind: {const: facts}\n    text:\n      choose:\n"
        "        - {when: k == 'A', then: {const: x}}\n        - {when: k == 'B', then: {const: y}}\n" + ALERT
    )
    assert found(json_files(rules, n=thing(["k"], k=CODE), e=LINE), "T203") == []
    assert len(found(json_files(rules, n=thing([], k=CODE), e=LINE), "T203")) == 1


def test_a_branch_behind_all_codes_is_never_asked() -> None:
    rules = (
        "narrative[]:\n  at: $.n\n  fields:\n    text: {const: x}\n    kind:\n      choose:\n"
        "        - {when: k == 'A', then: {const: facts}}\n        - {when: k == 'B', then: {const: summary}}\n"
        "        - {otherwise: {const: remarks}}\n" + ALERT
    )
    assert found(json_files(rules, n=thing(["k"], k=CODE), e=LINE), "C208") == ["the branches above take every case"]
    assert found(json_files(rules, n=thing([], k=CODE), e=LINE), "C208") == []


def test_one_of_two_alternatives_is_always_there_when_the_schema_says_so() -> None:
    rules = "persons[]:\n  each: $.p\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n"
    rules += "      fields:\n        kind: {const: primary}\n        full: {first_of: [whole, family]}\n" + ALERT
    union = {"oneOf": [thing(["whole"], whole=LINE), thing(["family"], family=LINE)]}
    assert found(json_files(rules, p={"type": "array", "items": union}, e=LINE), "T203") == []
    loose = thing([], whole=LINE, family=LINE)
    assert len(found(json_files(rules, p={"type": "array", "items": loose}, e=LINE), "T203")) == 1


def test_a_default_and_a_decided_absence_prove_a_required_target() -> None:
    for decided in ("default: x", "on_missing: quarantine", "on_missing: refuse"):
        rules = f"header.legal_basis[]: {{fields: {{instrument: {{from: $.a, {decided}}}, article: $.b}}}}\n" + ALERT
        assert found(json_files(rules, a=TEXT, b=LINE, e=LINE), "T203") == [], decided


def test_an_object_that_only_its_required_part_fills_needs_no_proof() -> None:
    rules = "narrative[]:\n  at: $.n\n  fields:\n    kind: KIND\n    text: t\n" + ALERT
    alone = json_files(rules.replace("    kind: KIND\n", ""), n=thing([], t=TEXT), e=LINE)
    assert found(alone, "T203") == []
    with_kind = json_files(rules.replace("KIND", "{const: facts}"), n=thing([], t=TEXT), e=LINE)
    assert len(found(with_kind, "T203")) == 1


# -- policies ---------------------------------------------------------------------------------------------------------


def test_refusing_for_one_item_is_warned() -> None:
    rules = "narrative[]:\n  each: $.i\n  fields: {kind: {const: facts}, text: {from: t, on_error: refuse}}\n" + ALERT
    files = json_files(rules, i={"type": "array", "items": thing(["t"], t=LINE)}, e=LINE)
    assert found(files, "E203") == ["one bad item refuses the whole message"]


# -- in general -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [b"", b"mapping: x\n", b"- a\n", b"\xff", b"map: {a: [b]}\n"])
def test_a_file_that_is_no_mapping_is_a_report_not_a_crash(text: bytes) -> None:
    report = check_mapping(MAPPING, {MAPPING: text}, exchange())
    assert report.errors
    assert all(fault.place.file == MAPPING for fault in report.faults)


def test_faults_are_sorted_and_warnings_do_not_forbid() -> None:
    files = json_files("alert.event.raw: {from: $.e, pick: first}\nheader.language: $.nope\n", e=LINE, x=TEXT)
    report = check_mapping(MAPPING, files, exchange())
    places = [(fault.place.line, fault.place.column) for fault in report.faults]
    assert places == sorted(places)
    assert report.warnings == sum(fault.severity is Severity.WARNING for fault in report.faults)
    assert not report.good


def test_a_streamed_file_cannot_be_read_from_one_item_into_others() -> None:
    schema = (
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='R'><xs:complexType><xs:sequence>"
        "<xs:element name='i' maxOccurs='unbounded'><xs:complexType><xs:sequence><xs:element name='n' type='xs:int'/>"
        "</xs:sequence></xs:complexType></xs:element></xs:sequence><xs:attribute name='v' type='xs:int'/>"
        "</xs:complexType></xs:element></xs:schema>"
    )
    text = (
        "mapping: x\nversion: 1.0.0\nsource: {format: xml, schema: x.xsd, reading: streamed}\n"
        "target: {format: exchange, version: 1}\nsplit:\n  m:\n    each: i\n    map:\n      header.reference: PATH\n"
    )
    for path, messages in {
        "{from: /R/i/n, pick: first}": ["/R/i/n leads into items from outside, so the file cannot be streamed"],
        "/R/@v": [],
    }.items():
        files = {MAPPING: text.replace("PATH", path).encode(), "m/x.xsd": schema.encode()}
        assert found(files, "G405") == messages


@pytest.mark.parametrize(
    ("pattern", "missing"),
    [
        (
            "{items: {separator: '; '}, read: [{as: n, pattern: 'N (?<x>.+)', many: true}], rest: {as: o, many: true}}",
            False,
        ),
        ("{items: {separator: '; '}, read: [{as: n, pattern: 'N (?<x>.+)'}], rest: {as: o, many: true}}", True),
        ("{pattern: '(?<n>[A-Z]+)'}", True),
    ],
)
def test_a_packed_text_that_can_hold_everything_is_there_where_its_text_is(pattern: str, missing: bool) -> None:
    rules = (
        "alert:\n  at: {parse: packed, from: $.id}\n  fields:\n    event: {const: other}\n    urgency: {const: Past}\n"
    )
    rules += "    severity: {const: Minor}\n    certainty: {const: Likely}\n"
    messages = found(json_files(rules, beside=f"patterns:\n  packed: {pattern}\n"), "T214")
    assert bool(messages) is missing
