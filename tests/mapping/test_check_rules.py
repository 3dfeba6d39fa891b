"""Judgements one by one, on small mappings: each is found where it is wrong, and not where it is right."""

import pytest

from gateway.document.diagnostics import render
from gateway.errors import Severity
from gateway.mapping.check.mapping import check_mapping
from tests.mapping.example_files import exchange
from tests.mapping.small import MAPPING, faults, found, json_files, thing

TEXT = {"type": "string"}
LINE = {"type": "string", "minLength": 1}
CODE = {"enum": ["A", "B"]}
NUMBER = {"type": "integer"}

ALERT = """alert.event.raw: $.e
alert.urgency: {const: Immediate}
alert.severity: {const: Severe}
alert.certainty: {const: Observed}
"""


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


# -- targets ----------------------------------------------------------------------------------------------------------


def test_free_text_for_a_list_of_codes_is_a_warning() -> None:
    rules = "header.language: {const: en}\nalert:\n  fields: {event: $.e, severity: $.s}\n"
    files = json_files(rules, e=LINE, s=LINE)
    assert [message[:40] for message in found(files, "T207")]
    quiet = json_files(rules.replace("severity: $.s", "severity: {from: $.s, on_error: drop}"), e=LINE, s=LINE)
    assert len(found(quiet, "T207")) == len(found(files, "T207")) - 1


def test_a_number_is_needed_where_the_target_counts() -> None:
    rules = "indicators[]:\n  at: $.i\n  fields: {kind: {const: pattern}, confidence: c}\n" + ALERT
    assert found(json_files(rules, i=thing(["c"], c=TEXT), e=LINE), "T208") == [
        "indicators[].confidence takes a whole number"
    ]
    assert found(json_files(rules, i=thing(["c"], c=NUMBER), e=LINE), "T208") == []
    converted = rules.replace("confidence: c", "confidence: {from: c, convert: [integer]}")
    assert found(json_files(converted, i=thing(["c"], c=TEXT), e=LINE), "T208") == []


def test_a_list_that_may_stay_empty_is_said() -> None:
    rules = "persons[]:\n  at: $.p\n  fields:\n    reference: n\n    roles[]: {each: r, value: {from: .}}\n" + ALERT
    role = {"type": "array", "items": {"enum": ["suspect", "victim"]}}
    messages = found(json_files(rules, p=thing([], r=role, n=LINE), e=LINE), "T214")
    why = "$.p.r[*] is optional in the source"
    assert messages == [f"persons[].roles is required but {why}; without it the message is quarantined (R902)"]


def test_what_a_kind_needs_and_may_lack_is_said_where_the_source_decides_the_kind() -> None:
    rules = "notice:\n  fields: {kind: {const: watch}, action: {const: inform}}\npersons[]:\n  at: $.p\n  fields:\n"
    rules += "    roles[]: {const: unknown}\n"
    files = json_files(rules, p=thing([], x=LINE), k={"enum": ["cyber-indicators", "object-notice"]})
    files[MAPPING] = files[MAPPING].replace(b"header.kind: {const: situation-alert}", b"header.kind: $.k")
    needs = "cyber-indicators requires indicators; object-notice requires objects"
    assert found(files, "T214") == [
        f"{needs}, which may be missing; without it the message is quarantined (R902)",
    ]


def test_a_mark_needs_a_carrier() -> None:
    rules = "header.language: {const: en, mark: {handling.flags[]: {const: H1}}}\nalert:\n"
    rules = "alert:\n  mark: {statement.basis: {const: fact}}\n  fields: {event.raw: $.e}\n"
    assert found(json_files(rules, e=LINE), "T213") == ["nothing here can carry statement"]


# -- tables -----------------------------------------------------------------------------------------------------------

TABLE = "tables: {t: t.csv}\n"
LOOKUP = (
    """persons[]:
  at: $.n
  as: p
  fields:
    roles[]: {const: unknown}
links[]:
  at: $.n
  fields: {kind: {from: k, lookup: LOOKUP}, from: {ref: p}, to: {ref: p}}
"""
    + ALERT
)


