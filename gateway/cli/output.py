"""What every command shares: one JSON document or words for people, places with carets, and the three exit codes.

JSON goes to stdout; words and progress go to stdout and stderr; a closed pipe ends quietly. 0 is good, 1 is findings,
2 means that the command could not run or could not decide, and never counts as a pass.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Any, TypeVar

import orjson
from rich.console import Console

from gateway.document.diagnostics import render
from gateway.errors import Fault, Severity

__all__ = ["Exit", "Output", "fault_json"]

_Row = TypeVar("_Row")


class Exit(IntEnum):
    """Exit codes of every command."""

    GOOD = 0
    FINDINGS = 1
    FAILED = 2


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault as JSON: the same keys in every command, receipt and API answer."""
    shown: dict[str, Any] = {"code": fault.code, "severity": fault.severity.value, "message": fault.message}
    for name, place in (("place", fault.place), ("at", fault.at)):
        if str(place):
            parts = {
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "end_column": place.end_column,
                "path": place.path,
            }
            shown[name] = {key: value for key, value in parts.items() if value}
    if fault.field:
        shown["field"] = fault.field
    if fault.fix:
        shown["fix"] = fault.fix
    return shown


class _Words(Console):
    """Says itself nothing about a reader who has gone: `Output` does."""

    def on_broken_pipe(self) -> None:
        """Leave it to whoever prints."""
        raise BrokenPipeError


class Output:
    """How one invocation of the command speaks."""

    def __init__(self, *, as_json: bool, color: bool = True) -> None:
        self.as_json = as_json
        # no-color.org: set to whatever, but not to nothing.
        bare = not color or bool(os.environ.get("NO_COLOR"))
        plain = {"no_color": bare, "highlight": False, "soft_wrap": True, "emoji": False, "markup": False}
        self.words = _Words(**plain)  # type: ignore[arg-type]  # five switches, each a bool
        self.aside = _Words(stderr=True, **plain)  # type: ignore[arg-type]  # the same

    def result(self, document: Mapping[str, Any], words: Callable[[Console], None]) -> None:
        """Give the result of the command, once. A reader who has gone changes nothing about the exit code."""
        try:
            if self.as_json:
                sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
            else:
                words(self.words)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def progress(self, rows: Iterable[_Row], what: str, total: int | None = None) -> Iterable[_Row]:
        """Give the rows one by one, and show on a terminal how far it is. `total` where the rows cannot be counted."""
        from rich.progress import track

        quiet = not self.aside.is_terminal
        return track(rows, what, total, console=self.aside, transient=True, disable=quiet)

    def faults(
        self, faults: Iterable[Fault], sources: Mapping[str, bytes] | None = None, *, failed: bool = False
    ) -> None:
        """Show problems to a person, each with its line and caret where the file is at hand.

        Findings go where the result goes; what kept the command from running (`failed`) goes to stderr.
        """
        console = self.aside if failed else self.words
        for fault in faults:
            style = "bold red" if fault.severity is Severity.ERROR else "yellow"
            console.print(render(fault, sources or {}), style=style)
