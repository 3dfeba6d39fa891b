"""The last look in its own process: the same answers, and every failure of the process is a "no"."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.document.canonical import canonical
from gateway.errors import Fault
from gateway.names import Digest, PartnerId
from gateway.policy.guard import Guard
from gateway.workers.guard_process import GuardFiles, GuardLimits, GuardProcess
from tests.policy.given import SHIPPED, circumstances, files, shipped
from tests.policy.given_messages import disclose, message
from tests.shared import REPOSITORY

pytestmark = pytest.mark.slow

PARTNER = PartnerId("qn-police")
SCHEMAS = REPOSITORY / "schemas/exchange/v1"


def guard_files(digest: str = "") -> GuardFiles:
    decisions = shipped("demo").decisions
    schemas = {path.relative_to(SCHEMAS).as_posix(): path.read_bytes() for path in SCHEMAS.rglob("*") if path.is_file()}
    names = ("demo.policy.yaml", "partners.yaml", "vocabulary.yaml")
    return GuardFiles(files(SHIPPED), schemas, *names, Digest(digest or decisions.digest))


@pytest.fixture(scope="module")
def process() -> Iterator[GuardProcess]:
    made = GuardProcess(guard_files(), GuardLimits(wait=60.0))
    yield made
    made.close()


def look(guard: Guard | GuardProcess, payload: bytes, **more: Any) -> tuple[Fault, ...]:
    given = message()
    return guard.look(given, PARTNER, circumstances(given, PARTNER), payload, **more)


def codes(faults: tuple[Fault, ...]) -> set[str]:
    return {fault.code for fault in faults}


def leaking() -> bytes:
    """What the partner may have, and a name it may not have."""
    made = disclose(message(), PARTNER).message
    assert made is not None
    header = made["header"]
    assert isinstance(header, dict)
    names = [name["full"] for person in message()["persons"] for name in person.get("names", ()) if "full" in name]
    return canonical({**made, "header": {**header, "originator": {"unit": " ".join(names)}}})


def test_it_says_what_the_last_look_says(process: GuardProcess) -> None:
    made = disclose(message(), PARTNER).message
    assert made is not None
    here = Guard(shipped("demo").decisions)
    assert look(process, canonical(made), disclosed=made) == look(here, canonical(made), disclosed=made) == ()
    for payload in (leaking(), b"{", canonical(message())):
        told = look(process, payload)
        assert told
        assert [(one.code, one.place.path, one.field) for one in told] == [
            (one.code, one.place.path, one.field) for one in look(here, payload)
        ]


def test_a_worker_that_was_killed_is_started_again(process: GuardProcess) -> None:
    assert look(process, b"{}") == ()
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert "POL-101" in codes(look(process, leaking()))
    assert process.pid not in (None, first)


def test_a_worker_that_hangs_is_a_no_and_is_killed(process: GuardProcess) -> None:
    hanging = GuardProcess(guard_files(), GuardLimits(wait=1.0), command=worker("while True: time.sleep(60)"))
    assert codes(look(hanging, b"{}")) == {"POL-104"}
    assert hanging.pid is None
    assert look(process, b"{}") == ()


def worker(after: str, ready: str = "{'ready': start['digest']}") -> tuple[str, ...]:
    """A worker that starts as it should and then does something else."""
    code = (
        "import os, socket, sys, time\n"
        "from gateway.workers.frames import receive, send\n"
        "line = socket.socket(fileno=int(sys.argv[1]))\n"
        "start = receive(line)\n"
        f"send(line, {ready})\n"
        "asked = receive(line)\n" + after
    )
    return (sys.executable, "-P", "-c", code)


@pytest.mark.parametrize(
    "after",
    [
        "os._exit(0)",
        "os.abort()",
        "line.sendall(b'garbage that is no frame at all')",
        "line.sendall(b'\\xff\\xff\\xff\\xff')",
        "send(line, [])",
        "send(line, {'number': asked['number']})",
        "send(line, {'number': asked['number'] + 1, 'faults': []})",
        "send(line, {'number': asked['number'], 'faults': None})",
        "send(line, {'number': asked['number'], 'faults': ['yes']})",
        "send(line, {'number': asked['number'], 'faults': [{'code': 'POL-999', 'path': '', 'field': ''}]})",
        "send(line, {'number': asked['number'], 'faults': [{'code': 'POL-101', 'path': 'A name', 'field': ''}]})",
    ],
)
def test_whatever_else_a_worker_says_is_a_no(after: str) -> None:
    broken = GuardProcess(guard_files(), GuardLimits(wait=10.0), command=worker(after))
    told = look(broken, b"{}")
    assert codes(told) == {"POL-104"}
    assert "name" not in str(told[0].place)
    assert broken.pid is None


def test_a_worker_with_another_decision_set_is_not_asked() -> None:
    other = GuardProcess(guard_files("sha256:" + "0" * 64), GuardLimits(wait=10.0))
    assert codes(look(other, b"{}")) == {"POL-104"}


def test_a_worker_that_takes_too_much_memory_ends_and_is_a_no() -> None:
    small = GuardProcess(guard_files(), GuardLimits(wait=60.0, memory=2**20))
    assert codes(look(small, canonical({"unit": "x" * 2**22}))) == {"POL-104"}


def test_a_worker_gets_no_environment_and_no_key(process: GuardProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_BROKER", "amqps://secret@broker.example/")
    process.close()
    assert look(process, b"{}") == ()
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"GATEWAY" not in environment
