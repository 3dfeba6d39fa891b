"""`gateway policy test`: the officer's tests."""

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.policy.decisions import decision_set, policy_tests
from gateway.deployment import read_plan
from gateway.policy.cases import CasesReport
from gateway.policy.compile import compile_policy

__all__ = ["run_tests"]


def run_tests(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Run the tests beside the policy. Example: gateway policy test --json"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    report = policy_tests(plan, files, compile_policy(decision_set(plan, files, exchange)))
    document = {
        "passed": report.passed,
        "failed": len(report.results) - report.passed,
        "cases": [{"id": case.id, "passed": case.passed, "differs": case.differs} for case in report.results],
        "faults": [fault_json(fault) for fault in report.faults],
    }
    output.result(document, lambda words: _results(words, output, report, files))
    raise typer.Exit(Exit.GOOD if report.passed == len(report.results) else Exit.FINDINGS)


def _results(words: Console, output: Output, report: CasesReport, files: dict[str, bytes]) -> None:
    output.faults(report.faults, files)
    words.print(f"{report.passed} of {len(report.results)} tests passed")
