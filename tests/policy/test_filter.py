"""Building the disclosed message: what is withheld takes everything with it that would tell of it."""

import hashlib
from typing import Any

import pytest

from gateway.document.canonical import canonical
from gateway.exchange.layout import ARRAYS
from gateway.exchange.shape import ValueKind
from gateway.names import Digest, PartnerId
from gateway.policy.circumstances import Grant
from gateway.policy.filter import ENTITY_ORDER
from tests.exchange.given import exchange_format
from tests.model.open_policies import open_policy
from tests.policy.given import circumstances
from tests.policy.given_messages import CASE, EVENT, SUSPECT, at, disclose, message, uid, with_header

HIDING, WIDE = open_policy("HIDING"), open_policy("WIDE")


def sent(given: Any, partner: str, **changes: Any) -> Any:
    found = disclose(given, partner, **changes).message
    assert found is not None
    return found


def hidden(given: Any) -> Any:
    """The message under a policy that shares everything but victims."""
    found = HIDING.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police")).message
    assert found is not None
    return found


# ---------------------------------------------------------------- nothing tells of what is withheld


def test_a_withheld_person_leaves_no_trace() -> None:
    """No name, id, record number, link, count, narrative, file name or position of the victim is in the bytes."""
    text = canonical(hidden(message())).decode().lower()
    assert "canary" not in text
    assert "victim" not in text
    assert not [n for n in range(1, 110) if uid(n) in text]


def test_persons_are_counted_anew() -> None:
    found = hidden(message())
    assert len(at(found, "persons")) == 1
    assert at(found, "persons", 0, "names", 0, "full") == "Teodor Brandvik"
    other = message(
        persons=[CASE["persons"][1]], links=[CASE["links"][2]], narrative=None, attachments=None, extensions=None
    )
    alone = hidden(other)
    assert at(found, "persons", 0, "id") == at(alone, "persons", 0, "id"), "the gap must tell nothing"


def test_a_link_needs_both_its_ends() -> None:
    found = hidden(message())
    ends = {(one["from"], one["to"]) for one in found["links"]}
    known = {entity["id"] for array in ARRAYS for entity in found.get(array, [])}
    assert all(end in known for pair in ends for end in pair)
    assert len(ends) == 1


def test_a_reference_to_what_is_gone_is_left_out() -> None:
    """The place is only assessed and stays; the event leaves without pointing to it."""
    alone = {"persons": [CASE["persons"][1]], "links": None, "narrative": None, "attachments": None, "extensions": None}
    place = CASE["locations"][0]
    known = hidden(message(**alone))
    assert at(known, "events", 0, "location") == at(known, "locations", 0, "id")
    unsure = hidden(message(**alone, locations=[{**place, "statement": {"basis": "assessment"}}]))
    assert "locations" not in unsure
    assert at(unsure, "events", 0).keys() == {"id", "kind", "when"}


def test_a_name_object_goes_when_its_name_goes() -> None:
    """A kind of name without a name is left out with its statement."""
    found = sent(message(), "qs-bureau")
    assert all("kind" not in name for name in at(found, "persons", 0, "names"))


def test_an_entity_with_nothing_but_grading_is_not_built() -> None:
    """S24 shares gradings with everyone: that alone must not tell that the person is there."""
    found = disclose(message(), "world-office")
    assert found.message is None
    assert found.reasons == ("nothing-left",)


def test_references_stand_in_an_order_in_which_their_targets_come_first() -> None:
    """Every reference points to an array that is built earlier, or is one that nothing requires."""
    place = {ARRAYS[array]: number for number, array in enumerate(ENTITY_ORDER)}
    assert set(ENTITY_ORDER) == set(ARRAYS)
    for row in exchange_format().catalogue.fields.values():
        kind = row.field.split(".")[0]
        if row.kind is ValueKind.REF and kind in place and row.field != "attachment.about":
            assert all(place[target] < place[kind] for target in row.refs), row.field
        if row.field == "attachment.about":
            assert not row.required


