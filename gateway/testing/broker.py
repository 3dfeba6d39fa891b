"""A real RabbitMQ for tests: a private one on free loopback ports, or one that runs elsewhere.

`PrivateBroker` starts Debian's RabbitMQ with its own home, data, name and ports, touches nothing of a broker that may
already run on this machine, and leaves no process and no file behind, even when the tests are killed. It can be killed,
stopped, paused and started again on the same data. Tests keep apart by virtual host, made in milliseconds over HTTP.

The handshake is checked with a plain socket: pika has its home in `transport/amqp` alone.
"""

import os
import secrets
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.testing.children import Children
from gateway.testing.management import BrokerFailed, Management, url_part

__all__ = ["Broker", "BrokerFailed", "ExternalBroker", "PrivateBroker", "answers_amqp"]

_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_START_LIMIT = 60.0
_NAMES_LIMIT = 10.0
_STOP_LIMIT = 30.0
_LOOK_EVERY = 0.05
_TRIES = 3

_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = 1
_CONNECTION_START = (10, 10)


def answers_amqp(host: str, port: int, limit: float = 2.0) -> bool:
    """True if an AMQP 0-9-1 broker answers the protocol header with Connection.Start."""
    try:
        with socket.create_connection((host, port), timeout=limit) as link:
            link.sendall(_PROTOCOL_HEADER)
            start = b""
            while len(start) < 11:
                block = link.recv(11 - len(start))
                if not block:
                    return False
                start += block
    except OSError:
        return False
    kind, channel, _size, class_id, method_id = struct.unpack(">BHIHH", start)
    return kind == _METHOD_FRAME and channel == 0 and (class_id, method_id) == _CONNECTION_START


class Broker:
    """Where a broker is and how to get a virtual host of one's own on it."""

    def __init__(self, url: str, management: Management | None) -> None:
        self._url = urlsplit(url)
        self._management = management

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._url.hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """The AMQP port."""
        return self._url.port or 5672

    @property
    def management(self) -> Management:
        """The HTTP interface, or `BrokerFailed` where none is known."""
        if self._management is None:
            raise BrokerFailed("this broker's HTTP interface is not known (GATEWAY_TEST_AMQP_MANAGEMENT)")
        return self._management

    def url(self, vhost: str | None = None, user: str | None = None, password: str | None = None) -> str:
        """Give an `amqp://` URL for a virtual host, as the tests' own user or as another one."""
        name = unquote(self._url.username or "guest") if user is None else user
        word = unquote(self._url.password or "guest") if password is None else password
        path = self._url.path if vhost is None else f"/{url_part(vhost)}"
        return urlunsplit(
            (self._url.scheme, f"{url_part(name)}:{url_part(word)}@{self.host}:{self.port}", path, "", "")
        )

    def create_vhost(self, name: str) -> str:
        """Make a virtual host and give its URL."""
        self.management.create_vhost(name)
        return self.url(name)

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host."""
        self.management.delete_vhost(name)


class ExternalBroker(Broker):
    """A broker that runs elsewhere, named by GATEWAY_TEST_AMQP. It is used, never stopped."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ExternalBroker | None":
        """Read GATEWAY_TEST_AMQP and GATEWAY_TEST_AMQP_MANAGEMENT; None if no broker is named."""
        url = environment.get("GATEWAY_TEST_AMQP", "")
        if not url:
            return None
        web = urlsplit(environment.get("GATEWAY_TEST_AMQP_MANAGEMENT", ""))
        if not web.hostname:
            return cls(url, None)
        amqp = urlsplit(url)
        place = urlunsplit((web.scheme, f"{web.hostname}:{web.port or 15672}", "", "", ""))
        user = web.username or amqp.username or "guest"
        password = web.password or amqp.password or "guest"
        return cls(url, Management(place, unquote(user), unquote(password)))


