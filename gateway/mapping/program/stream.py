"""Which splits can be read item by item: those that name their items by plain element names."""

from collections.abc import Sequence

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.paths.path import (
    Axis,
    JsonStep,
    XmlAnd,
    XmlExpression,
    XmlLast,
    XmlNot,
    XmlOr,
    XmlPosition,
    XmlStep,
)
from gateway.mapping.program.program import Program, Split
from gateway.mapping.program.values import RouteSource

__all__ = ["name_path", "plain_names", "stream_paths"]


def name_path(split: Split) -> tuple[str, ...]:
    """Give the names from the child of the outermost element down to the items; nothing where that is not possible."""
    source = split.source
    if not isinstance(source, RouteSource):
        return ()
    return plain_names(source.route.steps, rooted=source.route.scope == "/")


def plain_names(steps: Sequence[XmlStep | JsonStep], *, rooted: bool) -> tuple[str, ...]:
    """Give the names of a path whose steps are children, with predicates on the last only and none of a position."""
    steps = steps[1:] if rooted else steps
    names: list[str] = []
    for at, step in enumerate(steps):
        if not isinstance(step, XmlStep) or step.axis is not Axis.CHILD:
            return ()
        if step.predicates and (at < len(steps) - 1 or any(_positional(one) for one in step.predicates)):
            return ()
        names.append(step.name)
    return tuple(names)


def _positional(expression: XmlExpression) -> bool:
    match expression:
        case XmlPosition() | XmlLast():
            return True
        case XmlNot(item=item):
            return _positional(item)
        case XmlAnd(items=items) | XmlOr(items=items):
            return any(_positional(item) for item in items)
        case _:
            return False


def stream_paths(program: Program) -> frozenset[tuple[str, ...]]:
    """Give the paths of all items of a mapping with `reading: streamed`; raises `DefinitionRefused` (G405)."""
    paths = {split.number: name_path(split) for split in program.splits}
    faults: list[Fault] = []
    for split in program.splits:
        path = paths[split.number]
        inside = any(other != path and other == path[: len(other)] for other in paths.values())
        if not path or inside:
            message = "the items are not named by plain element names, or lie in one another"
            faults.append(
                Fault("G405", message, split.place, "name the items by a path, or leave out reading: streamed")
            )
    if faults:
        raise DefinitionRefused(*faults)
    return frozenset(paths.values())
