"""Where a rule runs: the current node, its frame, and the enclosing blocks by name."""

from dataclasses import dataclass

from gateway.mapping.run.node import Node

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
