"""AMQP over TLS against a real broker: the authority is checked, and certificates are read anew for each connection."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from gateway.ports import SendState
from gateway.testing.broker import PrivateBroker
from gateway.testing.contracts import pending_item
from gateway.transport.amqp.queue import AmqpSink, partner_amqp_sink
from gateway.transport.amqp.settings import AmqpEndpoint, TlsFiles, amqp_endpoint
from tests.transport.amqp.faults import CLOCK, TIMES, Load
from tests.transport.conftest import Town, build

pytestmark = [pytest.mark.slow, pytest.mark.amqp, pytest.mark.timeout(120)]


@dataclass(frozen=True, slots=True)
class Secure:
    town: Town
    port: int
    files: Path

    def endpoint(self, authority: str) -> AmqpEndpoint:
        user = f"gateway.{self.town.partner}.deliver"
        url = f"amqps://{user}:{self.town.passwords[user]}@127.0.0.1:{self.port}/{self.town.partner_vhost}"
        return amqp_endpoint(url, tls=TlsFiles(ca=str(self.files / authority)))

    def sink(self, authority: str) -> AmqpSink:
        return partner_amqp_sink(self.town.partner, self.endpoint(authority), CLOCK, times=TIMES)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    if lacks := PrivateBroker.missing():
        pytest.skip(f"not run: no RabbitMQ: {lacks}")
    files = tmp_path_factory.mktemp("tls")
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(files / "ca.pem")
    stranger.cert_pem.write_to_path(files / "other.pem")
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(files / "key.pem")
    for part in server.cert_chain_pems:
        part.write_to_path(files / "cert.pem", append=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = (
        f"listeners.ssl.1 = 127.0.0.1:{port}",
        f"ssl_options.cacertfile = {files}/ca.pem",
        f"ssl_options.certfile = {files}/cert.pem",
        f"ssl_options.keyfile = {files}/key.pem",
        "ssl_options.versions.1 = tlsv1.3",
        "ssl_options.versions.2 = tlsv1.2",
    )
    with PrivateBroker(settings=settings) as broker:
        yield Secure(build(broker), port, files)


async def test_a_known_authority_is_trusted_and_large_items_pass(secure: Secure) -> None:
    sink = secure.sink("ca.pem")
    assert (await sink.send(pending_item(1, payload=b"x" * 3_000_000))).state is SendState.DELIVERED
    await sink.close()


async def test_a_strange_authority_is_a_lasting_fault_of_the_link(secure: Secure) -> None:
    sink = secure.sink("other.pem")
    result = await sink.send(pending_item(1))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "tls")
    assert sink.status.code == "DEL-203"
    await sink.close()


async def test_a_missing_file_is_the_same_and_a_new_one_is_used_without_a_restart(secure: Secure) -> None:
    name = "rotated.pem"
    sink = secure.sink(name)
    assert (await sink.send(pending_item(1))).reason == "tls"
    await sink.close()
    await asyncio.to_thread((secure.files / name).write_bytes, (secure.files / "ca.pem").read_bytes())
    sink = secure.sink(name)
    assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
    connection = sink._link.connection
    assert connection is not None
    connection.abort()
    await Load(sink).send(pending_item(2))
    assert sink.status.generation == 2
    await sink.close()
