"""`gateway policy activate`: a signed version begins to hold; its leaf goes into the governance log."""

from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import act, office_of
from gateway.errors import Fault, NotPermitted

__all__ = ["activate"]


def activate(
    version: Annotated[str, typer.Argument(help="The version; the only one that waits if left out.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Verify the signatures and record the activation. Example: gateway policy activate --yes"""
    output = Output(as_json=as_json, color=not no_color)
    office = office_of(config)
    found = office.versions.open_one(version)
    output.aside.print(f"{found.id}: {found.statement.sentence}")
    if not yes and not typer.confirm("Activate it?", err=True):
        raise NotPermitted(Fault("GOV-009", "not activated: the question was not answered with yes"))
    said = act(office, "activate", found.id.encode())
    document = {"version": found.id, "activation": said["activation"], "valid_from": found.statement.valid_from}
    output.result(document, lambda words: _words(words, document))
    raise typer.Exit(Exit.GOOD)


def _words(words: Console, document: dict[str, str]) -> None:
    words.print(f"{document['version']} is activated, and holds from {document['valid_from']}.")
    words.print(f"Its leaf in the governance log: {document['activation']}")
    words.print(
        "Next: gateway run (a gateway that runs goes on with the version it started with until it is restarted)"
    )
