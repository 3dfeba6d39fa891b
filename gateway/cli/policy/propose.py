"""`gateway policy propose`: what is here now, as a version to be signed."""

from typing import Annotated

import orjson
import typer
from rich.console import Console

from gateway.app import Office
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.policy.decisions import policy_tests
from gateway.cli.policy.office import record_of
from gateway.cli.policy.proving import proved
from gateway.deployment import open_deployment
from gateway.deployment.comparison import Versioned
from gateway.deployment.proposal import propose as proposed
from gateway.deployment.versions import Version
from gateway.errors import Severity
from gateway.governance.rule import required
from gateway.policy.prove.sheet import plain_sheet
from gateway.system import SystemClock

__all__ = ["propose"]


def propose(
    author: Annotated[str, typer.Option("--author", help="Who wrote it: an id, as on the list of signers.")],
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Prove what is here, compare it with the active version, and make a version to be signed.

    Example: gateway policy propose --author dpo-2
    """
    output = Output(as_json=as_json, color=not no_color)
    deployment = open_deployment(config)
    office, policy = Office.of(deployment), deployment.plan.policy
    tests = policy_tests(deployment.plan_file, deployment.files, policy)
    verdicts = proved(policy, output, second=True)
    faults = [fault for verdict in verdicts if (fault := verdict.fault) is not None]
    faults += [fault for fault in tests.faults if fault.severity is Severity.ERROR]
    if faults:
        # What breaks its own promises or tests is not put before anybody.
        document = {"proposed": False, "faults": [fault_json(fault) for fault in faults]}
        output.result(document, lambda _: output.faults(faults, deployment.files))
        raise typer.Exit(Exit.FINDINGS)
    sheet = plain_sheet(
        policy.decisions, verdicts, [None] * len(verdicts), blocks=len(policy.function.blocks), second=True
    )
    version = proposed(
        deployment,
        record_of(office),
        office.versions,
        author,
        Versioned(office.config),
        SystemClock().now(),
        orjson.dumps(sheet, option=orjson.OPT_SORT_KEYS),
    )
    statement = version.statement
    document = {
        "proposed": True,
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
