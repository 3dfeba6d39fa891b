"""Running a document through a mapping, and holding what comes out to the exchange schema."""

from uuid import UUID

from hypothesis import assume

from gateway.errors import DocumentRefused
from gateway.exchange.identity import Identity
from gateway.exchange.message import complete
from gateway.mapping.api import InboundMapping
from gateway.mapping.run.apply import Envelope
from gateway.names import AgencyId, Digest, SourceKey, Status
from tests.mapping.example_files import exchange

ENVELOPE = Envelope(AgencyId("a-b"), "NO", SourceKey("k"), "2026-03-01T09:00:00Z", Digest("sha256:" + "0" * 64))


class Sample:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.name = "sample"


def accepted_messages_are_valid(mapping: InboundMapping, data: bytes) -> int:
    """Give how many messages were accepted, each valid by the schema; a document that is refused proves nothing."""
    try:
        document = mapping.read([Sample(data)])
    except DocumentRefused:
        assume(False)
        raise
    count = 0
    for mapped in mapping.apply(document, ENVELOPE, Identity(UUID(int=0))):
        if mapped.outcome != "accepted" or mapped.message is None:
            continue
        whole = complete(
            mapped.message,
            message_id=mapped.message_id,
            agency=AgencyId("a-b"),
            country="NO",
            status=Status.ACTUAL,
            exchange=exchange(),
        )
        faults = exchange().schema.check(whole)
        # Which parts a kind of message needs may depend on the document: the checker warns of that (T214).
        assert [str(fault) for fault in faults if (fault.code, fault.place.path) != ("DOC-050", "$")] == []
        count += 1
    return count
