"""Kill -9 the real gateway while messages flow: nothing lost, nothing differs, all is recorded.

Each run of CI kills 5 times in 250 messages; GATEWAY_KILLS=30 GATEWAY_KILL_MESSAGES=2000 is the full measure.
"""

import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.app import JOURNAL_KEY, journal_path, spool
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.names import AgencyId, ItemKind, Lane, PartnerId, State
from gateway.system import open_keys
from gateway.testing.broker import Broker
from gateway.testing.simulators import EmbeddedPartner, FolderAgency, FolderPartner, Mailbox
from tests.e2e.amqp_peer import PeerPartner, declare_topology, publish_all
from tests.e2e.process import DOMAIN, Process, make_deployment, verify
from tests.shared import REPOSITORY

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1200)]

MESSAGES = int(os.environ.get("GATEWAY_KILL_MESSAGES", "250"))
KILLS = int(os.environ.get("GATEWAY_KILLS", "5"))
SEED = 20261125
AGENCIES = ("qm-police", "qm-border", "qm-fiu")
PARTNERS = ("qn-police", "eu-centre", "qs-bureau", "world-office")


def samples() -> Iterator[tuple[str, str, bytes]]:
    """(agency, key, bytes) of every message, made of the demo's good samples."""
    files = {
        "qm-police": REPOSITORY / "deploy/demo/samples/qm-police/01-wanted.xml",
        "qm-border": REPOSITORY / "deploy/demo/samples/qm-border/01-hit-listed.json",
        "qm-fiu": REPOSITORY / "deploy/demo/samples/qm-fiu/01-split-amounts.xml",
    }
    bodies = {agency: path.read_bytes() for agency, path in files.items()}
    for number in range(MESSAGES):
        agency = AGENCIES[number % len(AGENCIES)]
        yield agency, f"kill-{number:04d}", bodies[agency]


def kill_until_done(start: Callable[[], Process], *, kills: int = KILLS) -> None:
    """Start, wait for a random amount of work, kill; in the end let it finish and stop it in order."""
    chance = random.Random(SEED)
    for _ in range(kills):
        with start() as process:
            process.wait_for("gateway.started")
            process.wait_for("message.taken", chance.randint(1, MESSAGES // kills // 2))
            process.kill()


def outcome(folder: Path) -> tuple[Counter[tuple[str, State]], dict[str, dict[str, str]]]:
    """(items per partner and state, digest of the final bytes per partner and item) as the journal has them."""
    keys = open_keys(folder / "var/keys", create=False)
    states: Counter[tuple[str, State]] = Counter()
    bytes_of: dict[str, dict[str, str]] = {partner: {} for partner in PARTNERS}
    with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
        for row in reader.messages(limit=10 * MESSAGES):
            view = reader.message(row.message)
            assert view is not None
            for item in view.items:
                if item.kind is ItemKind.RECEIPT:
                    continue
                states[item.partner, item.state] += 1
                if item.state is State.DELIVERED:
                    payload = reader.payload(item.item)
                    assert payload is not None
                    bytes_of[item.partner][item.item] = hashlib.sha256(payload).hexdigest()
    return states, bytes_of


def check(folder: Path, mailboxes: dict[str, Mailbox]) -> None:
    """The five sets of the checker: attempted, acknowledged, ledgered, delivered, receipted."""
    states, bytes_of = outcome(folder)
    for partner in PARTNERS:
        ended = sum(count for (name, state), count in states.items() if name == partner and state.terminal)
        assert ended == MESSAGES, f"{partner}: {dict(states)}"
        got = {item: stored.digest for item, stored in mailboxes[partner].stored.items()}
        assert not mailboxes[partner].differing
        assert got == bytes_of[partner]
    report = verify(folder)
    assert report.verified, [fault.code for fault in report.faults][:5]


def test_kills_on_the_embedded_default(tmp_path: Path) -> None:
    config = make_deployment(
        tmp_path,
        {name: {"via": "queue"} for name in (*AGENCIES, "qm-customs", "qm-cyber")},
        {"qs-bureau": {"via": "queue"}, "world-office": {"via": "folder", "path": "out"}},
    )
    for agency, key, body in samples():
        drop = spool(tmp_path / "var", AgencyId(agency))
        FolderAgency(drop, drop / "receipts").publish(f"{key}.msg", body, key=key, lane=Lane.ROUTINE)
    (tmp_path / "out").mkdir()
    kill_until_done(lambda: Process(config))
    with Process(config) as process:
        process.wait_for("gateway.started")
        wait_until_drained(process, tmp_path)
        assert process.stop() == 0
    keys = open_keys(tmp_path / "var/keys", create=False)
    journal = open_journal(journal_path(tmp_path / "var"), keys.derive(JOURNAL_KEY), name=DOMAIN)
    try:
        mailboxes = {}
        for partner in PARTNERS[:3]:
            reader = EmbeddedPartner(journal.queue, PartnerId(partner))
            reader.collect()
            mailboxes[partner] = reader.mailbox
    finally:
        journal.close()
    folder = FolderPartner(tmp_path / "out")
    folder.collect()
    check(tmp_path, mailboxes | {"world-office": folder.mailbox})


def wait_until_drained(process: Process, folder: Path) -> None:
    """Every message taken and no item pending, as the journal says; woken by the gateway's own log lines."""
    keys = open_keys(folder / "var/keys", create=False)
    seen = -1
    while True:
        with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
            totals = reader.totals()
        ended = sum(total.items for total in totals if total.kind is ItemKind.MESSAGE and total.state.terminal)
        pending = sum(total.items for total in totals if total.state is State.PENDING)
        if ended >= MESSAGES * len(PARTNERS) and not pending:
            return
        assert len(process.lines) > seen or process.count("item.ended"), json.dumps(process.lines[-3:])
        seen = len(process.lines)
        process.wait_for("item.ended", process.count("item.ended") + 1, seconds=30)


@pytest.mark.amqp
def test_kills_on_rabbitmq(tmp_path: Path, broker: Broker) -> None:
    agencies, partners = (*AGENCIES, "qm-customs", "qm-cyber"), PARTNERS
    url = declare_topology(broker, agencies, partners)
    config = make_deployment(
        tmp_path, {name: {"via": "queue"} for name in agencies}, {name: {"via": "queue"} for name in partners}
    )
    publish_all(broker, samples())
    kill_until_done(lambda: Process(config, broker=url))
    with Process(config, broker=url) as process:
        process.wait_for("gateway.started")
        wait_until_drained(process, tmp_path)
        assert process.stop() == 0
    mailboxes = {partner: PeerPartner(broker, partner).collect() for partner in partners}
    check(tmp_path, mailboxes)
