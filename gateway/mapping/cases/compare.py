"""What a case gave against what it expects: golden, diagnostics, absent places. Paths are told, never values."""

import re
from collections.abc import Iterator

from gateway.document.tree import JsonValue
from gateway.errors import Fault
from gateway.mapping.cases.load import Diagnostic

__all__ = ["differences", "is_present", "occurs"]

_MOST = 5
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def differences(found: JsonValue, golden: JsonValue) -> list[str]:
    """Give the first places where two values differ, as sentences: `persons[0].sex is missing`."""
    every: list[str] = []
    for difference in _different(found, golden, ""):
        every.append(difference)
        if len(every) > _MOST:
            return [*every[:_MOST], "and more"]
    return every


def _different(found: JsonValue, golden: JsonValue, path: str) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(golden, dict):
        for name in [*golden, *(name for name in found if name not in golden)]:
            inner = f"{path}.{name}" if path else name
            if name not in found:
                yield f"{inner} is missing"
            elif name not in golden:
                yield f"{inner} is not expected"
            else:
                yield from _different(found[name], golden[name], inner)
    elif isinstance(found, list) and isinstance(golden, list):
        if len(found) != len(golden):
            yield f"{path or 'the message'} has {len(found)} items instead of {len(golden)}"
        for number, (one, other) in enumerate(zip(found, golden, strict=False)):
            yield from _different(one, other, f"{path}[{number}]")
    elif found != golden or isinstance(found, bool) != isinstance(golden, bool):
        yield f"{path or 'the message'} has another value"


def is_present(value: JsonValue, path: str) -> bool:
    """Say whether a message has something at a path: `persons[0].births[0].date.value`."""
    here: JsonValue = value
    for index, name in _STEP.findall(path):
        if index:
            if not isinstance(here, list) or int(index) >= len(here):
                return False
            here = here[int(index)]
        else:
            if not isinstance(here, dict) or name not in here:
                return False
            here = here[name]
    return True


def occurs(wanted: Diagnostic, diagnostics: tuple[Fault, ...]) -> bool:
    """Say whether an expected diagnostic is among those given."""
    return any(
        fault.code == wanted.code
        and (not wanted.field or fault.field == wanted.field)
        and (not wanted.at or _place(wanted.at) in {_place(fault.at.path), _place(fault.place.path)})
        for fault in diagnostics
    )


def _place(path: str) -> str:
    """A path without what may be left out: namespaces, quotes, the position of an only child."""
    plain = re.sub(r"\{[^}]*\}", "", path)
    plain = re.sub(r"\['([^']*)'\]", r".\1", plain)
    return plain.replace("[1]", "") if "/" in plain else plain.removeprefix("$.").removeprefix("$")
