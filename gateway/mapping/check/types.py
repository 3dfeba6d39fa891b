"""What `is('Type')` proves: of the types that may stand at a place, those that are left."""

from dataclasses import replace

from gateway.mapping.check.reach import Reach
from gateway.mapping.language.conditions import And, Condition, Is, Not
from gateway.mapping.shapes.shape import Shape, alternatives

__all__ = ["of_types"]


def of_types(reach: Reach, condition: Condition | None) -> Reach:
    """Give a place where a condition holds, with the types that it leaves; the place itself where it says nothing."""
    shapes = reach.facts.variants
    left = [shape for shape in shapes if _admits(condition, shape)]
    return reach if not left or len(left) == len(shapes) else replace(reach, shape=alternatives(left))


def _admits(condition: Condition | None, shape: Shape) -> bool:
    match condition:
        case Is(type=name):
            return _named(shape, name)
        case Not(item=Is(type=name)):
            return not _named(shape, name)
        case And(items=items):
            return all(_admits(item, shape) for item in items)
        case _:
            return True


def _named(shape: Shape, name: str) -> bool:
    return shape.facts.type_name.rpartition("}")[2] == name.rpartition(":")[2]
