"""`gateway policy status`: which version holds, who has signed what, who is stopped."""

from typing import Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import office_of, record_of
from gateway.deployment.versions import Version
from gateway.governance.envelope import signed_by
from gateway.governance.record import Record
from gateway.governance.rule import required
from gateway.governance.statement import STATEMENT_TYPE
from gateway.governance.states import state_of
from gateway.system import SystemClock

__all__ = ["status"]


def status(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Say which version holds, what waits for signatures, and who is stopped. Example: gateway policy status"""
    output = Output(as_json=as_json, color=not no_color)
    office = office_of(config)
    record = record_of(office)
    today = SystemClock().now()[:10]
    holding = record.in_force(today)
    active = None if holding is None or holding.hash in record.revoked else holding
    document: dict[str, Any] = {
        "signers": record.signers,
        "active": None if active is None else {"policy": active.policy, "version": active.version, "leaf": active.hash},
        "stopped": dict(record.stopped),
        "versions": [_version(version, record, today) for version in office.versions.all()],
    }
    output.result(document, lambda words: _words(words, document))
    raise typer.Exit(Exit.GOOD)


def _version(version: Version, record: Record, today: str) -> dict[str, Any]:
    statement = version.statement
    signed = signed_by(version.envelope, STATEMENT_TYPE, version.signers)
    return {
        "version": version.id,
        "state": state_of(statement, version.envelope, version.signers, record, today).value,
        "change": statement.verdict.change.value,
        "needs": required(statement.verdict).count,
        "signed_by": [person.id for person in signed],
        "valid": {"from": statement.valid_from, "until": statement.valid_until},
    }


def _words(words: Console, document: dict[str, Any]) -> None:
    active = document["active"]
    if active is None:
        words.print("No signed version holds: the gateway runs only where every partner has status test.")
    else:
        words.print(f"In force: {active['policy']} version {active['version']}.")
    for partner, reason in sorted(document["stopped"].items()):
        words.print(f"Stopped: {partner} ({reason}). Lift it: gateway policy lift {partner}", style="bold yellow")
    if not document["versions"]:
        words.print("No version was proposed. Next: gateway policy propose --author ID")
        return
    for each in document["versions"]:
        people = ", ".join(each["signed_by"]) or "nobody"
        valid = f"{each['valid']['from']} to {each['valid']['until']}"
        needs = f"{each['needs']} must sign, signed by {people}"
        words.print(f"{each['version']}: {each['state']}, {each['change']}; {needs}; valid {valid}")
