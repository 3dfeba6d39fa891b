"""Marks of values and blocks; references between entities."""

import pytest

from tests.mapping.inline import Result, from_json
from tests.mapping.test_blocks import from_xml, persons

MARKS = """
map:
  persons[]:
    at: $.p
    as: p
    mark: {statement.basis: {from: basis}, handling.classification: {from: class}, 'handling.flags[]': {from: flag}}
    fields:
      reference: r
      vehicle: nothing
      names[]:
        each: n
        mark: {statement.information_grade: grade}
        fields: {full: f}
      nationalities[]: {each: c, value: {from: ., mark: {statement.basis: {const: fact}, 'handling.flags[]': {const: H2}}}}
""".replace("      vehicle: nothing\n", "")


def marked(value: object) -> Result:
    return from_json(MARKS, {"p": value})


def test_a_mark_goes_to_the_smallest_object_that_may_carry_it() -> None:
    result = marked({"r": "R", "basis": "assessment", "flag": "H1", "n": [{"f": "F", "grade": "2"}, {"f": "G"}]})
    assert persons(result) == [
        {
            "reference": "R",
            "names": [{"full": "F", "statement": {"information_grade": "2"}}, {"full": "G"}],
            "statement": {"basis": "assessment"},
            "handling": {"flags": ["H1"]},
        }
    ]


def test_flags_add_up_and_a_mark_of_a_value_goes_before_that_of_its_block() -> None:
    found = persons(marked({"r": "R", "basis": "assessment", "flag": "H1", "c": ["QM", "QN"]}))[0]
    assert found["handling"] == {"flags": ["H2", "H1"]}
    assert found["nationalities"] == [
        {"code": "QM", "statement": {"basis": "fact"}},
        {"code": "QN", "statement": {"basis": "fact"}},
    ] or found["statement"] == {"basis": "fact"}


def test_a_mark_is_written_only_if_its_value_is() -> None:
    assert marked({"basis": "fact", "flag": "H1"}).message == {}


def test_a_bad_handling_mark_always_quarantines() -> None:
    rules = """
    map:
      persons[]:
        at: $.p
        mark: {'handling.flags[]': {from: flag, convert: [integer], on_error: drop}}
        fields: {reference: r}
    """
    result = from_json(rules, {"p": {"r": "R", "flag": "x"}})
    assert (result.outcome, result.codes) == ("quarantined", ["K201"])


def test_marks_outside_an_entity_go_to_the_header() -> None:
    rules = """
    map:
      header.reference: {from: $.r, mark: {statement.basis: {const: fact}, handling.classification: {const: SENSITIVE}}}
    """
    header = from_json(rules, {"r": "R"}).message["header"]
    assert header == {"reference": "R", "statement": {"basis": "fact"}, "handling": {"classification": "SENSITIVE"}}


def test_two_marks_of_one_object_that_differ_quarantine() -> None:
    rules = """
    map:
      persons[]:
        at: $.p
        fields:
          reference: {from: r, mark: {statement.basis: {const: fact}}}
          sex: {from: s, mark: {statement.basis: {const: assessment}}}
    """
    assert from_json(rules, {"p": {"r": "R", "s": "M"}}).codes == ["R120"]
    assert from_json(rules, {"p": {"r": "R"}}).codes == []


REFS = """
map:
  persons[]: {each: $.p, as: person, key: id, fields: {reference: id, 'biometrics[]': {each: pic, fields: {kind: {const: face}, attachment: {ref: picture, on_error: POLICY}}}}}
  attachments[]: {each: $.a, as: picture, fields: {kind: k, 'about[]': {each: of, value: {ref: person, key: ., on_error: POLICY}}}}
  locations[]: {at: $.l, as: place, fields: {name: n}}
  events[]: {at: $.e, as: event, fields: {kind: {const: incident}, location: {ref: place, on_error: POLICY}}}
  links[]:
    each: $.x
    fields: {kind: {const: associate-of}, from: {ref: [nobody, person], key: f, on_error: POLICY}, to: {ref: person, key: t, on_error: POLICY}}
  organisations[]: {each: $.o, as: nobody, key: id, fields: {reference: id}}
"""


def linked(policy: str, value: object) -> Result:
    return from_json(REFS.replace("POLICY", policy), value)


