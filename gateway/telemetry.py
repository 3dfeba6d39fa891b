"""What the gateway says about itself: event names, allowed keys, set-up of structlog. The only global state.

A key that is not on the list is dropped and counted: no payload, header, file name, URL or exception text can slip
into a log line, because there is no key to carry it (security.md 12).
"""

import sys
from collections import Counter
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import orjson
import structlog

__all__ = ["ALLOWED_KEYS", "EVENTS", "dropped_keys", "logger", "set_up"]

EVENTS: frozenset[str] = frozenset(
    {
        "gateway.started",
        "gateway.stopping",
        "gateway.stopped",
        "gateway.failed",
        "plan.loaded",
        "plan.unchanged",
        "plan.refused",
        "policy.activated",
        "policy.revoked",
        "partner.stopped",
        "partner.lifted",
        "request.refused",
        "guard.hit",
        "guard.failed",
        "message.taken",
        "message.duplicate",
        "message.conflict",
        "item.attempted",
        "item.ended",
        "link.down",
        "link.up",
        "log.sealed",
        "task.failed",
        "http.refused",
        "folder.refused",
    }
)
"""Every event that may be logged. A line with another event is logged as `unknown-event`."""

ALLOWED_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "agency": str,
    "partner": str,
    "message": str,
    "item": str,
    "kind": str,
    "lane": str,
    "state": str,
    "code": str,
    "codes": str,
    "reason": str,
    "plan": str,
    "place": str,
    "log": str,
    "stage": str,
    "link": str,
    "error": str,
    "frames": str,
    "fault": str,
    "attempt": int,
    "messages": int,
    "items": int,
    "size": int,
    "count": int,
    "entries": int,
    "seconds": (int, float),
    "port": int,
    "version": str,
    "level": str,
    "timestamp": str,
    "event": str,
}
"""Key to type. Ids, codes, counts, durations and words from closed lists only."""

dropped_keys: Counter[str] = Counter()
"""How often a key outside the list was dropped; exported as `gateway_log_keys_dropped_total`."""


def _allow(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in event.items():
        if key in ALLOWED_KEYS and isinstance(value, ALLOWED_KEYS[key]) and not isinstance(value, bool):
            kept[key] = value
        else:
            dropped_keys[key if key in ALLOWED_KEYS else "not-listed"] += 1
    if kept.get("event") not in EVENTS:
        kept["event"] = "unknown-event"
    return kept


def set_up(stream: TextIO | None = None, *, human: bool = False) -> None:
    """Configure structlog for the process: JSON lines, or coloured key-values for a person at a terminal."""
    shape: Any = structlog.dev.ConsoleRenderer(colors=True) if human else structlog.processors.JSONRenderer(_dumps)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow,
            shape,
        ],
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )


def _dumps(value: Any, **_options: Any) -> str:
    return orjson.dumps(value).decode()


def logger() -> Any:
    """A logger; usable before and after `set_up`, because allowing happens in the chain."""
    return structlog.get_logger()
