"""Agencies and partners on a real broker, with plain pika: nothing of ours between them and it."""

import contextlib
from collections.abc import Iterable, Sequence

from gateway.names import AgencyId, Lane, PartnerId
from gateway.testing.broker import Broker
from gateway.testing.management import BrokerFailed
from gateway.testing.simulators import Mailbox
from gateway.transport.amqp.topology import (
    OUT_EXCHANGE,
    agency_vhost,
    definitions,
    in_queue,
    partner_vhost,
)
from gateway.transport.lanes import lane_word
from tests.transport.amqp import plain

__all__ = ["PeerPartner", "declare_topology", "publish_all"]


def declare_topology(broker: Broker, agencies: Sequence[str], partners: Sequence[str]) -> str:
    """Load the definitions, let the tests' own user in everywhere, and give the broker's URL without a virtual host."""
    names = [AgencyId(name) for name in agencies], [PartnerId(name) for name in partners]
    vhosts = [*map(agency_vhost, names[0]), *map(partner_vhost, names[1])]
    for vhost in vhosts:
        # What an earlier test left.
        with contextlib.suppress(BrokerFailed):
            broker.delete_vhost(vhost)
    broker.management.import_definitions(definitions(*names))
    for vhost in vhosts:
        broker.management.set_permissions(broker.management.user, vhost)
    return broker.url().rpartition("/")[0] + "/"


def publish_all(broker: Broker, messages: Iterable[tuple[str, str, bytes]], lane: Lane = Lane.ROUTINE) -> None:
    """Publish (agency, key, bytes), each confirmed."""
    by_agency: dict[str, list[tuple[str, bytes]]] = {}
    for agency, key, body in messages:
        by_agency.setdefault(agency, []).append((key, body))
    for agency, listed in by_agency.items():
        with plain.channel(broker.url(agency_vhost(AgencyId(agency)))) as channel:
            for key, body in listed:
                plain.send(channel, OUT_EXCHANGE, lane_word(lane), body, message_id=key)


class PeerPartner:
    """A partner that takes everything there is into its mailbox."""

    def __init__(self, broker: Broker, partner: str) -> None:
        self._url = broker.url(partner_vhost(PartnerId(partner)))

    def collect(self) -> Mailbox:
        """Take what is ready, acknowledge it, and remember it by id."""
        mailbox = Mailbox()
        for properties, body in plain.drain(self._url, *(in_queue(lane) for lane in Lane)):
            mailbox.put(str(properties.message_id), body)
        return mailbox
