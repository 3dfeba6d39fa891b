"""`gateway mapping check`: a mapping against both schemas and its tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from gateway import __version__
from gateway.cli.explain import pages
from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import read_plan
from gateway.document.diagnostics import counted
from gateway.document.sarif import sarif
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.check.mapping import CheckReport, check_mapping

__all__ = ["check", "check_json"]

_STDOUT = Path("-")


def check(
    mapping: Named = None,
    sarif_file: Annotated[
        Path | None, typer.Option("--sarif", help="Also a SARIF 2.1.0 log into this file; - is stdout, and no words.")
    ] = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Check mappings against both schemas and their tables. Example: gateway mapping check --sarif check.sarif"""
    output = Output(as_json=as_json or sarif_file == _STDOUT, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports = [check_mapping(path, files, exchange) for path in chosen(plan, files, mapping)]
    result: dict[str, Any] = {"mappings": [check_json(report) for report in reports]}
    if sarif_file is not None:
        log = sarif((fault for report in reports for fault in report.faults), pages(), __version__)
        if sarif_file == _STDOUT:
            result = log
        else:
            _write(sarif_file, orjson.dumps(log, option=orjson.OPT_INDENT_2) + b"\n")
    output.result(result, lambda words: _checked(words, output, reports, files))
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


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError:
        fix = "name a file in a folder that exists and can be written"
        raise DefinitionRefused(Fault("CFG-095", "the log cannot be written", fix=fix)) from None


def _checked(words: Console, output: Output, reports: list[CheckReport], files: Mapping[str, bytes]) -> None:
    for report in reports:
        output.faults(report.faults, files)
        words.print(f"{report.file}: {counted(report.faults)}")
        words.print(str(report.coverage))
