"""Native predicates and filters as formulas: which items of a group a path takes by itself.

Only comparisons of one value with a literal say something about an item; a test of presence proves nothing about a
value, and everything else is decided at run time.
"""

from collections.abc import Callable

from gateway.mapping.check.logic import TRUE, All, AnyOf, Formula, Has, Nay, OneOf, Opaque, Variable, both, nay
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
"""Names the single value a path leads to from the item, or None."""


def native_formula(path: Path, variable: _Variable) -> Formula:
    """Give which items a path takes; what is not about the last step, or about a position, is left to run time."""
    whole: Formula = TRUE
    for number, step in enumerate(path.steps):
        last = number == len(path.steps) - 1
        found = _xml_step(step, variable) if isinstance(step, XmlStep) else _json_step(step, variable)
        if found is not TRUE:
            whole = both(whole, found if last else Opaque(("filter", path.text)))
    return whole


def _xml_step(step: XmlStep, variable: _Variable) -> Formula:
    whole: Formula = TRUE
    for predicate in step.predicates:
        whole = both(whole, _xml(predicate, variable))
    return whole


def _xml(expression: XmlExpression, variable: _Variable) -> Formula:
    match expression:
        case XmlAnd(items):
            return All(tuple(_xml(item, variable) for item in items))
        case XmlOr(items):
            return AnyOf(tuple(_xml(item, variable) for item in items))
        case XmlNot(item):
            return nay(_xml(item, variable))
        case XmlCompare(path, equal, literal):
            return _compared(variable(path), literal, equal=equal)
        case _:
            return Opaque(("filter", repr(expression)))


def _json_step(step: JsonStep, variable: _Variable) -> Formula:
    found: list[Formula] = []
    for selector in step.selectors:
        if isinstance(selector, JsonWhere):
            found.append(_json(selector.expression, variable))
        elif isinstance(selector, JsonSlice | JsonIndex):
            found.append(Opaque(("filter", repr(selector))))
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
                return _compared(name, text, equal=True)
            # RFC 9535: an absent member differs from every literal.
            return Opaque(("filter", repr(expression))) if name is None else Nay(OneOf(name, frozenset({text})))
        case _:
            return Opaque(("filter", repr(expression)))


def _compared(name: Variable | None, text: str, *, equal: bool) -> Formula:
    if name is None:
        return Opaque(("filter", text))
    one = OneOf(name, frozenset({text}))
    return one if equal else All((Has(name), Nay(one)))
