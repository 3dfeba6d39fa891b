"""Limits, and the maximum that no configuration exceeds."""

from dataclasses import fields

import pytest

from gateway.document.limits import DEFAULT, HARD, Limits, is_longer

NAMES = [field.name for field in fields(Limits)]


def test_the_defaults_and_maxima_of_the_security_design() -> None:
    assert Limits(10 * 2**20, 64, 200_000, 256, 64, 2**20, 256, 64, 308) == DEFAULT
    assert Limits(64 * 2**20, 200, 2_000_000, 1_024, 256, 9 * 2**20, 1_024, 1_000, 1_000) == HARD


@pytest.mark.parametrize("name", NAMES)
def test_no_limit_can_be_switched_off(name: str) -> None:
    maximum = getattr(HARD, name)
    assert getattr(Limits(**{name: maximum}), name) == maximum
    for value in (maximum + 1, 0, -1):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: value})


@pytest.mark.parametrize(
    ("text", "limit", "longer"),
    [
        ("", 1, False),
        ("ab", 2, False),
        ("abc", 2, True),
        ("é", 1, True),
        ("é", 2, False),
        ("\U0001f600", 3, True),
        ("\U0001f600", 4, False),
        ("\ud800", 2, True),
    ],
)
def test_a_text_is_measured_in_utf_8(text: str, limit: int, longer: bool) -> None:
    assert is_longer(text, limit) is longer
