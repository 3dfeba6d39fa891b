"""States what will be done with one message: its leaves without personal data, and what opens their commitments.

The randomness that came with the message goes into salts here and nowhere else: no byte that a partner receives
depends on it.
"""

import hashlib
from collections.abc import Iterable

import orjson

from gateway.custody.commitment import (
    THINGS,
    WHOLE,
    Commitment,
    Occurrence,
    commit,
    commit_bytes,
    pack_openings,
    person_label,
)
from gateway.custody.leaf import Leaf, decision_leaf, received_leaf
from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.message import leaves
from gateway.names import Digest, ItemId, MessageId, PartnerId, Status
from gateway.outcome import Received, SourceFile
from gateway.plan import Plan
from gateway.policy.disclosure import Disclosure

__all__ = ["Statement"]

_NOTHING: JsonObject = {}


class Statement:
    """The leaves of one message: `received` once, then one decision per item. `openings` gathers beside them."""

    def __init__(self, received: Received, plan: Plan, message: MessageId) -> None:
        self._received = received
        self._plan = plan
        self._message = message
        self._taken: Leaf | None = None
        self.openings: dict[str, bytes] = {}

    def received(self, message: JsonObject | None, status: Status | None) -> Leaf:
        """The leaf of the collection: commits to the bytes as received and to every leaf of the common form."""
        original = commit_bytes(self._occurrence(WHOLE), "in", _framed(self._received.files))
        items = self._items(message or _NOTHING)
        self._taken = received_leaf(
            at=self._received.taken_at,
            message=self._message,
            agency=self._received.agency,
            original=original.digest,
            items=items.root,
            plan=self._plan.digest,
            status=status,
        )
        self.openings[self._taken.hash] = pack_openings({"in": original, "items": items})
        return self._taken

    def ended(self, item: ItemId, partner: PartnerId, outcome: str, reasons: Iterable[str], fault: str) -> Leaf:
        """The decision to disclose nothing because something went wrong, or because nobody may get it."""
        return decision_leaf(
            at=self._received.taken_at,
            message=self._message,
            item=item,
            partner=partner,
            outcome=outcome,
            plan=self._plan.digest,
            received=self._taken.hash if self._taken else None,
            reasons=tuple(reasons),
            fault=fault,
        )

    def decided(self, item: ItemId, disclosure: Disclosure, header: JsonObject, payload: bytes | None) -> Leaf:
        """The policy's decision about one item: counts, rules, conditions, and commitments to details and bytes."""
        persons = self._persons(item, disclosure)
        made = {"persons": persons}
        out: Digest | None = None
        if payload is not None:
            made["out"] = commit_bytes(self._occurrence(WHOLE), "out", payload, purpose=f"out/{item}")
            out = made["out"].digest
        # The originator's legal basis is text of the document: a leaf has no place for it (it is among `items`).
        leaf = decision_leaf(
            at=self._received.taken_at,
            message=self._message,
            item=item,
            partner=disclosure.partner,
            outcome="send" if payload is not None else "withheld",
            plan=self._plan.digest,
            received=self._taken.hash if self._taken else None,
            kind=str(header["kind"]),
            status=str(header["status"]),
            purpose=str(header.get("purpose", "")),
            decision_function=self._plan.policy.decision_digest,
            activation=self._plan.activation,
            reasons=disclosure.reasons,
            levels={word.replace(" ", "-"): count for word, count in disclosure.levels.items()},
            rules=disclosure.rules,
            conditions=tuple(condition.kind for condition in disclosure.conditions),
            persons=persons.root,
            out=out,
            guard="pass" if payload is not None else "",
        )
        self.openings[leaf.hash] = pack_openings(made)
        return leaf

    def _occurrence(self, label: str) -> Occurrence:
        return Occurrence.derive(self._received.entropy, self._message, label)

    def _items(self, message: JsonObject) -> Commitment:
        """One commitment per leaf of the common form, under the occurrence key of the person it belongs to."""
        groups: dict[str, list[tuple[str, JsonValue]]] = {}
        for field, path, value in leaves(message):
            label = person_label(int(path[1])) if path[0] == "persons" else THINGS
            # The canonical form of a scalar is what orjson writes.
            digest = hashlib.sha256(orjson.dumps(value)).hexdigest()
            name = "/" + "/".join(map(str, path))
            groups.setdefault(label, []).append((name, {"field": field, "sha256": digest}))
        made = Commitment((), ())
        for label, entries in groups.items():
            made += commit(self._occurrence(label), "items", entries)
        return made

    def _persons(self, item: ItemId, disclosure: Disclosure) -> Commitment:
        made = Commitment((), ())
        for facts in disclosure.persons:
            label = person_label(int(facts.path[8:-1])) if facts.path else THINGS
            items: JsonObject = {path: [level, list(rules)] for path, level, rules in facts.items}
            value: JsonObject = {"roles": list(facts.roles), "items": items}
            made += commit(self._occurrence(label), f"decision/{item}", [(facts.path or "things", value)])
        return made


def _framed(files: Iterable[SourceFile]) -> bytes:
    """One byte string for a set of files: each with its length, in the order in which they came."""
    listed = tuple(files)
    if len(listed) == 1:
        return listed[0].data
    return b"".join(len(file.data).to_bytes(8, "big") + file.data for file in listed)
