"""Context expressions: joins, groups, slots, parsed texts."""

import pytest

from tests.mapping.inline import HEAD, Result, files_of, from_json, run, run_all
from tests.mapping.test_blocks import persons

SET_HEAD = (
    HEAD
    + """source:
  format: set
  nulls: ['-0-']
  members:
    prim: {file: '*_prim.csv', format: csv, header: false, columns: {ent: {at: 1, type: integer}, name: 2, kind: 3, remarks: 4}}
    alt: {file: '*_alt.csv', format: csv, header: false, columns: {ent: {at: 1, type: integer}, name: 2}}
    more: {file: '*_more.csv', format: csv, header: false, columns: {ent: {at: 1, type: integer}, words: 2}}
target: {format: exchange, version: 1}
"""
)
ROWS_HEAD = (
    HEAD
    + """source:
  format: csv
  columns: {office: Office, file: File, kind: Kind, name: Name, phone_1: P1, type_1: T1, phone_2: P2, type_2: T2}
target: {format: exchange, version: 1}
"""
)
HEADING = "Office,File,Kind,Name,P1,T1,P2,T2\n"

INDEX = """
index:
  alt: {over: alt/row, key: ent, many: true, leftover: quarantine}
  more: {over: more/row, key: ent, many: true, leftover: LEFT}
patterns:
  remarks:
    items: {separator: '; ', end: '.'}
    read:
      - {as: dob, pattern: 'DOB (?<date>.+)', many: true}
      - {as: passport, pattern: 'Passport (?<number>[A-Z0-9]+)( \\((?<country>[A-Za-z ]+)\\))?', many: true}
    rest: {as: other, many: true}
split:
  person:
    each: prim/row
    where: kind == 'individual'
    map:
      persons[]:
        as: listed
        key: ent
        fields:
          reference: ent
          names[]:
            - {fields: {kind: {const: primary}, full: name}}
            - {each: {join: alt, key: ent}, fields: {kind: {const: alias}, full: name}}
      narrative[]:
        at: {parse: remarks, from: {r: remarks, c: {join: more, key: ent, from: words, pick: {concat: ''}}}, text: '{r}[{c}]'}
        choose:
          - otherwise: {each: other, fields: {kind: {const: remarks}, text: ., 'about[]': {ref: listed}}}
ignore:
  prim/row: {where: kind == 'ship', why: no person}
"""


def parts(prim: str, alt: str = "", more: str = "") -> list[tuple[str, bytes]]:
    return [("x_prim.csv", prim.encode()), ("x_alt.csv", alt.encode()), ("x_more.csv", more.encode())]


def test_a_csv_set_is_joined_and_split() -> None:
    prim = "7,ANNA,individual,DOB 1 Jun 1975; tall; wal\n8,BOAT,ship,-0-\n9,BORIS,individual,-0-\n"
    results = run_all(
        files_of(INDEX.replace("LEFT", "warn"), SET_HEAD), *parts(prim, "07,ANN\n7,ANI\n", "7,ks slowly.\n")
    )
    assert [(one.mapped.part, one.outcome, one.codes) for one in results] == [
        ("1", "accepted", []),
        ("2", "accepted", []),
    ]
    first = results[0].message
    assert persons(results[0]) == [
        {
            "reference": "7",
            "names": [
                {"kind": "primary", "full": "ANNA"},
                {"kind": "alias", "full": "ANN"},
                {"kind": "alias", "full": "ANI"},
            ],
        }
    ]
    texts = [one["text"] for one in first["narrative"]]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    assert texts == ["tall", "walks slowly"]
    assert "narrative" not in results[1].message


def test_records_that_no_join_reached_are_told_for_the_file() -> None:
    results = run_all(files_of(INDEX.replace("LEFT", "warn"), SET_HEAD), *parts("7,A,individual,-0-\n", "8,B\n"))
    assert [(one.mapped.part, one.outcome, one.codes) for one in results] == [
        ("1", "accepted", []),
        ("file", "quarantined", ["R131"]),
    ]
    assert str(results[1].faults[0].at) == "alt:1"


def test_items_that_no_split_takes_and_bad_rows_are_told_for_the_file() -> None:
    prim = "7,A,individual,-0-\n8,B,vessel,-0-\n9,C,individual\n"
    results = run_all(files_of(INDEX.replace("LEFT", "warn"), SET_HEAD), *parts(prim))
    assert [(one.mapped.part, one.codes) for one in results] == [("1", []), ("file", ["V310", "R110"])]


