"""What texts at one place of the samples have in common: never blank, always a date, always an instant.

Guarantees that every text that was seen is admitted by what is said of all of them. Keeps no text: a schema made from
samples must not carry what stood in them, so nothing is ever listed as a code.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["TextsSeen"]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(?P<zone>Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?"
)


@dataclass(slots=True)
class TextsSeen:
    """Texts of one place. `empty` is True while none has a character.

    `zoned` is True while every instant names its zone.
    """

    count: int = 0
    blank: bool = False
    empty: bool = True
    dates: bool = True
    instants: bool = True
    zoned: bool = True

    def see(self, text: str) -> None:
        """Note one text."""
        self.count += 1
        self.empty = self.empty and not text
        self.blank = self.blank or not text.strip()
        self.dates = self.dates and _DATE.fullmatch(text) is not None and _is_date(text)
        instant = _INSTANT.fullmatch(text)
        self.instants = self.instants and instant is not None and _is_instant(text)
        self.zoned = self.zoned and instant is not None and instant["zone"] is not None

    @property
    def form(self) -> str:
        """`date`, `instant` or `text`: what all of them are."""
        if not self.count or self.blank:
            return "text"
        return "date" if self.dates else "instant" if self.instants else "text"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
