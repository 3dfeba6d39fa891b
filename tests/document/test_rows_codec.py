"""CSV in and out: nothing is guessed, moved or lost."""

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.limits import Limits
from gateway.document.rows_codec import Column, RowsLayout, bad_row_fault, read_rows, write_rows
from gateway.document.tree import BadRow, Row, Rows
from gateway.errors import DocumentRefused
from tests.document.values import codes, refused, texts

AB = RowsLayout((Column("a"), Column("b")), line_end="lf")
HEADLESS = RowsLayout((Column("a", at=1), Column("c", at=3)), header="none", line_end="lf")


def cells(data: bytes, layout: RowsLayout = AB) -> list[tuple[str, ...]]:
    return [tuple(row.cells.values()) for row in read_rows(data, layout).rows]


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,2\n", [("1", "2")]),
        (b"a,b\n1,2", [("1", "2")]),
        (b"a,b\n", []),
        (b"a,b", []),
        (b"a,b\n,\n", [("", "")]),
        (b'a,b\n"",""\n', [("", "")]),
        (b'a,b\n"x,y","say ""hi"""\n', [("x,y", 'say "hi"')]),
        (b'a,b\n"x\ny\r\nz",2\n3,4\n', [("x\ny\r\nz", "2"), ("3", "4")]),
        (b'a,b\n1,"2"', [("1", "2")]),
        (b'"a","b"\n1,2\n', [("1", "2")]),
        (b"a,b\n 1 ,\t2\n", [(" 1 ", "\t2")]),
        ("a,b\né,\u2028\n".encode(), [("é", "\u2028")]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [("1", "2")]),
        (b'a,b\n"""",\n', [('"', "")]),
    ],
)
def test_cells_are_read_as_they_were_written(data: bytes, expected: list[tuple[str, ...]]) -> None:
    assert cells(data) == expected


def test_lines_are_those_of_the_file() -> None:
    rows = read_rows(b'a,b\n1,2\n"x\n\ny",3\n4,5\nonly\n6,7\n', AB)
    assert [row.line for row in rows.rows] == [2, 3, 6, 8]
    assert rows.bad == (BadRow(7, 1, 2),)


@pytest.mark.parametrize("data", [b"a,b\r\n1,2\r\n", b'a,b\r\n"1","2"\r\n'])
def test_carriage_returns_belong_to_the_declared_line_end(data: bytes) -> None:
    assert cells(data, replace(AB, line_end="crlf")) == [("1", "2")]


def test_another_dialect() -> None:
    layout = RowsLayout((Column("a"), Column("b")), delimiter=";", quote="'", encoding="cp1252", line_end="lf")
    assert cells("a;b\n'x;''y';€\n".encode("cp1252"), layout) == [("x;'y", "€")]


def test_without_a_quote_every_character_is_text() -> None:
    layout = RowsLayout((Column("a"), Column("b")), delimiter="|", quote="", line_end="lf")
    assert cells(b'a|b\n"x|y"\n', layout) == [('"x', 'y"')]


def test_columns_by_position_and_a_row_of_their_width() -> None:
    rows = read_rows(b"1,2,3,4\n5,6,7,8\n9,10,11\n", HEADLESS)
    assert [dict(row.cells) for row in rows.rows] == [{"a": "1", "c": "3"}, {"a": "5", "c": "7"}]
    assert rows.bad == (BadRow(3, 3, 4),)
    assert rows.undeclared == 2


def test_a_declared_width_holds_from_the_first_row_on() -> None:
    rows = read_rows(b"1,2,3,4\n5,6,7\n", replace(HEADLESS, width=3))
    assert rows.bad == (BadRow(1, 4, 3),)
    assert [row.cells["c"] for row in rows.rows] == ["7"]


def test_a_first_row_that_is_too_short_is_bad() -> None:
    rows = read_rows(b"1\n2,3,4\n", HEADLESS)
    assert rows.bad == (BadRow(1, 1, 3),)
    assert len(rows.rows) == 1


def test_a_blank_line_is_a_row() -> None:
    assert read_rows(b"a,b\n\n1,2\n", AB).bad == (BadRow(2, 1, 2),)
    assert cells(b"a\n\nx\n", RowsLayout((Column("a"),), line_end="lf")) == [("",), ("x",)]


def test_the_end_of_file_mark_needs_leave() -> None:
    data = b"a,b\n1,2\n\x1a"
    (fault,) = refused(lambda: read_rows(data, AB))
    assert (fault.code, str(fault.place)) == ("DOC-067", "3:1")
    assert cells(data, replace(AB, end_mark=True)) == [("1", "2")]
    assert cells(b"a,b\n1,2\n", replace(AB, end_mark=True)) == [("1", "2")]
    assert cells(b"a,b\n1,\x1a2\n", replace(AB, end_mark=True)) == [("1", "\x1a2")]