def with_table(lookup: str, rows: str, name: str = "t.csv") -> dict[str, bytes]:
    files = json_files(
        LOOKUP.replace("LOOKUP", lookup), beside=f"tables: {{t: {name}}}", n=thing(["k"], k=CODE, d=TEXT), e=LINE
    )
    files["m/t.csv"] = rows.encode()
    return files


GOOD = "source,target,match,note\nA,owns,exact,\nB,uses,exact,\n"


def test_a_total_table_is_clean() -> None:
    assert [fault.code for fault in faults(with_table("t", GOOD))] == ["V301"]


def test_a_row_nothing_reaches_and_close_matches_are_warned() -> None:
    assert found(with_table("t", GOOD + "C,holds,exact,\n"), "L103") == [
        "the source allows no C: this row of table 't' is never used"
    ]
    assert found(with_table("t", GOOD.replace("A,owns,exact", "A,owns,close")), "L110") == [
        "1 rows of table 't' match only closely"
    ]


def test_columns_and_keys_of_a_table_must_exist() -> None:
    assert found(with_table("{table: t, take: targt}", GOOD), "L012") == [
        "table 't' has no column 'targt'; did you mean 'target'?"
    ]
    assert found(with_table("{table: t, key: {a: k, b: d}}", GOOD), "L011") == ["the key of table 't' is source"]


def test_validity_needs_a_day_and_a_day_needs_validity() -> None:
    dated = "source,target,match,note,valid_from,valid_to\nA,owns,exact,,2020-01-01,\nB,uses,exact,,,\n"
    assert found(with_table("t", dated), "L013") == ["the rows of table 't' are valid for a time"]
    assert found(with_table("{table: t, as_of: d}", dated), "L013") == []
    assert found(with_table("{table: t, as_of: d}", GOOD), "L111") == ["no row of table 't' has a validity"]


def test_a_code_that_is_not_shared_leaves_a_required_target_empty() -> None:
    silent = "source,target,match,note\nA,owns,exact,\nB,,none,internal\n"
    assert found(with_table("t", silent), "T203") == [
        "links[].kind is required but table 't' shares nothing for B; add default or on_missing"
    ]


# -- policies ---------------------------------------------------------------------------------------------------------


def test_refusing_for_one_item_is_warned() -> None:
    rules = "narrative[]:\n  each: $.i\n  fields: {kind: {const: facts}, text: {from: t, on_error: refuse}}\n" + ALERT
    files = json_files(rules, i={"type": "array", "items": thing(["t"], t=LINE)}, e=LINE)
    assert found(files, "E203") == ["one bad item refuses the whole message"]


# -- joins and references ---------------------------------------------------------------------------------------------

RECORDS = {"type": "array", "items": thing(["id"], id=LINE, n=NUMBER, to=LINE, name=LINE)}
JOINED = """
persons[]:
  each: {all: record}
  as: person
  key: id
  fields:
    roles[]: {const: unknown}
    names[]: {fields: {full: name}}
links[]:
  each: $.r
  where: has(to)
  fields: {kind: {const: associate-of}, from: {ref: person, key: id}, to: {ref: person, key: to}}
"""


def joined(
    index: str, rules: str = JOINED, ignore: str = "{$.r: {where: not has(to), why: alone}}"
) -> dict[str, bytes]:
    return json_files(rules + ALERT, beside=f"index: {{record: {index}}}\nignore: {ignore}", r=RECORDS, e=LINE)


def test_an_index_over_a_key_that_may_repeat_says_what_then() -> None:
    assert found(joined("{over: $.r, key: id}"), "J404") == [
        "the schema does not say that the key of 'record' is unique"
    ]
    assert found(joined("{over: $.r, key: id, pick: {max: n}}"), "J404") == []
    assert found(joined("{over: $.r, key: id, many: true}"), "J404") == []


def test_an_index_that_nothing_uses_is_warned() -> None:
    unused = json_files(ALERT, beside="index: {record: {over: $.r, key: id, many: true}}", r=RECORDS, e=LINE)
    assert found(unused, "J410") == ["index 'record' is not used"]


def test_keys_must_be_of_one_type() -> None:
    rules = "narrative[]:\n  each: $.r\n  fields:\n    kind: {const: facts}\n"
    rules += "    text: {join: record, key: KEY, from: name, on_missing: drop_item}\n"
    for key, messages in {
        "n": ["n is integer, but the key of index 'record' is text"],
        "to": [],
    }.items():
        files = json_files(
            rules.replace("KEY", key) + ALERT,
            beside="index: {record: {over: $.r, key: id, pick: first}}",
            r=RECORDS,
            e=LINE,
        )
        assert found(files, "J401") == messages


