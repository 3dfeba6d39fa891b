"""What a change does: of rules to results (`diff`), of a schema to rules (`impact`)."""

import pytest

from gateway.errors import DefinitionRefused
from gateway.mapping.cases.cases import run_cases
from gateway.mapping.change.diff import Kind, diff
from gateway.mapping.change.impact import impact, schema_of
from tests.mapping.example_files import BORDER, BORDER_SCHEMA, POLICE, POLICE_SCHEMA, edited, example_files, exchange


def line_of(file: str, text: str) -> int:
    return example_files()[file].decode().split(text)[0].count("\n") + 1


def test_the_same_rules_differ_in_nothing() -> None:
    report = diff(POLICE, example_files(), example_files(), exchange())
    assert (report.differences, report.good) == ((), True)
    assert report.cases > 2


def test_a_changed_result_is_told_by_place_and_rule_and_needs_a_new_version() -> None:
    old = edited((POLICE, "place: Place", "place: Country"))
    report = diff(POLICE, old, example_files(), exchange())
    places = {(one.path, one.kind, one.rule.line) for one in report.differences}
    assert ("persons[0].births[0].place", Kind.OTHER, line_of(POLICE, "place: Place")) in places
    (fault,) = report.faults
    assert (fault.code, fault.place.file, fault.place.line) == ("R705", POLICE, line_of(POLICE, "version: "))
    assert not report.good
    raised = edited((POLICE, "version: 3.2.0", "version: 3.3.0"))
    report = diff(POLICE, old, raised, exchange())
    assert report.differences
    assert (report.good, report.old_version, report.new_version) == (True, "3.2.0", "3.3.0")


def test_what_goes_is_told_by_the_rule_that_wrote_it_and_what_comes_by_the_one_that_writes_it() -> None:
    without = edited((POLICE, "          place: Place\n", ""))
    gone = diff(POLICE, example_files(), without, exchange()).differences
    come = diff(POLICE, without, example_files(), exchange()).differences
    assert {(one.kind, one.path) for one in gone} == {(Kind.REMOVED, "persons[0].births[0].place")}
    assert {(one.kind, one.path) for one in come} == {(Kind.ADDED, "persons[0].births[0].place")}
    assert {one.rule.line for one in (*gone, *come)} == {line_of(POLICE, "place: Place")}


def test_outcomes_and_findings_differ_too_and_no_value_is_told() -> None:
    old = edited((POLICE, "YYYY]}}]\n            on_error: keep", "YYYY]}}]\n            on_error: quarantine"))
    report = diff(POLICE, old, example_files(), exchange())
    kinds = {one.kind: one.detail for one in report.differences}
    assert kinds[Kind.OUTCOME] == "quarantined, now accepted"
    assert "31/02/1987" not in str(report)
    assert "Larkhaven" not in str(
        diff(POLICE, edited((POLICE, "place: Place", "place: Country")), example_files(), exchange())
    )


def test_a_table_is_part_of_the_old_version() -> None:
    table = "mappings/xx-police/codes/sex.csv"
    first = example_files()[table].decode().split("\n")[1]
    swapped = first.replace(",F,", ",X,").replace(",M,", ",X,")
    report = diff(POLICE, edited((table, first, swapped)), example_files(), exchange())
    assert {one.path for one in report.differences} == {"persons[0].sex.code", "persons[0].sex.raw"}


def test_an_old_version_that_does_not_load_is_refused() -> None:
    with pytest.raises(DefinitionRefused, match="W001"):
        diff(POLICE, edited((POLICE, "owner: ", "ownr: ")), example_files(), exchange())


def test_a_renamed_element_breaks_the_lines_that_read_it() -> None:
    files = example_files()
    new = {POLICE_SCHEMA: files[POLICE_SCHEMA].replace(b'"Place"', b'"Town"')}
    found = impact(POLICE, files, new, exchange())
    broken = {(fault.code, fault.place.line) for fault in found.breaks}
    assert ("P101", line_of(POLICE, "place: Place")) in broken
    assert "V301" in {code for code, _ in broken}
    assert found.cases, "samples that have the element are no longer valid"
    assert not found.good


def test_a_value_that_may_be_missing_now_weakens_or_breaks_where_it_is_required() -> None:
    files = example_files()
    new = {BORDER_SCHEMA: files[BORDER_SCHEMA].replace(b'"ts", ', b"", 1)}
    assert new[BORDER_SCHEMA] != files[BORDER_SCHEMA]
    found = impact(BORDER, files, new, exchange())
    assert {fault.code for fault in found.breaks} == {"T203"}
    assert found.cases == ()


def test_no_test_passes_where_the_mapping_does_not_load_under_the_new_schema() -> None:
    files = example_files()
    passed = [case.name for case in run_cases(BORDER, files, exchange()).results if case.passed]
    found = impact(BORDER, files, {BORDER_SCHEMA: b"[]"}, exchange())
    assert found.breaks
    assert passed
    assert list(found.cases) == passed


def test_what_was_wrong_before_is_not_the_schema_s_doing_and_what_it_mends_is_told() -> None:
    files = edited((POLICE, "place: Place", "place: Town"))
    same = impact(POLICE, files, {POLICE_SCHEMA: files[POLICE_SCHEMA]}, exchange())
    assert (same.breaks, same.weakens, same.mended, same.good) == ((), (), (), True)
    mended = impact(POLICE, files, {POLICE_SCHEMA: files[POLICE_SCHEMA].replace(b'"Place"', b'"Town"')}, exchange())
    assert "P101" in {fault.code for fault in mended.mended}
    assert mended.breaks == ()


def test_the_schema_of_a_mapping_is_that_of_the_other_side() -> None:
    assert (schema_of(POLICE, example_files()), schema_of(BORDER, example_files())) == (POLICE_SCHEMA, BORDER_SCHEMA)
