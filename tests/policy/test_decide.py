"""The definition on the example of the design: each sentence of 4.1 to 4.7 once."""

from pathlib import Path

import pytest

from gateway.names import FieldId
from gateway.policy import decide as definition
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.language import Case
from tests.policy.given import case, edited, example, load


def level(given: Case) -> str:
    decisions = example()
    found, _ = decide(decisions.policy, decisions.catalogue, decisions.register, given)
    if found == WITHHOLD_MESSAGE:
        return "withhold the whole message"
    return decisions.catalogue.ladder(given.field).levels[found]


def conditions(given: Case) -> list[str]:
    decisions = example()
    return sorted(map(str, decide(decisions.policy, decisions.catalogue, decisions.register, given)[1]))


def test_the_definition_is_short_enough_to_be_read_at_one_sitting() -> None:
    text = Path(definition.__file__).read_text()
    assert len(text.splitlines()) <= 60
    assert [line for line in text.splitlines() if line.startswith("from gateway")] == [
        line for line in text.splitlines() if line.startswith("from gateway.policy.language")
    ]


def test_a_suspect_is_named_to_those_whom_a_share_names() -> None:
    assert level(case()) == "full"
    assert level(case(partner="qr-police")) == "pseudonym"
    assert level(case(partner="qt-ministry")) == "redact"


def test_every_role_must_be_listed_in_the_share() -> None:
    assert level(case(roles=frozenset({"suspect", "convicted"}))) == "full"
    assert level(case(roles=frozenset({"suspect", "victim"}))) == "redact"


def test_one_role_is_enough_for_a_limit() -> None:
    protected = case(field="location.point.lat", roles=frozenset({"witness", "protected"}), partner="home-prosecution")
    assert level(protected) == "withhold the whole message"


def test_what_is_unknown_is_held_back_but_does_not_hold_back_the_message() -> None:
    assert level(case(roles=frozenset({"unknown"}))) == "redact"
    decisions = example()
    found = decide(decisions.policy, decisions.catalogue, decisions.register, case(roles=frozenset({"unknown"})))
    assert found == (REDACT, set())


def test_an_unmarked_item_leaves_only_where_a_share_names_it() -> None:
    assert level(case(marks=frozenset({"unmarked"}))) == "redact"
    named = load(edited("    id: S1\n", "    id: S1\n    marked: [unmarked]\n"))
    found, _ = decide(named.policy, named.catalogue, named.register, case(marks=frozenset({"unmarked"})))
    assert found == REDACT, "L2 and L3 include what is unmarked, whatever the share says"


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"usable": "no"}, "B2"),
        ({"classification": "TOP-SECRET", "partner": "home-fiu"}, "B3"),
        ({"origin": "third party", "partner": "qs-bureau", "purpose": "terrorism"}, "B5"),
        ({"roles": frozenset({"informant"})}, "B6"),
    ],
)
def test_built_in_limits_hold(changes: dict[str, object], limit: str) -> None:
    decisions = example()
    rule = next(rule for rule in decisions.policy.limits if rule.id == limit)
    given = case(**changes)
    assert definition.restriction_applies(rule, given, decisions.register)
    assert level(given) in ("redact", "withhold the whole message")


def test_a_partner_without_a_legal_basis_gets_nothing_at_all() -> None:
    """B1 on every field and purpose: nothing of any case leaves to a partner of regime `none`."""
    decisions = example()
    for field in decisions.catalogue.fields:
        given = case(field=field, partner="qt-ministry", roles=frozenset({"no-person"}))
        assert decide(decisions.policy, decisions.catalogue, decisions.register, given)[0] <= REDACT


def test_a_permission_lifts_the_limit_that_names_it_and_no_other() -> None:
    reserved = case(marks=frozenset({"H2"}))
    assert level(reserved) == "redact"
    assert level(case(marks=frozenset({"H2"}), grants=frozenset({"the originator has consented"}))) == "full"
    assert level(case(marks=frozenset({"H2"}), grants=frozenset({"authorised in this case"}))) == "redact"


def test_an_emergency_makes_true_what_a_rule_already_asks_for() -> None:
    street = case(field="person.addresses.street", roles=frozenset({"victim"}), purpose="threat-to-life")
    assert level(street) == "redact"
    declared = case(
        field="person.addresses.street",
        roles=frozenset({"victim"}),
        purpose="threat-to-life",
        grants=frozenset({"an emergency is declared"}),
    )
    assert level(declared) == "full"


def test_conditions_are_the_union_of_the_rules_that_speak() -> None:
    given = case(partner="qs-bureau", purpose="terrorism", marks=frozenset({"H0", "H1"}))
    assert level(given) == "pseudonym"
    assert conditions(given) == ["no-evidence-without-consent", "no-onward-transfer-without-consent"]


def test_a_share_whose_conditions_cannot_travel_offers_nothing() -> None:
    decisions = load(
        edited("with: [eu-led]\n    for: [serious-crime, terrorism]", "with: [eu-led, adequate]\n    for: [terrorism]")
    )
    given = case(field="person.biometrics.kind", purpose="terrorism", partner="qr-police")
    assert decide(decisions.policy, decisions.catalogue, decisions.register, given)[0] == REDACT


def test_a_condition_that_cannot_be_carried_holds_the_item_back() -> None:
    given = case(field="person.statement.basis", partner="qt-ministry", marks=frozenset({"H1"}))
    assert level(given) == "redact"


def test_a_level_that_the_field_does_not_have_is_redacted() -> None:
    assert level(case(field="person.births.place", partner="qr-police")) == "redact"


def test_a_spelling_leaves_only_where_its_code_leaves_in_full() -> None:
    """`raw` follows its code, and is free text besides: without a review it never leaves."""
    reviewed = frozenset({"reviewed by an officer"})
    decisions = load(edited("share: [identity]\n    id: S1\n", "share: [identity, original]\n    id: S1\n"))
    found = decide(
        decisions.policy, decisions.catalogue, decisions.register, case(field="person.sex.raw", grants=reviewed)
    )
    assert found[0] == decisions.catalogue.ladder(FieldId("person.sex.raw")).top
    stopped = load(edited("share: [identity]\n    id: S1\n", "share: [original]\n    id: S1\n"))
    found = decide(stopped.policy, stopped.catalogue, stopped.register, case(field="person.sex.raw", grants=reviewed))
    assert found[0] == REDACT


def test_a_field_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        level(case(field="person.shoe_size"))
