"""Code tables and patterns: read strictly, asked in constant and linear time."""

import re
import time

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DefinitionRefused, Place
from gateway.mapping.language.patterns import compile_pattern, compile_schema_pattern
from gateway.mapping.language.spelling import Located
from gateway.mapping.tables import Match, load_table

HERE = Place("m", 1, 1)


def table_codes(text: str | bytes, sidecar: str = "") -> list[str]:
    files = {"t.csv": text if isinstance(text, bytes) else text.encode()}
    if sidecar:
        files["t.table.yaml"] = sidecar.encode()
    try:
        load_table("t.csv", files, HERE)
    except DefinitionRefused as refused:
        return [f"{fault.code}:{fault.place.line}" for fault in refused.faults]
    return []


HEAD = "source,target,match,note\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "a,b,exact,\n", []),
        (b"\xff\n", ["L001:1", "L002:1", "L002:1", "L002:1"]),
        (HEAD + 'a,"b\n', ["L001:2"]),
        ("source,source.a,target,match\n", ["L002:1"]),
        ("source,target,target,match\n", ["L002:1"]),
        ("source,target,mach\n", ["L002:1"]),
        (HEAD + "a,b,exact\n", ["L003:2"]),
        (HEAD + "a,b,same,\n", ["L004:2"]),
        (HEAD + "a,b,none,\nc,,exact,\n", ["L005:2", "L005:3"]),
        (HEAD + "a,b,broader,\n", ["L006:2"]),
        ("source,target,match,valid_from\na,b,exact,2020\n", ["L007:2"]),
        ("source,target,match,preferred\na,b,exact,x\n", ["L008:2"]),
        (HEAD + "a,b,exact,\nb,c,exact,\na,c,exact,\n", ["L009:4"]),
        ("source,target,match,valid_from,valid_to\na,b,exact,,2020-01-01\na,c,exact,2020-01-01,\n", ["L009:3"]),
        ("source,target,match,valid_from,valid_to\na,b,exact,,2019-12-31\na,c,exact,2020-01-01,\n", []),
    ],
)
def test_tables_are_read_strictly(text: str | bytes, expected: list[str]) -> None:
    assert table_codes(text) == expected


def test_folding_makes_keys_comparable_and_finds_doubles() -> None:
    text = HEAD + "Anti Aircraft,a,exact,\nanti  aircraft,b,exact,\n"
    assert table_codes(text) == []
    assert table_codes(text, "fold: [case, space]") == ["L009:3"]
    files = {"t.csv": (HEAD + "Ünder,a,exact,\n").encode(), "t.table.yaml": b"fold: [case, space]\nowner: x\n"}
    table = load_table("t.csv", files, HERE)
    row = table.find(("  ÜNDER ",))
    assert row is not None
    assert (row.target, row.match) == ("a", Match.EXACT)
    assert table_codes(HEAD, "fold: [accents]") == ["W005:1"]


# -- patterns ----------------------------------------------------------------------------------------------------------


def compiled(text: str) -> object:
    return compile_pattern(Located(text, HERE, 1))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "X501"), ("^a", "X501"), ("a$", "X501"), ("(a", "X501"), ("a)", "X501"), ("[a", "X501"), ("[]", "X501"),
        ("a**", "X501"), ("a+?", "X501"), ("(?=a)", "X501"), ("(?:a)", "X501"), ("(?i)a", "X501"), (r"\1", "X501"),
        (r"\b", "X501"), ("a{2,1}", "X501"), ("a{1001}", "X501"), ("*a", "X501"), ("(?<n>a)+", "X502"),
        ("(?<n>a)(?<n>b)", "X501"), ("((a{1000}){1000}){1000}", "X501"), ("(" * 40 + ")" * 40, "X501"), ("a" * 2001, "X501"),
        ("a{x}", "X501"), ("[[a]]", "X501"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str, code: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        compiled(text)
    assert refused.value.code == code


def test_groups_are_children_and_know_whether_they_must_be_there() -> None:
    pattern = compile_pattern(Located("(?<a>x)((?<b>y)|(?<c>z))?(?<d>[^,]*)", HERE, 1))
    assert pattern.groups == ("a", "b", "c", "d")
    assert pattern.optional == {"b", "c"}
    assert pattern.parts("xzrest") == {"a": ("x", 0, 1), "c": ("z", 1, 2), "d": ("rest", 2, 6)}
    assert pattern.parts("y") is None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a.c", "abc", True), ("a.c", "a\nc", False), (r"\d+", "12", True), (r"\d+", "١٢", False), (r"\p{L}+", "Übung", True),
        ("[a-c^-]+", "a^-", True), (r"a\.b", "a.b", True), (r"a\.b", "axb", False), ("(ab|c){2}", "abc", True), ("a|", "", True),
        (r"[\]]", "]", True), ("ä{2,}", "äää", True),
    ],
)  # fmt: skip
def test_patterns_fit_the_whole_text(pattern: str, text: str, fits: bool) -> None:
    assert compile_pattern(Located(pattern, HERE, 1)).fits(text) is fits


_PIECES = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)"])
_QUANTITIES = st.sampled_from(["", "*", "+", "?", "{1,3}", "{2}"])
_PATTERNS = st.lists(st.builds("{}{}".format, _PIECES, _QUANTITIES), min_size=1, max_size=4).map("".join)


@given(_PATTERNS, st.text("abc\n", max_size=12))
def test_both_engines_agree(pattern: str, text: str) -> None:
    ours = compile_pattern(Located(pattern, HERE, 1))
    plain = pattern.replace(".", r"[^\n\r]")
    assert ours.fits(text) == (re.fullmatch(plain, text) is not None) == (re2.fullmatch(plain, text) is not None)


@given(_PATTERNS)
def test_a_pattern_that_runs_on_pythons_engine_is_linear(pattern: str) -> None:
    ours = compile_pattern(Located(pattern, HERE, 1))
    if ours.linear:
        assert _seconds(ours.fits, "a" * 20_000 + "!") < 0.1


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "a*a*a*a*b",
        "(a*)*b",
        "[^,]+, *.*x",
        "(.*)(.*)(.*)x",
        "(a?){30}a{30}",
        "(?<x>.*a){12}".replace("?<x>", ""),
    ],
)
def test_patterns_that_explode_elsewhere_are_linear_here(pattern: str) -> None:
    ours = compile_pattern(Located(pattern, HERE, 1))
    assert not ours.linear
    short, long = _seconds(ours.fits, "a" * 5_000 + "!"), _seconds(ours.fits, "a" * 20_000 + "!")
    assert long < 0.5
    assert long < max(short, 0.001) * 40


def _seconds(call: object, text: str) -> float:
    start = time.perf_counter()
    call(text)  # type: ignore[operator]  # a function
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[^\\u0000-\\u001f]+$", "ab", True), ("^[^\\u0000-\\u001f]+$", "a\x01", False), ("b", "abc", True), ("^b", "abc", False),
        ("c$", "abc", True), ("^[0-9]{4}(?:-[0-9]{2})?$", "2020-01", True), ("^a|b$", "xb", False), ("^\\d+$", "12", True),
    ],
)  # fmt: skip
def test_patterns_of_schemas_are_found_where_they_say(pattern: str, text: str, fits: bool) -> None:
    made = compile_schema_pattern(pattern)
    assert made is not None
    assert made.fits(text) is fits


def test_a_schema_pattern_that_needs_more_than_linear_time_is_left_to_the_schema() -> None:
    assert compile_schema_pattern("^(?=a)b$") is None
