"""Everything about one field: found by any sensible name, with sources, policies, tables and what exercises it."""

import pytest

from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.evidence import Evidence, evidence_of
from gateway.mapping.report.field import FieldReports, fields_named
from gateway.mapping.report.sheet import Sheet, sheet_of
from tests.mapping.example_files import exchange
from tests.mapping.test_shipped_mappings import PATHS, shipped

BORDER = "mappings/qm-border/watchlist.map.yaml"
POLICE = "mappings/qm-police/notice.map.yaml"


def sheet(path: str) -> Sheet:
    return sheet_of(load_mapping(path, shipped()), shipped(), exchange())


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("persons[].sex", ["persons[].sex"]),
        ("persons.sex", ["persons[].sex"]),
        ("sex", ["persons[].sex"]),
        ("header.originator", ["header.originator.country", "header.originator.unit"]),
    ],
)
def test_a_field_is_found_by_its_key_its_end_and_its_object(wanted: str, found: list[str]) -> None:
    assert fields_named(wanted, sheet(BORDER)) == (found, [])


def test_a_name_that_means_nothing_gets_the_nearest() -> None:
    found, close = fields_named("persons[].sexx", sheet(BORDER))
    assert found == []
    assert "persons.sex" in close


def test_a_report_says_source_table_policies_and_tests() -> None:
    made = sheet(BORDER)
    evidence = evidence_of(made, shipped(), exchange())
    reports = FieldReports(made, evidence, shipped())
    report = reports.report("persons[].births[].date")
    (rule,) = report.rules
    assert rule.text.startswith("date: {from: dob")
    assert [each.field for each in rule.sources] == ["$.travellers[*].dob"]
    assert rule.converters[0].startswith("fuzzy_date: {formats: [DD.MM.YYYY")
    assert (rule.on_missing, rule.on_error) == ("skip (default)", "keep")
    assert {"hit.json", "crossing.json", "stolen-blank.json", "drill.json"} <= set(rule.exercised)
    action = reports.report("notice.action").rules[0]
    assert action.tables == (("action", "mappings/qm-border/codes/action.csv"),)


def test_a_rule_made_of_several_values_shows_all_it_reads() -> None:
    report = FieldReports(sheet(POLICE), Evidence(), shipped()).report("persons[].names[].full")
    names = {each.field.rpartition("/")[2] for rule in report.rules for each in rule.sources}
    assert names == {"Whole", "Family", "Given", "Patronymic"}


@pytest.mark.parametrize("path", PATHS)
def test_every_filled_field_of_every_mapping_has_a_report(path: str) -> None:
    made = sheet(path)
    filled = [each.field for each in made.target if each.state == "filled"]
    assert filled
    reports = FieldReports(made, Evidence(), shipped())
    assert all(reports.report(name).rules for name in filled)
