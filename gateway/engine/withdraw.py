"""Takes back what waits under a decision that no longer stands: items decided by a version that was revoked.

They end as quarantined with the reason `policy-revoked`, each with its leaf and its receipt; nothing of them is sent.
Done before the first send of a start, so that no item slips through. What a version decided that was superseded in
good order goes out.
"""

from collections.abc import Iterable

from gateway.custody.leaf import DISCLOSURE, read_leaf
from gateway.custody.tree import leaf_hash
from gateway.engine.scribe import Scribe
from gateway.names import Digest, ItemId, Lane, PartnerId
from gateway.ports import Clock, Journal, Pending, SendResult, SendState

__all__ = ["withdraw"]

_EVER = "9999-12-31T23:59:59.999Z"
_PAGE = 50
_REVOKED = SendResult(SendState.QUARANTINED, "policy-revoked")


def withdraw(
    journal: Journal, scribe: Scribe, clock: Clock, partners: Iterable[PartnerId], revoked: frozenset[Digest]
) -> int:
    """End every waiting item that was decided under one of these activations; gives their number.

    Reads the disclosure log once, and only where something was revoked. Raises JournalError.
    """
    if not revoked:
        return 0
    decisions = _decided_under(journal, revoked)
    ended = 0
    for partner in partners:
        for lane in Lane:
            ended += _lane(journal, scribe, clock, partner, lane, decisions)
    return ended


def _lane(
    journal: Journal, scribe: Scribe, clock: Clock, partner: PartnerId, lane: Lane, decisions: frozenset[Digest]
) -> int:
    ended = 0
    passed: set[ItemId] = set()
    while page := journal.pending(partner, lane, _PAGE, _EVER, frozenset(passed)):
        found: list[Pending] = [pending for pending in page if pending.decision in decisions]
        journal.record([scribe.attempt(pending, _REVOKED, clock.now(), "") for pending in found])
        passed.update(pending.item for pending in page)
        ended += len(found)
    return ended


def _decided_under(journal: Journal, revoked: frozenset[Digest]) -> frozenset[Digest]:
    """The hashes of the decision leaves that name one of these activations."""
    log = next(log for log in journal.logs() if f"/{DISCLOSURE}/" in log)
    hashes = set()
    for data in journal.leaves(log):
        leaf = read_leaf(data) if b'"activation"' in data else None
        if leaf is not None and leaf.get("activation") in revoked:
            hashes.add(Digest(f"sha256:{leaf_hash(data).hex()}"))
    return frozenset(hashes)
