"""Judgements about what belongs together: joins and references, patterns, slots, groups."""

from gateway.document.diagnostics import render
from tests.mapping.small import ALERT, LINE, MAPPING, NUMBER, TEXT, faults, found, json_files, thing

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
