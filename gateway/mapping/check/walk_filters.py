"""The paths inside filters and predicates, which are read like any other path."""

from collections.abc import Iterator

from gateway.mapping.paths.path import (
    JsonAnd,
    JsonCall,
    JsonCompare,
    JsonExists,
    JsonExpression,
    JsonLiteral,
    JsonNot,
    JsonOr,
    Path,
    XmlAnd,
    XmlCompare,
    XmlExists,
    XmlExpression,
    XmlLast,
    XmlNot,
    XmlOr,
    XmlPosition,
    XmlTest,
)

__all__ = ["existence_tests", "filter_paths", "position_of"]


def position_of(predicate: XmlExpression) -> int:
    """The position a predicate asks for, 1 for `last()`; 0 for a test."""
    if isinstance(predicate, XmlPosition):
        return predicate.number
    return 1 if isinstance(predicate, XmlLast) else 0


def filter_paths(expression: XmlExpression | JsonExpression | JsonLiteral | Path) -> Iterator[Path]:
    """All paths a filter looks at, in the order they are written."""
    match expression:
        case Path():
            yield expression
        case XmlAnd(items) | XmlOr(items):
            for item in items:
                yield from filter_paths(item)
        case JsonAnd(items) | JsonOr(items):
            for part in items:
                yield from filter_paths(part)
        case XmlNot(item):
            yield from filter_paths(item)
        case JsonNot(item):
            yield from filter_paths(item)
        case XmlExists(path) | XmlCompare(path) | XmlTest(path=path):
            yield path
        case JsonExists(item):
            yield from filter_paths(item) if isinstance(item, Path) else _arguments(item)
        case JsonCompare(left=left, right=right):
            for side in (left, right):
                yield from _arguments(side) if isinstance(side, JsonCall) else filter_paths(side)
        case XmlPosition() | XmlLast() | JsonLiteral():
            return


def _arguments(call: JsonCall) -> Iterator[Path]:
    for argument in call.arguments:
        yield from _arguments(argument) if isinstance(argument, JsonCall) else filter_paths(argument)


def existence_tests(expression: XmlExpression | JsonExpression) -> Iterator[Path]:
    """The paths of bare existence tests, which prove nothing about a value."""
    match expression:
        case XmlAnd(items) | XmlOr(items):
            for item in items:
                yield from existence_tests(item)
        case JsonAnd(items) | JsonOr(items):
            for part in items:
                yield from existence_tests(part)
        case XmlExists(path):
            yield path
        case JsonExists(item) if isinstance(item, Path):
            yield item
        case _:
            return