def test_a_file_without_an_item_is_quarantined() -> None:
    results = run_all(files_of(INDEX.replace("LEFT", "warn"), SET_HEAD), *parts("8,B,ship,-0-\n"))
    assert [(one.mapped.part, one.outcome, one.codes) for one in results] == [("file", "quarantined", ["G420"])]


GRAPH = """
index:
  object: {over: $.o, key: id, pick: {max: modified}}
map:
  persons[]:
    each: {all: object}
    where: type == 'person'
    as: person
    key: id
    fields: {reference: name, occupations[]: {join: object, key: works, from: name}}
  links[]:
    each: {all: object}
    where: type == 'link'
    fields:
      kind: {const: associate-of}
      from: {ref: person, key: a, on_error: drop_item}
      to: {ref: person, key: b, on_error: drop_item}
ignore:
  $.o: {where: type == 'job', why: read from persons}
""".replace("occupations[]", "'occupations[]'")


def test_the_newest_of_several_versions_wins_and_links_lead_to_it() -> None:
    value = {
        "o": [
            {"type": "link", "id": "l", "a": "1", "b": "2"},
            {"type": "person", "id": "1", "name": "old", "modified": "2020-01-01T00:00:00.000Z"},
            {"type": "person", "id": "1", "name": "new", "modified": "2020-01-01T00:00:00.001Z", "works": "j"},
            {"type": "person", "id": "2", "name": "two"},
            {"type": "link", "id": "m", "a": "1", "b": "nobody"},
            {"type": "job", "id": "j", "name": "baker"},
        ]
    }
    result = from_json(GRAPH, value)
    assert persons(result) == [{"reference": "new", "occupations": ["baker"]}, {"reference": "two"}]
    ids = {one["reference"]: one["id"] for one in result.message["persons"]}  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    links = result.message["links"]
    assert [(one["from"], one["to"]) for one in links] == [(ids["new"], ids["two"])]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    assert (result.outcome, result.codes) == ("accepted", ["R117"])
    targets = {leaf.text for leaf in result.lineage}
    assert {"links[0].from", "links[0].to"} <= targets
    assert not any(target.startswith("links[1]") for target in targets)


def test_a_key_that_leads_nowhere_is_bad_for_a_single_index() -> None:
    value = {"o": [{"type": "person", "id": "1", "name": "a", "works": "none"}]}
    result = from_json(GRAPH, value)
    assert (result.outcome, result.codes) == ("quarantined", ["R114"])
    assert from_json(GRAPH, {"o": [{"type": "person", "id": "1", "name": "a"}]}).outcome == "accepted"


def test_a_second_record_with_the_same_key_is_told_where_one_is_declared() -> None:
    result = from_json(
        GRAPH.replace(", pick: {max: modified}", ""), {"o": [{"type": "person", "id": "1", "name": n} for n in "ab"]}
    )
    assert (result.outcome, result.codes, persons(result)) == ("quarantined", ["R116"], [{"reference": "a"}])


GROUP = """
split:
  seizure:
    each: {group: row, by: [office, file]}
    map:
      header.reference: {from: {o: office, f: file}, text: '{o}/{f}'}
      header.originator.unit: {from: row/name, pick: PICK}
      persons[]: {each: row, where: kind == 'P', fields: {reference: name}}
      objects[]: {each: row, where: kind == 'V', fields: {kind: {const: vehicle}, vehicle.registration: name}}
"""


def test_flat_records_are_grouped_by_key_in_order_of_first_appearance() -> None:
    rows = HEADING + "A,1,P,anna,,,,\nB,1,P,boris,,,,\nA,1,V,KX 1,,,,\n"
    results = run_all(files_of(GROUP.replace("PICK", "first"), ROWS_HEAD), rows.encode())
    assert [one.message["header"] for one in results] == [
        {"reference": "A/1", "originator": {"unit": "anna"}},
        {"reference": "B/1", "originator": {"unit": "boris"}},
    ]
    assert [len(one.message.get("objects", [])) for one in results] == [1, 0]  # type: ignore[arg-type]  # JSON is a union


def test_pick_same_and_unknown_kinds_and_incomplete_keys() -> None:
    rows = HEADING + "A,1,P,anna,,,,\nA,1,Q,boris,,,,\n,1,P,cyril,,,,\n"
    results = run_all(files_of(GROUP.replace("PICK", "same"), ROWS_HEAD), rows.encode())
    assert [(one.mapped.part, one.codes) for one in results] == [("1", ["R103", "V310"]), ("file", ["R106"])]
    assert str(results[0].faults[1].at) == ":3".strip(":") or results[0].faults[1].at.line == 3


