"""Receipts: what happened to a message, told to its sender, signed once, without personal data.

A receipt on the wire is `{"jws": "<header>..<signature>", "receipt": {...}}`: canonical JSON with a detached JWS (RFC
7515 appendix F, alg `Ed25519`). Its payload is the canonical form of `receipt`, which stands in the envelope byte for
byte, so any JOSE library can check it. Does not decide who may hear what: the caller gives the partner's name or the
alias it may show.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from gateway.custody.checkpoint import verify_signature
from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import DocumentRefused, Fault, Refusal
from gateway.names import Digest, ItemId, MessageId, PartnerId

__all__ = ["LEVELS", "Receipt", "read_receipt", "receipt_digest", "sign_receipt", "verify_receipt"]

LEVELS = ("taken", "delivered")
"""What this gateway says by itself. `processed` is the partner's own word and is not ours to say."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is said. `id` is the item of the receipt, `item` the item it is about (none for `taken` of a whole message).

    `result` and `reasons` are stable words (custody-ledger.md 9), `by` says who decided: gateway or partner.
    `findings` are faults without values: code, place and remedy. `key` is the sender's own message id, so that it can
    tell its messages apart. `leaf` is the hash of the leaf that states the fact.
    """

    id: ItemId
    message: MessageId
    level: str
    result: str
    at: str
    item: ItemId | None = None
    partner: PartnerId | None = None
    by: str = "gateway"
    reasons: tuple[str, ...] = ()
    findings: tuple[Fault, ...] = ()
    plan: Digest | None = None
    leaf: Digest | None = None
    key: str = field(default="", repr=False)
    withheld: Mapping[str, int] = field(default_factory=dict)
    """Where the agency may know it: how many items each rule withheld."""

    def value(self) -> JsonObject:
        """The receipt as JSON; what is not known is left out."""
        value: JsonObject = {"v": 1, "id": self.id, "message": self.message, "level": self.level, "result": self.result}
        value |= {"by": self.by, "at": self.at, "reasons": list(self.reasons)}
        optional: dict[str, JsonValue] = {
            "item": self.item,
            "partner": self.partner,
            "plan": self.plan,
            "leaf": self.leaf,
            "key": self.key,
            "withheld": dict(self.withheld),
            "findings": [_finding(fault) for fault in self.findings],
        }
        value |= {name: part for name, part in optional.items() if part}
        return value


def sign_receipt(receipt: Receipt, key_id: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Give the bytes of a signed receipt. The same receipt and key give the same bytes (Ed25519 is deterministic)."""
    body = canonical(receipt.value())
    header = _encode(canonical({"alg": "Ed25519", "kid": key_id, "typ": "gateway-receipt+json"}))
    signature = _encode(sign(f"{header}.{_encode(body)}".encode()))
    return b'{"jws":"' + f"{header}..{signature}".encode() + b'","receipt":' + body + b"}"


def read_receipt(data: bytes) -> JsonObject:
    """Give what a receipt says without believing it. Raises Refusal (LED-140)."""
    return _split(data)[2]


def verify_receipt(data: bytes, keys: Mapping[str, bytes]) -> JsonObject:
    """Give what a receipt says if one of `keys` (public keys of 32 bytes by key id) signed it.

    Raises Refusal: LED-140 not a receipt, LED-141 an unknown key or a wrong signature.
    """
    header, signature, value = _split(data)
    fields = _json(_decode(header) or b"")
    public = keys.get(str(fields.get("kid"))) if isinstance(fields, dict) else None
    if public is None or not isinstance(fields, dict) or fields.get("alg") != "Ed25519" or "crit" in fields:
        raise Refusal(Fault("LED-141", "a receipt is signed by an unknown key or in an unknown way"))
    signed = f"{header}.{_encode(canonical(value))}".encode()
    if not verify_signature(public, _decode(signature) or b"", signed):
        raise Refusal(Fault("LED-141", "a receipt's signature is wrong"))
    return value


def receipt_digest(data: bytes) -> Digest:
    """The digest that a `receipt` leaf holds: of the bytes as signed. The signature makes it impossible to guess."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def _finding(fault: Fault) -> JsonObject:
    # The sender can act in its own document, not in our rule.
    value: JsonObject = {"code": fault.code, "place": str(fault.at) or str(fault.place)}
    return value | {"fix": fault.fix} if fault.fix else value


def _split(data: bytes) -> tuple[str, str, JsonObject]:
    value = _json(data)
    receipt = value.get("receipt") if isinstance(value, dict) else None
    jws = value.get("jws") if isinstance(value, dict) else None
    parts = jws.split(".") if isinstance(jws, str) else []
    if not isinstance(receipt, dict) or not isinstance(value, dict) or len(parts) != 3 or parts[1]:
        raise Refusal(Fault("LED-140", "these bytes are not a receipt"))
    try:
        exact = canonical(value) == data
    except DocumentRefused:
        exact = False
    if not exact:
        raise Refusal(Fault("LED-140", "a receipt is not in its canonical form"))
    return parts[0], parts[2], receipt


def _json(data: bytes) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    """Base64url without padding, one spelling only."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _encode(raw) == text else None
