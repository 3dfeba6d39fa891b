"""Lineage as JSON and as lines, and walking a stored message again: the same words in `try` and `message lineage`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from gateway.cli.store import open_store
from gateway.deployment import Deployment, open_deployment
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, InvariantBroken, Place
from gateway.journal.read import JournalReader, MessageView
from gateway.mapping.run.lineage import How, LineageRecord
from gateway.mapping.run.report import mapping_of, stamped
from gateway.names import MessageId, PartnerId
from gateway.outcome import Received
from gateway.pipeline.lineage import CopyLeaf, MessageLineage, copy_lineage, message_lineages

__all__ = [
    "Walked",
    "copy_json",
    "lineage_json",
    "lineage_words",
    "record_json",
    "record_words",
    "walk_again",
    "walked",
]


@dataclass(frozen=True, slots=True)
class Walked:
    """The lineage of one message, and of the copies of the partners that were asked for."""

    message: MessageLineage
    copies: dict[PartnerId, tuple[CopyLeaf, ...]]


def walked(received: Received, deployment: Deployment, partners: Sequence[PartnerId]) -> list[Walked]:
    """Give the lineage of every message of a delivery; none where it cannot be read, or nobody may have it."""
    plan = deployment.plan
    found: list[Walked] = []
    try:
        for lineage in message_lineages(received, plan):
            header = lineage.whole.get("header")
            complete = isinstance(header, dict) and {"status", "kind", "purpose"} <= header.keys()
            copies = {each: copy_lineage(lineage, each, received, plan) for each in partners} if complete else {}
            found.append(Walked(lineage, copies))
    except DocumentRefused:
        return []
    return found


def walk_again(config: Path, message: MessageId, partner: PartnerId | None) -> Walked:
    """Map a stored message again from its sealed original, and compare the lineage with what was recorded.

    Raises DefinitionRefused: CFG-043 unknown, CFG-080 never mapped, CFG-083 the original is erased, CFG-081 another
    mapping is loaded, CFG-082 another plan (for a partner's copy), CFG-048 no such partner; InvariantBroken (SYS-003)
    if it comes out differently.
    """
    with open_store(config) as (reader, _, _):
        view = reader.message(message)
        if view is None:
            fix = "copy the id from `gateway message list`"
            raise DefinitionRefused(Fault("CFG-043", "this journal has no message with this id", fix=fix))
        recorded = reader.lineage(message) or b""
        received = _received(reader, view)
    if not mapping_of(recorded):
        fix = "`gateway message show` says why it was not mapped"
        raise DefinitionRefused(Fault("CFG-080", "no mapping has made this message, so it has no lineage", fix=fix))
    deployment = open_deployment(config, engine="interpreted", tests=False)
    channel = deployment.plan.channels.get(view.row.agency)
    if mapping_of(recorded) not in {mapping.digest for mapping in (channel.mappings if channel else ())}:
        fix = "load the files with this digest again, and repeat"
        where = Place(file=deployment.settings.plan)
        told = f"the mapping that made this message is not the one that is loaded: {mapping_of(recorded)}"
        raise DefinitionRefused(Fault("CFG-081", told, where, fix))
    _same_plan(deployment, view, partner)
    for one in walked(received, deployment, () if partner is None else (partner,)):
        if one.message.message == message:
            if stamped(one.message.raw, one.message.digest) != recorded:
                raise InvariantBroken(Fault("SYS-003", "a message that was walked again came out differently"))
            return one
    raise DefinitionRefused(
        Fault("CFG-080", "no mapping has made this message, so it has no lineage", fix="see `gateway message show`")
    )


def _received(reader: JournalReader, view: MessageView) -> Received:
    files, key = reader.original(view.row.message), reader.key(view.row.message)
    if not files or key is None:
        fix = "the lineage of an erased message is erased with it"
        raise DefinitionRefused(Fault("CFG-083", "the original of this message is no longer kept", fix=fix))
    # Nothing that is walked again depends on the randomness of its first walk.
    return Received(view.row.agency, key, files, view.row.taken_at, bytes(32), view.row.lane)


def _same_plan(deployment: Deployment, view: MessageView, partner: PartnerId | None) -> None:
    if partner is None:
        return
    if partner not in deployment.plan.routes:
        fix = f"one of: {', '.join(deployment.plan.routes)}"
        raise DefinitionRefused(Fault("CFG-048", "the plan has no such partner", fix=fix))
    if deployment.plan.digest != view.plan:
        fix = "load the files with this digest again, or leave --partner out"
        where = Place(file=deployment.settings.plan)
        told = f"the plan that decided about this copy is not the one that is loaded: {view.plan}"
        raise DefinitionRefused(Fault("CFG-082", told, where, fix))


# -- views ------------------------------------------------------------------------------------------------------------


def lineage_json(found: Walked) -> dict[str, Any]:
    """One message and the copies of it."""
    lineage = found.message
    return {
        "message": lineage.message,
        "part": lineage.part,
        "mapping": lineage.mapping,
        "version": lineage.version,
        "digest": lineage.digest,
        "leaves": [record_json(record) for record in lineage.records],
        "copies": {partner: [copy_json(leaf) for leaf in leaves] for partner, leaves in found.copies.items()},
    }


def record_json(record: LineageRecord) -> dict[str, Any]:
    """One filled leaf: how, by which rule, from which places, through which rows and converters."""
    shown: dict[str, Any] = {"target": record.text, "how": record.how.value}
    for name, place in (("rule", record.rule), ("branch", record.branch)):
        if str(place):
            shown[name] = str(place)
    shown["sources"] = [str(place) for place in record.sources]
    if record.rows:
        shown["rows"] = [{"row": str(row.place), "match": row.match} for row in record.rows]
    if record.converters:
        shown["converters"] = list(record.converters)
    if record.notes:
        shown["notes"] = list(record.notes)
    return shown


def copy_json(leaf: CopyLeaf) -> dict[str, Any]:
    """One leaf of a partner's copy."""
    shown: dict[str, Any] = {"target": leaf.text, "through": list(leaf.through), "levels": list(leaf.levels)}
    if leaf.outbound is not None:
        shown["outbound"] = record_json(leaf.outbound)
    shown["inbound"] = [record_json(record) for record in leaf.inbound]
    return shown


def lineage_words(words: Console, found: Walked) -> None:
    """The message, or each copy, one line a leaf: it can be long, and must stay searchable."""
    lineage = found.message
    words.print(f"message {lineage.part or lineage.message}: {lineage.mapping} {lineage.version} ({lineage.digest})")
    if not found.copies:
        for record in lineage.records:
            words.print(f"{record.text} <- {record_words(record)}")
    for partner, leaves in found.copies.items():
        words.print(f"\n{partner}:" if leaves else f"\n{partner}: gets nothing")
        for leaf in leaves:
            words.print(f"{leaf.text} <- {_copy_told(leaf)}")


def _copy_told(leaf: CopyLeaf) -> str:
    own = [] if leaf.outbound is None else [record_words(leaf.outbound, sources=False)]
    common = [f"{', '.join(leaf.through)} ({', '.join(leaf.levels)})"] if leaf.through else []
    inbound = [record_words(record) for record in leaf.inbound]
    return " <- ".join([*own, *common, *inbound]) or How.GATEWAY.value


def record_words(record: LineageRecord, *, sources: bool = True) -> str:
    """`/Notice/Person[1]/Sex (rule mappings/x.map.yaml:70:7; upper; codes/sex.csv:3 exact)`."""
    parts = [record.how.value + (f" {record.rule}" if record.rule.line else ""), *record.notes, *record.converters]
    parts += [f"{row.place.file}:{row.place.line} {row.match}" for row in record.rows]
    if record.branch.line:
        parts.append(f"branch at line {record.branch.line}")
    places = ", ".join(str(place) for place in record.sources) if sources else ""
    return f"{places} ({'; '.join(parts)})" if places else "; ".join(parts)
