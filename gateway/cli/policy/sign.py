"""`gateway policy sign`: one person's signature under a proposed version. The key never comes to the gateway."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import open_key, person_with
from gateway.deployment import read_settings
from gateway.deployment.versions import ENVELOPE, Version, Versions
from gateway.errors import Fault, NotPermitted
from gateway.governance.envelope import add_signature, signed_by
from gateway.governance.rule import missing, required
from gateway.governance.signers import Signer
from gateway.governance.statement import STATEMENT_TYPE, shown_faults

__all__ = ["sign"]


def sign(
    key: Annotated[Path, typer.Option("--key", help="Your Ed25519 key, PEM (PKCS#8).")],
    version: Annotated[str, typer.Argument(help="The version; the only one that waits if left out.")] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Read the statement and sign it, as one person. Example: gateway policy sign --key officer.pem"""
    output = Output(as_json=as_json, color=not no_color)
    versions = Versions(config.resolve().parent / read_settings(config).governance)
    found = versions.open_one(version)
    opened = open_key(key)
    person = person_with(opened, found.signers)
    _asked(output, found, person)
    # Others may have signed while the question stood.
    shown, found = found.statement, versions.version(found.id)
    if found.statement != shown:
        fix = "read it again, and sign what it says now"
        raise NotPermitted(Fault("GOV-004", "the version was changed while it was shown", fix=fix))
    envelope = add_signature(found.envelope, STATEMENT_TYPE, person, opened)
    versions.write(found, ENVELOPE, envelope)
    signed = [one.id for one in signed_by(envelope, STATEMENT_TYPE, found.signers)]
    requirement = required(found.statement.verdict)
    lacking = missing(requirement, [found.signers.people[one] for one in signed], {found.statement.author})
    document = {"version": found.id, "signed_by": signed, "needs": requirement.count, "enough": not lacking}
    output.result(document, lambda words: _words(words, found, signed, lacking))
    raise typer.Exit(Exit.GOOD)


def _asked(output: Output, version: Version, person: Signer) -> None:
    """Show what is signed and ask: no option answers this question."""
    statement = version.statement
    if faults := shown_faults(statement, version.reports):
        raise NotPermitted(*faults)
    shown = output.aside
    shown.print(f"{version.id}, signed as {person.name} ({person.role}):")
    shown.print(f"  {statement.sentence}")
    for name, digest in sorted(statement.digests.items()):
        shown.print(f"  {name}: {digest}")
    if person.id == statement.author and not required(statement.verdict).author_too:
        fix = "let two other persons sign"
        raise NotPermitted(Fault("GOV-009", "the author of a version that may disclose more cannot sign it", fix=fix))
    if not typer.confirm("Do you sign this?", err=True):
        raise NotPermitted(Fault("GOV-009", "not signed: the question was not answered with yes"))


def _words(words: Console, version: Version, signed: list[str], lacking: tuple[Fault, ...]) -> None:
    words.print(f"{version.id} is signed by {', '.join(signed)}.")
    if lacking:
        words.print(f"Not enough yet: {lacking[0].message}.")
        words.print(f"Next: the other person runs gateway policy sign {version.id} --key KEY")
    else:
        words.print(f"Enough persons have signed. Next: gateway policy activate {version.id}")
