"""What the checker proves holds: a mapping without errors makes valid messages of every document its schema allows.

Documents are drawn from the schema's shapes. A message that is accepted must satisfy the exchange schema; where it does
not, the checker promised what the engine does not keep, or the other way round.
"""

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonValue, XmlElement
from gateway.document.xml_codec import write_xml
from gateway.mapping.api import InboundMapping, build_inbound
from gateway.mapping.shapes.json_schema import JsonShapes
from gateway.mapping.shapes.shape import Child
from gateway.mapping.shapes.xsd import XsdShapes
from tests.mapping.documents import json_documents, xml_elements
from tests.mapping.example_files import BORDER, BORDER_SCHEMA, POLICE, POLICE_SCHEMA, example_files, exchange
from tests.mapping.proof import accepted_messages_are_valid

SPACE = "urn:example:xx-police:notice:3"


@cache
def mapping(path: str) -> InboundMapping:
    return build_inbound(path, example_files(), exchange())


def police_root() -> Child:
    root = XsdShapes(example_files(), POLICE_SCHEMA).root(f"{{{SPACE}}}Notice")
    assert root is not None
    return root


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(json_documents(JsonShapes(example_files(), BORDER_SCHEMA).root.shape))
def test_every_watchlist_hit_becomes_a_valid_message_or_is_kept_back(document: JsonValue) -> None:
    accepted_messages_are_valid(mapping(BORDER), write_json(document))


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(xml_elements(police_root()))
def test_every_notice_becomes_a_valid_message_or_is_kept_back(tree: XmlElement) -> None:
    accepted_messages_are_valid(mapping(POLICE), write_xml(tree, namespaces={"": SPACE}))


@pytest.mark.parametrize("path", [POLICE, BORDER])
def test_the_samples_are_accepted_so_that_the_properties_say_something(path: str) -> None:
    sample = {POLICE: "mappings/xx-police/fixtures/wanted.xml", BORDER: "mappings/yy-border/fixtures/hit.json"}[path]
    assert accepted_messages_are_valid(mapping(path), example_files()[sample]) == 1
