"""`mark_by`: markings that name places of the source stand on what was read there, or on all that could have been."""

import pytest

from tests.mapping.inline import HEAD, Result, files_of, from_json, refused, run
from tests.mapping.small import ALERT, LINE, faults, json_files, thing
from tests.mapping.test_blocks import XSD

RULES = """
tables: {tlp: tlp.csv}
index: {object: {over: $.objects, key: id}}
mark_by:
  each: "$.objects[*].granular_markings"
  selects: selectors
  mark:
    handling.flags[]: {from: marking_ref, lookup: tlp}
map:
  header.reference: $.id
  persons[]:
    each: {all: object}
    where: type == 'identity'
    as: person
    key: id
    fields:
      reference: id
      names[]:
        - {fields: {full: name}}
        - {each: aliases, fields: {full: .}}
      births[]: {fields: {date: born}}
  links[]:
    each: {all: object}
    where: type == 'relationship'
    fields:
      kind: {const: same-as}
      from: {ref: person, key: source_ref}
      to: {ref: person, key: target_ref}
      note: note
"""
TLP = "source,target,match,note\nred,H1,exact,\namber,H2,exact,\n"


def bundle(markings: object, on: int = 0) -> dict[str, object]:
    objects: list[dict[str, object]] = [
        {"id": "p1", "type": "identity", "name": "A", "aliases": ["B", "C"], "role": "x", "born": "1980"},
        {"id": "p2", "type": "identity", "name": "D"},
        {"id": "r1", "type": "relationship", "source_ref": "p1", "target_ref": "p2", "note": "n"},
    ]
    objects[on]["granular_markings"] = markings
    return {"id": "b1", "objects": objects}


def flags(result: Result) -> list[object]:
    """The flags of the two persons, the link and the header."""
    message = result.message
    carriers = [*message["persons"], *message["links"], message["header"]]  # type: ignore[misc, list-item]  # lists of entities
    return [carrier.get("handling", {}).get("flags", []) for carrier in carriers]


def marked(markings: object, on: int = 0) -> Result:
    return from_json(RULES, bundle(markings, on), tlp_csv=TLP)


@pytest.mark.parametrize("selector", ["name", "aliases", "aliases.[0]", "aliases[1]", "$.objects[0].name"])
def test_what_was_read_at_or_below_a_selected_place_is_marked(selector: str) -> None:
    result = marked([{"marking_ref": "red", "selectors": [selector]}])
    assert (result.codes, flags(result)) == ([], [["H1"], [], [], []])


def test_markings_add_up_and_stand_on_links_whose_ends_they_name() -> None:
    result = marked(
        [{"marking_ref": "red", "selectors": ["source_ref"]}, {"marking_ref": "amber", "selectors": ["note"]}], 2
    )
    assert (result.codes, flags(result)) == ([], [[], [], ["H1", "H2"], []])


@pytest.mark.parametrize("selector", ["role", "nothing", "aliases.[7]", "aliases[", ""])
def test_where_nothing_was_read_all_that_was_made_of_the_object_is_marked(selector: str) -> None:
    result = marked([{"marking_ref": "red", "selectors": [selector]}])
    assert (result.codes, result.outcome) == (["R121"], "accepted")
    assert flags(result) == [["H1"], [], [], []]
    assert result.faults[0].at.path == "$['objects'][0]['granular_markings'][0]"


def test_a_marking_without_a_selector_marks_all_of_its_object() -> None:
    result = marked([{"marking_ref": "red"}], 1)
    assert (result.codes, flags(result)) == (["R121"], [[], ["H1"], [], []])


def test_a_marking_that_cannot_be_read_quarantines() -> None:
    result = marked([{"marking_ref": "white", "selectors": ["name"]}])
    assert (result.outcome, result.codes, flags(result)) == ("quarantined", ["R111"], [[], [], [], []])


def test_what_no_entity_carries_goes_to_the_header() -> None:
    rules = RULES.replace("$.objects[*].granular_markings", "$.markings")
    value = {**bundle([]), "markings": [{"marking_ref": "red", "selectors": ["id"]}]}
    assert flags(from_json(rules, value, tlp_csv=TLP)) == [[], [], [], ["H1"]]


