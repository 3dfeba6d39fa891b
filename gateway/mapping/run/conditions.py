"""Deciding conditions on a document. A missing operand makes every comparison false, `!=` too."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeAlias

from gateway.document.tree import XmlElement
from gateway.mapping.program.values import (
    CompareTest,
    CountOperand,
    HasTest,
    InTest,
    IsTest,
    LiteralOperand,
    LogicTest,
    MatchesTest,
    NotTest,
    Operand,
    Route,
    Test,
)
from gateway.mapping.run.node import TYPE, Node, Virtual, text_of
from gateway.mapping.run.ordering import number_of, rank, same_kind
from gateway.mapping.run.scopes import RunScope

__all__ = ["Clean", "Conditions", "compare", "compare_number", "expanded", "is_present"]

_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
"""The comparisons of the grammar, for two values of one kind."""


Clean: TypeAlias = Callable[[object, frozenset[str]], str | None]
"""Gives the text of a value after clean-up, None when it is missing."""


class Conditions:
    """Decides conditions. `nodes` walks a route, `clean` gives the cleaned text of a node, None when it is missing."""

    def __init__(
        self, nodes: Callable[[Route, RunScope], list[Node]], clean: Callable[[Node, frozenset[str]], str | None]
    ) -> None:
        self._nodes = nodes
        self._clean = clean

    def holds(self, test: Test, scope: RunScope) -> bool:
        """Decide one condition."""
        match test:
            case CompareTest(operator=operator, left=left, right=right):
                return self._compare(operator, left, right, scope)
            case InTest(item=item, literals=literals):
                return any(self._compare("==", item, LiteralOperand(literal), scope) for literal in literals)
            case HasTest(route=route):
                nodes = expanded(self._nodes(route, scope))
                return any(_present(node.value, route.nulls, self._clean_value) for node in nodes)
            case MatchesTest(route=route, pattern=pattern):
                text = self._text(route, scope)
                return text is not None and pattern.fits(text)
            case IsTest(names=names):
                return _is(scope.node.value, names)
            case NotTest(item=inner):
                return not self.holds(inner, scope)
            case LogicTest(every=True, items=items):
                return all(self.holds(item, scope) for item in items)
            case LogicTest(items=items):
                return any(self.holds(item, scope) for item in items)

    def _clean_value(self, value: object, nulls: frozenset[str]) -> str | None:
        return self._clean(Node(value), nulls)

    def _text(self, route: Route, scope: RunScope) -> str | None:
        nodes = self._nodes(route, scope)
        return self._clean(nodes[0], route.nulls) if nodes else None

    def _compare(self, operator: str, left: Operand, right: Operand, scope: RunScope) -> bool:
        first, second = self._operand(left, scope), self._operand(right, scope)
        if first is None or second is None:
            return False
        if isinstance(left, CountOperand) or isinstance(right, CountOperand) or _number(left) or _number(right):
            return compare_number(operator, first, second)
        return compare(operator, first, second)

    def _operand(self, operand: Operand, scope: RunScope) -> str | None:
        match operand:
            case LiteralOperand(literal=literal):
                return literal.text
            case CountOperand(route=route):
                return str(len(expanded(self._nodes(route, scope))))
            case Route():
                return self._text(operand, scope)


def is_present(value: object, nulls: frozenset[str], clean: Clean) -> bool:
    """Decide `has` for a raw value; of several, one that is present is enough."""
    if isinstance(value, list):
        return any(_present(one, nulls, clean) for one in value if one is not None)
    return value is not None and _present(value, nulls, clean)


def _present(value: object, nulls: frozenset[str], clean: Clean) -> bool:
    """A value is there; something with children is there when it holds something."""
    if isinstance(value, dict | list):
        return bool(value)
    if isinstance(value, XmlElement) and value.children:
        return text_of(value) is not None
    if isinstance(value, Virtual) and value.text is None:
        return bool(value.children)
    return clean(value, nulls) is not None


def _number(operand: Operand) -> bool:
    return isinstance(operand, LiteralOperand) and operand.literal.kind == "number"


def compare_number(operator: str, left: str, right: str) -> bool:
    """Compare two texts as numbers; what is no number makes the comparison false."""
    first, second = number_of(left), number_of(right)
    return first is not None and second is not None and _HOLDS[operator](first, second)


def compare(operator: str, left: str, right: str) -> bool:
    """Compare two texts: equality by characters, order by value where both are numbers or both are times."""
    if operator in {"==", "!="}:
        return _HOLDS[operator](left, right)
    first, second = rank(left), rank(right)
    if not same_kind([first, second]):
        first, second = (2, first[1] * 0, left), (2, second[1] * 0, right)
    return _HOLDS[operator](first, second)


def expanded(nodes: Sequence[Node]) -> list[Node]:
    """Give the items of arrays in their place; a null is no node."""
    if not any(isinstance(node.value, list) or node.value is None for node in nodes):
        return list(nodes)
    found: list[Node] = []
    for node in nodes:
        if isinstance(node.value, list):
            found.extend(Node(item, (node.way, at)) for at, item in enumerate(node.value) if item is not None)
        elif node.value is not None:
            found.append(node)
    return found


def _is(value: object, names: frozenset[str]) -> bool:
    if not isinstance(value, XmlElement):
        return False
    stated = value.attributes.get(TYPE, "").strip()
    local = value.name.rpartition("}")[2]
    return stated in names or (bool(stated) and stated.rpartition(":")[2] in names) or local in names
