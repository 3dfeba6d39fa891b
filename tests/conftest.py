"""What every test gets: a broker, the shared data, no network, and a summary that hides nothing."""

import ipaddress
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from gateway.testing.broker import Broker, ExternalBroker, PrivateBroker
from tests import shared

NO_BROKER = "not run: no RabbitMQ"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# ---------------------------------------------------------------- how hard properties are tried

_database = DirectoryBasedExampleDatabase(shared.REPOSITORY / ".cache" / "hypothesis")
_slow_is_fine = [HealthCheck.too_slow, HealthCheck.data_too_large]
for _name, _examples in (("fast", 25), ("ci", 40), ("long", 5000)):
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        database=_database,
        print_blob=True,
        suppress_health_check=_slow_is_fine,
    )
settings.load_profile(os.environ.get("GATEWAY_HYPOTHESIS") or ("ci" if IN_CI else "fast"))


# ---------------------------------------------------------------- what a test may leave behind


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands set up the log of their process; the next test must not write into a file that is closed."""
    yield
    structlog.reset_defaults()


# ---------------------------------------------------------------- a real broker


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A real RabbitMQ for the whole run. Take `vhost` unless the test needs to do something to the broker itself."""
    external = ExternalBroker.from_environment(os.environ)
    if external is not None:
        yield external
        return
    if lacks := PrivateBroker.missing():
        pytest.skip(f"{NO_BROKER}: {lacks}; GATEWAY_TEST_AMQP may name another")
    with PrivateBroker() as private:
        yield private


@dataclass(frozen=True, slots=True)
class Vhost:
    """A virtual host of one test's own."""

    broker: Broker
    name: str
    url: str


@pytest.fixture
def new_vhost(broker: Broker) -> Iterator[Callable[[], Vhost]]:
    """Make as many virtual hosts as a test asks for, such as one per agency and partner."""
    made: list[str] = []

    def make() -> Vhost:
        name = f"t-{secrets.token_hex(6)}"
        url = broker.create_vhost(name)
        made.append(name)
        return Vhost(broker, name, url)

    yield make
    for name in made:
        broker.delete_vhost(name)


@pytest.fixture
def vhost(new_vhost: Callable[[], Vhost]) -> Vhost:
    """Give an empty virtual host that no other test sees."""
    return new_vhost()


@pytest.fixture
def own_broker() -> Iterator[PrivateBroker]:
    """Give a broker of this test's own, to kill, stop or starve. Costs 5 to 10 seconds."""
    if lacks := PrivateBroker.missing():
        pytest.skip(f"{NO_BROKER}: {lacks}; this test needs one it can kill")
    with PrivateBroker() as private:
        yield private


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a broker has the mark `amqp`, so that no run starts one by accident."""
    for item in items:
        if {"broker", "own_broker"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("amqp")


# ---------------------------------------------------------------- published data


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Give the function that finds published data or skips."""
    return shared.shared_data


# ---------------------------------------------------------------- no network


class NetworkRefused(Exception):
    """A test tried to reach another machine. Not an OSError: no retry may swallow it."""


def _is_local(host: object) -> bool:
    if host in {None, "", b"", "localhost", socket.gethostname()}:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback or str(host) in {"0.0.0.0", "::"}
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine, and every look-up of a name."""
    allowed = {
        urlsplit(os.environ.get(name, "")).hostname for name in ("GATEWAY_TEST_AMQP", "GATEWAY_TEST_AMQP_MANAGEMENT")
    }
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(link: socket.socket, address: object) -> None:
        if link.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            host = address[0]
            if not _is_local(host) and host not in allowed and not any(_resolves_to(name, host) for name in allowed):
                raise NetworkRefused(f"a test may not connect to {host}")

    def _resolves_to(name: str | None, host: object) -> bool:
        return name is not None and any(entry[4][0] == host for entry in look_up(name, None))

    def checked_connect(link: socket.socket, address: object) -> None:
        check(link, address)
        connect(link, address)  # type: ignore[arg-type]  # whatever the caller gave

    def checked_connect_ex(link: socket.socket, address: object) -> int:
        check(link, address)
        return connect_ex(link, address)  # type: ignore[arg-type]  # whatever the caller gave

    def checked_look_up(host: object, *arguments: object, **options: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if _is_local(name) or name in allowed or _is_address(name):
            return look_up(host, *arguments, **options)  # type: ignore[arg-type]  # whatever the caller gave
        raise socket.gaierror(socket.EAI_NONAME, "no names in tests")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        patch.setattr(socket, "getaddrinfo", checked_look_up)
        yield


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- the summary


def _not_run(reporter: pytest.TerminalReporter) -> dict[str, int]:
    """Count the tests that were skipped because this machine lacks something."""
    counts = {NO_BROKER: 0, shared.NOT_RUN: 0}
    for report in reporter.stats.get("skipped", []):
        for reason in counts:
            if reason in str(report.longrepr):
                counts[reason] += 1
    return {reason: count for reason, count in counts.items() if count}


def pytest_report_header() -> str:
    data = "missing" if shared.missing("") else "found"
    return f"hypothesis profile: {settings.get_current_profile_name()}; shared data: {data}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run: a green line must not hide it."""
    missing = _not_run(terminalreporter)
    if missing:
        terminalreporter.section("TESTS THAT DID NOT RUN", sep="!", red=True, bold=True)
        for reason, count in missing.items():
            terminalreporter.line(f"{count} tests {reason}", red=True, bold=True)
        if NO_BROKER in missing and IN_CI:
            terminalreporter.line("CI=true: a run without the broker's tests fails", red=True, bold=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and NO_BROKER in _not_run(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
