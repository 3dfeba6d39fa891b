"""Ladders as data: the levels at which a leaf can be shown, from least to most, and what each level does to it.

Every level yields a value that the leaf's own type accepts, or drops the leaf. The transforms themselves are written in
`gateway/policy/levels.py`; their words are here, so that catalogue, filter and prover mean the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["LADDERS", "LEVELS", "Ladder", "Transform", "transform_of"]

LEVELS = ("redact", "exists", "category", "band", "year", "country", "region", "pseudonym", "full")
"""Every level there is. Only the levels of one ladder can be compared with each other."""


class Transform(StrEnum):
    """What a level does to a value."""

    DROP = "drop"
    KEEP = "keep"
    PSEUDONYM = "pseudonym"
    """`psn-` and 32 hexadecimal digits, keyed per partner, purpose and period."""
    YEAR = "year"
    """The first four characters of a date."""
    PARENT = "parent"
    """The code's parent in its list; without a parent the leaf is dropped."""
    BAND = "band"
    """Rounded down to 1, 2 or 5 times a power of ten."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One ladder. `keep` has no level of its own: no rule decides about it, it travels with what it belongs to."""

    name: str
    levels: tuple[str, ...]
    transforms: Mapping[str, Transform]

    @property
    def decided(self) -> bool:
        """True if rules decide at which level the leaf leaves; false for `keep` and `never`."""
        return len(self.levels) > 1


def _ladder(name: str, **between: Transform) -> Ladder:
    levels = ("redact", *between, "full")
    transforms = {"redact": Transform.DROP, **between, "full": Transform.KEEP}
    return Ladder(name, levels, MappingProxyType(transforms))


LADDERS: Mapping[str, Ladder] = MappingProxyType(
    {
        ladder.name: ladder
        for ladder in (
            Ladder("keep", ("full",), MappingProxyType({"full": Transform.KEEP})),
            _ladder("full"),
            _ladder("pseudonym", pseudonym=Transform.PSEUDONYM),
            _ladder("pseudonym-", pseudonym=Transform.DROP),
            _ladder("year", year=Transform.YEAR),
            _ladder("place-", country=Transform.DROP, region=Transform.DROP),
            _ladder("place-region", country=Transform.DROP, region=Transform.KEEP),
            _ladder("place-country", country=Transform.KEEP, region=Transform.KEEP),
            _ladder("exists+", exists=Transform.KEEP),
            _ladder("exists-", exists=Transform.DROP),
            _ladder("category", category=Transform.PARENT),
            _ladder("band", band=Transform.BAND),
            Ladder("never", ("redact",), MappingProxyType({"redact": Transform.DROP})),
        )
    }
)
"""Ladder by the name that `x-ladder` states (exchange-format.md 7)."""


def transform_of(ladder: str, level: str, part: str = "") -> Transform:
    """Say what a level does to one leaf; `part` is its part of a code or date (`scheme`, `qualifier`, `to`).

    A part follows its value: the year of `between` keeps the qualifier, and a parent code is ours, so that the foreign
    scheme goes. A level that the ladder does not have counts as `redact`. Raises `KeyError` for an unknown ladder.
    """
    transform = LADDERS[ladder].transforms.get(level, Transform.DROP)
    if part == "qualifier" and transform is Transform.YEAR:
        return Transform.KEEP
    if part == "scheme" and transform is Transform.PARENT:
        return Transform.DROP
    return transform
