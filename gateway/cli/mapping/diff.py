"""`gateway mapping diff OLD NEW`: what a change of rules does to the results over the fixtures."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.mapping.base import Base, open_base
from gateway.cli.mapping.named import chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment.read import read_bundle, read_file
from gateway.mapping.change.diff import DiffReport, diff

__all__ = ["compare"]


def compare(
    old: Annotated[
        Path, typer.Argument(exists=True, help="The old file, or a folder with the old mappings, tables and schemas.")
    ],
    new: Annotated[Path, typer.Argument(help="The mapping as it is now, as the plan names it, or its path.")],
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show what changes in the results. Example: gateway mapping diff old.map.yaml mappings/qm-fiu/report.map.yaml"""
    output = Output(as_json=as_json, color=not no_color)
    base = open_base(config)
    (path,) = chosen(base.plan, base.files, [base.name_of(new) or str(new)])
    report = diff(path, _old(old, path, base), base.files, base.exchange)
    output.result(_json(report), lambda words: words.print(_words(report, output, base)))
    raise typer.Exit(Exit.GOOD if report.good else Exit.FINDINGS)


def _old(old: Path, path: str, base: Base) -> dict[str, bytes]:
    """A single file stands in place of the new one, beside today's tables and schemas."""
    if old.is_dir():
        return read_bundle(old)
    return {**base.files, path: read_file(old, old.name)}


def _json(report: DiffReport) -> dict[str, object]:
    return {
        "mapping": report.file,
        "good": report.good,
        "old": report.old_version,
        "new": report.new_version,
        "cases": report.cases,
        "differences": [
            {
                key: value
                for key, value in (
                    ("case", one.case),
                    ("message", one.message),
                    ("kind", one.kind.value),
                    ("path", one.path),
                    ("detail", one.detail),
                    ("rule", str(one.rule)),
                )
                if value
            }
            for one in report.differences
        ],
        "faults": [fault_json(fault) for fault in report.faults],
    }


def _words(report: DiffReport, output: Output, base: Base) -> str:
    output.faults(report.faults, base.files)
    changed = len({one.case for one in report.differences})
    lines = [str(one) for one in report.differences]
    versions = (
        report.new_version
        if report.old_version == report.new_version
        else (f"{report.old_version} -> {report.new_version}")
    )
    lines.append(f"{report.file} {versions}: the results of {changed} of {report.cases} cases differ")
    return "\n".join(lines)
