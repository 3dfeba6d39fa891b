"""Ways through a value."""

from typing import Any

from hypothesis import given

from gateway.document.walk import copied, levels, way_to
from tests.document.values import json_values


def _count(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_count(part) for part in parts)


@given(json_values)
def test_every_value_is_visited_once(value: Any) -> None:
    assert sum(len(level) for level in levels(value)) == _count(value)


@given(json_values)
def test_a_copy_is_equal_and_in_the_same_order(value: Any) -> None:
    assert repr(copied(value, lambda scalar: scalar)) == repr(value)


def test_a_copy_in_another_order() -> None:
    made = copied({"b": {"d": 1, "c": 2}, "a": []}, str, sorted)
    assert repr(made) == "{'a': [], 'b': {'c': '2', 'd': '1'}}"


def test_the_way_leads_to_the_first_wanted_value_in_the_order_of_the_text() -> None:
    value: Any = {"a": [0, {"b": 7}], "c": 7}
    assert way_to(value, lambda each, _depth: each == 7) == ("a", 1, "b")
    assert way_to(value, lambda _each, depth: depth == 1) == ("a",)
    assert way_to(value, lambda each, _depth: each == 8) == ()
