"""Dates of every precision, compared as far as they can be: a year may be any of its days.

Guarantees that two dates contradict each other only if they do so whatever the missing parts are. Texts only; the form
is the schema's business, the calendar is ours.
"""

from calendar import monthrange
from datetime import UTC, datetime

__all__ = ["after", "day_of", "is_real"]


def is_real(text: str) -> bool:
    """Say whether a year, month, day or instant of the right form exists in the calendar (years 1 to 9999)."""
    year, month, day = text[:4], text[5:7], text[8:10]
    if year == "0000":
        return False
    return not day or int(day) <= monthrange(int(year), int(month))[1]


def day_of(text: str) -> str:
    """Give the day, or the part of one, that a date or instant states: its first ten characters."""
    return text[:10]


def after(one: str, other: str) -> bool:
    """Say whether `one` is later than `other` in every reading. Both must have the right form and be real.

    Two instants are compared on the time line; an instant and a date by the day that the instant states.
    """
    if len(one) > 10 and len(other) > 10:
        return _moment(one) > _moment(other)
    return _first(one) > _last(other)


def _first(text: str) -> str:
    return text[:10] + "-01-01"[len(text[:10]) - 4 :]


def _last(text: str) -> str:
    # "-31" is as late as any day of any month, and only compared, never read.
    return text[:10] + "-12-31"[len(text[:10]) - 4 :]


def _moment(text: str) -> datetime:
    whole, _, fraction = text[:-1].partition(".") if text.endswith("Z") else text[:-6].partition(".")
    offset = "+00:00" if text.endswith("Z") else text[-6:]
    read = datetime.fromisoformat(whole + offset)
    micro = int((fraction + "000000")[:6])
    try:
        return read.replace(microsecond=micro).astimezone(UTC)
    except OverflowError:  # within a day of year 1 or 9999: compare what is stated
        return read.replace(microsecond=micro, tzinfo=UTC)
