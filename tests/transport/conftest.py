"""A broker with the real topology: virtual hosts, queues, users and permissions of their own for each test."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from gateway.names import AgencyId, PartnerId
from gateway.testing.broker import Broker
from gateway.testing.management import BrokerFailed
from gateway.transport.amqp.settings import AmqpEndpoint, amqp_endpoint
from gateway.transport.amqp.topology import agency_vhost, definitions, partner_vhost, permissions


@dataclass(frozen=True, slots=True)
class Town:
    """One agency and one partner on a broker, with the tests' own user allowed everywhere."""

    broker: Broker
    agency: AgencyId
    partner: PartnerId
    passwords: dict[str, str]

    @property
    def agency_vhost(self) -> str:
        return agency_vhost(self.agency)

    @property
    def partner_vhost(self) -> str:
        return partner_vhost(self.partner)

    def endpoint(self, vhost: str, user: str | None = None) -> AmqpEndpoint:
        return amqp_endpoint(self.broker.url(vhost, user, None if user is None else self.passwords[user]))


def build(broker: Broker) -> Town:
    """Load the definitions for one agency and one partner."""
    name = f"t-{secrets.token_hex(4)}"
    agency, partner = AgencyId(name), PartnerId(name)
    passwords = {user: secrets.token_hex(8) for user, *_ in permissions([agency], [partner])}
    broker.management.import_definitions(definitions([agency], [partner], passwords))
    town = Town(broker, agency, partner, passwords)
    for vhost in (town.agency_vhost, town.partner_vhost):
        broker.management.set_permissions(broker.management.user, vhost)
    return town


def clear(town: Town) -> None:
    """Remove what `build` made."""
    for vhost in (town.agency_vhost, town.partner_vhost):
        town.broker.delete_vhost(vhost)
    for user in town.passwords:
        try:
            town.broker.management.delete_user(user)
        except BrokerFailed:
            continue


@pytest.fixture
def town(broker: Broker) -> Iterator[Town]:
    """One agency and one partner that no other test sees."""
    made = build(broker)
    yield made
    clear(made)


@pytest.fixture
def new_town() -> Iterator[Callable[[Broker], Town]]:
    """Build towns on a broker of the test's own."""
    return build  # type: ignore[return-value]  # nothing to clear: the broker goes away
