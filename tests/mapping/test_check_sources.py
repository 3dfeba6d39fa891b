"""Judgements about what is read: every field accounted for, paths and schemas, filters."""

import pytest

from gateway.errors import Severity
from gateway.mapping.check.mapping import check_mapping
from tests.mapping.example_files import exchange
from tests.mapping.small import ALERT, CODE, LINE, MAPPING, TEXT, faults, found, json_files, thing

# -- coverage ---------------------------------------------------------------------------------------------------------

ITEMS = {"type": "array", "items": thing(["k"], k={"enum": ["P", "V", "X"]}, name=LINE, plate=LINE)}
TWO_BLOCKS = """
persons[]:
  each: $.i
  where: k == 'P' and has(name)
  fields: {roles[]: {const: unknown}, names[]: {fields: {kind: {const: primary}, full: name}}}
objects[]:
  each: $.i
  where: WHERE
  fields: {kind: {const: vehicle}, vehicle.registration: plate}
"""


def blocks(where: str, ignore: str = "") -> dict[str, bytes]:
    rules = TWO_BLOCKS.replace(
        "{roles[]: {const: unknown}, names[]: {fields: {kind: {const: primary}, full: name}}}", ""
    )
    rules = rules.replace(
        "  fields: \n",
        "  fields:\n    roles[]: {const: unknown}\n    names[]: {fields: {kind: {const: primary}, full: name}}\n",
        1,
    ).replace("WHERE", where)
    return json_files(rules + ALERT, beside=f"ignore:\n  {ignore}" if ignore else "", i=ITEMS, e=LINE)


def test_classes_that_no_block_selects_are_named() -> None:
    assert found(blocks("k == 'V'"), "V303") == [
        "no block selects $.i[*] where k is P and name is missing, and ignore does not cover it"
    ]
    assert found(blocks("k != 'P' or not has(name)"), "V303") == []
    ignore = "$.i: {where: \"k == 'X' or k == 'P' and not has(name)\", why: of no interest}"
    assert found(blocks("k == 'V'", ignore), "V303") == []


def test_what_a_document_must_show_is_left_to_run_time_and_said() -> None:
    loose = {"type": "array", "items": thing([], k=TEXT, plate=LINE)}
    rules = (
        "objects[]:\n  each: $.i\n  where: k == 'V'\n  fields: {kind: {const: vehicle}, vehicle.registration: plate}\n"
    )
    files = json_files(rules + ALERT, i=loose, e=LINE)
    report = check_mapping(MAPPING, files, exchange())
    assert not [fault for fault in report.faults if fault.code == "V303"]
    assert report.coverage.undecided == ("$.i[*]",)
    assert "counted at run time" in str(report.coverage)


def test_a_subtree_that_nothing_reads_is_one_fault() -> None:
    files = json_files(ALERT, e=LINE, deep=thing([], a=TEXT, b=thing([], c=TEXT)))
    assert found(files, "V301") == ["nothing under $.deep is mapped or listed under ignore: 2 source fields"]


def test_a_position_that_the_schema_declares_is_ignored_as_a_place() -> None:
    pair = {"type": "array", "prefixItems": [TEXT, TEXT, TEXT], "items": False}
    files = json_files(ALERT, beside='ignore: {"$.pair[0]": not shared, "$.pair[2]": not shared}', e=LINE, pair=pair)
    assert [message.split(" (")[0] for message in found(files, "V301")] == ["source field $.pair[1]"]
    twice = json_files(ALERT, beside='ignore: {"$.list[0]": not shared}', e=LINE, list={"type": "array", "items": TEXT})
    assert [message.split(" (")[0] for message in found(twice, "V301")] == ["source field $.list[*]"]


def test_what_members_by_pattern_hold_is_accounted_for() -> None:
    """A map keyed by a number of the source: the schema does not name its members, but it says what they hold."""
    people = {"type": "object", "additionalProperties": False, "patternProperties": {"^K": thing([], a=TEXT, b=TEXT)}}
    rules = "persons[]:\n  each: $.people.*\n  fields: {reference: a}\n"
    read = json_files(ALERT + rules, e=LINE, people=people)
    assert ["$.people.*.b" in message for message in found(read, "V301")] == [True]
    unread = json_files(ALERT, e=LINE, people=people)
    assert found(unread, "V301") == ["nothing under $.people is mapped or listed under ignore: 2 source fields"]
    ignored = json_files(ALERT, beside="ignore: {$.people: not shared}", e=LINE, people=people)
    assert found(ignored, "V301") == []


