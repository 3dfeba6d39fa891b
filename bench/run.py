"""The whole path beside a bare relay, on one broker in one run: messages per second, CPU per message, and the ratios.

    python -m bench.run [--messages 300] [--rounds 1] [--json]

The relay (`bench/relay.py`) consumes, publishes with confirms and acknowledges bodies of the same size, to one queue or
to three. The gateway takes messages of one agency (JSON or XML), for one partner or three: reads, maps, validates,
decides, writes, looks again, commits to the journal, delivers with confirms, records, signs receipts. All queues are
quorum queues. Messages wait in the queue before the clock starts. CPU is of the process alone, from the kernel's books.

Only ratios mean something: machines differ, and here broker, relay, gateway and this script share the cores.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import pika

from bench import relay, stages
from gateway.deployment import open_deployment
from gateway.mapping.api import EngineName
from gateway.names import AgencyId, Lane, PartnerId, SourceKey, State
from gateway.outcome import Received, SourceFile
from gateway.pipeline import run
from gateway.testing.broker import Broker, PrivateBroker
from gateway.transport.amqp.topology import RECEIPTS_QUEUE, agency_vhost, in_queue, partner_vhost
from tests.e2e.amqp_peer import declare_topology, publish_all
from tests.e2e.process import make_deployment
from tests.shared import REPOSITORY

__all__ = ["Case", "Figures", "main"]

_SAMPLES = {"json": ("qm-border", "qm-border/01-hit-listed.json"), "xml": ("qm-police", "qm-police/01-wanted.xml")}
_AGENCIES = ("qm-police", "qm-border", "qm-fiu", "qm-customs", "qm-cyber")
_PARTNERS = ("qn-police", "eu-centre", "qs-bureau")
_ENGINES: tuple[EngineName, ...] = ("compiled", "interpreted")
_LONGEST = 600.0
"""Seconds after which a run that does not end is given up."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to measure: the agency's format, the number of partners, the mapping engine (none for the relay)."""

    form: str
    partners: int
    engine: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What one case came to. `cpu_us` is of the gateway's (or relay's) process, user and system, per message taken."""

    case: Case
    messages: int
    seconds: float
    cpu_us: float

    @property
    def rate(self) -> float:
        """Messages taken per second."""
        return self.messages / self.seconds


def body_of(form: str) -> bytes:
    """The sample of a format."""
    return (REPOSITORY / "deploy/demo/samples" / _SAMPLES[form][1]).read_bytes()


# ---------------------------------------------------------------- the gateway


class Child:
    """The gateway as a process of its own; its log goes to a file that is read afterwards."""

    def __init__(self, config: Path, engine: str, broker: str) -> None:
        self._log = config.with_name("log.jsonl")
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "bench.child", str(config), engine],
                stdout=log,
                env={**os.environ, "GATEWAY_BROKER": broker},
                cwd=REPOSITORY,
            )

    @property
    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        fields = Path(f"/proc/{self._child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_started(self) -> None:
        """Until it says so."""
        _until(lambda: b"gateway.started" in self._log.read_bytes() or self._child.poll() is not None)
        if self._child.poll() is not None:
            raise SystemExit("the gateway ended at once: nothing was measured")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stop the process while the queue is filled; it goes on when the block ends."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._child.send_signal(signal.SIGCONT)

    def last(self, event: str) -> float:
        """When an event was logged last, in seconds since the epoch."""
        lines = (json.loads(line) for line in self._log.read_bytes().splitlines())
        return max(datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines if line["event"] == event)

    def stop(self) -> None:
        """In order."""
        self._child.terminate()
        if self._child.wait(60):
            raise SystemExit("the gateway did not stop in order: nothing was measured")


def measure(broker: Broker, case: Case, count: int) -> Figures:
    """From the moment at which a full queue is let go to the last item that ended. Counts are those of the corridor."""
    partners = _PARTNERS[: case.partners]
    agency, _ = _SAMPLES[case.form]
    body = body_of(case.form)
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        url = declare_topology(broker, _AGENCIES, _PARTNERS)
        links = {"via": "queue"}
        config = make_deployment(Path(name), dict.fromkeys(_AGENCIES, links), dict.fromkeys(partners, links), partners)
        delivered, receipts = _expected(config, agency, body)
        child = Child(config, case.engine, url)
        child.wait_started()
        publish_all(broker, [(agency, f"warm-{number}", body) for number in range(3)])
        _until(lambda: _arrived(broker, agency, partners) == (3 * delivered, 3 * receipts))
        with child.held():
            publish_all(broker, [(agency, f"bench-{number}", body) for number in range(count)])
            used, began = child.cpu, time.time()
        whole = 3 + count
        _until(lambda: _arrived(broker, agency, partners) == (whole * delivered, whole * receipts))
        seconds, cpu = child.last("item.ended") - began, child.cpu - used
        child.stop()
    return Figures(case, count, seconds, cpu / count * 1e6)


def _expected(config: Path, agency: str, body: bytes) -> tuple[int, int]:
    """Copies that leave, and receipts, per message."""
    with tempfile.TemporaryDirectory() as name:
        plan = open_deployment(config, data=Path(name), embedded=True).plan
    given = Received(AgencyId(agency), SourceKey("k"), (SourceFile(body),), "2026-11-25T10:00:00.000Z", b"e" * 32)
    items = [item for message in run(given, plan).messages for item in message.items]
    return sum(item.state is State.PENDING for item in items), 1 + len(items)


def _arrived(broker: Broker, agency: str, partners: tuple[str, ...]) -> tuple[int, int]:
    """(copies in the partners' queues, receipts in the agency's queue) as the broker counts them."""
    copies = sum(
        _depth(broker.url(partner_vhost(PartnerId(partner))), *(in_queue(lane) for lane in Lane))
        for partner in partners
    )
    return copies, _depth(broker.url(agency_vhost(AgencyId(agency))), RECEIPTS_QUEUE)


def _depth(url: str, *queues: str) -> int:
    link = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = link.channel()
        return sum(int(channel.queue_declare(queue, passive=True).method.message_count) for queue in queues)
    finally:
        link.close()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("it did not come to an end: nothing was measured")
        time.sleep(0.2)


# ---------------------------------------------------------------- all of it


def measure_all(broker: Broker, count: int, rounds: int) -> list[Figures]:
    """Every case, `rounds` times in turn, each with its median."""
    cases = [
        Case(form, partners, engine) for form in _SAMPLES for partners in (1, len(_PARTNERS)) for engine in _ENGINES
    ]
    relays = [Case(form, targets, "") for form in _SAMPLES for targets in (1, len(_PARTNERS))]
    found: dict[Case, list[Figures]] = {}
    for _ in range(rounds):
        for case in relays:
            bare = relay.measure(broker, 10 * count, len(body_of(case.form)), case.partners)
            figures = Figures(case, bare.messages, bare.seconds, bare.cpu_microseconds)
            found.setdefault(case, []).append(figures)
        for case in cases:
            found.setdefault(case, []).append(measure(broker, case, count))
    return [
        Figures(
            case,
            each[0].messages,
            statistics.median(one.seconds for one in each),
            statistics.median(one.cpu_us for one in each),
        )
        for case, each in found.items()
    ]


def described(figures: list[Figures]) -> list[dict[str, object]]:
    """Each case with its ratios to the relay of the same body and number of targets."""
    base = {(each.case.form, each.case.partners): each for each in figures if not each.case.engine}
    told = []
    for each in figures:
        bare = base[each.case.form, each.case.partners]
        told.append(
            {
                "what": "gateway" if each.case.engine else "bare relay",
                **asdict(each.case),
                "bytes": len(body_of(each.case.form)),
                "messages": each.messages,
                "rate": round(each.rate, 1),
                "cpu_us": round(each.cpu_us),
                "rate_of_relay": round(each.rate / bare.rate, 4),
                "cpu_of_relay": round(each.cpu_us / bare.cpu_us, 1),
            }
        )
    return told


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--messages", type=int, default=300, help="per case; the relay gets ten times as many")
    options.add_argument("--rounds", type=int, default=1, help="repetitions of every case, in turn; medians are shown")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if lacks := PrivateBroker.missing():
        sys.exit(f"no RabbitMQ: {lacks}")
    with PrivateBroker() as broker:
        told = described(measure_all(broker, chosen.messages, chosen.rounds))
    by_stage = {engine: stages.measure(10 * chosen.rounds, engine) for engine in _ENGINES}
    where = {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "pika": pika.__version__,
    }
    if chosen.json:
        print(json.dumps({"where": where, "path": told, "stages": by_stage}))
        return
    print(
        ", ".join(f"{name} {value}" for name, value in where.items()) + "; quorum queues, one run; ratios to the relay"
    )
    print(f"{'':<12}{'format':<8}{'partners':>8}  {'engine':<12}{'msg/s':>8}{'us CPU':>9}{'rate':>9}{'CPU':>8}")
    for each in told:
        print(
            f"{each['what']:<12}{each['form']:<8}{each['partners']:>8}  {each['engine']:<12}"
            f"{each['rate']:>8,.0f}{each['cpu_us']:>9,}{each['rate_of_relay']:>9.3f}{each['cpu_of_relay']:>8.1f}"
        )
    for engine, found in by_stage.items():
        print()
        stages.show(engine, found)


if __name__ == "__main__":
    main()
