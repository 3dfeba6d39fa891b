"""Values: where they come from, their states, and what the policies do."""

import pytest

from gateway.errors import DefinitionRefused
from gateway.mapping.api import build_outbound
from gateway.mapping.run.lineage import How
from tests.mapping.example_files import exchange
from tests.mapping.inline import PATH, Result, files_of, from_json, refused

CODES = "source,target,match,note\nM,M,exact,\nF,F,exact,\nZ,,none,never shared\n"


def person(rules: str, value: object, beside: str = "", **files: str) -> Result:
    indented = "\n".join("      " + line for line in rules.strip("\n").split("\n"))
    text = f"{beside}\nmap:\n  persons[]:\n    at: $.p\n    as: p\n    fields:\n{indented}\n"
    return from_json(text, {"p": value}, **files)


def only(result: Result) -> dict[str, object]:
    persons = result.message["persons"]
    assert isinstance(persons, list)
    found = persons[0]
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if name != "id"}


def test_a_plain_path_is_read_trimmed_and_composed() -> None:
    result = person("reference: r", {"r": "  Mu\u0308ller "})
    assert only(result) == {"reference": "Müller"}


@pytest.mark.parametrize("value", [{}, {"r": None}, {"r": ""}, {"r": "  \n"}])
def test_missing_is_no_node_null_or_blank(value: object) -> None:
    result = person("reference: r\nsex: {const: M}", value)
    assert only(result) == {"sex": {"code": "M"}}
    assert result.outcome == "accepted"


def test_numbers_and_truth_values_have_a_text() -> None:
    assert only(person("reference: r", {"r": 10})) == {"reference": "10"}
    assert only(person("reference: r", {"r": 1.50})) == {"reference": "1.5"}
    assert only(person("reference: r", {"r": False})) == {"reference": "false"}


@pytest.mark.parametrize("value", [{"a": 1}, ["x"], []])
def test_what_has_children_has_no_value(value: object) -> None:
    result = person("reference: r", {"r": value})
    assert (result.outcome, result.codes) == ("quarantined", ["P105"])


def test_a_null_spelling_is_missing_and_lineage_says_so() -> None:
    result = person("reference: {from: r, nulls: ['-0-']}\nsex: {const: M}", {"r": " -0- "})
    assert only(result) == {"sex": {"code": "M"}}
    assert [(leaf.text, leaf.notes) for leaf in result.lineage if leaf.how is How.NULL] == [
        ("persons[0].reference", ("spelled as null",))
    ]


def test_null_spellings_of_the_source_hold_everywhere_and_compare_exactly() -> None:
    beside = "defaults: {nulls: ['N/A']}"
    assert only(person("reference: r\nsex: {const: M}", {"r": "N/A"}, beside)) == {"sex": {"code": "M"}}
    assert only(person("reference: r", {"r": "n/a"}, beside)) == {"reference": "n/a"}


def test_a_template_lets_bracketed_parts_fall_out() -> None:
    rule = "reference: {from: {f: f, g: g}, text: '{f}[, {g}]'}\nsex: {const: M}"
    assert only(person(rule, {"f": "A", "g": "B"}))["reference"] == "A, B"
    assert only(person(rule, {"f": "A"}))["reference"] == "A"
    assert "reference" not in only(person(rule, {"g": "B"}))


def test_doubled_brackets_and_braces_are_literal() -> None:
    assert only(person("reference: {from: {f: f}, text: '[[{f}]] {{x}}'}", {"f": "A"}))["reference"] == "[A] {x}"


def test_first_of_takes_the_first_that_is_not_missing_and_no_bad_one_falls_through() -> None:
    rule = "reference: {first_of: [a, b, {const: none}]}"
    assert only(person(rule, {"b": "B"}))["reference"] == "B"
    assert only(person(rule, {}))["reference"] == "none"
    result = person(rule, {"a": {"x": 1}, "b": "B"})
    assert (result.outcome, result.codes) == ("quarantined", ["P105"])


def test_choose_takes_the_first_branch_that_holds() -> None:
    rule = "reference: {choose: [{when: k == 'a', then: x}, {when: has(y), then: y}, {otherwise: {const: z}}]}"
    assert only(person(rule, {"k": "a", "x": "X", "y": "Y"}))["reference"] == "X"
    assert only(person(rule, {"k": "b", "y": "Y"}))["reference"] == "Y"
    assert only(person(rule, {}))["reference"] == "z"


def test_when_guards_a_rule_and_on_missing_is_not_asked() -> None:
    rule = "reference: {from: r, when: k == 'a', on_missing: refuse}\nsex: {const: M}"
    assert person(rule, {"k": "b"}).outcome == "accepted"
    assert person(rule, {"k": "a"}).outcome == "refused"


def test_a_default_replaces_missing_but_not_bad() -> None:
    rule = "reference: {from: r, default: D}"
    assert only(person(rule, {}))["reference"] == "D"
    assert person(rule, {"r": {"x": 1}}).codes == ["P105"]


