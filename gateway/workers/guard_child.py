"""The process of the last look: loads the decision set by itself, answers one question at a time, can only say no.

Started by `guard_process.py` with one socket and nothing else: no environment, no keys, no journal. It loads the
officers' files, and refuses to serve if they do not give the digest that the gateway runs on. Limits its own memory,
its time per question, and writes no file. Anything unexpected ends it; its parent takes an end for a "no".
"""

import resource
import socket
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.exchange.format import load_format
from gateway.exchange.identity import Identity
from gateway.names import Digest, ItemId, MessageId, PartnerId
from gateway.policy.circumstances import Circumstances, Grant
from gateway.policy.guard import Guard
from gateway.policy.load import load_decision_set
from gateway.workers.frames import Broken, bytes_of, receive, send

__all__ = ["main"]

_NOBODY = Identity(UUID(int=0))
"""The last look derives no ids, so it is not given the deployment's namespace."""


def main() -> None:
    """Serve the socket whose number is the first argument, until it closes."""
    line = socket.socket(fileno=int(sys.argv[1]))
    try:
        _serve(line)
    except Broken:
        return


def _serve(line: socket.socket) -> None:
    start = receive(line)
    guard = _loaded(start)
    _limit(int(start["memory"]))
    send(line, {"ready": start["digest"]})
    while True:
        asked = receive(line)
        _allow_seconds(int(start["seconds"]))
        faults = guard.look(
            asked["message"],
            PartnerId(asked["partner"]),
            _circumstances(asked["circumstances"]),
            bytes_of(asked["payload"]),
            disclosed=asked["disclosed"],
            media_type=asked["media_type"],
            encoding=asked["encoding"],
            known=asked["known"],
        )
        told = [{"code": fault.code, "path": fault.place.path, "field": fault.field} for fault in faults]
        send(line, {"number": asked["number"], "faults": told})


def _loaded(start: Mapping[str, Any]) -> Guard:
    files = {name: bytes_of(text) for name, text in start["files"].items()}
    schemas = {name: bytes_of(text) for name, text in start["schemas"].items()}
    decisions = load_decision_set(files, start["policy"], start["register"], start["vocabulary"], load_format(schemas))
    if decisions.digest != start["digest"]:
        raise Broken
    return Guard(decisions)


def _circumstances(value: Mapping[str, Any]) -> Circumstances:
    return Circumstances(
        taken_at=value["taken_at"],
        item=ItemId(value["item"]),
        identity=_NOBODY,
        home_country=value["home_country"],
        plan=Digest(value["plan"]),
        grants=tuple(_grant(each) for each in value["grants"]),
        message_ids={MessageId(name): ItemId(item) for name, item in value["message_ids"].items()},
        restricted=value["restricted"],
    )


def _grant(value: Mapping[str, Any]) -> Grant:
    return Grant(
        id=value["id"],
        kind=value["kind"],
        until=value["until"],
        partner=PartnerId(value["partner"]),
        purpose=value["purpose"],
        classes=frozenset(value["classes"]),
        digest=Digest(value["digest"]),
        roles=frozenset(value["roles"]),
    )


def _limit(memory: int) -> None:
    """From here on: so much memory in all, no file written, no core dump with what is in memory."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def _allow_seconds(seconds: int) -> None:
    """So much time of the processor for the next question; the kernel ends whoever takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
