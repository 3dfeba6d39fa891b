"""The officer's tests: those that ship pass, a wrong expectation fails with its place, a bad file is refused."""

import pytest

from gateway.document.canonical import canonical
from gateway.errors import DefinitionRefused
from gateway.policy.cases import CasesReport, run_cases
from tests.policy.given import SHIPPED, TESTS, compiled, edited, files, shipped
from tests.policy.given_messages import message


def run(given: dict[str, bytes]) -> CasesReport:
    return run_cases(given, TESTS, compiled())


@pytest.mark.parametrize("name", ["demo", "real"])
def test_the_shipped_policies_pass_their_tests_and_every_rule_is_exercised(name: str) -> None:
    report = run_cases(files(SHIPPED), f"{name}.tests.yaml", shipped(name))
    assert report.faults == ()
    assert report.passed == len(report.results) > 10
    assert shipped(name).decisions.warnings == ()


def test_the_tests_of_the_design_pass() -> None:
    report = run(files())
    assert report.passed == len(report.results) == 5
    assert {fault.code for fault in report.faults} == {"POL-061"}, "five cases cannot exercise all rules"


def test_a_wrong_expectation_fails_at_its_place() -> None:
    report = run(edited("    expect: pseudonym\n", "    expect: full\n", TESTS))
    (fault, *_) = report.faults
    assert (fault.code, fault.place.line) == ("POL-060", 8)
    assert "expected full, found pseudonym" in fault.message


def test_a_wrong_condition_fails() -> None:
    old = "[no-onward-transfer-without-consent, no-evidence-without-consent]"
    report = run(edited(old, "[no-evidence-without-consent]", TESTS))
    assert report.passed == 4


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("tests: national-outgoing", "tests: another", "POL-011"),
        ("field: location.point.lat", "field: location.point.altitude", "POL-004"),
        ("field: location.point.lat", "field: contact", "POL-004"),
        ("with: home-prosecution", "with: home-office", "POL-004"),
        ("expect: withhold the whole message", "expect: withhold", "POL-004"),
        ("id: T5", "id: T4", "POL-007"),
        (", for: threat-to-life", "", "POL-002"),
        ("granted: [an emergency is declared]", "granted: [a whim]", "POL-004"),
    ],
)
def test_a_bad_file_of_tests_is_refused(old: str, new: str, code: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        run(edited(old, new, TESTS))
    assert code in {fault.code for fault in refused.value.faults}


WHOLE = """
tests: demo-outgoing
home: QM
cases:
  - id: whole
    message: messages/case.json
    with: {partner}
    expect: {expect}
    shows: {shows}
"""


def whole(partner: str, expect: str, shows: str) -> CasesReport:
    given = {
        "a/demo.tests.yaml": WHOLE.format(partner=partner, expect=expect, shows=shows).encode(),
        "a/messages/case.json": canonical(message()),
    }
    return run_cases(given, "a/demo.tests.yaml", shipped("demo"))


def test_a_whole_message_can_be_a_test() -> None:
    shows = "{'persons[1].names[0].full': pseudonym, 'persons[0].names[0].full': redact}"
    assert whole("qs-bureau", "send", shows).passed == 1
    assert whole("world-office", "withhold", "{'persons[1].names[0].full': redact}").passed == 1


def test_a_whole_message_that_is_not_as_expected_fails_without_showing_values() -> None:
    report = whole("qs-bureau", "send", "{'persons[1].names[0].full': full}")
    (result,) = report.results
    assert not result.passed
    assert result.differs == "persons[1].names[0].full: expected full, found pseudonym"
    assert not whole("qs-bureau", "withhold", "{'persons[1].names[0].full': pseudonym}").passed


def test_a_message_that_is_missing_or_not_valid_is_refused() -> None:
    tests = WHOLE.format(partner="qs-bureau", expect="send", shows="{'persons[0].id': keep}").encode()
    for content in ({}, {"messages/case.json": b"{"}, {"messages/case.json": b'{"header": {}}'}):
        with pytest.raises(DefinitionRefused):
            run_cases({"demo.tests.yaml": tests, **content}, "demo.tests.yaml", shipped("demo"))
