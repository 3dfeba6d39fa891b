"""`gateway mapping test`: the tests beside a mapping, on the real engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import PlanFile, read_plan
from gateway.mapping.cases.cases import CasesReport, run_cases

__all__ = ["cases_json", "run_tests"]


def run_tests(
    mapping: Named = None,
    update: Annotated[bool, typer.Option("--update", help="Rewrite golden files; review the difference.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Run the tests beside mappings. Example: gateway mapping test --json"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports = [run_cases(path, files, exchange) for path in chosen(plan, files, mapping)]
    if update:
        for report in reports:
            _write(config, plan, report.golden)
    output.result(
        {"mappings": [cases_json(report) for report in reports]},
        lambda words: _tested(words, output, reports, files),
    )
    raise typer.Exit(Exit.GOOD if update or all(report.good for report in reports) else Exit.FINDINGS)


def cases_json(report: CasesReport) -> dict[str, Any]:
    """One report of the tests."""
    return {
        "tests": report.file,
        "good": report.good,
        "passed": len(report.results) - report.failed,
        "failed": report.failed,
        "cases": [{"name": case.name, "passed": case.passed, "differs": list(case.differs)} for case in report.results],
        "faults": [fault_json(fault) for fault in report.faults],
    }


def _write(config: Path, plan: PlanFile, golden: Mapping[str, bytes]) -> None:
    base = config.resolve().parent / plan.base
    for name, content in golden.items():
        (base / name).write_bytes(content)


def _tested(words: Console, output: Output, reports: list[CasesReport], files: Mapping[str, bytes]) -> None:
    for report in reports:
        for case in report.results:
            if not case.passed:
                words.print(f"{case.place}: failed: {case.name}", style="bold red")
                for difference in case.differs:
                    words.print(f"    {difference}")
        output.faults(report.faults, files)
        words.print(f"{report.file}: {len(report.results) - report.failed} of {len(report.results)} tests passed")
