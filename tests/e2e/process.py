"""A real gateway process of a deployment made for the test: start, wait for its own words, kill -9, stop in order."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from gateway.app import JOURNAL_KEY, LOG_KEY, RECEIPT_KEY, journal_path, receipt_key_id
from gateway.cli.throwaway import sign_and_activate
from gateway.custody.fsck import Report, check_ledger
from gateway.deployment import open_deployment
from gateway.journal.read import JournalReader
from gateway.system import SystemClock, open_keys
from tests.shared import REPOSITORY

__all__ = ["Process", "make_deployment", "verify"]

DOMAIN = "gateway.test.example"


def make_deployment(
    folder: Path, agencies: Mapping[str, object], partners: Mapping[str, object], only: Sequence[str] = ()
) -> Path:
    """The demo's plan with links of the test's own; gives the path of its gateway.yaml. `only` keeps these partners."""
    lines = (REPOSITORY / "deploy/demo/plan.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    begin = next(number for number, line in enumerate(lines) if line.startswith("partners:")) + 1
    kept = [line for line in lines[begin:] if not only or line.split(":")[0].strip() in only]
    plan = "".join(lines[:begin] + kept)
    (folder / "plan.yaml").write_text(plan.replace("base: ../..", f"base: {REPOSITORY}"), encoding="utf-8")
    settings = {
        "name": "test",
        "domain": DOMAIN,
        "insecure_dev": "true",
        "agencies": dict(agencies),
        "partners": dict(partners),
    }
    path = folder / "gateway.yaml"
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    # The demo's partners are live: without two signatures and an activation the gateway does not start.
    sign_and_activate(open_deployment(path, embedded=True, tests=False), SystemClock())
    return path


class Process:
    """`gateway run` as a child. Its log lines are kept; `wait_for` waits for one, never for time."""

    def __init__(self, config: Path, *, broker: str = "") -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        if broker:
            environment["GATEWAY_BROKER"] = broker
        self._child = subprocess.Popen(
            [sys.executable, "-m", "gateway", "run", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.lines: list[dict[str, object]] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._reader.join()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()

    def count(self, event: str) -> int:
        """How many lines of an event there were."""
        return sum(line.get("event") == event for line in list(self.lines))

    def wait_for(self, event: str, count: int = 1, *, seconds: float = 60) -> None:
        """Wait until an event was logged `count` times; a process that ends before is an error."""
        with self._news:
            came = self._news.wait_for(lambda: self.count(event) >= count or self._child.poll() is not None, seconds)
        if not came or self.count(event) < count:
            raise AssertionError(f"no {event} x{count}; exit {self._child.poll()}: {self.errors()}")

    @property
    def pid(self) -> int:
        """The process."""
        return self._child.pid

    def wait_quiet(self, *, seconds: float = 1.0) -> None:
        """Wait until no new line came for a while: everything that was to be sent has been sent and recorded."""
        with self._news:
            seen = -1
            while seen != len(self.lines):
                seen = len(self.lines)
                self._news.wait_for(lambda known=seen: len(self.lines) > known, seconds)  # type: ignore[misc]  # bound

    def kill(self) -> None:
        """kill -9."""
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def stop(self, *, seconds: float = 60) -> int:
        """SIGTERM; gives the exit code."""
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(seconds)

    def errors(self) -> str:
        """What it said on stderr, once it has ended."""
        return self._child.stderr.read() if self._child.poll() is not None and self._child.stderr else ""

    def _read(self) -> None:
        for line in self._child.stdout or ():
            with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def verify(folder: Path) -> Report:
    """The one verifier over the journal of a deployment folder."""
    keys = open_keys(folder / "var/keys", create=False)
    with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
        return check_ledger(
            reader.ledger(),
            log_keys=[keys.signer(LOG_KEY, DOMAIN).public()],
            receipt_keys={receipt_key_id(DOMAIN): keys.signer(RECEIPT_KEY, DOMAIN).public()},
        )
