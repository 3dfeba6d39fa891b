"""Paths: RFC 9535 by its compliance suite, the XPath subset against libxml2, parsing with places."""

import json
from decimal import Decimal
from pathlib import Path as File

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from gateway.document.xml_codec import read_xml
from gateway.errors import DefinitionRefused, Place
from gateway.mapping.language.spelling import Located
from gateway.mapping.paths.jsonpath import parse_jsonpath
from gateway.mapping.paths.path import Path
from gateway.mapping.paths.xpath import parse_xpath
from gateway.mapping.run.node import Node, top_node, xml_string
from gateway.mapping.run.nodes import walk
from tests.shared import shared_data

HERE = Place("m", 3, 10)


def located(text: str) -> Located:
    return Located(text, HERE, 10)


def parsed(text: str) -> Path | None:
    try:
        return parse_jsonpath(located(text))
    except DefinitionRefused:
        return None


def test_the_jsonpath_compliance_suite_456_selectors_and_247_invalid_ones() -> None:
    suite: File = shared_data("suites/jsonpath-compliance")
    file = next(iter(sorted(suite.rglob("cts.json"))))
    cases = json.loads(file.read_text("utf-8"), parse_float=Decimal)["tests"]
    invalid = [case for case in cases if case.get("invalid_selector")]
    valid = [case for case in cases if not case.get("invalid_selector")]
    assert (len(valid), len(invalid)) == (456, 247)
    # In a mapping a path may also be relative; the suite's selectors all begin at the top.
    accepted = [case["name"] for case in invalid if case["selector"].startswith("$") and parsed(case["selector"])]
    assert accepted == []
    wrong = []
    for case in valid:
        path = parsed(case["selector"])
        found = (
            None
            if path is None
            else [node.value for node in walk(Node(case["document"]), path.steps, case["document"])]
        )
        if found not in ([case["result"]] if "result" in case else case["results"]):
            wrong.append(case["name"])
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "column", "end"),
    [("a['b", 12, 14), ("a[01]", 12, 14), ("$.a[?@.b = 1]", 19, 20), ("a[?nope(@)]", 13, 17)],
)
def test_a_fault_in_a_jsonpath_stands_at_its_characters(text: str, column: int, end: int) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        parse_jsonpath(located(text))
    place = refused.value.faults[0].place
    assert (place.column, place.end_column) == (column, end)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("a/../b", "P002", 12),
        ("a/*", "P002", 12),
        ("child::a", "P002", 10),
        ("a[", "P001", 12),
        ("a[position() = 2]", "P002", 12),
        ("@k", "P001", 10),
        ("a/@k/b", "P001", 14),
        ("a[0]", "P001", 12),
        ("a[b == 'x']", "P001", 15),
        ("a[b = x]", "P001", 16),
        ("a b", "P001", 11),
        ("[" * 200, "P001", 10),
        ("a" + "[b" * 60, "P002", None),
    ],
)
def test_what_is_outside_the_xpath_subset_is_refused_at_its_characters(
    text: str, code: str, column: int | None
) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        parse_xpath(located(text))
    fault = refused.value.faults[0]
    assert fault.code == code
    assert column is None or fault.place.column == column


# -- against libxml2 ---------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["a", "b", "c"])
_TEXTS = st.sampled_from(["", "x", "xy", " x "])


def _elements(depth: int) -> st.SearchStrategy[str]:
    below = st.lists(_elements(depth - 1), max_size=3) if depth else st.just([])
    return st.builds(
        lambda name, key, text, inner: (
            f"<{name}{'' if key is None else f' k={chr(34)}{key}{chr(34)}'}>{text}{''.join(inner)}</{name}>"
        ),
        _NAMES,
        st.none() | st.sampled_from(["x", "y"]),
        _TEXTS,
        below,
    )


@st.composite
def _paths(draw: st.DrawFn, *, inside: bool = False) -> str:
    steps: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        step = draw(_NAMES)
        if not inside:
            step += "".join(f"[{draw(_predicates())}]" for _ in range(draw(st.integers(0, 2))))
        steps.append(step)
    joiner = "/"
    text = joiner.join(steps)
    last = draw(st.sampled_from(["", "", "/@k", "/text()"]))
    lead = "" if inside else draw(st.sampled_from(["", "", "//", "/r/"]))
    return f"{lead}{text}{last}"


@st.composite
def _predicates(draw: st.DrawFn) -> str:
    path = draw(st.one_of(_paths(inside=True), st.just("./@k"), st.just("@k"), st.just(".")))
    literal = draw(st.sampled_from(["'x'", '"xy"', "''"]))
    return draw(
        st.sampled_from(
            ["1", "2", "last()", path, f"{path} = {literal}", f"{path} != {literal}", f"starts-with({path}, {literal})",
             f"contains({path}, {literal})", f"not({path})", f"({path} or @k) and {path} = {literal}"]
        )
    )  # fmt: skip


@given(st.lists(_elements(3), max_size=4).map(lambda parts: f"<r>{''.join(parts)}</r>"), _paths())
@example("<r><a><a></a></a><a>x</a></r>", "//a")
@example("<r><a><a><b>1</b></a><b>2</b></a></r>", "//a/b")
def test_paths_mean_what_libxml2_says(document: str, text: str) -> None:
    tree = read_xml(document.encode())
    path = parse_xpath(located(text))
    found = walk(top_node(tree), path.steps, tree, rooted=path.rooted)
    expected = etree.fromstring(document).xpath(text)
    assert isinstance(expected, list)
    theirs = [str(one) if isinstance(one, str) else "".join(str(part) for part in one.itertext()) for one in expected]
    if path.steps[-1].axis == "text":  # type: ignore[union-attr]  # an XPath has XPath steps
        # Ours joins what comments and children cut; theirs gives the pieces.
        assert "".join(str(node.value) for node in found) == "".join(theirs)
    else:
        assert [xml_string(node.value) for node in found] == theirs
