"""Lineage: one record for every filled leaf (held for every run in `inline.run_all`), what it says, and never a value."""

import json

from gateway.document.tree import JsonObject
from gateway.exchange.message import leaves
from gateway.mapping.api import build_outbound
from gateway.mapping.run.lineage import How, LineageRecord, lineage_of
from gateway.mapping.run.report import read_lineage
from tests.mapping.example_files import exchange
from tests.mapping.inline import PATH, Result, from_json, whole
from tests.mapping.test_marks_and_refs import MARKS
from tests.mapping.test_outbound import MESSAGE, PERSONS, xml

RULES = """
tables: {sex: codes/sex.csv}
map:
  persons[]:
    each: $.p
    fields:
      sex: {choose: [{when: has(s), then: {from: s, convert: [upper], lookup: sex}}, {otherwise: {const: X}}]}
      reference: {first_of: [a, {from: b, convert: [upper]}], convert: [{prefix: N-}]}
      description.height_cm: {from: h, convert: [round], on_error: keep}
      occupations[]: {from: o, on_error: {use: none}, convert: [{remove: x}]}
      names[]: {fields: {full: {from: q, convert: [upper], default: unknown}}}
      births[]:
        choose:
          - {when: has(d), then: {fields: {date: {from: d, convert: [{fuzzy_date: {formats: [YYYY]}}]}}}}
          - {otherwise: {fields: {place: l}}}
"""
TABLE = "source,target,match,note\nM,M,exact,\nF,F,narrower,\n"


def made(*persons: JsonObject) -> dict[str, LineageRecord]:
    result = from_json(RULES, {"p": [*persons]}, codes__sex_csv=TABLE)
    return {record.text: record for record in result.lineage}


def line(text: str) -> int:
    (number,) = [n for n, one in enumerate(RULES.strip("\n").split("\n"), 5) if text in one]
    return number


def test_a_record_says_rule_place_row_branch_and_converters() -> None:
    found = made({"s": "f", "b": "7", "d": "1975"}, {"l": "L"})
    for part in ("code", "raw"):
        sex = found[f"persons[0].sex.{part}"]
        assert (sex.how, sex.rule.line, sex.branch.line) == (How.RULE, line("sex: {choose"), line("sex: {choose"))
        assert [str(place) for place in sex.sources] == ["$['p'][0]['s']"]
        assert sex.converters == ("upper",)
        assert [(row.place.line, row.match) for row in sex.rows] == [(3, "narrower")]
    other = found["persons[1].sex.code"]
    assert (other.sources, other.notes, other.converters) == ((), ("constant",), ())
    assert other.branch.column > found["persons[0].sex.code"].branch.column
    reference = found["persons[0].reference"]
    assert ([str(place) for place in reference.sources], reference.converters) == (
        ["$['p'][0]['b']"],
        ("upper", "prefix"),
    )
    assert found["persons[0].births[0].date.value"].branch.line == line("when: has(d)")
    assert found["persons[1].births[0].place"].branch.line == line("otherwise: {fields")


def test_defaults_substitutes_and_what_was_kept_say_so() -> None:
    found = made({"o": "x", "h": "tall"}, {"h": "1.6"})
    substitute, default = found["persons[0].occupations[0]"], found["persons[1].names[0].full"]
    assert (substitute.notes, substitute.converters) == (("substitute",), ())
    assert (default.notes, default.converters) == (("default",), ())
    kept = found["extensions[0].value"]
    assert (kept.how, kept.rule.line, str(kept.sources[0])) == (How.KEPT, line("height_cm"), "$['p'][0]['h']")
    assert found["persons[0].id"].how is How.GATEWAY


def test_a_mark_is_told_where_it_stands() -> None:
    given = {"r": "R", "basis": "assessment", "flag": "H1", "n": [{"f": "F", "grade": "2"}], "c": ["QM", "QN"]}
    found = {record.text: record for record in from_json(MARKS, {"p": given}).lineage}
    grade = found["persons[0].names[0].statement.information_grade"]
    assert (grade.how, str(grade.sources[0])) == (How.MARK, "$['p']['n'][0]['grade']")
    assert found["persons[0].nationalities[1].code"].how is How.RULE
    flags = [found[f"persons[0].handling.flags[{at}]"] for at in (0, 1)]
    assert {flag.how for flag in flags} == {How.MARK}
    assert "$['p']['flag']" in {str(place) for flag in flags for place in flag.sources}


def test_an_outbound_body_has_lineage_into_the_disclosed_message() -> None:
    mapping = build_outbound(PATH, xml(PERSONS), exchange())
    (recorded,) = mapping.apply(MESSAGE).lineage
    run = mapping.run(MESSAGE)
    (mapped,) = run.messages()
    assert mapped.message is not None
    assert mapped.lineage == recorded
    records = lineage_of(mapping.program, run.reporter, read_lineage(recorded), mapped.message)
    whole(records, mapped.message)
    assert len(records) == len(list(leaves(mapped.message)))
    sources = {record.text: [str(place) for place in record.sources] for record in records}
    assert sources["Person[0]/Name[1]/@kind"] == ["$['persons'][0]['names'][1]['kind']"]
    assert sources["Person[0]/Name[1]"] == ["$['persons'][0]['names'][1]['full']"]
    assert sources["@v"] == []


def test_lineage_holds_no_value() -> None:
    canary = {name: f"CANARY{at}" for at, name in enumerate("sabhodl")}
    shown: list[Result] = [from_json(RULES, {"p": [canary]}, codes__sex_csv=TABLE)]
    shown.append(from_json(MARKS, {"p": {"r": "CANARY", "basis": "fact", "n": [{"f": "CANARY"}]}}))
    for result in shown:
        assert "CANARY" in json.dumps(result.message)
        assert "CANARY" not in repr(result.lineage)
        assert b"CANARY" not in result.mapped.lineage


def test_a_mark_of_fixed_characters_alone_is_told_where_it_stands() -> None:
    """All names of its text are missing: nothing was read, and it is the rule's word all the same."""
    rules = """
map:
  persons[]:
    each: $.p
    mark: {statement.scheme: {from: {a: a}, text: "local[-{a}]"}}
    fields:
      reference: r
"""
    result = from_json(rules.replace("statement.scheme", "statement.grade_scheme"), {"p": [{"r": "R-1"}]})
    found = {record.text: record for record in result.lineage}
    marked = found["persons[0].statement.grade_scheme"]
    assert (marked.how, marked.sources, marked.notes) == (How.MARK, (), ("constant",))
