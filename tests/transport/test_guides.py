"""The programs in the guides are run as they stand there: what an integrator copies works."""

import asyncio
import json
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.names import Lane
from gateway.ports import Disposition, SendState
from gateway.testing.contracts import Inbox, pending_item
from gateway.testing.http_simulators import WebhookPartner
from gateway.transport.amqp.topology import in_queue
from gateway.transport.http_access import HttpAgency
from gateway.transport.http_source import HttpSource
from tests.shared import REPOSITORY
from tests.transport.amqp import plain
from tests.transport.amqp.faults import a_sink, a_source
from tests.transport.conftest import Town
from tests.transport.http_rigs import AGENCY, CLOCK, SECRET, sink_to


def program(guide: str, word: str) -> str:
    """Give the block of a guide that holds a word."""
    text = (REPOSITORY / "docs" / "guide" / guide).read_text("utf-8")
    blocks: list[str] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [found] = [block for block in blocks if word in block]
    return found


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "guide", "exec"), names)
    return names


async def test_agency_over_http() -> None:
    publish = run(program("agency.md", "def publish"))["publish"]
    source = HttpSource([HttpAgency(AGENCY, (SECRET,))], CLOCK)
    inbox = Inbox(source)
    await source.open()
    base = f"http://127.0.0.1:{source.port}"
    sending = asyncio.ensure_future(asyncio.to_thread(publish, base, AGENCY, SECRET.secret, "n-1", b"\x00body\xff"))
    delivery = await inbox.take()
    assert (delivery.key, delivery.files[0].data) == ("n-1", b"\x00body\xff")
    await delivery.settle(Disposition.ACCEPTED, [b'{"level":"taken"}'])
    assert json.loads(await sending)["state"] == "accepted"
    await inbox.leave()
    await source.close()


async def test_partner_by_webhook() -> None:
    genuine = run(program("partner.md", "def genuine"))["genuine"]
    async with WebhookPartner([SECRET], CLOCK) as partner:
        sink = sink_to(partner)
        await sink.send(pending_item(1, payload=b"body"))
        await sink.close()
        [headers] = partner.attempts
    assert genuine(SECRET.secret, headers, b"body")
    assert not genuine(SECRET.secret, headers, b"other")
    assert not genuine(b"o" * 32, headers, b"body")
    assert not genuine(SECRET.secret, headers | {"webhook-timestamp": "1"}, b"body")


async def test_agency_over_amqp(town: Town, tmp_path: Path) -> None:
    user = f"agency.{town.agency}"
    url = town.broker.url(town.agency_vhost, user, town.passwords[user])
    (tmp_path / "notice.xml").write_bytes(b"<notice/>")
    text = program("agency.md", "x.out")
    text = re.sub(r'"amqps://[^"]*"', repr(url), text).replace('open("notice.xml", "rb").read()', "DATA")
    closing = "\nlink.close()\n"
    await asyncio.to_thread(run, f"DATA = {(tmp_path / 'notice.xml').read_bytes()!r}\n{text}{closing}")
    source = a_source(town)
    inbox = Inbox(source)
    delivery = await inbox.take()
    assert (delivery.key, delivery.files[0].data) == ("notice-2026-000417", b"<notice/>")
    await inbox.leave()
    await source.close()


async def test_partner_over_amqp(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = f"partner.{town.partner}"
    url = town.broker.url(town.partner_vhost, user, town.passwords[user])
    sink = a_sink(town)
    items = [pending_item(number, payload=b"%d" % number, lane=Lane(number % 4)) for number in range(8)]
    for item in [*items, items[0]]:
        assert (await sink.send(item)).state is SendState.DELIVERED
    await sink.close()
    monkeypatch.chdir(tmp_path)
    text = re.sub(r'"amqps://[^"]*"', repr(url), program("partner.md", "def take"))
    # The program runs for ever; here it ends when it has acknowledged everything.
    text = text.replace("channel.start_consuming()", "while ACKED < 9:\n    link.process_data_events(1)\nlink.close()")
    text = text.replace("    channel.basic_ack(", "    global ACKED\n    ACKED += 1\n    channel.basic_ack(")
    await asyncio.to_thread(run, "ACKED = 0\n" + text + "\nstore.close()\n")
    store = sqlite3.connect(tmp_path / "received.db")
    rows = store.execute("SELECT id, body FROM items").fetchall()
    store.close()
    assert sorted(rows) == sorted((item.item, item.payload) for item in items)
    left = await asyncio.to_thread(plain.depth, town.broker.url(town.partner_vhost), *(in_queue(lane) for lane in Lane))
    assert left == 0


def test_the_partner_program_stops_on_one_id_with_two_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run(program("partner.md", "def take").partition("link = pika")[0])
    acked: list[int] = []
    channel = SimpleNamespace(basic_ack=acked.append)
    properties = SimpleNamespace(message_id="i-1")
    for tag, body in enumerate((b"one", b"one")):
        names["take"](channel, SimpleNamespace(delivery_tag=tag), properties, body)
    with pytest.raises(SystemExit):
        names["take"](channel, SimpleNamespace(delivery_tag=2), properties, b"other")
    names["store"].close()
    assert acked == [0, 1]
