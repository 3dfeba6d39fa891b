"""Ways through a JSON value without recursion, so that no verdict depends on the depth of the call stack.

Guarantees to visit every value once. Judges nothing: the readers and writers of this room do.
"""

from collections.abc import Callable, Iterator

from gateway.document.path import JsonPath
from gateway.document.tree import JsonValue

__all__ = ["copied", "levels", "way_to"]


def levels(value: JsonValue) -> Iterator[list[JsonValue]]:
    """Give all values, level by level: first the outermost alone, then what is directly inside, and so on."""
    level = [value]
    while level:
        yield level
        below: list[JsonValue] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below


def way_to(value: JsonValue, wanted: Callable[[JsonValue, int], bool]) -> JsonPath:
    """Give the path of the first value that is `wanted` (asked with its depth, from 0); else that of the root."""
    stack: list[tuple[JsonPath, JsonValue]] = [((), value)]
    while stack:
        way, item = stack.pop()
        if wanted(item, len(way)):
            return way
        if isinstance(item, dict):
            stack.extend(reversed([((*way, name), part) for name, part in item.items()]))
        elif isinstance(item, list):
            stack.extend(reversed([((*way, index), part) for index, part in enumerate(item)]))
    return ()


def copied(
    value: JsonValue,
    scalar: Callable[[JsonValue], object],
    order: Callable[[dict[str, JsonValue]], list[str]] = list,
) -> object:
    """Give a copy with every scalar replaced by `scalar` of it and the members of every object in the given order."""
    top: list[object] = [None]
    stack: list[tuple[JsonValue, list[object] | dict[str, object], int | str]] = [(value, top, 0)]
    while stack:
        item, parent, key = stack.pop()
        made: object
        if isinstance(item, dict):
            members: dict[str, object] = dict.fromkeys(order(item))
            stack.extend((part, members, name) for name, part in item.items())
            made = members
        elif isinstance(item, list):
            items: list[object] = [None] * len(item)
            stack.extend((part, items, index) for index, part in enumerate(item))
            made = items
        else:
            made = scalar(item)
        parent[key] = made  # type: ignore[index]  # the key was made for this parent
    return top[0]
