"""`gateway demo`: the whole deployment on the embedded default, with simulated agencies and partners, told in words."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from gateway import telemetry
from gateway.app import JOURNAL_KEY, LOG_KEY, RECEIPT_KEY, journal_path, receipt_key_id
from gateway.cli.manifest import Manifest, read_manifest
from gateway.cli.options import AsJson, Config, NoColor
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.rehearsal import Rehearsal, Rehearsed
from gateway.custody.fsck import Report, check_ledger
from gateway.custody.leaf import read_leaf
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.shipped import shipped
from gateway.errors import Fault, Place
from gateway.governance.gate import TEST
from gateway.journal.read import ItemView, JournalReader, MessageView
from gateway.names import NO_PARTNER, AgencyId, ItemId, ItemKind, MessageId, SourceKey, State, Status
from gateway.pipeline import CONFLICT

__all__ = ["demo"]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the journal says after the rehearsal."""

    messages: tuple[MessageView, ...]
    accounts: dict[ItemId, dict[str, Any]]
    """Account of each item to a partner, by item."""
    keys: dict[tuple[str, str], list[MessageId]]
    """The messages that came under (agency, message id)."""
    receipts: int
    repeated: int
    report: Report


def demo(
    config: Config = Path(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Run the demo deployment from end to end; it stops by itself. Example: gateway demo"""
    output = Output(as_json=as_json, color=not no_color)
    chosen = config if config != Path() else shipped("deploy/demo") / "gateway.yaml"
    samples = chosen.resolve().parent / "samples"
    manifest = read_manifest(samples)
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder, (Path(folder) / "log.jsonl").open("w") as log:
        telemetry.set_up(log)
        deployment = open_deployment(chosen, data=Path(folder) / "var")
        rehearsal = Rehearsal(deployment, Path(folder), manifest, samples)
        with Progress(
            TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), console=output.aside, transient=True
        ) as bar:
            task = bar.add_task("publishing", total=len(manifest.samples))
            rehearsed = asyncio.run(rehearsal.run(lambda done, _all: bar.update(task, completed=done)))
        told = _told(deployment, manifest)
    surprises = _surprises(manifest, told, _testing(deployment))
    output.result(
        _document(deployment, rehearsed, told, surprises),
        lambda words: _words(words, output, deployment, rehearsed, told, surprises),
    )
    raise typer.Exit(Exit.GOOD if told.report.verified and not surprises else Exit.FINDINGS)


def _told(deployment: Deployment, manifest: Manifest) -> _Told:
    ring, domain = deployment.keys, deployment.settings.domain
    with JournalReader(journal_path(deployment.data), ring.derive(JOURNAL_KEY)) as reader:
        rows = reader.messages(limit=10_000)
        found = [reader.message(row.message) for row in reversed(rows)]
        messages = tuple(view for view in found if view is not None)
        accounts = {
            item.item: orjson.loads(account)
            for view in messages
            for item in view.items
            if (account := reader.account(item.item))
        }
        keys = {
            (sample.agency, sample.key): reader.find(AgencyId(sample.agency), SourceKey(sample.key))
            for sample in manifest.samples
        }
        receipts = sum(total.items for total in reader.totals() if total.kind is ItemKind.RECEIPT)
        ledger = reader.ledger()
        facts = [read_leaf(data) for origin in ledger.origins() for _, data, _ in ledger.leaves(origin)]
        repeated = sum(fact is not None and fact["type"] == "duplicate" for fact in facts)
        report = check_ledger(
            reader.ledger(),
            log_keys=[ring.signer(LOG_KEY, domain).public()],
            receipt_keys={receipt_key_id(domain): ring.signer(RECEIPT_KEY, domain).public()},
        )
    return _Told(messages, accounts, keys, receipts, repeated, report)


def _items(told: _Told, partner: str) -> list[ItemView]:
    return [item for view in told.messages for item in view.items if item.partner == partner]


def _state_of(view: MessageView) -> str:
    """accepted, refused or quarantined: what was said of the message itself, before any partner."""
    nobody = [item for item in view.items if item.partner == NO_PARTNER]
    return nobody[0].state.word if nobody else "accepted"


def _withheld(told: _Told, partner: str) -> dict[str, int]:
    """Field values that a partner did not get, or not in full, by the rule that decided."""
    counts: dict[str, int] = {}
    for item in _items(told, partner):
        for leaf in told.accounts.get(item.item, {}).get("items", ()):
            if leaf["level"] not in {"full", "keep"} or leaf["fate"] != "sent":
                for rule in leaf["rules"] or ["default"]:
                    counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items()))


def _withheld_total(told: _Told, partner: str) -> int:
    return sum(
        1
        for item in _items(told, partner)
        for leaf in told.accounts.get(item.item, {}).get("items", ())
        if leaf["level"] != "keep" and (leaf["level"] != "full" or leaf["fate"] != "sent")
    )


def _testing(deployment: Deployment) -> frozenset[str]:
    """Partners that get exercises and tests only."""
    partners = deployment.plan.policy.decisions.partners.values()
    return frozenset(partner.id for partner in partners if partner.status == TEST)


def _surprises(manifest: Manifest, told: _Told, testing: frozenset[str]) -> list[Fault]:
    """Where the run differs from what the manifest promises, by the sender's own message id."""
    surprises = []
    for number, sample in enumerate(manifest.samples, 1):
        expected = sample.expected
        if expected.outcome in {"duplicate", "conflict"}:
            continue
        views = [view for view in told.messages if view.row.message in told.keys.get((sample.agency, sample.key), ())]
        said = {_state_of(view) for view in views}
        found = next((word for word in ("refused", "quarantined", "accepted") if word in said), "lost")
        place = Place(file="samples/manifest.yaml", path=f"samples[{number - 1}]")
        if found != expected.outcome:
            surprises.append(_differs(f"the message is {found}, {expected.outcome} was expected", place))
        real = any(view.row.status == Status.ACTUAL for view in views)
        for partner, stated in expected.partners.items():
            wanted = State.WITHHELD.word if real and partner in testing else stated
            states = [item.state for view in views for item in view.items if item.partner == partner]
            best = min(states, default=State.UNKNOWN).word
            if best != wanted:
                surprises.append(_differs(f"for {partner} it is {best}, {wanted} was expected", place))
    quarantined = sum(_state_of(view) == "quarantined" and _conflicting(view) for view in told.messages)
    conflicts = sum(sample.expected.outcome == "conflict" for sample in manifest.samples)
    if quarantined != conflicts:
        surprises.append(_differs(f"{quarantined} conflicts were kept, {conflicts} were expected", Place()))
    return surprises


def _differs(message: str, place: Place) -> Fault:
    return Fault("CFG-060", message, place, "compare samples/manifest.yaml with the mapping and the policy")


def _conflicting(view: MessageView) -> bool:
    return any(fault.code == CONFLICT.code for fault in view.faults)


def _document(deployment: Deployment, rehearsed: Rehearsed, told: _Told, surprises: list[Fault]) -> dict[str, Any]:
    states = [_state_of(view) for view in told.messages]
    partners = list(deployment.plan.routes)
    return {
        "published": rehearsed.published,
        "accepted": states.count("accepted"),
        "refused": states.count("refused"),
        "quarantined": states.count("quarantined"),
        "delivered": {
            partner: sum(item.state is State.DELIVERED for item in _items(told, partner)) for partner in partners
        },
        "withheld": {
            partner: sum(item.state is State.WITHHELD for item in _items(told, partner)) for partner in partners
        },
        "withheld_items": {partner: _withheld_total(told, partner) for partner in partners},
        "withheld_by_rule": {partner: _withheld(told, partner) for partner in partners},
        "stored_by_partner": {partner: len(box.stored) for partner, box in rehearsed.mailboxes.items()},
        "quarantine": [
            {
                "message": view.row.message,
                "agency": view.row.agency,
                "faults": [fault_json(each) for each in view.faults],
            }
            for view in told.messages
            if _state_of(view) == "quarantined"
        ],
        "repeated": told.repeated,
        "receipts": told.receipts,
        "ledger": {"entries": told.report.entries, "verified": told.report.verified},
        "activation": {
            "version": rehearsed.signed.version,
            "signed_by": list(rehearsed.signed.people),
            "leaf": rehearsed.signed.activation.hash,
        },
        "surprises": [fault_json(fault) for fault in surprises],
        "seconds": round(rehearsed.seconds, 3),
    }


def _words(
    words: Console,
    output: Output,
    deployment: Deployment,
    rehearsed: Rehearsed,
    told: _Told,
    surprises: list[Fault],
) -> None:
    people = " and ".join(rehearsed.signed.people)
    words.print(
        f"Version {rehearsed.signed.version} of the policy was signed by {people}, two persons with throw-away keys,"
    )
    words.print("and activated: its leaf is in the governance log. Without that the gateway would not have started.")
    if testing := _testing(deployment):
        words.print(f"Partners of status test get exercises and tests only: {', '.join(sorted(testing))}")
    states = [_state_of(view) for view in told.messages]
    words.print(
        f"{rehearsed.published} messages published: {states.count('accepted')} accepted,"
        f" {states.count('refused')} refused, {states.count('quarantined')} quarantined"
        f" ({told.repeated} repetitions recognised)"
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("partner", "delivered", "withheld", "values withheld or coarsened", "by rule"):
        table.add_column(heading)
    for partner in deployment.plan.routes:
        items = _items(told, partner)
        rules = ", ".join(f"{rule} {count}" for rule, count in _withheld(told, partner).items())
        table.add_row(
            partner,
            str(sum(item.state is State.DELIVERED for item in items)),
            str(sum(item.state is State.WITHHELD for item in items)),
            str(_withheld_total(told, partner)),
            rules,
        )
    words.print(table)
    for view in told.messages:
        if _state_of(view) != "accepted":
            words.print(f"{_state_of(view)}: a message of {view.row.agency}")
            output.faults(view.faults)
    verified = "verifies" if told.report.verified else "does NOT verify"
    words.print(f"{told.receipts} receipts; the ledger has {told.report.entries} entries and {verified}")
    output.faults([*told.report.faults, *surprises])
    words.print(f"{rehearsed.seconds:.1f} s. Next: gateway try FILE --agency AGENCY, gateway init my-gateway")
