"""Which acknowledgements to send for which completions: pure bookkeeping of one consuming channel.

Guarantees, for any order of completions: a tag is acknowledged only after it was completed; an acknowledgement with
`multiple` covers completed tags only and names one that the broker still waits for (any other would close the channel
with 406); every completed tag is acknowledged at the latest by `drain`. Tags of a dead channel never reach it: one
tracker belongs to one channel.
"""

from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["Ack", "AckTracker"]


@dataclass(frozen=True, slots=True)
class Ack:
    """One `basic.ack`."""

    tag: int
    multiple: bool


class AckTracker:
    """Knows the tags that the broker waits for, in order, and which of them are done."""

    __slots__ = ("_done", "_waiting")

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, bool] = OrderedDict()
        self._done = 0

    def delivered(self, tag: int) -> None:
        """Note a delivery. Tags grow along a channel."""
        self._waiting[tag] = False

    def complete(self, tag: int) -> bool:
        """Note that a delivery may be acknowledged; False if it is not waiting, or was completed before."""
        if self._waiting.get(tag, True):
            return False
        self._waiting[tag] = True
        self._done += 1
        return True

    def hand_back(self, tag: int) -> bool:
        """Forget a tag because it is nacked now; False if it must not be, for it is unknown or completed."""
        if self._waiting.get(tag, True):
            return False
        del self._waiting[tag]
        return True

    @property
    def completed(self) -> int:
        """How many tags are done and not yet acknowledged."""
        return self._done

    @property
    def outstanding(self) -> tuple[int, ...]:
        """The tags that are not done, oldest first."""
        return tuple(tag for tag, done in self._waiting.items() if not done)

    def flush(self) -> Ack | None:
        """Give the acknowledgement of the highest contiguous completed prefix, if there is one."""
        last = None
        count = 0
        while self._waiting:
            tag, done = next(iter(self._waiting.items()))
            if not done:
                break
            del self._waiting[tag]
            last = tag
            count += 1
        if last is None:
            return None
        self._done -= count
        return Ack(last, multiple=count > 1)

    def drain(self) -> list[Ack]:
        """Give the prefix and then, one by one, what was completed behind a delivery that is still open."""
        first = self.flush()
        acks = [] if first is None else [first]
        for tag in [tag for tag, done in self._waiting.items() if done]:
            del self._waiting[tag]
            acks.append(Ack(tag, multiple=False))
        self._done = 0
        return acks
