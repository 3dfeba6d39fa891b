"""JSON in and out: the same values, or a refusal with code and place."""

import sys
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.json_codec import _depth, _sound, read_json, write_json
from gateway.document.json_text import read_slowly
from gateway.document.limits import DEFAULT, Limits
from gateway.errors import DocumentRefused
from tests.document.values import codes, json_values, refused, texts

SECRET = "Zaphod Q. Canary"


# ---------------------------------------------------------------- what is read


def test_numbers_keep_every_digit() -> None:
    value = read_json(b"[1.0000000000000000001, 123456789012345678901234567890, 1.50, 1e3, -0.0]")
    assert [str(item) for item in value if isinstance(item, (int, Decimal))] == [  # type: ignore[union-attr]  # a list
        "1.0000000000000000001",
        "123456789012345678901234567890",
        "1.50",
        "1E+3",
        "-0.0",
    ]


def test_integers_are_int_and_everything_else_decimal() -> None:
    assert [type(item) for item in read_json(b"[1, -0, 1.0, 1e0]")] == [int, int, Decimal, Decimal]  # type: ignore[union-attr]  # a list


def test_text_is_kept_as_received() -> None:
    assert read_json('{"é": "e\u0301", " a ": "\\u0041\\ud83d\\ude00/\\/"}'.encode()) == {
        "é": "e\u0301",
        " a ": "A\U0001f600//",
    }


def test_member_names_that_differ_only_in_normalisation_are_two_members() -> None:
    assert len(read_json('{"\u00e9": 1, "e\u0301": 2}'.encode())) == 2  # type: ignore[arg-type]  # an object


@given(json_values)
def test_what_is_written_is_read_back_equal(value: Any) -> None:
    assert read_json(write_json(value)) == value
    assert read_json(write_json(value, indent=True)) == value


@given(json_values)
def test_writing_twice_gives_the_same_bytes(value: Any) -> None:
    once = write_json(value)
    assert write_json(read_json(once)) == once


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "DOC-012", ""),
        (b"  ", "DOC-020", "1:3"),
        (b"\xef\xbb\xbf{}", "DOC-003", "1:1"),
        (b'["\xff"]', "DOC-002", "1:3"),
        ("[1]".encode("utf-16"), "DOC-003", ""),
        ("[1]".encode("utf-16-le"), "DOC-005", "1:2"),
        (b"[1,]", "DOC-020", "1:4"),
        (b"[1 2]", "DOC-020", "1:4"),
        (b"{1: 2}", "DOC-020", "1:2"),
        (b'{"a" 1}', "DOC-020", "1:6"),
        (b"{'a': 1}", "DOC-020", "1:2"),
        (b"[1] 2", "DOC-023", "1:5"),
        (b"[1]\x00", "DOC-005", "1:4"),
        (b"[NaN]", "DOC-022", "1:2"),
        (b"[-Infinity]", "DOC-022", "1:2"),
        (b"[Infinity]", "DOC-022", "1:2"),
        (b"[01]", "DOC-020", "1:3"),
        (b"[1.]", "DOC-020", "1:3"),
        (b"[.5]", "DOC-020", "1:2"),
        (b"[+1]", "DOC-020", "1:2"),
        (b"[0x1]", "DOC-020", "1:3"),
        (b"[1e]", "DOC-020", "1:3"),
        (b"[tru]", "DOC-020", "1:2"),
        (b'["\\x"]', "DOC-020", "1:3"),
        (b'["\\u12g4"]', "DOC-020", "1:3"),
        (b'["\t"]', "DOC-020", "1:3"),
        (b'["open', "DOC-020", "1:7"),
        (b"[1,\n 2,\n x]", "DOC-020", "3:2"),
        (b"// comment\n[]", "DOC-020", "1:1"),
        (b'["\\ud800"]', "DOC-006", "1:2"),
        (b'["\\udc00\\ud800"]', "DOC-006", "1:2"),
        (b'{"\\ud800": 1}', "DOC-006", "1:2"),
        (b'["\\u0000"]', "DOC-005", "1:2"),
        (b'{"a":1,"a":1}', "DOC-021", "1:8"),
        (b'{"a":{"b":[{"c":1,\n"c":2}]}}', "DOC-021", "2:1"),
        (b'{"a":1,"\\u0061":1}', "DOC-021", "1:8"),
        (b"[1e1000000000]", "DOC-011", "1:2"),
        (b"[1E-400]", "DOC-011", "1:2"),
        (b"[" + b"9" * 65 + b"]", "DOC-011", "1:2"),
        (b"[0." + b"0" * 400 + b"1]", "DOC-011", "1:2"),
        (b"[" * 100_000, "DOC-007", "1:65"),
        (b'{"a":' * 100_000, "DOC-007", "1:321"),
    ],
)
def test_a_bad_text_is_refused_with_code_and_place(data: bytes, code: str, place: str) -> None:
    (fault,) = refused(lambda: read_json(data))
    assert (fault.code, str(fault.place)) == (code, place)
    assert fault.fix