def test_two_entities_of_one_name_and_references_to_another_kind() -> None:
    twice = JOINED.replace(
        "links[]:", "organisations[]: {each: $.r, as: person, key: id, fields: {reference: id}}\nlinks[]:"
    )
    assert found(joined("{over: $.r, key: id, many: true}", twice), "J408") == ["two blocks are named 'person'"]
    rules = "locations[]: {at: $.l, as: place, fields: {name: name}}\nnarrative[]:\n  fields:\n"
    rules += "    kind: {const: facts}\n    text: $.id\nevents[]: {at: $.l, fields: {location: {ref: REF}}}\n"
    rules += "persons[]: {at: $.l, as: person, fields: {roles[]: {const: unknown}}}\n" + ALERT
    rules = rules.replace("fields: {roles[]: {const: unknown}}}", "fields: {reference: name}}")
    member = thing(["name"], name=LINE)
    assert found(json_files(rules.replace("REF", "place"), l=member, e=LINE), "J413") == []
    assert found(json_files(rules.replace("REF", "person"), l=member, e=LINE), "J413") == [
        "'person' makes persons, but events[].location refers to location"
    ]


def test_a_reference_from_inside_an_item_leads_to_its_own_entity() -> None:
    rules = "persons[]:\n  each: $.r\n  as: person\n  fields:\n    roles[]: {const: unknown}\n    reference: id\n"
    rules += "narrative[]:\n  each: $.r\n  fields:\n    kind: {const: facts}\n"
    rules += "    text: {from: name, on_missing: drop_item}\n"
    rules += "    about[]: {ref: person}\n"
    files = json_files(
        rules + ALERT,
        beside="ignore: {$.r: {where: 1 == 2, why: x}}".replace("1 == 2", "has(n) and not has(n)"),
        r=RECORDS,
        e=LINE,
    )
    assert found(files, "J402") == []


# -- patterns, slots, groups ------------------------------------------------------------------------------------------


def test_parts_of_a_parsed_text_are_known_and_unused_patterns_warned() -> None:
    beside = "patterns:\n  comma: '(?<family>[^,]{1,80})(, ?(?<given>[^ ,].{0,80}))?'\n  other: '[A-Z]+'\n"
    rules = "persons[]:\n  at: {parse: comma, from: $.n}\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n"
    rules += '      fields: {full: {from: {f: family, g: GIVEN}, text: "{f}[, {g}]"}}\n' + ALERT
    good = json_files(rules.replace("GIVEN", "given"), beside=beside, n=LINE, e=LINE)
    assert found(good, "X506") == ["pattern 'other' is not used"]
    assert found(good, "P101") == []
    broken = beside.replace("[A-Z]+", "[A-Z")
    assert found(json_files(rules.replace("GIVEN", "given"), beside=broken, n=LINE, e=LINE), "X501")
    assert [f.code for f in faults(good)] == ["X506"]
    bad = json_files(rules.replace("GIVEN", "givn"), beside=beside, n=LINE, e=LINE)
    assert found(bad, "P101") == ["no member 'givn' in the parsed text; did you mean 'given'?"]


def test_slots_are_checked_place_by_place() -> None:
    rules = "persons[]:\n  at: $.p\n  fields:\n    roles[]: {const: unknown}\n    names[]:\n      fields:\n"
    rules += (
        "        full: a\n        parts[]: {each: {slots: [a, SECOND]}, fields: {kind: {const: unknown}, value: .}}\n"
    )
    member = thing(["a"], a=LINE, b=TEXT)
    assert found(json_files(rules.replace("SECOND", "b") + ALERT, p=member, e=LINE), "V301") == []
    assert found(json_files(rules.replace("SECOND", "bb") + ALERT, p=member, e=LINE), "P101")


