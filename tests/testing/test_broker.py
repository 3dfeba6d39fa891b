"""The private broker: it answers, it survives kill -9 with its data, and it leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.testing.broker import Broker, BrokerFailed, ExternalBroker, PrivateBroker, answers_amqp
from gateway.testing.children import Children
from tests.conftest import Vhost


def alive(pid: int) -> bool:
    """True for a process that runs; a zombie nobody has collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], bool], limit: float = 10.0) -> bool:
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def one_answer(answer: bytes) -> int:
    """Listen on a free port, answer one connection with these bytes, close. Gives the port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with server:
            link, _ = server.accept()
            with link:
                link.recv(8)
                link.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


START = b"\x01\x00\x00\x00\x00\x00\x20\x00\x0a\x00\x0a" + b"\x00" * 8


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (START, True),
        (b"AMQP\x00\x00\x09\x01", False),  # another version: the broker names its own and closes
        (b"HTTP/1.1 400 Bad Request\r\n", False),
        (START[:10], False),
        (b"", False),
    ],
)
def test_only_connection_start_counts_as_an_answer(answer: bytes, verdict: bool) -> None:
    assert answers_amqp("127.0.0.1", one_answer(answer)) is verdict


def test_a_closed_port_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not answers_amqp("127.0.0.1", port)


def test_a_url_quotes_what_a_virtual_host_may_contain() -> None:
    broker = Broker("amqp://us%40er:p%2Fw@localhost:5673/base", None)
    assert broker.url() == "amqp://us%40er:p%2Fw@localhost:5673/base"
    assert broker.url("/") == "amqp://us%40er:p%2Fw@localhost:5673/%2F"
    assert broker.url("agency.a", "u", "p") == "amqp://u:p@localhost:5673/agency.a"


def test_an_external_broker_is_named_by_the_environment() -> None:
    assert ExternalBroker.from_environment({}) is None
    plain = ExternalBroker.from_environment({"GATEWAY_TEST_AMQP": "amqp://u:p@127.0.0.1:5673/v"})
    assert plain is not None
    assert plain.port == 5673
    with pytest.raises(BrokerFailed, match="GATEWAY_TEST_AMQP_MANAGEMENT"):
        plain.create_vhost("x")
    managed = ExternalBroker.from_environment(
        {"GATEWAY_TEST_AMQP": "amqp://u:p@127.0.0.1", "GATEWAY_TEST_AMQP_MANAGEMENT": "http://127.0.0.1:15673"}
    )
    assert managed is not None
    assert managed.management.url == "http://127.0.0.1:15673"
    assert managed.management.user == "u"
    assert "p" not in repr(managed.management).replace("http", "").replace("Management", "")


def test_children_end_with_their_parent_even_when_it_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    program = f"""
import os, sys, time
from pathlib import Path
from gateway.testing.children import Children
folder = Path({str(folder)!r})
children = Children()
children.folder(folder)
child = children.start(["/bin/sleep", "600"], os.environ, folder / "log", folder)
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for(lambda: not alive(child)), "the child outlived its parent"
    assert wait_for(lambda: not folder.exists()), "the folder was left behind"


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    children = Children()
    try:
        stubborn = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
        child = children.start(["/bin/sh", "-c", stubborn], os.environ, tmp_path / "log", tmp_path)
        assert wait_for(lambda: (tmp_path / "log").read_bytes() == b"ready\n")
        children.end(child, grace=0.2)
        assert child.returncode == -signal.SIGKILL
    finally:
        children.close()
        children.close()


def test_a_virtual_host_has_queues_of_its_own(new_vhost: Callable[[], Vhost]) -> None:
    first, second = new_vhost(), new_vhost()
    web = first.broker.management
    web.declare_queue(first.name, "q.a/b")
    web.declare_exchange(first.name, "x.a")
    web.bind(first.name, "x.a", "q.a/b", "key")
    web.put_policy(first.name, "short", ".*", {"max-length": 10})
    assert web.queue(first.name, "q.a/b")["type"] == "quorum"
    with pytest.raises(BrokerFailed, match="status 404"):
        web.queue(second.name, "q.a/b")
    web.delete_policy(first.name, "short")
    web.delete_queue(first.name, "q.a/b")
    with pytest.raises(BrokerFailed, match="status 404"):
        web.queue(first.name, "q.a/b")


def test_a_user_can_be_given_and_denied_rights(vhost: Vhost) -> None:
    web = vhost.broker.management
    web.create_user("t-agency", "word")
    try:
        web.set_permissions("t-agency", vhost.name, configure="^$", write=r"^x\.out$", read="^$")
        assert web.call("GET", f"permissions/{vhost.name}/t-agency") == {
            "user": "t-agency",
            "vhost": vhost.name,
            "configure": "^$",
            "write": r"^x\.out$",
            "read": "^$",
        }
        web.revoke_permissions("t-agency", vhost.name)
        with pytest.raises(BrokerFailed, match="status 404"):
            web.call("GET", f"permissions/{vhost.name}/t-agency")
    finally:
        web.delete_user("t-agency")


@pytest.mark.fault
def test_a_broker_can_be_killed_paused_and_started_again_on_its_data(own_broker: PrivateBroker) -> None:
    own_broker.create_vhost("kept")
    own_broker.kill()
    assert not own_broker.running
    assert not answers_amqp(own_broker.host, own_broker.port)
    own_broker.start()
    own_broker.management.declare_queue("kept", "q")
    own_broker.pause()
    assert not answers_amqp(own_broker.host, own_broker.port, limit=0.3)
    own_broker.resume()
    assert wait_for(lambda: answers_amqp(own_broker.host, own_broker.port))
    own_broker.stop()
    own_broker.start()
    assert own_broker.management.queue("kept", "q")["durable"] is True
    assert "q" in own_broker.ctl("list_queues", "-p", "kept", "--no-table-headers")
    own_broker.close()
    assert not answers_amqp(own_broker.host, own_broker.port)


def test_a_broker_cannot_be_started_outside_its_block() -> None:
    with pytest.raises(BrokerFailed, match="outside"):
        PrivateBroker().start()
