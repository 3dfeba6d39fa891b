"""Signers, statements, envelopes, requests: read strictly, counted by person, carried out once."""

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.leaf import leaf
from gateway.document.canonical import sha256
from gateway.errors import DefinitionRefused, GatewayError, NotPermitted
from gateway.governance.envelope import add_signature, payload_of, seal, signed_by
from gateway.governance.record import Record, read_record
from gateway.governance.request import LIFT, REQUEST_TYPE, REVOKE, STOP, Request, accepted
from gateway.governance.rule import Change, Verdict, judge, missing, required
from gateway.governance.signers import read_signers, write_signers
from gateway.governance.statement import STATEMENT_TYPE, read_statement, shown_faults
from tests.governance.people import DIGESTS, SIGNERS, digest, key_of, statement

NOW = "2026-11-25T10:00:00.000Z"


def signed(*people: str, payload: bytes = b"{}", kind: str = STATEMENT_TYPE) -> bytes:
    envelope = seal(payload, kind)
    for person in people:
        envelope = add_signature(envelope, kind, SIGNERS.people[person], key_of(person))
    return envelope


def test_the_pre_authentication_encoding_is_that_of_the_specification() -> None:
    """The example of the DSSE protocol: `DSSEv1 29 http://example.com/HelloWorld 11 hello world`."""
    kind = "http://example.com/HelloWorld"
    envelope = json.loads(signed("anna", payload=b"hello world", kind=kind))
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    told = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    Ed25519PublicKey.from_public_bytes(key_of("anna").public()).verify(signature, told)


def test_signing_twice_is_one_signature_and_order_does_not_matter() -> None:
    assert signed("anna", "ben", "anna") == signed("ben", "anna")
    assert [one.id for one in signed_by(signed("ben", "anna"), STATEMENT_TYPE, SIGNERS)] == ["anna", "ben"]


def test_a_key_that_is_not_the_persons_cannot_sign_for_her() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        add_signature(seal(b"{}", STATEMENT_TYPE), STATEMENT_TYPE, SIGNERS.people["anna"], key_of("ben"))
    assert refused.value.code == "GOV-009"


@given(st.data())
def test_one_changed_byte_is_no_signature(data: st.DataObject) -> None:
    """Whatever is changed in an envelope, nobody has signed something else."""
    whole = bytearray(signed("anna", payload=statement().payload()))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(32, 126).filter(lambda byte: byte != whole[at]))
    try:
        people = signed_by(bytes(whole), STATEMENT_TYPE, SIGNERS)
    except DefinitionRefused:
        return
    assert people == ()


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"payload":"e30=","payloadType":"x","signatures":[]}', b"\xff"])
def test_what_is_no_envelope_is_refused(text: bytes) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        payload_of(text, STATEMENT_TYPE)
    assert refused.value.code == "GOV-002"


def test_a_statement_is_read_as_it_was_written_and_not_otherwise() -> None:
    payload = statement().payload()
    assert read_statement(payload) == statement()
    assert "version 4 of the policy national" in statement().sentence
    for other in (payload + b" ", payload.replace(b'"version":4', b'"version":"4"'), b"{}", b"[]", b"7"):
        with pytest.raises(DefinitionRefused) as refused:
            read_statement(other)
        assert refused.value.code == "GOV-002"


def test_a_list_of_signers_keeps_people_and_keys_apart() -> None:
    people = [*SIGNERS.people.values()]
    assert read_signers(b"# note\n" + write_signers("test-signers", people), "s").digest == SIGNERS.digest
    assert read_signers(write_signers("test-signers", people[:-1]), "s").digest != SIGNERS.digest
    good = write_signers("x", people)
    for bad in (
        write_signers("x", [*people, people[0]]),
        write_signers("x", []),
        good.replace(b"dpo", b"officer"),
        good.replace(b"MCowBQYDK2Vw", b"MCowBQYDK2Vx"),
        good.replace(b", name: Anna", b""),
        b"signers: x\n",
        b"- a\n",
    ):
        with pytest.raises(DefinitionRefused) as refused:
            read_signers(bad, "s")
        assert refused.value.code.startswith(("GOV-001", "Y"))


# ---------------------------------------------------------------- how many


def test_the_first_version_and_a_changed_label_sheet_need_two() -> None:
    tighter = Verdict(Change.TIGHTER)
    assert judge(None, DIGESTS, tighter).change is Change.WIDER
    assert judge(DIGESTS, DIGESTS | {"label_sheet": digest("x"), "policy": digest("y")}, tighter).change is Change.WIDER


