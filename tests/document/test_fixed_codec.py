"""Records of fixed width: lines, ranges, line ends, and what is no record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.fixed_codec import (
    BadLine,
    FixedField,
    FixedLayout,
    FixedLine,
    FixedMark,
    FixedRecord,
    FixedSlots,
    LineBreak,
    fixed_lines,
)
from gateway.document.limits import Limits
from gateway.errors import DefinitionRefused, DocumentRefused

NAME = FixedRecord("N", (FixedMark(1, 1, ("N",)),), (FixedField("name", 2, 5), FixedField("rest", 7, 9)))
OTHER = FixedRecord("O", (FixedMark(1, 1, ("O",)),), (), (FixedSlots("seat", 2, 3, 2, (FixedField("n", 1, 2),)),))


def read(data: bytes, line_end: LineBreak = "any", **layout: object) -> list[FixedLine | BadLine]:
    return list(fixed_lines(data, FixedLayout((NAME, OTHER), line_end=line_end, **layout)))  # type: ignore[arg-type]  # keywords of the layout


def cells(line: FixedLine | BadLine) -> dict[str, str]:
    assert isinstance(line, FixedLine)
    return dict(line.cells)


@pytest.mark.parametrize("data", [b"Nabcd\nNefgh", b"Nabcd\nNefgh\n", b"Nabcd\r\nNefgh\r\n", b"Nabcd\nNefgh\r\n\r\n\n"])
def test_the_end_of_the_file_may_be_written_in_several_ways(data: bytes) -> None:
    assert [cells(line)["name"] for line in read(data)] == ["abcd", "efgh"]


def test_cells_keep_their_blanks_and_short_lines_have_empty_ones() -> None:
    line = read(b"N a  ")[0]
    assert cells(line) == {"name": " a  ", "rest": ""}


def test_slots_keep_their_numbers_across_gaps() -> None:
    line = read(b"O   7B ")[0]
    assert isinstance(line, FixedLine)
    assert [(name, number, dict(found)) for name, number, found in line.slots] == [("seat", 2, {"n": "7B"})]


def test_text_between_and_behind_the_ranges_is_noticed() -> None:
    beyond = [line.beyond for line in read(b"Nabcd efg\nNabcdXefg\nNabcd efgh\nOabc") if isinstance(line, FixedLine)]
    assert beyond == [False, True, True, True]


def test_a_line_that_is_no_record_is_bad_and_the_others_go_on() -> None:
    found = read(b"Nabcd\nXabcd\n\nNefgh")
    assert [(line.line, line.reason) for line in found if isinstance(line, BadLine)] == [(2, "unknown"), (3, "unknown")]
    assert len(found) == 4


def test_bytes_are_counted_where_the_record_says_so() -> None:
    record = FixedRecord("N", (FixedMark(1, 1, ("N",)),), (FixedField("a", 2, 3), FixedField("b", 4, 5)), unit="bytes")
    found = list(fixed_lines("Nébb\nNaéb".encode(), FixedLayout((record,))))
    assert cells(found[0]) == {"a": "é", "b": "bb"}
    assert found[1] == BadLine(2, "cut")


def test_bytes_and_characters_are_the_same_in_encodings_of_one_byte() -> None:
    record = FixedRecord("N", (), (FixedField("a", 1, 2),), unit="bytes")
    assert cells(next(fixed_lines("éü".encode("cp1252"), FixedLayout((record,), "cp1252")))) == {"a": "éü"}


def test_records_without_line_ends_have_a_width() -> None:
    found = read(b"Nabcd efgO12 34 xx", "none", width=9)
    assert [line.line for line in found] == [1, 2]
    assert cells(found[0]) == {"name": "abcd", "rest": "efg"}
    with pytest.raises(DocumentRefused, match="DOC-100"):
        read(b"Nabcd efgO1", "none", width=9)
    with pytest.raises(DefinitionRefused, match="DOC-071"):
        FixedLayout((NAME,), line_end="none")


@pytest.mark.parametrize(
    ("data", "line_end", "code"),
    [
        (b"Nabcd\nNefgh", "crlf", "DOC-063"),
        (b"Nabcd\r\nNefgh", "lf", "DOC-063"),
        (b"Nab\rd\n", "any", "DOC-063"),
        (b"Nabcd\n\x1a", "any", "DOC-067"),
        (b"N\xff\n", "any", "DOC-002"),
    ],
)
def test_what_is_refused(data: bytes, line_end: LineBreak, code: str) -> None:
    with pytest.raises(DocumentRefused, match=code):
        read(data, line_end)


def test_an_end_mark_may_be_allowed() -> None:
    assert len(read(b"Nabcd\r\n\x1a", end_mark=True)) == 1


def test_limits_count_cells_and_long_lines() -> None:
    layout = FixedLayout((NAME,))
    with pytest.raises(DocumentRefused, match="DOC-008"):
        list(fixed_lines(b"Na\n" * 9, layout, Limits(nodes=20)))
    with pytest.raises(DocumentRefused, match="DOC-009"):
        list(fixed_lines(b"N" + b"a" * 99, layout, Limits(text=50)))


@given(st.lists(st.tuples(st.text("ab ", min_size=4, max_size=4), st.text("xyé", min_size=3, max_size=3)), min_size=1))
def test_what_was_put_into_ranges_comes_out(rows: list[tuple[str, str]]) -> None:
    data = "\n".join(f"N{name} {rest}" for name, rest in rows).encode()
    assert [(cells(line)["name"], cells(line)["rest"]) for line in read(data)] == rows