# ---------------------------------------------------------------- the header


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a\n", "DOC-064"),
        (b"A,b\n", "DOC-064"),
        (b"a, b\n", "DOC-064"),
        (b"b,a\n", "DOC-066"),
        (b"a,b,c\n", "DOC-066"),
        (b"a,b,a\n", "DOC-065"),
        (b"a,b,\n", "DOC-066"),
    ],
)
def test_the_header_is_exactly_the_declared_one(data: bytes, code: str) -> None:
    assert codes(lambda: read_rows(data, AB)) == [code]


def test_a_header_by_name_may_have_another_order_and_more_columns() -> None:
    rows = read_rows(b"c,b,a\n1,2,3\n", replace(AB, header="by-name"))
    assert [dict(row.cells) for row in rows.rows] == [{"a": "3", "b": "2"}]
    assert rows.undeclared == 1
    assert codes(lambda: read_rows(b"c,b\n", replace(AB, header="by-name"))) == ["DOC-064"]
    assert codes(lambda: read_rows(b"a,b,c,c\n", replace(AB, header="by-name"))) == ["DOC-065"]


def test_headings_may_differ_from_names() -> None:
    layout = RowsLayout((Column("first", "First name"), Column("last", "Last name")), line_end="lf")
    assert read_rows(b"First name,Last name\nA,B\n", layout).rows[0].cells == {"first": "A", "last": "B"}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b'a,b\nx"y,z\n', "DOC-060", "2:2 row[1]"),
        (b'a,b\n1,2\n "x",y\n', "DOC-060", "3:2 row[2]"),
        (b'a,b\n"x,z\n1,2\n', "DOC-061", "2:1 row[1]"),
        (b'a,b\n1,2\n3,"', "DOC-061", "3:3 row[2]"),
        (b'a,b\n"x"y,z\n', "DOC-062", "2:4 row[1]"),
        (b'a,b\n"x" ,z\n', "DOC-062", "2:4 row[1]"),
        (b"a,b\r\n1,2\r\n", "DOC-063", "1:4"),
        (b"a,b\n1\r,2\n", "DOC-063", "2:2 row[1]"),
        (b'a,b\n"1"\r\n', "DOC-063", "2:4 row[1]"),
        (b'a,b\n1\r,"2"\n', "DOC-063", "2:2 row[1]"),
        (b"a,b\n1,\x002\n", "DOC-005", "2:3"),
        (b"a,b\n1,\xff\n", "DOC-002", "2:3"),
        (b"", "DOC-012", ""),
    ],
)
def test_a_quirk_is_refused_with_line_column_and_row(data: bytes, code: str, place: str) -> None:
    (fault,) = refused(lambda: read_rows(data, AB))
    assert (fault.code, str(fault.place)) == (code, place)


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"a,b\r\n1,2\n", b"a,b\r\n1\r,2\r\n", b'a,b\r\n"1","2"\n'])
def test_a_bare_line_feed_or_carriage_return_ends_no_row(data: bytes) -> None:
    assert codes(lambda: read_rows(data, replace(AB, line_end="crlf"))) == ["DOC-063"]


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"a,b\n1,2\n3,4\n", Limits(nodes=5), "DOC-008"),
        (b"a,b\n1,abcd\n", Limits(text=3), "DOC-009"),
        (b'a,b\n1,"abcd"\n', Limits(text=3), "DOC-009"),
        (b"a,b\n1,2\n", Limits(message=5), "DOC-001"),
    ],
)
def test_each_limit_refuses_what_is_beyond_it(data: bytes, limits: Limits, code: str) -> None:
    assert codes(lambda: read_rows(data, AB, limits)) == [code]


def test_bad_rows_count_towards_the_limit() -> None:
    data = b"a,b\n" + b"x\n" * 10
    assert codes(lambda: read_rows(data, AB, Limits(nodes=11))) == ["DOC-008"]
    read_rows(data, AB, Limits(nodes=12))


def test_a_bad_row_has_a_fault() -> None:
    fault = bad_row_fault(BadRow(7, 1, 2))
    assert (fault.code, str(fault.place)) == ("DOC-070", "7")


def test_no_refusal_holds_a_cell() -> None:
    for data in (b'a,b\nCanary",2\n', b'a,b\n"Canary\n', b'a,b\n"x"Canary,2\n', b"Canary,b\n", b"a,Canary,Canary\n"):
        with pytest.raises(DocumentRefused) as caught:
            read_rows(data, AB)
        assert "Canary" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ()},
        {"columns": (Column("a"), Column("a", "x"))},
        {"columns": (Column("a", "x"), Column("b", "x"))},
        {"columns": (Column(""),)},
        {"delimiter": ""},
        {"delimiter": ",,"},
        {"delimiter": "\n"},
        {"delimiter": '"'},
        {"quote": "''"},
        {"quote": ","},
        {"width": -1},
        {"header": "none"},
        {"header": "none", "columns": (Column("a", at=1), Column("b", at=1))},
        {"header": "none", "columns": (Column("a", at=3),), "width": 2},
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    assert set(codes(lambda: replace(AB, **change))) == {"DOC-071"}


