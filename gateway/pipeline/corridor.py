"""The walk of one delivery: choose a format, read, map, and for each message check, decide per partner, say, state."""

from dataclasses import dataclass, field

from gateway.custody.leaf import Leaf
from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from gateway.errors import DocumentRefused, Fault
from gateway.exchange.validate import validate
from gateway.mapping.api import Mapped
from gateway.mapping.run.report import stamped
from gateway.names import Digest, Lane, State, Status
from gateway.outcome import MessageOutcome, Outcome, Received
from gateway.pipeline.ending import ended, failure
from gateway.pipeline.inbox import inbox_digest
from gateway.pipeline.opening import completed, open_delivery
from gateway.pipeline.partner import decide_partner
from gateway.pipeline.statement import Statement
from gateway.plan import Channel, Plan

__all__ = ["run"]

_NO_STATUS = Fault(
    "EXC-901",
    "neither the message nor the channel says whether this is real or a drill",
    fix="give the agency's entry in the plan a `status`, or map the format's own marker",
)
_NOTHING_IN_IT = Fault("DEL-003", "the file holds no message", fix="send at least one record")


@dataclass(slots=True)
class _Walk:
    """What one delivery has come to so far."""

    received: Received
    plan: Plan
    channel: Channel
    mapping: Digest
    messages: list[MessageOutcome] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    openings: dict[str, bytes] = field(default_factory=dict)

    def end(
        self, mapped: Mapped, state: State, faults: tuple[Fault, ...], reason: str, message: JsonObject | None
    ) -> None:
        """Note a message that nobody gets."""
        outcome, leaves = ended(
            self.received,
            self.plan,
            mapped.message_id,
            mapped.part,
            state=state,
            faults=faults,
            reason=reason,
            message=message,
            lineage=stamped(mapped.lineage, self.mapping),
        )
        self.messages.append(outcome)
        self.leaves += leaves


def run(received: Received, plan: Plan) -> Outcome:
    """Decide what becomes of one delivery. Never raises for anything that is in the delivery.

    Every message of the delivery ends in one `MessageOutcome`; a delivery that cannot be read is one refused message,
    a failure of ours is one quarantined message and nothing of the delivery is disclosed.
    """
    digest = inbox_digest(received.files, plan.secrets)
    try:
        messages, leaves, openings = _messages(received, plan)
    except DocumentRefused as refused:
        messages, leaves = _alone(received, plan, State.REFUSED, refused.faults, "unreadable")
        openings = {}
    except Exception as error:  # noqa: BLE001  whatever it is, nothing is disclosed
        messages, leaves = _alone(received, plan, State.QUARANTINED, (failure(error),), "error")
        openings = {}
    return Outcome(received, digest, plan.digest, messages, leaves, openings)


def _alone(
    received: Received, plan: Plan, state: State, faults: tuple[Fault, ...], reason: str
) -> tuple[tuple[MessageOutcome, ...], tuple[Leaf, ...]]:
    message = plan.identity.message(received.agency, received.key, "")
    outcome, leaves = ended(received, plan, message, "", state=state, faults=faults, reason=reason)
    return (outcome,), tuple(leaves)


def _messages(received: Received, plan: Plan) -> tuple[tuple[MessageOutcome, ...], tuple[Leaf, ...], dict[str, bytes]]:
    opened = open_delivery(received, plan)
    walk = _Walk(received, plan, opened.channel, opened.mapping.digest)
    for mapped in opened.run().messages():
        _message(mapped, walk)
    if not walk.messages:
        nothing = Mapped(
            part="",
            message_id=plan.identity.message(received.agency, received.key, ""),
            outcome="quarantined",
            message=None,
            diagnostics=(_NOTHING_IN_IT,),
            lineage=b"",
        )
        _message(nothing, walk)
    return tuple(walk.messages), tuple(walk.leaves), walk.openings


def _message(mapped: Mapped, walk: _Walk) -> None:
    if mapped.outcome != "accepted" or mapped.message is None:
        state = State.REFUSED if mapped.outcome == "refused" else State.QUARANTINED
        walk.end(mapped, state, mapped.diagnostics, "not-valid", mapped.message)
        return
    plan, channel = walk.plan, walk.channel
    message = completed(mapped.message, mapped.message_id, channel, plan)
    header = message["header"]
    if not isinstance(header, dict) or "status" not in header:
        walk.end(mapped, State.QUARANTINED, (*mapped.diagnostics, _NO_STATUS), "marking-missing", message)
        return
    faults = validate(message, plan.exchange)
    if faults:
        walk.end(mapped, State.QUARANTINED, (*mapped.diagnostics, *faults), "not-valid", message)
        return
    lane = max(_lane(header), channel.ceiling)
    statement = Statement(walk.received, plan, mapped.message_id)
    taken = statement.received(message, Status(str(header["status"])))
    facts = plan.policy.facts(message)
    decided = [
        decide_partner(message, facts, mapped.message_id, route, walk.received, plan, lane, statement)
        for route in plan.routes.values()
    ]
    items = tuple(item for items, _ in decided for item in items)
    walk.leaves += [taken, *(leaf for _, leaves in decided for leaf in leaves)]
    walk.openings |= statement.openings
    walk.messages.append(
        MessageOutcome(
            message=mapped.message_id,
            part=mapped.part,
            state=max((item.state for item in items), default=State.UNKNOWN),
            lane=lane,
            status=Status(str(header["status"])),
            kind=str(header["kind"]),
            items=items,
            exchange=canonical(message),
            faults=mapped.diagnostics,
            lineage=stamped(mapped.lineage, walk.mapping),
        )
    )


def _lane(header: JsonObject) -> Lane:
    return Lane[str(header["precedence"])]
