"""Which lane goes next where several wait (delivery.md 2.3). Pure: the same questions give the same answers.

FLASH before IMMEDIATE before the rest; PRIORITY and ROUTINE share 4:1; ROUTINE keeps one turn in twenty whatever
the others do. Chooses an order of service only, never what is done with a message.
"""

from collections.abc import Collection

from gateway.names import Lane

__all__ = ["PREFETCH", "LaneOrder", "lane_word"]

PREFETCH: dict[Lane, int] = {Lane.FLASH: 16, Lane.IMMEDIATE: 32, Lane.PRIORITY: 64, Lane.ROUTINE: 128}
"""Unsettled deliveries per source and lane (delivery.md 15)."""

_ROUTINE_TURN = 20
_SHARE = 5


def lane_word(lane: Lane) -> str:
    """Give the lower-case word used in names of queues and files: `flash`."""
    return lane.name.lower()


class LaneOrder:
    """Remembers how often it was asked, so that the slow lanes are not starved."""

    __slots__ = ("_share", "_turn")

    def __init__(self) -> None:
        self._turn = 0
        self._share = 0

    def choose(self, waiting: Collection[Lane]) -> Lane:
        """Give the lane to serve now, one of `waiting`, which must not be empty."""
        self._turn = (self._turn + 1) % _ROUTINE_TURN
        if self._turn == 0 and Lane.ROUTINE in waiting:
            return Lane.ROUTINE
        first = min(waiting)
        if first is not Lane.PRIORITY or Lane.ROUTINE not in waiting:
            return first
        self._share = (self._share + 1) % _SHARE
        return Lane.ROUTINE if self._share == 0 else Lane.PRIORITY
