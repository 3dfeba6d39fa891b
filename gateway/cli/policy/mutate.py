"""`gateway policy mutate`: which slips in the policy its promises and tests would catch."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import add_drafts, decision_set, tests_file
from gateway.deployment import read_plan
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.policy.language import DecisionSet
from gateway.policy.mutate.score import Fate, Judged, Score, score
from gateway.policy.prove.drafts import Draft
from gateway.policy.prove.verdict import case_words

__all__ = ["mutate"]


def mutate(
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only slips in this rule; may be repeated.")] = None,
    at_least: Annotated[int, typer.Option("--at-least", min=0, max=100, help="The percentage to be caught.")] = 90,
    draft_tests: Annotated[
        Path | None, typer.Option("--draft-tests", help="Add a test for each slip that nothing catches to this file.")
    ] = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Make one slip at a time and see what catches it. Example: gateway policy mutate --rule S3 --at-least 20"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    _known(rule or [], decisions)

    def shown(judged: Iterator[Judged], total: int) -> Iterable[Judged]:
        return output.progress(judged, "slipping", total)

    found = score(decisions, files, tests_file(plan), rule or [], shown)
    drafts = add_drafts(draft_tests, decisions, [*_drafts(found)])
    document = {
        "policy": decisions.policy.name,
        "version": decisions.policy.version,
        "percent": found.percent,
        "at_least": at_least,
        **{fate.value: [_plain(one) for one in found.of(fate)] for fate in Fate},
        "never_decisive": list(found.safety_nets),
        "draft_tests": list(drafts),
    }
    output.result(document, lambda words: _words(words, found, at_least, drafts))
    raise typer.Exit(Exit.GOOD if found.percent >= at_least else Exit.FINDINGS)


def _known(named: list[str], decisions: DecisionSet) -> None:
    rules = [rule.id for rule in decisions.policy.rules if not rule.built_in]
    for name in named:
        if name not in rules:
            fix = f"one of: {', '.join(rules)}"
            raise DefinitionRefused(
                Fault("CFG-062", "the policy has no such rule", Place(decisions.policy.source), fix)
            )


def _drafts(found: Score) -> Iterator[Draft]:
    """One test for each case in which a slip would show; slips that show in the same case need one test only."""
    seen = set()
    for one in found.of(Fate.SURVIVES):
        if one.differs is not None and one.meant != one.slipped and one.differs not in seen:
            seen.add(one.differs)
            note = f"catches: {one.mutant.rule}, {one.mutant.change}"
            yield Draft(f"{one.mutant.rule}-slip", one.differs, one.meant, note)


def _plain(one: Judged) -> dict[str, Any]:
    told = {"rule": one.mutant.rule, "change": one.mutant.change, "line": one.mutant.place.line}
    if one.caught_by:
        told["caught_by"] = one.caught_by
    if one.differs is not None:
        told |= {"case": case_words(one.differs), "meant": one.meant, "slipped": one.slipped}
    return told


def _words(words: Console, found: Score, at_least: int, drafts: tuple[str, ...]) -> None:
    for one in found.of(Fate.SURVIVES):
        words.print(f"{one.mutant.place}: {one.mutant.rule}: {one.mutant.change}", style="yellow")
        if one.differs is not None:
            words.print(f"    {case_words(one.differs)}: {one.slipped} instead of {one.meant}")
    for name in found.safety_nets:
        words.print(f"{name} is a safety net: without it nothing would be different today")
    caught, survive = len(found.of(Fate.CAUGHT)), len(found.of(Fate.SURVIVES))
    words.print(f"{caught} of {caught + survive} slips are caught ({found.percent} %, wanted {at_least} %).")
    for test in drafts:
        words.print(f"added test {test}")
    if survive and not drafts:
        words.print("Draft tests for the others: --draft-tests FILE; read each before you keep it.")
