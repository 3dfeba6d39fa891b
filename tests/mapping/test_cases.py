"""The runner of the tests beside mappings: what passes, what fails and why, golden files, changes, thresholds."""

import json

import pytest

from gateway.document.tree import JsonObject
from gateway.errors import Fault, Place
from gateway.mapping.cases.cases import CasesReport, run_cases
from gateway.mapping.cases.compare import differences, is_present, occurs
from gateway.mapping.cases.load import Diagnostic
from tests.mapping.example_files import BORDER, POLICE, edited, example_files, exchange
from tests.mapping.small import MAPPING, json_files

POLICE_TESTS = "mappings/xx-police/notice3.tests.yaml"
BORDER_TESTS = "mappings/yy-border/watchlist.tests.yaml"
GOLDEN = "mappings/xx-police/fixtures/wanted.exchange.json"
HIT = "mappings/yy-border/fixtures/hit.exchange.json"


def run(path: str, files: dict[str, bytes]) -> CasesReport:
    return run_cases(path, files, exchange())


def failures(report: CasesReport) -> dict[str, tuple[str, ...]]:
    return {result.name: result.differs for result in report.results if not result.passed}


@pytest.mark.parametrize("path", [POLICE, BORDER])
def test_the_examples_pass_their_tests(path: str) -> None:
    report = run(path, example_files())
    assert failures(report) == {}
    assert report.faults == ()
    assert report.good
    assert report.golden == {}
    assert report.measured is not None
    assert report.measured.rules[0] == report.measured.rules[1]


def test_the_border_example_becomes_what_the_design_says() -> None:
    made = json.loads(example_files()[HIT])
    assert made["notice"] == {"kind": "watch", "action": "arrest", "valid_until": "2027-03-01"}
    person = made["persons"][0]
    assert person["names"] == [
        {"kind": "primary", "full": "Müller, Anna", "family": "Müller", "given": "Anna"},
        {"kind": "alias", "full": "Miller", "family": "Miller"},
    ]
    assert person["births"] == [{"date": {"value": "1987-03", "raw": "03.1987"}}]
    assert made["links"][0]["to"] == made["objects"][0]["id"]
    assert made["links"][1]["to"] == made["events"][0]["id"]


def test_a_changed_golden_file_fails_and_is_handed_back() -> None:
    files = edited((GOLDEN, '"place": "Larkhaven"', '"place": "Larkhafen"'))
    report = run(POLICE, files)
    assert failures(report) == {
        "wanted person, two names, one passport": ("persons[0].births[0].place has another value",)
    }
    assert not report.good
    assert report.golden == {GOLDEN: example_files()[GOLDEN]}


def test_a_golden_file_that_is_not_there_fails_and_is_made() -> None:
    files = example_files()
    golden = files.pop(GOLDEN)
    report = run(POLICE, files)
    assert list(failures(report)) == ["wanted person, two names, one passport"]
    assert report.golden == {GOLDEN: golden}


def test_a_change_of_the_mapping_is_seen_by_the_golden_file() -> None:
    report = run(POLICE, edited((POLICE, "header.precedence: {const: ROUTINE}", "header.precedence: {const: FLASH}")))
    assert failures(report)["wanted person, two names, one passport"] == ("header.precedence has another value",)


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ("outcome: refused\n  - name: a person", "outcome: quarantined\n  - name: a person", "the outcome is refused"),
        ("code: K301", "code: K999", "there is no K999 for persons[0].births[0].date"),
        ('field: "persons[0].births[0].date"', 'field: "persons[1].births[0].date"', "there is no K301 for persons[1]"),
        ("at: /Notice/Person/Birth/Date", "at: /Notice/Person/Birth/Place", "there is no K301"),
        ("date.value", "date.raw", "persons[0].births[0].date.raw is there"),
        ("Person/Birth/Date:", "Person/Birth/Dates:", "the sample has no such place"),
        ("Person/Height/@unit: cm", "Person/Height/@units: cm", "the sample has no such attribute"),
        ('"Warrant/Offence[2]": "999"', '"Warrant/Offence[9]": "999"', "the sample has no such place"),
        ("Person/Birth/Date: 31/02/1987", "Person/Birth: x", "an element with children has no value to change"),
    ],
)
def test_an_expectation_that_is_not_met_is_told(old: str, new: str, differs: str) -> None:
    found = failures(run(POLICE, edited((POLICE_TESTS, old, new))))
    assert any(differs in text for texts in found.values() for text in texts), found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("outcome: accepted", "outcme: accepted", "W001"),
        ("outcome: accepted", "outcome: acepted", "W005"),
        ("input: fixtures/hit.json\n    output", "input: fixtures/hits.json\n    output", "W009"),
        ("mapping: watchlist.map.yaml", "mapping: watchlist2.map.yaml", "W009"),
        ("    change: {$.hit.act: X}\n", "    change: {$.hit.act: [X]}\n", "W002"),
        ("a number stays a number", "a hit with two names, a passport and a car", "W007"),
        ("    absent: [", "    messages: [{outcome: accepted}]\n    absent: [", "W006"),
    ],
)
def test_a_misspelt_test_does_not_pass(old: str, new: str, code: str) -> None:
    report = run(BORDER, edited((BORDER_TESTS, old, new)))
    assert [fault.code for fault in report.faults] == [code]
    assert report.faults[0].place.file == BORDER_TESTS
    assert not report.good


