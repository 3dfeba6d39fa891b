"""The ladders, as the design states them."""

import pytest

from gateway.exchange.ladders import LADDERS, LEVELS, Transform, transform_of


def test_there_are_thirteen_ladders_over_nine_levels() -> None:
    assert len(LADDERS) == 13
    assert {level for ladder in LADDERS.values() for level in ladder.levels} == set(LEVELS)


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=lambda ladder: ladder.name)
def test_a_ladder_goes_from_nothing_to_everything(ladder: object) -> None:
    ladder = LADDERS[ladder.name]  # type: ignore[attr-defined]  # a Ladder
    assert list(ladder.transforms) == list(ladder.levels)
    if ladder.decided:
        assert ladder.levels[0] == "redact"
        assert ladder.levels[-1] == "full"
    assert ladder.transforms.get("redact", Transform.DROP) is Transform.DROP
    assert ladder.transforms.get("full", Transform.KEEP) is Transform.KEEP


def test_keep_and_never_are_not_decided_by_rules() -> None:
    assert [ladder.name for ladder in LADDERS.values() if not ladder.decided] == ["keep", "never"]


@pytest.mark.parametrize(
    ("ladder", "level", "part", "does"),
    [
        ("place-", "region", "", Transform.DROP),
        ("place-region", "region", "", Transform.KEEP),
        ("place-region", "country", "", Transform.DROP),
        ("place-country", "country", "code", Transform.KEEP),
        ("place-country", "country", "scheme", Transform.KEEP),
        ("year", "year", "value", Transform.YEAR),
        ("year", "year", "to", Transform.YEAR),
        ("year", "year", "qualifier", Transform.KEEP),
        ("category", "category", "code", Transform.PARENT),
        ("category", "category", "scheme", Transform.DROP),
        ("exists+", "exists", "", Transform.KEEP),
        ("exists-", "exists", "", Transform.DROP),
        ("pseudonym-", "pseudonym", "", Transform.DROP),
        ("never", "full", "", Transform.DROP),
        ("full", "year", "", Transform.DROP),
    ],
)
def test_what_a_level_does(ladder: str, level: str, part: str, does: Transform) -> None:
    assert transform_of(ladder, level, part) is does


def test_an_unknown_ladder_is_an_error() -> None:
    with pytest.raises(KeyError):
        transform_of("century", "full")
