"""Hostile graphs: whoever is withheld reappears in no byte, though everything disclosed is tied to them."""

import re
from collections import Counter
from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document.canonical import canonical
from gateway.exchange.message import leaves
from gateway.exchange.validate import validate
from gateway.names import PartnerId, State
from gateway.pipeline import run
from gateway.policy.circumstances import Grant
from gateway.policy.disclosure import Outcome
from gateway.policy.guard import Guard
from tests.exchange.given import exchange_format
from tests.model.open_policies import PARTNERS, open_policy
from tests.policy.given import circumstances
from tests.privacy.direct import Case, leaks, plan, received
from tests.privacy.hostile import Hostile, hostile_messages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=40)
_POSITION = re.compile(r"^([a-z]+)\[([0-9]+)\]")


@_SLOW
@given(hostile_messages())
def test_hostile_messages_are_valid(hostile: Hostile) -> None:
    assert validate(hostile.message, exchange_format()) == ()


@_SLOW
@given(hostile_messages())
def test_nothing_withheld_is_in_any_byte_that_leaves(hostile: Hostile) -> None:
    """Every partner of the demo, each in its own format, and the ledger, the faults and the accounts beside."""
    case = Case(hostile.canaries, hostile.message, run(received(hostile.message), plan()))
    assert leaks(case) == {}


@_SLOW
@given(hostile_messages(), st.sampled_from(("WIDE", "COARSE", "HIDING")), st.sampled_from(PARTNERS[:-1]))
def test_nobody_who_is_withheld_can_be_counted(hostile: Hostile, policy: str, partner: str) -> None:
    """References lead only to what is there, and nothing that is there says how many are not."""
    given_ = circumstances(hostile.message, partner)
    disclosure = open_policy(policy).disclose(hostile.message, PartnerId(partner), given_)
    if disclosure.message is None:
        return
    there = {str(value) for name, _, value in leaves(disclosure.message) if name.endswith(".id")}
    kinds = {name: row.kind.value for name, row in exchange_format().catalogue.fields.items()}
    pointed = {str(value) for name, _, value in leaves(disclosure.message) if kinds[name] == "ref"}
    assert pointed <= there
    assert not there & {str(value) for name, _, value in leaves(hostile.message) if name.endswith(".id")}
    built = Counter(path[0] for name, path, _ in leaves(disclosure.message) if name.endswith(".id") and len(path) > 2)
    for array, count in built.items():
        items = disclosure.message[str(array)]
        assert isinstance(items, list)
        assert len(items) == count


@_SLOW
@given(hostile_messages(), st.sampled_from(PARTNERS[:-1]))
def test_an_id_in_a_reviewed_text_stops_the_message(hostile: Hostile, partner: str) -> None:
    """A reviewer let a text go that names ids of the original message: the last look holds it back."""
    review = Grant("review", "reviewed by an officer", "9999-12-31T00:00:00.000Z")
    given_ = circumstances(hostile.message, partner, grants=(review,))
    policy = open_policy("REVIEWED")
    disclosure = policy.disclose(hostile.message, PartnerId(partner), given_)
    if disclosure.outcome is not Outcome.SEND or disclosure.message is None:
        return
    payload = canonical(disclosure.message)
    spoken = any(str(one) in payload.decode() for one in hostile.names)
    objections = Guard(policy.decisions).look(
        hostile.message, PartnerId(partner), given_, payload, disclosed=disclosure.message
    )
    assert bool(objections) == spoken


def test_much_leaves_so_that_the_tests_above_see_something() -> None:
    states: Counter[State] = Counter()
    sent: Counter[str] = Counter()

    @settings(_SLOW, max_examples=30, database=None, derandomize=True)
    @given(hostile_messages())
    def draw(hostile: Hostile) -> None:
        (outcome,) = run(received(hostile.message), plan()).messages
        for item in outcome.items:
            states[item.state] += 1
            if item.account:
                sent.update(one["field"] for one in orjson.loads(item.account)["items"] if one["fate"] == "sent")

    draw()
    assert states[State.PENDING] > 10
    assert states[State.WITHHELD] > 10
    assert states[State.QUARANTINED] == 0
    assert sent["person.names.full"] > 5


def test_a_planted_leak_is_found() -> None:
    hostile = _one()
    case = Case(hostile.canaries, hostile.message, run(received(hostile.message), plan()))
    (outcome,) = case.outcome.messages
    name = next(iter(hostile.names.values()))
    items = tuple(
        replace(item, payload=orjson.dumps([name.encode().hex()]), account=orjson.dumps({"items": []}))
        for item in outcome.items
    )
    planted = replace(case, outcome=replace(case.outcome, messages=(replace(outcome, items=items),)))
    assert all("persons[0].names[0].full" in found for found in leaks(planted).values())
    assert leaks(planted)


def _one() -> Hostile:
    found: list[Hostile] = []

    @settings(_SLOW, max_examples=1, database=None, derandomize=True)
    @given(hostile_messages())
    def draw(hostile: Hostile) -> None:
        found.append(hostile)

    draw()
    return found[0]
