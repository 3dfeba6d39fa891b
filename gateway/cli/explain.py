"""`gateway explain CODE`: the page of a code, offline."""

import re

import typer
from rich.console import Console

from gateway.cli.options import AsJson, NoColor
from gateway.cli.output import Exit, Output
from gateway.deployment.shipped import shipped
from gateway.errors import DefinitionRefused, Fault

__all__ = ["explain", "pages"]

_HEADING = re.compile(r"^## ([A-Z]{1,3}-?[0-9]{3})\b", re.MULTILINE)


def explain(code: str, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Say what a code means, what causes it, and what to do. Example: gateway explain DOC-010"""
    output = Output(as_json=as_json, color=not no_color)
    page = pages().get(code.upper())
    if page is None:
        fix = "copy the code from the message"
        raise DefinitionRefused(Fault("CFG-031", "there is no page for this code", fix=fix))
    output.result({"code": code.upper(), "page": page}, lambda words: _show(words, page))
    raise typer.Exit(Exit.GOOD)


def pages() -> dict[str, str]:
    """Every page by its code, read from `docs/codes/*.md`: a page begins at `## CODE`."""
    found: dict[str, str] = {}
    for path in sorted(shipped("docs/codes").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        starts = [(match.start(), match[1]) for match in _HEADING.finditer(text)]
        for (start, code), (end, _) in zip(starts, [*starts[1:], (len(text), "")], strict=True):
            found[code] = text[start:end].strip()
    return found


def _show(words: Console, page: str) -> None:
    words.print(page)
