"""The mappings of real publishers' formats: clean, complete, and their cases hold. Needs no published data."""

import json

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.trial import trial
from gateway.errors import Severity
from gateway.mapping.cases.cases import run_cases
from gateway.mapping.check.mapping import check_mapping
from tests.real.lists import REAL, REPOSITORY, exchange, files

MAPPINGS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for agency in ("un-sc", "ofac", "fincen", "stix", "cap", "paxlst")
    for path in (REPOSITORY / "mappings" / agency).glob("*.map.yaml")
)


@pytest.mark.parametrize("path", MAPPINGS)
def test_the_check_finds_no_error_and_every_field_is_accounted_for(path: str) -> None:
    report = check_mapping(path, files(), exchange())
    assert [fault for fault in report.faults if fault.severity is Severity.ERROR] == []
    assert report.coverage.unread == ()
    assert report.coverage.fields == report.coverage.read + report.coverage.ignored > 0


@pytest.mark.parametrize("path", MAPPINGS)
def test_the_cases_beside_the_mapping_pass_and_reach_every_rule(path: str) -> None:
    report = run_cases(path, files(), exchange())
    assert {result.name: result.differs for result in report.results if not result.passed} == {}
    assert report.faults == ()
    assert report.results


def test_a_trial_names_what_the_mapping_ignores_and_why() -> None:
    sample = REPOSITORY / "mappings" / "un-sc" / "fixtures" / "list.xml"
    app = typer.Typer()
    app.command()(trial)
    arguments = [str(sample), "--agency", "un-sc", "--config", str(REAL / "gateway.yaml"), "--json"]
    told = json.loads(CliRunner().invoke(app, arguments).stdout)
    assert told["counts"] == {"messages": 4, "quarantined": 0, "refused": 0}
    assert len(told["ignored"]) == 11
    assert all(entry["mapping"] == "mappings/un-sc/list.map.yaml" and entry["why"] for entry in told["ignored"])
    assert {"everywhere", "where a condition holds"} == {entry["scope"] for entry in told["ignored"]}
