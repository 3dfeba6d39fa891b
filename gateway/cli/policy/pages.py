"""What the commands that show a policy share: the language, the folder for pages, and writing them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["HtmlFolder", "Language", "write_pages"]

Language = Annotated[str, typer.Option("--lang", help="The language: one for which there is words.LANG.yaml.")]
HtmlFolder = Annotated[Path | None, typer.Option("--html", help="Also write printable pages into this folder.")]


def write_pages(folder: Path | None, pages: Mapping[str, str]) -> list[str]:
    """Write pages by name and give their paths. Raises DefinitionRefused (POL-071) if the folder cannot be written."""
    if folder is None:
        return []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in pages.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError:
        fix = "name a folder that can be written"
        raise DefinitionRefused(Fault("POL-071", "the pages cannot be written", Place(str(folder)), fix)) from None
    return [str(folder / name) for name in pages]
