"""What the gateway itself writes: the statement of withholding, duties and markings."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.names import PartnerId
from gateway.policy.compile import compile_policy
from gateway.policy.disclosure import Disclosure
from gateway.policy.language import GAPS, GAPS_BY_KIND, GAPS_MAYBE, GAPS_NOTHING
from tests.policy.given import circumstances, shipped
from tests.policy.given_messages import CASE, SUSPECT, at, disclose, message, with_header


def with_gaps(sentence: str, given: Any, partner: str) -> Disclosure:
    decisions = shipped("demo").decisions
    policy = compile_policy(replace(decisions, policy=replace(decisions.policy, gaps=sentence)))
    return policy.disclose(given, PartnerId(partner), circumstances(given, partner))


def statement(found: Disclosure) -> Any:
    assert found.message is not None
    return at(found.message, "header", "disclosure").get("withheld", [])


def test_the_statement_says_kinds_and_grounds_and_nothing_more() -> None:
    lines = statement(disclose(message(), "qs-bureau"))
    assert {"class": "identity", "how": "coarsened", "ground": "law"} in lines
    assert {"class": "narrative", "how": "withheld", "ground": "review"} in lines
    assert {"class": "biometric", "how": "withheld", "ground": "role"} in lines
    assert all(line.keys() == {"class", "how", "ground"} for line in lines)
    assert len({tuple(line.values()) for line in lines}) == len(lines)


def test_the_same_statement_whatever_the_number_of_victims() -> None:
    """No counts: with two victims it says what it says with one."""
    given = message()
    second = {**given["persons"][0], "id": "11111111-1111-5111-8111-000000000099"}
    more = message(persons=[*given["persons"], second])
    assert statement(disclose(given, "qs-bureau")) == statement(disclose(more, "qs-bureau"))


def test_that_there_may_be_gaps_is_always_said_in_the_same_words() -> None:
    assert statement(with_gaps(GAPS_MAYBE, message(), "qs-bureau")) == [{"how": "withheld"}]
    bare = message(
        persons=[{"id": SUSPECT, "roles": ["suspect"], "names": [{"full": "Teodor Brandvik"}]}],
        objects=None,
        locations=None,
        events=None,
        links=None,
        narrative=None,
        attachments=None,
        extensions=None,
    )
    assert statement(with_gaps(GAPS_MAYBE, bare, "qn-police")) == [{"how": "withheld"}]


def test_a_policy_may_say_nothing_about_gaps() -> None:
    found = with_gaps(GAPS_NOTHING, message(), "qs-bureau")
    assert statement(found) == []
    assert GAPS == (GAPS_NOTHING, GAPS_MAYBE, GAPS_BY_KIND)


def test_what_a_silent_rule_withholds_is_not_stated() -> None:
    """An unknown person might be an informant (B6 is silent): that something about it stays must not be said."""
    given = message(narrative=None, attachments=None, extensions=None, links=[CASE["links"][2]])
    given["header"]["kind"] = "object-notice"
    given["persons"][0]["roles"] = ["unknown"]
    given["persons"][0]["special"] = [{"kind": "health", "value": "CANARY"}]
    found = disclose(given, "qn-police")
    assert found.message is not None
    classes = {ground.data_class for ground in found.withheld}
    assert "intimate" not in classes
    assert "biometric" not in classes


def test_duties_of_the_originator_and_of_the_policy_stand_together_once() -> None:
    conditions = [{"kind": "no-evidence-without-consent"}, {"kind": "correct-on-notice"}]
    handling = {"classification": "OFFICIAL", "flags": ["H1"], "conditions": conditions}
    found = disclose(with_header(handling=handling), "qn-police")
    assert found.message is not None
    kinds = [one["kind"] for one in at(found.message, "header", "handling", "conditions")]
    assert sorted(kinds) == ["contact-before-action", "correct-on-notice", "no-evidence-without-consent"]


@pytest.mark.parametrize(("stated", "kept"), [("10 days", "10 days"), ("2 years", "30 days without a match")])
def test_of_two_retention_periods_the_shorter_stays(stated: str, kept: str) -> None:
    handling = {
        "classification": "OFFICIAL",
        "flags": ["H0"],
        "conditions": [{"kind": "delete-after", "value": stated}],
    }
    persons = [
        {
            "id": SUSPECT,
            "roles": ["suspect"],
            "names": [{"full": "Teodor Brandvik"}],
            "biometrics": [{"kind": "face", "sample": "QM-1"}],
        }
    ]
    given = with_header(handling=handling)
    given = message(
        header=given["header"], persons=persons, links=None, narrative=None, attachments=None, extensions=None
    )
    found = disclose(given, "qn-police")
    periods = [condition.value for condition in found.conditions if condition.kind == "delete-after"]
    assert periods == [kept]


def test_the_marking_is_that_of_what_leaves() -> None:
    """The portion that is marked higher stays at home, and the header says what the rest needs."""
    given = with_header(handling={"classification": "CONFIDENTIAL", "flags": ["H0", "H1"]})
    given["persons"][1]["handling"] = {"classification": "OFFICIAL", "flags": ["H0"]}
    found = disclose(given, "qs-bureau")
    assert found.message is not None
    assert at(found.message, "header", "handling", "classification") == "OFFICIAL"
    assert at(found.message, "header", "handling", "flags") == ["H0"]
    full = disclose(given, "qn-police")
    assert full.message is not None
    assert at(full.message, "header", "handling", "classification") == "CONFIDENTIAL"


def test_partner_and_plan_are_stated() -> None:
    found = disclose(message(), "qn-police")
    assert found.message is not None
    stated = at(found.message, "header", "disclosure")
    assert stated["partner"] == "qn-police"
    assert stated["plan"] == circumstances(message(), "qn-police").plan
