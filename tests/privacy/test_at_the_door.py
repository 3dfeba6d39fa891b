"""What is turned away before it is a message, and what fails inside: neither is repeated in a log or an answer."""

import asyncio
import os
from pathlib import Path

import aiohttp
import orjson

from gateway.names import AgencyId
from gateway.outcome import Outcome, Received
from gateway.plan import Plan
from gateway.system import SystemClock
from gateway.testing.contracts import Inbox
from gateway.testing.http_simulators import HttpAgencyClient
from gateway.transport.folder import FolderSource
from gateway.transport.http_access import HttpAgency
from gateway.transport.http_source import HttpSource
from gateway.transport.webhook import HmacKey
from tests.engine.world import World as EngineWorld
from tests.engine.world import delivery
from tests.privacy.canaries import Canaries
from tests.privacy.world import listening

AGENCY = AgencyId("agency-one")
CLOCK = SystemClock()


async def test_a_refused_request_is_repeated_neither_in_the_log_nor_in_the_answer() -> None:
    canaries = Canaries()

    def secret(place: str) -> str:
        return canaries.issue(place).letters

    source = HttpSource([HttpAgency(AGENCY, (HmacKey(b"k" * 32),))], CLOCK)
    with listening() as heard:
        await source.open()
        base = f"http://127.0.0.1:{source.port}"
        answers: list[bytes] = []
        async with aiohttp.ClientSession() as session:
            requests = [
                ("POST", "/v1/messages", {"gateway-agency": secret("agency"), "webhook-id": secret("id")}),
                ("POST", "/v1/messages", {"gateway-agency": AGENCY, "webhook-signature": f"v1,{secret('signature')}"}),
                ("POST", f"/v1/agencies/{secret('agency in the path')}/messages", {"webhook-id": secret("id")}),
                ("POST", f"/v1/messages?q={secret('query')}", {"gateway-lane": secret("lane")}),
                ("POST", "/v1/messages", {"Content-Encoding": secret("encoding"), "webhook-id": secret("id")}),
                ("GET", f"/{secret('path')}", {}),
                ("PUT", f"/v1/{secret('path')}", {}),
                ("GET", f"/v1/receipts?after={secret('cursor')}", {secret("header"): secret("header value")}),
            ]
            for method, path, headers in requests:
                body = secret("body").encode() if method == "POST" else None
                async with session.request(method, base + path, data=body, headers=headers) as answer:
                    assert answer.status >= 400
                    answers.append(await answer.read() + repr(dict(answer.headers)).encode())
        reply = await HttpAgencyClient(base, AGENCY, HmacKey(b"x" * 32), CLOCK).publish(secret("id"), b"x")
        answers.append(orjson.dumps(reply.document))
        await _garbage(source.port, secret("garbage"))
        await source.close()
    assert len(canaries.places) > 20
    assert b"http.refused" in heard.texts()["log"]
    for name, hay in {**heard.texts(), "answers": b"".join(answers)}.items():
        assert canaries.named(canaries.found(hay)) == [], name


async def _garbage(port: int, secret: str) -> None:
    """Bytes that are no HTTP at all: the web server answers by itself, to nobody but who sent them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{secret} \x01 {secret}\r\n{secret}\r\n\r\n".encode())
    await writer.drain()
    assert b" 400 " in await reader.read(4096)
    writer.close()
    await writer.wait_closed()


async def test_a_refused_file_is_not_named(tmp_path: Path) -> None:
    canaries = Canaries()
    names = [canaries.issue(what).letters for what in ("link", "pipe", "broken description", "name", "folder")]
    inbox = tmp_path / "in"
    inbox.mkdir(mode=0o750)
    (inbox / names[0]).symlink_to("/etc/passwd")
    os.mkfifo(inbox / names[1])
    (inbox / f"{names[3]}.meta.json").write_text('{"id": ["' + names[2] + '"]}', encoding="utf-8")
    (inbox / names[3]).write_bytes(b"x")
    (inbox / names[4]).mkdir()
    (inbox / names[4] / names[4]).mkdir()
    (inbox / f"{names[4]}.ready").touch()
    with listening() as heard:
        source = FolderSource(AGENCY, tmp_path, CLOCK, poll=0.02)
        waiting = Inbox(source)
        assert await waiting.silent()
        await waiting.leave()
        await source.close()
    assert heard.texts()["log"].count(b"folder.refused") >= 3
    for name, hay in heard.texts().items():
        assert canaries.named(canaries.found(hay)) == [], name


async def test_the_text_of_an_exception_is_never_logged() -> None:
    canaries = Canaries()
    canary = canaries.issue("text of an exception")

    def failing(received: Received, plan: Plan) -> Outcome:
        del plan
        raise ValueError(f"could not read {canary.text} of {received.files[0].data!r}")

    world = EngineWorld([delivery("k-1", canary.text.encode())], corridor=failing)
    with listening() as heard:
        await world.run()
    assert b"task.failed" in heard.texts()["log"]
    assert b"ValueError" in heard.texts()["log"]
    for name, hay in heard.texts().items():
        assert canaries.found(hay) == set(), name


async def test_a_leak_into_a_log_is_found() -> None:
    """The log drops keys that are not allowed; a canary under an allowed key, or in a library's log, is found."""
    import logging

    from gateway.telemetry import logger

    canaries = Canaries()
    canary = canaries.issue("log")
    with listening() as heard:
        logger().info("task.failed", payload=canary.text, stage="test")
        assert canaries.found(heard.texts()["log"]) == set()
        logger().info("task.failed", reason=canary.text.encode().hex())
        logging.getLogger("some.library").debug("sent %s", canary.text)
    assert [canaries.found(hay) for hay in heard.texts().values()] == [{0}, {0}]
