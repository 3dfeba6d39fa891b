"""Printing the way to a node: an XPath, a normalized JSONPath, or a row and its column. Never a value."""

from collections.abc import Iterable, Iterator

from gateway.document.tree import BadRow, XmlElement
from gateway.errors import Place
from gateway.mapping.run.node import ItemStep, PartStep, RowStep, Step, Way

__all__ = ["Positions", "bad_row_place", "enclosing", "place_of_way", "steps_of"]


def enclosing(way: Way | None, document: object) -> Iterator[object]:
    """Give what encloses a node in the document, from the inside out; the node itself is left out."""
    steps: list[Step] = []
    while way is not None:
        steps.append(way[1])
        way = way[0]
    if len(steps) > 1 and isinstance(steps[-1], RowStep) and isinstance(steps[-2], XmlElement):
        steps.pop()
    if steps and isinstance(steps[-1], XmlElement):
        yield from (element for step in steps[1:] if (element := _element(step)) is not None)
        return
    around: list[object] = []
    here = document
    for step in reversed(steps[1:]):
        around.append(here)
        if isinstance(here, dict) and isinstance(step, str):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return
    yield from reversed([*around, here])


def steps_of(way: Way | None) -> list[Step]:
    """Give the steps of a way, from the top."""
    steps: list[Step] = []
    while way is not None:
        steps.append(way[1])
        way = way[0]
    steps.reverse()
    return steps


class Positions:
    """The numbers of elements among those of their name under one parent, counted once for each parent.

    Whoever prints many places keeps one: counting again for each would be quadratic in a long flat list.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[XmlElement, dict[int, int], dict[str, int]]] = {}

    def of(self, above: XmlElement, element: XmlElement) -> int:
        """Give the 1-based number of an element, 0 where it is the only one of its name."""
        known = self._known.get(id(above))
        if known is None:
            numbers: dict[int, int] = {}
            totals: dict[str, int] = {}
            for child in above.children:
                totals[child.name] = totals.get(child.name, 0) + 1
                numbers[id(child)] = totals[child.name]
            # The parent is kept with its numbers, so that its identity is not given to another.
            known = self._known[id(above)] = (above, numbers, totals)
        return known[1].get(id(element), 0) if known[2].get(element.name, 0) > 1 else 0

    def clear(self) -> None:
        """Forget all parents."""
        self._known.clear()


def place_of_way(way: Way | None, positions: Positions | None = None) -> Place:
    """Print the way to a node: an XPath, a normalized path, or a row and its column."""
    steps = steps_of(way)
    if not steps:
        return Place(path="$")
    if isinstance(steps[0], RowStep):
        row = steps[0]
        if len(steps) > 1 and isinstance(steps[1], XmlElement):  # records of a member
            return Place(row.member, _line(steps), path=_xml(steps[1:], positions or Positions()))
        return Place(file=row.member, line=row.line, path=_plain(steps[1:]))
    if isinstance(steps[0], XmlElement):
        return Place(line=_line(steps), path=_xml(steps, positions or Positions()))
    if isinstance(steps[0], str) and steps[0].startswith("envelope/"):
        return Place(path=steps[0])
    return Place(path=_json(steps))


def _plain(steps: Iterable[Step]) -> str:
    return "/".join(_part(step) if isinstance(step, PartStep) else str(step) for step in steps)


def _part(step: PartStep) -> str:
    return f"{step.name}({step.start}-{step.end})"


def _line(steps: list[Step]) -> int:
    return max((element.line for step in steps if (element := _element(step)) is not None), default=0)


def _element(step: Step) -> XmlElement | None:
    if isinstance(step, ItemStep):
        return step.element
    return step if isinstance(step, XmlElement) else None


def _xml(steps: list[Step], positions: Positions) -> str:
    pieces: list[str] = []
    above: XmlElement | None = None
    for step in steps:
        if isinstance(step, XmlElement):
            local = step.name.rpartition("}")[2]
            if not local:  # the top of a document of records
                above = step
                continue
            number = 0 if above is None else positions.of(above, step)
            pieces.append(f"/{local}[{number}]" if number else f"/{local}")
            above = step
        elif isinstance(step, ItemStep):
            local = step.element.name.rpartition("}")[2]
            pieces.append(f"/{local}[{step.position}]" if step.total > 1 else f"/{local}")
            above = step.element
        elif isinstance(step, PartStep):
            pieces.append(f"/{_part(step)}")
        else:
            text = str(step)
            pieces.append(f"/@{text[1:].rpartition('}')[2]}" if text.startswith("@") else f"/{text}")
    return "".join(pieces)


def _json(steps: Iterable[Step]) -> str:
    pieces = ["$"]
    for step in steps:
        if isinstance(step, int):
            pieces.append(f"[{step}]")
        elif isinstance(step, PartStep):
            pieces.append(f"/{_part(step)}")
        else:
            name = str(step).replace("\\", "\\\\").replace("'", "\\'")
            pieces.append(f"['{name}']")
    return "".join(pieces)


def bad_row_place(member: str, bad: BadRow) -> Place:
    """Give the place of a row that does not fit its columns."""
    return Place(file=member, line=bad.line)
