"""Where a rule stands while a mapping is checked: its node, the blocks around it, and what is known there.

What conditions around a rule say is kept as one formula; it narrows what a path may find (`has(a)`: `a` is there).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.mapping.check.logic import TRUE, Formula, Variable, both
from gateway.mapping.check.reach import Reach, Trail, filtered_trail

__all__ = ["Scope", "variable_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The place of a rule. `trails` are the nodes of the blocks around it, from the outermost, ending in `here`.

    `item` is True inside an item that could be dropped; `loops` counts nested loops that multiply.
    `moved` is the innermost group and the conditions on its items; coverage per class is asked there.
    """

    here: Reach
    blocks: Mapping[str, Reach] = field(default_factory=dict)
    guard: Formula = TRUE
    trails: tuple[Trail, ...] = ()
    item: bool = False
    loops: int = 0

    def assuming(self, formula: Formula) -> "Scope":
        """The same place where a condition holds."""
        return replace(self, guard=both(self.guard, formula))

    def named(self, name: str, reach: Reach) -> "Scope":
        """The same place with a named block around it."""
        return replace(self, blocks={**self.blocks, name: reach})

    def at(self, reach: Reach, *, item: bool, loops: int, elsewhere: bool = False) -> "Scope":
        """The scope of a block on other nodes. What was known of other items of the same kind is dropped.

        `elsewhere` says that the nodes were not reached from here: they may be any, also of the same kind.
        """
        below = (
            not elsewhere
            and len(reach.trail) > len(self.here.trail)
            and reach.trail[: len(self.here.trail)] == self.here.trail
        )
        kept = self.guard if below or (reach.trail == self.here.trail and not elsewhere) else TRUE
        return Scope(
            reach.fresh(),
            self.blocks,
            kept,
            (*self.trails, reach.trail),
            item=self.item or item,
            loops=self.loops + loops,
        )


def variable_of(reach: Reach, scope: Scope) -> Variable:
    """Name the value at a path: by its trail where there is one at most, else also by where it is asked from.

    Values behind different filters of one list have different names.
    """
    name = filtered_trail(reach.leaf, reach.filters)
    if reach.occurs.single:
        return name
    return ("*", *scope.here.trail, "|", *name)
