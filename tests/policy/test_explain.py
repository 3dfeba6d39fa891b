"""Why, and what would have to change: the answers of section 9 on the example of the design."""

from typing import Any

import pytest

from gateway.document.canonical import canonical
from gateway.names import PartnerId
from gateway.policy.explain import explain, explained_lines, ground_of, plain_explanation
from gateway.policy.words.needed import SENTENCES
from tests.policy.given import POLICY, case, circumstances, edited, example, load, shipped
from tests.policy.given_messages import message


def test_a_share_that_decides_is_named_with_its_law_and_line() -> None:
    found = explain(example(), case())
    assert (found.level, found.rules, found.ground) == ("full", ("S1",), "")
    (why,) = found.why
    assert why.law == ("LED art. 4(1)(b)-(c)", "LED art. 8", "Dir. (EU) 2023/977")
    assert (why.place.file, why.place.line) == (POLICY, 15)


def test_the_question_of_the_design_gets_the_answer_of_the_design() -> None:
    """A victim's street to qs-bureau: no share covers it; near is S9; L5 would stop it besides."""
    given = case(field="person.addresses.street", roles=frozenset({"victim"}), partner="qs-bureau")
    found = explain(example(), given)
    assert (found.level, found.rules) == ("redact", ("default",))
    near = {reason.rule: [lacking.words for lacking in lines] for reason, lines in found.near}
    assert "S9" in near
    assert near["S9"] == ["purpose threat-to-life", "on record: an emergency is declared"]
    assert [reason.rule for reason in found.also] == ["L5"]


def test_an_explanation_can_be_read_and_kept() -> None:
    given = case(field="person.addresses.street", roles=frozenset({"victim"}), partner="qs-bureau")
    found = explain(example(), given)
    plain: Any = plain_explanation(found)
    assert explained_lines(plain)[0] == "why   no share covers it"
    assert explained_lines(plain)[-1] == (
        "also  L5 (Victims, witnesses and children outside the Union, line 154)"
        " [LED art. 35; Dir. 2012/29/EU art. 21] stops it"
    )
    assert [reason["rule"] for reason in plain["also"]] == ["L5"]
    assert (plain["ground"], plain["why"]) == ("role", [{"rule": "default"}])
    named: Any = plain_explanation(explain(example(), case()))["why"]
    assert [(reason["rule"], reason["line"]) for reason in named] == [("S1", 15)]
    assert named[0]["law"] == ["LED art. 4(1)(b)-(c)", "LED art. 8", "Dir. (EU) 2023/977"]


def test_the_account_explains_every_decided_leaf_and_holds_no_value() -> None:
    policy = shipped("demo")
    given = message()
    found = policy.disclose(given, PartnerId("qs-bureau"), circumstances(given, "qs-bureau"))
    account: Any = policy.account(found)
    assert [line["path"] for line in account] == [told.path for told in found.told]
    street = next(line for line in account if line["path"] == "persons[0].addresses[0].street")
    assert (street["level"], street["fate"], street["rules"]) == ("redact", "withheld", ["L5", "default"])
    assert {line["ground"] for line in account if line["fate"] == "withheld" and line.get("rules")} <= {
        *policy.decisions.exchange.vocabulary.words("disclosure-ground")
    }
    assert "canary" not in canonical(account).decode().lower().replace("person.", "")


def test_a_limit_that_stops_a_share_is_the_reason() -> None:
    found = explain(example(), case(marks=frozenset({"H2"})))
    assert (found.level, found.rules, found.ground) == ("redact", ("L2",), "consent")


def test_a_limit_that_coarsens_is_named_beside_the_share() -> None:
    found = explain(example(), case(partner="qs-bureau", purpose="terrorism"))
    assert (found.level, found.rules, found.ground) == ("pseudonym", ("S4",), "law")


def test_the_whole_message_is_withheld_by_a_rule_with_a_name() -> None:
    found = explain(example(), case(roles=frozenset({"informant"})))
    assert found.level == "withhold the whole message"
    assert found.rules == ("B6",)


@pytest.mark.parametrize(
    ("changes", "ground"),
    [
        ({"purpose": "statistics"}, "purpose"),
        ({"roles": frozenset({"witness"})}, "role"),
        ({"classification": "CONFIDENTIAL"}, "classification"),
        ({"classification": "TOP-SECRET"}, "classification"),
        ({"field": "narrative.text"}, "review"),
        ({"partner": "qs-bureau", "purpose": "terrorism", "origin": "third party"}, "consent"),
        ({"field": "person.statement.basis", "partner": "qt-ministry", "marks": frozenset({"H1"})}, "law"),
        ({"field": "person.biometrics.kind", "partner": "qr-police", "roles": frozenset({"victim"})}, "role"),
    ],
)
def test_every_withheld_item_has_a_ground_of_the_format(changes: dict[str, object], ground: str) -> None:
    given = case(**changes)
    assert ground_of(example(), given) == ground
    assert ground in example().exchange.vocabulary.words("disclosure-ground")


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "statistics", "roles": frozenset({"witness"}), "classification": "TOP-SECRET"},
        {"marks": frozenset({"unmarked"})},
        {"field": "person.documents.number", "information": "assessment"},
        {"field": "person.names.full", "partner": "qs-bureau", "purpose": "threat-to-life"},
        {"field": "location.name", "partner": "world-office", "purpose": "threat-to-life"},
    ],
)
def test_every_line_that_can_be_lacking_has_a_sentence_of_its_own(changes: dict[str, object]) -> None:
    lines = [lacking for _, lacks in explain(example(), case(**changes)).near for lacking in lacks]
    assert lines
    for lacking in lines:
        gaps = SENTENCES[f"lacks {lacking.line}"]
        assert bool(gaps) == bool(lacking.fits), lacking


def test_a_channel_that_cannot_carry_the_duties_is_the_ground() -> None:
    """Only the channel is missing: qr-police would get it if it could carry conditions on the item."""
    wider = load(
        edited("with: [eu-led]\n    for: [serious-crime, terrorism]\n", "with: [adequate]\n    for: [serious-crime]\n")
    )
    given = case(field="person.biometrics.kind", partner="qr-police")
    assert ground_of(wider, given) == "channel"
    assert explain(wider, given).near[0][1][0].ground == "channel"
