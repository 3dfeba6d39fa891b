"""How many sends each lane may begin now: reserved slots for the urgent, a floor for routine (delivery.md 2.3).

Pure arithmetic. Precedence is speed of service only: nothing here knows what a message says.
"""

from collections.abc import Mapping

from gateway.names import Lane

__all__ = ["room_for"]


def room_for(lane: Lane, window: int, in_flight: Mapping[Lane, int]) -> int:
    """Slots that `lane` may use now, of `window` slots in all.

    One slot each is kept free for FLASH and IMMEDIATE where the window has at least four; ROUTINE leaves a fifth of
    the rest (at least one slot) to PRIORITY, and PRIORITY leaves one to ROUTINE.
    """
    free = window - sum(in_flight.values())
    if window < 4:
        return max(free, 0)
    reserved = {Lane.FLASH: 0, Lane.IMMEDIATE: 1, Lane.PRIORITY: 2, Lane.ROUTINE: 2}[lane]
    ordinary = window - 2
    room = free - max(0, reserved - _urgent_in_flight(lane, in_flight))
    if lane is Lane.ROUTINE:
        room = min(room, max(1, ordinary - max(1, ordinary // 5)) - in_flight.get(Lane.ROUTINE, 0))
    if lane is Lane.PRIORITY:
        room = min(room, max(1, ordinary - 1) - in_flight.get(Lane.PRIORITY, 0))
    return max(room, 0)


def _urgent_in_flight(lane: Lane, in_flight: Mapping[Lane, int]) -> int:
    """Reserved slots that their own lanes use already; only lanes above `lane` have slots reserved against it."""
    return sum(min(1, in_flight.get(other, 0)) for other in (Lane.FLASH, Lane.IMMEDIATE) if other < lane)
