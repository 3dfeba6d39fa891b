"""Salted commitments in the format of RFC 9901 disclosures, and the keys that their salts come from.

A disclosure is the base64url text of `[salt, name, value]`; its digest is SHA-256 over that text. Many digests are
sorted and put under an RFC 6962 tree, whose root stands in a leaf. Guarantees that a commitment tells nothing without
its salt, and that the same entropy gives the same salts: they are derived (HKDF, one label per purpose), never stored
beside what they hide. Whoever destroys the entropy and the openings has made the commitment unopenable.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from gateway.custody.tree import leaf_hash, root_of
from gateway.document.canonical import canonical
from gateway.document.tree import JsonValue
from gateway.errors import Fault, Refusal
from gateway.names import Digest

__all__ = [
    "THINGS",
    "WHOLE",
    "Commitment",
    "Disclosure",
    "Occurrence",
    "commit",
    "commit_bytes",
    "commitment_root",
    "opens_bytes",
    "pack_openings",
    "person_label",
    "read_disclosure",
    "unpack_openings",
]

_SALT_BYTES = 16
THINGS = "things"
"""Label of the occurrence key for what belongs to no person."""

WHOLE = "whole"
"""Label of the occurrence key for whole byte strings: `in`, `out`, `statement`."""


def person_label(position: int) -> str:
    """Label of the occurrence key of the person at a position of one message."""
    return f"person/{position}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One key per person per message (and one each for things and for whole byte strings).

    Never logged, never in a leaf.
    """

    key: bytes = field(repr=False)

    @classmethod
    def derive(cls, entropy: bytes, message: str, label: str) -> "Occurrence":
        """Derive from the 32 random bytes that came with a message. Raises Refusal (LED-150) for fewer."""
        if len(entropy) < 32:
            raise Refusal(Fault("LED-150", "a commitment needs 32 bytes of randomness"))
        extracted = hmac.digest(b"gateway/occurrence/v1", entropy, "sha256")
        return cls(_expand(extracted, f"occurrence/{message}/{label}", 32))

    def salts(self, purpose: str, count: int) -> list[bytes]:
        """Give `count` salts of 128 bits for one purpose (`items`, `decision/<item>`, `in`)."""
        stream = _expand(self.key, f"salt/{purpose}", count * _SALT_BYTES)
        return [stream[at : at + _SALT_BYTES] for at in range(0, count * _SALT_BYTES, _SALT_BYTES)]

    def encryption_key(self) -> bytes:
        """The key for this person's rows of this message (AES-256)."""
        return _expand(self.key, "encrypt", 32)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a disclosure says once it is opened."""

    salt: bytes
    name: str
    value: JsonValue = field(repr=False)


@dataclass(frozen=True, slots=True)
class Commitment:
    """Commitments made together: the texts that open them, and their digests in the same order."""

    texts: tuple[str, ...] = field(repr=False)
    digests: tuple[bytes, ...]

    def __add__(self, other: "Commitment") -> "Commitment":
        return Commitment(self.texts + other.texts, self.digests + other.digests)

    @property
    def root(self) -> tuple[int, Digest]:
        """How many, and the root over the sorted digests: what a leaf states."""
        return len(self.digests), commitment_root(self.digests)

    @property
    def digest(self) -> Digest:
        """The digest of the only disclosure: what a leaf states of `in`, `out` and `statement`."""
        (only,) = self.digests
        return _digest(only)


def commit(occurrence: Occurrence, purpose: str, entries: Sequence[tuple[str, JsonValue]]) -> Commitment:
    """Commit to named values with salts of one occurrence key. Each (occurrence, purpose) may be used once only.

    Costs one HKDF expansion and one hash per entry. Raises Refusal (LED-152) for a value without a JSON form.
    """
    salts = occurrence.salts(purpose, len(entries))
    try:
        # RFC 9901 hashes the text, not the value, so any JSON writer will do; this one always writes the same.
        plain = [
            orjson.dumps([_base64url(salt), name, value], option=orjson.OPT_SORT_KEYS)
            for salt, (name, value) in zip(salts, entries, strict=True)
        ]
    except orjson.JSONEncodeError:
        raise Refusal(Fault("LED-152", "a committed value has no JSON form")) from None
    texts = [base64.urlsafe_b64encode(text).rstrip(b"=") for text in plain]
    return Commitment(tuple(map(bytes.decode, texts)), tuple(hashlib.sha256(text).digest() for text in texts))


def commit_bytes(occurrence: Occurrence, name: str, data: bytes, *, purpose: str = "") -> Commitment:
    """Commit to digest and length of a whole byte string (`in`, `out`, `statement`)."""
    value: JsonValue = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return commit(occurrence, purpose or name, [(name, value)])


def commitment_root(digests: Iterable[bytes]) -> Digest:
    """The RFC 6962 root over sorted digests (each entry is the 32-byte digest). The order of making does not show."""
    return _digest(root_of(leaf_hash(digest) for digest in sorted(digests)))


def read_disclosure(text: str) -> tuple[Disclosure, bytes]:
    """Open a disclosure: what it says, and its digest. Raises Refusal (LED-151)."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = orjson.loads(raw)
        salt, name, value = parts
        opened = Disclosure(base64.urlsafe_b64decode(salt + "=="), name, value)
    except (binascii.Error, ValueError, TypeError):
        raise Refusal(Fault("LED-151", "this text does not open a commitment")) from None
    if not isinstance(name, str):
        raise Refusal(Fault("LED-151", "this text does not open a commitment"))
    return opened, hashlib.sha256(text.encode()).digest()


def opens_bytes(text: str, commitment: str, data: bytes) -> bool:
    """Does this text open `commitment` (a leaf's digest) to exactly these bytes."""
    try:
        opened, digest = read_disclosure(text)
    except Refusal:
        return False
    expected = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return _digest(digest) == commitment and opened.value == expected


def pack_openings(openings: Mapping[str, Commitment]) -> bytes:
    """What opens one leaf, by the name of the leaf's field: canonical JSON, to be stored encrypted."""
    return canonical({name: list(made.texts) for name, made in openings.items()})


def unpack_openings(data: bytes) -> dict[str, tuple[str, ...]]:
    """Read what `pack_openings` wrote. Raises Refusal (LED-151)."""
    try:
        value = orjson.loads(data)
        return {str(name): tuple(map(str, texts)) for name, texts in value.items()}
    except (ValueError, TypeError, AttributeError):
        raise Refusal(Fault("LED-151", "these bytes are not openings")) from None


def _expand(key: bytes, info: str, length: int) -> bytes:
    """RFC 5869 2.3 with SHA-256; beyond its limit of 8,160 bytes a numbered label begins the next stretch."""
    most = 255 * 32
    if length > most:
        return _expand(key, info, most) + _expand(key, info + "+", length - most)
    block = b""
    stream = bytearray()
    context = b"gateway/v1/" + info.encode()
    counter = 1
    while len(stream) < length:
        block = hmac.digest(key, block + context + bytes([counter]), "sha256")
        stream += block
        counter += 1
    return bytes(stream[:length])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _digest(raw: bytes) -> Digest:
    return Digest("sha256:" + raw.hex())
