"""Where a path leads in the source, statically: the trail of declarations, the shape there, and how often.

A trail names a place of the schema: the names from the top, without positions. Two paths that read the same data have
the same trail; coverage and conditions are decided on trails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from gateway.mapping.shapes.shape import (
    ANYTHING,
    NOWHERE,
    ONCE,
    SCALARS,
    Child,
    Facts,
    Occurrence,
    Origin,
    Shape,
    alternatives,
)

__all__ = ["FILTERED", "TEXT", "Filters", "Reach", "Trail", "filtered_trail", "items_of"]

Trail: TypeAlias = tuple[str, ...]

Filters: TypeAlias = tuple[tuple[int, str], ...]
"""The filters and positions on the way to a place: the length of the trail there, and what is written."""

FILTERED = "\x00"
"""Begins the step that stands for a filter in the name of a value: two filters of one list lead to two values."""

TEXT = "text()"
"""The last step of the trail of an element's own text, where the element has attributes or children too."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The end of a path. `occurs` counts from where the path began; `label` is the whole path from the top.

    `open` is True where the schema does not say what is there: nothing below can be checked. `links` are children that
    stand elsewhere in the source (the members of a group, the fields of a slot); whoever reads this place reads
    `stands_for` too. A `virtual` place is made by the mapping and is no part of the source. `optional` are the places
    on the way that may be absent; `written` is the path in the mapping's words, `filters` what chose among several.
    """

    trail: Trail
    label: str
    shape: Shape
    occurs: Occurrence = ONCE
    origin: Origin = NOWHERE
    nillable: bool = False
    open: bool = False
    virtual: bool = False
    links: Mapping[str, "Reach"] = field(default_factory=dict)
    stands_for: tuple[Trail, ...] = ()
    optional: tuple[Trail, ...] = ()
    written: str = ""
    filters: Filters = ()

    @property
    def said(self) -> str:
        """The path as the mapping writes it, for messages beside the line that holds it."""
        return self.written or self.label or "the document's element"

    @property
    def facts(self) -> Facts:
        """What is known of the values there."""
        return self.shape.facts

    @property
    def leaf(self) -> Trail:
        """The trail of the value itself: of the text, where an element has more than text."""
        facts = self.facts
        if self.trail[-1:] == (TEXT,) or "object" not in facts.kinds or not facts.readable or facts is ANYTHING:
            return self.trail
        return (*self.trail, TEXT) if facts.children or facts.others is not None else self.trail

    def fresh(self) -> "Reach":
        """The same place as one node: where a block stands."""
        return replace(self, occurs=Occurrence(), optional=(), filters=())

    def chosen(self, written: str) -> "Reach":
        """The same place behind a filter or a position."""
        return replace(self, filters=(*self.filters, (len(self.trail), written)))

    def to(self, child: Child, label: str) -> "Reach":
        """A declared child."""
        trail = (*self.trail, child.name)
        return Reach(
            trail,
            label,
            child.shape,
            self.occurs * child.occurs,
            child.origin,
            child.nillable or "null" in child.shape.facts.kinds,
            virtual=self.virtual,
            optional=self.optional if child.occurs.low else (*self.optional, trail),
            filters=self.filters,
        )


def filtered_trail(trail: Trail, filters: Filters) -> Trail:
    """Give a trail with the filters on its way, which tells the values behind different filters apart."""
    steps: list[str] = []
    for number in range(len(trail) + 1):
        steps += [FILTERED + written for length, written in filters if length == number]
        steps += trail[number : number + 1]
    return tuple(steps)


def items_of(reach: Reach) -> Reach:
    """Give the items where a list stands; a lone value, where the schema allows one, is one item."""
    facts = reach.facts
    if "list" not in facts.kinds or facts.item is None:
        return reach
    item = facts.item
    if reach.label.startswith("$"):
        reach = replace(reach, label=f"{reach.label}[*]")
    others = facts.kinds - {"list", "null"}
    if facts.anything or item.shape.facts.anything:
        shape = item.shape if item.shape.facts.anything else reach.shape
        return replace(reach, shape=shape, occurs=Occurrence(0, None))
    if not others:
        return replace(reach, shape=item.shape, occurs=reach.occurs * item.occurs)
    alone = Shape.of(replace(facts, kinds=others, item=None, prefix=(), variants=()))
    occurs = Occurrence(min(1, item.occurs.low), item.occurs.high)
    kinds = others & SCALARS or others & {"object"}
    shape = alternatives([alone, item.shape]) if kinds else item.shape
    return replace(reach, shape=shape, occurs=reach.occurs * occurs)
