"""Places, printed and parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.path import (
    ANY,
    RowPath,
    XmlStep,
    json_path,
    parse_json_path,
    parse_row_path,
    parse_xml_path,
    row_path,
    xml_path,
)

json_steps = st.lists(st.one_of(st.integers(0, 10**6), st.just(ANY), st.text(max_size=12)), max_size=6).map(tuple)
xml_names = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)
xml_steps = st.lists(
    st.one_of(
        st.builds(XmlStep, xml_names, st.integers(0, 99)),
        st.builds(lambda name: XmlStep(name, attribute=True), xml_names),
    ),
    max_size=6,
).map(tuple)


@given(json_steps)
def test_a_json_path_reads_back(steps: tuple[str | int, ...]) -> None:
    assert parse_json_path(json_path(steps)) == steps


@given(xml_steps)
def test_an_xml_path_reads_back(steps: tuple[XmlStep, ...]) -> None:
    assert parse_xml_path(xml_path(steps)) == steps


@given(st.integers(1, 10**6), st.one_of(st.just(""), xml_names))
def test_a_row_path_reads_back(row: int, column: str) -> None:
    assert parse_row_path(row_path(RowPath(row, column))) == RowPath(row, column)


def test_the_normalized_form_of_rfc_9535() -> None:
    assert json_path(("a", "it's", "\n\x0b\\", 0, "☺", '"')) == "$['a']['it\\'s']['\\n\\u000b\\\\'][0]['☺']['\"']"
    assert json_path(()) == "$"


def test_xml_and_row_paths_look_like_those_of_mappings() -> None:
    assert xml_path((XmlStep("Notice"), XmlStep("Person", 2), XmlStep("id", attribute=True))) == "/Notice/Person[2]/@id"
    assert row_path(RowPath(3, "surname")) == "row[3]/surname"


@pytest.mark.parametrize("text", ["", "a", "$.a", "$['a'", "$[-1]", "$[01]", "$['\n']", "$['\\x']", "$['a'] "])
def test_other_texts_are_no_json_path(text: str) -> None:
    with pytest.raises(ValueError, match="normalized path"):
        parse_json_path(text)


@pytest.mark.parametrize("text", ["a", "/a/", "/a[0]", "/a b", "//a"])
def test_other_texts_are_no_xml_path(text: str) -> None:
    with pytest.raises(ValueError, match="elements"):
        parse_xml_path(text)


@pytest.mark.parametrize("text", ["", "row", "row[0]", "row[1]/", "row[1]/a/b", "row[1]x"])
def test_other_texts_are_no_row_path(text: str) -> None:
    with pytest.raises(ValueError, match="row"):
        parse_row_path(text)
