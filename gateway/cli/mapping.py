"""`gateway mapping`: check a mapping against both schemas, and run the tests beside it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import PlanFile, read_plan
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.cases import CasesReport, run_cases
from gateway.mapping.check import CheckReport, check_mapping

__all__ = ["app", "cases_json", "check", "check_json", "mappings_of", "run_tests"]

app = typer.Typer(name="mapping", help="Formats: check and test.", no_args_is_help=True)

_Named = Annotated[
    list[str] | None, typer.Argument(help="Mappings, as the plan names them; all of the plan's if left out.")
]


@app.command()
def check(
    mapping: _Named = None, config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False
) -> None:
    """Check mappings against both schemas and their tables. Example: gateway mapping check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports = [check_mapping(path, files, exchange) for path in _chosen(plan, files, mapping)]
    output.result(
        {"mappings": [check_json(report) for report in reports]},
        lambda words: _checked(words, output, reports, files),
    )
    raise typer.Exit(Exit.GOOD if all(report.good for report in reports) else Exit.FINDINGS)


@app.command("test")
def run_tests(
    mapping: _Named = None,
    update: Annotated[bool, typer.Option("--update", help="Rewrite golden files; review the difference.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Run the tests beside mappings. Example: gateway mapping test --json"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports = [run_cases(path, files, exchange) for path in _chosen(plan, files, mapping)]
    if update:
        for report in reports:
            _write(config, plan, report.golden)
    output.result(
        {"mappings": [cases_json(report) for report in reports]},
        lambda words: _tested(words, output, reports, files),
    )
    raise typer.Exit(Exit.GOOD if update or all(report.good for report in reports) else Exit.FINDINGS)


def mappings_of(plan: PlanFile) -> list[str]:
    """Every mapping of a plan, inbound ones first."""
    inbound = [path for agency in plan.agencies.values() for path in agency.mappings]
    outbound = [partner.format for partner in plan.partners.values() if partner.format != "exchange"]
    return list(dict.fromkeys([*inbound, *outbound]))


def check_json(report: CheckReport) -> dict[str, Any]:
    """One report of the checker."""
    counts = report.coverage
    return {
        "mapping": report.file,
        "good": report.good,
        "errors": report.errors,
        "warnings": report.warnings,
        "source_fields": {"total": counts.fields, "read": counts.read, "ignored": counts.ignored},
        "faults": [fault_json(fault) for fault in report.faults],
    }


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


def _chosen(plan: PlanFile, files: Mapping[str, bytes], named: Iterable[str] | None) -> list[str]:
    chosen = list(named or mappings_of(plan))
    for path in chosen:
        if path not in files:
            fix = f"one of: {', '.join(mappings_of(plan))}"
            raise DefinitionRefused(Fault("CFG-049", "the deployment has no such mapping", fix=fix))
    return chosen


def _write(config: Path, plan: PlanFile, golden: Mapping[str, bytes]) -> None:
    base = config.resolve().parent / plan.base
    for name, content in golden.items():
        (base / name).write_bytes(content)


def _checked(words: Console, output: Output, reports: list[CheckReport], files: Mapping[str, bytes]) -> None:
    for report in reports:
        output.faults(report.faults, files)
        words.print(f"{report.file}: {report.errors} errors, {report.warnings} warnings")
        words.print(str(report.coverage))


def _tested(words: Console, output: Output, reports: list[CasesReport], files: Mapping[str, bytes]) -> None:
    for report in reports:
        for case in report.results:
            if not case.passed:
                words.print(f"{case.place}: failed: {case.name}", style="bold red")
                for difference in case.differs:
                    words.print(f"    {difference}")
        output.faults(report.faults, files)
        words.print(f"{report.file}: {len(report.results) - report.failed} of {len(report.results)} tests passed")
