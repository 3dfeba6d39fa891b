"""Laws of disclosure on drawn messages: what leaves is valid, permitted, and says nothing about what stays."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.message import leaves
from gateway.exchange.validate import validate
from gateway.names import PartnerId
from gateway.policy.circumstances import Grant
from gateway.policy.disclosure import Disclosure, Fate, Outcome
from gateway.policy.guard import Guard
from gateway.policy.guard_cases import connecting_fields, seen_leaves
from gateway.policy.language import GRANTS as KINDS_OF_GRANTS
from tests.exchange.given import exchange_format
from tests.model.open_policies import NAMES, PARTNERS, open_policy
from tests.model.strategies import messages
from tests.policy.given import TAKEN, circumstances

pytestmark = pytest.mark.slow

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FOR_EVER = "9999-12-31T00:00:00.000Z"
GRANTS = tuple(Grant(f"grant-{n}", kind, FOR_EVER) for n, kind in enumerate(KINDS_OF_GRANTS))
"""Every permission on record, so that much leaves; a review only for the policy that shares free text."""


def test_many_drawn_messages_are_sent() -> None:
    """The laws below are about what leaves: this fails if nearly nothing does."""
    outcomes: list[Outcome] = []

    @settings(max_examples=60, database=None, derandomize=True)
    @given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS[:-1]))
    def draw(message: JsonObject, policy: str, partner: str) -> None:
        outcomes.append(_disclose(message, policy, partner).outcome)

    draw()
    # How many it is moves with the constants that Hypothesis finds in the modules loaded so far.
    assert outcomes.count(Outcome.SEND) > len(outcomes) // 6


def _actual(message: JsonObject) -> JsonObject:
    """Drills and expired data go to nobody here; the laws are tried on what leaves."""
    header = message["header"]
    assert isinstance(header, dict)
    handling = header["handling"]
    assert isinstance(handling, dict)
    kept = {name: value for name, value in handling.items() if name != "retain_until"}
    rest = {name: value for name, value in header.items() if name != "exercise"}
    return {**message, "header": {**rest, "status": "Actual", "handling": kept}}


DRAWN = messages().map(_actual)


def _disclose(message: JsonObject, policy: str, partner: str) -> Disclosure:
    references = {
        str(value): f"00000000-0000-5000-8000-{number:012}"
        for number, (name, _, value) in enumerate(leaves(message))
        if name
        in ("header.conversation.thread", "header.conversation.in_reply_to", "header.supersedes", "header.recalls")
    }
    given = replace(_given(message, policy, partner), message_ids=references)
    return open_policy(policy).disclose(message, PartnerId(partner), given)


def _given(message: JsonObject, policy: str, partner: str):
    grants = GRANTS if policy == "REVIEWED" else GRANTS[:-1]
    return circumstances(message, partner, grants=grants)


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_a_disclosed_message_validates_against_the_same_schema(message: JsonObject, policy: str, partner: str) -> None:
    disclosed = _disclose(message, policy, partner).message
    if disclosed is not None:
        assert validate(disclosed, exchange_format()) == ()


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_the_filter_never_emits_a_path_the_decision_does_not_allow(
    message: JsonObject, policy: str, partner: str
) -> None:
    """The last look decides every leaf again with code of its own, and searches the bytes."""
    disclosure = _disclose(message, policy, partner)
    if disclosure.message is not None:
        guard = Guard(open_policy(policy).decisions)
        given = _given(message, policy, partner)
        assert (
            guard.look(message, PartnerId(partner), given, canonical(disclosure.message), disclosed=disclosure.message)
            == ()
        )


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_both_readings_of_a_message_give_every_leaf_the_same_case(
    message: JsonObject, policy: str, partner: str
) -> None:
    """`case.py` and the last look's own reader were written apart and must agree on roles, marks and all the rest."""
    decisions = open_policy(policy).decisions
    given = _given(message, policy, partner)
    told = {one.path: one.cell for one in _disclose(message, policy, partner).told}
    connecting = connecting_fields(decisions.exchange.catalogue)
    for seen in seen_leaves(decisions, message, PartnerId(partner), given, connecting):
        if seen.path in told:
            cell = told[seen.path]
            case = cell.key.case(cell.field.id, cell.field.data_class)
            assert replace(case, partner=seen.case.partner) == seen.case, seen.path


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_no_id_of_the_original_message_leaves(message: JsonObject, policy: str, partner: str) -> None:
    disclosed = _disclose(message, policy, partner).message
    if disclosed is not None:
        kinds = exchange_format().catalogue.fields
        before = {str(value) for name, _, value in leaves(message) if kinds[name].kind in ("id", "ref")}
        after = {str(value) for name, _, value in leaves(disclosed) if kinds[name].kind in ("id", "ref")}
        assert not before & after


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_the_same_message_gives_the_same_bytes(message: JsonObject, policy: str, partner: str) -> None:
    one, other = _disclose(message, policy, partner), _disclose(message, policy, partner)
    assert one == other
    assert canonical(one.message or {}) == canonical(other.message or {})


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_every_leaf_is_accounted_for_once(message: JsonObject, policy: str, partner: str) -> None:
    disclosure = _disclose(message, policy, partner)
    assume(disclosure.record)
    paths = [told.path for told in disclosure.told]
    assert len(set(paths)) == len(paths)
    named = {(told.path, told.cell.field.id) for told in disclosure.told}
    whole = {(_shown(path), name) for name, path, _ in leaves(message)}
    assert {one for one in whole - named if not _is_entity_id(one[1])} == set()


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_what_the_account_calls_sent_is_what_was_sent(message: JsonObject, policy: str, partner: str) -> None:
    """As many leaves of each field as the account says, except what the gateway itself writes."""
    disclosure = _disclose(message, policy, partner)
    if disclosure.message is not None:
        sent: dict[str, int] = {}
        for told in disclosure.told:
            if told.fate is Fate.SENT and told.cell.decided:
                sent[told.cell.field.id] = sent.get(told.cell.field.id, 0) + 1
        found: dict[str, int] = {}
        fields = open_policy(policy).decisions.catalogue.fields
        for name, _, _ in leaves(disclosure.message):
            if fields[name].decided:
                found[name] = found.get(name, 0) + 1
        assert found == sent


