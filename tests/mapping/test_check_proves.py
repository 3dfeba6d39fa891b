"""What the checker proves holds: a mapping without errors makes valid messages of every document its schema allows.

Documents are drawn from the schema's shapes. A message that is accepted must satisfy the exchange schema; where it does
not, the checker promised what the engine does not keep, or the other way round.
"""

from functools import cache
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonValue, XmlElement
from gateway.document.xml_codec import write_xml
from gateway.errors import DocumentRefused
from gateway.exchange.identity import Identity
from gateway.exchange.message import complete
from gateway.mapping.api import InboundMapping, build_inbound
from gateway.mapping.apply import Envelope
from gateway.mapping.shapes import Child
from gateway.mapping.shapes_json import JsonShapes
from gateway.mapping.shapes_xsd import XsdShapes
from gateway.names import AgencyId, Digest, SourceKey, Status
from tests.mapping.documents import json_documents, xml_elements
from tests.mapping.example_files import BORDER, BORDER_SCHEMA, POLICE, POLICE_SCHEMA, example_files, exchange

SPACE = "urn:example:xx-police:notice:3"
ENVELOPE = Envelope(AgencyId("a-b"), "NO", SourceKey("k"), "2026-03-01T09:00:00Z", Digest("sha256:" + "0" * 64))


class Sample:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.name = "sample"


@cache
def mapping(path: str) -> InboundMapping:
    return build_inbound(path, example_files(), exchange())


def police_root() -> Child:
    root = XsdShapes(example_files(), POLICE_SCHEMA).root(f"{{{SPACE}}}Notice")
    assert root is not None
    return root


def accepted_messages_are_valid(path: str, data: bytes) -> int:
    """Give how many messages were accepted, each valid by the schema."""
    try:
        document = mapping(path).read([Sample(data)])
    except DocumentRefused:
        assume(False)
        raise
    count = 0
    for mapped in mapping(path).apply(document, ENVELOPE, Identity(UUID(int=0))):
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
        assert [str(fault) for fault in exchange().schema.check(whole)] == []
        count += 1
    return count


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(json_documents(JsonShapes(example_files(), BORDER_SCHEMA).root.shape))
def test_every_watchlist_hit_becomes_a_valid_message_or_is_kept_back(document: JsonValue) -> None:
    accepted_messages_are_valid(BORDER, write_json(document))


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(xml_elements(police_root()))
def test_every_notice_becomes_a_valid_message_or_is_kept_back(tree: XmlElement) -> None:
    accepted_messages_are_valid(POLICE, write_xml(tree, namespaces={"": SPACE}))


@pytest.mark.parametrize("path", [POLICE, BORDER])
def test_the_samples_are_accepted_so_that_the_properties_say_something(path: str) -> None:
    sample = {POLICE: "mappings/xx-police/fixtures/wanted.xml", BORDER: "mappings/yy-border/fixtures/hit.json"}[path]
    assert accepted_messages_are_valid(path, example_files()[sample]) == 1
