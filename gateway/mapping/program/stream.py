"""Which splits can be read item by item: those that name their items by plain names."""

from collections.abc import Sequence

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.paths.path import (
    Axis,
    JsonStep,
    JsonWildcard,
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

__all__ = ["item_path", "name_path", "stream_paths"]


_ALL = ("*",)


def name_path(split: Split, format_name: str) -> tuple[str, ...]:
    """Give the path of the items of a split, as a streamed document has it; nothing where there is none."""
    source = split.source
    if not isinstance(source, RouteSource):
        return ()
    return item_path(source.route.steps, format_name, rooted=source.route.scope == "/")


def item_path(steps: Sequence[XmlStep | JsonStep], format_name: str, *, rooted: bool) -> tuple[str, ...]:
    """Give the path of items: names of elements below the outermost one, or `("*",)` for rows and lines."""
    if format_name == "csv":
        return _ALL if _plain_names(steps, rooted=False) == ("row",) else ()
    if format_name == "jsonl":
        wild = len(steps) == 1 and isinstance(steps[0], JsonStep) and steps[0].selectors == (JsonWildcard(),)
        return _ALL if not steps or (wild and isinstance(steps[0], JsonStep) and not steps[0].descendant) else ()
    return _plain_names(steps, rooted=rooted)


def _plain_names(steps: Sequence[XmlStep | JsonStep], *, rooted: bool) -> tuple[str, ...]:
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
    format_name = program.mapping.source.format.text
    paths = {split.number: name_path(split, format_name) for split in program.splits}
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