def test_a_threshold_that_is_not_reached_forbids_loading() -> None:
    report = run(POLICE, edited((POLICE_TESTS, "table_rows: 40%", "table_rows: 90%")))
    assert [(fault.code, fault.message) for fault in report.faults] == [
        ("R703", "9 of 17 table rows are exercised, 90% are required")
    ]
    assert not report.good


def test_rules_and_branches_that_no_case_exercises_are_named() -> None:
    files = edited((POLICE_TESTS, ", Person/Height/@unit: cm", ""))
    report = run(POLICE, files)
    assert report.measured is not None
    assert report.measured.branches == (1, 2)
    lines = files[POLICE].decode().split("\n")
    assert any("otherwise" in lines[place.line - 1] for place in report.measured.unused)


def test_a_mapping_without_tests_is_not_good() -> None:
    files = example_files()
    del files[POLICE_TESTS]
    report = run(POLICE, files)
    assert [fault.code for fault in report.faults] == ["R702"]
    assert not report.good


def test_a_mapping_that_does_not_load_is_a_report() -> None:
    report = run(POLICE, edited((POLICE, "mapping: xx-police.notice3", "maping: xx-police.notice3")))
    assert "W001" in {fault.code for fault in report.faults}
    assert not report.good


CSV = """
mapping: x
version: 1.0.0
source: {format: csv, columns: {no: 1, kind: 2, name: 3}, header: false}
target: {format: exchange, version: 1}
split:
  alert:
    each: row
    map:
      header.reference: no
      header.kind: {const: situation-alert}
      header.issued: {in: envelope, from: taken}
      header.precedence: {const: ROUTINE}
      header.originator.country: {const: NO}
      header.purpose: {const: border}
      header.handling.classification: {const: OFFICIAL}
      alert.event.raw: kind
      alert.headline: name
      alert.urgency: {const: Immediate}
      alert.severity: {const: Severe}
      alert.certainty: {const: Observed}
"""
CSV_TESTS = """
mapping: x.map.yaml
cases:
  - name: every row is a message
    input: a.csv
    change: {"row[2]/kind": flood}
    messages:
      - {outcome: accepted, absent: [alert.instruction]}
      - {output: golden/second.json}
"""


def test_each_message_of_a_split_has_its_own_expectation_and_a_cell_can_be_changed() -> None:
    files = {MAPPING: CSV.encode(), "m/x.tests.yaml": CSV_TESTS.encode(), "m/a.csv": b"1,fire,a\r\n2,storm,b\r\n"}
    report = run(MAPPING, files)
    made = json.loads(report.golden["m/golden/second.json"])
    assert made["alert"]["event"] == {"raw": "flood"}
    assert made["header"]["reference"] == "2"
    files["m/golden/second.json"] = report.golden["m/golden/second.json"]
    assert failures(run(MAPPING, files)) == {}
    fewer = CSV_TESTS.replace("      - {outcome: accepted, absent: [alert.instruction]}\n", "")
    files["m/x.tests.yaml"] = fewer.encode()
    assert "2 messages came out instead of 1" in failures(run(MAPPING, files))["every row is a message"]


OUTBOUND = """
mapping: x
version: 1.0.0
source: {format: exchange, version: 1}
target: {format: json, schema: t.json}
map:
  id: $.header.reference
  kind: {from: $.header.kind, on_missing: quarantine}
"""
OUTBOUND_TESTS = """
mapping: x.map.yaml
cases:
  - {name: written, input: in.json, output: out.json}
  - {name: not without a kind, input: none.json, outcome: quarantined}
"""
TEXT = '{"type": "string"}'
TARGET = f'{{"type": "object", "additionalProperties": false, "properties": {{"id": {TEXT}, "kind": {TEXT}}}}}'


def test_an_outbound_mapping_is_compared_byte_by_byte() -> None:
    files = {
        MAPPING: OUTBOUND.encode(),
        "m/x.tests.yaml": OUTBOUND_TESTS.encode(),
        "m/t.json": TARGET.encode(),
        "m/in.json": b'{"header": {"reference": "1", "kind": "receipt"}}',
        "m/none.json": b'{"header": {"reference": "1"}}',
    }
    report = run(MAPPING, files)
    files |= report.golden
    assert json.loads(files["m/out.json"]) == {"id": "1", "kind": "receipt"}
    assert failures(run(MAPPING, files)) == {}
    files["m/out.json"] += b" "
    assert failures(run(MAPPING, files)) == {"written": ("the bytes differ from m/out.json",)}


# -- comparing --------------------------------------------------------------------------------------------------------