class PrivateBroker(Broker):
    """A RabbitMQ node of one's own, as a context manager. Starting takes 4 to 10 seconds, so share one per run.

    `plugins` and `settings` (lines of rabbitmq.conf) are added to what every node gets.
    """

    def __init__(self, *, plugins: tuple[str, ...] = (), settings: tuple[str, ...] = ()) -> None:
        self._plugins = ("rabbitmq_management", *plugins)
        self._settings = settings
        self._user, self._password = "tests", secrets.token_hex(12)
        self._children: Children | None = None
        self._node: subprocess.Popen[bytes] | None = None
        self._home = Path()
        self._ports: dict[str, int] = {}
        super().__init__("amqp://127.0.0.1", None)

    @staticmethod
    def missing() -> str:
        """Say what this machine lacks to start one, or nothing."""
        for program in (_SCRIPTS / "rabbitmq-server", Path("/usr/bin/epmd")):
            if not program.exists():
                return f"{program} is not there (Debian's package rabbitmq-server)"
        return ""

    def __enter__(self) -> Self:
        if lacks := self.missing():
            raise BrokerFailed(lacks)
        for attempt in range(1, _TRIES + 1):
            try:
                self._prepare()
                self.start()
            except BrokerFailed:
                # A port may have been taken between choosing and using it: choose again.
                self.close()
                if attempt == _TRIES:
                    raise
            except BaseException:
                self.close()
                raise
            else:
                break
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """True if the node's process is alive (it may be paused)."""
        return self._node is not None and self._node.poll() is None

    def start(self) -> None:
        """Start the node, again on the same data and ports, and wait until it answers AMQP and HTTP."""
        if self.running:
            return
        children = self._owner()
        self._node = children.start(
            [str(_SCRIPTS / "rabbitmq-server")], self._environment(), self._home / "node.log", self._home
        )
        self._wait_until_ready(self._node)

    def stop(self) -> None:
        """Stop politely: connections get 320 CONNECTION_FORCED, everything is flushed."""
        self._end(_STOP_LIMIT)

    def kill(self) -> None:
        """Kill -9: connections are reset, what was not on disk is lost.

        RabbitMQ 3.10 writes the names of quorum queues to disk twice a second, without waiting: one that was declared
        less than a second ago is not found again. Declare first, do something else, then kill.
        """
        self._end(0)

    def pause(self) -> None:
        """Freeze the node: it keeps its connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen node go on."""
        self._signal(signal.SIGCONT)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` against this node (half a second), for what HTTP cannot do, such as memory alarms."""
        done = subprocess.run(
            [str(_SCRIPTS / "rabbitmqctl"), *arguments],
            env=self._environment(),
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_START_LIMIT,
            check=False,
        )
        if done.returncode != 0:
            raise BrokerFailed(f"rabbitmqctl {arguments[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout

    def close(self) -> None:
        """Kill the node and remove its data. Safe to call twice."""
        if self._children is not None:
            self._children.close()
        self._children, self._node = None, None

    def _owner(self) -> Children:
        if self._children is None:
            raise BrokerFailed("this broker is used outside its 'with' block")
        return self._children

    def _prepare(self) -> None:
        """Choose ports, write the configuration, start the node's own name server."""
        self._children = Children()
        self._home = Path(tempfile.mkdtemp(prefix="gateway-broker-"))
        self._children.folder(self._home)
        self._ports = _free_ports("amqp", "web", "names", "cluster")
        lines = (
            f"listeners.tcp.1 = 127.0.0.1:{self._ports['amqp']}",
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self._ports['web']}",
            f"default_user = {self._user}",
            f"default_pass = {self._password}",
            "disk_free_limit.absolute = 50MB",
            "vm_memory_high_watermark.absolute = 1GB",
            "log.file.level = warning",
            *self._settings,
        )
        (self._home / "rabbitmq.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self._home / "plugins").write_text(f"[{','.join(self._plugins)}].\n", encoding="utf-8")
        place = f"127.0.0.1:{self._ports['web']}"
        self._management = Management(f"http://{place}", self._user, self._password)
        self._url = urlsplit(f"amqp://{self._user}:{self._password}@127.0.0.1:{self._ports['amqp']}/%2F")
        # A node starts a name server that outlives it, unless one is there already.
        names = ["/usr/bin/epmd", "-port", str(self._ports["names"]), "-address", "127.0.0.1"]
        server = self._children.start(names, self._environment(), self._home / "names.log", self._home)
        for _ in range(int(_NAMES_LIMIT / _LOOK_EVERY)):
            try:
                socket.create_connection(("127.0.0.1", self._ports["names"]), timeout=1).close()
            except OSError:
                if _ends_within(server, _LOOK_EVERY):
                    break
            else:
                return
        raise BrokerFailed("epmd does not answer")

    def _environment(self) -> dict[str, str]:
        """Everything a node may look at, pointed into its own folder; nothing of the caller's environment but PATH."""
        home = self._home
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"tests{self._ports['amqp']}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(self._ports["cluster"]),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(home / "feature_flags"),
            "RABBITMQ_PID_FILE": str(home / "node.pid"),
            "ERL_EPMD_PORT": str(self._ports["names"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Few schedulers that do not spin: the tests need the processor, too.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            # The start script then becomes the node instead of waiting beside it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _wait_until_ready(self, node: subprocess.Popen[bytes]) -> None:
        for _ in range(int(_START_LIMIT / _LOOK_EVERY)):
            if answers_amqp(self.host, self._ports["amqp"]) and self._web_answers():
                return
            if _ends_within(node, _LOOK_EVERY):
                raise BrokerFailed(f"the node ended with {node.returncode}: {self._last_words()}")
        raise BrokerFailed(f"the node does not answer after {_START_LIMIT:.0f} s: {self._last_words()}")

    def _web_answers(self) -> bool:
        try:
            self.management.call("GET", "overview")
        except BrokerFailed:
            return False
        return True

    def _last_words(self) -> str:
        logs = [self._home / "node.log", *sorted((self._home / "log").glob("*.log"))]
        return " | ".join(log.read_text("utf-8", "replace")[-1500:] for log in logs if log.is_file())

    def _end(self, grace: float) -> None:
        if self._node is not None:
            self._signal(signal.SIGCONT)
            self._owner().end(self._node, grace=grace)
            self._node = None

    def _signal(self, number: signal.Signals) -> None:
        if self._node is not None and self._node.poll() is None:
            os.killpg(self._node.pid, number)


def _ends_within(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait a moment between two looks; a child that died is noticed at once."""
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _free_ports(*names: str) -> dict[str, int]:
    """Find a free loopback port for each name; all are held until all are found."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    try:
        return {name: link.getsockname()[1] for name, link in zip(names, sockets, strict=True)}
    finally:
        for link in sockets:
            link.close()
