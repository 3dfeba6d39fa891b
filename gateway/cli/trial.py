"""`gateway try`: the real corridor on one file; nothing is sent, nothing is stored."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.lineage import Walked, lineage_json, lineage_words, walked
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment import Deployment, open_deployment, read_plan
from gateway.errors import DefinitionRefused, Fault, Severity
from gateway.mapping.load.mapping import load_mapping
from gateway.names import NO_PARTNER, AgencyId, PartnerId, SourceKey, State
from gateway.outcome import Item, MessageOutcome, Outcome, Received, SourceFile
from gateway.pipeline import run
from gateway.system import SystemClock

__all__ = ["source_files", "trial"]


def trial(
    file: Annotated[Path, typer.Argument(exists=True, help="The file, or a folder for a set of files.")],
    agency: Annotated[str, typer.Option("--agency", "-a", help="As whose message it is read.")],
    partner: Annotated[str, typer.Option("--partner", "-p", help="Show this partner's copy only.")] = "",
    key: Annotated[str, typer.Option(help="The sender's message id.")] = "try",
    lineage: Annotated[bool, typer.Option("--lineage", help="Say for every field where it came from.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Map, check, decide, explain one file. Example: gateway try notice.xml --agency qm-police --partner qs-bureau"""
    output = Output(as_json=as_json, color=not no_color)
    with tempfile.TemporaryDirectory(prefix="gateway-try-") as folder:
        deployment = open_deployment(config, data=Path(folder), engine="interpreted", tests=False)
    _known(deployment, agency, partner)
    clock = SystemClock()
    received = Received(AgencyId(agency), SourceKey(key), source_files(file), clock.now(), clock.randomness(32))
    outcome = run(received, deployment.plan)
    partners = [PartnerId(partner)] if partner else list(deployment.plan.routes)
    shown = _document(outcome, partners) | {"ignored": _ignored(config, agency)}
    ways = walked(received, deployment, partners if partner else ()) if lineage else []
    if lineage:
        shown["lineage"] = [lineage_json(way) for way in ways]
    output.result(shown, lambda words: _words(words, output, outcome, partners, ways))
    good = outcome.state in {State.PENDING, State.WITHHELD}
    raise typer.Exit(Exit.GOOD if good else Exit.FINDINGS)


def source_files(file: Path) -> tuple[SourceFile, ...]:
    """One file, or the files of a folder in the order of their names."""
    if not file.is_dir():
        return (SourceFile(file.read_bytes(), file.name),)
    return tuple(SourceFile(path.read_bytes(), path.name) for path in sorted(file.iterdir()) if path.is_file())


def _known(deployment: Deployment, agency: str, partner: str) -> None:
    for kind, name, known in (
        ("agency", agency, deployment.plan.channels),
        ("partner", partner, deployment.plan.routes),
    ):
        if name and name not in known:
            raise DefinitionRefused(Fault("CFG-048", f"the plan has no such {kind}", fix=f"one of: {', '.join(known)}"))


def _ignored(config: Path, agency: str) -> list[dict[str, str]]:
    """What the agency's mappings leave out of the source, and why; with a condition, only where it holds."""
    plan, files, _ = read_plan(config)
    return [
        {
            "mapping": path,
            "field": entry.path.text,
            "why": entry.why.text,
            "scope": "everywhere" if entry.where is None else "where a condition holds",
        }
        for path in plan.agencies[agency].mappings
        for entry in load_mapping(path, files).ignore
    ]


def _document(outcome: Outcome, partners: list[PartnerId]) -> dict[str, Any]:
    states = Counter(_said(message) for message in outcome.messages)
    messages = [orjson.loads(message.exchange) for message in outcome.messages if message.exchange is not None]
    return {
        "outcome": _overall(outcome),
        "records": len(outcome.messages),
        "counts": {"messages": states["accepted"], "quarantined": states["quarantined"], "refused": states["refused"]},
        "quarantined": {"count": states["quarantined"], "reasons": _reasons(outcome, "quarantined")},
        "refused": {"count": states["refused"], "reasons": _reasons(outcome, "refused")},
        "messages": messages,
        "disclosed": {partner: [_disclosed(item) for item in _items(outcome, partner)] for partner in partners},
        "why": {partner: [_why(item) for item in _items(outcome, partner)] for partner in partners},
        "faults": [
            fault_json(fault) | {"part": message.part} for message in outcome.messages for fault in message.faults
        ],
        "plan": outcome.plan,
    }


def _overall(outcome: Outcome) -> str:
    """The worst that was said of a message: accepted, quarantined or refused."""
    said = {_said(message) for message in outcome.messages}
    return next((word for word in ("refused", "quarantined") if word in said), "accepted")


def _said(message: MessageOutcome) -> str:
    nobody = [item for item in message.items if item.partner == NO_PARTNER]
    return nobody[0].state.word if nobody else "accepted"


def _reasons(outcome: Outcome, said: str) -> dict[str, int]:
    """How many messages have each code of an error."""
    counts: Counter[str] = Counter()
    for message in outcome.messages:
        if _said(message) == said:
            counts.update({fault.code for fault in message.faults if fault.severity is Severity.ERROR} or {"SYS-001"})
    return dict(sorted(counts.items()))


def _items(outcome: Outcome, partner: PartnerId) -> list[Item]:
    return [item for message in outcome.messages for item in message.items if item.partner == partner]


def _disclosed(item: Item) -> dict[str, Any]:
    shown: dict[str, Any] = {"item": item.item, "state": "send" if item.state is State.PENDING else item.state.word}
    if item.payload is None:
        return shown | {"reasons": list(item.reasons)}
    text = item.payload.decode("utf-8", "replace")
    is_json = "json" in item.media_type
    return shown | {"media_type": item.media_type, "payload": orjson.loads(item.payload) if is_json else text}


def _why(item: Item) -> dict[str, Any]:
    told = orjson.loads(item.account) if item.account else {"outcome": item.state.word, "items": []}
    return {"item": item.item, "reasons": list(item.reasons)} | told


def _words(words: Console, output: Output, outcome: Outcome, partners: list[PartnerId], ways: list[Walked]) -> None:
    states = Counter(_said(message) for message in outcome.messages)
    words.print(f"{len(outcome.messages)} records: " + ", ".join(f"{count} {word}" for word, count in states.items()))
    for message in outcome.messages[:20]:
        words.print(f"message {message.part or '-'}: {_said(message)} {message.kind} {message.status.value}")
        output.faults(message.faults)
    for partner in partners:
        for item in _items(outcome, partner)[:20]:
            _copy(words, partner, item)
    for way in ways[:20]:
        words.print()
        lineage_words(words, way)
    if len(outcome.messages) > 20:
        words.print("… the first 20 are shown; --json gives all")


def _copy(words: Console, partner: PartnerId, item: Item) -> None:
    state = "would be sent" if item.state is State.PENDING else item.state.word
    words.print(f"\n{partner}: {state}" + (f" ({', '.join(item.reasons)})" if item.reasons else ""))
    if not item.account:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "level", "what became of it", "rules"):
        table.add_column(heading)
    for leaf in orjson.loads(item.account)["items"]:
        table.add_row(leaf["path"], leaf["level"], leaf["fate"], ", ".join(leaf["rules"]))
    words.print(table)
