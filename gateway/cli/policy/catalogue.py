"""`gateway policy catalogue`: every field that can exist."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.deployment import read_plan
from gateway.errors import Fault
from gateway.exchange.catalogue import Catalogue
from gateway.exchange.render import catalogue_json

__all__ = ["catalogue"]


def catalogue(
    check_: Annotated[bool, typer.Option("--check", help="Fail if catalogue.json is out of date.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show every field that can exist, with class, ladder and marks. Example: gateway policy catalogue --check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    stored = files.get(f"{plan.exchange}/catalogue.json", b"")
    same = stored == catalogue_json(exchange.version, exchange.catalogue)
    found = exchange.catalogue
    output.result({"current": same, "fields": _fields(found)}, lambda words: _table(words, found))
    if check_ and not same:
        fix = "run schemas/exchange/generate.py and review the difference like a policy"
        output.faults([Fault("POL-070", "catalogue.json is not what the schemas give", fix=fix)])
        raise typer.Exit(Exit.FINDINGS)
    raise typer.Exit(Exit.GOOD)


def _fields(found: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "field": row.field,
            "class": row.data_class,
            "ladder": row.ladder,
            "special": row.special,
            "free_text": row.free_text,
            "follows": list(row.follows),
        }
        for row in found.fields.values()
    ]


def _table(words: Console, found: Catalogue) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "class", "ladder", "marks"):
        table.add_column(heading)
    for row in found.fields.values():
        marks = " ".join(word for word, is_set in (("special", row.special), ("free-text", row.free_text)) if is_set)
        table.add_row(row.field, row.data_class, row.ladder, marks)
    words.print(table)
