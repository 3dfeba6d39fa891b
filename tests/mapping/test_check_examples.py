"""The complete examples load and check clean, and print what the design prints; mistakes are in `test_catalogue`."""

from gateway.document.diagnostics import counted, render
from gateway.errors import Severity
from tests.mapping.example_files import BORDER, BORDER_SCHEMA, POLICE, check, example_files


def test_the_police_example_prints_what_the_design_prints() -> None:
    files = example_files()
    report = check(POLICE, files)
    shown = [*(render(fault, files) for fault in report.faults), str(report.coverage), counted(report.faults)]
    message = "table 'doc_kind' has no row for X, which Document/@type allows"
    assert "\n".join(shown).split("\n") == [
        f"{POLICE}:70:41: warning[L101]: {message}; on_error covers it",
        "   70 |           kind: {from: ./@type, lookup: doc_kind, on_error: {use: other, keep: true}}",
        "      |                                         ^^^^^^^^",
        "source fields : 26 of 26 accounted for, 4 of them ignored with a reason; items: all selected or ignored",
        "0 errors, 1 warning",
    ]


def test_the_border_example_is_clean() -> None:
    report = check(BORDER, example_files())
    assert report.faults == ()
    assert str(report.coverage) == (
        "source fields : 16 of 16 accounted for, 1 of them ignored with a reason; items: all selected or ignored"
    )


def test_schema_places_name_the_schema_and_every_warning_is_a_warning() -> None:
    report = check(POLICE, example_files())
    assert {fault.severity for fault in report.faults} == {Severity.WARNING}
    assert report.good
    assert BORDER_SCHEMA in example_files()
