"""Where a rule runs: the current node, its frame, and the enclosing blocks by name."""

from dataclasses import dataclass

from gateway.document.tree import XmlElement
from gateway.mapping.node import Node, Step

__all__ = ["RunScope"]


@dataclass(frozen=True, slots=True, eq=False)
class RunScope:
    """The current node, the number of its frame, the name of its block, and the scope around it."""

    node: Node
    frame: int
    name: str = ""
    outer: "RunScope | None" = None

    def named(self, name: str) -> Node:
        """Give the node of the innermost enclosing block of this name; names were checked when the mapping was made."""
        scope: RunScope | None = self
        while scope is not None:
            if scope.name == name:
                return scope.node
            scope = scope.outer
        raise LookupError

    def passed(self) -> list[object]:
        """Give the values on the way from the outermost scope to the current node, nearest first, without both ends."""
        outermost = self
        while outermost.outer is not None:
            outermost = outermost.outer
        steps: list[Step] = []
        way = self.node.way
        while way is not None and way is not outermost.node.way:
            steps.append(way[1])
            way = way[0]
        values: list[object] = []
        here = outermost.node.value
        for step in reversed(steps):
            if isinstance(step, XmlElement):
                here = step
            elif isinstance(here, dict) and isinstance(step, str):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                break
            values.append(here)
        return values[-2::-1]
