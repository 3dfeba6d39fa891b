"""`gateway doctor`: is this machine and deployment fit to run. Grades good, warn, bad; exit 1 on any bad."""

import os
import platform
import resource
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console

from gateway.app import Office, journal_path
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.office import record_of, standing
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.values import read_secret
from gateway.errors import DefinitionRefused, GatewayError
from gateway.journal.store import sqlite_version

__all__ = ["Finding", "doctor", "examine"]

_Grade = Literal["good", "warn", "bad"]
_LEAST_FREE = 0.10
_SLOW_FLUSH_MS = 20.0
_LXML_FLOOR = (6, 1, 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it is, and what to do."""

    check: str
    grade: _Grade
    says: str
    fix: str = ""


def doctor(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Grade the machine and the deployment. Example: gateway doctor --config my-gateway/gateway.yaml"""
    output = Output(as_json=as_json, color=not no_color)
    findings = list(examine(config))
    bad = sum(each.grade == "bad" for each in findings)
    document = {
        "bad": bad,
        "checks": [{"check": each.check, "grade": each.grade, "says": each.says, "fix": each.fix} for each in findings],
    }
    output.result(document, lambda words: _words(words, findings))
    raise typer.Exit(Exit.FINDINGS if bad else Exit.GOOD)


def examine(config: Path) -> Iterator[Finding]:
    """Give every finding, in the order of the security design's table: host, journal, plan, links, keys."""
    yield from _host()
    try:
        deployment = open_deployment(config)
    except GatewayError as error:
        codes = ", ".join(sorted({fault.code for fault in error.faults}))
        yield Finding("plan loads", "bad", f"{len(error.faults)} faults ({codes})", "gateway check shows them")
        return
    yield Finding("plan loads", "good", f"digest {deployment.plan.digest}")
    yield from _officers(deployment)
    yield from _data(deployment)
    yield from _links(deployment)


def _host() -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    yield Finding("Python", "good" if good else "bad", version, "" if good else "install Python 3.11 or newer")
    sqlite = sqlite_version()
    fixed = tuple(map(int, sqlite.split("."))) >= (3, 51, 3)
    fix = "" if fixed else "update apsw: before 3.51.3 SQLite can corrupt a journal when its log is reset"
    yield Finding("SQLite", "good" if fixed else "bad", sqlite, fix)
    lxml = metadata.version("lxml")
    safe = tuple(map(int, lxml.split(".")[:3])) >= _LXML_FLOOR
    yield Finding("lxml", "good" if safe else "bad", lxml, "" if safe else "update lxml")
    soft = _open_files()
    enough = soft >= 1024
    yield Finding("open files", "good" if enough else "warn", str(soft), "" if enough else "raise ulimit -n to 4096")


def _open_files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _officers(deployment: Deployment) -> Iterator[Finding]:
    """Whether a gateway would start on this decision set, and who is stopped."""
    try:
        activation = standing(deployment)
    except GatewayError as error:
        codes = ", ".join(sorted({fault.code for fault in error.faults}))
        yield Finding("policy is signed", "bad", f"the gateway would not start ({codes})", error.faults[0].fix)
        return
    if activation is None:
        yield Finding("policy is signed", "good", "unsigned: every partner has status test and gets drills only")
    else:
        yield Finding("policy is signed", "good", f"{activation.policy} version {activation.version} is in force")
    for partner, reason in sorted(record_of(Office.of(deployment)).stopped.items()):
        yield Finding(f"partner {partner}", "warn", f"stopped ({reason})", f"gateway policy lift {partner}")


def _data(deployment: Deployment) -> Iterator[Finding]:
    data = deployment.data
    usage = shutil.disk_usage(data)
    free = usage.free / usage.total
    fix = "" if free > _LEAST_FREE else "free space on the journal's disk: intake will stop"
    yield Finding("free space", "good" if free > _LEAST_FREE else "bad", f"{free:.0%}", fix)
    flush = _flush_milliseconds(data)
    slow = flush > _SLOW_FLUSH_MS
    yield Finding("disk flush", "warn" if slow else "good", f"{flush:.1f} ms", "use a faster disk" if slow else "")
    key = data / "keys" / "root.key"
    mode = stat.S_IMODE(key.stat().st_mode)
    private = not mode & 0o077
    yield Finding("root key", "good" if private else "bad", oct(mode), "" if private else "chmod 600 the root key")
    exists = journal_path(data).exists()
    fix = "" if exists else "gateway run makes one"
    yield Finding("journal", "good" if exists else "warn", "there" if exists else "none yet", fix)


def _flush_milliseconds(folder: Path) -> float:
    """The median of five flushes of one block."""
    place = folder / ".flush"
    times = []
    with place.open("wb") as file:
        for _ in range(5):
            file.write(b"\0" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    place.unlink()
    return sorted(times)[2]


def _links(deployment: Deployment) -> Iterator[Finding]:
    settings = deployment.settings
    insecure = settings.insecure_dev == "true"
    fix = "remove insecure_dev before real data flow" if insecure else ""
    yield Finding("insecure_dev", "warn" if insecure else "good", settings.insecure_dev, fix)
    for warning in deployment.warnings:
        yield Finding(f"plan {warning.code}", "warn", warning.message, warning.fix)
    for name, link in sorted({**settings.agencies, **settings.partners}.items()):
        reference = getattr(link, "key", None)
        if reference is not None:
            yield _secret(deployment, name, reference)


def _secret(deployment: Deployment, name: str, reference: str) -> Finding:
    try:
        read_secret(reference, deployment.folder)
    except DefinitionRefused:
        return Finding(f"secret of {name}", "bad", "cannot be read", f"put it at {reference.partition(':')[0]}:…")
    return Finding(f"secret of {name}", "good", "readable")


def _words(words: Console, findings: list[Finding]) -> None:
    styles = {"good": "green", "warn": "yellow", "bad": "bold red"}
    for each in findings:
        words.print(f"{each.grade:<5}", style=styles[each.grade], end="")
        words.print(f"{each.check}: {each.says}" + (f"  -> {each.fix}" if each.fix else ""))
