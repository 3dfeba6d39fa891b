"""What the broker has said about which publication: pure bookkeeping of one publishing channel.

Confirms come out of order and for many at once; a return comes before an acknowledgement that still says yes; when a
channel ends, everything outstanding is unknown, whether it arrived or not. Each publication is resolved exactly once.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ConfirmTracker", "Confirmation", "Resolved"]


class Confirmation(StrEnum):
    """Only `CONFIRMED` means that the message is in a queue."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    NACKED = "nacked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The fate of one publication."""

    tag: int
    key: str
    confirmation: Confirmation


@dataclass(slots=True)
class _Out:
    key: str
    size: int
    at: float
    returned: bool = False


class ConfirmTracker:
    """One per channel generation. `window` messages and `window_bytes` may be outstanding; a larger one goes alone."""

    __slots__ = ("_bytes", "_next", "_out", "_window", "_window_bytes", "ignored")

    def __init__(self, window: int, window_bytes: int) -> None:
        self._out: OrderedDict[int, _Out] = OrderedDict()
        self._next = 1
        self._bytes = 0
        self._window = window
        self._window_bytes = window_bytes
        self.ignored = 0
        """Confirms and returns for nothing that is outstanding: late or repeated ones."""

    def __len__(self) -> int:
        return len(self._out)

    @property
    def outstanding_bytes(self) -> int:
        """Bytes published and not resolved."""
        return self._bytes

    def room(self, size: int) -> bool:
        """True if a message of this size may be published now."""
        if not self._out:
            return True
        return len(self._out) < self._window and self._bytes + size <= self._window_bytes

    def published(self, key: str, size: int, at: float) -> int:
        """Note a publication at a monotonic time and give its delivery tag: they count from 1 on each channel."""
        tag = self._next
        self._next += 1
        self._out[tag] = _Out(key, size, at)
        self._bytes += size
        return tag

    def returned(self, key: str) -> bool:
        """Note that the broker gave a message back; its acknowledgement is yet to come and will mean failure."""
        for out in self._out.values():
            if out.key == key and not out.returned:
                out.returned = True
                return True
        self.ignored += 1
        return False

    def confirm(self, tag: int, *, multiple: bool, ack: bool) -> list[Resolved]:
        """Give what is resolved by an ack or nack: with `multiple`, everything outstanding up to the tag."""
        if multiple:
            tags = []
            for waiting in self._out:
                if waiting > tag:
                    break
                tags.append(waiting)
        else:
            tags = [tag] if tag in self._out else []
        if not tags:
            self.ignored += 1
        return [self._resolve(each, None if ack else Confirmation.NACKED) for each in tags]

    def void(self) -> list[Resolved]:
        """The channel is gone: everything outstanding is unknown."""
        return [self._resolve(tag, Confirmation.UNKNOWN) for tag in list(self._out)]

    def oldest(self) -> float | None:
        """When the oldest outstanding message was published."""
        return next((out.at for out in self._out.values()), None)

    def _resolve(self, tag: int, verdict: Confirmation | None) -> Resolved:
        out = self._out.pop(tag)
        self._bytes -= out.size
        if verdict is None:
            verdict = Confirmation.RETURNED if out.returned else Confirmation.CONFIRMED
        return Resolved(tag, out.key, verdict)
