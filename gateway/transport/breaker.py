"""A circuit breaker per endpoint, as a pure state machine over given times (delivery.md 11.1).

Opens after 5 failures in a row or when half of the last 20 results within a minute failed. Stays open 30 s, doubling
to 10 min, then lets one probe through. A FLASH item may probe an open circuit, one at a time, every 5 s. The breaker
delays; it never decides an item's state.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.names import Lane

__all__ = ["Breaker", "Phase"]

_STREAK = 5
_WINDOW = 20
_WINDOW_SECONDS = 60.0
_FIRST_WAIT = 30.0
_LONGEST_WAIT = 600.0
_FLASH_EVERY = 5.0
_PROBE_LOST_AFTER = 60.0


class Phase(StrEnum):
    """Closed lets everything through, open nothing but FLASH probes, half-open one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One state. Every method gives the next one; all times are monotonic seconds."""

    phase: Phase = Phase.CLOSED
    streak: int = 0
    recent: tuple[tuple[float, bool], ...] = ()
    opened_at: float = 0.0
    wait: float = _FIRST_WAIT
    probed_at: float | None = None
    flashed_at: float | None = None
    flashing: bool = False

    def admit(self, now: float, lane: Lane) -> tuple["Breaker", bool]:
        """Ask whether one attempt may begin now. A probe that is never answered is forgotten after 60 s."""
        match self.phase:
            case Phase.CLOSED:
                return self, True
            case Phase.OPEN if now >= self.opened_at + self.wait:
                return replace(self, phase=Phase.HALF_OPEN, probed_at=now), True
            case Phase.OPEN:
                if lane is Lane.FLASH and now >= self._next_flash():
                    return replace(self, flashed_at=now, flashing=True), True
                return self, False
            case Phase.HALF_OPEN:
                if self.probed_at is None or now >= self.probed_at + _PROBE_LOST_AFTER:
                    return replace(self, probed_at=now), True
                return self, False

    def succeeded(self, now: float) -> "Breaker":
        """One attempt worked. It closes an open circuit, whoever made it."""
        if self.phase is not Phase.CLOSED:
            return Breaker()
        return replace(self, streak=0, recent=self._with(now, failed=False))

    def failed(self, now: float) -> "Breaker":
        """One attempt failed in a way that may pass. Late answers to what began before it opened change nothing."""
        match self.phase:
            case Phase.OPEN:
                return replace(self, flashing=False)
            case Phase.HALF_OPEN:
                wait = min(self.wait * 2, _LONGEST_WAIT)
                return Breaker(phase=Phase.OPEN, opened_at=now, wait=wait)
            case Phase.CLOSED:
                recent = self._with(now, failed=True)
                streak = self.streak + 1
                failures = sum(failed for _, failed in recent)
                if streak >= _STREAK or (len(recent) >= _WINDOW and failures * 2 >= _WINDOW):
                    return Breaker(phase=Phase.OPEN, opened_at=now)
                return replace(self, streak=streak, recent=recent)

    def next_chance(self, now: float, lane: Lane) -> float:
        """Give the moment from which `admit` may say yes, so that a dispatcher can wait instead of asking."""
        if self.phase is Phase.CLOSED:
            return now
        if self.phase is Phase.HALF_OPEN:
            return now if self.probed_at is None else self.probed_at + _PROBE_LOST_AFTER
        ordinary = self.opened_at + self.wait
        return min(ordinary, self._next_flash()) if lane is Lane.FLASH else ordinary

    def _next_flash(self) -> float:
        if self.flashed_at is None:
            return self.opened_at
        return self.flashed_at + (_PROBE_LOST_AFTER if self.flashing else _FLASH_EVERY)

    def _with(self, now: float, *, failed: bool) -> tuple[tuple[float, bool], ...]:
        fresh = tuple(entry for entry in self.recent if entry[0] > now - _WINDOW_SECONDS)
        return (*fresh, (now, failed))[-_WINDOW:]