def test_a_kept_text_is_marked_like_a_value() -> None:
    rules = RULES.replace(
        "date: born}",
        "date: {from: born, convert: [{date: [DD.MM.YYYY]}]}, place: {from: born, convert: [integer], on_error: keep}}",
    )
    rules = rules.replace("convert: [{date: [DD.MM.YYYY]}]", "convert: [{date: [YYYY-MM-DD]}], on_error: drop")
    value = bundle([{"marking_ref": "red", "selectors": ["born"]}])
    value["objects"][0]["born"] = "soon"  # type: ignore[index, call-overload]  # plain JSON
    result = from_json(rules, value, tlp_csv=TLP)
    extensions = result.message["extensions"]
    assert isinstance(extensions, list)
    assert [entry["handling"] for entry in extensions if isinstance(entry, dict)] == [{"flags": ["H1"]}]


def test_a_statement_stands_on_the_smallest_object_that_carries_one() -> None:
    rules = RULES.replace(
        "handling.flags[]: {from: marking_ref, lookup: tlp}", "statement.information_grade: marking_ref"
    )
    result = from_json(rules, bundle([{"marking_ref": "3", "selectors": ["aliases.[0]"]}]), tlp_csv=TLP)
    person = result.message["persons"][0]  # type: ignore[index, call-overload]  # a list
    assert [name.get("statement") for name in person["names"]] == [None, {"information_grade": "3"}, None]


def test_elements_are_selected_by_name_and_position() -> None:
    rules = "mark_by:\n  each: b\n  selects: ./@k\n  mark:\n    handling.flags[]: c\nmap:\n  persons[]:\n    each: a\n"
    rules += "    fields: {reference: b}\n"
    head = HEAD + "source: {format: xml, schema: s.xsd, root: N, default_namespace: 'urn:x'}\n"
    files = files_of(rules, head + "target: {format: exchange, version: 1}\n")
    files["mappings/x/s.xsd"] = XSD
    for selector, expected in {"a[2]/b": [[], ["H1"]], "/N/a[1]": [["H1"], []], "q:a[2]": [[], ["H1"]]}.items():
        text = f'<N xmlns="urn:x"><a><b>1</b></a><a><b>2</b></a><b k="{selector}"><c>H1</c></b></N>'
        persons = run(files, text.encode()).message["persons"]
        assert isinstance(persons, list)
        assert [p.get("handling", {}).get("flags", []) for p in persons if isinstance(p, dict)] == expected  # type: ignore[union-attr, call-overload]  # handling is an object


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("mark_by: {each: {slots: [a, b]}, selects: s, mark: {statement.basis: {const: fact}}}\nmap: {header.reference: a}\n", ["W006 5:17"]),
        ("mark_by: {each: a, selects: s, mark: {}}\nmap: {header.reference: a}\n", ["W003 5:38"]),
        ("mark_by: {each: a, selects: s, mark: {sex: {const: M}}}\nmap: {header.reference: a}\n", ["T002 5:39", "W003 5:38"]),
    ],
)  # fmt: skip
def test_what_cannot_be_a_marking_is_refused(rules: str, expected: list[str]) -> None:
    assert sorted(refused(files_of(rules))) == expected


MARKINGS = {"type": "array", "items": thing(["ref", "selectors"], ref=LINE, selectors={"type": "array", "items": LINE})}


def test_the_checker_judges_markings_like_rules() -> None:
    beside = "tables: {tlp: tlp.csv}\nmark_by:\n  each: $.m\n  selects: SELECTS\n  mark:\n    MARK\n"

    def codes(selects: str = "selectors", mark: str = "handling.flags[]: {from: ref, lookup: tlp}") -> list[str]:
        files = json_files(ALERT, beside=beside.replace("SELECTS", selects).replace("MARK", mark), m=MARKINGS, e=LINE)
        files["m/tlp.csv"] = TLP.encode()
        return [fault.code for fault in faults(files)]

    assert codes(mark="handling.flags[]: {from: ref, lookup: tlp, on_error: quarantine}") == []
    assert codes() == ["L104"]
    assert codes(selects="selector", mark="handling.flags[]: {const: H1}") == ["L109", "V301", "P101"]
    assert "T201" in codes(mark="handling.flag: {const: H1}")
