"""`gateway message`: what became of a message, and why a partner did or did not get it."""

from collections.abc import Sequence
from typing import Annotated

import orjson
import typer
from rich.console import Console

from gateway.cli.lineage import lineage_json, lineage_words, walk_again
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.store import open_store
from gateway.cli.views import account_table, item_table, message_json, message_table, row_json
from gateway.errors import DefinitionRefused, Fault
from gateway.journal.read import ItemView, JournalReader, MessageView
from gateway.mapping.run.report import mapping_of
from gateway.names import AgencyId, Digest, ItemKind, MessageId, PartnerId, State

__all__ = ["lineage", "list_", "show", "why"]

_Id = Annotated[str, typer.Argument(help="The message id, as `gateway message list` shows it.")]


def list_(
    agency: Annotated[str, typer.Option(help="Only this agency.")] = "",
    state: Annotated[str, typer.Option(help="Only this state: delivered, withheld, refused, ...")] = "",
    before: Annotated[int, typer.Option(help="Begin after this cursor.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List messages, newest first. Example: gateway message list --state quarantined"""
    output = Output(as_json=as_json, color=not no_color)
    words = {each.word: each for each in State}
    if state and state not in words:
        raise DefinitionRefused(Fault("CFG-041", "this is not a state", fix=f"one of: {', '.join(words)}"))
    with open_store(config) as (reader, _, _):
        rows = reader.messages(
            before=before or None, limit=limit, agency=AgencyId(agency) if agency else None, state=words.get(state)
        )
    output.result({"messages": [row_json(row) for row in rows]}, lambda console: message_table(console, rows))
    raise typer.Exit(Exit.GOOD)


def show(message: _Id, config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Show one message: items, attempts, receipts, faults; no content. Example: gateway message show ID"""
    output = Output(as_json=as_json, color=not no_color)
    with open_store(config) as (reader, _, _):
        view = _found(reader, message)
        mapping = mapping_of(reader.lineage(view.row.message) or b"")
    output.result(message_json(view) | {"mapping": mapping}, lambda words: _words(words, output, view, mapping))
    raise typer.Exit(Exit.GOOD)


def why(
    message: _Id,
    partner: Annotated[str, typer.Option("--partner", "-p", help="Whose copy to explain.")],
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say for every field why a partner did or did not get it. Example: gateway message why ID --partner qs-bureau"""
    output = Output(as_json=as_json, color=not no_color)
    with open_store(config) as (reader, _, _):
        view = _found(reader, message)
        items = [item for item in view.items if item.partner == partner]
        if not items:
            fix = "`gateway message show` lists the partners"
            raise DefinitionRefused(Fault("CFG-042", "nothing was decided about this partner", fix=fix))
        accounts = [reader.account(item.item) or b"" for item in items]
    told = [
        {"item": item.item, "state": item.state.word, "reasons": list(item.reasons)}
        | ({"decision": orjson.loads(account)} if account else {})
        for item, account in zip(items, accounts, strict=True)
    ]
    output.result(
        {"message": message, "partner": partner, "items": told},
        lambda words: _accounts(words, items, accounts),
    )
    raise typer.Exit(Exit.GOOD)


def lineage(
    message: _Id,
    partner: Annotated[
        str, typer.Option("--partner", "-p", help="Of this partner's copy, through both mappings.")
    ] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say for every field where it came from; no content. Example: gateway message lineage ID --partner qs-bureau"""
    output = Output(as_json=as_json, color=not no_color)
    way = walk_again(config, MessageId(message), PartnerId(partner) if partner else None)
    output.result(lineage_json(way), lambda words: lineage_words(words, way))
    raise typer.Exit(Exit.GOOD)


def _accounts(words: Console, items: Sequence[ItemView], accounts: Sequence[bytes]) -> None:
    for account in accounts:
        if account:
            account_table(words, account)
    if not any(accounts):
        item_table(words, items)


def _found(reader: JournalReader, message: str) -> MessageView:
    view = reader.message(MessageId(message))
    if view is None:
        fix = "copy the id from `gateway message list`"
        raise DefinitionRefused(Fault("CFG-043", "this journal has no message with this id", fix=fix))
    return view


def _words(words: Console, output: Output, view: MessageView, mapping: Digest) -> None:
    row = view.row
    about = f"{row.agency}  {row.kind}  {row.status}  {row.lane.name}"
    words.print(f"{row.message}  {about}  taken {row.taken_at}: {row.state.word}")
    item_table(words, [item for item in view.items if item.kind is not ItemKind.RECEIPT])
    if mapping:
        words.print(f"mapping {mapping}  plan {view.plan}")
    output.faults(view.faults)
    words.print(f"{len(view.receipts)} receipts. Why did a partner (not) get it: gateway message why ID --partner P")
