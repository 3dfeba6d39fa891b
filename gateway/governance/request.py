"""What one person asks a gateway to do at once: stop a partner, lift a stop, revoke the active version.

A request is a signed envelope of its own. It is carried out once: its digest stands in the leaf that it led to, so a
copy of an old one does nothing. Where no list of signers is on record (a deployment with test partners only) requests
come unsigned.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from gateway.custody.shapes import leaf_faults
from gateway.document.canonical import canonical, sha256
from gateway.errors import Fault, NotPermitted
from gateway.governance.envelope import payload_of, signed_by
from gateway.governance.record import Record
from gateway.governance.signers import OFFICERS, Role, Signer, Signers
from gateway.names import Digest

__all__ = ["LIFT", "OLDEST", "REQUEST_TYPE", "REVOKE", "STOP", "Request", "accepted"]

REQUEST_TYPE = "application/vnd.gateway.request+json;version=1"

STOP, LIFT, REVOKE = "stop", "lift", "revoke"

_MAY: dict[str, Collection[Role]] = {STOP: frozenset(Role), LIFT: OFFICERS, REVOKE: OFFICERS}
"""Which roles may ask for what. One signature is enough: a stop must be possible at once, by one."""

OLDEST = timedelta(hours=24)
"""A request that lay about for longer is not carried out."""


@dataclass(frozen=True, slots=True)
class Request:
    """`partner` is empty for a revocation. `reason` is one word of letters, digits and hyphens. `at` is RFC 3339."""

    kind: str
    partner: str
    reason: str
    at: str
    nonce: str
    by: str = ""

    def payload(self) -> bytes:
        """The exact bytes that are signed."""
        return canonical(
            {
                "request": self.kind,
                "partner": self.partner,
                "reason": self.reason,
                "at": self.at,
                "nonce": self.nonce,
                "by": self.by,
            }
        )

    @property
    def digest(self) -> Digest:
        """Under which the log knows it."""
        return sha256(self.payload())


def accepted(envelope: bytes, signers: Signers | None, record: Record, now: str) -> tuple[Request, Signer | None]:
    """Give the request and who signed it. Raises NotPermitted (GOV-002, GOV-009, GOV-013) for what must not be done."""
    request = _read(payload_of(envelope, REQUEST_TYPE))
    if request.digest in record.used:
        raise NotPermitted(Fault("GOV-013", "this request was carried out before", fix="make a new one"))
    age = datetime.fromisoformat(now) - datetime.fromisoformat(request.at)
    if not -OLDEST <= age <= OLDEST:
        raise NotPermitted(Fault("GOV-013", "this request is too old", fix="make a new one"))
    if signers is None:
        return request, None
    able = [each for each in signed_by(envelope, REQUEST_TYPE, signers) if each.role in _MAY[request.kind]]
    if not able:
        roles = ", ".join(sorted(_MAY[request.kind]))
        fix = f"sign it with the key of one of these roles: {roles} (--key)"
        raise NotPermitted(Fault("GOV-009", "nobody who may ask for this has signed the request", fix=fix))
    return request, able[0]


def _read(payload: bytes) -> Request:
    try:
        value = orjson.loads(payload)
        request = Request(value["request"], *(value[name] for name in ("partner", "reason", "at", "nonce", "by")))
        sound = request.payload() == payload and request.kind in _MAY and datetime.fromisoformat(request.at).tzinfo
    except (KeyError, TypeError, ValueError, AttributeError):
        request, sound = None, None
    shape = {"v": 1, "type": "stop", "at": "2026-01-01T00:00:00.000Z", "reason": request.reason if request else ""}
    if request is None or not sound or leaf_faults(shape | ({"partner": request.partner} if request.partner else {})):
        raise NotPermitted(Fault("GOV-002", "this request cannot be read", fix="make it with gateway policy stop"))
    return request
