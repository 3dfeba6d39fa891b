"""`gateway policy check`: policy, register, vocabulary and catalogue, and the tests."""

from typing import Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.policy.decisions import decision_set, policy_tests
from gateway.deployment import read_plan
from gateway.errors import Fault, Severity
from gateway.policy.compile import compile_policy

__all__ = ["check"]


def check(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Check the policy, register, vocabulary and catalogue, and run the tests. Example: gateway policy check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    report = policy_tests(plan, files, compile_policy(decisions))
    faults = [*decisions.warnings, *report.faults]
    errors = sum(fault.severity is Severity.ERROR for fault in faults)
    document = {
        "policy": decisions.policy.name,
        "version": decisions.policy.version,
        "digest": decisions.digest,
        "rules": len(decisions.policy.rules),
        "promises": [{"id": promise.id, "proved": False} for promise in decisions.policy.promises],
        "partners": sorted(decisions.partners),
        "tests": {"passed": report.passed, "failed": len(report.results) - report.passed},
        "faults": [fault_json(fault) for fault in faults],
    }
    output.result(document, lambda words: _words(words, output, document, faults, files))
    raise typer.Exit(Exit.FINDINGS if errors else Exit.GOOD)


def _words(
    words: Console, output: Output, document: dict[str, Any], faults: list[Fault], files: dict[str, bytes]
) -> None:
    output.faults(faults, files)
    tests = document["tests"]
    named = f"{document['policy']} version {document['version']}"
    words.print(f"{named}: {document['rules']} rules, digest {document['digest']}")
    words.print(f"tests: {tests['passed']} passed, {tests['failed']} failed")
    words.print(f"promises: {len(document['promises'])} stated, not yet proved by this version of the gateway")