def test_the_largest_numbers_within_the_limits_are_read() -> None:
    for text in ("9" * 64, "-0." + "0" * 77 + "1", "1e308", "1E-308"):
        assert write_json(read_json(text.encode())).decode().lower().replace("+", "").lstrip("-0.") != ""


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"[1, 2, 3]", Limits(nodes=3), "DOC-008"),
        (b"[[[1]]]", Limits(depth=2), "DOC-007"),
        (b'["abcd"]', Limits(text=3), "DOC-009"),
        ('["éé"]'.encode(), Limits(text=3), "DOC-009"),
        (b'{"abcd": 1}', Limits(name=3), "DOC-010"),
        (b"[1234]", Limits(digits=3), "DOC-011"),
        (b"[12.34]", Limits(digits=3), "DOC-011"),
        (b"[1e4]", Limits(exponent=3), "DOC-011"),
        (b"[1, 2]", Limits(message=5), "DOC-001"),
    ],
)
def test_each_limit_refuses_what_is_beyond_it(data: bytes, limits: Limits, code: str) -> None:
    assert codes(lambda: read_json(data, limits)) == [code]


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (b"[1, 2, 3]", Limits(nodes=4)),
        (b"[[[1]]]", Limits(depth=3)),
        (b'["a,b,c,d,e"]', Limits(nodes=2)),
        (b'["[{[{["]', Limits(nodes=2, depth=1)),
        ('["éé"]'.encode(), Limits(text=4)),
        (b'{"abcd": 1}', Limits(name=4)),
        (b"[12.34]", Limits(digits=4)),
    ],
)
def test_each_limit_lets_through_what_is_at_it(data: bytes, limits: Limits) -> None:
    read_json(data, limits)


@pytest.mark.parametrize(
    "data",
    [
        f'{{"{SECRET}": 1, "{SECRET}": 2}}',
        f'["{SECRET}\\ud800"]',
        f'["{SECRET}',
        f'["{SECRET}"] x',
        f'["{SECRET}\\u0000"]',
        f'{{"{SECRET * 20}": 1}}',
        f"[{SECRET}]",
    ],
)
def test_a_refusal_never_holds_a_word_of_the_document(data: str) -> None:
    with pytest.raises(DocumentRefused) as caught:
        read_json(data.encode())
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "Zaphod" not in f"{chain!r} {chain} {vars(chain)}"
        chain = chain.__cause__ or chain.__context__


# ---------------------------------------------------------------- one verdict


def _verdict(data: bytes) -> object:
    try:
        return repr(read_json(data))
    except DocumentRefused as refusal:
        return [(fault.code, fault.message, fault.place) for fault in refusal.faults]


def _deep(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else _deep(frames - 1, call)


@pytest.mark.parametrize("depth", [1, 10, 63, 64, 65, 199, 200, 500, 990, 5000])
def test_the_verdict_does_not_depend_on_the_depth_of_the_call_stack(depth: int) -> None:
    limits = Limits(depth=200)
    data = b"[" * depth + b"]" * depth

    def verdict() -> object:
        try:
            value = read_json(data, limits)
        except DocumentRefused as refusal:
            return refusal.faults
        found = 0
        while isinstance(value, list):
            found += 1
            value = value[0] if value else None
        return found

    frames = sys.getrecursionlimit() - 200 - len(traceback.extract_stack())
    assert verdict() == _deep(frames, verdict) == _deep(frames // 2, verdict)
    assert (verdict() == depth) is (depth <= 200)


_pieces = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "\\",
        "\\u",
        "d800",
        "0",
        "1",
        "-",
        ".",
        "e",
        "E",
        "+",
        "true",
        "null",
        "NaN",
        " ",
        "\n",
        '"a"',
        "\t",
        "\0",
        "é",
        "\ufeff",
    ]
)


@given(st.one_of(st.lists(_pieces, max_size=12).map("".join), texts))
def test_both_readers_give_one_verdict_on_any_text(text: str) -> None:
    try:
        slow: object = repr(read_slowly(text, DEFAULT))
    except DocumentRefused as refusal:
        slow = [(fault.code, fault.message, fault.place) for fault in refusal.faults]
    if text and "\0" not in text and not text.startswith("\ufeff"):
        assert _verdict(text.encode()) == slow


@given(json_values)
def test_a_sound_value_needs_no_second_reading(value: Any) -> None:
    assert _sound(value, DEFAULT)
    assert _depth(value) <= DEFAULT.depth


@given(json_values)
def test_both_readers_give_equal_values(value: Any) -> None:
    text = write_json(value).decode()
    assert repr(read_slowly(text, DEFAULT)) == repr(read_json(text.encode()))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _verdict(data)


# ---------------------------------------------------------------- what cannot be written


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ({"a": [1.5]}, "DOC-025", "$['a'][0]"),
        ([float("nan")], "DOC-025", "$[0]"),
        ([Decimal("NaN")], "DOC-025", "$[0]"),
        ([Decimal("-Infinity")], "DOC-025", "$[0]"),
        ([(1,)], "DOC-025", "$[0]"),
        ([b"x"], "DOC-025", "$[0]"),
        ({"a": {"b": "x\0"}}, "DOC-005", "$['a']['b']"),
        (["\ud800"], "DOC-006", "$[0]"),
        ({"x": {"\udfff": 1}}, "DOC-006", "$['x']"),
    ],
)
def test_what_json_cannot_state_is_refused_with_its_path(value: Any, code: str, path: str) -> None:
    (fault,) = refused(lambda: write_json(value))
    assert (fault.code, fault.place.path) == (code, path)


def test_a_value_too_deep_to_be_read_is_not_written() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    write_json(value)
    assert codes(lambda: write_json([value])) == ["DOC-007"]


def test_integers_beyond_64_bits_are_written_as_numbers() -> None:
    assert write_json({"n": [2**64, -(2**63) - 1, True]}) == b'{"n":[18446744073709551616,-9223372036854775809,true]}'
