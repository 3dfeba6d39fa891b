"""Filters and predicates: the paths inside them, which are read like any other, and their text, which names them."""

from collections.abc import Iterator

from gateway.mapping.paths.path import (
    JsonAnd,
    JsonCall,
    JsonCompare,
    JsonExists,
    JsonExpression,
    JsonIndex,
    JsonLiteral,
    JsonName,
    JsonNot,
    JsonOr,
    JsonSelector,
    JsonSlice,
    JsonStep,
    JsonWhere,
    Path,
    XmlAnd,
    XmlCompare,
    XmlExists,
    XmlExpression,
    XmlLast,
    XmlNot,
    XmlOr,
    XmlPosition,
    XmlStep,
    XmlTest,
)

__all__ = ["existence_tests", "filter_paths", "filter_text", "filtered", "position_of", "selector_text"]


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


def filtered(step: XmlStep | JsonStep) -> bool:
    """True for a step that takes some of the nodes of its names only."""
    if isinstance(step, XmlStep):
        return bool(step.predicates)
    return any(isinstance(selector, JsonWhere | JsonSlice | JsonIndex) for selector in step.selectors)


def selector_text(selector: JsonSelector) -> str:
    """Write a selector in one way, wherever it stands."""
    match selector:
        case JsonIndex(index):
            return f"[{index}]"
        case JsonSlice(start, end, step):
            return "[" + ":".join("" if bound is None else str(bound) for bound in (start, end, step)) + "]"
        case JsonWhere(expression):
            return f"[?{filter_text(expression)}]"
        case JsonName(name):
            return f"['{name}']"
        case _:
            return "[*]"


def filter_text(expression: XmlExpression | JsonExpression | JsonLiteral | JsonCall | Path) -> str:
    """Write a filter in one way, wherever it stands."""
    match expression:
        case Path(text=text):
            return text
        case XmlAnd(items) | XmlOr(items):
            word = " and " if isinstance(expression, XmlAnd) else " or "
            return f"({word.join(map(filter_text, items))})"
        case JsonAnd(parts) | JsonOr(parts):
            word = " && " if isinstance(expression, JsonAnd) else " || "
            return f"({word.join(map(filter_text, parts))})"
        case XmlNot(item):
            return f"not({filter_text(item)})"
        case JsonNot(item):
            return f"!({filter_text(item)})"
        case XmlExists(path):
            return path.text
        case XmlCompare(path, equal, literal):
            return f"{path.text} {'=' if equal else '!='} '{literal}'"
        case XmlTest(function, path, literal):
            return f"{function}({path.text}, '{literal}')"
        case XmlPosition(number):
            return f"[{number}]"
        case XmlLast():
            return "[last()]"
        case JsonExists(item):
            return filter_text(item)
        case JsonCompare(operator, left, right):
            return f"{filter_text(left)} {operator} {filter_text(right)}"
        case JsonLiteral(kind, text):
            return f"{kind} '{text}'"
        case JsonCall(function, arguments):
            return f"{function}({', '.join(map(filter_text, arguments))})"