def test_members_that_the_schema_leaves_open_are_no_source_fields() -> None:
    files = json_files(
        ALERT, beside="ignore: {$.o.a: not shared}", e=LINE, o={"type": "object", "properties": {"a": TEXT}}
    )
    assert found(files, "V301") == []


def test_a_condition_reads_what_it_asks() -> None:
    files = json_files("header.language: {const: en, when: $.flag == true}\n" + ALERT, e=LINE, flag={"type": "boolean"})
    assert found(files, "V301") == []


def test_the_report_counts_what_is_read_and_ignored() -> None:
    files = json_files(ALERT, beside="ignore: {$.x: not shared}", e=LINE, x=TEXT)
    assert str(check_mapping(MAPPING, files, exchange()).coverage).startswith(
        "source fields : 4 of 4 accounted for, 1 of them ignored with a reason"
    )


@pytest.mark.parametrize(
    ("clean", "code"), [("trim, nfc, fold", ""), ("trm", "K001"), ("pad", "K002"), ("integer", "K003")]
)
def test_the_clean_up_is_judged_too(clean: str, code: str) -> None:
    files = json_files(ALERT, beside=f"defaults: {{clean: [{clean}]}}", e=LINE)
    assert [fault.code for fault in faults(files) if fault.severity is Severity.ERROR] == ([code] if code else [])


def test_nothing_is_said_of_fields_that_were_not_counted() -> None:
    report = check_mapping(MAPPING, json_files("persons[]: {eech: $.p}"), exchange())
    assert not report.good
    assert str(report.coverage) == "source fields : not counted, because the mapping cannot be read"


# -- paths, schemas ---------------------------------------------------------------------------------------------------


def test_a_path_from_the_top_that_was_meant_from_the_item_is_told_how() -> None:
    rules = "persons[]:\n  each: $.p\n  fields: {reference: $.no}\n" + ALERT
    files = json_files(rules, p={"type": "array", "items": thing([], no=TEXT)}, e=LINE)
    (fault,) = [fault for fault in faults(files) if fault.code == "P101"]
    assert (fault.message.split(";")[0], fault.fix) == (
        "no member 'no' in $",
        "write no: $.p[*] has it, but this path begins at the top of the document",
    )


def test_content_the_schema_leaves_open_needs_an_assumption() -> None:
    opened = {"type": "object", "properties": {"a": TEXT}}
    rules = "header.language: {from: $.o.lang, on_error: drop}\nheader.originator.unit: $.o.a\n" + ALERT
    assert found(json_files(rules, o=opened, e=LINE), "P104") == ["no member 'lang' in $.o; the schema leaves $.o open"]
    assert found(json_files(rules, beside="assume: {$.o.lang: text}", o=opened, e=LINE), "P104") == []


def test_a_search_through_a_recursive_type_has_no_end() -> None:
    schema = (
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:complexType name='T'><xs:sequence>"
        "<xs:element name='n' type='xs:string'/><xs:element name='t' type='T' minOccurs='0'/></xs:sequence>"
        "</xs:complexType><xs:element name='R' type='T'/></xs:schema>"
    )
    text = (
        "mapping: x\nversion: 1.0.0\nsource: {format: xml, schema: x.xsd, root: R}\n"
        "target: {format: exchange, version: 1}\nmap:\n  narrative[]: {each: //t, fields: {text: n}}\n"
    )
    assert found({MAPPING: text.encode(), "m/x.xsd": schema.encode()}, "P108") == [
        "'t' is searched through a recursive type"
    ]


def test_a_type_that_is_not_derived_never_stands_there() -> None:
    schema = (
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:complexType name='Party'/>"
        "<xs:complexType name='Company'><xs:complexContent><xs:extension base='Party'><xs:sequence>"
        "<xs:element name='n' type='xs:string'/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        "<xs:element name='R'><xs:complexType><xs:sequence><xs:element name='p' type='Party' maxOccurs='9'/>"
        "</xs:sequence></xs:complexType></xs:element></xs:schema>"
    )
    text = (
        "mapping: x\nversion: 1.0.0\nsource: {format: xml, schema: x.xsd}\n"
        "target: {format: exchange, version: 1}\n"
        "map:\n  narrative[]: {each: p, where: is('TYPE'), fields: {text: n}}\n"
    )
    for name, messages in {"Compani": ["p is never of type 'Compani'; did you mean 'Company'?"], "Company": []}.items():
        files = {MAPPING: text.replace("TYPE", name).encode(), "m/x.xsd": schema.encode()}
        assert found(files, "C207") == messages


