"""A slow, obvious reading of shapes: does a shape admit this JSON value?"""

import re
from decimal import Decimal

from gateway.mapping.shapes.shape import Facts, Shape


def admits(shape: Shape, value: object) -> bool:
    facts = shape.facts
    if facts.variants:
        return any(admits(variant, value) for variant in facts.variants)
    return _admits(facts, value)


def _admits(facts: Facts, value: object) -> bool:
    match value:
        case None:
            return "null" in facts.kinds
        case bool():
            return "boolean" in facts.kinds and _coded(facts, "true" if value else "false")
        case int() | float() | Decimal():
            number = Decimal(str(value))
            kind = "decimal" in facts.kinds or ("integer" in facts.kinds and number == number.to_integral_value())
            return kind and (facts.codes is None or any(_number(code) == number for code in facts.codes))
        case str():
            fits = len(value) >= facts.shortest and (facts.longest is None or len(value) <= facts.longest)
            return "text" in facts.kinds and fits and _coded(facts, value) and _matches(facts, value)
        case list():
            if "list" not in facts.kinds or facts.item is None:
                return False
            high = facts.item.occurs.high
            if len(value) < facts.item.occurs.low or (high is not None and len(value) > high):
                return False
            prefixed = zip(facts.prefix, value, strict=False)
            return all(admits(child.shape, item) for child, item in prefixed) and all(
                admits(facts.item.shape, item) for item in value
            )
        case dict():
            if "object" not in facts.kinds:
                return False
            if any(child.occurs.low and name not in value for name, child in facts.children.items()):
                return False
            for name, member in value.items():
                child = facts.children.get(name)
                if child is None and facts.others is None:
                    return False
                wanted = child.shape if child is not None else facts.others
                if wanted is not None and not admits(wanted, member):
                    return False
            return True
    raise AssertionError(type(value))


def _coded(facts: Facts, text: str) -> bool:
    return facts.codes is None or text in facts.codes


def _number(code: str) -> Decimal | None:
    try:
        return Decimal(code)
    except ArithmeticError:
        return None


def _matches(facts: Facts, text: str) -> bool:
    try:
        return all(re.search(pattern, text) for pattern in facts.patterns)
    except re.error:
        return True
