"""Derived ids: the published vectors, and that nothing else gives the same id."""

import json
from pathlib import Path
from uuid import UUID, uuid5

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.canonical import canonical
from gateway.exchange.identity import Identity
from gateway.exchange.layout import ARRAYS
from gateway.names import AgencyId, ItemId, ItemKind, MessageId, PartnerId, SourceKey
from tests.exchange.given import EXAMPLES

NAMESPACE = UUID("cb8fa052-ca4f-57dd-bdba-8358b4a0cd44")
IDENTITY = Identity(NAMESPACE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_ids_of_the_examples(path: Path) -> None:
    """Source key is the agency's reference, part is empty; block is the member's name, key the position."""
    message = json.loads(path.read_bytes())
    header = message["header"]
    own = IDENTITY.message(AgencyId(header["originator"]["agency"]), SourceKey(header["reference"]), "")
    assert header["id"] == own
    for array in ARRAYS:
        for position, entity in enumerate(message.get(array, [])):
            assert entity["id"] == IDENTITY.entity(own, array, position)


def test_ids_of_items() -> None:
    item = IDENTITY.item(MessageId("82b1e072-6dd0-526c-96b4-7fbc37ecd862"), "r", PartnerId("p-1"), ItemKind.MESSAGE, 0)
    assert UUID(item).version == 5
    assert UUID(IDENTITY.disclosed(item, "persons", 0)).version == 5


def test_another_namespace_gives_other_ids() -> None:
    other = Identity(UUID(int=1))
    assert other.message(AgencyId("a1"), SourceKey("k"), "") != IDENTITY.message(AgencyId("a1"), SourceKey("k"), "")


def test_ids_of_a_disclosed_message_need_no_secret_but_the_item() -> None:
    item = IDENTITY.item(MessageId("m"), "r", PartnerId("p-1"), ItemKind.MESSAGE, 0)
    assert Identity(UUID(int=2)).disclosed(item, "persons", 1) == IDENTITY.disclosed(item, "persons", 1)


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=2, max_size=2, unique=True))
def test_different_inputs_give_different_ids(inputs: list[tuple[str, str, str]]) -> None:
    """Boundaries between the inputs count: ("ab", "c") is not ("a", "bc")."""
    one, other = (IDENTITY.message(AgencyId(a), SourceKey(k), p) for a, k, p in inputs)
    assert one != other


@given(st.uuids(), st.text(max_size=8), st.integers(0, 2_000), st.sampled_from(sorted(ARRAYS)))
def test_ids_are_those_of_the_standard_library(namespace: UUID, key: str, position: int, array: str) -> None:
    """RFC 9562 and RFC 8785, by other people's code."""

    def expected(space: UUID, *name: str | int) -> str:
        return str(uuid5(space, rfc8785.dumps(list(name)).decode("utf-8")))

    identity = Identity(namespace)
    message = identity.message(AgencyId("qm-police"), SourceKey(key), "")
    assert message == expected(namespace, "message", "qm-police", key, "")
    assert identity.entity(message, array, position) == expected(namespace, message, array, position)
    item = identity.item(message, "r", PartnerId("p-1"), ItemKind.RECEIPT, position)
    assert item == expected(namespace, "item", message, "r", "p-1", "receipt", position)
    assert identity.disclosed(item, array, position) == expected(UUID(item), array, position)


@given(st.integers(0, 5), st.sampled_from(ItemKind), st.text(max_size=5), st.text(max_size=5))
def test_items_differ_by_generation_kind_route_and_partner(
    generation: int, kind: ItemKind, route: str, partner: str
) -> None:
    message = MessageId("82b1e072-6dd0-526c-96b4-7fbc37ecd862")
    own = IDENTITY.item(message, route, PartnerId(partner), kind, generation)
    assert own == IDENTITY.item(message, route, PartnerId(partner), kind, generation)
    assert own != IDENTITY.item(message, route, PartnerId(partner), kind, generation + 1)
    assert own != IDENTITY.item(message, route + "x", PartnerId(partner), kind, generation)
    assert own != IDENTITY.item(message, route, PartnerId(partner + "x"), kind, generation)


def test_the_namespace_is_not_shown() -> None:
    assert str(NAMESPACE) not in repr(IDENTITY)


@given(st.uuids(), st.sampled_from(sorted(ARRAYS)), st.integers(0, 5000))
def test_ids_are_what_the_standard_library_makes_of_the_canonical_name(item: UUID, array: str, position: int) -> None:
    name = canonical([array, position]).decode("utf-8")
    assert Identity.disclosed(ItemId(str(item)), array, position) == str(uuid5(item, name))