# ---------------------------------------------------------------- levels


def test_a_level_is_computed_from_the_original() -> None:
    found = sent(message(), "qs-bureau")
    assert at(found, "persons", 0, "births", 0, "date") == {"value": "1980"}
    names = at(found, "persons", 0, "names")
    assert all(str(name["full"]).startswith("psn-") for name in names)


def test_a_victim_is_masked_with_a_condition_at_the_neighbour() -> None:
    found = disclose(message(), "qn-police")
    assert found.message is not None
    victim, suspect = at(found.message, "persons")
    assert victim["names"] == [{"full": victim["names"][0]["full"]}]
    assert str(victim["names"][0]["full"]).startswith("psn-")
    assert suspect["names"][0]["full"] == "Teodor Brandvik"
    assert "contact-before-action" in [str(condition) for condition in found.conditions]
    assert "addresses" not in victim


def test_an_unreadable_value_is_redacted_and_said() -> None:
    """The format would refuse such a date; the filter does not rely on it."""
    given = message()
    given["persons"][1]["births"][0]["date"]["value"] = "sometime"
    found = disclose(given, "qs-bureau")
    assert found.message is not None
    assert "births" not in at(found.message, "persons", 0)
    assert ("identity", "withheld", "format") in found.withheld


def test_a_code_of_a_foreign_list_has_no_category() -> None:
    coarse = open_policy("COARSE")
    foreign = {"code": "robbery-armed", "scheme": "qm-penal-code"}
    ours = {"code": "robbery-armed"}
    given = message(events=[{**CASE["events"][0], "offences": [foreign, ours]}])
    found = coarse.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police")).message
    assert found is not None
    assert at(found, "events", 0, "offences") == [
        {"code": exchange_format().vocabulary["offence"].parent("robbery-armed")}
    ]


def test_between_two_years_stays_between_two_years() -> None:
    coarse = open_policy("COARSE")
    when = {"value": "2026-10-01", "to": "2027-10-31", "qualifier": "between", "raw": "autumn"}
    given = message(events=[{"id": EVENT, "kind": "offence", "when": when, "offences": [{"code": "theft"}]}])
    wide = WIDE.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police")).message
    assert wide is not None
    assert at(wide, "events", 0, "when") == {"value": "2026-10-01", "to": "2027-10-31", "qualifier": "between"}
    found = coarse.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police"))
    levels = {told.path: told.cell.word for told in found.told}
    assert levels["events[0].when.value"] == "year"


# ---------------------------------------------------------------- statements, reviews


def test_a_name_with_its_own_statement_is_decided_by_it() -> None:
    """S2 asks for facts: an address that is only assessed stays, its neighbour goes."""
    addresses = [
        {"kind": "residence", "street": "1 Fact Street"},
        {"kind": "work", "street": "2 Guess Street", "statement": {"basis": "assessment"}},
    ]
    persons = [{"id": SUSPECT, "roles": ["suspect"], "names": [{"full": "Teodor Brandvik"}], "addresses": addresses}]
    given = message(persons=persons, links=None, narrative=None, attachments=None, extensions=None)
    found = sent(given, "qn-police")
    assert [one["street"] for one in at(found, "persons", 0, "addresses")] == ["1 Fact Street"]


def test_data_of_a_third_state_stay_in_the_union() -> None:
    persons = [
        {
            "id": SUSPECT,
            "roles": ["suspect"],
            "names": [
                {"full": "Teodor Brandvik"},
                {"full": "Somebody Else", "statement": {"basis": "fact", "origin_country": "QR"}},
            ],
        }
    ]
    given = message(persons=persons, links=None, narrative=None, attachments=None, extensions=None)
    assert len(at(sent(given, "qn-police"), "persons", 0, "names")) == 2
    assert len(at(sent(given, "qs-bureau"), "persons", 0, "names")) == 1


