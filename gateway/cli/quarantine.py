"""`gateway quarantine`: what waits for a person, with its reason and place; the content is not shown here."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.store import open_store
from gateway.cli.views import item_json, item_table
from gateway.errors import DefinitionRefused, Fault
from gateway.journal.read import ItemView
from gateway.names import ItemId, State

__all__ = ["list_", "show"]


def list_(
    before: Annotated[int, typer.Option(help="Begin after this cursor.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List quarantined items, newest first. Example: gateway quarantine list"""
    output = Output(as_json=as_json, color=not no_color)
    with open_store(config) as (reader, _, _):
        items = reader.quarantine(before=before or None, limit=limit)
    output.result({"quarantine": [item_json(item) for item in items]}, lambda words: _list(words, items))
    raise typer.Exit(Exit.GOOD)


def show(
    item: Annotated[str, typer.Argument(help="The item id, as `gateway quarantine list` shows it.")],
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show why an item is quarantined: reasons, codes, places, next steps. Example: gateway quarantine show ITEM"""
    output = Output(as_json=as_json, color=not no_color)
    with open_store(config) as (reader, _, _):
        view = reader.item(ItemId(item))
        if view is None or view.state is not State.QUARANTINED:
            fix = "copy the id from `gateway quarantine list`"
            raise DefinitionRefused(Fault("CFG-044", "no item with this id is in quarantine", fix=fix))
        message = reader.message(view.message)
    faults = message.faults if message else ()
    output.result(
        item_json(view) | {"faults": [fault_json(fault) for fault in faults]},
        lambda words: _show(words, output, view, faults),
    )
    raise typer.Exit(Exit.GOOD)


def _show(words: Console, output: Output, view: ItemView, faults: Sequence[Fault]) -> None:
    item_table(words, [view])
    output.faults(faults)


def _list(words: Console, items: list[ItemView]) -> None:
    if not items:
        words.print("The quarantine is empty.")
        return
    item_table(words, items)
    words.print(f"More: gateway quarantine show ITEM; older ones: --before {items[-1].cursor}")
