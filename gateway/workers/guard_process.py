"""The last look in a process of its own, as the corridor sees it: ask, wait a bounded time, take every failure for no.

A worker that ends, hangs or answers nonsense is killed, a new one is started and asked once more; if that fails, too,
the item is objected to (POL-104) and nothing of it is disclosed. Asking blocks: it is part of the corridor. What a
worker says is checked word by word, so that it can neither allow by accident nor put a value into a fault.
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gateway
from gateway.document.tree import JsonObject
from gateway.errors import Fault, Place
from gateway.names import Digest, PartnerId
from gateway.policy.circumstances import Circumstances
from gateway.telemetry import logger
from gateway.workers.frames import Broken, receive, send, text_of

__all__ = ["GuardFiles", "GuardLimits", "GuardProcess"]

_START_SECONDS = 120.0
"""Loading a decision set takes a second or two, on a busy machine more."""

_ANSWER_BYTES = 2**20
_FIX = "do not send; find out how it came there"
_OBJECTIONS: Mapping[str, str] = {
    "POL-101": "a withheld value is in the bytes for the partner",
    "POL-102": "a value in the disclosed message that the decision does not allow",
    "POL-103": "the bytes for the partner cannot be read back",
}
_PATH = re.compile(r"[A-Za-z0-9_.\[\]-]{0,512}")
_FIELD = re.compile(r"[a-z0-9_.]{0,256}")
_NO_ANSWER = Fault(
    "POL-104",
    "the process of the last look did not answer, so nothing of this item is disclosed",
    fix="look at the log (guard.failed); the message is kept in quarantine",
)


@dataclass(frozen=True, slots=True)
class GuardFiles:
    """What the worker loads by itself: the officers' files, the schemas of the exchange format, and their digest."""

    files: Mapping[str, bytes] = field(repr=False)
    schemas: Mapping[str, bytes] = field(repr=False)
    policy: str
    register: str
    vocabulary: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Of one worker: seconds to wait for an answer, seconds of the processor per question, bytes of memory."""

    wait: float = 5.0
    seconds: int = 5
    memory: int = 2**30


class GuardProcess:
    """Like `policy.guard.Guard`, elsewhere. Not for two threads. `command` starts the worker (for tests)."""

    def __init__(self, files: GuardFiles, limits: GuardLimits, command: Sequence[str] = ()) -> None:
        self._files = files
        self._limits = limits
        self._command = command or (sys.executable, "-P", "-m", "gateway.workers.guard_child")
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._number = 0

    def look(
        self,
        message: JsonObject,
        partner: PartnerId,
        circumstances: Circumstances,
        payload: bytes,
        *,
        disclosed: JsonObject | None = None,
        media_type: str = "application/json",
        encoding: str = "utf-8",
        known: Iterable[str] = (),
    ) -> tuple[Fault, ...]:
        """Give every objection; none means the bytes may go. Never raises: no answer is an objection (POL-104)."""
        question = {
            "message": message,
            "partner": partner,
            "circumstances": _plain(circumstances),
            "payload": text_of(payload),
            "disclosed": disclosed,
            "media_type": media_type,
            "encoding": encoding,
            "known": [*known],
        }
        for attempt in (1, 2):
            try:
                return self._ask(question)
            except (Broken, OSError, TypeError, ValueError) as error:
                logger().error("guard.failed", error=type(error).__name__, attempt=attempt, partner=partner)
                self.close()
        return (_NO_ANSWER,)

    def close(self) -> None:
        """End the worker, whatever it does."""
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._child = self._line = None

    @property
    def pid(self) -> int | None:
        """The worker's process, once there is one."""
        return None if self._child is None else self._child.pid

    def _ask(self, question: dict[str, Any]) -> tuple[Fault, ...]:
        line = self._line or self._start()
        self._number += 1
        deadline = time.monotonic() + self._limits.wait
        send(line, {**question, "number": self._number}, deadline)
        answer = receive(line, deadline, _ANSWER_BYTES)
        if not isinstance(answer, dict) or set(answer) != {"number", "faults"} or answer["number"] != self._number:
            raise Broken
        if not isinstance(answer["faults"], list):
            raise Broken
        return tuple(map(_fault, answer["faults"]))

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        home = str(Path(gateway.__file__).parents[1])
        try:
            self._child = subprocess.Popen(  # noqa: S603  our own module, by our own interpreter
                [*self._command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": home, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
            )
        finally:
            theirs.close()
        self._line = ours
        deadline = time.monotonic() + _START_SECONDS
        send(ours, self._first(), deadline)
        if receive(ours, deadline, _ANSWER_BYTES) != {"ready": self._files.digest}:
            raise Broken
        return ours

    def _first(self) -> dict[str, Any]:
        files = self._files
        return {
            "files": {name: text_of(data) for name, data in files.files.items()},
            "schemas": {name: text_of(data) for name, data in files.schemas.items()},
            "policy": files.policy,
            "register": files.register,
            "vocabulary": files.vocabulary,
            "digest": files.digest,
            "memory": self._limits.memory,
            "seconds": self._limits.seconds,
        }


def _fault(told: object) -> Fault:
    """One objection in our own words: of what the worker says only code, path and field are taken."""
    if not isinstance(told, dict) or set(told) != {"code", "path", "field"}:
        raise Broken
    code, path, name = (str(told[key]) for key in ("code", "path", "field"))
    if code not in _OBJECTIONS or not _PATH.fullmatch(path) or not _FIELD.fullmatch(name):
        raise Broken
    return Fault(code, _OBJECTIONS[code], Place(path=path), _FIX, field=name)


def _plain(circumstances: Circumstances) -> dict[str, Any]:
    """Everything that the last look depends on. Keys and the secret namespace stay here."""
    return {
        "taken_at": circumstances.taken_at,
        "item": circumstances.item,
        "home_country": circumstances.home_country,
        "plan": circumstances.plan,
        "grants": [
            {
                "id": grant.id,
                "kind": grant.kind,
                "until": grant.until,
                "partner": grant.partner,
                "purpose": grant.purpose,
                "classes": sorted(grant.classes),
                "digest": grant.digest,
                "roles": sorted(grant.roles),
            }
            for grant in circumstances.grants
        ],
        "message_ids": dict(circumstances.message_ids),
        "restricted": circumstances.restricted,
    }