def ids(result: Result, array: str) -> dict[object, object]:
    return {one.get("reference"): one["id"] for one in result.message.get(array, [])}  # type: ignore[union-attr, index, call-overload]  # JSON is a union


def test_references_lead_forward_backward_and_to_the_only_entity_of_an_at_block() -> None:
    value = {
        "p": [{"id": "1"}, {"id": "2"}],
        "l": {"n": "N"},
        "e": {},
        "x": [{"f": "1", "t": "2"}, {"f": "9", "t": "1"}],
        "o": [{"id": "9"}],
    }
    result = linked("quarantine", value)
    people = ids(result, "persons")
    assert result.codes == []
    links = result.message["links"]
    assert [(one["from"], one["to"]) for one in links] == [  # type: ignore[union-attr, index, call-overload]  # JSON is a union
        (people["1"], people["2"]),
        (ids(result, "organisations")["9"], people["1"]),
    ]
    assert result.message["events"][0]["location"] == result.message["locations"][0]["id"]  # type: ignore[index, call-overload]  # JSON is a union


@pytest.mark.parametrize(
    ("policy", "outcome", "left"),
    [
        ("quarantine", "quarantined", ["to"]),
        ("refuse", "refused", ["to"]),
        ("drop", "accepted", ["to"]),
        ("drop_item", "accepted", None),
    ],
)
def test_a_reference_that_leads_nowhere_is_bad(policy: str, outcome: str, left: list[str] | None) -> None:
    result = linked(policy, {"p": [{"id": "1"}], "x": [{"f": "2", "t": "1"}]})
    links = result.message.get("links")
    assert (result.outcome, result.codes) == (outcome, ["R117"])
    assert (None if links is None else [name for name in links[0] if name in {"from", "to"}]) == left  # type: ignore[index, call-overload]  # JSON is a union


def test_a_kept_reference_goes_to_extensions() -> None:
    result = linked("keep", {"p": [{"id": "1"}], "x": [{"f": "2", "t": "1"}]})
    assert [(one["value"], one["name"]) for one in result.message["extensions"]] == [("2", "x[0]")]  # type: ignore[union-attr, index, call-overload]  # JSON is a union


def test_an_entity_that_falls_out_takes_references_to_it_with_it() -> None:
    rules = """
    map:
      persons[]: {each: $.p, as: person, key: id, fields: {reference: id, occupations[]: {const: x}}}
      events[]: {each: $.e, as: event, key: id, fields: {reference: id, location: {ref: place, key: l, on_error: drop_item}}}
      locations[]: {each: $.l, as: place, key: id, fields: {reference: id}}
      links[]: {each: $.x, fields: {kind: {const: located-at}, from: {ref: event, key: e, on_error: drop_item}, to: {ref: person, key: p, on_error: drop_item}}}
    """.replace("occupations[]", "'occupations[]'")
    value = {
        "p": [{"id": "1"}],
        "e": [{"id": "a", "l": "none"}, {"id": "b", "l": "z"}],
        "l": [{"id": "z"}],
        "x": [{"e": "a", "p": "1"}, {"e": "b", "p": "1"}],
    }
    result = from_json(rules, value)
    assert [one["reference"] for one in result.message["events"]] == ["b"]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    assert len(result.message["links"]) == 1  # type: ignore[arg-type]  # JSON is a union
    assert (result.outcome, result.codes) == ("accepted", ["R117", "R117"])
    targets = [leaf.text for leaf in result.lineage]
    assert "links[0].from" in targets
    assert "events[0].reference" in targets
    assert not any(target.startswith(("links[1]", "events[1]")) for target in targets)


def test_a_reference_finds_the_entity_of_the_same_node_and_of_one_that_encloses_it() -> None:
    rules = """
    map:
      persons[]: {each: P, as: person, fields: {reference: ./@n}}
      links[]: {each: P/L, fields: {kind: {const: same-as}, from: {ref: person}, to: {ref: person}}}
      narrative[]: {each: P, fields: {text: ./@n, 'about[]': {ref: person}}}
    """
    result = from_xml(rules, '<P n="1"/><P n="2"><L/></P>')
    people = ids(result, "persons")
    assert [one["from"] for one in result.message["links"]] == [people["2"]]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    assert [one["about"] for one in result.message["narrative"]] == [[people["1"]], [people["2"]]]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
