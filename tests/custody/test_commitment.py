"""Commitments: the format of RFC 9901, keys that are apart, and nothing told without a salt."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.commitment import (
    THINGS,
    WHOLE,
    Commitment,
    Occurrence,
    commit,
    commit_bytes,
    commitment_root,
    opens_bytes,
    pack_openings,
    person_label,
    read_disclosure,
    unpack_openings,
)
from gateway.custody.tree import EMPTY_ROOT
from gateway.errors import Refusal

ENTROPY = bytes(range(32))
MESSAGE = "5f0c2b1e-6f5e-5a0c-9b0a-3c1d2e4f5a6b"

RFC_DISCLOSURE = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
RFC_DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
"""RFC 9901, section 4.2: a disclosure and its digest."""


def occurrence(label: str = THINGS, entropy: bytes = ENTROPY, message: str = MESSAGE) -> Occurrence:
    return Occurrence.derive(entropy, message, label)


def test_the_example_of_rfc_9901_opens_to_its_digest() -> None:
    opened, digest = read_disclosure(RFC_DISCLOSURE)
    assert (opened.name, opened.value) == ("family_name", "Möbius")
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == RFC_DIGEST


def test_a_commitment_has_the_form_of_a_disclosure() -> None:
    made = commit(occurrence(), "items", [("/a/0", {"field": "a.b", "sha256": "00"})])
    salt, name, value = json.loads(base64.urlsafe_b64decode(made.texts[0] + "=="))
    assert (name, value) == ("/a/0", {"field": "a.b", "sha256": "00"})
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16
    assert made.digests[0] == hashlib.sha256(made.texts[0].encode()).digest()


@given(st.binary(min_size=32, max_size=64), st.text(max_size=40), st.integers(1, 700))
def test_keys_and_salts_are_hkdf(entropy: bytes, message: str, count: int) -> None:
    derived = Occurrence.derive(entropy, message, "person/3")
    info = b"gateway/v1/occurrence/" + message.encode() + b"/person/3"
    assert derived.key == HKDF(SHA256(), 32, b"gateway/occurrence/v1", info).derive(entropy)
    first = min(count * 16, 255 * 32)
    stream = HKDFExpand(SHA256(), first, b"gateway/v1/salt/items").derive(derived.key)
    if count * 16 > first:
        stream += HKDFExpand(SHA256(), count * 16 - first, b"gateway/v1/salt/items+").derive(derived.key)
    assert b"".join(derived.salts("items", count)) == stream


def test_every_key_is_apart_from_every_other() -> None:
    labels = [THINGS, WHOLE, *(person_label(number) for number in range(20))]
    keys = {occurrence(label).key for label in labels}
    keys |= {occurrence(message="another").key, occurrence(entropy=bytes(32)).key, occurrence().encryption_key()}
    salts = {salt for purpose in ("items", "in", "out") for salt in occurrence().salts(purpose, 700)}
    assert len(keys) == len(labels) + 3
    assert len(salts) == 2100


def test_the_same_randomness_gives_the_same_commitments_and_other_randomness_others() -> None:
    entries = [("/a", "x"), ("/b", "y")]
    assert commit(occurrence(), "items", entries) == commit(occurrence(), "items", entries)
    other = commit(occurrence(entropy=bytes(32)), "items", entries)
    assert not set(other.digests) & set(commit(occurrence(), "items", entries).digests)


def test_equal_values_do_not_look_equal() -> None:
    made = commit(occurrence(), "items", [("/a", "x")] * 10)
    assert len(set(made.digests)) == 10


@given(st.permutations(range(12)))
def test_the_root_does_not_tell_the_order(order: list[int]) -> None:
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(12)]
    assert commitment_root([digests[number] for number in order]) == commitment_root(digests)


def test_the_root_of_no_commitments_is_the_empty_root() -> None:
    assert commitment_root([]) == f"sha256:{EMPTY_ROOT.hex()}"
    assert Commitment((), ()).root == (0, f"sha256:{EMPTY_ROOT.hex()}")


def test_commitments_of_several_keys_stand_under_one_root() -> None:
    first = commit(occurrence(person_label(0)), "items", [("/persons/0", 1)])
    second = commit(occurrence(THINGS), "items", [("/things/0", 2)])
    assert (first + second).root == (2, commitment_root([*second.digests, *first.digests]))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_whole_bytes_open_to_themselves_only(data: bytes, other: bytes) -> None:
    made = commit_bytes(occurrence(WHOLE), "out", data)
    assert opens_bytes(made.texts[0], made.digest, data)
    assert opens_bytes(made.texts[0], made.digest, other) == (other == data)
    assert not opens_bytes(made.texts[0], "sha256:" + "0" * 64, data)
    assert not opens_bytes("x" + made.texts[0], made.digest, data)


def test_a_commitment_without_its_salt_tells_nothing() -> None:
    """Who knows the value still has 128 unknown bits to find."""
    made = commit_bytes(occurrence(WHOLE), "out", b"guess")
    guessed = commit_bytes(occurrence(WHOLE, entropy=bytes(32)), "out", b"guess")
    assert made.digest != guessed.digest


def test_openings_are_kept_by_the_name_of_the_leafs_field() -> None:
    items, whole = commit(occurrence(), "items", [("/a", 1), ("/b", 2)]), commit_bytes(occurrence(WHOLE), "in", b"x")
    packed = pack_openings({"items": items, "in": whole})
    assert unpack_openings(packed) == {"items": items.texts, "in": whole.texts}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "AAAA",
        base64.urlsafe_b64encode(b'["salt"]').decode(),
        base64.urlsafe_b64encode(b'["c2FsdA",1,2]').decode(),
    ],
)
def test_what_is_not_a_disclosure_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_disclosure(text)
    assert refused.value.code == "LED-151"


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b'{"a":1}', b"\xff"])
def test_what_are_not_openings_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        unpack_openings(data)
    assert refused.value.code == "LED-151"


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        Occurrence.derive(bytes(31), MESSAGE, THINGS)
    assert refused.value.code == "LED-150"


def test_repr_shows_neither_keys_nor_openings() -> None:
    made = commit(occurrence(), "items", [("/a", "CANARY")])
    assert made.texts[0] not in repr(made)
    assert occurrence().key.hex() not in repr(occurrence())
    assert str(occurrence().key) not in repr(occurrence())
    assert "CANARY" not in repr(read_disclosure(made.texts[0])[0])
