"""Where a broker is and how to reach it: a frozen value per virtual host, made from one `amqp://` or `amqps://` URL.

Plain AMQP is accepted on loopback only, or with `insecure_dev`. The password never appears in `repr`.
"""

import ipaddress
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from gateway.errors import DefinitionRefused, Fault

__all__ = ["AmqpEndpoint", "AmqpTimes", "TlsFiles", "amqp_endpoint"]

_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths of PEM files, read anew for each connection so that rotation needs no restart."""

    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class AmqpTimes:
    """Seconds. Defaults are those of section 15 of the delivery design; tests shorten them."""

    heartbeat: int = 15
    blocked: float = 120.0
    connect: float = 5.0
    stack: float = 15.0
    rpc: float = 10.0
    confirm: float = 30.0
    close: float = 5.0
    patience: float = 5.0
    """How long a send waits for a link that is down."""
    flush: float = 0.02
    """How long an acknowledgement may wait for company."""
    reconnect: float = 30.0
    """The longest pause before a lost connection is tried again."""


@dataclass(frozen=True, slots=True)
class AmqpEndpoint:
    """One virtual host. With several hosts, each connection tries them in a new random order."""

    hosts: tuple[tuple[str, int], ...]
    vhost: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: TlsFiles | None = None

    def on_vhost(self, vhost: str) -> "AmqpEndpoint":
        """Give the same broker and login on another virtual host."""
        return replace(self, vhost=vhost)


def amqp_endpoint(url: str, *, tls: TlsFiles | None = None, insecure_dev: bool = False) -> AmqpEndpoint:
    """Read `amqp[s]://user:password@host[:port][,host[:port]...]/vhost`.

    Raises DefinitionRefused: DEL-210 for a URL that cannot be read, SEC-220 for plain AMQP beyond loopback.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"amqp", "amqps"} or parts.query or parts.fragment:
        raise _refused("the broker's address must begin with amqp:// or amqps://, without query or fragment")
    login, _, place = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    secure = parts.scheme == "amqps"
    hosts = tuple(_host(entry, 5671 if secure else 5672) for entry in place.split(","))
    if not secure and not insecure_dev and not all(_is_loopback(host) for host, _ in hosts):
        raise DefinitionRefused(
            Fault(
                "SEC-220",
                "plain AMQP is refused beyond this machine",
                fix="use amqps://, or --insecure-dev where nothing real is at stake",
            )
        )
    return AmqpEndpoint(
        hosts=hosts,
        vhost=unquote(parts.path[1:]) if len(parts.path) > 1 else "/",
        username=unquote(username),
        password=unquote(password),
        tls=(tls or TlsFiles()) if secure else None,
    )


def _host(entry: str, default: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not 0 < (port or default) <= _MAX_PORT:
        raise _refused("the broker's address has no readable host and port")
    return host, port or default


def _refused(message: str) -> DefinitionRefused:
    return DefinitionRefused(Fault("DEL-210", message, fix="write amqps://user:password@host:5671/"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
