"""The first steps of the walk, the same for the corridor and for who walks again: whose format, what was read, the run.

Guarantees that a delivery which is opened again under the same plan is read and mapped to the last byte as before.
"""

from dataclasses import dataclass, field

from gateway.document.tree import Document, JsonObject
from gateway.errors import DocumentRefused, Fault, Place
from gateway.exchange.message import complete
from gateway.mapping.api import Envelope, InboundMapping, choose_mapping
from gateway.mapping.run.apply import DocumentRun
from gateway.names import Digest, MessageId
from gateway.outcome import Received
from gateway.pipeline.inbox import inbox_digest
from gateway.plan import Channel, Plan

__all__ = ["Opened", "completed", "open_delivery"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery that was read: by which mapping, and everything to map it."""

    plan: Plan = field(repr=False)
    channel: Channel
    mapping: InboundMapping
    document: Document = field(repr=False)
    envelope: Envelope

    def run(self) -> DocumentRun:
        """Begin to map it."""
        return self.mapping.run(self.document, self.envelope, self.plan.identity)


def open_delivery(received: Received, plan: Plan) -> Opened:
    """Choose the mapping of the agency that reads the files, and read them. Raises `DocumentRefused`."""
    channel = plan.channels.get(received.agency)
    if channel is None:
        fix = "register the agency in the plan"
        raise DocumentRefused(Fault("SEC-010", "this agency is not registered", Place(), fix))
    mapping, document = choose_mapping(channel.mappings, received.files)
    envelope = Envelope(
        agency=received.agency,
        country=channel.country,
        key=received.key,
        taken=received.taken_at,
        digest=Digest("hmac:" + inbox_digest(received.files, plan.secrets).hex()),
    )
    return Opened(plan, channel, mapping, document, envelope)


def completed(draft: JsonObject, message_id: MessageId, channel: Channel, plan: Plan) -> JsonObject:
    """Give a mapping's draft with what only the gateway writes."""
    return complete(
        draft,
        message_id=message_id,
        agency=channel.agency,
        country=channel.country,
        status=channel.status,
        exchange=plan.exchange,
    )
