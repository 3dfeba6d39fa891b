"""`gateway mapping check`: a mapping against both schemas and its tables."""

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console

from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import read_plan
from gateway.mapping.check.mapping import CheckReport, check_mapping

__all__ = ["check", "check_json"]


def check(
    mapping: Named = None, config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False
) -> None:
    """Check mappings against both schemas and their tables. Example: gateway mapping check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports = [check_mapping(path, files, exchange) for path in chosen(plan, files, mapping)]
    output.result(
        {"mappings": [check_json(report) for report in reports]},
        lambda words: _checked(words, output, reports, files),
    )
    raise typer.Exit(Exit.GOOD if all(report.good for report in reports) else Exit.FINDINGS)


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


def _checked(words: Console, output: Output, reports: list[CheckReport], files: Mapping[str, bytes]) -> None:
    for report in reports:
        output.faults(report.faults, files)
        words.print(f"{report.file}: {report.errors} errors, {report.warnings} warnings")
        words.print(str(report.coverage))
