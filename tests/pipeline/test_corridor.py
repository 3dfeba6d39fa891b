"""The corridor as a function: the same in, the same out; one state per partner; what bad input ends as."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.leaf import read_leaf
from gateway.names import NO_PARTNER, AgencyId, State
from gateway.outcome import Outcome
from gateway.pipeline import run
from tests.pipeline.demo_plan import SAMPLES, demo, received

AGENCIES = ("qm-police", "qm-border", "qm-fiu", "qm-customs", "qm-cyber")
GOOD = (
    "qm-police/01-wanted.xml",
    "qm-border/01-hit-listed.json",
    "qm-fiu/01-split-amounts.xml",
    "qm-customs/01-findings.csv",
)


def payloads(outcome: Outcome) -> dict[str, bytes]:
    return {
        f"{item.partner}/{item.item}": item.payload
        for message in outcome.messages
        for item in message.items
        if item.payload is not None
    }


@pytest.mark.parametrize("sample", GOOD)
def test_the_same_bytes_and_plan_give_the_same_outcome_to_the_byte(sample: str) -> None:
    first, second = run(received(sample), demo().plan), run(received(sample), demo().plan)
    assert first == second


@pytest.mark.parametrize("sample", GOOD)
def test_randomness_changes_no_byte_that_a_partner_receives(sample: str) -> None:
    first = run(received(sample, entropy=b"a" * 32), demo().plan)
    second = run(received(sample, entropy=b"b" * 32), demo().plan)
    assert payloads(first) == payloads(second)
    assert payloads(first)
    assert first.leaves != second.leaves


@pytest.mark.parametrize("sample", [str(path.relative_to(SAMPLES)) for path in sorted(SAMPLES.glob("*/*"))])
def test_every_message_has_one_item_per_partner_or_one_for_nobody(sample: str) -> None:
    plan = demo().plan
    outcome = run(received(sample), plan)
    assert outcome.messages
    for message in outcome.messages:
        partners = [item.partner for item in message.items]
        assert partners == [NO_PARTNER] or set(partners) == set(plan.routes)
        assert message.state is max(item.state for item in message.items)
        for item in message.items:
            assert (item.state is State.PENDING) == (item.payload is not None)
            assert item.decision in {leaf.hash for leaf in outcome.leaves}


@pytest.mark.parametrize("sample", GOOD)
def test_every_payload_has_a_decision_that_says_send_before_anything_leaves(sample: str) -> None:
    outcome = run(received(sample), demo().plan)
    decided = {leaf.hash: read_leaf(leaf.data) for leaf in outcome.leaves if leaf.type == "decision"}
    for message in outcome.messages:
        for item in message.items:
            assert item.decision is not None
            fact = decided[item.decision]
            assert fact is not None
            assert (fact["outcome"] == "send") == (item.payload is not None)
            assert fact["item"] == item.item


def test_an_agency_that_is_not_registered_is_refused_and_nothing_is_disclosed() -> None:
    stranger = received(GOOD[0])
    outcome = run(replace(stranger, agency=AgencyId("xx-nobody")), demo().plan)
    assert outcome.state is State.REFUSED
    assert not payloads(outcome)
    assert [fault.code for message in outcome.messages for fault in message.faults] == ["SEC-010"]


@given(st.binary(max_size=2_000), st.sampled_from(AGENCIES))
def test_arbitrary_bytes_end_in_a_named_state_and_disclose_nothing(data: bytes, agency: str) -> None:
    outcome = run(received(f"{agency}/x", data=data), demo().plan)
    assert outcome.state in {State.REFUSED, State.QUARANTINED}
    assert not payloads(outcome)
    assert all(fault.code for message in outcome.messages for fault in message.faults)


@given(st.sampled_from(GOOD), st.integers(0, 5_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_never_makes_the_corridor_raise(sample: str, at: int, junk: bytes) -> None:
    body = (SAMPLES / sample).read_bytes()
    cut = at % len(body)
    outcome = run(received(sample, data=body[:cut] + junk + body[cut + len(junk) :]), demo().plan)
    assert outcome.state is not State.UNKNOWN


def test_a_drill_stays_a_drill_in_every_copy() -> None:
    outcome = run(received("qm-police/06-drill.xml"), demo().plan)
    copies = [orjson.loads(body) for name, body in payloads(outcome).items() if name.startswith("qn-police")]
    assert [copy["header"]["status"] for copy in copies] == ["Exercise"]
    others = [item for message in outcome.messages for item in message.items if item.partner != "qn-police"]
    assert {item.state for item in others} == {State.WITHHELD}
    assert {item.reasons for item in others} == {("status-not-taken",)}


def test_a_notice_whose_suspect_may_not_be_named_abroad_is_not_sent_with_the_child_alone() -> None:
    outcome = run(received("qm-police/05-threat-to-life.xml"), demo().plan)
    items = [item for message in outcome.messages for item in message.items]
    ended = {str(item.partner): (item.state, item.reasons) for item in items}
    assert ended["qs-bureau"] == (State.WITHHELD, ("subject-withheld",))
    assert ended["world-office"] == (State.WITHHELD, ("subject-withheld",))
    assert ended["qn-police"][0] is State.PENDING


def test_a_legal_basis_in_words_stops_no_copy_and_is_in_no_leaf() -> None:
    whole = (SAMPLES / GOOD[0]).read_bytes()
    worded = whole.replace(b'act="', 'act="Straßenverkehrsgesetz, '.encode())
    assert worded != whole
    outcome = run(received(GOOD[0], data=worded), demo().plan)
    assert {item.state for item in outcome.messages[0].items} == {State.PENDING, State.WITHHELD}
    assert not any("Stra" in leaf.data.decode() for leaf in outcome.leaves)
