"""`gateway mapping explain`: everything about one target field; or the page of a code."""

import re
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli import explain as code_pages
from gateway.cli.mapping.named import chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.deployment import read_plan
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.evidence import evidence_of
from gateway.mapping.report.field import FieldReport, FieldReports, fields_named
from gateway.mapping.report.sheet import sheet_of

__all__ = ["explain"]

_CODE = re.compile(r"[A-Z][0-9]{3}|[A-Z]{2,3}-[0-9]{3}")


def explain(
    name: Annotated[str, typer.Argument(help="A target field, or the end of one; or a code.", metavar="FIELD|CODE")],
    mapping: Annotated[str, typer.Option("--mapping", "-m", help="One mapping; all of the plan's if left out.")] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say which rules write a field, from what, how, what tests it. Example: gateway mapping explain persons.sex"""
    if _CODE.fullmatch(name):
        code_pages.explain(name, as_json=as_json, no_color=no_color)
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    found: dict[str, list[FieldReport]] = {}
    close: list[str] = []
    for path in chosen(plan, files, [mapping] if mapping else None):
        sheet = sheet_of(load_mapping(path, files), files, exchange)
        names, near = fields_named(name, sheet)
        close += near
        if names:
            evidence = evidence_of(sheet, files, exchange)
            reports = FieldReports(sheet, evidence, files)
            found[path] = [reports.report(each) for each in names]
    if not found:
        hint = f"did you mean {' or '.join(dict.fromkeys(close))}?" if close else "see gateway mapping coverage"
        raise DefinitionRefused(Fault("CFG-072", "no rule of these mappings writes such a field", fix=hint))
    output.result({"name": name, "mappings": _document(found)}, lambda words: _words(words, found))
    raise typer.Exit(Exit.GOOD)


def _document(found: dict[str, list[FieldReport]]) -> list[dict[str, Any]]:
    return [
        {
            "mapping": path,
            "fields": [
                {
                    "field": report.field,
                    "documentation": report.documentation,
                    "required": report.required,
                    "fixtures": list(report.fixtures),
                    "rules": [
                        {
                            "line": rule.line,
                            "text": rule.text,
                            "split": rule.split,
                            "sources": [
                                {"field": each.field, "declared": each.declared, "documentation": each.documentation}
                                for each in rule.sources
                            ],
                            "converters": list(rule.converters),
                            "tables": [{"table": table, "file": file} for table, file in rule.tables],
                            "on_missing": rule.on_missing,
                            "on_error": rule.on_error,
                            "note": rule.note,
                            "exercised": list(rule.exercised),
                        }
                        for rule in report.rules
                    ],
                }
                for report in reports
            ],
        }
        for path, reports in found.items()
    ]


def _words(words: Console, found: dict[str, list[FieldReport]]) -> None:
    for path, reports in found.items():
        for report in reports:
            words.print(f"{report.field}" + (" (required)" if report.required else ""), style="bold")
            if report.documentation:
                words.print(f"  {report.documentation}")
            for rule in report.rules:
                words.print(f"  {path}:{rule.line}: {rule.text}")
                for each in rule.sources:
                    said = f": {each.documentation}" if each.documentation else ""
                    words.print(f"    reads {each.field} ({each.declared}){said}")
                if rule.converters:
                    words.print(f"    through {', '.join(rule.converters)}")
                for table, file in rule.tables:
                    words.print(f"    table {table} ({file})")
                words.print(f"    missing: {rule.on_missing}; bad: {rule.on_error}")
                shown = f": {', '.join(rule.exercised)}" if rule.exercised else ""
                words.print(f"    exercised by {len(rule.exercised)} of {len(report.fixtures)} fixtures{shown}")
            words.print("")
