"""`gateway check`: everything that can be known before the first message: files, schemas, mappings, policy, tests."""

import tempfile
from pathlib import Path

import typer
from rich.console import Console

from gateway.cli.mapping.check import check_json
from gateway.cli.mapping.named import mappings_of
from gateway.cli.mapping.test import cases_json
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.policy.decisions import policy_tests
from gateway.deployment import Deployment, open_deployment
from gateway.errors import Severity
from gateway.mapping.cases.cases import CasesReport, run_cases
from gateway.mapping.check.mapping import CheckReport, check_mapping
from gateway.policy.cases import CasesReport as PolicyReport

__all__ = ["check"]


def check(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Check everything that can be known beforehand, and run all tests. Example: gateway check"""
    output = Output(as_json=as_json, color=not no_color)
    with tempfile.TemporaryDirectory(prefix="gateway-check-") as folder:
        deployment = open_deployment(config, data=Path(folder), tests=False)
    files, exchange = deployment.files, deployment.plan.exchange
    paths = mappings_of(deployment.plan_file)
    checks = [check_mapping(path, files, exchange) for path in paths]
    cases = [run_cases(path, files, exchange) for path in paths]
    policy = policy_tests(deployment.plan_file, files, deployment.plan.policy)
    failed = sum(fault.severity is Severity.ERROR for fault in policy.faults)
    good = all(report.good for report in checks) and all(report.good for report in cases) and not failed
    document = {
        "good": good,
        "plan": deployment.plan.digest,
        "agencies": list(deployment.plan.channels),
        "partners": list(deployment.plan.routes),
        "mappings": [
            check_json(report) | {"tests": cases_json(case)} for report, case in zip(checks, cases, strict=True)
        ],
        "policy": {
            "passed": policy.passed,
            "failed": len(policy.results) - policy.passed,
            "faults": [fault_json(fault) for fault in policy.faults],
        },
        "warnings": [fault_json(fault) for fault in deployment.warnings],
    }
    output.result(document, lambda words: _words(words, output, deployment, checks, cases, policy, good))
    raise typer.Exit(Exit.GOOD if good else Exit.FINDINGS)


def _words(
    words: Console,
    output: Output,
    deployment: Deployment,
    checks: list[CheckReport],
    cases: list[CasesReport],
    policy: PolicyReport,
    good: bool,
) -> None:
    for report, case in zip(checks, cases, strict=True):
        output.faults([*report.faults, *case.faults], deployment.files)
        passed = len(case.results) - case.failed
        words.print(f"{report.file}: {report.errors} errors, {report.warnings} warnings, {passed} tests passed")
    output.faults(policy.faults, deployment.files)
    words.print(f"{deployment.plan_file.policy.policy}: {policy.passed} of {len(policy.results)} tests passed")
    words.print(f"plan {deployment.plan.digest}: " + ("good" if good else "NOT good, nothing may run on it"))
