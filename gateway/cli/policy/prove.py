"""`gateway policy prove`: every promise, looked at in every case there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import add_drafts, decision_set
from gateway.cli.policy.pages import HtmlFolder, write_pages
from gateway.cli.policy.proving import SECONDS, proved
from gateway.deployment import read_plan
from gateway.policy.compile import compile_policy
from gateway.policy.prove.counterexample import Counterexample, counterexample
from gateway.policy.prove.drafts import drafts_of
from gateway.policy.prove.sheet import LIMITS, plain_sheet, sheet_page, verdict_lines
from gateway.policy.prove.verdict import Outcome, Verdict

__all__ = ["prove"]

_Examples = list[Counterexample | None]


def prove(
    second: Annotated[bool, typer.Option("--second", help="Ask the second prover, too; both must agree.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the proofs may take together.", min=0.0)] = SECONDS,
    draft_tests: Annotated[
        Path | None, typer.Option("--draft-tests", help="Add each counterexample to this file of tests.")
    ] = None,
    html: HtmlFolder = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Prove every promise in every case, or show the smallest that breaks it. Example: gateway policy prove --second"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    policy = compile_policy(decision_set(plan, files, exchange))
    decisions = policy.decisions
    verdicts = proved(policy, output, seconds=seconds, second=second)
    examples: _Examples = [counterexample(policy, verdict) for verdict in verdicts]
    drafts = add_drafts(draft_tests, decisions, drafts_of(decisions, verdicts))
    pages = {"proof.html": sheet_page(decisions, verdicts, examples, second=second)}
    written = write_pages(html, pages)
    document = plain_sheet(decisions, verdicts, examples, blocks=len(policy.function.blocks), second=second)
    document |= {"files": [*written], "draft_tests": [*drafts]}
    output.result(document, lambda words: _words(words, verdicts, examples, document, drafts))
    raise typer.Exit(_exit(verdicts))


def _exit(verdicts: list[Verdict]) -> Exit:
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.UNDECIDED in outcomes:
        return Exit.FAILED
    return Exit.FINDINGS if Outcome.VIOLATED in outcomes else Exit.GOOD


def _words(
    words: Console,
    verdicts: list[Verdict],
    examples: _Examples,
    document: Mapping[str, object],
    drafts: tuple[str, ...],
) -> None:
    colors = {Outcome.HOLDS: "", Outcome.VIOLATED: "bold red", Outcome.UNDECIDED: "bold yellow"}
    for verdict, example in zip(verdicts, examples, strict=True):
        answer, *rest = verdict_lines(verdict, example)
        words.print(answer, style=colors[verdict.outcome])
        for line in rest:
            words.print(line)
    counted = [sum(verdict.outcome is outcome for verdict in verdicts) for outcome in Outcome]
    words.print(f"\n{counted[0]} hold, {counted[1]} fail, {counted[2]} could not be decided.")
    for test in drafts:
        words.print(f"added test {test}")
    words.print(f"decision function {document['decision_function']}")
    words.print("\nWhat no proof can say:")
    for limit in LIMITS:
        words.print(f"  {limit}")
