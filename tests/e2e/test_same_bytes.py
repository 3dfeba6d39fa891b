"""The same deployment on RabbitMQ and on embedded queues: plain pika publishes and consumes, same bytes."""

import shutil
from pathlib import Path

import pytest

from gateway.app import JOURNAL_KEY, journal_path, spool
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.names import AgencyId, ItemKind, PartnerId, State
from gateway.system import open_keys
from gateway.testing.broker import Broker
from gateway.testing.simulators import EmbeddedPartner, FolderAgency
from tests.e2e.amqp_peer import PeerPartner, declare_topology, publish_all
from tests.e2e.process import DOMAIN, Process, make_deployment, verify
from tests.shared import REPOSITORY

pytestmark = [pytest.mark.e2e, pytest.mark.amqp, pytest.mark.timeout(180)]

AGENCIES = ("qm-police", "qm-border", "qm-fiu", "qm-customs", "qm-cyber")
PARTNERS = ("qn-police", "eu-centre", "qs-bureau", "world-office")
SAMPLES = REPOSITORY / "deploy/demo/samples"
Copies = dict[str, dict[str, bytes]]


def messages() -> list[tuple[str, str, bytes]]:
    """Every sample of the demo, good and bad, each under a key of its own."""
    return [
        (path.parent.name, f"{path.parent.name}/{path.stem}", path.read_bytes())
        for path in sorted(SAMPLES.glob("*/*"))
        if path.parent.name in AGENCIES
    ]


def settled(folder: Path, process: Process) -> None:
    """Wait until every message has been taken and no item waits, woken by the gateway's own lines."""
    keys = open_keys(folder / "var/keys", create=False)
    process.wait_for("message.taken", len(messages()))
    while True:
        with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
            if not any(total.state is State.PENDING for total in reader.totals()):
                return
        process.wait_for("item.ended", process.count("item.ended") + 1, seconds=30)


def deployment(folder: Path, root_key: Path | None = None) -> Path:
    (folder / "var/keys").mkdir(mode=0o700, parents=True)
    if root_key is not None:
        shutil.copy(root_key, folder / "var/keys/root.key")
    links = {"via": "queue"}
    return make_deployment(folder, dict.fromkeys(AGENCIES, links), dict.fromkeys(PARTNERS, links))


def embedded(folder: Path) -> Copies:
    config = deployment(folder)
    for agency, key, body in messages():
        drop = spool(folder / "var", AgencyId(agency))
        FolderAgency(drop, drop / "receipts").publish(f"{key.replace('/', '.')}.msg", body, key=key)
    with Process(config) as process:
        process.wait_for("gateway.started")
        settled(folder, process)
        assert process.stop() == 0
    keys = open_keys(folder / "var/keys", create=False)
    journal = open_journal(journal_path(folder / "var"), keys.derive(JOURNAL_KEY), name=DOMAIN)
    copies: Copies = {}
    try:
        for partner in PARTNERS:
            reader = EmbeddedPartner(journal.queue, PartnerId(partner))
            reader.collect()
            copies[partner] = {item: stored.body for item, stored in reader.mailbox.stored.items()}
    finally:
        journal.close()
    return copies


def on_rabbitmq(folder: Path, broker: Broker, root_key: Path) -> Copies:
    config = deployment(folder, root_key)
    url = declare_topology(broker, AGENCIES, PARTNERS)
    publish_all(broker, messages())
    with Process(config, broker=url) as process:
        process.wait_for("gateway.started")
        settled(folder, process)
        assert process.stop() == 0
    boxes = {partner: PeerPartner(broker, partner).collect() for partner in PARTNERS}
    return {partner: {item: stored.body for item, stored in box.stored.items()} for partner, box in boxes.items()}


def test_a_broker_and_the_embedded_queue_give_a_partner_the_same_bytes(tmp_path: Path, broker: Broker) -> None:
    first = embedded(tmp_path / "embedded")
    second = on_rabbitmq(tmp_path / "rabbitmq", broker, tmp_path / "embedded/var/keys/root.key")
    assert {partner: sorted(copies) for partner, copies in first.items()} == {
        partner: sorted(copies) for partner, copies in second.items()
    }
    assert first == second
    assert all(first[partner] for partner in PARTNERS)
    for folder in (tmp_path / "embedded", tmp_path / "rabbitmq"):
        assert verify(folder).verified


def test_receipts_reach_the_agency_on_the_broker(tmp_path: Path, broker: Broker) -> None:
    from gateway.app import RECEIPT_KEY, receipt_key_id
    from gateway.custody.receipt import verify_receipt
    from gateway.transport.amqp.topology import RECEIPTS_QUEUE, agency_vhost
    from tests.transport.amqp import plain

    config = deployment(tmp_path / "d")
    url = declare_topology(broker, AGENCIES, PARTNERS)
    sample = next(message for message in messages() if message[1] == "qm-police/01-wanted")
    publish_all(broker, [sample, ("qm-police", "bad", b"<not/>")])
    with Process(config, broker=url) as process:
        process.wait_for("message.taken", 2)
        process.wait_for("item.ended", 9)
        assert process.stop() == 0
    public = open_keys(tmp_path / "d/var/keys", create=False).signer(RECEIPT_KEY, DOMAIN).public()
    found = plain.drain(broker.url(agency_vhost(AgencyId("qm-police"))), RECEIPTS_QUEUE)
    receipts = [verify_receipt(body, {receipt_key_id(DOMAIN): public}) for _, body in found]
    told = {(receipt["level"], receipt["result"], receipt.get("partner", "")) for receipt in receipts}
    assert ("taken", "accepted", "") in told
    assert ("taken", "refused", "") in told
    assert {partner for level, _, partner in told if level == "delivered"} == set(PARTNERS)
    assert all(str(ItemKind.RECEIPT) == properties.type for properties, _ in found)
