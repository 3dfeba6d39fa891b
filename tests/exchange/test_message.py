"""Leaves of a message, and what the gateway completes in a draft."""

from copy import deepcopy

import pytest
from hypothesis import given

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.message import LeafPath, complete, leaves, leaves_of
from gateway.exchange.validate import validate
from gateway.names import AgencyId, MessageId, Status
from tests.exchange.given import at, example, exchange_format
from tests.model.strategies import messages

MESSAGE = MessageId("82b1e072-6dd0-526c-96b4-7fbc37ecd862")
AGENCY = AgencyId("qm-police")


def completed(draft: JsonObject, status: Status | None = Status.ACTUAL) -> JsonObject:
    return complete(draft, message_id=MESSAGE, agency=AGENCY, country="QM", status=status, exchange=exchange_format())


def scalars(value: JsonValue, path: LeafPath = ()) -> list[tuple[LeafPath, JsonValue]]:
    """The obvious way to find every leaf."""
    if isinstance(value, dict):
        return [found for name, member in value.items() for found in scalars(member, (*path, name))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in scalars(item, (*path, index))]
    return [(path, value)]


@pytest.mark.slow
@given(messages())
def test_leaves_are_all_scalars_in_order(message: JsonObject) -> None:
    assert [(path, value) for _, path, value in leaves(message)] == scalars(message)


@pytest.mark.slow
@given(messages())
def test_every_leaf_of_a_valid_message_is_in_the_catalogue(message: JsonObject) -> None:
    fields = exchange_format().catalogue.fields
    for field, path, _ in leaves(message):
        names = [step for step in path if isinstance(step, str)]
        assert fields[field].path.replace("[*]", "") == "$." + ".".join(names)


def test_ids_of_leaves() -> None:
    found = {path: field for field, path, _ in leaves(example("person-notice"))}
    assert found["persons", 0, "names", 1, "full"] == "person.names.full"
    assert found["header", "originator", "agency"] == "header.originator.agency"
    assert found["notice", "warrants", 0, "offence", "raw"] == "notice.warrants.offence.raw"
    assert found["persons", 0, "roles", 0] == "person.roles"
    assert found["narrative", 0, "text"] == "narrative.text"


def test_a_leaf_that_the_format_does_not_have_has_an_id_that_no_catalogue_knows() -> None:
    odd: JsonObject = {"persons": [{"shoe_size": "44"}], "gossip": {"text": None}}
    assert [field for field, _, _ in leaves(odd)] == ["person.shoe_size", "gossip.text"]
    assert not {field for field, _, _ in leaves(odd)} & set(exchange_format().catalogue.fields)


def test_leaves_of_one_entity() -> None:
    entity: JsonObject = {"id": "x", "names": [{"full": "A"}]}
    assert [(field, path) for field, path, _ in leaves_of(entity, "person")] == [
        ("person.id", ("id",)),
        ("person.names.full", ("names", 0, "full")),
    ]


def test_a_draft_is_completed() -> None:
    message = completed({"header": {"kind": "recall"}})
    header = message["header"]
    assert isinstance(header, dict)
    assert header["format"] == "exchange/1.0"
    assert header["id"] == MESSAGE
    assert header["originator"] == {"country": "QM", "agency": "qm-police"}
    assert header["status"] == "Actual"
    assert header["conversation"] == {"thread": MESSAGE}


def test_agency_format_and_id_are_never_the_payloads() -> None:
    draft: JsonObject = {"header": {"id": "x", "format": "x", "originator": {"agency": "qz-other", "unit": "Desk"}}}
    header = completed(draft)["header"]
    assert at(header, "id") == MESSAGE
    assert at(header, "format") == "exchange/1.0"
    assert at(header, "originator") == {"country": "QM", "agency": "qm-police", "unit": "Desk"}


def test_what_the_draft_states_stays() -> None:
    draft: JsonObject = {"header": {"status": "Exercise", "originator": {"country": "QN"}}}
    header = completed(draft)["header"]
    assert at(header, "status") == "Exercise"
    assert at(header, "originator", "country") == "QN"


def test_no_status_is_guessed() -> None:
    header = completed({}, None)["header"]
    assert isinstance(header, dict)
    assert "status" not in header


def test_a_reply_is_not_put_into_a_thread_of_its_own() -> None:
    header = completed({"header": {"conversation": {"in_reply_to": "x"}}})["header"]
    assert at(header, "conversation") == {"in_reply_to": "x"}


def test_sets_are_sorted_and_without_repetition() -> None:
    draft: JsonObject = {"persons": [{"roles": ["witness", "suspect", "witness"], "languages": ["fr", "en"]}]}
    assert completed(draft)["persons"] == [{"roles": ["suspect", "witness"], "languages": ["fr", "en"]}]


def test_portions_raise_the_message() -> None:
    draft: JsonObject = {
        "header": {"handling": {"classification": "OFFICIAL", "flags": ["H1"]}},
        "objects": [{"handling": {"classification": "SECRET", "flags": ["H2"]}}],
    }
    assert at(completed(draft), "header", "handling") == {"classification": "SECRET", "flags": ["H1", "H2"]}


@pytest.mark.slow
@given(messages())
def test_completing_a_complete_message_changes_nothing_but_the_gateways_own(message: JsonObject) -> None:
    before = deepcopy(message)
    header = message["header"]
    assert isinstance(header, dict)
    again = complete(
        message,
        message_id=MessageId(str(header["id"])),
        agency=AgencyId(str(at(header, "originator", "agency"))),
        country="QM",
        status=Status.ACTUAL,
        exchange=exchange_format(),
    )
    assert again == message == before
    assert validate(again, exchange_format()) == ()
