"""Named places where tests make the gateway die or fail (delivery.md 1.3, 17). A no-op in production."""

from typing import Protocol

__all__ = ["POINTS", "FaultPoints", "NoFaults"]

POINTS = (
    "before-corridor",
    "after-corridor",
    "before-commit",
    "after-commit",
    "after-settle",
    "before-send",
    "after-send",
    "after-record",
)
"""In the order in which a message passes them."""


class FaultPoints(Protocol):
    """Asked at each point; may raise, or kill the process."""

    def at(self, point: str) -> None:
        """Do nothing, or fail here."""
        ...


class NoFaults:
    """What production uses."""

    def at(self, point: str) -> None:
        """Do nothing."""
