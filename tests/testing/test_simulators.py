"""Simulated agencies and partners do what the guides ask of real ones."""

from pathlib import Path

from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import SendState
from gateway.testing.contracts import Inbox, pending_item
from gateway.testing.memory import MemoryQueue
from gateway.testing.simulators import EmbeddedAgency, EmbeddedPartner, FolderAgency, Mailbox
from gateway.transport.embedded import Bells, EmbeddedSource, agency_sink, declare_agency, declare_partner, partner_sink

AGENCY, PARTNER = AgencyId("agency-one"), PartnerId("partner-one")


def test_a_mailbox_keeps_each_id_once_and_notices_a_difference() -> None:
    box = Mailbox()
    assert box.put("i", b"1")
    assert not box.put("i", b"1")
    assert (box.repeated, box.differing) == (1, [])
    assert not box.put("i", b"2")
    assert (box.repeated, box.differing) == (2, ["i"])
    assert box.stored["i"].body == b"1"


async def test_embedded_agency_and_partner() -> None:
    queue, bells = MemoryQueue(), Bells()
    declare_agency(queue, AGENCY)
    declare_partner(queue, PARTNER)
    agency, partner = EmbeddedAgency(queue, AGENCY, bells), EmbeddedPartner(queue, PARTNER)
    inbox = Inbox(EmbeddedSource(queue, AGENCY, bells))
    agency.publish("k", b"x", Lane.FLASH)
    delivery = await inbox.take()
    assert (delivery.key, delivery.lane) == ("k", Lane.FLASH)
    await inbox.leave()
    sink = partner_sink(queue, bells, PARTNER)
    for number in (1, 2, 1):
        assert (await sink.send(pending_item(number))).state is SendState.DELIVERED
    assert partner.collect() == 2
    assert partner.mailbox.repeated == 1
    assert (await agency_sink(queue, bells, AGENCY).send(pending_item(3, payload=b"receipt"))).state
    assert agency.receipts() == [b"receipt"]
    assert agency.receipts() == []


def test_a_folder_agency_can_use_any_id(tmp_path: Path) -> None:
    agency = FolderAgency(tmp_path, tmp_path / "receipts")
    agency.publish("x", b"1", key='quote " and \\ back')
    assert (tmp_path / "in" / "x.meta.json").read_text() == '{"id": "quote \\" and \\\\ back"}'
