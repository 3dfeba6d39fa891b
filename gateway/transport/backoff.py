"""When to try again, as pure values: the schedule of an item, the back-off of a link, and what a result means for both.

Reads no clock and draws no random number: both are given. Due times are rows of the journal, not sleeping tasks.
"""

from dataclasses import dataclass

from gateway.names import State
from gateway.ports import SendResult, SendState

__all__ = ["LONGEST_WAIT", "RETRIES", "RetrySchedule", "Verdict", "judge", "reconnect_delay", "retry_delay"]

LONGEST_WAIT = 86_400.0
"""Seconds. No due time lies further ahead, whatever a partner asks for."""

_PASSING = (0.5, 30.0)
_LASTING = (60.0, 600.0)
_MAX_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Seconds to wait after the 1st, 2nd, ... failed attempt, times a factor between `low` and `high`.

    After the last one an item is held: it stays pending, an alarm is raised, and a person decides.
    """

    delays: tuple[float, ...] = (5, 30, 120, 600, 1800, 7200, 21_600, 43_200, LONGEST_WAIT)
    low: float = 0.8
    high: float = 1.2

    def delay(self, attempts: int, draw: float, retry_after: float | None = None) -> float | None:
        """Give the seconds until the next attempt after `attempts` (1 or more) failed ones; None means held.

        `draw` is uniform in [0, 1). A partner's `retry_after` can only make the wait longer, at most a day.
        """
        if attempts > len(self.delays):
            return None
        wait = self.delays[max(attempts, 1) - 1] * (self.low + (self.high - self.low) * draw)
        return min(max(wait, retry_after or 0.0), LONGEST_WAIT * self.high)


RETRIES = RetrySchedule()


def retry_delay(attempts: int, *, jitter: float, schedule: RetrySchedule = RETRIES) -> float:
    """Give the seconds until the next try of an item that had failed `attempts` times before this one (0 or more).

    `jitter` lies between 0 and 1. Beyond the end of the schedule the longest wait repeats: such an item is held.
    """
    return schedule.delay(min(attempts + 1, len(schedule.delays)), jitter) or LONGEST_WAIT


def reconnect_delay(tries: int, draw: float, *, lasting: bool = False, longest: float = _PASSING[1]) -> float:
    """Give full-jitter seconds before a link is tried again; `tries` counts failures in a row from 0.

    0.5 to 30 s (or `longest`); 60 s to 10 min where the other side refused us and repetition would be a storm.
    """
    low, high = _LASTING if lasting else (_PASSING[0], longest)
    ceiling = min(high, low * float(2 ** min(tries + 1, _MAX_DOUBLINGS)))
    return low + (ceiling - low) * draw


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one result means: the item's state, seconds until another try, and whether its whole link is to blame.

    `held` is a pending item whose schedule is used up. A fault of the link costs the item no attempt.
    """

    state: State
    delay: float | None = None
    held: bool = False
    link: bool = False


def judge(result: SendResult, attempts: int, draw: float, schedule: RetrySchedule = RETRIES) -> Verdict:
    """Say what follows from a result; `attempts` counts the item's failed attempts including this one."""
    match result.state:
        case SendState.DELIVERED:
            return Verdict(State.DELIVERED)
        case SendState.REFUSED:
            return Verdict(State.REFUSED)
        case SendState.QUARANTINED:
            return Verdict(State.QUARANTINED)
        case SendState.LINK_DOWN:
            return Verdict(State.PENDING, delay=result.retry_after, link=True)
        case SendState.DELAYED:
            delay = schedule.delay(attempts, draw, result.retry_after)
            return Verdict(State.PENDING, delay=delay, held=delay is None)