@pytest.mark.parametrize(
    ("policy", "outcome", "warning"),
    [("skip", "accepted", None), ("quarantine", "quarantined", False), ("refuse", "refused", False)],
)
def test_on_missing(policy: str, outcome: str, warning: bool | None) -> None:
    result = person(f"reference: {{from: r, on_missing: {policy}}}\nsex: {{const: M}}", {})
    assert result.outcome == outcome
    assert [fault.severity == "warning" for fault in result.faults] == ([] if warning is None else [warning])


def test_drop_item_on_missing_drops_the_nearest_item_with_a_warning() -> None:
    rules = "sex: {const: M}\nnames[]: {each: n, fields: {full: {from: f, on_missing: drop_item}, family: g}}"
    result = person(rules, {"n": [{"g": "G"}, {"f": "F"}]})
    assert only(result)["names"] == [{"full": "F"}]
    assert (result.outcome, result.codes) == ("accepted", ["R104"])
    assert result.faults[0].field == "persons[0].names[0].full"


@pytest.mark.parametrize(
    ("policy", "outcome", "sex"),
    [
        ("quarantine", "quarantined", None),
        ("refuse", "refused", None),
        ("drop", "accepted", None),
        ("keep", "accepted", {"raw": "Q"}),
        ("{use: X}", "accepted", {"code": "X"}),
        ("{use: X, keep: true}", "accepted", {"code": "X", "raw": "Q"}),
    ],
)
def test_on_error(policy: str, outcome: str, sex: object) -> None:
    rules = f"reference: r\nsex: {{from: s, lookup: sex, on_error: {policy}}}"
    result = person(rules, {"r": "R", "s": "Q"}, "tables: {sex: codes/sex.csv}", codes__sex_csv=CODES)
    assert (result.outcome, result.codes) == (outcome, ["R111"])
    assert only(result).get("sex") == sex
    fault = result.faults[0]
    assert (fault.field, fault.at.path, fault.place.line) == ("persons[0].sex", "$['p']['s']", 12)


def test_keep_goes_to_extensions_where_there_is_no_raw() -> None:
    rules = "reference: {from: r, convert: [integer], on_error: keep}\nsex: {const: M}"
    result = person(rules, {"r": "12a"})
    person_id = result.message["persons"][0]["id"]  # type: ignore[index, call-overload]  # JSON is a union
    extension = result.message["extensions"][0]  # type: ignore[index, call-overload]  # JSON is a union
    assert {name: extension[name] for name in ("about", "source", "path", "name", "value")} == {  # type: ignore[index, call-overload]  # JSON is a union
        "about": person_id,
        "source": "x-agency",
        "path": "$['p']['r']",
        "name": "r",
        "value": "12a",
    }
    assert (result.outcome, result.codes) == ("accepted", ["K201"])


def test_a_row_that_matches_none_is_known_and_not_shared() -> None:
    rules = "reference: r\nsex: {from: s, lookup: sex, on_missing: refuse, default: X}"
    result = person(rules, {"r": "R", "s": "Z"}, "tables: {sex: codes/sex.csv}", codes__sex_csv=CODES)
    assert (result.outcome, result.codes, only(result)) == ("accepted", [], {"reference": "R"})


def test_raw_stands_only_where_the_source_spells_it_differently() -> None:
    table = "source,target,match,note\nM,M,exact,\nmale,M,exact,\n"
    rules = "sex: {from: s, lookup: sex}"
    beside = "tables: {sex: codes/sex.csv}"
    assert only(person(rules, {"s": "M"}, beside, codes__sex_csv=table)) == {"sex": {"code": "M"}}
    assert only(person(rules, {"s": " male "}, beside, codes__sex_csv=table)) == {"sex": {"code": "M", "raw": "male"}}


def test_a_value_must_fit_its_target() -> None:
    assert person("sex: s", {"s": "male"}).codes == ["T302"]
    assert person("reference: r", {"r": "x" * 513}).codes == ["T303"]
    assert person("reference: r", {"r": "a\u202eb"}).codes == ["T304"]
    assert person("births[]: {fields: {date: d}}", {"d": "1987-1"}).codes == ["T304"]


def test_a_whole_date_is_written_by_one_rule() -> None:
    rules = (
        "births[]: {fields: {date: {from: d, convert: [{fuzzy_date: {formats: [D MMM YYYY, YYYY], circa: ['c. ']}}]}}}"
    )
    assert only(person(rules, {"d": "4 Jun 1975"}))["births"] == [
        {"date": {"value": "1975-06-04", "raw": "4 Jun 1975"}}
    ]
    about = {"value": "1975", "qualifier": "about", "raw": "c. 1975"}
    assert only(person(rules, {"d": "c. 1975"}))["births"] == [{"date": about}]


def test_unknown_as_a_statement_goes_to_stated_unknown() -> None:
    rules = "sex: {const: M}\nbirths[]: {fields: {date: {from: d, convert: [{fuzzy_date: {formats: [YYYY], unknown: ['?']}}]}}}"
    assert only(person(rules, {"d": "?"})) == {"sex": {"code": "M"}, "stated_unknown": ["person.births.date"]}