def test_adjacent_groups_may_not_come_again() -> None:
    rows = HEADING + "A,1,P,anna,,,,\nB,1,P,boris,,,,\nA,1,P,cyril,,,,\n"
    rules = GROUP.replace("PICK", "first").replace("by: [office, file]", "by: [office, file], adjacent: true")
    assert run_all(files_of(rules, ROWS_HEAD), rows.encode())[-1].codes == ["G421"]


def test_slots_are_skipped_when_blank_and_keep_their_number() -> None:
    rules = """
    map:
      persons[]:
        each: row
        fields:
          contacts[]:
            each: {slots: 1-2, of: {number: 'phone_{n}', kind: 'type_{n}'}}
            where: has(number)
            fields: {kind: {const: phone}, service: slot, value: number}
          names[]:
            fields:
              full: name
              parts[]: {each: {slots: [office, file, name]}, fields: {kind: {const: unknown}, value: .}}
    """
    rows = HEADING + "A,,P,anna,,,+47 1,x\n"
    found = persons(run(files_of(rules, ROWS_HEAD), rows.encode()))[0]
    assert found["contacts"] == [{"kind": "phone", "service": "2", "value": "+47 1"}]
    assert [part["value"] for part in found["names"][0]["parts"]] == ["A", "anna"]  # type: ignore[index, union-attr, call-overload]  # JSON is a union


PARSE = """
patterns:
  comma_name: {pattern: '(?<family>[^,]{1,80})(, ?(?<given>[^ ,].{0,80}))?'}
map:
  persons[]:
    at: $.p
    fields:
      names[]: {at: {parse: comma_name, from: n, on_error: POLICY}, fields: {kind: {const: primary}, full: '.', family: family, given: given}}
      reference: r
"""


def parsed(text: str, policy: str = "quarantine") -> Result:
    return from_json(PARSE.replace("POLICY", policy), {"p": {"n": text, "r": "R"}})


def test_a_text_falls_into_named_parts() -> None:
    assert persons(parsed("MÜLLER, Anna"))[0]["names"] == [
        {"kind": "primary", "full": "MÜLLER, Anna", "family": "MÜLLER", "given": "Anna"}
    ]
    assert persons(parsed("MÜLLER"))[0]["names"] == [{"kind": "primary", "full": "MÜLLER", "family": "MÜLLER"}]


@pytest.mark.parametrize(
    ("policy", "outcome"), [("quarantine", "quarantined"), ("drop", "accepted"), ("refuse", "refused")]
)
def test_a_text_that_does_not_fit_follows_on_error(policy: str, outcome: str) -> None:
    result = parsed(", Anna", policy)
    assert (result.outcome, result.codes, persons(result)) == (outcome, ["X510"], [{"reference": "R"}])


def test_a_text_that_does_not_fit_can_be_kept() -> None:
    extensions = parsed(", Anna", "keep").message["extensions"]
    assert [(one["value"], one["path"]) for one in extensions] == [(", Anna", "$['p']['n']")]  # type: ignore[union-attr, index, call-overload]  # JSON is a union


def test_lineage_of_a_part_says_which_characters() -> None:
    lineage = parsed("MÜLLER, Anna").lineage
    sources = {leaf.text: [str(place) for place in leaf.sources] for leaf in lineage}
    assert sources["persons[0].names[0].given"] == ["$['p']/given(8-12)"]


def test_a_second_item_of_a_single_kind_does_not_fit() -> None:
    rules = """
    patterns:
      packed:
        items: {separator: ';'}
        read: [{as: a, pattern: 'a=(?<v>.+)'}]
        rest: {as: other, many: true}
    map:
      persons[]:
        at: {parse: packed, from: $.t}
        fields: {reference: {from: a, convert: [upper]}, 'occupations[]': {from: other, pick: {concat: '|'}}}
    """
    assert persons(from_json(rules, {"t": " a=1;; b ;c"})) == [{"reference": "A=1", "occupations": ["b|c"]}]
    assert from_json(rules, {"t": "a=1;a=2"}).codes == ["X510"]


def test_columns_that_nobody_declared_are_told_once() -> None:
    rules = "map:\n  persons[]: {each: row, fields: {reference: a}}"
    for word, outcome in (("warn", "accepted"), ("quarantine", "quarantined")):
        head = f"{HEAD}source: {{format: csv, columns: {{a: A}}, open: {word}}}\ntarget: {{format: exchange, version: 1}}\n"
        result = run(files_of(rules, head), b"A,B\n1,2\n")
        assert (result.outcome, result.codes) == (outcome, ["R118"])
