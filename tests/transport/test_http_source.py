"""HTTP intake: the contract suite, who is let in, and what each answer means."""

import asyncio
import gc
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
import trustme

from gateway.errors import DefinitionRefused
from gateway.names import AgencyId, Lane
from gateway.ports import Delivery, Disposition
from gateway.testing.contracts import SOURCE_CHECKS, Inbox, SourceCheck, eventually
from gateway.testing.http_simulators import HttpAgencyClient, Reply
from gateway.transport.http_access import HttpAgency
from gateway.transport.http_source import HttpLimits, HttpSource, server_tls
from gateway.transport.webhook import sign_header
from tests.transport.http_rigs import (
    AGENCY,
    CLOCK,
    OTHER,
    OTHER_SECRET,
    PUBLIC,
    SECRET,
    SIGNER,
    http_source,
)

RECEIPT = b'{"level":"taken"}'


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract(check: SourceCheck) -> None:
    async with http_source() as rig:
        await check(rig)


class Intake:
    """A source whose deliveries are settled as told, and a client."""

    def __init__(self, source: HttpSource) -> None:
        self.source = source
        self.base = f"http://127.0.0.1:{source.port}"
        self.client = HttpAgencyClient(self.base, AGENCY, SECRET, CLOCK)
        self.disposition = Disposition.ACCEPTED
        self.receipts: tuple[bytes, ...] = (RECEIPT,)
        self.seen: list[Delivery] = []

    async def run(self) -> None:
        async for delivery in self.source.deliveries():
            self.seen.append(delivery)
            await delivery.settle(self.disposition, self.receipts)


