"""`gateway policy stop`, `lift` and `revoke`: what one person can do at once."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import ask, office_of
from gateway.errors import Fault, NotPermitted
from gateway.governance.request import LIFT, REVOKE, STOP

__all__ = ["lift", "revoke", "stop"]

_Partner = Annotated[str, typer.Argument(help="The partner.")]
_Reason = Annotated[str, typer.Option("--reason", help="One word, for the log: letters, digits, hyphens.")]
_Key = Annotated[Path | None, typer.Option("--key", help="Your Ed25519 key, PEM (PKCS#8).")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def stop(
    partner: _Partner,
    reason: _Reason = "emergency",
    key: _Key = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Send a partner nothing from now on; its items are held.

    Example: gateway policy stop qs-bureau --key officer.pem
    """
    output = Output(as_json=as_json, color=not no_color)
    said = ask(office_of(config), STOP, partner, reason, key)
    document = {"partner": partner, "stopped": True, "reason": reason, "request": said["request"]}
    told = (
        f"{partner} gets nothing from now on. Its items are held, nothing is lost. Next: gateway policy lift {partner}"
    )
    output.result(document, lambda words: words.print(told))
    raise typer.Exit(Exit.GOOD)


def lift(
    partner: _Partner,
    reason: _Reason = "lifted",
    key: _Key = None,
    yes: _Yes = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Lift a stop: what was held is sent.

    Example: gateway policy lift qs-bureau --key officer.pem --yes
    """
    output = Output(as_json=as_json, color=not no_color)
    _sure(f"Everything that was held for {partner} will be sent. Lift the stop?", yes)
    said = ask(office_of(config), LIFT, partner, reason, key)
    document = {"partner": partner, "stopped": False, "reason": reason, "request": said["request"]}
    output.result(document, lambda words: words.print(f"{partner} is served again, what was held first."))
    raise typer.Exit(Exit.GOOD)


def revoke(
    reason: _Reason = "withdrawn",
    key: _Key = None,
    yes: _Yes = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Revoke the active version: the gateway stops. Example: gateway policy revoke --key officer.pem --yes"""
    output = Output(as_json=as_json, color=not no_color)
    _sure("No partner will get anything until another version is active. Revoke it?", yes)
    said = ask(office_of(config), REVOKE, "", reason, key)
    told = "The active version is revoked: nothing is sent, messages stay in their queues. Next: gateway policy propose"
    output.result({"revoked": True, "request": said["request"]}, lambda words: words.print(told))
    raise typer.Exit(Exit.GOOD)


def _sure(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        raise NotPermitted(Fault("GOV-009", "nothing was done: the question was not answered with yes"))
