"""The time machine: recorded cases decided again. The same policy changes nothing; a changed one is told from it."""

from dataclasses import replace
from functools import cache

import pytest

from gateway.names import FieldId, MessageId, PartnerId
from gateway.pipeline import run
from gateway.policy.decide import REDACT, decide
from gateway.policy.language import DecisionSet
from gateway.policy.replay import Recorded, Replay, Replayed, read_recorded
from tests.pipeline.demo_plan import AT, SAMPLES, demo, received


def decisions() -> DecisionSet:
    return demo().plan.policy.decisions


@cache
def recorded() -> tuple[Recorded, ...]:
    """What the demo's samples leave behind: read from accounts as they are stored."""
    plan = demo().plan
    found = []
    for path in sorted(SAMPLES.glob("*/*")):
        for message in run(received(str(path.relative_to(SAMPLES))), plan).messages:
            found += [
                read_recorded(message.message, AT, item.account, decisions().catalogue)
                for item in message.items
                if item.account
            ]
    return tuple(found)


def under(**changes: object) -> Replayed:
    policy = replace(decisions().policy, **changes)  # type: ignore[arg-type]  # fields of a policy
    return Replay(replace(decisions(), policy=policy)).run(recorded())


def test_cases_are_recorded_so_that_the_definition_gives_the_recorded_levels() -> None:
    compared = 0
    for one in recorded():
        for item in one.items:
            ladder = decisions().catalogue.ladder(item.case.field)
            level, _ = decide(decisions().policy, decisions().catalogue, decisions().register, item.case)
            assert ladder.rung(item.level) in (max(level, REDACT), REDACT)
            compared += 1
    assert compared > 5_000


def test_the_same_policy_would_have_changed_nothing() -> None:
    replayed = under()
    assert (replayed.decisions, replayed.items) == (len(recorded()), sum(len(one.items) for one in recorded()))
    assert not replayed.discloses_more
    for each in replayed.partners.values():
        assert not each.withheld
        assert not each.held_back
        assert not each.let_go


def test_a_policy_without_shares_would_have_held_everything_back() -> None:
    replayed = under(shares=())
    assert not replayed.discloses_more
    for partner, each in replayed.partners.items():
        sent = {
            one.message
            for one in recorded()
            if one.partner == partner and one.sent and any(item.level != "redact" for item in one.items)
        }
        assert each.held_back == sent


def test_a_share_for_one_more_partner_is_told_by_partner_field_and_rule() -> None:
    (share,) = (rule for rule in decisions().policy.shares if rule.id == "S1")
    wider = replace(share, partners=share.partners | {PartnerId("world-office")})
    shares = tuple(wider if rule is share else rule for rule in decisions().policy.shares)
    replayed = under(shares=shares)
    more = {partner for partner, each in replayed.partners.items() if each.disclosed}
    assert more == {"world-office"}
    each = replayed.partners[PartnerId("world-office")]
    assert FieldId("person.names.full") in each.disclosed
    assert "S1" in each.because
    assert each.messages_with_more


def test_a_deleted_limit_is_told_although_messages_had_been_held_back() -> None:
    limits = tuple(limit for limit in decisions().policy.limits if limit.built_in)
    replayed = under(limits=limits)
    assert replayed.discloses_more
    assert any(each.let_go for each in replayed.partners.values())


def test_a_partner_that_is_no_longer_registered_would_have_got_nothing() -> None:
    register = decisions().register
    rest = {name: entry for name, entry in register.partners.items() if name != "qn-police"}
    draft = replace(decisions(), register=replace(register, partners=rest))
    each = Replay(draft).run(recorded()).partners[PartnerId("qn-police")]
    assert not each.disclosed
    assert each.held_back


@pytest.mark.parametrize("account", [b"", b"{}", b'{"cases": [], "partner": "p", "outcome": "send"}', b"[1]"])
def test_what_is_no_account_with_cases_is_refused(account: bytes) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        read_recorded(MessageId("m"), AT, account, decisions().catalogue)
