"""`gateway policy check`: policy, register, vocabulary and catalogue, the tests, and the promises."""

from typing import Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.policy.decisions import decision_set, policy_tests
from gateway.cli.policy.proving import proved
from gateway.deployment import read_plan
from gateway.errors import Fault, Severity
from gateway.policy.compile import compile_policy
from gateway.policy.prove.lints import lints
from gateway.policy.prove.verdict import Outcome

__all__ = ["check"]


def check(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Check policy, register and vocabulary, run the tests, prove the promises. Example: gateway policy check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    policy = compile_policy(decisions)
    report = policy_tests(plan, files, policy)
    verdicts = proved(policy, output)
    meant = lints(decisions, policy.function, verdicts)
    faults = [*decisions.warnings, *meant, *report.faults, *(fault for verdict in verdicts if (fault := verdict.fault))]
    errors = sum(fault.severity is Severity.ERROR for fault in faults)
    document = {
        "policy": decisions.policy.name,
        "version": decisions.policy.version,
        "digest": decisions.digest,
        "rules": len(decisions.policy.rules),
        "decision_function": decisions.function,
        "promises": [{"id": one.promise.id, "outcome": one.outcome.value} for one in verdicts],
        "partners": sorted(decisions.partners),
        "tests": {"passed": report.passed, "failed": len(report.results) - report.passed},
        "faults": [fault_json(fault) for fault in faults],
    }
    output.result(document, lambda words: _words(words, output, document, faults, files))
    undecided = any(verdict.outcome is Outcome.UNDECIDED for verdict in verdicts)
    raise typer.Exit(Exit.FAILED if undecided else Exit.FINDINGS if errors else Exit.GOOD)


def _words(
    words: Console, output: Output, document: dict[str, Any], faults: list[Fault], files: dict[str, bytes]
) -> None:
    output.faults(faults, files)
    tests = document["tests"]
    named = f"{document['policy']} version {document['version']}"
    words.print(f"{named}: {document['rules']} rules, digest {document['digest']}")
    words.print(f"tests: {tests['passed']} passed, {tests['failed']} failed")
    promises = document["promises"]
    held = sum(one["outcome"] == Outcome.HOLDS.value for one in promises)
    words.print(f"promises: {held} of {len(promises)} proved in every case, those that are built in included")
