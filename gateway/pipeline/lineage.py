"""Where values came from: a delivery walked again under the plan that is loaded, each leaf with its way.

Guarantees that nothing is sent or stored, and that no value of a document is in what is given: targets, places, rules.
Inbound and outbound compose: a leaf of a partner's document leads through the common form to the agency's file. Not
decided here: whether the loaded plan is the one that decided once (mapping digest, plan digest); the caller compares.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.document.path import parse_json_path
from gateway.document.tree import JsonObject
from gateway.errors import Fault, InvariantBroken
from gateway.exchange.message import leaves
from gateway.mapping.api import OutboundMapping
from gateway.mapping.run.lineage import How, LineageRecord, Target, lineage_of, target_text
from gateway.mapping.run.report import read_lineage
from gateway.names import Digest, ItemKind, MessageId, PartnerId
from gateway.outcome import Received
from gateway.pipeline.opening import completed, open_delivery
from gateway.pipeline.partner import circumstances_of
from gateway.plan import Plan
from gateway.policy.disclosure import Disclosure, Fate

__all__ = ["CopyLeaf", "MessageLineage", "copy_lineage", "message_lineages"]

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class MessageLineage:
    """One message of a delivery. `raw` are the integers as the corridor records them; `message` stays inside."""

    message: MessageId
    part: str
    mapping: str
    version: str
    digest: Digest
    raw: bytes
    records: tuple[LineageRecord, ...]
    whole: JsonObject

    def __repr__(self) -> str:
        return f"MessageLineage({self.message}, {len(self.records)} records)"


@dataclass(frozen=True, slots=True)
class CopyLeaf:
    """One leaf of a partner's copy: where it stands there, which leaves of the common form it came through, from where.

    `level` is the word of the policy's ladder; `outbound` is the rule of the partner's mapping, None where the partner
    gets the common form. `inbound` is empty for what the gateway or the partner's mapping wrote itself.
    """

    text: str
    through: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    outbound: LineageRecord | None = None
    inbound: tuple[LineageRecord, ...] = ()


def message_lineages(received: Received, plan: Plan) -> Iterator[MessageLineage]:
    """Map a delivery again and give the lineage of each of its messages. Raises `DocumentRefused`."""
    opened = open_delivery(received, plan)
    run = opened.run()
    for mapped in run.messages():
        if mapped.message is None:
            continue
        whole = completed(mapped.message, mapped.message_id, opened.channel, plan)
        drafted = lineage_of(opened.mapping.program, run.reporter, read_lineage(mapped.lineage), mapped.message)
        yield MessageLineage(
            mapped.message_id,
            mapped.part,
            opened.mapping.name,
            opened.mapping.version,
            opened.mapping.digest,
            mapped.lineage,
            tuple(_of_whole(drafted, mapped.message, whole)),
            whole,
        )


def _of_whole(records: Iterable[LineageRecord], draft: JsonObject, whole: JsonObject) -> Iterator[LineageRecord]:
    """The records of a draft, at the places of the completed message: sets are sorted there, markings are joined."""
    by_target: dict[Target, LineageRecord] = {}
    nulls: list[LineageRecord] = []
    for record in records:
        if record.how is How.NULL:
            nulls.append(record)
        else:
            by_target[record.target] = record
    drafted = {path: value for _, path, value in leaves(draft)}
    items = {(path[:-1], value): path for path, value in drafted.items() if isinstance(path[-1], int)}
    for _, path, value in leaves(whole):
        found = by_target.get(path) if path in drafted and drafted[path] == value else None
        if found is None and (path[:-1], value) in items:
            found = by_target.get(items[path[:-1], value])
        text = target_text(path)
        if found is None:
            yield LineageRecord(path, text, How.GATEWAY, notes=("id",) if path[-1] == "id" else ())
        else:
            yield replace(found, target=path, text=text)
    yield from nulls


# -- a partner's copy -------------------------------------------------------------------------------------------------


def copy_lineage(lineage: MessageLineage, partner: PartnerId, received: Received, plan: Plan) -> tuple[CopyLeaf, ...]:
    """Give the lineage of what a partner gets of a message, leaf by leaf; empty if it gets nothing."""
    route = plan.routes[partner]
    header = lineage.whole["header"]
    if not isinstance(header, dict):
        raise InvariantBroken(Fault("SYS-002", "a validated message has no header"))
    item = plan.identity.item(lineage.message, partner, partner, ItemKind.MESSAGE, 0)
    disclosure = plan.policy.disclose(lineage.whole, partner, circumstances_of(header, item, partner, received, plan))
    if disclosure.message is None:
        return ()
    way = _Way(lineage, disclosure)
    writer = route.writer
    if not isinstance(writer, OutboundMapping):
        return tuple(way.leaf(path) for _, path, _ in leaves(disclosure.message))
    found: list[CopyLeaf] = []
    run = writer.run(disclosure.message)
    for mapped in run.messages():
        if mapped.message is None:
            continue
        records = lineage_of(writer.program, run.reporter, read_lineage(mapped.lineage), mapped.message)
        found += [way.composed(record) for record in records if record.how is not How.NULL]
    return tuple(found)


class _Way:
    """The way from a place in the disclosed message back to the agency's file."""

    def __init__(self, lineage: MessageLineage, disclosure: Disclosure) -> None:
        self._inbound = {record.target: record for record in lineage.records if record.how is not How.NULL}
        sent = [(_parsed(leaf.path), leaf.level) for leaf in disclosure.account if leaf.fate == Fate.SENT]
        self._back = dict(zip(_renumbered([path for path, _ in sent]), sent, strict=True))

    def leaf(self, target: Target) -> CopyLeaf:
        """A leaf of the common form as it was disclosed."""
        text = target_text(target)
        full, level = self._back.get(target, ((), ""))
        if not full:
            return CopyLeaf(text)
        record = self._inbound.get(full)
        return CopyLeaf(text, (target_text(full),), (level,), None, () if record is None else (record,))

    def composed(self, record: LineageRecord) -> CopyLeaf:
        """A leaf of the partner's format, through the leaves that its rule read."""
        read = [self.leaf(target) for place in record.sources if (target := _target(place.path))]
        through = tuple(dict.fromkeys(text for leaf in read for text in leaf.through))
        levels = tuple(dict.fromkeys(level for leaf in read for level in leaf.levels))
        inbound = tuple({one.target: one for leaf in read for one in leaf.inbound}.values())
        return CopyLeaf(record.text, through, levels, record, inbound)


def _renumbered(paths: list[Target]) -> list[Target]:
    """Where leaves that were sent stand in the disclosed message: items that stay behind leave no gap."""
    kept: dict[Target, dict[int, int]] = {}
    for path in paths:
        for at, step in enumerate(path):
            if isinstance(step, int):
                kept.setdefault(path[:at], {}).setdefault(step, 0)
    for items in kept.values():
        for rank, index in enumerate(sorted(items)):
            items[index] = rank
    return [
        tuple(kept[path[:at]][step] if isinstance(step, int) else step for at, step in enumerate(path))
        for path in paths
    ]


def _parsed(text: str) -> Target:
    return tuple(int(index) if index else name for index, name in _STEP.findall(text))


def _target(path: str) -> Target:
    """The place that a rule read; what it read in a part of a text is told by the text."""
    if not path.startswith("$"):
        return ()
    return tuple(parse_json_path(path.partition("/")[0]))
