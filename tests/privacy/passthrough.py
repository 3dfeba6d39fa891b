"""A format of tests: the exchange format itself, so that any message can be sent through the whole gateway."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from gateway.document.canonical import canonical
from gateway.document.json_codec import read_json
from gateway.document.tree import Document, JsonObject
from gateway.exchange.identity import Identity
from gateway.mapping.api import Envelope, InputFile, Mapped
from gateway.names import AgencyId, Digest, Status
from gateway.plan import Channel, Plan

__all__ = ["AS_EXCHANGE", "with_passthrough"]

AS_EXCHANGE = AgencyId("qm-direct")
"""The agency whose messages are in the exchange format."""


@dataclass(frozen=True)
class _Passthrough:
    """Reads canonical JSON, writes the ids that only the gateway may give, and changes nothing else."""

    digest: Digest = Digest("sha256:" + "0" * 64)

    def could_read(self, files: Sequence[InputFile]) -> bool:
        return len(files) == 1

    def read(self, files: Sequence[InputFile]) -> Document:
        return read_json(files[0].data)

    def run(self, document: Document, envelope: Envelope, identity: Identity) -> "_Run":
        message = identity.message(envelope.agency, envelope.key, "")
        return _Run(Mapped("", message, "accepted", cast("JsonObject", document), (), canonical([])))


@dataclass(frozen=True)
class _Run:
    """The one message of a document."""

    mapped: Mapped

    def messages(self) -> Iterator[Mapped]:
        yield self.mapped


def with_passthrough(plan: Plan) -> Plan:
    """The same plan with one agency more."""
    mapping = cast("Any", _Passthrough())
    channel = Channel(AS_EXCHANGE, "QM", (mapping,), Status.ACTUAL)
    return replace(plan, channels={**plan.channels, AS_EXCHANGE: channel})
