"""Standard Webhooks signatures, both kinds."""

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DefinitionRefused
from gateway.transport.webhook import (
    Ed25519Key,
    HmacKey,
    sign_header,
    signer_from_text,
    unambiguous_id,
    verified,
    verifier_from_text,
)
from tests.transport.http_rigs import OTHER_SECRET, PRIVATE, PUBLIC, SECRET, SIGNER, whsec

identifiers = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60).filter(
    unambiguous_id
)


def test_the_published_example_verifies() -> None:
    """The example of the specification's text (version 1.0.0)."""
    key = verifier_from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    header = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
    body = b'{"test": 2432232314}'
    assert not verified([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265331", body, header)
    header = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verified([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body, header)


@given(identifiers, st.integers(0, 10**11), st.binary(max_size=200))
def test_what_is_signed_verifies_and_nothing_else_does(identifier: str, timestamp: int, body: bytes) -> None:
    header = sign_header([SECRET, SIGNER], identifier, timestamp, body)
    for key in (SECRET, PUBLIC):
        assert verified([key], identifier, str(timestamp), body, header)
        assert not verified([key], identifier, str(timestamp + 1), body, header)
        assert not verified([key], identifier, str(timestamp), body + b"x", header)
        assert not verified([key], identifier + "x", str(timestamp), body, header)
    assert not verified([OTHER_SECRET], identifier, str(timestamp), body, header)
    assert not verified([], identifier, str(timestamp), body, header)


@given(identifiers, st.integers(0, 10**11), st.binary(max_size=60))
def test_a_signature_fits_one_way_of_cutting_only(identifier: str, timestamp: int, body: bytes) -> None:
    """Move the dots: whatever else the signed bytes could mean is refused."""
    header = sign_header([SECRET], identifier, timestamp, body)
    whole = f"{identifier}.{timestamp}.".encode() + body
    dots = [place for place, byte in enumerate(whole) if byte == ord(".")]
    for first, second in itertools.pairwise(dots):
        parts = (whole[:first], whole[first + 1 : second], whole[second + 1 :])
        if parts == (identifier.encode(), str(timestamp).encode(), body):
            continue
        try:
            other, moment = parts[0].decode("ascii"), parts[1].decode("ascii")
        except UnicodeDecodeError:
            continue
        assert not verified([SECRET], other, moment, parts[2], header)


@pytest.mark.parametrize("identifier", ["m.1700000000", "a.1.b", "a.12", ".5", "x.0.1"])
def test_ids_that_could_be_cut_elsewhere_are_refused(identifier: str) -> None:
    assert not unambiguous_id(identifier)
    header = sign_header([SECRET], identifier, 1, b"x")
    assert not verified([SECRET], identifier, "1", b"x", header)


@pytest.mark.parametrize("identifier", ["2026.03a", "a.b.c", "case-7.x", "1", "6f0c2a52-0000-5000-8000-000000000001"])
def test_ordinary_ids_with_dots_are_fine(identifier: str) -> None:
    assert unambiguous_id(identifier)


@pytest.mark.parametrize(
    "header",
    ["", "v1", "v1,", "v1,!!!", "v2,AAAA", "v1a,AAAA", "v1,AAAA v1,BBBB", " ", "v1,é", "v1 " * 5000],
)
def test_odd_headers_do_not_verify_and_do_not_raise(header: str) -> None:
    for key in (SECRET, PUBLIC):
        assert not verified([key], "m-1", "1", b"x", header)


def test_an_hmac_under_the_public_key_is_no_signature() -> None:
    """The old confusion: the public key is known to all, so it must never serve as a secret."""
    forged = HmacKey(PUBLIC.public).sign(b"m-1.1.x").replace("v1,", "v1a,")
    assert not verified([PUBLIC], "m-1", "1", b"x", forged)
    plain = HmacKey(PUBLIC.public).sign(b"m-1.1.x")
    assert not verified([PUBLIC], "m-1", "1", b"x", plain)


def test_only_the_first_signatures_are_looked_at() -> None:
    good = sign_header([SECRET], "m-1", 1, b"x")
    assert verified([SECRET], "m-1", "1", b"x", "v1,AAAA " * 7 + good)
    assert not verified([SECRET], "m-1", "1", b"x", "v1,AAAA " * 8 + good)


def test_keys_are_read_from_their_texts() -> None:
    assert verifier_from_text(whsec(b"s" * 32)) == SECRET
    assert verifier_from_text("whpk_" + base64.b64encode(PUBLIC.public).decode()) == PUBLIC
    signer = signer_from_text("whsk_" + base64.b64encode(PRIVATE.private_bytes_raw()).decode() + "\n")
    assert verified([PUBLIC], "m", "1", b"x", sign_header([signer], "m", 1, b"x"))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_!!", "whpk_AAAA", "whsk_AAAA", "secret"])
def test_other_texts_are_no_keys(text: str) -> None:
    for read in (verifier_from_text, signer_from_text):
        with pytest.raises(DefinitionRefused) as refused:
            read(text)
        assert refused.value.code == "SEC-205"
        assert len(text) < 7 or text not in str(refused.value)


def test_secrets_do_not_show() -> None:
    assert "ssss" not in repr(SECRET)
    assert isinstance(PUBLIC, Ed25519Key)
