"""Published lists, run through the real deployment; only counts leave this file, never a value of a record."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from gateway.deployment import open_deployment
from gateway.deployment.read import read_bundle
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault, Severity
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.validate import validate
from gateway.names import NO_PARTNER, AgencyId, SourceKey
from gateway.outcome import Outcome, Received, SourceFile
from gateway.pipeline import run
from gateway.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[2]
REAL = REPOSITORY / "deploy" / "real"
EXCHANGE = "schemas/exchange/v1/"
Engine: TypeAlias = Literal["compiled", "interpreted"]
ENGINES: tuple[Engine, Engine] = ("interpreted", "compiled")


@cache
def files() -> dict[str, bytes]:
    """The files of the deployment."""
    return dict(read_bundle(REPOSITORY))


@cache
def exchange() -> ExchangeFormat:
    """The exchange format."""
    return load_format(
        {name.removeprefix(EXCHANGE): data for name, data in files().items() if name.startswith(EXCHANGE)}
    )


@cache
def plan(engine: Engine, folder: Path) -> Plan:
    """What decides, with one of the two engines."""
    return open_deployment(REAL / "gateway.yaml", engine=engine, data=folder).plan


def outcome(agency: str, paths: tuple[Path, ...], engine: Engine, folder: Path) -> Outcome:
    """What becomes of files that an agency sends together."""
    received = Received(
        agency=AgencyId(agency),
        key=SourceKey("one"),
        files=tuple(SourceFile(path.read_bytes(), path.name) for path in paths),
        taken_at="2026-11-25T09:00:00.000Z",
        entropy=bytes(32),
    )
    return run(received, plan(engine, folder))


def messages(found: Outcome) -> list[JsonObject]:
    """The messages that came out, all of them valid."""
    made: list[JsonObject] = []
    for one in found.messages:
        if one.exchange is not None and not any(item.partner == NO_PARTNER for item in one.items):
            message = json.loads(one.exchange)
            assert len(validate(message, exchange())) == 0
            made.append(message)
    return made


def states(found: Outcome) -> Counter[str]:
    """How many records were accepted, quarantined, refused."""
    said = [[item.state.word for item in one.items if item.partner == NO_PARTNER] for one in found.messages]
    return Counter(words[0] if words else "accepted" for words in said)


def faults(found: Outcome) -> Iterator[Fault]:
    """All that was said about the records."""
    for one in found.messages:
        yield from one.faults


def codes(found: Outcome, severity: Severity) -> Counter[str]:
    """How often each code was said."""
    return Counter(fault.code for fault in faults(found) if fault.severity is severity)


def items(message: JsonObject, array: str) -> list[JsonObject]:
    """The objects of an array of a message or of an entity."""
    found = message.get(array)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def entities(message: JsonObject) -> list[JsonObject]:
    """Whom or what a list entry is about."""
    return [*items(message, "persons"), *items(message, "organisations"), *items(message, "objects")]


def count(made: list[JsonObject], array: str, when: Callable[[JsonObject], object] = bool) -> int:
    """How many objects of an array the entities of all messages have."""
    return sum(bool(when(item)) for message in made for entity in entities(message) for item in items(entity, array))


def at(value: JsonValue, *names: str | int) -> JsonValue:
    """The value at a place, or None."""
    for name in names:
        if isinstance(value, dict) and isinstance(name, str):
            value = value.get(name)
        elif isinstance(value, list) and isinstance(name, int) and name < len(value):
            value = value[name]
        else:
            return None
    return value