def test_a_prefix_must_be_declared_and_a_root_be_told() -> None:
    schema = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
    schema += "<xs:element name='A'/><xs:element name='B'/></xs:schema>"
    text = (
        "mapping: x\nversion: 1.0.0\nsource: {format: xml, schema: x.xsd}\n"
        "target: {format: exchange, version: 1}\nmap:\n  header.reference: c:id\n"
    )
    files = {MAPPING: text.encode(), "m/x.xsd": schema.encode()}
    assert found(files, "S104") == ["the schema declares several elements: A, B"]
    files[MAPPING] = text.replace("schema: x.xsd", "schema: x.xsd, root: A").encode()
    assert found(files, "P102") == ["the prefix 'c' is not declared"]


def test_there_is_nothing_to_pick_from_one() -> None:
    assert found(json_files("alert.event.raw: {from: $.e, pick: first}\n", e=LINE), "P111") == [
        "$.e occurs at most once: there is nothing to pick"
    ]


def test_a_loop_for_a_single_target_needs_at() -> None:
    rules = "alert:\n  each: $.i\n  fields: {event.raw: e}\n"
    files = json_files(rules, i={"type": "array", "items": thing(["e"], e=LINE)})
    assert found(files, "P113") == ["this block may stand on several nodes, but its target is one"]


def test_a_reference_of_a_schema_that_leads_nowhere_is_said() -> None:
    files = json_files(ALERT, e={"$ref": "https://example.org/x.json"})
    assert found(files, "S103") == ["the schema refers to something that is not among the files"]


# -- filters ----------------------------------------------------------------------------------------------------------

PEOPLE = {"type": "array", "items": thing(["k"], k=CODE, x=LINE, n={"type": "array", "items": thing(["v"], v=LINE)})}
FILTERED = """persons[]:
  each: "$.p[?@.k == 'A'].n"
  fields:
    roles[]: {const: unknown}
    reference: v
organisations[]:
  each: "$.p[?@.k == 'OTHER'].n"
  fields: {reference: v}
"""


def test_a_filter_in_the_middle_of_a_path_is_about_what_encloses_the_item() -> None:
    def files(other: str) -> dict[str, bytes]:
        return json_files(FILTERED.replace("OTHER", other) + ALERT, beside='ignore: {"$.p[*].x": no}', p=PEOPLE, e=LINE)

    assert [f for f in faults(files("B")) if f.code != "V301"] == []
    assert found(files("A"), "V303") == ["no block selects $.p[*].n[*] where p/k is B, and ignore does not cover it"]
    misspelt = json_files(FILTERED.replace("OTHER", "B").replace("@.k", "@.kk", 1) + ALERT, p=PEOPLE, e=LINE)
    assert found(misspelt, "P101") == ["no member 'kk' in $.p[*]; did you mean 'k'? (x.schema.json:1:299)"]


@pytest.mark.parametrize(
    ("first", "second", "never"),
    [
        ("p[?@.k == 'A'].x", "p[?@.k == 'B'].x", False),
        ("p[?@.k == 'A'].x", "p[?@.k == 'A'].x", True),
        ("p[0].x", "p[1].x", False),
        ("p[0].x", "p[0].x", True),
        ("p[:2].x", "p[2:].x", False),
    ],
)
def test_values_behind_different_filters_are_different_values(first: str, second: str, never: bool) -> None:
    rules = 'header.language:\n  from: l\n  when: "has(FIRST) and not has(SECOND)"\n'
    rules = rules.replace("FIRST", f"$.{first}").replace("SECOND", f"$.{second}")
    assert bool(found(json_files(rules + ALERT, p=PEOPLE, l=LINE, e=LINE), "C202")) is never


def test_what_is_required_below_an_item_is_there_also_if_the_way_to_it_may_lead_nowhere() -> None:
    rules = "header.language: {from: $.h.l, when: has($.h.x)}\n"
    rules += "persons[]:\n  each: $.h\n  where: has(x)\n  fields:\n    roles[]: {const: unknown}\n    reference: x\n"
    assert found(json_files(rules + ALERT, h=thing(["x"], x=LINE, l=LINE), e=LINE), "V303") == []
    nulls = json_files(rules + ALERT, beside="defaults: {nulls: ['-0-']}", h=thing(["x"], x=LINE, l=LINE), e=LINE)
    assert found(nulls, "V303") == ["no block selects $.h where x is missing, and ignore does not cover it"]
