"""Markings, status and precedence: how they are inherited and joined. Strictest wins; nothing here ever loosens.

Guarantees that each join is commutative, associative and idempotent, and that a missing classification counts as the
strictest. Does not decide what a marking permits: policies do.
"""

from collections.abc import Iterable, Mapping, Sequence

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.layout import ARRAYS
from gateway.names import Lane, Status

__all__ = [
    "classification_of",
    "flags_of",
    "inherited_lane",
    "inherited_status",
    "join_flags",
    "join_retention",
    "raised",
    "strictest",
]


def strictest(classifications: Iterable[str | None], order: Sequence[str]) -> str:
    """Give the highest of some classifications. None, an unknown word, or none at all counts as the strictest."""
    ranks = [order.index(word) if word in order else len(order) - 1 for word in classifications]
    return order[max(ranks, default=len(order) - 1)]


def join_flags(sets: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Give the union of flags, sorted."""
    return tuple(sorted({flag for flags in sets for flag in flags}))


def join_retention(days: Iterable[str | None]) -> str | None:
    """Give the earliest last day (`YYYY-MM-DD`); None where nobody states one."""
    return min((day for day in days if day is not None), default=None)


def inherited_status(statuses: Iterable[Status]) -> Status:
    """Give the one status of a derivation or thread. Raises `ValueError` if there are two, or none."""
    found = set(statuses)
    if len(found) != 1:
        raise ValueError("a derivation has exactly one status")
    return found.pop()


def inherited_lane(source: Lane, asked: Lane) -> Lane:
    """Give the precedence of a derived message: an operator may lower it, only the originator may raise it."""
    return max(source, asked)


def classification_of(item: Mapping[str, JsonValue], header: Mapping[str, JsonValue]) -> str | None:
    """Give the classification of an entity: its portion mark, else the header's, else None, which means strictest."""
    return _word(item.get("handling")) or _word(header.get("handling"))


def flags_of(item: Mapping[str, JsonValue], header: Mapping[str, JsonValue]) -> tuple[str, ...] | None:
    """Give the flags of an entity: those of its portion mark, else the header's, else None, which means unmarked."""
    return _flags(item.get("handling")) or _flags(header.get("handling")) or None


def raised(message: JsonObject, order: Sequence[str]) -> JsonObject:
    """Give the message with a header at least as high as its highest portion: classification and union of flags.

    A header without a classification gets none: nothing is guessed, and a missing one counts as strictest.
    """
    header = message.get("header")
    portions = [portion for portion in _portions(message) if portion]
    if not portions or not isinstance(header, dict):
        return message
    handling = header.get("handling")
    joined: JsonObject = dict(handling) if isinstance(handling, dict) else {}
    stated = _word(joined)
    if stated in order:
        words = [word for word in map(_word, portions) if word in order]
        joined["classification"] = strictest([stated, *words], order)
    flags = join_flags([_flags(joined), *map(_flags, portions)])
    if flags:
        joined["flags"] = list(flags)
    return {**message, "header": {**header, "handling": joined}} if joined else message


def _portions(message: JsonObject) -> Iterable[JsonObject]:
    for array in ARRAYS:
        items = message.get(array)
        for item in items if isinstance(items, list) else ():
            mark = item.get("handling") if isinstance(item, dict) else None
            if isinstance(mark, dict):
                yield mark


def _word(handling: JsonValue) -> str | None:
    word = handling.get("classification") if isinstance(handling, dict) else None
    return word if isinstance(word, str) else None


def _flags(handling: JsonValue) -> tuple[str, ...]:
    flags = handling.get("flags") if isinstance(handling, dict) else None
    return tuple(flag for flag in flags if isinstance(flag, str)) if isinstance(flags, list) else ()
