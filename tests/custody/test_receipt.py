"""Receipts: signed once, checkable by any JOSE library, without anything that was in the document."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.custody.receipt import Receipt, read_receipt, receipt_digest, sign_receipt, verify_receipt
from gateway.document.canonical import canonical
from gateway.errors import Fault, Place, Refusal
from gateway.names import Digest, ItemId, MessageId, PartnerId
from gateway.testing.outcomes import SIGNER

KEYS = {SIGNER.key_id: SIGNER.public()}
RECEIPT = Receipt(
    id=ItemId("0b6c1f52-1111-5222-8333-3c1d2e4f5a6b"),
    message=MessageId("5f0c2b1e-6f5e-5a0c-9b0a-3c1d2e4f5a6b"),
    level="taken",
    result="refused",
    at="2026-11-22T10:11:12.345Z",
    item=ItemId("0b6c1f52-2222-5222-8333-3c1d2e4f5a6b"),
    partner=PartnerId("qn-police"),
    reasons=("not-valid",),
    findings=(
        Fault(
            "M101", "never shown", Place("mappings/x.map.yaml", 3, 5), "fill the field", at=Place(path="$.persons[0]")
        ),
        Fault("DOC-003", "never shown", Place(path="$.a")),
    ),
    plan=Digest("sha256:" + "0" * 64),
    leaf=Digest("sha256:" + "1" * 64),
    key="their own id",
    withheld={"L5": 3},
)
SIGNED = sign_receipt(RECEIPT, SIGNER.key_id, SIGNER.sign)


def test_a_receipt_says_what_was_signed() -> None:
    value = verify_receipt(SIGNED, KEYS)
    assert value == read_receipt(SIGNED) == RECEIPT.value()
    assert value["v"] == 1
    assert value["key"] == "their own id"


def test_the_same_receipt_has_the_same_bytes() -> None:
    assert sign_receipt(RECEIPT, SIGNER.key_id, SIGNER.sign) == SIGNED
    assert receipt_digest(SIGNED).startswith("sha256:")


def test_findings_are_code_place_in_the_document_and_remedy() -> None:
    assert RECEIPT.value()["findings"] == [
        {"code": "M101", "place": "$.persons[0]", "fix": "fill the field"},
        {"code": "DOC-003", "place": "$.a"},
    ]
    assert b"never shown" not in SIGNED


def test_what_is_not_known_is_left_out() -> None:
    bare = Receipt(RECEIPT.id, RECEIPT.message, "taken", "accepted", RECEIPT.at)
    assert set(bare.value()) == {"v", "id", "message", "level", "result", "by", "at", "reasons"}


def test_a_jose_library_agrees() -> None:
    envelope = json.loads(SIGNED)
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64url(SIGNER.public())})
    registry = jws.JWSRegistry(algorithms=["Ed25519"])
    # RFC 7515 appendix F: put the payload back between the two dots.
    header, _, signature = envelope["jws"].split(".")
    whole = f"{header}.{_base64url(canonical(envelope['receipt']))}.{signature}"
    found = jws.deserialize_compact(whole, key, registry=registry)
    assert json.loads(found.payload) == RECEIPT.value()


def test_the_payload_stands_in_the_envelope_as_it_was_signed() -> None:
    assert SIGNED.endswith(b',"receipt":' + canonical(RECEIPT.value()) + b"}")
    assert canonical(json.loads(SIGNED)) == SIGNED


@given(st.integers(0, len(SIGNED) * 8 - 1))
def test_any_flipped_bit_is_found(bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refusal) as refused:
        verify_receipt(bytes(changed), KEYS)
    assert refused.value.code in {"LED-140", "LED-141"}


def test_another_key_signed_nothing() -> None:
    with pytest.raises(Refusal) as refused:
        verify_receipt(SIGNED, {"another": SIGNER.public()})
    assert refused.value.code == "LED-141"
    with pytest.raises(Refusal):
        verify_receipt(SIGNED, {SIGNER.key_id: bytes(32)})


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "test-key"},
        {"alg": "HS256", "kid": "test-key"},
        {"alg": "Ed25519", "kid": "test-key", "crit": ["b64"], "b64": False},
        {"alg": "Ed25519"},
        ["Ed25519"],
    ],
)
def test_the_way_of_signing_is_not_the_signers_choice(header: object) -> None:
    """Signed by the right key, but under a header that promises something else."""
    body = canonical(RECEIPT.value())
    first = _base64url(json.dumps(header).encode())
    signature = _base64url(SIGNER.sign(f"{first}.{_base64url(body)}".encode()))
    forged = canonical({"jws": f"{first}..{signature}", "receipt": RECEIPT.value()})
    with pytest.raises(Refusal) as refused:
        verify_receipt(forged, KEYS)
    assert refused.value.code == "LED-141"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"jws":1,"receipt":{}}',
        b'{"jws":"a.b.c","receipt":{}}',
        b'{"jws":"a..c","receipt":[]}',
        SIGNED + b" ",
        b'{"jws":"a..c","receipt":{"a":1.5}}',
    ],
)
def test_what_is_not_a_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_receipt(data)
    assert refused.value.code == "LED-140"


def test_repr_does_not_show_the_senders_id() -> None:
    assert "their own id" not in repr(RECEIPT)


def _base64url(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