def test_reviewed_text_leaves_and_only_that_text() -> None:
    texts = ["Seen at the quay.", "Unread."]
    narrative = [{"id": uid(40 + n), "kind": "facts", "text": text} for n, text in enumerate(texts)]
    given = message(narrative=narrative)
    digest = Digest("sha256:" + hashlib.sha256(texts[0].encode()).hexdigest())
    review = Grant("r", "reviewed by an officer", "9999-01-01T00:00:00.000Z", digest=digest)
    policy = open_policy("REVIEWED")
    found = policy.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police", grants=(review,))).message
    assert found is not None
    assert [one["text"] for one in at(found, "narrative")] == texts[:1]


def test_the_roles_that_a_reviewer_found_are_added() -> None:
    review = Grant("r", "reviewed by an officer", "9999-01-01T00:00:00.000Z", roles=frozenset({"informant"}))
    given = message()
    found = open_policy("REVIEWED").disclose(
        given, PartnerId("qn-police"), circumstances(given, "qn-police", grants=(review,))
    )
    assert found.reasons == ("rule:B6",)


# ---------------------------------------------------------------- ids of the partner


def test_the_partner_knows_the_thread_under_its_own_ids() -> None:
    given = with_header(conversation={"thread": uid(900), "in_reply_to": uid(901)}, supersedes=[uid(902), uid(903)])
    known = {uid(900): uid(700), uid(901): uid(701), uid(903): uid(703)}
    found = sent(given, "qn-police", message_ids=known)
    assert at(found, "header", "conversation") == {"thread": uid(700), "in_reply_to": uid(701)}
    assert at(found, "header", "supersedes") == [uid(703)]


def test_a_thread_the_partner_never_saw_is_left_out() -> None:
    given = with_header(conversation={"thread": uid(900)}, supersedes=[uid(902)])
    header = at(sent(given, "qn-police"), "header")
    assert "conversation" not in header
    assert "supersedes" not in header


def test_the_first_message_of_a_thread_is_its_thread() -> None:
    found = sent(message(), "qn-police")
    assert at(found, "header", "conversation", "thread") == at(found, "header", "id")
    assert at(found, "header", "id") == circumstances(message(), "qn-police").item


def test_positions_follow_the_disclosed_message() -> None:
    given = message()
    item = circumstances(given, "qn-police").item
    identity = circumstances(given, "qn-police").identity
    found = hidden(given)
    for array in ARRAYS:
        for position, entity in enumerate(found.get(array, [])):
            assert entity["id"] == identity.disclosed(item, array, position)


@pytest.mark.parametrize("partner", ["qn-police", "eu-centre", "qs-bureau", "world-office"])
def test_the_full_message_is_not_changed(partner: str) -> None:
    given = message()
    before = canonical(given)
    disclose(given, partner)
    assert canonical(given) == before


# ---------------------------------------------------------------- what no schema has seen


@pytest.mark.parametrize("value", [{"x": "CANARY"}, ["CANARY", {"y": "CANARY"}], [["CANARY"]], None, {}])
def test_something_else_in_the_place_of_a_leaf_vanishes(value: Any) -> None:
    """The filter does not rely on the schema: it builds leaves from texts and numbers only."""
    given = message()
    given["persons"][1]["names"][0]["script"] = value
    found = WIDE.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police")).message
    assert found is not None
    assert "script" not in at(found, "persons", 1, "names", 0)


@pytest.mark.parametrize("value", ["CANARY", 7, None, ["CANARY"], [["CANARY"]]])
def test_something_else_in_the_place_of_an_object_vanishes(value: Any) -> None:
    given = message()
    given["persons"][1]["names"] = value
    found = WIDE.disclose(given, PartnerId("qn-police"), circumstances(given, "qn-police")).message
    assert found is not None
    assert "names" not in at(found, "persons", 1)


def test_alternatives_of_the_format_are_single_members() -> None:
    """The tables know "one of these members" only; the format has no other alternatives."""
    assert {len(group) for shape in exchange_format().catalogue.objects.values() for group in shape.any_of} == {1}
