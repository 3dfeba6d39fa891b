"""The size of a number, judged on its text."""

import pytest

from gateway.document.json_text import number_fault, read_slowly
from gateway.document.limits import DEFAULT, Limits
from tests.document.values import codes


@pytest.mark.parametrize(
    "text", ["0", "-0", "9" * 64, "0." + "0" * 300 + "1", "1e308", "1e-308", "0.1e-307", "1e0000000000000001", "0e308"]
)
def test_numbers_within_the_limits(text: str) -> None:
    assert number_fault(text, DEFAULT) == ""


@pytest.mark.parametrize(
    "text",
    [
        "9" * 65,
        "1." + "0" * 64,
        "0." + "0" * 308 + "1",
        "1e309",
        "1e-309",
        "10e308",
        "0.1e-308",
        "1e" + "9" * 30,
        "0e999",
    ],
)
def test_numbers_beyond_the_limits(text: str) -> None:
    assert number_fault(text, DEFAULT) != ""


def test_zeros_in_front_do_not_hide_an_exponent() -> None:
    assert number_fault("0." + "0" * 400 + "1e390", DEFAULT) != ""


def test_the_first_fault_in_the_order_of_the_text_is_told() -> None:
    text = '{"a": 1, "a": 2, "b": [[[1e999]]'
    assert codes(lambda: read_slowly(text, Limits(depth=2))) == ["DOC-021"]
    assert codes(lambda: read_slowly(text.replace('"a": 2', '"c": 2'), Limits(depth=2))) == ["DOC-007"]
