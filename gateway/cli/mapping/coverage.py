"""`gateway mapping coverage`: what becomes of every field, as a page for people and as sheets for spreadsheets."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from gateway.cli.mapping.base import write_file
from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.deployment import read_plan
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.csv_sheet import csv_files, reading_text
from gateway.mapping.report.evidence import Evidence, evidence_of
from gateway.mapping.report.html_sheet import html_page
from gateway.mapping.report.sheet import Sheet, sheet_of

__all__ = ["coverage"]


def coverage(
    mapping: Named = None,
    html: Annotated[Path | None, typer.Option(help="Write a page for each mapping into this folder.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write sheets for each mapping into this folder.")] = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say what becomes of every field. Example: gateway mapping coverage --html coverage --csv coverage"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    sheets: list[tuple[Sheet, Evidence]] = []
    written: list[str] = []
    with Progress(console=output.aside, transient=True, disable=as_json or not output.aside.is_terminal) as progress:
        for path in progress.track(chosen(plan, files, mapping), description="mappings"):
            sheet = sheet_of(load_mapping(path, files), files, exchange)
            evidence = evidence_of(sheet, files, exchange)
            sheets.append((sheet, evidence))
            stem = path.removeprefix("mappings/").removesuffix(".map.yaml").replace("/", ".")
            if html is not None:
                text = files[path].decode("utf-8")
                written.append(_write(html / f"{stem}.html", html_page(sheet, evidence, text).encode()))
            if csv is not None:
                written += [_write(csv / name, data) for name, data in csv_files(sheet, evidence, stem).items()]
    document = {"mappings": [_document(sheet, evidence) for sheet, evidence in sheets], "written": written}
    output.result(document, lambda words: _words(words, sheets, written))
    good = all(sheet.studied.report.good for sheet, _ in sheets)
    raise typer.Exit(Exit.GOOD if good else Exit.FINDINGS)


def _write(path: Path, data: bytes) -> str:
    write_file(path, data)
    return str(path)


def _document(sheet: Sheet, evidence: Evidence) -> dict[str, Any]:
    return {
        "mapping": sheet.mapping.file,
        "counts": sheet.counts,
        "source": [
            {
                "field": each.field,
                "state": each.state,
                "read_by": [
                    {
                        "what": r.what,
                        "target": r.target,
                        "line": r.line,
                        "converters": list(r.converters),
                        "table": r.table,
                    }
                    for r in each.readings
                ],
                "reason": each.reason,
                "declared": each.declared,
                "documentation": each.documentation,
            }
            for each in sheet.source
        ],
        "target": [
            {
                "field": each.field,
                "state": each.state,
                "required": each.required,
                "lines": list(each.lines),
                "sources": list(each.sources),
                "exercised": any(evidence.written.get(line) for line in each.lines),
            }
            for each in sheet.target
        ],
        "conditional": [{"path": path, "why": why, "line": line} for path, why, line in sheet.conditional],
        "tables": [
            {
                "table": each.name,
                "file": each.file,
                "rows": len(each.rows),
                "exercised": sum((each.file, row[0]) in evidence.rows for row in each.rows),
            }
            for each in sheet.tables
        ],
        "branches": [{"line": each.line, "taken": each.taken} for each in evidence.branches],
        "fixtures": list(evidence.fixtures),
        "refused": list(evidence.refused),
        "residue": [
            {"fixture": r.fixture, "place": r.place, "field": r.field, "count": r.count, "why": r.why}
            for r in evidence.residue
        ],
    }


def _words(words: Console, sheets: list[tuple[Sheet, Evidence]], written: list[str]) -> None:
    for sheet, evidence in sheets:
        counts = ", ".join(f"{number} {state}" for state, number in sheet.counts.items() if number)
        words.print(f"{sheet.mapping.file}: {counts}; {len(evidence.fixtures)} fixtures")
        for each in sheet.source:
            if not sheet.mapping.outbound and each.state == "lost":
                words.print(f"  lost: {each.field}")
        for left in evidence.residue:
            if not left.why.startswith("ignored"):
                words.print(f"  left in {left.fixture}: {left.field} ({left.count}): {left.why}")
        if len(sheets) == 1 and not written:
            for each in sheet.source:
                said = "; ".join(map(reading_text, each.readings)) or each.reason
                words.print(f"  {each.field}: {each.state}" + (f": {said}" if said else ""))
    for name in written:
        words.print(f"written: {name}")
    if not written:
        words.print("Next: --html FOLDER for a page that an analyst can read, --csv FOLDER for a spreadsheet")
