"""The canonical layout: same words, same comments, idempotent; on shipped files and on files nobody would write."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Place
from gateway.mapping.layout.comments import comments_of
from gateway.mapping.layout.fmt import formatted
from gateway.mapping.load.mapping import load_mapping
from tests.mapping.example_files import REPOSITORY
from tests.mapping.test_shipped_mappings import PATHS, shipped

FILES = sorted(
    path
    for folder in ("mappings", "policies", "tests/mapping/examples", "tests/policy")
    for path in (REPOSITORY / folder).rglob("*.yaml")
)


def words(node: Node) -> object:
    match node:
        case TextNode():
            return node.text
        case ListNode():
            return [words(item) for item in node]
        case MapNode():
            return [(entry.key.text, words(entry.value)) for entry in node]


def comments(data: bytes) -> list[str]:
    return sorted(comment.text for comment in comments_of(data.decode().split("\n"), read_yaml(data, "x")))


def lay(text: str) -> str:
    return formatted(text.encode(), "x.yaml").decode()


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_shipped_file_says_the_same_and_is_laid_out_once(path: Path) -> None:
    data = path.read_bytes()
    made = formatted(data, "x")
    assert words(read_yaml(made, "x")) == words(read_yaml(data, "x"))
    assert comments(made) == comments(data)
    assert formatted(made, "x") == made


def placeless(value: object) -> object:
    if isinstance(value, Place):
        return None
    if isinstance(value, tuple):
        return tuple(placeless(item) for item in value)
    if dataclasses.is_dataclass(value):
        return type(value).__name__, [(f.name, placeless(getattr(value, f.name))) for f in dataclasses.fields(value)]
    return value


@pytest.mark.parametrize("path", PATHS)
def test_a_mapping_that_was_laid_out_is_the_same_mapping(path: str) -> None:
    files = {**shipped(), path: formatted(shipped()[path], path)}
    assert placeless(load_mapping(path, files)) == placeless(load_mapping(path, shipped()))


# -- files nobody would write -----------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.sampled_from(
        ["a", "it's", 'say "x"', "a # b", "a #b", "a#b", "x: y", "- a", "", " a ", "[a]", "{a}", "0123", "no", "1.5", "a,b",
         "*", "&x", "!t", "a\\b", "urn:x:y", "?", "-", ":", "'", '"', "two\nlines", "ünï", "x" * 130, "$.a[?@.b == 'c']"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12),
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "c d", "e[]", "$.x", "it's", "n:m", "f#g", "./@h"])
TREES = st.recursive(
    TEXTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3), st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


def quoted(text: str) -> str:
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(named.get(sign, sign) for sign in text) + '"'


class Scribe:
    """Writes a tree as an untidy author would: any style, odd indentation, comments and blank lines anywhere."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0

    def yes(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def remark(self) -> str:
        self.count += 1
        return f"# remark {self.count} 'with \"signs"

    def text(self, text: str) -> str:
        plain = text.isascii() and text.isalnum()
        if plain and self.yes(2):
            return text
        if "\n" not in text and self.yes(2):
            return "'" + text.replace("'", "''") + "'"
        return quoted(text)

    def flow(self, tree: object) -> str:
        if isinstance(tree, str):
            return self.text(tree)
        space = " " * self.draw(st.integers(0, 2))
        if isinstance(tree, list):
            return f"[{space}{f',{space} '.join(map(self.flow, tree))}{space}]"
        assert isinstance(tree, dict)
        entries = [f"{quoted(key)}: {self.flow(value)}" for key, value in tree.items()]
        return f"{{{space}{f',{space} '.join(entries)}{space}}}"

    def block(self, tree: object, depth: int) -> list[str]:
        lines: list[str] = []
        step = self.draw(st.integers(1, 4))
        heads = [f"{quoted(key)}:" for key in tree] if isinstance(tree, dict) else ["-" for _ in tree]  # type: ignore[attr-defined]  # a list
        values = list(tree.values()) if isinstance(tree, dict) else list(tree)  # type: ignore[call-overload]  # a list
        for head, value in zip(heads, values, strict=True):
            if self.yes(4):
                lines += ["", ""][: self.draw(st.integers(1, 2))]
            if self.yes(4):
                lines.append(" " * self.draw(st.sampled_from([0, depth])) + self.remark())
            behind = f"   {self.remark()}" if self.yes(4) else ""
            if isinstance(value, str) or self.yes(3):
                lines.append(" " * depth + f"{head} {self.flow(value)}{behind}")
            else:
                lines.append(" " * depth + head + behind)
                lines += self.block(value, depth + step)
        return lines


@st.composite
def untidy(draw: st.DrawFn) -> str:
    tree = draw(st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
    scribe = Scribe(draw)
    lines = scribe.block(tree, 0)
    if scribe.yes(3):
        lines.append(scribe.remark())
    return "\n".join(lines) + "\n"


@settings(max_examples=250, deadline=None)
@given(untidy())
def test_whatever_the_author_wrote_is_laid_out_once_and_says_the_same(text: str) -> None:
    once = lay(text)
    assert words(read_yaml(once.encode(), "x")) == words(read_yaml(text.encode(), "x"))
    assert comments(once.encode()) == comments(text.encode())
    assert lay(once) == once


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a:   b\n", "a: b\n"),
        ("a: 'b'\n", "a: b\n"),
        ("a: '010'\n", "a: '010'\n"),
        ("a: 010\n", "a: 010\n"),
        ("a: { b : c,d: [e,f] }\n", "a: {b: c, d: [e, f]}\n"),
        ("a:\n- b\n-   c: d\n    e: f\n", "a:\n  - b\n  - c: d\n    e: f\n"),
        ("\n\n# x\n\n\na: b # y\n\n\n# z\n", "# x\n\na: b  # y\n\n# z\n"),
        ("a: {b: c}     # x\n", "a: {b: c}     # x\n"),
        ("a: {b: c, # x\n  d: e}\n", "a:\n  b: c    # x\n  d: e\n"),
        ("a: |\n     x\n       y\n\n     z\nb: c\n", "a: |\n  x\n    y\n\n  z\nb: c\n"),
        ("a: >-\n  x # no comment\n  y\n", "a: >-\n  x # no comment\n  y\n"),
        ("a: 'x\n  y'\n", "a: x y\n"),
        ("a: ';'\n", "a: ';'\n"),
        ('a: "$.x[*]"\n', 'a: "$.x[*]"\n'),
        ("a: b\r\n", "a: b\n"),
    ],
)
def test_the_layout(text: str, made: str) -> None:
    assert lay(text) == made
    assert lay(made) == made


def test_what_does_not_fit_into_a_line_becomes_a_block() -> None:
    words_of = ", ".join(f"word{number}" for number in range(12))
    wide = f"a: {{b: {{c: {'x' * 60}}}, d: {'y' * 60}}}\n"
    assert lay(wide) == f"a:\n  b: {{c: {'x' * 60}}}\n  d: {'y' * 60}\n"
    long = f"a: {{b: [{words_of}, {words_of}]}}\n"
    made = lay(long)
    assert made.startswith("a:\n  b: [word0, word1,")
    assert all(len(line) <= 120 for line in made.splitlines())
    assert lay(made) == made


def test_a_file_that_the_strict_reader_refuses_is_refused() -> None:
    with pytest.raises(DefinitionRefused):
        lay("a: 1\na: 2\n")