def test_a_layout_names_a_readable_encoding() -> None:
    assert codes(lambda: replace(AB, encoding="utf-7")) == ["DOC-004"]


# ---------------------------------------------------------------- writing

rows_of_two = st.lists(st.tuples(texts, texts), max_size=8)
layouts = st.builds(
    RowsLayout,
    st.just(AB.columns),
    header=st.sampled_from(["exact", "by-name"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
    line_end=st.sampled_from(["crlf", "lf"]),
)


def made(*pairs: tuple[str, str]) -> Rows:
    return Rows(("a", "b"), tuple(Row({"a": a, "b": b}, 0) for a, b in pairs))


@given(rows_of_two, layouts)
def test_what_is_written_is_read_back_equal(pairs: list[tuple[str, str]], layout: RowsLayout) -> None:
    assert cells(write_rows(made(*pairs), layout, formula_guard="unchanged"), layout) == pairs


@given(rows_of_two)
def test_a_single_column_is_read_back_equal(pairs: list[tuple[str, str]]) -> None:
    layout = RowsLayout((Column("a"),))
    rows = Rows(("a",), tuple(Row({"a": a}, 0) for a, _ in pairs))
    assert cells(write_rows(rows, layout, formula_guard="unchanged"), layout) == [(a,) for a, _ in pairs]


def test_columns_without_a_header_are_written_at_their_positions() -> None:
    rows = Rows(("a", "c"), (Row({"a": "1", "c": "3"}, 0),))
    assert write_rows(rows, replace(HEADLESS, width=5), formula_guard="refuse") == b"1,,3,,\n"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_the_formula_guard_is_an_explicit_choice(cell: str) -> None:
    rows = made((cell, "x"))
    assert cells(write_rows(rows, AB, formula_guard="unchanged")) == [(cell, "x")]
    assert cells(write_rows(rows, AB, formula_guard="apostrophe")) == [("'" + cell, "x")]
    (fault,) = refused(lambda: write_rows(rows, AB, formula_guard="refuse"))
    assert (fault.code, fault.place.path) == ("DOC-068", "row[1]/a")
    with pytest.raises(TypeError):
        write_rows(rows, AB)  # type: ignore[call-arg]  # there is no default


def test_headings_are_no_formulas_of_the_document() -> None:
    layout = RowsLayout((Column("a", "-a"),), line_end="lf")
    assert write_rows(Rows(("a",), ()), layout, formula_guard="refuse") == b"-a\n"


@pytest.mark.parametrize(
    ("rows", "layout", "code"),
    [
        (made(("x\0", "")), AB, "DOC-005"),
        (made(("€", "")), replace(AB, encoding="iso-8859-1"), "DOC-013"),
        (made(("x,y", "")), replace(AB, quote=""), "DOC-069"),
        (made(("x\ny", "")), replace(AB, quote=""), "DOC-069"),
        (Rows(("a",), (Row({"a": "1"}, 0),)), AB, "DOC-069"),
        (Rows(("a", "b"), (Row({"a": "1", "b": "2", "c": "3"}, 0),)), AB, "DOC-069"),
        (Rows(("a", "b"), (), (BadRow(1, 1, 2),)), AB, "DOC-069"),
    ],
)
def test_rows_that_cannot_be_written_are_refused(rows: Rows, layout: RowsLayout, code: str) -> None:
    assert codes(lambda: write_rows(rows, layout, formula_guard="unchanged")) == [code]


# ---------------------------------------------------------------- any input


@given(st.text(string.ascii_lowercase[:2] + ',"\r\n; ', max_size=30), st.sampled_from(["crlf", "lf"]), st.booleans())
def test_no_character_is_lost_whatever_the_text(text: str, line_end: Any, headless: bool) -> None:
    layout = replace(AB, line_end=line_end)
    if headless:
        layout = replace(HEADLESS, line_end=line_end)
    try:
        rows = read_rows(text.encode(), layout)
    except DocumentRefused:
        return
    end = "\r\n" if line_end == "crlf" else "\n"
    assert len(rows.rows) + len(rows.bad) + (not headless) <= text.count(end) + 1


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for layout in (AB, HEADLESS, replace(AB, encoding="utf-16"), replace(AB, encoding="cp1252", header="by-name")):
        try:
            read_rows(data, layout)
        except DocumentRefused:
            continue
