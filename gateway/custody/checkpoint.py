"""The signed note over a log's size and root (C2SP signed-note and tlog-checkpoint, Ed25519 only).

Guarantees that a checkpoint which verified was signed by a given key over exactly these bytes: origin, size and root,
no extension lines. Signatures of unknown keys are ignored, as the format demands; a wrong one of a known key refuses
all.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.errors import Fault, Refusal

__all__ = [
    "Checkpoint",
    "Note",
    "NoteKey",
    "NoteSigner",
    "note_key",
    "read_checkpoint",
    "read_note",
    "sign_checkpoint",
    "sign_note",
    "verify_checkpoint",
    "verify_note",
    "verify_signature",
]

_ED25519 = b"\x01"
_DASH = "\N{EM DASH}"
_NOTE_BYTES = 65536
_MOST_SIGNATURES = 64


class NoteSigner(Protocol):
    """One Ed25519 key that signs checkpoints (the part of `ports.Signer` that is needed here)."""

    def sign(self, data: bytes) -> bytes:
        """Give 64 bytes."""
        ...

    def public(self) -> bytes:
        """Give the 32 bytes of the public key."""
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `root` is 32 bytes (RFC 6962)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures as (key name, key id, signature); nothing is verified yet."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under a name. `str` is the form that Go's `sumdb/note` reads: `name+id+base64`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that hint at the key; not a secure hash."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


def note_key(text: str) -> NoteKey:
    """Read `name+id+base64`. Raises Refusal (LED-130)."""
    parts = text.split("+", 2)
    raw = _decode(parts[2]) if len(parts) == 3 else None
    if raw is None or len(raw) != 33 or raw[:1] != _ED25519:
        raise _refused("LED-130", "a verifier key is not an Ed25519 key of a note")
    key = NoteKey(parts[0], raw[1:])
    if key.id.hex() != parts[1] or not _good_name(key.name):
        raise _refused("LED-130", "a verifier key's id does not fit its name and key")
    return key


def sign_note(text: str, name: str, signer: NoteSigner) -> bytes:
    """Sign a text under a key name. Raises Refusal (LED-131) for a text or name that no note can hold."""
    if not text.endswith("\n") or not _printable(text) or not _good_name(name):
        raise _refused("LED-131", "this text or key name cannot stand in a note")
    signature = signer.sign(text.encode())
    blob = base64.b64encode(NoteKey(name, signer.public()).id + signature).decode()
    return f"{text}\n{_DASH} {name} {blob}\n".encode()


def read_note(data: bytes) -> Note:
    """Split a note without believing it. Raises Refusal (LED-131)."""
    try:
        whole = data.decode() if len(data) <= _NOTE_BYTES else ""
    except UnicodeDecodeError:
        whole = ""
    text, gap, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or not _printable(whole) or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise _refused("LED-131", "these bytes are not a signed note")
    return Note(text + "\n", tuple(map(_read_signature, lines)))


def verify_note(data: bytes, keys: Iterable[NoteKey]) -> str:
    """Give the text of a note that one of these keys signed. Raises Refusal (LED-131 malformed, LED-132 not signed)."""
    note = read_note(data)
    known = {(key.name, key.id): key.public for key in keys}
    good = 0
    for name, key_id, signature in note.signatures:
        public = known.get((name, key_id))
        if public is None:
            continue
        if not verify_signature(public, signature, note.text.encode()):
            raise _refused("LED-132", "a signature of a known key is wrong")
        good += 1
    if not good:
        raise _refused("LED-132", "no known key signed this note")
    return note.text


def sign_checkpoint(origin: str, size: int, root: bytes, signer: NoteSigner) -> bytes:
    """Sign the head of a log under its origin as key name."""
    return sign_note(Checkpoint(origin, size, root).text(), origin, signer)


def read_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint without believing it. Raises Refusal (LED-131)."""
    return _checkpoint(read_note(data).text)


def verify_checkpoint(data: bytes, origin: str, public_keys: Iterable[bytes]) -> Checkpoint:
    """Give a checkpoint of this origin that one of these keys (32 bytes each) signed.

    Raises Refusal (LED-131, LED-132).
    """
    checkpoint = _checkpoint(verify_note(data, [NoteKey(origin, key) for key in public_keys]))
    if checkpoint.origin != origin:
        raise _refused("LED-131", "a checkpoint is of another log")
    return checkpoint


def verify_signature(public: bytes, signature: bytes, data: bytes) -> bool:
    """Ed25519 of RFC 8032, strictly; a malformed key or signature is a wrong one."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    root = _decode(lines[2]) if len(lines) == 4 else None
    if root is None or len(root) != 32 or not lines[0]:
        raise _refused("LED-131", "this note is not a checkpoint without extension lines")
    size = lines[1]
    if not (size.isascii() and size.isdigit()) or len(size) > 16 or (size[0] == "0" and size != "0"):
        raise _refused("LED-131", "a checkpoint's size is not a plain number")
    return Checkpoint(lines[0], int(size), root)


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    blob = _decode(parts[2]) if len(parts) == 3 and parts[0] == _DASH and _good_name(parts[1]) else None
    if blob is None or len(blob) < 5:
        raise _refused("LED-131", "a signature line of a note is malformed")
    return parts[1], blob[:4], blob[4:]


def _decode(text: str) -> bytes | None:
    """Standard base64, one spelling only: what decodes must encode to the same text."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _good_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name) and _printable(name)


def _printable(text: str) -> bool:
    return not any(letter < " " and letter != "\n" for letter in text)


def _refused(code: str, message: str) -> Refusal:
    return Refusal(Fault(code, message))
