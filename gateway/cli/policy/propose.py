"""`gateway policy propose`: what is here now, as a version to be signed."""

from typing import Annotated

import typer
from rich.console import Console

from gateway.app import Office
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import record_of
from gateway.deployment import open_deployment
from gateway.deployment.governor import no_comparison
from gateway.deployment.proposal import propose as proposed
from gateway.deployment.versions import Version
from gateway.governance.rule import required
from gateway.system import SystemClock

__all__ = ["propose"]


def propose(
    author: Annotated[str, typer.Option("--author", help="Who wrote it: an id, as on the list of signers.")],
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Make a version of what is here, to be signed. Example: gateway policy propose --author dpo-2"""
    output = Output(as_json=as_json, color=not no_color)
    deployment = open_deployment(config)
    office = Office.of(deployment)
    now = SystemClock().now()
    version = proposed(deployment, record_of(office), office.versions, author, no_comparison, now)
    statement = version.statement
    document = {
        "version": version.id,
        "change": statement.verdict.change.value,
        "reasons": list(statement.verdict.reasons),
        "needs": required(statement.verdict).count,
        "sentence": statement.sentence,
        "digests": dict(statement.digests),
        "valid": {"from": statement.valid_from, "until": statement.valid_until},
    }
    output.result(document, lambda words: _words(words, version))
    raise typer.Exit(Exit.GOOD)


def _words(words: Console, version: Version) -> None:
    statement = version.statement
    words.print(f"Proposed: {version.id}. Compared with the active version it is {statement.verdict.change}.")
    for reason in statement.verdict.reasons:
        words.print(f"  {reason}")
    words.print(f"It needs {required(statement.verdict)}. Each of them signs this sentence:")
    words.print(f"  {statement.sentence}")
    words.print(f"Next: gateway policy sign {version.id} --key KEY")
