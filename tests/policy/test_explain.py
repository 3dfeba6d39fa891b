"""Why, and what would have to change: the answers of section 9 on the example of the design."""

import pytest

from gateway.policy.explain import explain, ground_of
from tests.policy.given import POLICY, case, edited, example, load


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


def test_a_channel_that_cannot_carry_the_duties_is_the_ground() -> None:
    """Only the channel is missing: qr-police would get it if it could carry conditions on the item."""
    wider = load(
        edited("with: [eu-led]\n    for: [serious-crime, terrorism]\n", "with: [adequate]\n    for: [serious-crime]\n")
    )
    given = case(field="person.biometrics.kind", partner="qr-police")
    assert ground_of(wider, given) == "channel"
    assert explain(wider, given).near[0][1][0].ground == "channel"
