"""Signed statements as DSSE envelopes: pre-authentication encoding, Ed25519, signatures of distinct keys.

`securesystemslib` encodes and verifies; nothing here touches a curve. A signature counts only if it is of a key on the
given list and verifies over exactly the payload and its type. What is not a well-formed envelope is refused as a
whole.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Protocol

import orjson
from securesystemslib.dsse import Envelope as Dsse
from securesystemslib.exceptions import Error, UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Signature, SSlibKey  # type: ignore[attr-defined]  # its front page, not marked so

from gateway.document.canonical import canonical
from gateway.errors import DefinitionRefused, Fault
from gateway.governance.signers import Signer, Signers

__all__ = ["OfficerKey", "add_signature", "payload_of", "seal", "signed_by"]

_LARGEST = 262_144
_MOST_SIGNATURES = 16


class OfficerKey(Protocol):
    """A person's private key, wherever it lives: it signs, and shows its public half."""

    def sign(self, data: bytes) -> bytes:
        """Give 64 bytes (RFC 8032)."""
        ...

    def public(self) -> bytes:
        """Give the 32 bytes of the public key."""
        ...


def seal(payload: bytes, kind: str) -> bytes:
    """An envelope without signatures."""
    return _written(Dsse(payload, kind, {}))


def add_signature(envelope: bytes, kind: str, person: Signer, key: OfficerKey) -> bytes:
    """The envelope with this person's signature added; signing twice gives one signature. Raises GOV-002, GOV-009."""
    if key.public() != person.public:
        fix = "use the key whose public half is on the list"
        raise DefinitionRefused(Fault("GOV-009", "this key is not the one of this person on the list", fix=fix))
    opened = _opened(envelope, kind)
    opened.signatures[person.key_id] = Signature(person.key_id, key.sign(opened.pae()).hex())
    return _written(opened)


def payload_of(envelope: bytes, kind: str) -> bytes:
    """What an envelope of this type holds; says nothing about who signed it. Raises DefinitionRefused (GOV-002)."""
    return _opened(envelope, kind).payload


def signed_by(envelope: bytes, kind: str, signers: Signers) -> tuple[Signer, ...]:
    """The people of the list whose signature verifies, in the order of the list. Raises DefinitionRefused (GOV-002)."""
    opened = _opened(envelope, kind)
    return tuple(person for person in signers.people.values() if _verifies(opened, person))


def _verifies(opened: Dsse, person: Signer) -> bool:
    if person.key_id not in opened.signatures:
        return False
    key = SSlibKey(person.key_id, "ed25519", "ed25519", {"public": person.public.hex()})
    try:
        return person.key_id in opened.verify([key], 1)
    except (Error, UnverifiedSignatureError, VerificationError, ValueError):
        return False


def _opened(envelope: bytes, kind: str) -> Dsse:
    try:
        value = orjson.loads(envelope) if len(envelope) <= _LARGEST else None
        opened = Dsse.from_dict(_strict(value))
    except (Error, binascii.Error, KeyError, TypeError, ValueError, AttributeError):
        opened = None
    if opened is None or opened.payload_type != kind or len(opened.signatures) > _MOST_SIGNATURES:
        raise DefinitionRefused(Fault("GOV-002", "this is not an envelope of the expected kind"))
    return opened


def _strict(value: object) -> dict[str, object]:
    """One spelling only: standard base64, no member beyond those of DSSE."""
    if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
        raise ValueError
    texts = [value["payload"], *(each["sig"] for each in _list(value["signatures"]))]
    if any(set(each) != {"keyid", "sig"} for each in _list(value["signatures"])):
        raise ValueError
    for text in texts:
        base64.b64decode(text.encode("ascii"), validate=True)
    return {
        "payload": value["payload"],
        "payloadType": value["payloadType"],
        "signatures": [dict(each) for each in _list(value["signatures"])],
    }


def _list(value: object) -> Iterable[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError
    return value


def _written(opened: Dsse) -> bytes:
    value = opened.to_dict()
    value["signatures"] = sorted(value["signatures"], key=lambda each: str(each["keyid"]))
    return canonical(value)
