"""EDIFACT layouts as shapes: interchange, messages, groups, segments, composites and data elements, by their names."""

from collections.abc import Iterable

from gateway.errors import Place
from gateway.mapping.shapes.edifact_layout import Component, EdifactLayout, Element, SegmentType
from gateway.mapping.shapes.edifact_order import Particle
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Origin, Shape

__all__ = ["interchange_shape"]

_ONE = Occurrence()
_MAYBE = Occurrence(0, 1)
_SOME = Occurrence(0, None)


def interchange_shape(layout: EdifactLayout) -> Shape:
    """Give the shape of an interchange: `UNB`, then messages, each with its headers and what the layout says."""
    head = {
        "UNG": _segment(layout.segments["UNG"], _MAYBE),
        "UNH": _segment(layout.segments["UNH"], _ONE),
    }
    message = _object({**head, **_children(layout.of, layout)})
    children = {"UNB": _segment(layout.segments["UNB"], _ONE), "message": Child("message", message, _SOME)}
    return _object(children)


def _children(particles: Iterable[Particle], layout: EdifactLayout) -> dict[str, Child]:
    """What stands at one level; a segment at several points of it counts together."""
    found: dict[str, Child] = {}
    for particle in particles:
        occurs = Occurrence(particle.low, particle.high)
        kind = layout.segments[particle.tag]
        child = _segment(kind, occurs, particle.codes)
        if particle.of is not None:
            trigger = _segment(kind, _ONE, particle.codes)
            inside = {particle.tag: trigger}
            for name, below in _children(particle.of, layout).items():
                inside[name] = _joined(inside[name], below) if name in inside else below
            child = Child(particle.name, _object(inside), occurs, _at(particle.place))
        found[particle.name] = _joined(found[particle.name], child) if particle.name in found else child
    return found


def _joined(one: Child, other: Child) -> Child:
    """The same segment at two points: its codes, where both points list them, are those of both."""
    return Child(one.name, _widest(one.shape, other.shape), one.occurs + other.occurs, one.origin)


def _widest(one: Shape, other: Shape) -> Shape:
    first, second = next(iter(one.facts.children.values()), None), next(iter(other.facts.children.values()), None)
    if first is None or second is None:
        return one
    return one if first.shape.facts.codes is None or first.shape.facts.codes == second.shape.facts.codes else other


def _segment(kind: SegmentType, occurs: Occurrence, codes: tuple[str, ...] = ()) -> Child:
    children: dict[str, Child] = {}
    for at, element in enumerate(kind.elements):
        _add(children, _element(element, codes if at == 0 else ()))
    return Child(kind.tag, _object(children), occurs, _at(kind.place))


def _element(element: Element, codes: tuple[str, ...]) -> Child:
    occurs = Occurrence(1 if element.required else 0, element.repeat)
    if not element.composite:
        return _data(element.parts[0], occurs, codes)
    parts: dict[str, Child] = {}
    for at, component in enumerate(element.parts):
        _add(parts, _data(component, _ONE if component.required else _MAYBE, codes if at == 0 else ()))
    return Child(element.name, _object(parts), occurs, _at(element.place))


def _data(component: Component, occurs: Occurrence, codes: tuple[str, ...]) -> Child:
    listed = codes or component.codes
    facts = Facts(
        kinds=frozenset({"text"}), codes=listed or None, longest=component.longest, blank=not component.required
    )
    # Where the layout admits one code only, the element says nothing that the layout does not say.
    fixed = listed is not None and len(listed) == 1
    return Child(component.name, Shape.of(facts), occurs, _at(component.place), derived=fixed)


def _add(children: dict[str, Child], child: Child) -> None:
    """A number that stands several times in one composite or segment is one child that occurs as often.

    Each of them may be empty, also where the first must not be.
    """
    before = children.get(child.name)
    if before is None:
        children[child.name] = child
        return
    occurs = before.occurs + child.occurs
    facts = before.shape.facts
    shape = before.shape
    if facts.readable and (not facts.blank) != (not child.shape.facts.blank):
        shape = child.shape if child.shape.facts.blank else before.shape
    children[child.name] = Child(child.name, shape, occurs, before.origin)


def _object(children: dict[str, Child]) -> Shape:
    return Shape.of(Facts(kinds=frozenset({"object"}), children=children))


def _at(place: Place) -> Origin:
    return Origin(lambda: place)