CSV = """
mapping: x
version: 1.0.0
source: {format: csv, columns: {office: 1, no: 2, kind: 3, name: 4}, header: false}
target: {format: exchange, version: 1}
split:
  case:
    each: {group: row, by: [office, no]}
    map:
      header.reference: {from: {o: office, n: no}, text: "{o}/{n}"}
      header.kind: {const: situation-alert}
      header.issued: {in: envelope, from: taken}
      header.precedence: {const: ROUTINE}
      header.originator.country: {const: NO}
      header.originator.unit: {from: row/kind, pick: PICK}
      header.purpose: {const: border}
      header.handling.classification: {const: OFFICIAL}
      alert.event.raw: no
      alert.urgency: {const: Immediate}
      alert.severity: {const: Severe}
      alert.certainty: {const: Observed}
      persons[]:
        each: row
        fields:
          roles[]: {const: unknown}
          names[]: {fields: {full: COLUMN}}
"""


def test_a_group_has_its_keys_as_single_values_and_its_records_as_children() -> None:
    good = CSV.replace("PICK", "same").replace("COLUMN", "name")
    assert [render(f, {}) for f in faults({MAPPING: good.encode()})] == []
    bad = CSV.replace("PICK", "same").replace("COLUMN", "nam")
    assert found({MAPPING: bad.encode()}, "P101") == ["no column 'nam' in row; did you mean 'name'? (x.map.yaml:4:60)"]
    many = CSV.replace(", pick: PICK", "").replace("COLUMN", "name")
    assert found({MAPPING: many.encode()}, "P110") == ["row/kind may occur any number of times"]


# -- outbound ---------------------------------------------------------------------------------------------------------

OUTBOUND = """
mapping: x
version: 1.0.0
source: {format: exchange, version: 1}
target: TARGET
map:
  RULES
"""
ROWS = "layout: csv\nformula_guard: apostrophe\ncolumns: {surname: {heading: Surname, required: true}, born: Born}\n"


def outbound(target: str, rules: str, **files: str) -> dict[str, bytes]:
    text = OUTBOUND.replace("TARGET", target).replace("RULES", rules)
    return {
        MAPPING: text.encode(),
        **{f"m/{name.replace('_', '.')}": content.encode() for name, content in files.items()},
    }


def test_a_partner_field_fed_by_what_policy_may_withhold_needs_a_decision() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: SURNAME, born: "births[0].date.value"}}'
    loose = outbound(target, rule.replace("SURNAME", '"names[0].family"'), rows_layout_yaml=ROWS)
    assert found(loose, "O102") == [
        "rows[].surname is required but names[0].family is optional in the source; add default or on_missing"
    ]
    decided = rule.replace("SURNAME", '{from: "names[0].family", on_missing: quarantine}')
    report = check_mapping(MAPPING, outbound(target, decided, rows_layout_yaml=ROWS), exchange())
    assert [str(fault) for fault in report.faults] == []
    assert report.coverage.unread


def test_nothing_is_refused_towards_a_partner() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: {from: "names[0].family", on_missing: refuse}}}'
    assert found(outbound(target, rule, rows_layout_yaml=ROWS), "E204") == ["an outbound mapping cannot refuse"]


def test_a_layout_says_what_becomes_of_formulas() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: {from: "names[0].family", on_missing: quarantine}}}'
    silent = outbound(target, rule, rows_layout_yaml=ROWS.replace("formula_guard: apostrophe\n", ""))
    assert [f.code for f in faults(silent)] == ["W003"]
    other = outbound(target, rule, rows_layout_yaml=ROWS.replace("layout: csv", "layout: fixed"))
    assert [f.code for f in faults(other)] == ["S106"]
    length = ROWS.replace("born: Born", "born: {heading: Born, longest: x}")
    assert [f.code for f in faults(outbound(target, rule, rows_layout_yaml=length))] == ["W005"]


def test_json_and_xml_targets_are_checked_against_their_schemas() -> None:
    schema = '{"type": "object", "additionalProperties": false, "required": ["id"],'
    schema += ' "properties": {"id": {"type": "string"}}}'
    target = "{format: json, schema: t.json}"
    assert [f.code for f in faults(outbound(target, "id: $.header.id", t_json=schema))] == []
    assert found(outbound(target, "idd: $.header.id", t_json=schema), "T201") == [
        "no field 'idd' in the target; did you mean 'id'? (t.json:1:86)"
    ]


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
