"""Collecting the faults of a check: sorted, one per place and code, with suggestions from the schema."""

import difflib
from collections.abc import Iterable

from gateway.errors import Fault, Place, Severity
from gateway.mapping.shapes.shape import Child

__all__ = ["MOST_LISTED", "Findings", "closest", "listed", "suggested"]

MOST_LISTED = 12
"""How many codes a message lists."""


class Findings:
    """The faults found so far. A second fault with the same code at the same place is dropped."""

    def __init__(self) -> None:
        self._faults: dict[tuple[str, Place, str], Fault] = {}

    def error(self, code: str, message: str, place: Place, fix: str = "", *, at: Place | None = None) -> None:
        """Note an error; `at` is the other place of a contradiction."""
        self._add(Fault(code, message, place, fix, at=at or Place()))

    def warning(self, code: str, message: str, place: Place, fix: str = "", *, at: Place | None = None) -> None:
        """Note a warning."""
        self._add(Fault(code, message, place, fix, Severity.WARNING, at=at or Place()))

    def note(self, severity: Severity, code: str, message: str, place: Place, fix: str = "") -> None:
        """Note a fault of a given severity."""
        self._add(Fault(code, message, place, fix, severity))

    def _add(self, fault: Fault) -> None:
        subject = fault.message if fault.code in {"V301", "V302", "V303", "V310", "T201"} else ""
        self._faults.setdefault((fault.code, fault.place, subject), fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add faults found elsewhere."""
        for fault in faults:
            self._add(fault)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults by file, line and column."""
        return tuple(
            sorted(
                self._faults.values(),
                key=lambda fault: (fault.place.file, fault.place.line, fault.place.column, fault.code, fault.message),
            )
        )


def closest(wanted: str, known: Iterable[Child]) -> Child | None:
    """Give the declaration that a misspelt name most likely means, or None."""
    children = {child.label.removeprefix("@"): child for child in known}
    close = difflib.get_close_matches(wanted.removeprefix("@"), children, n=1, cutoff=0.6)
    if not close:
        same = [label for label in children if label.lower() == wanted.removeprefix("@").lower()]
        close = same[:1]
    return children[close[0]] if close else None


def suggested(wanted: str, known: Iterable[Child]) -> str:
    """Give `; did you mean 'Date'? (notice-3.xsd:19:21)`, or nothing."""
    child = closest(wanted, known)
    if child is None:
        return ""
    where = str(child.origin)
    return f"; did you mean '{child.label}'?" + (f" ({where})" if where else "")


def listed(codes: Iterable[str], most: int = MOST_LISTED) -> str:
    """Give codes of a schema as a list for a message, shortened."""
    every = list(codes)
    shown = ", ".join(code or "''" for code in every[:most])
    return shown + (f" and {len(every) - most} more" if len(every) > most else "")
