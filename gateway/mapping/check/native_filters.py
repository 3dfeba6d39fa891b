"""Native predicates and filters as formulas: which items of a group a path takes by itself.

Only comparisons of one value with a literal say something about an item; a test of presence proves nothing about a
value, and everything else is decided at run time.
"""

from collections.abc import Callable

from gateway.mapping.check.logic import TRUE, All, AnyOf, Formula, Has, Nay, OneOf, Opaque, Variable, both, nay
from gateway.mapping.check.walk_filters import filter_text, filtered, selector_text
from gateway.mapping.paths.path import (
    JsonAnd,
    JsonCompare,
    JsonExpression,
    JsonIndex,
    JsonLiteral,
    JsonNot,
    JsonOr,
    JsonSlice,
    JsonStep,
    JsonWhere,
    Path,
    XmlAnd,
    XmlCompare,
    XmlExpression,
    XmlNot,
    XmlOr,
    XmlStep,
)

__all__ = ["native_formula"]

_Variable = Callable[[Path], Variable | None]
"""Names the single value a path leads to from the node of a step, or None."""


def native_formula(path: Path, at: Callable[[int], _Variable]) -> Formula:
    """Give which items a path takes: `at` gives, for a step by number, how values below its node are named.

    A filter on a step in the middle says something about what encloses the item. Positions are left to run time.
    """
    whole: Formula = TRUE
    for number, step in enumerate(path.steps):
        if not filtered(step):
            continue
        variable = at(number)
        found = _xml_step(step, variable) if isinstance(step, XmlStep) else _json_step(step, variable)
        whole = both(whole, _of_step(found, str(len(path.steps) - number)))
    return whole


def _of_step(formula: Formula, number: str) -> Formula:
    """The same question about another step is another question."""
    match formula:
        case Opaque(key):
            return Opaque((*key, number))
        case Nay(item):
            return Nay(_of_step(item, number))
        case All(items):
            return All(tuple(_of_step(item, number) for item in items))
        case AnyOf(items):
            return AnyOf(tuple(_of_step(item, number) for item in items))
        case _:
            return formula


def _xml_step(step: XmlStep, variable: _Variable) -> Formula:
    whole: Formula = TRUE
    for predicate in step.predicates:
        whole = both(whole, _xml(predicate, variable))
    return whole


def _opaque(text: str) -> Formula:
    return Opaque(("filter", text))


def _xml(expression: XmlExpression, variable: _Variable) -> Formula:
    match expression:
        case XmlAnd(items):
            return All(tuple(_xml(item, variable) for item in items))
        case XmlOr(items):
            return AnyOf(tuple(_xml(item, variable) for item in items))
        case XmlNot(item):
            return nay(_xml(item, variable))
        case XmlCompare(path, equal, literal):
            return _compared(variable(path), literal, expression, equal=equal)
        case _:
            return _opaque(filter_text(expression))


def _json_step(step: JsonStep, variable: _Variable) -> Formula:
    found: list[Formula] = []
    for selector in step.selectors:
        if isinstance(selector, JsonWhere):
            found.append(_json(selector.expression, variable))
        elif isinstance(selector, JsonSlice | JsonIndex):
            found.append(_opaque(selector_text(selector)))
        else:
            return TRUE
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _json(expression: JsonExpression, variable: _Variable) -> Formula:
    match expression:
        case JsonAnd(items):
            return All(tuple(_json(item, variable) for item in items))
        case JsonOr(items):
            return AnyOf(tuple(_json(item, variable) for item in items))
        case JsonNot(item):
            return nay(_json(item, variable))
        case JsonCompare(operator, Path() as path, JsonLiteral(kind="string", text=text)) if operator in {"==", "!="}:
            name = variable(path)
            if operator == "==":
                return _compared(name, text, expression, equal=True)
            # RFC 9535: an absent member differs from every literal.
            return _opaque(filter_text(expression)) if name is None else Nay(OneOf(name, frozenset({text})))
        case _:
            return _opaque(filter_text(expression))


def _compared(name: Variable | None, text: str, expression: XmlExpression | JsonExpression, *, equal: bool) -> Formula:
    if name is None:
        return _opaque(filter_text(expression))
    one = OneOf(name, frozenset({text}))
    return one if equal else All((Has(name), Nay(one)))