def receipts_of(agency: AgencyId, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
    everything = [(n, json.dumps({"n": n, "agency": agency}).encode()) for n in range(1, 151)]
    return [row for row in everything if row[0] > after][:limit]


@asynccontextmanager
async def intake(**options: object) -> AsyncIterator[Intake]:
    agencies = [HttpAgency(AGENCY, (SECRET, PUBLIC)), HttpAgency(OTHER, (OTHER_SECRET,))]
    source = HttpSource(agencies, CLOCK, receipts=receipts_of, **options)  # type: ignore[arg-type]  # options of a test
    await source.open()
    made = Intake(source)
    running = asyncio.ensure_future(made.run())
    try:
        yield made
    finally:
        await source.close()
        await running


@pytest.mark.parametrize(
    ("disposition", "status", "code"),
    [
        (Disposition.ACCEPTED, 202, None),
        (Disposition.QUARANTINED, 202, None),
        (Disposition.DUPLICATE, 200, None),
        (Disposition.CONFLICT, 409, "DEL-228"),
        (Disposition.REFUSED, 422, "DEL-229"),
        (Disposition.REQUEUE, 503, "DEL-221"),
    ],
)
async def test_each_outcome_has_its_answer(disposition: Disposition, status: int, code: str | None) -> None:
    async with intake() as made:
        made.disposition = disposition
        reply = await made.client.publish("m-1", b"<x/>")
    assert reply.status == status
    assert reply.document["receipts"] == [json.loads(RECEIPT)]
    if code is None:
        assert reply.document["state"] == disposition.value
    else:
        assert reply.document["code"] == code
        assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert ("Retry-After" in reply.headers) == (status == 503)
    assert reply.headers["Server"] == "gateway"


async def test_receipts_leave_with_the_bytes_that_were_signed() -> None:
    async with intake() as made, aiohttp.ClientSession() as session:
        made.receipts = (b'{"b" : 1.50,"a":"\\u00e9"}', b"{}")
        headers = signed_headers("m-1", b"x")
        async with session.post(f"{made.base}/v1/messages", data=b"x", headers=headers) as answer:
            assert b'[{"b" : 1.50,"a":"\\u00e9"},{}]' in await answer.read()


async def test_both_kinds_of_keys_and_both_addresses_are_taken() -> None:
    async with intake() as made:
        ed25519 = HttpAgencyClient(made.base, AGENCY, SIGNER, CLOCK)
        assert (await ed25519.publish("m-1", b"x")).status == 202
        by_path = await made.client.call("POST", f"/v1/agencies/{AGENCY}/messages", b"y", "m-2", {"gateway-agency": ""})
        assert by_path.status == 202
    assert [(each.agency, each.key) for each in made.seen] == [(AGENCY, "m-1"), (AGENCY, "m-2")]


def signed_headers(key: str, body: bytes, *, agency: str = AGENCY, age: int = 0) -> dict[str, str]:
    timestamp = int(datetime.fromisoformat(CLOCK.now()).timestamp()) - age
    return {
        "gateway-agency": agency,
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign_header([SECRET], key, timestamp, body),
    }


def good_headers() -> dict[str, str]:
    """Signed now: a signature is good for minutes, and the tests before this one may take longer."""
    return signed_headers("m-1", b"body")


def bad_headers() -> dict[str, dict[str, str]]:
    good = good_headers()
    return {
        "nothing": {},
        "no signature": {k: v for k, v in good.items() if k != "webhook-signature"},
        "empty signature": good | {"webhook-signature": ""},
        "another's signature": good | {"webhook-signature": sign_header([OTHER_SECRET], "m-1", 1, b"body")},
        "another agency": good | {"gateway-agency": OTHER},
        "unknown agency": good | {"gateway-agency": "nobody"},
        "no agency": {k: v for k, v in good.items() if k != "gateway-agency"},
        "not an agency": good | {"gateway-agency": "../x"},
        "another body": signed_headers("m-1", b"other"),
        "another id": good | {"webhook-id": "m-2"},
        "no id": good | {"webhook-id": ""},
        "a long id": good | {"webhook-id": "x" * 256},
        "an old timestamp": signed_headers("m-1", b"body", age=4000),
        "a future timestamp": signed_headers("m-1", b"body", age=-4000),
        "no timestamp": good | {"webhook-timestamp": ""},
        "an odd timestamp": good | {"webhook-timestamp": " 1"},
        "an id that can be cut elsewhere": signed_headers("m.1700000000", b"body"),
        "an idempotency key instead of a signature": {"gateway-agency": AGENCY, "Idempotency-Key": "m-1"},
    }


@pytest.mark.parametrize("name", bad_headers())
async def test_whoever_is_not_authenticated_learns_nothing(name: str) -> None:
    async with (
        intake() as made,
        aiohttp.ClientSession() as session,
        session.post(f"{made.base}/v1/messages", data=b"body", headers=bad_headers()[name]) as answer,
    ):
        assert answer.status == 401
        document = await answer.json(content_type=None)
    assert document["code"] == "SEC-201"
    assert not made.seen


async def test_after_many_failures_an_address_has_to_wait() -> None:
    async with intake() as made, aiohttp.ClientSession() as session:
        answers = []
        for _ in range(22):
            async with session.post(
                f"{made.base}/v1/messages", data=b"x", headers=bad_headers()["another body"]
            ) as answer:
                answers.append((answer.status, "Retry-After" in answer.headers))
        assert answers == [(401, False)] * 20 + [(429, True)] * 2
        # Also with the right key: the limit is asked before any cryptography.
        assert (await made.client.publish("m-1", b"x")).status == 429


async def test_an_agency_gets_its_own_receipts_in_pages() -> None:
    async with intake() as made:
        first = await made.client.receipts()
        second = await made.client.receipts(after=first.document["after"])
        third = await made.client.receipts(after=second.document["after"])
        other = await HttpAgencyClient(made.base, OTHER, OTHER_SECRET, CLOCK).receipts(after=149)
    assert [each["n"] for each in first.document["receipts"]] == list(range(1, 101))
    assert [each["n"] for each in second.document["receipts"]] == list(range(101, 151))
    assert third.document == {"receipts": [], "after": 150}
    assert other.document["receipts"] == [{"n": 150, "agency": OTHER}]


async def test_a_signature_for_one_page_does_not_open_another() -> None:
    async with intake() as made:
        reply = await made.client.call("GET", "/v1/receipts?after=7", b"/v1/receipts?after=0", "r-1", {})
        assert reply.status == 401
        odd = await made.client.call("GET", "/v1/receipts?after=x", b"/v1/receipts?after=x", "r-2", {})
        assert (odd.status, odd.document["code"]) == (400, "DEL-227")


async def test_bodies_are_bounded_before_they_are_read() -> None:
    async with intake(limits=HttpLimits(body=100)) as made:
        assert (await made.client.publish("m-1", b"x" * 100)).status == 202
        large = await made.client.publish("m-2", b"x" * 101)
        assert (large.status, large.document["code"]) == (413, "DEL-225")
        packed = await made.client.call("POST", "/v1/messages", b"x", "m-3", {"Content-Encoding": "gzip"})
        assert (packed.status, packed.document["code"]) == (415, "DEL-226")
        lane = await made.client.call("POST", "/v1/messages", b"x", "m-4", {"gateway-lane": "express"})
        assert (lane.status, lane.document["code"]) == (400, "DEL-227")
    assert len(made.seen) == 1


async def test_a_body_without_a_length_is_not_taken() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"bo"
        yield b"dy"

    async with (
        intake() as made,
        aiohttp.ClientSession() as session,
        session.post(f"{made.base}/v1/messages", data=pieces(), headers=good_headers()) as answer,
    ):
        assert answer.status == 411


async def test_an_upload_that_stops_costs_a_limited_time() -> None:
    async with intake(limits=HttpLimits(read=0.2)) as made:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.source.port)
        lines = [f"{name}: {value}" for name, value in good_headers().items()]
        head = "\r\n".join(["POST /v1/messages HTTP/1.1", "Host: x", "Content-Length: 50", *lines, "", "half"])
        writer.write(head.encode())
        assert b"408" in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        await writer.wait_closed()
    assert not made.seen


