"""`gateway policy explain`: for each field what a partner gets, which rule decided, what would change it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import decision_set
from gateway.cli.store import open_store
from gateway.cli.views import explained
from gateway.deployment import read_plan
from gateway.document.json_codec import read_json
from gateway.document.tree import JsonObject
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.validate import validate
from gateway.journal.read import JournalReader
from gateway.names import MessageId, PartnerId
from gateway.policy.asked import Asked, asked_case, asked_circumstances
from gateway.policy.compile import compile_policy
from gateway.policy.explain import explain as explain_case
from gateway.policy.explain import plain_explanation
from gateway.policy.language import Case, DecisionSet
from gateway.policy.replay import read_recorded

__all__ = ["explain"]

_Items = list[dict[str, Any]]
_Words = list[str] | None


def explain(
    message: Annotated[str, typer.Argument(help="A message: its id, or a file in the exchange format.")] = "",
    partner: Annotated[str, typer.Option("--partner", "-p", help="Whose copy to explain.")] = "",
    field: Annotated[str, typer.Option(help="Instead of a message: a field, such as person.names.full.")] = "",
    about: Annotated[_Words, typer.Option(help="Roles and statuses; may be repeated.")] = None,
    purpose: Annotated[str, typer.Option("--for", help="The purpose.")] = "",
    marked: Annotated[_Words, typer.Option(help="Marks; may be repeated.")] = None,
    classified: Annotated[str, typer.Option(help="The classification; the highest if left out.")] = "",
    information: Annotated[str, typer.Option(help="fact or assessment.")] = "",
    origin: Annotated[str, typer.Option(help="Whose data: ours, the receiver's own, third party.")] = "",
    granted: Annotated[_Words, typer.Option(help="Permissions on record; may be repeated.")] = None,
    on: Annotated[str, typer.Option(help="The day on which it is taken; the policy's first if left out.")] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say what a partner gets of a message or case, why, and what would change it.

    Example: gateway policy explain --field person.names.full --about victim --for serious-crime --partner qs-bureau
    """
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    asked = Asked(
        field=field,
        partner=partner,
        purpose=purpose,
        about=(*(about or ()),),
        marked=(*(marked or ()),),
        classified=classified,
        information=information,
        origin=origin,
        granted=(*(granted or ()),),
        on=on,
    )
    if partner not in decisions.partners:
        fix = f"one of: {', '.join(decisions.partners)}"
        raise DefinitionRefused(Fault("CFG-048", "the register has no such partner", fix=fix))
    if field and purpose and not message:
        items = [_answer(field, decisions, asked_case(decisions, asked))]
    elif message and Path(message).is_file():
        items = _of_file(Path(message), decisions, plan.home, asked)
    elif message:
        items = _of_stored(message, config, decisions, PartnerId(partner))
    else:
        fix = "name a message, or --field and --for"
        raise DefinitionRefused(Fault("POL-072", "there is nothing to explain", fix=fix))
    document = {"partner": partner, "digest": decisions.digest, "items": items}
    output.result(document, lambda words: _words(words, partner, items))
    raise typer.Exit(Exit.GOOD)


def _answer(path: str, decisions: DecisionSet, case: Case) -> dict[str, Any]:
    found = explain_case(decisions, case)
    return {"path": path, "field": case.field, "level": found.level, "explanation": plain_explanation(found)}


def _of_file(file: Path, decisions: DecisionSet, home: str, asked: Asked) -> _Items:
    """What the partner would get of a message in the exchange format."""
    message = read_json(file.read_bytes())
    faults = validate(message, decisions.exchange) if isinstance(message, dict) else ()
    if not isinstance(message, dict) or faults:
        why = f": {faults[0].message}" if faults else ""
        fix = "give a message in the exchange format; `gateway try` reads an agency's own"
        raise DefinitionRefused(
            Fault("POL-072", f"this is no message of the exchange format{why}", Place(str(file)), fix)
        )
    policy = compile_policy(decisions)
    circumstances = asked_circumstances(decisions, message, home, asked)
    disclosure = policy.disclose(message, PartnerId(asked.partner), circumstances)
    return [*_lines(policy.account(disclosure), [*disclosure.reasons])]


def _lines(account: list[Any], reasons: list[str]) -> Iterator[dict[str, Any]]:
    for line in account:
        told: JsonObject = {key: line[key] for key in ("path", "field", "level", "fate")}
        if "why" in line:
            explanation = {key: line[key] for key in ("why", "ground", "near", "also") if key in line}
            yield {**told, "explanation": explanation, "reasons": reasons}


def _of_stored(message: str, config: Path, decisions: DecisionSet, partner: PartnerId) -> _Items:
    """Decide the recorded cases of a stored message under the policy as it is now; `was` is what was decided then."""
    with open_store(config) as (reader, _, _):
        account, taken_at = _account(reader, message, partner)
    recorded = read_recorded(MessageId(message), taken_at, account, decisions.catalogue)
    seen_as = decisions.register.at(partner, taken_at[:10])
    return [
        _answer(each.path, decisions, replace(each.case, partner=seen_as)) | {"was": each.level}
        for each in recorded.items
        if each.case.field in decisions.catalogue.fields
    ]


def _account(reader: JournalReader, message: str, partner: PartnerId) -> tuple[bytes, str]:
    view = reader.message(MessageId(message))
    if view is None:
        fix = "copy the id from `gateway message list`"
        raise DefinitionRefused(Fault("CFG-043", "this journal has no message with this id", fix=fix))
    accounts = [account for item in view.items if item.partner == partner and (account := reader.account(item.item))]
    if not accounts:
        fix = "`gateway message show` lists the partners"
        raise DefinitionRefused(Fault("CFG-042", "nothing was decided about this partner", fix=fix))
    return accounts[0], view.row.taken_at


def _words(words: Console, partner: str, items: _Items) -> None:
    changed: list[Mapping[str, Any]] = [item for item in items if item.get("was", item["level"]) != item["level"]]
    words.print(f"{partner}: {len(items)} fields that rules decide")
    explained(words, [(item["path"], item["level"], item["explanation"]) for item in items])
    if changed:
        words.print(f"\n{len(changed)} of them were decided otherwise then: gateway message why")
