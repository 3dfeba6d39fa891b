"""Mutation testing: every operator makes its mistake in one place, and a test kills it or it is shown with its line."""

import json
from functools import cache

import pytest

from gateway.mapping.cases.cases import prepare, results_of
from gateway.mapping.mutate.mutants import MOST_ROWS, mutants_of
from gateway.mapping.mutate.score import MutantsReport, score
from gateway.mapping.mutate.spots import placed, spots_of
from gateway.names import Digest
from tests.mapping.example_files import BORDER, POLICE, example_files, exchange
from tests.mapping.small import MAPPING, json_files

RULES = """
header.language: {const: en}
alert.event.raw: $.day
alert.urgency: {const: Immediate}
alert.severity: {const: Severe}
alert.certainty: {const: Observed}
header.handling.flags[]: {const: H1}
persons[]:
  at: $.p
  where: kind == 'p'
  fields:
    roles[]: {const: unknown}
    names[]:
      each: names
      pick: first
      fields:
        full: first
        family:
          first_of: [{from: last, convert: [upper]}, first]
          on_error: refuse
        kind: {from: kind, lookup: {table: t, as_of: $.day}, default: alias, on_error: drop}
    sex: {choose: [{when: "s == 'f'", then: {const: F}}, {otherwise: {const: M}}]}
"""
BESIDE = """
tables: {t: t.csv}
check: [{that: has($.id)}]
"""
TABLE = (
    "source,target,match,valid_from,valid_to\nA,alias,exact,,2020-12-31\nA,birth,exact,2021-01-01,\nP,primary,exact,,\n"
)
TEXT = {"type": "string"}
NAME = {"type": "object", "properties": {"last": TEXT, "first": TEXT, "kind": TEXT}}
PERSON = {
    "type": "object",
    "properties": {"kind": TEXT, "s": TEXT, "names": {"type": "array", "items": NAME}},
    "required": ["kind"],
}
SAMPLE = {
    "id": " R-1",
    "ts": "2026-01-01T00:00:00Z",
    "day": "2022-05-05",
    "p": {
        "kind": "p",
        "s": "f",
        "names": [{"last": "Ax", "first": "Bo", "kind": "A"}, {"last": "Cy", "first": "Di", "kind": "Z"}],
    },
}
TESTS = """
mapping: x.map.yaml
cases:
  - name: one person
    input: in.json
    output: out.json
"""


def files(tests: str = TESTS) -> dict[str, bytes]:
    found = json_files(RULES, beside=BESIDE, day=TEXT, p=PERSON)
    found |= {"m/t.csv": TABLE.encode(), "m/in.json": json.dumps(SAMPLE).encode(), "m/x.tests.yaml": tests.encode()}
    return found | dict(results_of(prepare(MAPPING, found, exchange())).golden)


@cache
def scored(tests: str = TESTS) -> MutantsReport:
    return score(prepare(MAPPING, files(tests), exchange()))


def survivors(report: MutantsReport, given: dict[str, bytes]) -> set[str]:
    lines = {name: content.decode().split("\n") for name, content in given.items()}
    return {f"{one.what}: {lines[one.place.file][one.place.line - 1].strip()}" for one in report.survivors}


@pytest.mark.parametrize(
    "what",
    [
        "the rule is left out", "const has another value", "where is negated", "upper is left out",
        "first_of asks this one earlier", "on_error is quarantine instead of refuse", "pick is last instead of first",
        "the branch's condition is negated", "as_of is left out", "the row is left out", "where is left out",
        "the row answers as another does", "default is left out", "clean: trim is left out", "the check is left out",
        "defaults: on_error is drop instead of quarantine",
    ],
)  # fmt: skip
def test_each_operator_makes_its_mistake(what: str) -> None:
    prepared = prepare(MAPPING, files(), exchange())
    assert what in {mutant.what for mutant in mutants_of(prepared.runner.program, prepared.runner.digest)}


def test_what_the_case_protects_is_killed_and_the_rest_is_shown_with_its_line() -> None:
    report = scored()
    shown = survivors(report, files())
    assert "the rule is left out: roles[]: {const: unknown}" not in shown
    assert "upper is left out: first_of: [{from: last, convert: [upper]}, first]" not in shown
    assert "pick is last instead of first: pick: first" not in shown
    assert "as_of is left out: kind: {from: kind, lookup: {table: t, as_of: $.day}, default: alias, on_error: drop}" not in shown
    assert "the row is left out: A,birth,exact,2021-01-01," not in shown
    assert "clean: trim is left out: mapping: x" not in shown
    assert "the row is left out: P,primary,exact,," in shown
    assert "where is left out: - {where}" not in shown
    assert any(one.startswith("where is left out") for one in shown)
    assert any(one.startswith("on_error is quarantine instead of refuse") for one in shown)
    assert report.killed + len(report.survivors) == report.mutants


def test_a_case_more_kills_what_it_protects() -> None:
    more = TESTS + "  - name: not a person\n    input: in.json\n    change: {$.p.kind: q}\n    outcome: quarantined\n"
    assert any(one.startswith("where is left out") for one in survivors(scored(), files()))
    assert not any(one.startswith("where is left out") for one in survivors(scored(more), files(more)))


def test_a_row_no_case_asks_for_says_so() -> None:
    rows = {one.place.line: one.touched for one in scored().survivors if one.place.file.endswith(".csv")}
    assert rows == {2: False, 4: False}


def test_the_threshold_is_a_fault_at_its_line() -> None:
    demanding = TESTS + "require: {mutants_killed: 100%}\n"
    (fault,) = scored(demanding).faults
    assert (fault.code, fault.place.file, fault.place.line) == ("R703", "m/x.tests.yaml", 7)
    assert not scored(demanding).good
    assert score(prepare(MAPPING, files(TESTS + "require: {mutants_killed: 10%}\n"), exchange())).good


@pytest.mark.parametrize("path", [POLICE, BORDER])
def test_putting_a_part_in_its_own_place_changes_nothing(path: str) -> None:
    prepared = prepare(path, example_files(), exchange())
    program = prepared.runner.program
    spots = list(spots_of(program))
    for spot in spots:
        program = placed(program, spot.way, spot.part)
    assert program is not prepared.runner.program
    assert [field.path for field in program.fields] == [field.path for field in prepared.runner.program.fields]
    for case in prepared.tests.cases:
        assert prepared.runner.run(case, program) == prepared.runner.run(case)


def test_of_many_rows_a_sample_is_taken_by_the_digest() -> None:
    table = "source,target,match\n" + "".join(f"{n},{'alias' if n % 2 else 'primary'},exact\n" for n in range(900))
    given = files() | {"m/t.csv": table.encode()}
    program = prepare(MAPPING, given, exchange()).runner.program
    first, again, other = (
        {mutant.row for mutant in mutants_of(program, Digest(seed)) if mutant.row} for seed in ("a", "a", "b")
    )
    assert len(first) == MOST_ROWS
    assert first == again != other