async def test_a_full_house_says_not_yet_and_leaves_room_for_flash() -> None:
    source = HttpSource([HttpAgency(AGENCY, (SECRET,))], CLOCK, prefetch=dict.fromkeys(Lane, 1))
    await source.open()
    client = HttpAgencyClient(f"http://127.0.0.1:{source.port}", AGENCY, SECRET, CLOCK)
    inbox = Inbox(source)
    waiting = asyncio.ensure_future(client.publish("m-1", b"x"))
    first = await inbox.take()
    full = await client.publish("m-2", b"x")
    assert (full.status, full.document["code"]) == (503, "DEL-221")
    flash = asyncio.ensure_future(client.publish("m-3", b"x", Lane.FLASH))
    await (await inbox.take()).settle(Disposition.ACCEPTED)
    assert (await flash).status == 202
    await first.settle(Disposition.ACCEPTED)
    assert (await waiting).status == 202
    await inbox.leave()
    await source.close()


async def test_no_outcome_in_time_is_a_not_yet_and_a_late_one_harms_nobody() -> None:
    source = HttpSource([HttpAgency(AGENCY, (SECRET,))], CLOCK, limits=HttpLimits(settle=0.1))
    await source.open()
    inbox = Inbox(source)
    client = HttpAgencyClient(f"http://127.0.0.1:{source.port}", AGENCY, SECRET, CLOCK)
    sending = asyncio.ensure_future(client.publish("m-1", b"x"))
    delivery = await inbox.take()
    reply = await sending
    assert (reply.status, reply.document["code"]) == (503, "DEL-222")
    await delivery.settle(Disposition.ACCEPTED, [RECEIPT])
    await inbox.leave()
    await source.close()


async def test_a_client_that_went_away_does_not_disturb_settling() -> None:
    source = HttpSource([HttpAgency(AGENCY, (SECRET,))], CLOCK)
    await source.open()
    inbox = Inbox(source)
    _, writer = await asyncio.open_connection("127.0.0.1", source.port)
    lines = [f"{name}: {value}" for name, value in good_headers().items()]
    head = "\r\n".join(["POST /v1/messages HTTP/1.1", "Host: x", "Content-Length: 4", *lines, "", "body"])
    writer.write(head.encode())
    delivery = await inbox.take()
    writer.close()
    await writer.wait_closed()
    await delivery.settle(Disposition.ACCEPTED, [RECEIPT])
    client = HttpAgencyClient(f"http://127.0.0.1:{source.port}", AGENCY, SECRET, CLOCK)
    sending = asyncio.ensure_future(client.publish("m-2", b"x"))
    await (await inbox.take()).settle(Disposition.ACCEPTED)
    assert (await sending).status == 202
    await inbox.leave()
    await source.close()


