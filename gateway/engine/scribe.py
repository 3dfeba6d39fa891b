"""The scribe: receipts and leaves for what happened, made once, signed once, the same bytes for ever.

A receipt holds ids, words and codes only: no personal data, no value of a field, no text of a partner. There is no
receipt about a receipt.
"""

from collections.abc import Callable, Sequence

from gateway.custody.leaf import Leaf, delivery_leaf, duplicate_leaf, receipt_leaf
from gateway.custody.receipt import Receipt, receipt_digest, sign_receipt
from gateway.errors import Fault
from gateway.names import (
    NO_PARTNER,
    AgencyId,
    Digest,
    ItemId,
    ItemKind,
    Lane,
    MessageId,
    PartnerId,
    SourceKey,
    State,
)
from gateway.outcome import Item, MessageOutcome, Outcome
from gateway.plan import Plan
from gateway.ports import Attempt, Pending, ReceiptDraft, SendResult, SendState, Signer, receipt_channel

__all__ = ["Scribe"]

_STATE_AFTER = {
    SendState.DELIVERED: State.DELIVERED,
    SendState.REFUSED: State.REFUSED,
    SendState.QUARANTINED: State.QUARANTINED,
    SendState.DELAYED: State.PENDING,
    SendState.LINK_DOWN: State.PENDING,
}
"""Only a final word of the other side is final for the item."""

_TAKEN_AS = {State.REFUSED: "refused", State.QUARANTINED: "quarantined"}


class Scribe:
    """Writes under the receipt key. `plan` gives the active plan, for its digest and its secret namespace."""

    def __init__(self, signer: Signer, plan: Callable[[], Plan]) -> None:
        self._signer = signer
        self._plan = plan

    def receipts_of(self, outcome: Outcome) -> tuple[ReceiptDraft, ...]:
        """One receipt `taken` per message, and one per partner whose item has ended already."""
        drafts: list[ReceiptDraft] = []
        for message in outcome.messages:
            drafts.append(self._taken(outcome, message))
            drafts += [
                self._ended(outcome, message, item)
                for item in message.items
                if item.state.terminal and item.partner != NO_PARTNER
            ]
        return tuple(drafts)

    def duplicate(self, agency: AgencyId, key: SourceKey, at: str) -> Leaf:
        """The leaf of a repetition with the same bytes."""
        return duplicate_leaf(at=at, message=self._plan().identity.message(agency, key, ""), agency=agency)

    def attempt(self, pending: Pending, result: SendResult, now: str, due: str) -> Attempt:
        """What one attempt came to: the item's state, its `delivery` leaf, and the receipt if it has ended."""
        state = _STATE_AFTER[result.state]
        if pending.kind is ItemKind.RECEIPT:
            return Attempt(pending.item, state, result.reason, due, now)
        leaf = delivery_leaf(
            at=now,
            item=pending.item,
            attempt=pending.attempts + 1,
            outcome=result.state.value,
            message=pending.message,
            partner=pending.partner,
            reason=result.reason,
            decision=pending.decision,
        )
        receipts: tuple[ReceiptDraft, ...] = ()
        if state.terminal:
            receipts = (
                self._draft(
                    agency=pending.agency,
                    message=pending.message,
                    lane=pending.lane,
                    level="delivered",
                    result=state.word,
                    by="partner" if result.state is SendState.REFUSED and result.reason != "expired" else "gateway",
                    at=now,
                    about=pending.item,
                    partner=pending.partner,
                    reasons=(result.reason,) if result.reason else (),
                    leaf=leaf.hash,
                ),
            )
        return Attempt(pending.item, state, result.reason, due, now, leaf, receipts)

    def _taken(self, outcome: Outcome, message: MessageOutcome) -> ReceiptDraft:
        received = outcome.received
        nobody = [item for item in message.items if item.partner == NO_PARTNER]
        return self._draft(
            agency=received.agency,
            message=message.message,
            lane=message.lane,
            level="taken",
            result=_TAKEN_AS[message.state] if nobody else "accepted",
            at=received.taken_at,
            key=received.key,
            reasons=nobody[0].reasons if nobody else (),
            findings=message.faults,
            leaf=nobody[0].decision if nobody else None,
        )

    def _ended(self, outcome: Outcome, message: MessageOutcome, item: Item) -> ReceiptDraft:
        return self._draft(
            agency=outcome.received.agency,
            message=message.message,
            lane=message.lane,
            level="delivered",
            result=item.state.word,
            at=outcome.received.taken_at,
            key=outcome.received.key,
            about=item.item,
            partner=item.partner,
            reasons=item.reasons,
            leaf=item.decision,
        )

    def _draft(
        self,
        *,
        agency: AgencyId,
        message: MessageId,
        lane: Lane,
        level: str,
        result: str,
        at: str,
        by: str = "gateway",
        key: str = "",
        about: ItemId | None = None,
        partner: PartnerId | None = None,
        reasons: Sequence[str] = (),
        findings: Sequence[Fault] = (),
        leaf: Digest | None = None,
    ) -> ReceiptDraft:
        plan = self._plan()
        route = f"{level}/{about or ''}"
        item = plan.identity.item(message, route, receipt_channel(agency), ItemKind.RECEIPT, 0)
        receipt = Receipt(
            id=item,
            message=message,
            level=level,
            result=result,
            at=at,
            item=about,
            partner=partner,
            by=by,
            reasons=tuple(reasons),
            findings=tuple(findings),
            plan=plan.digest,
            leaf=leaf,
            key=key,
        )
        payload = sign_receipt(receipt, self._signer.key_id, self._signer.sign)
        stated = receipt_leaf(
            at=at,
            item=item,
            level=level,
            result=result,
            digest=receipt_digest(payload),
            message=message,
            partner=partner,
            reasons=tuple(reasons),
        )
        return ReceiptDraft(item, message, agency, lane, payload, about, stated)
