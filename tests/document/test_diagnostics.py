"""Faults as text: the caret stands exactly under what is wrong, whatever characters the line has."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.document.diagnostics import counted, render, render_all
from gateway.errors import Fault, Place, Severity

FILE = "mappings/a/x.map.yaml"


def test_a_fault_is_shown_with_its_line_a_caret_the_fix_and_the_other_place() -> None:
    fault = Fault(
        "P101",
        "no element 'Dat' in Birth; did you mean 'Date'? (n.xsd:19:21)",
        Place(FILE, 2, 9, end_column=12),
        "write Date",
        at=Place("n.xsd", 19, 21),
    )
    assert render(fault, {FILE: b"a: b\n  date: Dat\n"}).split("\n") == [
        f"{FILE}:2:9: error[P101]: no element 'Dat' in Birth; did you mean 'Date'? (n.xsd:19:21)",
        "    2 |   date: Dat",
        "      |         ^^^",
        "      = fix: write Date",
        "      = also: n.xsd:19:21",
    ]


def test_wide_characters_count_double_and_combining_ones_not_at_all() -> None:
    line = "a: 東京é X"
    column = line.index("X") + 1
    shown = render(Fault("C1", "m", Place(FILE, 1, column, end_column=column + 1)), {FILE: line.encode()}).split("\n")
    assert shown[2] == "      | " + " " * (3 + 4 + 1 + 1) + "^"


def test_a_wide_offender_gets_a_wide_caret() -> None:
    shown = render(Fault("C1", "m", Place(FILE, 1, 1, end_column=3)), {FILE: "東京".encode()}).split("\n")
    assert shown[2] == "      | ^^^^"


def test_hidden_characters_of_a_file_are_made_visible() -> None:
    shown = render(Fault("Y1", "m", Place(FILE, 1, 1)), {FILE: "a\u202eb\x1b[31m".encode()})
    assert "\u202e" not in shown
    assert "\x1b" not in shown


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    shown = render(Fault("C1", "m", Place(FILE, 1, 501, end_column=505)), {FILE: line.encode()}).split("\n")
    assert len(shown[1]) < 200
    marked = shown[1][shown[2].index("^") : shown[2].rindex("^") + 1]
    assert marked == "HERE"


def test_a_fault_in_a_message_shows_its_path_and_no_line() -> None:
    fault = Fault("K301", "not a date", Place(path="/Notice/Person/Birth/Date"), field="persons[0].births[0].date")
    shown = render(fault, {FILE: b"a"})
    assert shown == ("/Notice/Person/Birth/Date: error[K301]: not a date\n = field: persons[0].births[0].date")


def test_a_place_outside_the_file_is_shown_without_its_line() -> None:
    assert render(Fault("C1", "m", Place(FILE, 9, 1)), {FILE: b"a"}) == f"{FILE}:9:1: error[C1]: m"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(1, 400), st.integers(0, 400))
def test_rendering_never_fails_and_never_adds_lines(line: str, column: int, end: int) -> None:
    sources = {FILE: line.encode()}
    shown = render(Fault("C1", "m", Place(FILE, 1, column, end_column=end)), sources)
    assert len(shown.split("\n")) in {1, 3}


def test_faults_are_counted_by_severity() -> None:
    warning = Fault("L101", "m", severity=Severity.WARNING)
    assert counted([]) == "0 errors, 0 warnings"
    assert counted([warning]) == "0 errors, 1 warning"
    assert render_all([warning], {}) == "warning[L101]: m\n0 errors, 1 warning"
