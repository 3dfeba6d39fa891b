"""The guards of the test run itself: no network, and nothing that did not run is hidden."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import shared
from tests.conftest import NetworkRefused

WITHOUT_BROKER = """
import pytest
from gateway.testing.broker import PrivateBroker
PrivateBroker.missing = staticmethod(lambda: "taken away for this test")

def test_with_a_broker(vhost):
    raise AssertionError("there is none")

def test_without():
    pass
"""

WITHOUT_DATA = """
def test_with_data(shared_data):
    shared_data("no/such/folder")

def test_without():
    pass
"""


def run(folder: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test file in a process of its own, under this run's configuration."""
    file = folder / "test_inner.py"
    file.write_text(program)
    base = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GATEWAY", "CI"))}
    options = ["-p", "tests.conftest", "-c", str(shared.REPOSITORY / "pyproject.toml"), "--rootdir", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(file)],
        cwd=shared.REPOSITORY,
        env=base | {"PYTHONPATH": str(shared.REPOSITORY)} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_a_missing_broker_is_said_loudly_and_fails_ci(tmp_path: Path, ci: dict[str, str], status: int) -> None:
    done = run(tmp_path, WITHOUT_BROKER, **ci)
    assert "TESTS THAT DID NOT RUN" in done.stdout
    assert "1 tests not run: no RabbitMQ" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert done.returncode == status, done.stdout


@pytest.mark.slow
def test_missing_data_are_said_loudly_and_do_not_fail_ci(tmp_path: Path) -> None:
    done = run(tmp_path, WITHOUT_DATA, CI="true")
    assert "1 tests not run: no shared data" in done.stdout
    assert "no/such/folder" in done.stdout
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("address", [("192.0.2.1", 9), ("example.org", 80)])
def test_no_connection_leaves_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as link, pytest.raises(NetworkRefused):
        link.connect(address)
    with socket.socket() as link, pytest.raises(NetworkRefused):
        link.connect_ex(address)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("example.org", 80), timeout=1)


def test_loopback_stays_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])),
    ):
        pass
