"""One frozen value with everything that decides: schemas, mappings, policy, partners. It has one digest.

A reload builds a new plan and swaps one reference; a message finishes under the plan it started with. Secrets belong
to the deployment, not to the plan: they are in none of its digests and never in a `repr`.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject
from gateway.errors import Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.identity import Identity
from gateway.mapping.api import InboundMapping, OutboundMapping, Written
from gateway.names import AgencyId, Digest, Lane, PartnerId, Status
from gateway.policy.circumstances import Circumstances
from gateway.policy.compile import CompiledPolicy
from gateway.policy.guard import Guard

__all__ = ["Channel", "ExchangeWriter", "LastLook", "Plan", "Route", "Secrets", "Writer", "make_plan"]

_EXCHANGE_MEDIA_TYPE = "application/vnd.gateway.exchange+json;version=1"


class Writer(Protocol):
    """Says a disclosed message in a partner's words."""

    @property
    def digest(self) -> Digest:
        """What identifies the form it writes."""
        ...

    def apply(self, message: JsonObject) -> Written:
        """Write it; what cannot be written is an outcome, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class ExchangeWriter:
    """For partners that speak the common format: its canonical bytes (RFC 8785)."""

    digest: Digest

    def apply(self, message: JsonObject) -> Written:
        """The message as it is."""
        return Written(outcome="accepted", bodies=(canonical(message),), media_type=_EXCHANGE_MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Channel:
    """An agency: whose country's authorisation counts, its formats, the ceiling of its lane.

    `status` is what a message is when the agency's format has no marker of its own; without it such a message is
    quarantined.
    """

    agency: AgencyId
    country: str
    mappings: tuple[InboundMapping, ...]
    status: Status | None = None
    ceiling: Lane = Lane.FLASH


@dataclass(frozen=True, slots=True)
class Route:
    """A partner: the form its messages take."""

    partner: PartnerId
    writer: Writer | OutboundMapping


@dataclass(frozen=True, slots=True)
class Secrets:
    """What makes ids and digests of this deployment unguessable. Derived from the root key, never printed."""

    inbox: bytes = field(repr=False)
    pseudonyms: Mapping[PartnerId, bytes] = field(repr=False)

    def pseudonym_key(self, partner: PartnerId, purpose: str, period: str) -> bytes:
        """The key of one (partner, purpose, period): two partners cannot join their copies."""
        label = canonical([purpose, period])
        return hmac.new(self.pseudonyms[partner], label, hashlib.sha256).digest()


class LastLook(Protocol):
    """`policy.guard.Guard`, in this process or in another one."""

    def look(
        self,
        message: JsonObject,
        partner: PartnerId,
        circumstances: Circumstances,
        payload: bytes,
        *,
        disclosed: JsonObject | None = None,
        media_type: str = "application/json",
        encoding: str = "utf-8",
        known: Iterable[str] = (),
    ) -> tuple[Fault, ...]:
        """Give every objection; none means the bytes may go."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides what becomes of a message. Immutable."""

    exchange: ExchangeFormat
    channels: Mapping[AgencyId, Channel]
    routes: Mapping[PartnerId, Route]
    policy: CompiledPolicy
    guard: LastLook
    home_country: str
    digest: Digest
    identity: Identity = field(repr=False)
    secrets: Secrets = field(repr=False)
    activation: Digest | None = None
    """The leaf under which the decision set was activated; None for an unsigned set of test partners."""


def make_plan(
    *,
    exchange: ExchangeFormat,
    channels: Iterable[Channel],
    routes: Iterable[Route],
    policy: CompiledPolicy,
    home_country: str,
    identity: Identity,
    secrets: Secrets,
) -> Plan:
    """Put a plan together and give it its digest: same files, same digest, whatever the order."""
    by_agency = {channel.agency: channel for channel in channels}
    by_partner = {route.partner: route for route in routes}
    described: JsonObject = {
        "exchange": exchange.digest,
        "policy": policy.digest,
        "decision_function": policy.decision_digest,
        "home": home_country,
        "channels": {
            channel.agency: {
                "country": channel.country,
                "mappings": [mapping.digest for mapping in channel.mappings],
                "status": channel.status.value if channel.status else "",
                "ceiling": channel.ceiling.name,
            }
            for channel in by_agency.values()
        },
        "routes": {route.partner: route.writer.digest for route in by_partner.values()},
    }
    return Plan(
        exchange=exchange,
        channels=by_agency,
        routes=by_partner,
        policy=policy,
        guard=Guard(policy.decisions),
        home_country=home_country,
        digest=sha256(canonical(described)),
        identity=identity,
        secrets=secrets,
    )
