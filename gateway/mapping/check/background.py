"""What a schema says about the parts of one item together, as a formula: choices, and the branches of a union.

`has(Natural/Family)` and `has(Legal/Name)` cover every party when the schema has a choice of `Natural` and `Legal` in
which `Family` and `Name` are required. Only places that a formula already asks about are mentioned.
"""

from gateway.mapping.check.logic import TRUE, All, AnyOf, Formula, Has, Nay, OneOf, Opaque, Variable, both, variables
from gateway.mapping.check.reach import FILTERED, TEXT, Reach
from gateway.mapping.shapes.shape import Facts, Shape

__all__ = ["background"]

_MOST_BRANCHES = 40


def background(reach: Reach, asked: Formula, nulls: frozenset[str]) -> Formula:
    """Give what always holds of an item at `reach`, in the variables that `asked` mentions.

    `nulls` are the texts that the mapping reads as nothing everywhere.
    """
    depth = len(reach.trail)
    names = {
        atom.variable
        for atom in variables(asked)
        if not isinstance(atom, Opaque) and atom.variable[:depth] == reach.trail and len(atom.variable) > depth
    }
    names = {name for name in names if name[0] != "*" and not any(step.startswith(FILTERED) for step in name)}
    facts = reach.shape.facts
    # What is required below the item is there, also where the way to the item is optional.
    required = All(tuple(Has(name) for name in sorted(names) if _sure(facts, name[depth:], nulls, skip=False)))
    return both(both(required, _choices(facts, names, depth, nulls)), _union(facts, names, depth, nulls))


def _choices(facts: Facts, names: set[Variable], depth: int, nulls: frozenset[str]) -> Formula:
    """One branch of every choice is there; it shows by something that it always has."""
    found: list[Formula] = []
    for group in facts.one_of:
        shown: list[Formula] = []
        for member in group:
            proxies = [
                Has(name) for name in names if name[depth] == member and _sure(facts, name[depth:], nulls, skip=True)
            ]
            if not proxies:
                break
            shown.append(proxies[0])
        else:
            found.append(AnyOf(tuple(shown)))
    return All(tuple(found))


def _union(facts: Facts, names: set[Variable], depth: int, nulls: frozenset[str]) -> Formula:
    """The item is of one branch of the union; each branch says which values it has."""
    if not 1 < len(facts.variants) <= _MOST_BRANCHES:
        return TRUE
    return AnyOf(tuple(_branch(variant, names, depth, nulls) for variant in facts.variants))


def _branch(variant: Shape, names: set[Variable], depth: int, nulls: frozenset[str]) -> Formula:
    found: list[Formula] = []
    for name in names:
        here = _facts_at(variant.facts, name[depth:])
        if here is None:
            found.append(Nay(Has(name)))
        elif _sure(variant.facts, name[depth:], nulls, skip=False):
            found.append(Has(name) if here.codes is None else OneOf(name, frozenset(here.codes)))
        elif here.codes is not None:
            found.append(AnyOf((Nay(Has(name)), OneOf(name, frozenset(here.codes)))))
    return All(tuple(found))


def _facts_at(facts: Facts, names: Variable) -> Facts | None:
    """Give what stands at the end of names; None where a closed shape does not have it."""
    for name in names:
        if name == TEXT:
            return facts
        child = facts.children.get(name)
        if child is None:
            return None if facts.others is None else Facts()
        facts = child.shape.facts
    return facts


def _sure(facts: Facts, names: Variable, nulls: frozenset[str], *, skip: bool) -> bool:
    """True if a value is there wherever the object is; with `skip`, wherever its first step is."""
    for number, name in enumerate(names):
        if name == TEXT:
            break
        child = facts.children.get(name)
        if child is None or child.nillable or "null" in child.shape.facts.kinds:
            return False
        if not child.occurs.low and not (skip and number == 0):
            return False
        facts = child.shape.facts
    if nulls and (facts.codes is None or not nulls.isdisjoint(facts.codes)):
        return False
    return facts.readable and not facts.blank
