"""The simulated agency and partner on a broker, with no rights but their own."""

from gateway.names import Lane
from gateway.ports import SendState
from gateway.testing.amqp_simulators import AmqpAgency, AmqpPartner
from gateway.testing.contracts import Inbox, eventually, pending_item
from tests.transport.amqp.faults import CLOCK, TIMES, a_sink, a_source
from tests.transport.conftest import Town


async def test_amqp_agency_and_partner_with_their_own_rights(town: Town) -> None:
    agency_login = town.endpoint(town.agency_vhost, f"agency.{town.agency}")
    partner_login = town.endpoint(town.partner_vhost, f"partner.{town.partner}")
    source, sink = a_source(town), a_sink(town)
    async with (
        AmqpAgency(town.agency, agency_login, CLOCK, TIMES) as agency,
        AmqpPartner(town.partner, partner_login, CLOCK, TIMES) as partner,
    ):
        assert await agency.publish("k-1", b"x", Lane.FLASH)
        inbox = Inbox(source)
        delivery = await inbox.take()
        assert (delivery.key, delivery.lane) == ("k-1", Lane.FLASH)
        await inbox.leave()
        for number in (1, 2, 1):
            assert (await sink.send(pending_item(number, lane=Lane(number)))).state is SendState.DELIVERED
        await eventually(lambda: partner.mailbox.repeated == 1, "all three came")
        assert len(partner.mailbox.stored) == 2
        assert not partner.mailbox.differing
        assert not agency.receipts.stored
    await source.close()
    await sink.close()
