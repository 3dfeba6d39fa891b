"""`gateway mapping docs`: a page about each mapping, for those who live with it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.mapping.base import write_file
from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.deployment import read_plan
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.document import document_page, index_page, purpose_of
from gateway.mapping.report.sheet import sheet_of

__all__ = ["docs"]


def docs(
    mapping: Named = None,
    out: Annotated[Path, typer.Option(help="The folder for the pages.")] = Path("mapping-docs"),
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Write a page about each mapping, and one that leads to all. Example: gateway mapping docs --out mapping-docs"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    pages: dict[str, tuple[str, str]] = {}
    made: dict[str, str] = {}
    for path in chosen(plan, files, mapping):
        sheet = sheet_of(load_mapping(path, files), files, exchange)
        name = path.removeprefix("mappings/").removesuffix(".map.yaml").replace("/", ".") + ".html"
        made[name] = document_page(sheet, files)
        pages[name] = (sheet.mapping.name.text, purpose_of(sheet.mapping, files))
    made["index.html"] = index_page(pages)
    for name, text in made.items():
        write_file(out / name, text.encode())
    output.result({"folder": str(out), "pages": list(made)}, lambda words: _words(words, out, list(made)))
    raise typer.Exit(Exit.GOOD)


def _words(words: Console, out: Path, pages: list[str]) -> None:
    for name in pages:
        words.print(f"written: {out / name}")
    words.print(f"Next: open {out / 'index.html'}")