def test_differences_are_paths_and_never_values() -> None:
    found: JsonObject = {"a": 1, "b": [1, 2], "c": "secret", "e": True}
    golden: JsonObject = {"a": 1, "b": [1], "c": "other", "d": 1, "e": 1}
    assert differences(found, golden) == [
        "b has 2 items instead of 1",
        "c has another value",
        "d is missing",
        "e has another value",
    ]
    assert differences({"x": 1}, {}) == ["x is not expected"]
    assert differences(found, found) == []
    assert differences(dict.fromkeys("abcdefghi"), {})[-1] == "and more"


def test_presence_follows_members_and_positions() -> None:
    value: JsonObject = {"p": [{"d": {"v": "x"}}]}
    assert is_present(value, "p[0].d.v")
    assert not is_present(value, "p[1].d")
    assert not is_present(value, "p.d")
    assert not is_present(value, "p[0].d.w")


def test_a_diagnostic_occurs_with_everything_that_is_written_of_it() -> None:
    fault = Fault("K301", "m", Place("f", 1, 1), at=Place(path="/Notice[1]/Person[1]/Date[1]"), field="p[0].d")
    for code, field, at, holds in [
        ("K301", "", "", True),
        ("K302", "", "", False),
        ("K301", "p[0].d", "", True),
        ("K301", "p[1].d", "", False),
        ("K301", "", "/Notice/Person/Date", True),
        ("K301", "", "/Notice/Person[2]/Date", False),
    ]:
        assert occurs(Diagnostic(code, field, at, Place()), (fault,)) is holds


def test_a_table_for_a_partner_has_the_layouts_headings_and_guards_formulas() -> None:
    mapping = """
mapping: x
version: 1.0.0
source: {format: exchange, version: 1}
target: {format: csv, schema: rows.layout.yaml, delimiter: ";"}
map:
  rows[]:
    each: $.persons
    fields:
      surname: {from: "names[0].family", on_missing: quarantine}
      born: "births[0].date.value"
"""
    tests = "mapping: x.map.yaml\ncases:\n  - {name: written, input: in.json, output: out.csv}\n"
    layout = "formula_guard: apostrophe\ncolumns: {surname: {heading: Surname, required: true}, born: Born}\n"
    message = {"persons": [{"names": [{"family": "=Tarn"}], "births": [{"date": {"value": "1980"}}]}]}
    files = {
        MAPPING: mapping.encode(),
        "m/x.tests.yaml": tests.encode(),
        "m/rows.layout.yaml": layout.encode(),
        "m/in.json": json.dumps(message).encode(),
    }
    report = run(MAPPING, files)
    assert report.golden == {"m/out.csv": b"Surname;Born\r\n'=Tarn;1980\r\n"}


# -- round trips ------------------------------------------------------------------------------------------------------


def round_trip(back: str) -> tuple[str, ...]:
    """What differs when a small mapping is run with `round_trip` and this way back; empty without any."""
    rules = "header.originator.desk: {from: $.r, convert: [{prefix: N-}]}\n" + ALERT
    files = json_files(rules, r=LINE, e=LINE)
    files["m/in.json"] = b'{"id": "1", "ts": "2026-01-01T00:00:00Z", "r": "7", "e": "flood"}'
    files["m/x.tests.yaml"] = (
        b"mapping: x.map.yaml\ncases:\n  - {name: one, input: in.json, outcome: accepted, round_trip: exact_fields}\n"
    )
    if back:
        head = "mapping: x.back\nversion: 1.0.0\ninverse_of: x.map.yaml\nsource: {format: exchange, version: 1}\n"
        text = f"{head}target: {{format: json, schema: x.schema.json}}\n{back}"
        files["m/y.map.yaml"] = text.encode()
    (result,) = run(MAPPING, files).results
    return result.differs


LINE = {"type": "string", "minLength": 1}
ALERT = """header.language: {const: en}
alert.event.raw: $.e
alert.urgency: {const: Immediate}
alert.severity: {const: Severe}
alert.certainty: {const: Observed}
"""
BACK = """patterns: {n: 'N-(?<v>.+)'}
map:
  id: $.header.reference
  ts: $.header.issued
  r: {at: {parse: n, from: $.header.originator.desk}, value: v}
  e: $.alert.event.raw
"""


def test_what_is_exact_comes_back_through_the_mapping_that_undoes_this_one() -> None:
    assert round_trip(BACK) == ()


@pytest.mark.parametrize(
    ("back", "differs"),
    [
        ("", "round_trip needs a mapping that says `inverse_of` this one"),
        ("map: {id: [", "round_trip needs a mapping that says `inverse_of` this one"),
        (BACK.replace("  ts: $.header.issued\n", ""), "the way back gives nothing (R901, DOC-050)"),
        (BACK.replace("value: v", "value: {const: x}"), "header.originator.desk is exact and does not come back"),
    ],
)
def test_a_round_trip_that_fails_says_where(back: str, differs: str) -> None:
    assert differs in round_trip(back)