def test_a_change_that_was_not_compared_counts_as_wider() -> None:
    changed = DIGESTS | {"policy": digest("x")}
    for compared in (None, Verdict(Change.UNKNOWN), Verdict(Change.UNCHANGED)):
        assert required(judge(DIGESTS, changed, compared)).count == 2
    assert required(judge(DIGESTS, changed, Verdict(Change.TIGHTER))).count == 1
    assert required(judge(DIGESTS, changed, Verdict(Change.WORDS))).count == 1
    assert required(judge(DIGESTS, DIGESTS, None)).count == 0


@given(
    st.lists(st.sampled_from(sorted(SIGNERS.people))), st.sampled_from(sorted(Change)), st.sampled_from(["cara", ""])
)
def test_more_signatures_never_are_less(people: list[str], change: Change, author: str) -> None:
    needed = required(Verdict(change))
    given_ = [SIGNERS.people[one] for one in people]
    for extra in SIGNERS.people.values():
        if not missing(needed, given_, {author}):
            assert not missing(needed, [*given_, extra], {author})


# ---------------------------------------------------------------- requests


def request(kind: str = STOP, partner: str = "qs-bureau", **more: str) -> Request:
    return Request(kind, partner, more.get("reason", "compromised"), more.get("at", NOW), more.get("nonce", "n-1"))


@pytest.mark.parametrize(
    ("kind", "person", "allowed"),
    [
        (STOP, "otto", True),
        (STOP, "anna", True),
        (LIFT, "otto", False),
        (LIFT, "ben", True),
        (REVOKE, "otto", False),
        (REVOKE, "anna", True),
    ],
)
def test_an_operator_may_stop_and_an_officer_may_lift(kind: str, person: str, allowed: bool) -> None:
    envelope = signed(person, payload=request(kind).payload(), kind=REQUEST_TYPE)
    if allowed:
        got, by = accepted(envelope, SIGNERS, Record(), NOW)
        assert (got, by) == (request(kind), SIGNERS.people[person])
    else:
        with pytest.raises(NotPermitted) as refused:
            accepted(envelope, SIGNERS, Record(), NOW)
        assert refused.value.code == "GOV-009"


def test_a_copy_of_an_old_request_does_nothing() -> None:
    lift = request(LIFT)
    envelope = signed("anna", payload=lift.payload(), kind=REQUEST_TYPE)
    record = read_record([leaf("resume", NOW, reason="checked", partner="qs-bureau", request=lift.digest).data])
    for known, now in ((record, NOW), (Record(), "2026-11-27T10:00:00.000Z"), (Record(), "2026-11-23T10:00:00.000Z")):
        with pytest.raises(NotPermitted) as refused:
            accepted(envelope, SIGNERS, known, now)
        assert refused.value.code == "GOV-013"


def test_without_a_list_of_signers_a_request_comes_unsigned() -> None:
    assert accepted(seal(request().payload(), REQUEST_TYPE), None, Record(), NOW) == (request(), None)
    with pytest.raises(NotPermitted):
        accepted(seal(request().payload(), REQUEST_TYPE), SIGNERS, Record(), NOW)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        request(reason="seen in the harbour").payload(),
        request("open").payload(),
        request(at="x").payload(),
    ],
)
def test_a_malformed_request_is_refused(payload: bytes) -> None:
    with pytest.raises(NotPermitted) as refused:
        accepted(seal(payload, REQUEST_TYPE), None, Record(), NOW)
    assert refused.value.code == "GOV-002"


def test_the_record_says_who_is_stopped_and_what_holds() -> None:
    stop = leaf("stop", NOW, reason="compromised", partner="qs-bureau").data
    lift = leaf("resume", NOW, reason="checked", partner="qs-bureau").data
    people = leaf("signers", NOW, list=SIGNERS.digest, signatures=0).data
    assert read_record([people, stop]).stopped == {"qs-bureau": "compromised"}
    assert read_record([people, stop, lift]).stopped == {}
    assert read_record([people]).signers == SIGNERS.digest
    assert sha256(b"") != SIGNERS.digest


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(base64.b64encode(b"{}").decode()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=64) | _json.map(lambda value: json.dumps(value).encode()))
def test_whatever_lies_in_the_folder_of_requests_is_refused_in_our_own_words(data: bytes) -> None:
    """The gateway goes on: nothing but a refusal of ours comes out."""
    with pytest.raises(GatewayError):
        accepted(data, SIGNERS, Record(), NOW)


def test_what_is_shown_is_what_is_signed() -> None:
    honest = statement(Change.WIDER, difference=digest("shown"))
    assert shown_faults(honest, {"difference": digest("shown")}) == ()
    for one, reports in (
        (honest, {"difference": digest("another")}),
        (honest, {}),
        (replace(honest, sentence=statement(Change.WORDS).sentence), {"difference": digest("shown")}),
    ):
        assert [fault.code for fault in shown_faults(one, reports)] == ["GOV-004"]
