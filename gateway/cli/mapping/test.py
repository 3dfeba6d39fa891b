"""`gateway mapping test`: the tests beside a mapping, on the real engine; with `--mutants` also what they protect."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gateway.cli.mapping.base import write_file
from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import PlanFile, read_plan
from gateway.mapping.cases.cases import CasesReport, prepare, run_cases
from gateway.mapping.mutate.score import MutantsReport, Survivor, score

__all__ = ["cases_json", "run_tests"]


@dataclass(frozen=True, slots=True)
class _Tested:
    """One mapping: its cases, and its mutants where they were asked for and the cases pass.

    Where golden files were rewritten, `before` says how the cases stood until then.
    """

    cases: CasesReport
    mutants: MutantsReport | None = None
    before: CasesReport | None = None

    @property
    def good(self) -> bool:
        return self.cases.good and (self.mutants is None or self.mutants.good)


def run_tests(
    mapping: Named = None,
    update: Annotated[bool, typer.Option("--update", help="Rewrite golden files; review the difference.")] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Also make small mistakes in the rules, and list those no test notices.")
    ] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Run the tests beside mappings. Example: gateway mapping test --json"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    reports: list[_Tested] = []
    for path in chosen(plan, files, mapping):
        cases = run_cases(path, files, exchange)
        before: CasesReport | None = None
        if update and cases.golden:
            before = cases
            _write(config, plan, cases.golden)
            cases = run_cases(path, {**files, **cases.golden}, exchange)
        report = None
        if mutants and not cases.failed and cases.results:
            with _progress(output, path) as tell:
                report = score(prepare(path, files, exchange), tell)
        reports.append(_Tested(cases, report, before))
    output.result(
        {
            "mappings": [
                cases_json(one.cases) | _updated_json(one.before) | _mutants_json(one.mutants) for one in reports
            ]
        },
        lambda words: _words(words, output, reports, files, mutants=mutants),
    )
    raise typer.Exit(Exit.GOOD if all(report.good for report in reports) else Exit.FINDINGS)


@contextmanager
def _progress(output: Output, path: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, for people only."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("mutants"))
    hidden = output.as_json or not output.aside.is_terminal
    with Progress(*columns, console=output.aside, transient=True, disable=hidden) as bar:
        task = bar.add_task(path, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def cases_json(report: CasesReport) -> dict[str, Any]:
    """One report of the tests."""
    return {
        "tests": report.file,
        "good": report.good,
        "passed": len(report.results) - report.failed,
        "failed": report.failed,
        "cases": [{"name": case.name, "passed": case.passed, "differs": list(case.differs)} for case in report.results],
        "unused": [] if report.measured is None else [str(place) for place in report.measured.unused],
        "faults": [fault_json(fault) for fault in report.faults],
    }


def _updated_json(before: CasesReport | None) -> dict[str, Any]:
    if before is None:
        return {}
    differed = [{"name": case.name, "differs": list(case.differs)} for case in before.results if not case.passed]
    return {"written": sorted(before.golden), "differed": differed}


def _mutants_json(report: MutantsReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    survivors = [
        {"file": one.place.file, "line": one.place.line, "what": one.what, "touched": one.touched}
        for one in report.survivors
    ]
    return {
        "mutants": {
            "good": report.good,
            "made": report.mutants,
            "killed": report.killed,
            "survivors": survivors,
            "faults": [fault_json(fault) for fault in report.faults],
        }
    }


def _write(config: Path, plan: PlanFile, golden: Mapping[str, bytes]) -> None:
    base = config.resolve().parent / plan.base
    for name, content in golden.items():
        write_file(base / name, content)


def _words(
    words: Console, output: Output, reports: list[_Tested], files: Mapping[str, bytes], *, mutants: bool
) -> None:
    for tested_one in reports:
        report = tested_one.cases
        _updated(words, tested_one)
        for case in report.results:
            if not case.passed:
                words.print(f"{case.place}: failed: {case.name}", style="bold red")
                for difference in case.differs:
                    words.print(f"    {difference}")
        output.faults(report.faults, files)
        if report.measured is not None and any(fault.code == "R703" for fault in report.faults):
            for place in report.measured.unused:
                words.print(f"{place}: no case gets here", style="yellow")
        measured = f"; {report.measured}" if report.measured is not None else ""
        words.print(
            f"{report.file}: {len(report.results) - report.failed} of {len(report.results)} tests passed{measured}"
        )
        if tested_one.mutants is not None:
            _survivors(words, output, tested_one.mutants, files)
        elif mutants:
            words.print(f"{report.file}: no mutants were tried: first the tests must pass", style="yellow")


def _updated(words: Console, tested_one: _Tested) -> None:
    """The golden files that were rewritten, and what differed in the cases that hold since then."""
    if tested_one.before is None:
        return
    for was, case in zip(tested_one.before.results, tested_one.cases.results, strict=True):
        if case.passed and not was.passed:
            words.print(f"{case.place}: updated: {case.name}", style="yellow")
            for difference in was.differs:
                words.print(f"    {difference}")
    for name in tested_one.before.golden:
        words.print(f"written: {name}")


def _survivors(words: Console, output: Output, report: MutantsReport, files: Mapping[str, bytes]) -> None:
    """One line a place; rows of a table that no test asks for, one line a table."""
    unasked = [one for one in report.survivors if not one.touched and one.place.file.endswith(".csv")]
    rest = [one for one in report.survivors if one.touched or not one.place.file.endswith(".csv")]
    for place, found in groupby(rest, key=lambda one: one.place):
        what = "; ".join(dict.fromkeys(_said(one) for one in found))
        words.print(f"{place}: no test notices: {what}", style="yellow")
    for file, rows in groupby(unasked, key=lambda one: one.place.file):
        lines = ", ".join(str(line) for line in dict.fromkeys(one.place.line for one in rows))
        words.print(f"{file}: no test asks for the rows in lines {lines}", style="yellow")
    output.faults(report.faults, files)
    percent = 100 if not report.mutants else report.killed * 100 // report.mutants
    words.print(f"{report.killed} of {report.mutants} mutants killed ({percent}%)")


def _said(survivor: Survivor) -> str:
    return survivor.what if survivor.touched else f"{survivor.what} (no test gets here)"