def test_composite_keys_and_other_columns_of_a_table() -> None:
    table = "source.c,source.k,target,match,note,grade\nQM,1,A,exact,,high\nQM,2,B,exact,,\n"
    rules = "reference: {lookup: {table: t, key: {k: k, c: c}}}\noccupations[]: {lookup: {table: t, key: {c: c, k: k}, take: grade}}"
    beside = "tables: {t: codes/t.csv}"
    value = {"c": "QM", "k": 1}
    assert only(person(rules, value, beside, codes__t_csv=table)) == {"reference": "A", "occupations": ["high"]}
    assert person(rules, {"c": "QM", "k": 3}, beside, codes__t_csv=table).codes == ["R111", "R111"]


def test_rows_with_validity_are_asked_for_a_day() -> None:
    table = "source,target,match,note,valid_from,valid_to\n1,old,exact,,,2019-12-31\n1,new,exact,,2020-01-01,\n"
    rules = "reference: {from: k, lookup: {table: t, as_of: d}}"
    beside = "tables: {t: codes/t.csv}"

    def asked(day: str | None) -> object:
        result = person(rules, {"k": "1", **({} if day is None else {"d": day})}, beside, codes__t_csv=table)
        return only(result)["reference"] if result.outcome == "accepted" else result.codes

    assert (asked("2019-05-01"), asked("2020"), asked("2020-01-01")) == ("old", "new", "new")
    assert asked(None) == ["R113"]


def test_the_outcome_is_the_worst_and_all_problems_are_told() -> None:
    rules = "reference: {from: r, convert: [integer], on_error: drop}\nsex: {from: s, on_error: refuse}\nnames[]: {fields: {full: {from: n, on_missing: quarantine}}}"
    result = person(rules, {"r": "x", "s": "q"})
    assert (result.outcome, result.codes) == ("refused", ["K201", "T302", "R104"])


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("reference: {from: a, const: b}", "W004"),
        ("reference: {text: '{a}'}", "W008"),
        ("reference: {from: a, lookup: nope}", "L010"),
        ("reference: {from: a, convert: [uper]}", "K001"),
        ("reference: {from: a, convert: [{pad: {width: x}}]}", "K002"),
        ("refrence: a", "T201"),
        ("reference: {in: nobody, from: a}", "J406"),
        ("reference: {join: nowhere, key: a, from: b}", "J407"),
        ("reference: {from: a, pick: only, convrt: []}", "W001"),
        ("reference: {from: a, when: 'matches(a, nothing)'}", "X505"),
        ("about: {ref: nobody}", "T201"),
    ],
)
def test_what_cannot_be_resolved_is_refused_with_its_code(rule: str, code: str) -> None:
    rules = f"map:\n  persons[]:\n    at: $.p\n    fields:\n      {rule}\n"
    assert [found.split()[0] for found in refused(files_of(rules))] == [code]


def test_an_empty_value_is_a_mistake_where_the_mapping_says_so() -> None:
    result = person("reference: r\nsex: {const: M}", {"r": " "}, "defaults: {empty_is: error}")
    assert (result.outcome, result.codes) == ("quarantined", ["R105"])
    assert person("reference: r\nsex: {const: M}", {}, "defaults: {empty_is: error}").codes == []


def test_a_code_without_a_row_on_that_day_differs_from_one_without_any() -> None:
    table = "source,target,match,note,valid_from,valid_to\n1,old,exact,,,2019-12-31\n"
    rules = "reference: {from: k, lookup: {table: t, as_of: d}}"
    for key, code in (("1", "R112"), ("2", "R111")):
        result = person(rules, {"k": key, "d": "2020-01-01"}, "tables: {t: codes/t.csv}", codes__t_csv=table)
        assert result.codes == [code]


def test_a_date_that_is_not_one_exact_day_does_not_fit_a_day() -> None:
    rule = "from: d, convert: [{fuzzy_date: {formats: [YYYY-MM-DD, YYYY], circa: ['c. ']}}]"
    rules = f"map:\n  notice.valid_until: {{{rule.replace('from: d', 'from: $.d')}}}"
    assert from_json(rules, {"d": "2027-03-01"}).message == {"notice": {"valid_until": "2027-03-01"}}
    assert from_json(rules, {"d": "c. 2027-03-01"}).codes == ["T301"]
    assert from_json(rules, {"d": "2027"}).codes == ["T304"]


def test_a_mark_needs_something_that_can_carry_it() -> None:
    rules = "map:\n  rows[]: {each: $.persons, mark: {statement.basis: {const: fact}}, fields: {a: id}}"
    head = "mapping: x\nversion: 1\nsource: {format: exchange, version: 1}\ntarget: {format: csv, schema: l.yaml}\n"
    files = files_of(rules, head)
    files["mappings/x/l.yaml"] = b"columns: [a]\nformula_guard: apostrophe\n"
    with pytest.raises(DefinitionRefused) as caught:
        build_outbound(PATH, files, exchange())
    assert [fault.code for fault in caught.value.faults] == ["T003"]


def test_clean_takes_only_what_cannot_fail() -> None:
    assert refused(files_of("defaults: {clean: [trim, integer, {truncate: 3}]}\nmap: {}")) == ["K003 5:26"]
