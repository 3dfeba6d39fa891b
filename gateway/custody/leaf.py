"""One fact and its bytes: canonical JSON (RFC 8785), at most 4 KiB, without personal data.

A builder per type, and the generic `leaf` beneath them. Guarantees that what was built has a known type, stands in
the right log and has the shape of its type. Does not know indices: the single writer of a log gives them, in commit
order. A leaf is referred to by its hash (docs/adr/0020).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from gateway.custody.shapes import DISCLOSURE, GOVERNANCE, LEAF_TYPES, leaf_faults
from gateway.document.canonical import canonical
from gateway.errors import DocumentRefused, Fault, InvariantBroken
from gateway.names import NO_PARTNER, AgencyId, Digest, ItemId, MessageId, PartnerId, Status

__all__ = [
    "DISCLOSURE",
    "GOVERNANCE",
    "LEAF_BYTES",
    "Leaf",
    "LeafValue",
    "decision_leaf",
    "delivery_leaf",
    "duplicate_leaf",
    "genesis_leaf",
    "leaf",
    "plan_leaf",
    "read_leaf",
    "receipt_leaf",
    "received_leaf",
]

LEAF_BYTES = 4096
"""The most that one leaf may have (custody-ledger.md 4)."""

LeafValue: TypeAlias = str | int | list["LeafValue"] | dict[str, "LeafValue"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """`log` is `DISCLOSURE` or `GOVERNANCE`; `data` are the exact bytes that are hashed and kept."""

    log: str
    type: str
    data: bytes

    @property
    def hash(self) -> Digest:
        """RFC 6962 2.1: SHA-256 over 0x00 and the bytes."""
        return Digest("sha256:" + hashlib.sha256(b"\x00" + self.data).hexdigest())


def received_leaf(
    *,
    at: str,
    message: MessageId,
    agency: AgencyId,
    original: Digest,
    items: tuple[int, Digest],
    plan: Digest | None = None,
    status: Status | None = None,
    previous: Mapping[str, LeafValue] | None = None,
) -> Leaf:
    """A message was taken. `original` commits to the bytes as received, `items` is (n, root) of its item commitments.

    `previous` names the leaf of another gateway's log that this message came with: `{"log", "hash"}`.
    """
    return leaf(
        "received",
        at,
        **{"in": original},
        message=message,
        agency=agency,
        items=_root(items),
        plan=plan,
        status=status,
        previous=dict(previous or {}),
    )


def duplicate_leaf(*, at: str, message: MessageId, agency: AgencyId, received: Digest | None = None) -> Leaf:
    """The same message came again with the same bytes. `received` is the hash of the first one's leaf."""
    return leaf("duplicate", at, message=message, agency=agency, received=received)


def decision_leaf(
    *,
    at: str,
    message: MessageId,
    item: ItemId,
    partner: PartnerId,
    outcome: str,
    plan: Digest,
    received: Digest | None,
    generation: int = 0,
    kind: str = "",
    status: str = "",
    purpose: str = "",
    legal_basis: str = "",
    decision_function: Digest | None = None,
    activation: Digest | None = None,
    reasons: Sequence[str] = (),
    levels: Mapping[str, int] | None = None,
    rules: Mapping[str, int] | None = None,
    conditions: Sequence[str] = (),
    grants: Sequence[str] = (),
    persons: tuple[int, Digest] | None = None,
    out: Digest | None = None,
    statement: Digest | None = None,
    guard: str = "",
    fault: str = "",
) -> Leaf:
    """What will be done with one item, and why. `outcome` is send, withheld, refused or quarantined.

    `received` is the hash of the message's `received` leaf, which stands before this one. `out` commits to the final
    bytes and must be given where the outcome is `send`. Raises InvariantBroken (LED-001) otherwise.
    """
    _decided(outcome, out)
    return leaf(
        "decision",
        at,
        message=message,
        item=item,
        generation=generation,
        partner=partner or NO_PARTNER,
        outcome=outcome,
        plan=plan,
        received=received,
        kind=kind,
        status=status,
        purpose=purpose,
        legal_basis=legal_basis,
        decision_function=decision_function,
        activation=activation,
        reasons=list(reasons),
        levels=dict(levels or {}),
        rules=dict(rules or {}),
        conditions=list(conditions),
        grants=list(grants),
        persons=None if persons is None else _root(persons),
        out=out,
        statement=statement,
        guard=guard,
        fault=fault,
    )


