"""YAML: nodes with places, every scalar a text, everything surprising refused."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.yaml_nodes import DEEPEST, MOST_NODES, ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused
from tests.document.values import codes, refused


def read(text: str) -> Node:
    return read_yaml(text.encode(), "m.yaml")


def shape(node: Node) -> object:
    """A node as plain values, to compare."""
    if isinstance(node, MapNode):
        return {entry.key.text: shape(entry.value) for entry in node}
    return [shape(item) for item in node] if isinstance(node, ListNode) else node.text


def places(text: str) -> list[str]:
    return [f"{fault.code} {fault.place.line}:{fault.place.column}" for fault in refused(lambda: read(text))]


# ---------------------------------------------------------------- what is read


def test_every_scalar_stays_text() -> None:
    text = "a: NO\nb: no\nc: 0123\nd: 12:30:45\ne: true\nf: ~\ng: null\nh: 1e3\ni: 2026-01-02\nj: .inf\n"
    assert shape(read(text)) == {
        "a": "NO",
        "b": "no",
        "c": "0123",
        "d": "12:30:45",
        "e": "true",
        "f": "~",
        "g": "null",
        "h": "1e3",
        "i": "2026-01-02",
        "j": ".inf",
    }


def test_maps_lists_and_all_styles() -> None:
    text = """
a: {x: 1, "y": [2, 'it''s']}
b:
  - one
  -
    c: "two\\nlines"
d: |
  kept
   as is
e: >
  folded
  here
