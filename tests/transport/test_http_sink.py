"""Webhook delivery: the contract suite, the table of answers, the headers, and a partner that misbehaves."""

import asyncio
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from gateway.names import PartnerId
from gateway.ports import SendState
from gateway.testing.contracts import SINK_CHECKS, SinkCheck, pending_item
from gateway.testing.http_simulators import Script, WebhookPartner
from gateway.transport.egress import Egress, TlsClient
from gateway.transport.http_sink import HttpSink, meaning, retry_after_seconds
from gateway.transport.networks import allow_list
from tests.transport.http_rigs import CLOCK, PUBLIC, QUICK, SECRET, http_sink, sink_to

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("check", SINK_CHECKS, ids=lambda check: check.__name__)
async def test_the_sink_keeps_its_contract(check: SinkCheck) -> None:
    async with http_sink() as rig:
        await check(rig)


TABLE: list[tuple[int, SendState]] = [
    *((status, SendState.DELIVERED) for status in (200, 201, 202, 204, 299)),
    *((status, SendState.DELAYED) for status in (408, 425, 429, 500, 502, 503, 504, 599)),
    *((status, SendState.LINK_DOWN) for status in (301, 302, 307, 308, 401, 403, 410)),
    *((status, SendState.REFUSED) for status in (400, 404, 406, 409, 413, 415, 422)),
]


@pytest.mark.parametrize(("status", "state"), TABLE)
async def test_each_status_has_its_meaning(status: int, state: SendState) -> None:
    script = Script((status,), headers={"Location": "http://127.0.0.1:1/elsewhere"} if 300 <= status < 400 else {})
    async with WebhookPartner([SECRET], CLOCK, script=script) as partner:
        sink = sink_to(partner)
        assert (await sink.send(pending_item(1))).state is state
        assert len(partner.attempts) == 1, "a redirect is never followed"
        await sink.close()


@given(st.integers(-1, 1000), st.booleans())
def test_only_2xx_delivers_and_every_status_has_a_meaning(status: int, duplicate: bool) -> None:
    result = meaning(status, None, conflict_means_duplicate=duplicate)
    delivered = 200 <= status < 300 or (status == 409 and duplicate)
    assert (result.state is SendState.DELIVERED) == delivered
    assert (result.state is SendState.REFUSED) <= (400 <= status < 500)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999", 86_400),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Mon, 01 Mar 2027 12:00:00 GMT", 86_400),
        ("Sun Mar  1 12:00:10 2026", 10),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("１２", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_raises(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


async def test_a_partner_can_ask_for_patience() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script((429,), {"Retry-After": "77"})) as partner:
        sink = sink_to(partner)
        result = await sink.send(pending_item(1))
        assert (result.state, result.reason, result.retry_after) == (SendState.DELAYED, "overloaded", 77)
        await sink.close()


async def test_overload_halves_the_window_and_success_lets_it_grow_back() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script((502, 504, 429, 500, 200))) as partner:
        sink = sink_to(partner)
        windows = []
        for number in range(6):
            await sink.send(pending_item(number))
            windows.append(sink.window)
        assert windows == [4, 2, 1, 1, 2, 3]
        await sink.close()


async def test_409_is_a_duplicate_only_where_the_partner_says_so() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script((409,))) as partner:
        sink = sink_to(partner, conflict_means_duplicate=True)
        assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
        await sink.close()


async def test_payload_and_id_stay_while_the_signature_is_made_anew() -> None:
    class Ticking:
        def __init__(self) -> None:
            self.second = 0

        def now(self) -> str:
            self.second += 1
            return f"2026-03-01T12:00:{self.second:02d}.000Z"

        def monotonic(self) -> float:
            return time.monotonic()

        def randomness(self, size: int) -> bytes:
            return b"r" * size

    clock = Ticking()
    async with WebhookPartner([SECRET], clock, script=Script((503, 200))) as partner:
        allowed = allow_list(("127.0.0.1/32",), frozenset({partner.port}), insecure_dev=True)
        sink = HttpSink(PartnerId("p1"), partner.url, [SECRET], Egress(allowed, limits=QUICK), clock)
        item = pending_item(1, payload=b"same")
        await sink.send(item)
        await sink.send(item)
        first, second = partner.attempts
        assert first["webhook-id"] == second["webhook-id"] == first["Idempotency-Key"] == item.item
        assert first["Content-Digest"] == second["Content-Digest"]
        assert first["webhook-timestamp"] != second["webhook-timestamp"]
        assert first["webhook-signature"] != second["webhook-signature"]
        assert not partner.rejected
        await sink.close()


async def test_the_headers_are_exactly_the_listed_ones() -> None:
    async with WebhookPartner([PUBLIC], CLOCK) as partner:
        sink = sink_to(partner)
        await sink.send(pending_item(1))
        await sink.close()
    assert {name.lower() for name in partner.attempts[0]} == {
        "host",
        "content-type",
        "content-length",
        "content-digest",
        "idempotency-key",
        "user-agent",
        "gateway-kind",
        "gateway-lane",
        "gateway-status",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }
    assert partner.attempts[0]["gateway-status"] == "Test"


async def test_F20_a_partner_that_never_answers_costs_a_limited_time() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script(("stall", 200))) as partner:
        sink = sink_to(partner)
        started = time.monotonic()
        result = await sink.send(pending_item(1))
        assert (result.state, result.reason) == (SendState.DELAYED, "timeout")
        assert time.monotonic() - started < 4
        assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
        await sink.close()


async def test_F21_an_answer_that_is_lost_costs_a_repetition_with_the_same_id_and_bytes() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script(("drop", 200))) as partner:
        sink = sink_to(partner)
        assert (await sink.send(pending_item(1, payload=b"once"))).state is SendState.DELAYED
        assert (await sink.send(pending_item(1, payload=b"once"))).state is SendState.DELIVERED
        assert partner.mailbox.repeated == 1
        assert not partner.mailbox.differing
        await sink.close()


async def test_an_endless_answer_is_cut() -> None:
    script = Script((200,), body=b"x" * (4 * 1024**2))
    async with WebhookPartner([SECRET], CLOCK, script=script) as partner:
        sink = sink_to(partner)
        assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
        assert (await sink.send(pending_item(2))).state is SendState.DELIVERED
        await sink.close()


async def test_a_slow_partner_holds_no_more_than_its_window() -> None:
    async with WebhookPartner([SECRET], CLOCK, script=Script(("stall",))) as partner:
        sink = sink_to(partner)
        sends = [asyncio.ensure_future(sink.send(pending_item(number))) for number in range(30)]
        done, _ = await asyncio.wait(sends, timeout=0.5)
        assert not done
        assert len(partner.attempts) == 8
        await sink.close()
        assert {(await send).state for send in sends} <= {SendState.LINK_DOWN, SendState.DELAYED}


async def test_tls_is_checked_and_a_wrong_authority_blames_the_link(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "right.pem")
    stranger.cert_pem.write_to_path(tmp_path / "wrong.pem")
    async with WebhookPartner([SECRET], CLOCK) as partner:
        await partner.stop()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        partner.use_tls(context)
        await partner.start()
        for file, state in (("right.pem", SendState.DELIVERED), ("wrong.pem", SendState.LINK_DOWN)):
            allowed = allow_list(("127.0.0.1/32",), frozenset({partner.port}), insecure_dev=True)
            egress = Egress(allowed, tls=TlsClient(ca=str(tmp_path / file)), limits=QUICK)
            sink = HttpSink(PartnerId("p1"), partner.url, [SECRET], egress, CLOCK)
            assert (await sink.send(pending_item(1))).state is state
            await sink.close()
