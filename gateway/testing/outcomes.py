"""Outcomes as the corridor makes them, invented: for contract suites, crash tests and measurements.

Every outcome is complete: real commitments with their openings, a received leaf, a decision leaf per partner, final
bytes. The same arguments give the same outcome.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID, uuid5

from gateway.custody.commitment import THINGS, WHOLE, Occurrence, commit, commit_bytes, pack_openings
from gateway.custody.leaf import Leaf, decision_leaf, delivery_leaf, receipt_leaf, received_leaf
from gateway.custody.receipt import Receipt, receipt_digest, sign_receipt
from gateway.document.tree import JsonValue
from gateway.errors import Fault, Place
from gateway.names import (
    AgencyId,
    Digest,
    ItemId,
    ItemKind,
    Lane,
    MessageId,
    PartnerId,
    SourceKey,
    State,
    Status,
)
from gateway.outcome import Item, MessageOutcome, Outcome, Received, SourceFile
from gateway.ports import Attempt, Commit, Pending, ReceiptDraft
from gateway.system import KeyRing

__all__ = ["AGENCY", "AT", "PLAN", "SIGNER", "sample_attempt", "sample_commit", "sample_id", "sample_receipt"]

AT = "2026-11-22T10:11:12.345Z"
AGENCY = AgencyId("tax-office")
PLAN = Digest("sha256:" + hashlib.sha256(b"a plan").hexdigest())

SIGNER = KeyRing(hashlib.sha256(b"a root key for tests").digest()).signer("tests", "test-key")
"""Signs samples: checkpoints and receipts alike. Never for anything but tests."""

_THINGS: list[tuple[str, JsonValue]] = [
    (f"/things/{position}", {"field": "thing.kind", "sha256": f"{position:064x}"}) for position in range(4)
]
_FAULT = Fault("DOC-003", "an invented fault", Place(path="$.things[0]"), "send it again")
_NAMESPACE = UUID("5f0c2b1e-6f5e-5a0c-9b0a-3c1d2e4f5a6b")


def sample_id(*parts: object) -> str:
    """A derived id: the same parts give the same one."""
    return str(uuid5(_NAMESPACE, "/".join(map(str, parts))))


def sample_commit(
    number: int,
    *,
    partners: Sequence[str] = ("partner-one", "partner-two"),
    withheld: Sequence[str] = (),
    agency: AgencyId = AGENCY,
    key: str = "",
    lane: Lane = Lane.ROUTINE,
    size: int = 400,
    receipts: bool = False,
) -> Commit:
    """One delivery of one message: to be sent to `partners`, withheld from `withheld`; quarantined if there are
    neither.

    `size` is the length of the original and of each payload, in bytes.
    """
    key = key or f"message-{number}"
    message = MessageId(sample_id("message", agency, key))
    original = _body(f"original {agency} {key}", size)
    entropy = hashlib.sha512(key.encode()).digest()[:32]
    whole = Occurrence.derive(entropy, message, WHOLE)
    things = commit(Occurrence.derive(entropy, message, THINGS), "items", _THINGS)
    taken = commit_bytes(whole, "in", original)
    received = received_leaf(
        at=AT, message=message, agency=agency, original=taken.digest, items=things.root, plan=PLAN, status=Status.ACTUAL
    )
    leaves: list[Leaf] = [received]
    openings = {str(received.hash): pack_openings({"in": taken, "items": things})}
    items: list[Item] = []
    for partner in (*partners, *withheld) or ("-",):
        state = State.PENDING if partner in partners else State.WITHHELD if partner in withheld else State.QUARANTINED
        item, leaf, opening = _item(message, partner, state, received.hash, whole, lane, size)
        items.append(item)
        leaves.append(leaf)
        openings |= opening
    told = MessageOutcome(
        message=message,
        part="",
        state=max(item.state for item in items),
        lane=lane,
        status=Status.ACTUAL,
        kind="person-notice",
        items=tuple(items),
        exchange=_body(f"exchange {key}", size),
        faults=() if partners or withheld else (_FAULT,),
        lineage=b'{"/things/0":"/a/b"}',
    )
    outcome = Outcome(
        received=Received(agency, SourceKey(key), (SourceFile(original, f"{key}.xml"),), AT, entropy, lane),
        inbox_digest=hashlib.sha256(b"keyed" + original).digest(),
        plan=PLAN,
        messages=(told,),
        leaves=tuple(leaves),
        openings=openings,
        received_leaf=received.hash,
    )
    drafts = tuple(sample_receipt(message, agency, item.item, "taken", "accepted", lane=lane) for item in items)
    return Commit(outcome, drafts if receipts else ())


def _item(
    message: MessageId, partner: str, state: State, received: Digest, whole: Occurrence, lane: Lane, size: int
) -> tuple[Item, Leaf, dict[str, bytes]]:
    item = ItemId(sample_id("item", message, partner))
    payload = _body(f"payload {message} {partner}", size) if state is State.PENDING else None
    out = None if payload is None else commit_bytes(whole, "out", payload, purpose=f"out/{item}")
    leaf = decision_leaf(
        at=AT,
        message=message,
        item=item,
        partner=PartnerId(partner),
        outcome="send" if out else state.word,
        plan=PLAN,
        received=received,
        kind=ItemKind.MESSAGE.value,
        status=Status.ACTUAL.value,
        purpose="serious-crime",
        reasons=() if out else ("nothing-left",),
        levels={"full": 61, "redact": 84} if out else {"redact": 145},
        rules={"S1": 61, "L5": 84} if out else {"L5": 145},
        out=out.digest if out else None,
        fault="DOC-003" if state is State.QUARANTINED else "",
    )
    made = Item(
        item=item,
        message=message,
        partner=PartnerId(partner),
        state=state,
        lane=lane,
        payload=payload,
        reasons=() if out else ("nothing-left",),
        account=b'{"fields":{"person.names.full":{"level":"redact","rules":["L5"]}}}',
        decision=leaf.hash,
        withheld={"L5": 84 if out else 145},
    )
    return made, leaf, {str(leaf.hash): pack_openings({"out": out})} if out else {}


def sample_receipt(
    message: MessageId, agency: AgencyId, about: ItemId, level: str, result: str, *, lane: Lane = Lane.ROUTINE
) -> ReceiptDraft:
    """A signed receipt about one item, with its leaf."""
    item = ItemId(sample_id("receipt", about, level, result))
    receipt = Receipt(id=item, message=message, level=level, result=result, at=AT, item=about, plan=PLAN)
    payload = sign_receipt(receipt, SIGNER.key_id, SIGNER.sign)
    leaf = receipt_leaf(at=AT, item=item, level=level, result=result, digest=receipt_digest(payload), message=message)
    return ReceiptDraft(item, message, agency, lane, payload, about, leaf)


def sample_attempt(
    pending: Pending, state: State, *, reason: str = "", due: str = "", receipt: bool = False
) -> Attempt:
    """What one attempt came to, with its leaf, and with a receipt if the item is not one itself."""
    leaf = delivery_leaf(
        at=AT,
        item=pending.item,
        attempt=pending.attempts + 1,
        outcome="delayed" if state is State.PENDING else state.word,
        message=pending.message,
        partner=pending.partner if pending.kind is not ItemKind.RECEIPT else None,
        reason=reason,
        decision=pending.decision,
    )
    told = receipt and pending.kind is not ItemKind.RECEIPT
    drafts = (sample_receipt(pending.message, pending.agency, pending.item, "delivered", state.word),) if told else ()
    return Attempt(pending.item, state, reason, due, AT, leaf, drafts)


def _body(seed: str, size: int) -> bytes:
    """Bytes that look like nothing and never repeat."""
    blocks = (hashlib.sha256(f"{seed} {position}".encode()).hexdigest().encode() for position in range(size // 64 + 1))
    return b"".join(blocks)[:size]
