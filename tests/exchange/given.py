"""The format as it stands in the repository, its examples, and ways to change them."""

from copy import deepcopy
from functools import cache
from pathlib import Path

from gateway.document.json_codec import read_json
from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.validate import validate

FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "exchange" / "v1"
EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))
INVALID = sorted((FOLDER / "examples" / "invalid").glob("*.json"))


@cache
def files() -> dict[str, bytes]:
    """Every JSON file of the version by its path below the folder."""
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sorted(FOLDER.rglob("*.json"))}


@cache
def exchange_format() -> ExchangeFormat:
    """The format, loaded once."""
    return load_format(files())


def example(name: str) -> JsonObject:
    """A fresh copy of an example, to change."""
    return _object(read_json((FOLDER / "examples" / f"{name}.json").read_bytes()))


def codes(message: JsonObject, fmt: ExchangeFormat | None = None) -> set[str]:
    """The codes of all faults of a message."""
    return {fault.code for fault in validate(message, fmt or exchange_format())}


def changed(message: JsonObject, path: tuple[str | int, ...], value: JsonValue) -> JsonObject:
    """A copy with one value replaced or added."""
    copy = deepcopy(message)
    inner: JsonValue = copy
    for step in path[:-1]:
        inner = _step(inner, step)
    last = path[-1]
    if isinstance(inner, dict) and isinstance(last, str):
        inner[last] = value
        return copy
    if isinstance(inner, list) and isinstance(last, int):
        inner[last] = value
        return copy
    raise TypeError(f"no such place: {path}")


def at(value: JsonValue, *path: str | int) -> JsonValue:
    """The value at a path."""
    for step in path:
        value = _step(value, step)
    return value


def _step(value: JsonValue, step: str | int) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    raise TypeError(f"no such step: {step}")


def _object(value: JsonValue) -> JsonObject:
    assert isinstance(value, dict)
    return value
