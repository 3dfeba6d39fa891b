"""The account that is stored with every decision explains it: why, what was near, what else would stop it."""

from typing import Any

import orjson

from gateway.names import PartnerId
from gateway.pipeline.account import account_of
from tests.policy.given import circumstances, shipped
from tests.policy.given_messages import message


def account(partner: str) -> Any:
    policy, given = shipped("demo"), message()
    found = policy.disclose(given, PartnerId(partner), circumstances(given, partner))
    return orjson.loads(account_of(found, policy))


def test_every_decided_item_has_an_explanation_and_equal_ones_are_stored_once() -> None:
    found = account("qs-bureau")
    decided = [item for item in found["items"] if "case" in item]
    assert decided
    assert all("why" in item for item in decided)
    assert 1 < len(found["explanations"]) < len(decided)
    keys = [orjson.dumps(each) for each in found["explanations"]]
    assert len(keys) == len(set(keys))


def test_a_withheld_street_says_which_rules_and_laws_and_what_would_have_to_change() -> None:
    found = account("qs-bureau")
    (street,) = (item for item in found["items"] if item["path"] == "persons[0].addresses[0].street")
    why = found["explanations"][street["why"]]
    assert why["why"] == [{"rule": "default"}]
    assert all(near["lacks"] and near["law"] and near["line"] for near in why["near"])
    assert [(also["rule"], also["law"]) for also in why["also"]] == [("L5", ["LED art. 35", "Dir. 2012/29/EU art. 21"])]


def test_an_item_that_leaves_names_the_share_that_gives_it() -> None:
    found = account("qn-police")
    sent = [item for item in found["items"] if "case" in item and item["fate"] == "sent"]
    assert sent
    for item in sent:
        assert {reason["rule"] for reason in found["explanations"][item["why"]]["why"]} <= {*item["rules"]}


def test_an_account_holds_no_value() -> None:
    given = orjson.dumps(message()).decode()
    for partner in ("qn-police", "qs-bureau"):
        assert "canary" in given.lower()
        assert "canary" not in orjson.dumps(account(partner)).decode().lower()
