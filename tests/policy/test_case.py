"""Whose roles, which marks, how sure, whose data: the attribution of items, on small messages."""

from typing import Any

import pytest

from gateway.exchange.shape import ValueKind
from gateway.names import PartnerId
from gateway.policy.case import (
    CONNECTING,
    THINGS,
    Facts,
    Permission,
    StatementFacts,
    grants_on_record,
    nearest,
    read_facts,
)
from gateway.policy.circumstances import Grant
from tests.exchange.given import example as message_example
from tests.exchange.given import exchange_format
from tests.policy.given import circumstances, example

HEADER: Any = {
    "originator": {"agency": "qm-police", "country": "QM"},
    "purpose": "serious-crime",
    "handling": {"classification": "SENSITIVE", "flags": ["H1"]},
    "statement": {"basis": "fact"},
}


def facts(**parts: Any) -> Facts:
    header = {**HEADER, **parts.pop("header", {})}
    return read_facts({"header": header, **parts}, example().vocabulary)


def person(name: str, *roles: str, statuses: tuple[str, ...] = ()) -> Any:
    return {"id": name, "roles": [*roles], **({"statuses": [*statuses]} if statuses else {})}


def link(kind: str, one: str, other: str) -> Any:
    return {"id": f"{one}-{other}", "kind": kind, "from": one, "to": other}


def test_a_person_carries_its_roles_and_statuses() -> None:
    found = facts(persons=[person("p", "victim", statuses=("child",))])
    assert found.roles["p"] == {"victim", "child"}


@pytest.mark.parametrize("stated", [{}, {"statuses": ["child"]}])
def test_a_person_without_a_role_is_unknown(stated: Any) -> None:
    assert "unknown" in facts(persons=[{"id": "p", **stated}]).roles["p"]


def test_a_thing_that_belongs_to_nobody_has_no_person() -> None:
    assert facts(objects=[{"id": "o"}]).roles["o"] == {"no-person"}
    assert facts(objects=[{"id": "o"}]).everybody == {"no-person"}


def test_a_thing_carries_the_roles_of_whoever_is_linked_to_it() -> None:
    found = facts(persons=[person("p", "suspect")], objects=[{"id": "o"}, {"id": "x"}], links=[link("owns", "p", "o")])
    assert found.roles["o"] == {"suspect"}
    assert found.roles["x"] == {"no-person"}


def test_roles_go_through_things_and_references_but_not_through_persons() -> None:
    """The victim's account pays into a transaction; the suspect only knows the victim."""
    found = facts(
        persons=[person("v", "victim"), person("s", "suspect")],
        objects=[{"id": "a"}, {"id": "car"}],
        transactions=[{"id": "t", "from": "a"}],
        links=[link("holds", "v", "a"), link("associate-of", "s", "v"), link("owns", "s", "car")],
    )
    assert found.roles["t"] == {"victim"}
    assert found.roles["car"] == {"suspect"}


def test_the_place_of_an_event_carries_the_roles_of_the_event() -> None:
    found = facts(
        persons=[person("v", "victim")],
        events=[{"id": "e", "location": "l"}],
        locations=[{"id": "l"}],
        links=[link("involved-in", "v", "e")],
    )
    assert found.roles["l"] == {"victim"}


def test_a_link_carries_the_roles_of_both_its_ends() -> None:
    found = facts(persons=[person("s", "suspect"), person("v", "victim")], objects=[{"id": "o"}])
    assert found.roles_of("links", link("associate-of", "s", "v")) == {"suspect", "victim"}
    assert found.roles_of("links", link("owns", "s", "o")) == {"suspect"}
    assert found.roles_of("links", link("part-of", "o", "o")) == {"no-person"}
    assert "unknown" in found.roles_of("links", link("owns", "s", "nowhere"))


def test_one_human_being_recorded_twice_has_all_its_roles() -> None:
    found = facts(persons=[person("a", "contact"), person("b", "victim")], links=[link("same-as", "a", "b")])
    assert found.roles["a"] == found.roles["b"] == {"contact", "victim"}


def test_the_role_of_an_organisation_counts() -> None:
    found = facts(organisations=[{"id": "o", "roles": ["listed"]}, {"id": "x"}], objects=[{"id": "ship"}])
    assert found.roles["o"] == {"listed"}
    assert found.roles["x"] == {"no-person"}
    assert found.everybody == {"listed"}


@pytest.mark.parametrize("array", ["narrative", "attachments", "extensions", "header", "notice"])
def test_text_header_and_body_are_about_everybody(array: str) -> None:
    found = facts(persons=[person("s", "suspect"), person("v", "victim")])
    assert found.roles_of(array, {"id": "n", "about": ["s"]}) == {"suspect", "victim"}


def test_every_reference_between_things_connects_them() -> None:
    """The list in `case.py` is complete: the catalogue has no other reference from a thing to a thing."""
    arrays = {"event": "events", "transaction": "transactions", "evidence": "evidence"}
    kinds = {"organisation", "object", "location", "event", "transaction", "evidence", "indicator"}
    found = {
        (arrays[row.field.split(".")[0]], tuple(row.field.split(".")[1:]))
        for row in exchange_format().catalogue.fields.values()
        if row.kind is ValueKind.REF and row.field.split(".")[0] in kinds and kinds.issuperset(row.refs)
    }
    assert found == {(array, path) for array, paths in CONNECTING.items() for path in paths}
    assert len(THINGS) == len(kinds)


def test_a_portion_mark_stands_for_its_entity_and_markings_that_are_listed_count() -> None:
    found = facts()
    assert found.portion({}) == (frozenset({"H1"}), "SENSITIVE")
    assert found.portion({"handling": {"flags": ["H2"], "classification": "OFFICIAL"}}) == (
        frozenset({"H2"}),
        "OFFICIAL",
    )
    assert found.portion({"handling": {"classification": "OFFICIAL"}}) == (frozenset({"H1"}), "OFFICIAL")


def test_what_is_missing_is_the_strictest() -> None:
    found = read_facts({"header": {}}, example().vocabulary)
    assert found.marks == {"unmarked"}
    assert found.classification == "TOP-SECRET"
    assert found.told == StatementFacts("assessment", "")


def test_the_nearest_statement_counts_and_one_without_a_basis_is_an_assessment() -> None:
    above = StatementFacts("fact", "QM")
    assert nearest({}, above) == above
    assert nearest({"statement": {"source_grade": "A"}}, above) == StatementFacts("assessment", "QM")
    assert nearest({"statement": {"basis": "fact", "origin_country": "QN"}}, above) == StatementFacts("fact", "QN")


def test_a_grant_counts_for_its_partner_purpose_and_time_only() -> None:
    message = message_example("person-notice")
    partner = PartnerId("qn-police")
    valid = Grant("g", "the originator has consented", "2026-12-31T00:00:00.000Z", partner, "serious-crime")
    found, reviews = grants_on_record(circumstances(message, partner, grants=(valid,)), partner, "serious-crime")
    assert found == {Permission("the originator has consented")}
    assert reviews == ()
    for other, purpose, taken in (
        ("qo-police", "serious-crime", "2026-12-02T10:00:00.000Z"),
        ("qn-police", "border", "2026-12-02T10:00:00.000Z"),
        ("qn-police", "serious-crime", "2027-01-01T00:00:00.000Z"),
    ):
        given = circumstances(message, other, grants=(valid,), taken_at=taken)
        assert grants_on_record(given, PartnerId(other), purpose)[0] == frozenset()
