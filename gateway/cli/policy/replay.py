"""`gateway policy replay`: what a draft would have done with what was really decided."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import decision_set
from gateway.cli.store import open_store
from gateway.deployment import read_plan
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.names import MessageId
from gateway.policy.language import DecisionSet
from gateway.policy.replay import PartnerReplay, Recorded, Replay, Replayed, read_recorded

__all__ = ["replay"]

_SINCE = re.compile(r"([1-9][0-9]{0,3})d")
_LIMITS = "A replay shows what was usual, not what is possible: prove the draft as well (`gateway policy prove`)."


def replay(
    draft: Annotated[Path, typer.Argument(help="The draft: a deployment's gateway.yaml, or a *.policy.yaml alone.")],
    since: Annotated[str, typer.Option(help="How far back, in days: 90d.")] = "90d",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Decide recorded cases again under a draft. Example: gateway policy replay draft.policy.yaml --since 90d"""
    output = Output(as_json=as_json, color=not no_color)
    first = _first_moment(since)
    decisions = _draft(draft, config)
    passed_over: list[MessageId] = []
    with open_store(config) as (reader, _, _):
        accounts = output.progress(reader.accounts(first), "deciding again")
        replayed = Replay(decisions).run(_recorded(accounts, decisions, passed_over))
    without = len(passed_over)
    document = {
        "draft": {"policy": decisions.policy.name, "version": decisions.policy.version, "digest": decisions.digest},
        "since": first,
        "decisions": replayed.decisions,
        "items": replayed.items,
        "decisions_without_facts": without,
        "partners": {name: _plain(each) for name, each in replayed.partners.items()},
        "limits": _LIMITS,
    }
    output.result(document, lambda words: _words(words, replayed, without))
    raise typer.Exit(Exit.FINDINGS if replayed.discloses_more else Exit.GOOD)


def _first_moment(since: str) -> str:
    found = _SINCE.fullmatch(since)
    if not found:
        raise DefinitionRefused(Fault("CFG-061", "--since is not a number of days", fix="write it like 90d"))
    return (datetime.now(UTC) - timedelta(days=int(found[1]))).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _draft(draft: Path, config: Path) -> DecisionSet:
    """The decision set of another deployment, or this one's with another policy file."""
    if not draft.exists():
        fix = "name a gateway.yaml, or a policy file that ends with .policy.yaml"
        raise DefinitionRefused(Fault("CFG-001", "there is no such draft", Place(file=draft.name), fix))
    if not draft.name.endswith(".policy.yaml"):
        return decision_set(*read_plan(draft / "gateway.yaml" if draft.is_dir() else draft))
    plan, files, exchange = read_plan(config)
    return decision_set(plan, {**files, plan.policy.policy: draft.read_bytes()}, exchange)


def _recorded(
    accounts: Iterable[tuple[MessageId, str, bytes]], decisions: DecisionSet, passed_over: list[MessageId]
) -> Iterator[Recorded]:
    """Every decision with its cases, one after the other; what was recorded without is noted and passed over."""
    for message, taken_at, account in accounts:
        try:
            yield read_recorded(message, taken_at, account, decisions.catalogue)
        except (KeyError, TypeError, ValueError):
            passed_over.append(message)


def _plain(each: PartnerReplay) -> dict[str, Any]:
    return {
        "newly_disclosed": dict(each.disclosed.most_common()),
        "because_of": dict(each.because.most_common()),
        "in_messages": len(each.messages_with_more),
        "newly_withheld": dict(each.withheld.most_common()),
        "from_messages": len(each.messages_with_less),
        "held_back": sorted(each.held_back),
        "let_go": sorted(each.let_go),
    }


def _words(words: Console, replayed: Replayed, without: int) -> None:
    words.print(f"{replayed.decisions} decisions about {replayed.items} items were decided again.")
    if without:
        words.print(f"{without} older decisions have no recorded cases and were passed over.")
    for name, each in replayed.partners.items():
        if not (each.disclosed or each.withheld or each.held_back or each.let_go):
            words.print(f"{name}: nothing would have been different")
            continue
        more, less = each.disclosed.total(), each.withheld.total()
        words.print(f"{name}:")
        if more:
            rules = ", ".join(rule for rule, _ in each.because.most_common(5))
            fields = ", ".join(field for field, _ in each.disclosed.most_common(5))
            words.print(f"  would newly disclose {more} items of {len(each.messages_with_more)} messages ({rules})")
            words.print(f"    most of all: {fields}")
        if less:
            words.print(f"  would newly withhold {less} items of {len(each.messages_with_less)} messages")
        if each.held_back:
            words.print(f"  would have held back {len(each.held_back)} messages as a whole")
        if each.let_go:
            words.print(f"  would have sent something of {len(each.let_go)} messages that were held back")
    words.print(_LIMITS)
