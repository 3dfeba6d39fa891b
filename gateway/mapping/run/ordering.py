"""Comparing texts of documents: as numbers, as points in time, or as texts, and choosing one of several."""

import re
from datetime import datetime
from decimal import Decimal

__all__ = ["Rank", "number_of", "rank", "same_kind"]

_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})")

Rank = tuple[int, Decimal, str]
"""What texts are ordered by: numbers and times by value, all others by their characters."""


def number_of(text: str) -> Decimal | None:
    """Give the number that a text is, or None."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def rank(text: str) -> Rank:
    """Give the rank of a text among texts of its kind: times before numbers before all others."""
    found = _TIME.fullmatch(text)
    if found is not None:
        try:
            fraction = found[1] or ""
            moment = datetime.fromisoformat(text.replace(fraction, "", 1) if fraction else text)
            return 0, Decimal(int(moment.timestamp())) + Decimal(f"0{fraction or '.0'}"), ""
        except (ValueError, OverflowError):
            return 2, Decimal(0), text
    number = number_of(text)
    return (2, Decimal(0), text) if number is None else (1, number, "")


def same_kind(ranks: list[Rank]) -> bool:
    """True when all ranks are of one kind, so that their order means something."""
    return len({kind for kind, _, _ in ranks}) <= 1
