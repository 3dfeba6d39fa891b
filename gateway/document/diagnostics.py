"""Showing faults of definition files: one sentence, the offending line, a caret under exactly what is wrong.

Guarantees that the caret stands under its characters also where some are wide or have no width, that hidden and
control characters of the file cannot disturb the terminal, and that only given files are quoted: a fault about a
message shows its path and never a line of it.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from gateway.errors import Fault, Place, Severity

__all__ = ["counted", "quoted", "render", "render_all"]

_GUTTER = 5
_WIDEST = 160
_AROUND = 60


def render(fault: Fault, sources: Mapping[str, bytes]) -> str:
    """Give a fault as text. `sources` are the bytes of the files that may be quoted, by the names used in places.

    The first line is `FILE:LINE:COL: SEVERITY[CODE]: sentence`; then the line with its caret, the fix, and the other
    place of a contradiction.
    """
    where = f"{fault.place}: " if str(fault.place) else ""
    lines = [f"{where}{fault.severity}[{fault.code}]: {_visible(fault.message)}"]
    quoted = _quoted(fault.place, sources)
    lines += quoted
    margin = " " * (_GUTTER + 1) if quoted else " "
    if fault.field:
        lines.append(f"{margin}= field: {fault.field}")
    if fault.fix:
        lines.append(f"{margin}= fix: {_visible(fault.fix)}")
    if str(fault.at):
        lines.append(f"{margin}= also: {fault.at}")
    return "\n".join(lines)


def quoted(place: Place, sources: Mapping[str, bytes]) -> list[str]:
    """Give the line a place stands in, with the caret line under it; nothing for a file that is not given."""
    return _quoted(place, sources)


def render_all(faults: Iterable[Fault], sources: Mapping[str, bytes]) -> str:
    """Give all faults as text, in the order given, with a line of counts at the end."""
    every = list(faults)
    return "\n".join([*(render(fault, sources) for fault in every), counted(every)])


def counted(faults: Iterable[Fault]) -> str:
    """Give `0 errors, 1 warning`."""
    every = list(faults)
    errors = sum(fault.severity is Severity.ERROR for fault in every)
    return f"{_count(errors, 'error')}, {_count(len(every) - errors, 'warning')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _quoted(place: Place, sources: Mapping[str, bytes]) -> list[str]:
    """The line a place stands in, with the caret line under it; nothing for a file that is not given."""
    data = sources.get(place.file)
    if data is None or place.line < 1:
        return []
    lines = data.decode("utf-8-sig", "replace").split("\n")
    if place.line > len(lines):
        return []
    line, start, end = (
        lines[place.line - 1].rstrip("\r"),
        max(place.column, 1) - 1,
        max(place.end_column, place.column + 1) - 1,
    )
    end = min(end, max(len(line), start + 1))
    line, start, end = _window(line, start, end)
    before = sum(_width(character) for character in line[:start])
    under = sum(_width(character) for character in line[start:end]) or 1
    return [
        f"{place.line:>{_GUTTER}} | {_visible(line)}",
        f"{'':>{_GUTTER}} | {' ' * before}{'^' * under}",
    ]


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """Cut a long line to what stands around the place."""
    if len(line) <= _WIDEST:
        return line, start, end
    first = max(0, start - _AROUND)
    last = min(len(line), max(end, start + 1) + _AROUND, first + _WIDEST)
    left, right = ("…" if first else ""), ("…" if last < len(line) else "")
    shift = len(left) - first
    return f"{left}{line[first:last]}{right}", start + shift, min(end, last) + shift


def _width(character: str) -> int:
    """How many columns a character takes on a terminal."""
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _visible(text: str) -> str:
    """Replace what would not be seen, or would move the cursor, by a visible character of the same width."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    return "\N{REPLACEMENT CHARACTER}" if category in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
