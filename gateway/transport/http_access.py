"""Who is asking: agencies by signature or client certificate, before a byte of their message is looked at.

A failed authentication costs the caller, not us: one answer for every reason, and a limit per address that is asked
before any cryptography. Whoever presents a certificate and a signature must be the same agency with both.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.errors import Fault, NotPermitted, Passing
from gateway.names import AgencyId
from gateway.ports import Clock
from gateway.transport.webhook import WebhookKey, unambiguous_id, verified

__all__ = ["Access", "Claim", "HttpAgency", "certificate_names"]

_WINDOW = 300.0
_TRIES = 20.0
_REFILL = 20.0 / 60.0
_MOST_ADDRESSES = 10_000
_AGENCY = re.compile(r"[a-z0-9-]{2,64}\Z")


@dataclass(frozen=True, slots=True)
class HttpAgency:
    """How one agency proves who it is: keys for signatures, names in client certificates such as `DNS:a.example`."""

    agency: AgencyId
    keys: tuple[WebhookKey, ...] = ()
    certificates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says about itself before its body was read. `key` is the sender's id of the message."""

    agency: HttpAgency
    key: str = field(repr=False)
    timestamp: str = ""
    signature: str = field(default="", repr=False)
    certified: bool = False


def certificate_names(certificate: Mapping[str, object] | None) -> frozenset[str]:
    """Give the subject alternative names of a verified client certificate as `DNS:...` and `URI:...`."""
    names = (certificate or {}).get("subjectAltName", ())
    if not isinstance(names, tuple):
        return frozenset()
    return frozenset(f"{kind}:{value}" for kind, value in names if kind in {"DNS", "URI"})


class Access:
    """Checks requests against the registered agencies."""

    def __init__(self, agencies: Iterable[HttpAgency], clock: Clock, *, window: float = _WINDOW) -> None:
        self._agencies = {entry.agency: entry for entry in agencies}
        self._clock = clock
        self._window = window
        self._tries: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def claim(self, headers: Mapping[str, str], named: str, certificate: frozenset[str], address: str) -> Claim:
        """Look at everything but the body. Raises NotPermitted (SEC-201) or Passing (SEC-202, too many failures)."""
        self._ask(address)
        agency = self._agency(named or headers.get("gateway-agency", ""), certificate)
        if agency is None:
            raise self.failed(address)
        certified = bool(agency.certificates & certificate)
        signature = headers.get("webhook-signature", "")
        if not signature and not certified:
            raise self.failed(address)
        key = headers.get("webhook-id", "") if signature else headers.get("idempotency-key", "")
        claim = Claim(agency, key, headers.get("webhook-timestamp", ""), signature, certified)
        if signature and not (agency.keys and unambiguous_id(key) and self._fresh(claim.timestamp)):
            raise self.failed(address)
        return claim

    def check(self, claim: Claim, signed: bytes, address: str) -> None:
        """Check the signature over what was signed: the body, or the path and query of a request without one."""
        if not claim.signature:
            return
        if not verified(claim.agency.keys, claim.key, claim.timestamp, signed, claim.signature):
            raise self.failed(address)

    def failed(self, address: str) -> NotPermitted:
        """Count a failure against an address and give the one error for all reasons."""
        left, now = self._left(address), self._clock.monotonic()
        self._tries[address] = (left - 1, now)
        self._tries.move_to_end(address)
        while len(self._tries) > _MOST_ADDRESSES:
            self._tries.popitem(last=False)
        return NotPermitted(
            Fault("SEC-201", "the request is not authenticated", fix="check agency, key, timestamp and what is signed")
        )

    def _ask(self, address: str) -> None:
        if self._left(address) < 1:
            raise Passing(Fault("SEC-202", "too many failed requests from this address", fix="wait a minute"))

    def _left(self, address: str) -> float:
        left, at = self._tries.get(address, (_TRIES, 0.0))
        return min(left + (self._clock.monotonic() - at) * _REFILL, _TRIES)

    def _agency(self, named: str, certificate: frozenset[str]) -> HttpAgency | None:
        """The named agency, or the one whose certificate this is; both, if both are given, must agree."""
        if named:
            found = self._agencies.get(AgencyId(named)) if _AGENCY.match(named) else None
            if found is not None and certificate and found.certificates and not found.certificates & certificate:
                return None
            return found
        owners = [entry for entry in self._agencies.values() if entry.certificates & certificate]
        return owners[0] if len(owners) == 1 else None

    def _fresh(self, timestamp: str) -> bool:
        if not re.fullmatch(r"[0-9]{1,12}", timestamp):
            return False
        now = datetime.fromisoformat(self._clock.now()).timestamp()
        return abs(now - int(timestamp)) <= self._window
