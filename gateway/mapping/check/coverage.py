"""What of the source is accounted for: every leaf and every item read, or ignored with a reason.

Leaves that nothing reads are V301, leaves read for some classes of items only are V302, items that no block selects
V303. Decided on the schema; what a document really leaves unread is counted at run time.
"""

from dataclasses import dataclass, field

from gateway.errors import Place
from gateway.mapping.check.logic import Domain, Formula, Variable
from gateway.mapping.check.reach import TEXT, Reach, Trail, items_of
from gateway.mapping.shapes.shape import Child, Occurrence, Origin

__all__ = ["Coverage", "Ignored", "Leaf", "Selection", "derived_of", "leaves_of"]

_MOST_LEAVES = 20_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place of the source that can hold a value."""

    trail: Trail
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Selection:
    """A block over a group: which of its items it takes, and where it stands."""

    formula: Formula
    place: Place


@dataclass(slots=True)
class Ignored:
    """An entry of `ignore`: what it covers. With a condition it covers items, else leaves."""

    trail: Trail
    exact: bool
    place: Place
    formula: Formula | None
    label: str


@dataclass(slots=True)
class Coverage:
    """What a mapping reads, collected while it is checked."""

    reads: dict[Trail, list[tuple[Formula, Place]]] = field(default_factory=dict)
    selections: dict[Trail, list[Selection]] = field(default_factory=dict)
    groups: dict[Trail, Reach] = field(default_factory=dict)
    blocks: dict[Trail, Place] = field(default_factory=dict)
    ignored: list[Ignored] = field(default_factory=list)
    domains: dict[Variable, Domain] = field(default_factory=dict)

    def read(self, reach: Reach, guard: Formula, place: Place) -> None:
        """Note that a rule or a condition looks at a place."""
        for trail in reach.stands_for:
            self.reads.setdefault(trail, []).append((guard, place))
        if not reach.virtual:
            self.reads.setdefault(reach.leaf, []).append((guard, place))

    def select(self, reach: Reach, formula: Formula, place: Place) -> None:
        """Note that a block stands on nodes, and on which of them."""
        if reach.virtual:
            return
        self.blocks.setdefault(reach.trail, place)
        self.groups.setdefault(reach.trail, reach)
        self.selections.setdefault(reach.trail, []).append(Selection(formula, place))

    def nearest_block(self, trail: Trail, otherwise: Place) -> Place:
        """The block that stands closest above a place: there a missing rule would be written."""
        for length in range(len(trail), 0, -1):
            found = self.blocks.get(trail[:length])
            if found is not None:
                return found
        return otherwise


def leaves_of(top: Reach) -> list[Leaf]:
    """Give every leaf of a source, in the order of the schema; recursive content once."""
    found: list[Leaf] = []
    _collect(top, frozenset(), found, [])
    return found


def derived_of(top: Reach) -> frozenset[Trail]:
    """Give the places that say nothing beyond the layout: with them nothing is lost where nobody reads them."""
    derived: list[Trail] = []
    _collect(top, frozenset(), [], derived)
    return frozenset(derived)


def _collect(reach: Reach, above: frozenset[int], found: list[Leaf], derived: list[Trail]) -> None:
    shape = reach.shape
    facts = shape.facts
    if len(found) >= _MOST_LEAVES:
        return
    if facts.anything:
        found.append(Leaf(reach.trail, reach.label, reach.origin))
        return
    if id(shape) in above:
        return
    below = above | {id(shape)}
    if "list" in facts.kinds:
        if facts.prefix:
            for index, child in enumerate(facts.prefix):
                inner = reach.to(Child(f"[{index}]", child.shape, origin=child.origin), f"{reach.label}[{index}]")
                _collect(inner, below, found, derived)
            return
        _collect(items_of(reach), below, found, derived)
        return
    empty = not facts.readable and not facts.children and facts.others is None and "object" in facts.kinds
    if facts.readable or empty:
        label = reach.label if reach.leaf == reach.trail else f"{reach.label}/{TEXT}"
        found.append(Leaf(reach.leaf, label, reach.origin))
    for child in facts.children.values():
        inner = reach.to(child, _child_label(reach, child))
        if child.derived:
            derived.append(inner.trail)
            continue
        _collect(inner, below, found, derived)
    if reach.label.startswith("$") and facts.others is not None and not facts.others.facts.anything:
        # Members by pattern, keyed by a number of the source: the schema says what they hold, not how they are called.
        _collect(reach.to(Child("*", facts.others, Occurrence(0, None)), f"{reach.label}.*"), below, found, derived)


def _child_label(reach: Reach, child: Child) -> str:
    if reach.label.startswith("$"):
        quoted = child.name.replace("\\", "\\\\").replace("'", "\\'")
        return f"{reach.label}.{child.name}" if child.name.isidentifier() else f"{reach.label}['{quoted}']"
    if not reach.label:
        return f"./{child.label}" if child.name.startswith("@") else child.label
    return f"{reach.label}/{child.label}"