async def test_while_stopping_it_says_not_yet() -> None:
    async with intake() as made:
        await made.source.stop()
        reply = await made.client.publish("m-1", b"x")
        assert (reply.status, reply.document["code"]) == (503, "DEL-223")
        assert not made.source.status.up


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("PUT", "/v1/messages", 405)])
async def test_other_addresses_are_problems_too(method: str, path: str, status: int) -> None:
    async with (
        intake() as made,
        aiohttp.ClientSession() as session,
        session.request(method, made.base + path) as answer,
    ):
        assert answer.status == status
        assert (await answer.json(content_type=None))["code"] == "DEL-231"


async def test_a_bug_of_ours_is_an_answer_without_its_text() -> None:
    def broken(agency: AgencyId, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        raise ValueError("secret text of an exception")

    agencies = [HttpAgency(AGENCY, (SECRET,))]
    source = HttpSource(agencies, CLOCK, receipts=broken)
    await source.open()
    reply = await HttpAgencyClient(f"http://127.0.0.1:{source.port}", AGENCY, SECRET, CLOCK).receipts()
    await source.close()
    assert (reply.status, reply.document["code"]) == (500, "DEL-232")
    assert "secret" not in json.dumps(reply.document)


def test_plain_http_is_refused_beyond_this_machine() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        HttpSource([], CLOCK, host="0.0.0.0")
    assert refused.value.code == "SEC-204"
    HttpSource([], CLOCK, host="0.0.0.0", insecure_dev=True)
    for host in ("127.0.0.1", "::1", "localhost"):
        HttpSource([], CLOCK, host=host)


async def test_it_listens_once_however_many_ask_it_to() -> None:
    source = HttpSource((), CLOCK)
    await asyncio.gather(source.open(), source.open())
    port = source.port
    await source.close()
    # A second listener, forgotten, would still hold its port and be found as an unclosed socket.
    gc.collect()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_place_that_is_taken_is_refused() -> None:
    first = HttpSource([], CLOCK)
    await first.open()
    second = HttpSource([], CLOCK, port=first.port)
    with pytest.raises(DefinitionRefused) as refused:
        await second.open()
    assert refused.value.code == "DEL-230"
    await first.close()


async def test_a_client_certificate_is_an_identity(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(tmp_path / "key.pem")
    for part in server.cert_chain_pems:
        part.write_to_path(tmp_path / "cert.pem", append=True)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = server_tls(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"), str(tmp_path / "ca.pem"))
    agencies = [
        HttpAgency(AGENCY, certificates=frozenset({"DNS:one.example"})),
        HttpAgency(OTHER, (OTHER_SECRET,), certificates=frozenset({"DNS:two.example"})),
    ]
    source = HttpSource(agencies, CLOCK, host="127.0.0.1", tls=context)
    await source.open()
    inbox = Inbox(source)

    async def post(name: str | None, headers: dict[str, str], issuer: trustme.CA = authority) -> Reply:
        tls = server_context(authority)
        if name is not None:
            issuer.issue_cert(name).configure_cert(tls)
        url = f"https://127.0.0.1:{source.port}/v1/messages"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=b"x", headers=headers, ssl=tls) as answer,
        ):
            return Reply(answer.status, None)

    sending = asyncio.ensure_future(post("one.example", {"Idempotency-Key": "k-1"}))
    delivery = await inbox.take()
    assert (delivery.agency, delivery.key) == (AGENCY, "k-1")
    await delivery.settle(Disposition.ACCEPTED)
    assert (await sending).status == 202
    assert (await post(None, {"Idempotency-Key": "k-2", "gateway-agency": AGENCY})).status == 401
    assert (await post("three.example", {"Idempotency-Key": "k-3"})).status == 401
    assert (await post("one.example", {"Idempotency-Key": "k-4", "gateway-agency": OTHER})).status == 401
    with pytest.raises(aiohttp.ClientError):
        await post("one.example", {"Idempotency-Key": "k-5"}, stranger)
    await eventually(inbox.silent, "nothing else was taken")
    await inbox.leave()
    await source.close()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
