"""Two ways to complete the facts of an object: with what only some instances have, and by closing it.

Used by the JSON Schema reader for conditional subschemas and for `unevaluatedProperties: false`.
"""

from dataclasses import replace

from gateway.mapping.shapes.shape import Child, Facts, Shape, alternatives

__all__ = ["with_branches", "with_possible"]


def with_possible(facts: Facts, possible: list[Shape]) -> Facts:
    """Add the children that only some instances have, as optional hints; nothing known before gets narrower."""
    children = dict(facts.children)
    for shape in possible:
        for name, child in shape.facts.children.items():
            if name not in children and child.shape.facts.kinds:
                children[name] = replace(child, occurs=child.occurs.optional(), hint=True)
    if len(children) == len(facts.children):
        return facts
    whole = replace(facts, children=children)
    return whole if facts.variants else replace(whole, variants=(Shape.of(facts), Shape.of(whole)))


def with_branches(facts: Facts) -> Facts:
    """Close an object: what no subschema names cannot stand. Every branch may have the children of all others."""
    closed = replace(facts, others=None)
    if not facts.variants:
        return closed
    return replace(closed, variants=tuple(_closed(shape, facts) for shape in facts.variants))


def _closed(shape: Shape, whole: Facts) -> Shape:
    def build() -> Facts:
        facts = shape.facts
        children: dict[str, Child] = {
            name: replace(child, occurs=child.occurs.optional()) for name, child in whole.children.items()
        }
        for name, child in facts.children.items():
            elsewhere = whole.children.get(name)
            joined = child.shape if elsewhere is None else alternatives([child.shape, elsewhere.shape])
            children[name] = replace(child, shape=joined if child.occurs.low == 0 else child.shape)
        return replace(facts, children=children, others=None)

    return Shape(build, shape.annotations)
