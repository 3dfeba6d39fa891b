"""`gateway policy`: the officer's files are checked, their tests run, and the catalogue of fields shown."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import PlanFile, read_plan
from gateway.errors import Fault, Severity
from gateway.exchange.catalogue import Catalogue
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.render import catalogue_json
from gateway.policy.cases import CasesReport, run_cases
from gateway.policy.compile import CompiledPolicy, compile_policy
from gateway.policy.language import DecisionSet
from gateway.policy.load import load_decision_set

__all__ = ["app", "catalogue", "check", "policy_tests", "run_tests"]

app = typer.Typer(name="policy", help="What partners may get: check, test, look up.", no_args_is_help=True)


@app.command()
def check(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Check the policy, register, vocabulary and catalogue, and run the tests. Example: gateway policy check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = _decisions(plan, files, exchange)
    report = policy_tests(plan, files, compile_policy(decisions))
    faults = [*decisions.warnings, *report.faults]
    errors = sum(fault.severity is Severity.ERROR for fault in faults)
    document = {
        "policy": decisions.policy.name,
        "version": decisions.policy.version,
        "digest": decisions.digest,
        "rules": len(decisions.policy.rules),
        "promises": [{"id": promise.id, "proved": False} for promise in decisions.policy.promises],
        "partners": sorted(decisions.partners),
        "tests": {"passed": report.passed, "failed": len(report.results) - report.passed},
        "faults": [fault_json(fault) for fault in faults],
    }
    output.result(document, lambda words: _words(words, output, document, faults, files))
    raise typer.Exit(Exit.FINDINGS if errors else Exit.GOOD)


@app.command("test")
def run_tests(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Run the tests beside the policy. Example: gateway policy test --json"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    report = policy_tests(plan, files, compile_policy(_decisions(plan, files, exchange)))
    document = {
        "passed": report.passed,
        "failed": len(report.results) - report.passed,
        "cases": [{"id": case.id, "passed": case.passed, "differs": case.differs} for case in report.results],
        "faults": [fault_json(fault) for fault in report.faults],
    }
    output.result(document, lambda words: _results(words, output, report, files))
    raise typer.Exit(Exit.GOOD if report.passed == len(report.results) else Exit.FINDINGS)


@app.command()
def catalogue(
    check_: Annotated[bool, typer.Option("--check", help="Fail if catalogue.json is out of date.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show every field that can exist, with class, ladder and marks. Example: gateway policy catalogue --check"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    stored = files.get(f"{plan.exchange}/catalogue.json", b"")
    same = stored == catalogue_json(exchange.version, exchange.catalogue)
    found = exchange.catalogue
    output.result({"current": same, "fields": _fields(found)}, lambda words: _table(words, found))
    if check_ and not same:
        fix = "run schemas/exchange/generate.py and review the difference like a policy"
        output.faults([Fault("POL-070", "catalogue.json is not what the schemas give", fix=fix)])
        raise typer.Exit(Exit.FINDINGS)
    raise typer.Exit(Exit.GOOD)


def policy_tests(plan: PlanFile, files: Mapping[str, bytes], policy: CompiledPolicy) -> CasesReport:
    """Run `NAME.tests.yaml` beside `NAME.policy.yaml`. Raises DefinitionRefused (CFG-001) if there is none."""
    path = PurePosixPath(plan.policy.policy)
    return run_cases(files, str(path.with_name(path.name.replace(".policy.yaml", ".tests.yaml"))), policy)


def _decisions(plan: PlanFile, files: dict[str, bytes], exchange: ExchangeFormat) -> DecisionSet:
    return load_decision_set(files, plan.policy.policy, plan.policy.partners, plan.policy.vocabulary, exchange)


def _words(
    words: Console, output: Output, document: dict[str, Any], faults: list[Fault], files: dict[str, bytes]
) -> None:
    output.faults(faults, files)
    tests = document["tests"]
    named = f"{document['policy']} version {document['version']}"
    words.print(f"{named}: {document['rules']} rules, digest {document['digest']}")
    words.print(f"tests: {tests['passed']} passed, {tests['failed']} failed")
    words.print(f"promises: {len(document['promises'])} stated, not yet proved by this version of the gateway")


def _results(words: Console, output: Output, report: CasesReport, files: dict[str, bytes]) -> None:
    output.faults(report.faults, files)
    words.print(f"{report.passed} of {len(report.results)} tests passed")


def _fields(found: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "field": row.field,
            "class": row.data_class,
            "ladder": row.ladder,
            "special": row.special,
            "free_text": row.free_text,
            "follows": list(row.follows),
        }
        for row in found.fields.values()
    ]


def _table(words: Console, found: Catalogue) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "class", "ladder", "marks"):
        table.add_column(heading)
    for row in found.fields.values():
        marks = " ".join(word for word, is_set in (("special", row.special), ("free-text", row.free_text)) if is_set)
        table.add_row(row.field, row.data_class, row.ladder, marks)
    words.print(table)
