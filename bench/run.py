"""The whole path beside a bare relay, on one broker in one run: messages per second, CPU per message, and the ratios.

    python -m bench.run [--messages 600] [--json]

The relay (`bench/relay.py`) consumes, publishes with confirms and acknowledges, with the same bodies' size. The gateway
takes the same number of messages of three agencies (XML and JSON), with one and with four partners: reads, maps,
validates, decides, writes, looks again, commits to the journal, delivers with confirms, records, signs receipts. Only
ratios mean something: machines differ, and broker and clients share the cores here.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import relay
from gateway.testing.broker import Broker, PrivateBroker
from tests.e2e.amqp_peer import declare_topology, publish_all
from tests.e2e.process import Process, make_deployment
from tests.shared import REPOSITORY

__all__ = ["Figures", "main"]

_SAMPLES = {
    "qm-police": "qm-police/01-wanted.xml",
    "qm-border": "qm-border/01-hit-listed.json",
    "qm-fiu": "qm-fiu/01-split-amounts.xml",
}
_AGENCIES = ("qm-police", "qm-border", "qm-fiu", "qm-customs", "qm-cyber")
_PARTNERS = ("qn-police", "eu-centre", "qs-bureau", "world-office")


@dataclass(frozen=True, slots=True)
class Figures:
    """One way, measured. `cpu_us` is of the gateway's (or relay's) process, user and system, per message taken."""

    name: str
    messages: int
    seconds: float
    cpu_us: float

    @property
    def rate(self) -> float:
        """Messages taken per second."""
        return self.messages / self.seconds


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bodies(count: int) -> list[tuple[str, str, bytes]]:
    read = {agency: (REPOSITORY / "deploy/demo/samples" / name).read_bytes() for agency, name in _SAMPLES.items()}
    names = list(_SAMPLES)
    return [(names[n % len(names)], f"bench-{n}", read[names[n % len(names)]]) for n in range(count)]


def _gateway(broker: Broker, count: int, partners: tuple[str, ...]) -> Figures:
    """From the first message taken to the last item ended, receipts included."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        folder = Path(name)
        url = declare_topology(broker, _AGENCIES, _PARTNERS)
        links = {"via": "queue"}
        config = make_deployment(folder, dict.fromkeys(_AGENCIES, links), dict.fromkeys(partners, links), partners)
        with Process(config, broker=url) as process:
            process.wait_for("gateway.started")
            # A message of each kind first: tables are built once, and connections are up.
            publish_all(broker, [(agency, f"warm-{key}", body) for agency, key, body in _bodies(3)])
            process.wait_for("message.taken", 3)
            process.wait_quiet()
            ended = process.count("item.ended")
            began, used = time.perf_counter(), _cpu(process.pid)
            publish_all(broker, _bodies(count))
            process.wait_for("message.taken", 3 + count, seconds=600)
            process.wait_quiet()
            seconds, cpu = time.perf_counter() - began, _cpu(process.pid) - used
            if process.count("item.ended") - ended < count:
                raise SystemExit("the gateway delivered less than one item per message: nothing was measured")
            process.stop()
    return Figures(f"gateway, {len(partners)} partner(s)", count, seconds, cpu / count * 1e6)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--messages", type=int, default=600)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if lacks := PrivateBroker.missing():
        sys.exit(f"no RabbitMQ: {lacks}")
    size = sum(len(body) for _, _, body in _bodies(3)) // 3
    with PrivateBroker() as broker:
        bare = relay.measure(broker, 10 * chosen.messages, size)
        figures = [Figures("bare relay", bare.messages, bare.seconds, bare.cpu_microseconds)]
        figures += [_gateway(broker, chosen.messages, partners) for partners in (_PARTNERS[:1], _PARTNERS)]
    base = figures[0]
    told = [asdict(each) | {"rate": each.rate, "of_relay": each.rate / base.rate} for each in figures]
    if chosen.json:
        print(json.dumps({"size": size, "figures": told}))
        return
    print(f"bodies of {size} B on average, quorum queues, one broker, one run")
    for each in figures:
        share = each.rate / base.rate
        print(f"{each.name:<24} {each.rate:>9,.0f} msg/s  {each.cpu_us:>8,.0f} us CPU/msg  {share:>7.3f} of the relay")


if __name__ == "__main__":
    main()