def delivery_leaf(
    *,
    at: str,
    item: ItemId,
    attempt: int,
    outcome: str,
    message: MessageId | None = None,
    partner: PartnerId | None = None,
    reason: str = "",
    decision: Digest | None = None,
    digest: Digest | None = None,
) -> Leaf:
    """What one attempt came to: delivered, refused, quarantined or delayed. `attempt` counts from 1.

    `decision` is the hash of the item's decision leaf; `digest` is of what was made for this attempt only.
    """
    return leaf(
        "delivery",
        at,
        item=item,
        attempt=attempt,
        outcome=outcome,
        message=message,
        partner=partner,
        reason=reason,
        decision=decision,
        digest=digest,
    )


def receipt_leaf(
    *,
    at: str,
    item: ItemId,
    level: str,
    result: str,
    digest: Digest,
    message: MessageId | None = None,
    partner: PartnerId | None = None,
    reasons: Sequence[str] = (),
) -> Leaf:
    """A receipt was given or got. `item` is the item of the receipt itself, `digest` is of the receipt as signed."""
    return leaf(
        "receipt",
        at,
        item=item,
        level=level,
        result=result,
        digest=digest,
        message=message,
        partner=partner,
        reasons=list(reasons),
    )


def genesis_leaf(
    *,
    at: str,
    origin: str,
    keys: Mapping[str, Digest] | None = None,
    previous: Mapping[str, LeafValue] | None = None,
    reason: str = "",
) -> Leaf:
    """The first leaf of a governance log.

    `previous` names a log it replaces (`log`, `size`, `root`), with the reason.
    """
    return leaf("genesis", at, origin=origin, keys=dict(keys or {}), previous=dict(previous or {}), reason=reason)


def plan_leaf(
    *,
    at: str,
    plan: Digest,
    parts: Mapping[str, Digest] | None = None,
    decision_functions: Mapping[str, Digest] | None = None,
) -> Leaf:
    """A plan began to govern: its digest, those of its parts, and those of its compiled decision functions."""
    return leaf("plan", at, plan=plan, parts=dict(parts or {}), decision_functions=dict(decision_functions or {}))


def leaf(kind: str, at: str, /, **fields: LeafValue | None) -> Leaf:
    """Build a leaf of a type of `LEAF_TYPES`; fields that are None or empty are left out where they are optional.

    Raises InvariantBroken (LED-001 shape, LED-002 size): a leaf is made of our own words only.
    """
    log, required, _ = LEAF_TYPES.get(kind, ("", {}, {}))
    kept = {key: value for key, value in fields.items() if key in required or not _empty(value)}
    value: dict[str, LeafValue] = {"v": 1, "type": kind, "at": at}
    value.update({key: part for key, part in kept.items() if part is not None})
    faults = leaf_faults(value)
    if faults:
        raise InvariantBroken(*faults)
    # The shapes allow ASCII names, ASCII texts and integers below 2^53 only: for these, sorted output is RFC 8785
    # (tested).
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(data) > LEAF_BYTES:
        raise InvariantBroken(Fault("LED-002", f"a {kind} leaf has more than {LEAF_BYTES} bytes"))
    return Leaf(log, kind, data)


def read_leaf(data: bytes) -> dict[str, LeafValue] | None:
    """Give the fields of a leaf, or None if the bytes are not the canonical form of a JSON object within the size."""
    if len(data) > LEAF_BYTES:
        return None
    try:
        value = orjson.loads(data)
        # Doubled names, floats, other escapes and other orders all write differently, or not at all.
        exact = isinstance(value, dict) and canonical(value) == data
    except (orjson.JSONDecodeError, DocumentRefused):
        return None
    return value if exact else None


def _decided(outcome: str, out: Digest | None) -> None:
    if outcome not in {"send", "withheld", "refused", "quarantined"} or (outcome == "send") != (out is not None):
        raise InvariantBroken(Fault("LED-001", "a decision needs an outcome, and out exactly when it is send"))


def _root(pair: tuple[int, Digest]) -> dict[str, LeafValue]:
    return {"n": pair[0], "root": pair[1]}


def _empty(value: LeafValue | None) -> bool:
    return value is None or value in ("", [], {})
