"""The egress guard: what may be connected to, and that nothing else is."""

import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DefinitionRefused, NotPermitted
from gateway.names import PartnerId
from gateway.ports import SendState
from gateway.testing.contracts import pending_item
from gateway.testing.http_simulators import WebhookPartner
from gateway.transport.egress import Egress, check_url
from gateway.transport.http_sink import HttpSink
from gateway.transport.networks import allow_list, unmapped
from tests.transport.http_rigs import CLOCK, QUICK, SECRET

EVERYTHING = ("0.0.0.0/0", "::/0")
PORTS = frozenset({443})


@pytest.mark.parametrize("address", ["192.0.2.7", "198.51.100.1", "2001:db8::1", "::ffff:192.0.2.7", "10.1.2.3"])
def test_what_is_in_the_list_may_be_connected_to(address: str) -> None:
    networks = ("192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32", "10.0.0.0/8")
    allow_list(networks, PORTS).check(address, 443)


NEVER = [
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "169.254.169.254",
    "169.254.1.1",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "fd00:ec2::254",
    "100.100.100.200",
    "192.0.0.192",
]


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_allowed_whatever_the_list_says(address: str) -> None:
    with pytest.raises(NotPermitted) as refused:
        allow_list(EVERYTHING, PORTS).check(address, 443)
    assert refused.value.code == "SEC-210"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_development_lifts_loopback_and_nothing_else(address: str) -> None:
    allow_list(EVERYTHING, PORTS, insecure_dev=True).check(address, 443)
    with pytest.raises(NotPermitted):
        allow_list((), PORTS, insecure_dev=True).check(address, 443)
    with pytest.raises(NotPermitted):
        allow_list(EVERYTHING, PORTS, insecure_dev=True).check("169.254.169.254", 443)


def test_ports_and_own_listeners_are_checked() -> None:
    with pytest.raises(NotPermitted):
        allow_list(EVERYTHING, PORTS).check("192.0.2.7", 22)
    own = frozenset({("192.0.2.7", 443)})
    with pytest.raises(NotPermitted):
        allow_list(EVERYTHING, PORTS, own=own).check("::ffff:192.0.2.7", 443)


@given(st.ip_addresses())
def test_an_empty_list_allows_nothing(address: object) -> None:
    with pytest.raises(NotPermitted):
        allow_list((), PORTS, insecure_dev=True).check(str(address), 443)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_the_same_address(address: object) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        assert unmapped(ipaddress.ip_address(f"{prefix}{address}")) == address


def test_texts_that_are_no_networks_are_refused() -> None:
    for text in ("192.0.2.1/24", "example.org", ""):
        with pytest.raises(DefinitionRefused) as refused:
            allow_list((text,), PORTS)
        assert refused.value.code == "SEC-211"


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "ftp://partner.example/",
        "https://user@partner.example/",
        "https://user:word@partner.example/",
        "https://",
        "https:///x",
        "https://partner.example/#x",
        "https://partner.example:99999/",
        "file:///etc/passwd",
        "",
    ],
)
def test_urls_that_are_not_plain_https_are_refused(url: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        check_url(url)
    assert refused.value.code == "SEC-212"


def test_the_port_of_a_url_is_known() -> None:
    assert check_url("https://partner.example/x") == 443
    assert check_url("https://partner.example:8443/x?y=1") == 8443
    assert check_url("http://partner.example/", insecure_dev=True) == 80


async def reached(url: str, networks: tuple[str, ...], *, insecure_dev: bool, port: int) -> SendState:
    allowed = allow_list(networks, frozenset({port}), insecure_dev=insecure_dev)
    sink = HttpSink(PartnerId("p1"), url, [SECRET], Egress(allowed, limits=QUICK), CLOCK)
    try:
        return (await sink.send(pending_item(1))).state
    finally:
        await sink.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"])
async def test_no_request_reaches_this_machine(host: str) -> None:
    async with WebhookPartner([SECRET], CLOCK) as partner:
        url = f"http://{host}:{partner.port}/in"
        assert await reached(url, EVERYTHING, insecure_dev=False, port=partner.port) is SendState.LINK_DOWN
        assert not partner.attempts


async def test_a_name_is_checked_by_the_address_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: whatever the name was when somebody looked before, the socket is made for this address."""

    async def resolve(*_arguments: object, **_options: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", partner.port))]

    async with WebhookPartner([SECRET], CLOCK) as partner:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        url = f"http://partner.example:{partner.port}/in"
        denied = await reached(url, ("192.0.2.0/24",), insecure_dev=True, port=partner.port)
        assert denied is SendState.LINK_DOWN
        assert not partner.attempts
        allowed = await reached(url, ("127.0.0.0/8",), insecure_dev=True, port=partner.port)
        assert allowed is SendState.DELIVERED


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with WebhookPartner([SECRET], CLOCK) as partner:
        state = await reached(partner.url, ("127.0.0.1/32",), insecure_dev=True, port=partner.port)
        assert state is SendState.DELIVERED