f: ''
g: []
h: {}
"""
    assert shape(read(text)) == {
        "a": {"x": "1", "y": ["2", "it's"]},
        "b": ["one", {"c": "two\nlines"}],
        "d": "kept\n as is\n",
        "e": "folded here\n",
        "f": "",
        "g": [],
        "h": {},
    }


def test_styles_are_told() -> None:
    node = read("[a, 'b', \"c\"]")
    assert isinstance(node, ListNode)
    assert [item.style for item in node if isinstance(item, TextNode)] == ["plain", "single", "double"]


def test_the_order_of_the_file_is_kept_and_keys_are_found() -> None:
    node = read("b: 1\na: 2\n")
    assert isinstance(node, MapNode)
    assert node.keys() == ("b", "a")
    assert len(node) == 2
    assert "a" in node
    assert "c" not in node
    assert node.get("c") is None
    assert node.entry("c") is None
    entry = node.entry("a")
    assert entry is not None
    assert str(entry.key.place) == "m.yaml:2:1"


def test_places_are_1_based_and_in_characters() -> None:
    node = read("é:\n  - {k: värde, l: 'x'}\n")
    assert isinstance(node, MapNode)
    items = node.get("é")
    assert isinstance(items, ListNode)
    inner = items.items[0]
    assert isinstance(inner, MapNode)
    assert str(inner.place) == "m.yaml:2:5"
    value = inner.get("k")
    assert isinstance(value, TextNode)
    assert (value.place.line, value.place.column, value.place.end_column) == (2, 9, 14)
    quoted = inner.get("l")
    assert isinstance(quoted, TextNode)
    assert (quoted.place.column, quoted.place.end_column) == (19, 22)


def test_the_place_of_a_part_of_a_text() -> None:
    node = read("a: Notice/Persn/Name\nb: 'Notice/Persn'\nc: 'it''s Persn'\nd: \"\\x41 Persn\"\n")
    assert isinstance(node, MapNode)
    columns = []
    for key in "abcd":
        value = node.get(key)
        assert isinstance(value, TextNode)
        start = value.text.index("Persn")
        place = value.at(start, start + 5)
        columns.append((place.column, place.end_column))
    # Where escapes change the length, the whole value is named.
    assert columns == [(11, 16), (12, 17), (4, 17), (4, 16)]


def test_windows_line_ends_and_one_explicit_start_are_fine() -> None:
    assert shape(read("---\r\na: b\r\nc: d\r\n")) == {"a": "b", "c": "d"}


def test_comments_are_dropped() -> None:
    assert shape(read("# one\na: b # two\n# three\n")) == {"a": "b"}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: @b", ["Y001 1:4"]),
        ("a: `b", ["Y001 1:4"]),
        ("a: %b", ["Y001 1:4"]),
        ("a: b: c", ["Y001 1:5"]),
        ("a: [x", ["Y001 1:6"]),
        ("a: 'x", ["Y001 1:6"]),
        ("a: {names[]: b}", ["Y001 1:10"]),
        ("a:\n  b: c\n d: e", ["Y001 3:2"]),
        ('a: "\\q"', ["Y001 1:5"]),
        ('a: "\\ud800"', ["Y001 1:7"]),
        ("a: b\nc", ["Y001 2:2"]),
        ("...", ["Y001 1:1"]),
        ("\ufeffa: b", ["Y002 1:1"]),
        ("a: b\ufeff", ["Y002 1:5"]),
        ("a: \x01", ["Y004 1:4"]),
        ("a: \x7f", ["Y004 1:4"]),
        ("a: \x85b", ["Y004 1:4"]),
        ("a: \u2028b", ["Y004 1:4"]),
        ("a\rb: c", ["Y004 1:2"]),
        ('a: "\\0"', ["Y004 1:4"]),
        ('a: "\\e[0m"', ["Y004 1:4"]),
        ("a: \u202eb", ["Y005 1:4"]),
        ("a: b # \u2066", ["Y005 1:8"]),
        ('a: "\\u202e"', ["Y005 1:4"]),
        ("a:\tb", ["Y006 1:3"]),
        ("\ta: b", ["Y006 1:1"]),
        ("a: 'x\ty'", ["Y006 1:6"]),
        ("a: *x", ["Y008 1:4"]),
        ("a: &x y", ["Y008 1:4"]),
        ("a: &x [b]", ["Y008 1:4"]),
        ("*x : y", ["Y008 1:1"]),
        ("a: !x y", ["Y009 1:4"]),
        ("a: !!str y", ["Y009 1:4"]),
        ("a: ! y", ["Y009 1:4"]),
        ("a: !!python/object/apply:os.system [id]", ["Y009 1:4"]),
        ("!x\na: b", ["Y009 1:1"]),
        ("%YAML 1.2\n---\na: b", ["Y010 1:1"]),
        ("%TAG ! tag:x,2000:\n---\na: b", ["Y010 1:1"]),
        ("a: 1\n---\nb: 2", ["Y011 2:1"]),
        ("a: 1\n...\n---\nb: 2", ["Y011 3:1"]),
        ("a: 1\nb: 2\na: 3", ["Y012 3:1"]),
        ("a: {b: 1, 'b': 2}", ["Y012 1:11"]),
        ("<<: x", ["Y013 1:1"]),
        ("a: {<<: {b: c}}", ["Y013 1:5"]),
        ("? a\n: b", ["Y014 1:3"]),
        ("[a]: b", ["Y014 1:1"]),
        ("{a: b}: c", ["Y014 1:1"]),
        ("? [a]\n: b", ["Y014 1:3"]),
        (": b", ["Y001 1:1"]),
        ("'': b", ["Y014 1:1"]),
        ("a:", ["Y015 1:1"]),
        ("a:\nb: c", ["Y015 1:1"]),
        ("a: {b}", ["Y015 1:5"]),
        ("a: {b: , c: d}", ["Y015 1:5"]),
        ("- a\n-\n- b", ["Y015 2:2"]),
        ("", ["Y016 0:0"]),
        ("# only a comment\n", ["Y016 0:0"]),
    ],
)
def test_a_surprise_is_refused_with_its_place(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_a_tab_may_be_written_as_an_escape() -> None:
    assert shape(read('delimiter: "\\t"')) == {"delimiter": "\t"}


def test_a_quoted_double_angle_is_a_key_like_any_other() -> None:
    assert shape(read("'<<': x")) == {"<<": "x"}


def test_a_doubled_key_shows_both_places() -> None:
    (fault,) = refused(lambda: read("one: 1\ntwo: 2\none: 3\n"))
    assert (str(fault.place), str(fault.at)) == ("m.yaml:3:1", "m.yaml:1:1")


def test_faults_are_told_together() -> None:
    text = "a: &x 1\nb: !t 2\nc:\nd: {e: 1, e: 2}\n"
    assert places(text) == ["Y008 1:4", "Y009 2:4", "Y015 3:1", "Y012 4:11"]
    assert len(refused(lambda: read("\t\n" * 500))) == 100
    assert len(refused(lambda: read("a: &x 1\n" * 500))) == 100


def test_every_fault_names_the_file_and_a_fix() -> None:
    for text in ("a: @b", "a:\tb", "a: &x 1", "a: 1\na: 2", "", "[" * 50):
        for fault in refused(lambda text=text: read(text)):  # type: ignore[misc]  # bound at once
            assert fault.place.file == "m.yaml"
            assert fault.fix


def test_bytes_must_be_utf_8() -> None:
    (fault,) = refused(lambda: read_yaml(b"a: b\nc: \xff", "m.yaml"))
    assert (fault.code, str(fault.place)) == ("Y002", "m.yaml:2:4")
    assert codes(lambda: read_yaml("a: b".encode("utf-16"), "m.yaml")) == ["Y002"]


# ---------------------------------------------------------------- bombs


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    found = {fault.code for fault in refused(lambda: read("\n".join(lines)))}
    assert found == {"Y008"}


def test_the_deepest_is_read_and_one_more_is_not() -> None:
    read("[" * DEEPEST + "]" * DEEPEST)
    assert codes(lambda: read("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))) == ["Y007"]
    assert codes(lambda: read("- " * 1000 + "a")) == ["Y007"]
    assert codes(lambda: read("{a: " * 1000)) == ["Y007"]


def test_40_000_brackets_do_not_kill_the_process() -> None:
    program = (
        "from gateway.document.yaml_nodes import read_yaml\n"
        "from gateway.errors import DefinitionRefused\n"
        "for text in (b'[' * 40_000, b'{a: ' * 40_000, b'- ' * 40_000, b'[' * 1_000_000):\n"
        "    try:\n"
        "        read_yaml(text, 'm.yaml')\n"
        "    except DefinitionRefused as refusal:\n"
        "        print(refusal.code)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (run.returncode, run.stdout.split()) == (0, ["Y007"] * 4)


def test_size_and_number_of_nodes_are_limited() -> None:
    assert codes(lambda: read_yaml(b"#" * (1024 * 1024 + 1), "m.yaml")) == ["Y003"]
    assert codes(lambda: read("[" + "a," * (MOST_NODES + 1) + "]")) == ["Y017"]
    read("[" + "a," * (MOST_NODES - 1) + "]")


# ---------------------------------------------------------------- any input


@given(
    st.recursive(
        st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=6),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=4),
            st.dictionaries(
                st.text(st.characters(categories=["L"]), min_size=1, max_size=6), inner, min_size=1, max_size=4
            ),
        ),
        max_leaves=15,
    )
)
def test_json_written_by_others_reads_as_the_same_texts(value: object) -> None:
    import json

    assert shape(read(json.dumps(value, ensure_ascii=False))) == value


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_yaml(data, "m.yaml")
    except DefinitionRefused:
        return


_pieces = st.sampled_from(
    [
        "a",
        ": ",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
        "&x ",
        "*x",
        "!t ",
        "|",
        ">",
        "#",
        "?",
        "---\n",
        "...\n",
        "%",
        "@",
        "`",
        "<<",
        "\\",
        "\t",
        "~",
    ]
)


@given(st.lists(_pieces, max_size=15).map("".join))
def test_any_sequence_of_marks_is_read_or_refused(text: str) -> None:
    try:
        node = read(text)
    except DefinitionRefused:
        return
    shape(node)
