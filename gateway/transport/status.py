"""How a link to the outside is doing: a value for readiness, logs and the console.

Holds names, reason words and numbers only, never an address, a credential or a text of a library.
"""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["LinkStatus", "OnStatus", "ignore_status"]


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """`up` means usable now. `reason` is a stable word when it is not, or when only part of it is.

    `since` and `blocked_since` are monotonic seconds of the given clock; `generation` grows with each new connection.
    """

    name: str
    up: bool = False
    reason: str = "not-started"
    code: str = ""
    since: float = 0.0
    blocked_since: float | None = None
    generation: int = 0


OnStatus = Callable[[LinkStatus], None]
"""Told about each change. Must not raise and must not block."""


def ignore_status(status: LinkStatus) -> None:
    """Tell nobody."""
