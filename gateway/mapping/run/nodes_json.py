"""One JSONPath segment from a node, and the filters of RFC 9535: comparison, existence and the five functions."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final

from gateway.document.tree import Row
from gateway.errors import DefinitionRefused, Place
from gateway.mapping.language.patterns import Pattern, compile_pattern
from gateway.mapping.language.spelling import Located
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
    JsonOperand,
    JsonOr,
    JsonSelector,
    JsonSlice,
    JsonStep,
    JsonWhere,
    JsonWildcard,
    Path,
)
from gateway.mapping.run.node import Node, Virtual

__all__ = ["json_step"]


class _Nothing:
    """The absence of a value, which differs from null (RFC 9535 2.4.1)."""


_NOTHING: Final = _Nothing()


def json_step(node: Node, step: JsonStep, top: object) -> list[Node]:
    """Give the nodes of one segment from a node; `top` is the whole document, for `$` in filters."""
    found: list[Node] = []
    for current in _json_descendants(node) if step.descendant else (node,):
        for selector in step.selectors:
            found.extend(_selected(current, selector, top))
    return found


def _json_descendants(node: Node) -> Iterator[Node]:
    """Give the node and all below it, parents before children and arrays in order (RFC 9535 2.5.2)."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(_children(current)))


def _children(node: Node) -> list[Node]:
    value = node.value
    if isinstance(value, dict):
        return [Node(child, (node.way, name)) for name, child in value.items()]
    if isinstance(value, list):
        return [Node(child, (node.way, at)) for at, child in enumerate(value)]
    return []


def _selected(node: Node, selector: JsonSelector, top: object) -> list[Node]:
    value = node.value
    match selector:
        case JsonName(name=name):
            if isinstance(value, dict):
                return [Node(value[name], (node.way, name))] if name in value else []
            if isinstance(value, Row):
                return [Node(value.cells[name], (node.way, name))] if name in value.cells else []
            return list(value.children.get(name, ())) if isinstance(value, Virtual) else []
        case JsonIndex(index=index):
            if isinstance(value, list) and -len(value) <= index < len(value):
                at = index if index >= 0 else len(value) + index
                return [Node(value[at], (node.way, at))]
            return []
        case JsonSlice():
            if not isinstance(value, list):
                return []
            return [Node(value[at], (node.way, at)) for at in _slice(selector, len(value))]
        case JsonWildcard():
            return _children(node)
        case JsonWhere(expression=expression):
            return [child for child in _children(node) if _holds(expression, child.value, top)]


def _slice(selector: JsonSlice, length: int) -> range:
    step = 1 if selector.step is None else selector.step
    if step == 0:
        return range(0)
    return range(*slice(selector.start, selector.end, step).indices(length))


# -- filters ----------------------------------------------------------------------------------------------------------


def _holds(expression: JsonExpression, current: object, top: object) -> bool:
    match expression:
        case JsonExists(item=item):
            if isinstance(item, Path):
                return bool(_nodes(item, current, top))
            return _call(item, current, top) is True
        case JsonCompare(operator=operator, left=left, right=right):
            return _compare(operator, _operand(left, current, top), _operand(right, current, top))
        case JsonNot(item=inner):
            return not _holds(inner, current, top)
        case JsonAnd(items=items):
            return all(_holds(item, current, top) for item in items)
        case JsonOr(items=items):
            return any(_holds(item, current, top) for item in items)


def _nodes(path: Path, current: object, top: object) -> list[Node]:
    nodes = [Node(top if path.rooted else current)]
    for step in path.steps:
        nodes = [found for node in nodes for found in json_step(node, step, top)] if isinstance(step, JsonStep) else []
    return nodes


def _operand(operand: JsonOperand | JsonExpression, current: object, top: object) -> object:
    match operand:
        case Path():
            nodes = _nodes(operand, current, top)
            return nodes[0].value if nodes else _NOTHING
        case JsonLiteral(kind=kind, text=text):
            constants: dict[str, object] = {"true": True, "false": False, "null": None}
            if kind in constants:
                return constants[kind]
            return Decimal(text) if kind == "number" else text
        case JsonCall():
            return _call(operand, current, top)
        case _:
            return _holds(operand, current, top)


def _call(call: JsonCall, current: object, top: object) -> object:
    match call.function:
        case "count":
            path = call.arguments[0]
            return len(_nodes(path, current, top)) if isinstance(path, Path) else _NOTHING
        case "value":
            path = call.arguments[0]
            nodes = _nodes(path, current, top) if isinstance(path, Path) else []
            return nodes[0].value if len(nodes) == 1 else _NOTHING
        case "length":
            value = _operand(call.arguments[0], current, top)
            return len(value) if isinstance(value, str | list | dict) else _NOTHING
        case _:
            text, pattern = (_operand(argument, current, top) for argument in call.arguments)
            if not isinstance(text, str) or not isinstance(pattern, str):
                return False
            compiled = _pattern(pattern, search=call.function == "search")
            return compiled is not None and compiled.fits(text)


@lru_cache(maxsize=256)
def _pattern(text: str, *, search: bool) -> Pattern | None:
    """Compile a pattern of `match` or `search`; one that is no pattern finds nothing (RFC 9535 2.4.6)."""
    try:
        if search:
            compile_pattern(Located(text, Place()))
            return compile_pattern(Located(f"[\\s\\S]*({text})[\\s\\S]*", Place()))
        # The compliance suite lets a whole match repeat its anchors.
        return compile_pattern(Located(text.removeprefix("^").removesuffix("$"), Place()))
    except DefinitionRefused:
        return None


def _compare(operator: str, left: object, right: object) -> bool:
    match operator:
        case "==":
            return _equal(left, right)
        case "!=":
            return not _equal(left, right)
        case "<":
            return _less(left, right)
        case ">":
            return _less(right, left)
        case "<=":
            return _less(left, right) or _equal(left, right)
        case _:
            return _less(right, left) or _equal(left, right)


def _equal(left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_equal(one, two) for one, two in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(value, right[name]) for name, value in left.items())
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def _less(left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return left < right
    return isinstance(left, str) and isinstance(right, str) and left < right
