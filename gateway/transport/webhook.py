"""Standard Webhooks signatures: made per transmission, checked in constant time (standardwebhooks.com, version 1.0.0).

What is signed is `id.timestamp.body`. An id in which a dot is followed by digits alone would let the parts be cut
elsewhere, so such ids are refused. Keys are written as `whsec_` (HMAC-SHA-256, shared) or `whpk_` (Ed25519, public).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import DefinitionRefused, Fault
from gateway.ports import Signer
from gateway.system import FileSigner

__all__ = [
    "Ed25519Key",
    "HmacKey",
    "WebhookKey",
    "WebhookSigner",
    "sign_header",
    "signer_from_text",
    "unambiguous_id",
    "verified",
    "verifier_from_text",
]

_MIN_SECRET = 24
_MAX_SECRET = 64
_MAX_SIGNATURES = 8
_CUTTABLE = re.compile(r"\.[0-9]+(\.|\Z)")


@dataclass(frozen=True, slots=True)
class HmacKey:
    """A shared secret of 24 to 64 bytes: signs and verifies."""

    secret: bytes = field(repr=False)

    def sign(self, content: bytes) -> str:
        """Give `v1,` and the signature."""
        return "v1," + base64.b64encode(hmac.new(self.secret, content, hashlib.sha256).digest()).decode()

    def accepts(self, content: bytes, signature: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.sign(content).encode(), signature.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A public key of 32 bytes: verifies."""

    public: bytes

    def accepts(self, content: bytes, signature: str) -> bool:
        """Check one `v1a,` signature."""
        version, _, text = signature.partition(",")
        try:
            raw = base64.b64decode(text, validate=True)
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, content)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return version == "v1a"


WebhookKey = HmacKey | Ed25519Key
"""Verifies signatures of one sender."""

WebhookSigner = HmacKey | Signer
"""Signs transmissions to one receiver: a shared secret, or a private key behind its port."""


def unambiguous_id(value: str) -> bool:
    """True for 1 to 255 visible ASCII characters in which no dot is followed by digits alone."""
    return bool(re.fullmatch(r"[\x21-\x7e]{1,255}", value)) and not _CUTTABLE.search(value)


def sign_header(signers: Sequence[WebhookSigner], identifier: str, timestamp: int, body: bytes) -> str:
    """Give the value of `webhook-signature`: one signature per key, so that a receiver may rotate in its own time."""
    content = _content(identifier, str(timestamp), body)
    return " ".join(
        signer.sign(content)
        if isinstance(signer, HmacKey)
        else "v1a," + base64.b64encode(signer.sign(content)).decode()
        for signer in signers
    )


def verified(keys: Sequence[WebhookKey], identifier: str, timestamp: str, body: bytes, header: str) -> bool:
    """True if one of the signatures is by one of the keys. The age of the timestamp is the caller's business."""
    if not unambiguous_id(identifier) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    content = _content(identifier, timestamp, body)
    signatures = header.split(" ")[:_MAX_SIGNATURES]
    # No early end: the number of comparisons does not depend on which one fits.
    return bool(sum(key.accepts(content, signature) for key in keys for signature in signatures))


def verifier_from_text(text: str) -> WebhookKey:
    """Read `whsec_...` or `whpk_...`. Raises DefinitionRefused (SEC-205)."""
    prefix, raw = _split(text)
    if prefix == "whpk":
        return Ed25519Key(_sized(raw, 32, 32))
    if prefix == "whsec":
        return HmacKey(_sized(raw, _MIN_SECRET, _MAX_SECRET))
    raise _refused()


def signer_from_text(text: str) -> WebhookSigner:
    """Read `whsec_...` or `whsk_...` (Ed25519: 32 bytes, or 64 with the public key). Raises DefinitionRefused."""
    prefix, raw = _split(text)
    if prefix == "whsk":
        return FileSigner("whsk", Ed25519PrivateKey.from_private_bytes(_sized(raw, 32, 64)[:32]))
    if prefix == "whsec":
        return HmacKey(_sized(raw, _MIN_SECRET, _MAX_SECRET))
    raise _refused()


def _content(identifier: str, timestamp: str, body: bytes) -> bytes:
    return b".".join((identifier.encode("ascii"), timestamp.encode("ascii"), body))


def _split(text: str) -> tuple[str, bytes]:
    prefix, _, encoded = text.strip().partition("_")
    try:
        return prefix, base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None


def _sized(raw: bytes, least: int, most: int) -> bytes:
    if not least <= len(raw) <= most:
        raise _refused()
    return raw


def _refused() -> DefinitionRefused:
    return DefinitionRefused(
        Fault(
            "SEC-205",
            "a webhook key cannot be read",
            fix="write whsec_ and 24 to 64 bytes in base64, or whpk_ / whsk_ and 32 bytes in base64",
        )
    )