@given(DRAWN, st.sampled_from(PARTNERS))
def test_a_partner_without_a_legal_basis_gets_nothing(message: JsonObject, partner: str) -> None:
    if partner == "qt-ministry":
        assert _disclose(message, "WIDE", partner).outcome is Outcome.WITHHELD


@given(DRAWN, st.sampled_from(NAMES), st.sampled_from(PARTNERS))
def test_an_unknown_member_vanishes(message: JsonObject, policy: str, partner: str) -> None:
    """Members that the format does not have are never built, wherever they stand."""
    marked = _with_unknown(message)
    assert isinstance(marked, dict)
    disclosed = _disclose(marked, policy, partner).message
    assert "CANARY" not in canonical(disclosed or {}).decode()


@given(DRAWN, st.sampled_from(NAMES))
def test_two_partners_cannot_join_their_copies(message: JsonObject, policy: str) -> None:
    """No id and no pseudonym is in the copies of both."""
    policy_ = open_policy(policy)
    first = replace(_given(message, policy, "qn-police"), pseudonym_key=b"1" * 32)
    second = replace(_given(message, policy, "qp-border"), pseudonym_key=b"2" * 32)
    one = policy_.disclose(message, PartnerId("qn-police"), first).message
    two = policy_.disclose(message, PartnerId("qp-border"), second).message
    if one is not None and two is not None:
        made = [set(_UUID.findall(text)) | set(re.findall("psn-[0-9a-f]{32}", text)) for text in map(_text, (one, two))]
        assert not made[0] & made[1]


@given(DRAWN, st.sampled_from(PARTNERS))
def test_restricted_or_expired_data_go_nowhere(message: JsonObject, partner: str) -> None:
    given = replace(circumstances(message, partner), restricted=True)
    assert open_policy("WIDE").disclose(message, PartnerId(partner), given).message is None
    header = message["header"]
    assert isinstance(header, dict)
    handling = header["handling"]
    assert isinstance(handling, dict)
    old = {**message, "header": {**header, "handling": {**handling, "retain_until": "2026-12-01"}}}
    assert TAKEN > "2026-12-02"
    assert open_policy("WIDE").disclose(old, PartnerId(partner), circumstances(old, partner)).message is None


def _text(message: JsonObject) -> str:
    """The message without the header's digest of the plan."""
    return canonical(message).decode()


def _with_unknown(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {"unheard_of": "CANARY", **{name: _with_unknown(member) for name, member in value.items()}}
    return [_with_unknown(item) for item in value] if isinstance(value, list) else value


def _shown(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _is_entity_id(name: str) -> bool:
    return name.count(".") == 1 and name.endswith(".id")
