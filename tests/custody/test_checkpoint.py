"""Notes and checkpoints: other people's bytes, every refusal, every flipped bit."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.checkpoint import (
    Checkpoint,
    NoteKey,
    note_key,
    read_checkpoint,
    read_note,
    sign_checkpoint,
    sign_note,
    verify_checkpoint,
    verify_note,
)
from gateway.errors import Refusal
from gateway.testing.outcomes import SIGNER

ORIGIN = "gw.example/disclosure/0"
ROOT = bytes(range(32))
NOTE = sign_checkpoint(ORIGIN, 70_000, ROOT, SIGNER)

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""".encode()
"""The example of Go's `golang.org/x/mod/sumdb/note`, from which the C2SP format comes."""

C2SP_CHECKPOINT = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
""".encode()
"""The example of c2sp.org/tlog-checkpoint. Its public key is not published."""


def refusal(data: bytes, origin: str = ORIGIN) -> str:
    with pytest.raises(Refusal) as refused:
        verify_checkpoint(data, origin, [SIGNER.public()])
    return refused.value.code


def test_the_note_of_the_go_package_verifies() -> None:
    assert verify_note(GO_NOTE, [note_key(GO_KEY)]).startswith("If you think cryptography")
    assert str(note_key(GO_KEY)) == GO_KEY


def test_the_published_checkpoint_is_read_and_printed_byte_for_byte() -> None:
    checkpoint = read_checkpoint(C2SP_CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert C2SP_CHECKPOINT.decode().startswith(checkpoint.text() + "\n")
    ((name, key_id, signature),) = read_note(C2SP_CHECKPOINT).signatures
    blob = base64.b64encode(key_id + signature).decode()
    assert f"{checkpoint.text()}\n\N{EM DASH} {name} {blob}\n".encode() == C2SP_CHECKPOINT


def test_a_checkpoint_says_what_was_signed() -> None:
    assert verify_checkpoint(NOTE, ORIGIN, [SIGNER.public()]) == Checkpoint(ORIGIN, 70_000, ROOT)


def test_the_same_state_gives_the_same_note() -> None:
    assert sign_checkpoint(ORIGIN, 70_000, ROOT, SIGNER) == NOTE


def test_signatures_of_strangers_are_ignored() -> None:
    """Witnesses add theirs; ours still counts, theirs alone does not."""
    stranger = C2SP_CHECKPOINT.decode().splitlines(keepends=True)[-1].encode()
    assert verify_checkpoint(NOTE + stranger, ORIGIN, [SIGNER.public()]).size == 70_000
    own = NOTE.splitlines(keepends=True)[-1]
    assert refusal(NOTE.replace(own, stranger)) == "LED-132"


def test_a_wrong_signature_of_a_known_key_refuses_the_whole_note() -> None:
    good = NOTE.splitlines(keepends=True)[-1]
    other = sign_checkpoint(ORIGIN, 70_001, ROOT, SIGNER).splitlines(keepends=True)[-1]
    assert refusal(NOTE.replace(good, other + good)) == "LED-132"


def test_a_checkpoint_of_another_log_is_refused() -> None:
    foreign = sign_note(Checkpoint("gw.other/governance", 3, ROOT).text(), ORIGIN, SIGNER)
    assert refusal(foreign) == "LED-131"
    assert refusal(NOTE, "gw.other/governance") == "LED-132"


@given(st.integers(0, len(NOTE) * 8 - 1))
def test_any_flipped_bit_is_found(bit: int) -> None:
    changed = bytearray(NOTE)
    changed[bit // 8] ^= 1 << bit % 8
    assert refusal(bytes(changed)) in {"LED-131", "LED-132"}


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n+7\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n٧\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\nextension\n",
        f"{ORIGIN}\n7\n",
        f"\n7\n{base64.b64encode(ROOT).decode()}\n",
    ],
)
def test_what_is_signed_must_be_a_checkpoint(text: str) -> None:
    assert refusal(sign_note(text, ORIGIN, SIGNER)) == "LED-131"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        NOTE + b"\x00",
        NOTE.replace("\N{EM DASH}".encode(), b"-"),
        NOTE[:-2] + b"\n",
        b"\xff" + NOTE,
        NOTE + b"x" * 70_000,
        NOTE + NOTE.splitlines(keepends=True)[-1] * 64,
        NOTE.replace(b"=\n", b"==\n"),
    ],
)
def test_what_is_not_a_note_is_refused(data: bytes) -> None:
    assert refusal(data) == "LED-131"


@pytest.mark.parametrize(
    ("text", "name"), [("no end", "a"), ("bell\x07\n", "a"), ("text\n", "a b"), ("text\n", "a+b"), ("text\n", "")]
)
def test_what_no_note_can_hold_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        sign_note(text, name, SIGNER)
    assert refused.value.code == "LED-131"


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_verifier_key_must_fit_its_id(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        note_key(text)
    assert refused.value.code == "LED-130"


def test_a_key_prints_what_it_reads() -> None:
    key = NoteKey(ORIGIN, SIGNER.public())
    assert note_key(str(key)) == key
