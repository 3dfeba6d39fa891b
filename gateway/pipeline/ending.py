"""Messages that end before their partners are known: refused or quarantined, one item for nobody, and its leaves."""

from collections.abc import Iterable

from gateway.custody.leaf import Leaf
from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from gateway.errors import Fault, GatewayError, Severity
from gateway.names import NO_PARTNER, ItemKind, MessageId, State, Status
from gateway.outcome import Item, MessageOutcome, Outcome, Received
from gateway.pipeline.inbox import inbox_digest
from gateway.pipeline.statement import Statement
from gateway.plan import Plan

__all__ = ["CONFLICT", "ended", "failure", "quarantine"]

CONFLICT = Fault(
    "DEL-001",
    "this message id was used before with other content",
    fix="give every message its own id; ask the operator to release or discard this one",
)

_UNSTATED = "unknown"
"""The kind of a message that was not understood far enough to have one."""


def ended(
    received: Received,
    plan: Plan,
    message_id: MessageId,
    part: str,
    *,
    state: State,
    faults: Iterable[Fault],
    reason: str,
    message: JsonObject | None = None,
    lineage: bytes = b"",
) -> tuple[MessageOutcome, list[Leaf]]:
    """Give the outcome of a message that nobody gets, and its two leaves: received and decision.

    `message` is its common form as far as it got, kept for whoever reviews it.
    """
    found = tuple(faults)
    status, kind = _inherited(received, plan, message)
    statement = Statement(received, plan, message_id)
    taken = statement.received(None, status)
    item = plan.identity.item(message_id, NO_PARTNER, NO_PARTNER, ItemKind.MESSAGE, 0)
    codes = sorted({fault.code for fault in found if fault.severity is Severity.ERROR})
    decision = statement.ended(item, NO_PARTNER, state.word, [reason], codes[0] if codes else "")
    nobody = Item(item, message_id, NO_PARTNER, state, received.lane, reasons=(reason,), decision=decision.hash)
    outcome = MessageOutcome(
        message_id,
        part,
        state,
        received.lane,
        status,
        kind,
        (nobody,),
        canonical(message) if message is not None else None,
        found,
        lineage,
    )
    return outcome, [taken, decision]


def quarantine(received: Received, plan: Plan, fault: Fault, reason: str) -> Outcome:
    """Keep a whole delivery for a person to look at: nothing of it goes anywhere."""
    message = plan.identity.message(received.agency, received.key, "")
    outcome, leaves = ended(received, plan, message, "", state=State.QUARANTINED, faults=(fault,), reason=reason)
    return Outcome(received, inbox_digest(received.files, plan.secrets), plan.digest, (outcome,), tuple(leaves))


def failure(error: Exception) -> Fault:
    """The fault under which an error of ours is known: its code if it has one, never its text."""
    code = error.code if isinstance(error, GatewayError) else "SYS-001"
    return Fault(code, "the gateway failed on this message; nothing of it was disclosed", fix="report the fault code")


def _inherited(received: Received, plan: Plan, message: JsonObject | None) -> tuple[Status, str]:
    """Status and kind as far as they are known; what is not known counts as real, so that it is looked at."""
    header = (message or {}).get("header")
    stated = header if isinstance(header, dict) else {}
    channel = plan.channels.get(received.agency)
    status = stated.get("status", channel.status if channel else None)
    words = {each.value for each in Status}
    return (Status(str(status)) if str(status) in words else Status.ACTUAL), str(stated.get("kind", _UNSTATED))
