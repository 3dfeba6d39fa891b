"""One case of a box, and the changed lines that decide it: why a box that no line explains as a whole has changed."""

from collections.abc import Iterable

from gateway.names import FieldId, PartnerId
from gateway.policy.compare.boxes import Box
from gateway.policy.compare.lines import Cause
from gateway.policy.explain import explain
from gateway.policy.language import Case, DecisionSet
from gateway.policy.prove.axes import Axes

__all__ = ["case_of", "causes_of"]


def case_of(box: Box, axes: Axes) -> Case:
    """Give one case of a box: of every list its first value, of every set as few as it asks for."""
    atoms, sets = axes.atoms, box.sets
    people = _fewest(sets.some_people, sets.people)
    if not people & atoms.standing:
        people |= _lowest(sets.people & atoms.standing & ~atoms.unknown or sets.people & atoms.standing)
    if people & (people - 1):
        people &= ~atoms.people_mask({"no-person"})
    marks = _fewest(sets.some_marks, sets.marks) or _lowest(sets.marks)
    grants = _fewest(sets.some_grants, -1) | sets.needs
    name, partner, purpose, classification, information, origin, usable = (
        next(value for value in axis if value in values) for axis, values in zip(axes.plain, box.plain, strict=True)
    )
    return Case(
        field=FieldId(name),
        roles=_words(atoms.people, people),
        partner=PartnerId(partner),
        purpose=purpose,
        marks=_words(atoms.marks, marks),
        classification=classification,
        information=information,
        origin=origin,
        usable=usable,
        grants=_words(atoms.grants, grants),
    )


def causes_of(box: Box, axes: Axes, old: DecisionSet, new: DecisionSet, changed: Iterable[Cause]) -> tuple[Cause, ...]:
    """Give the changed lines of the rules that decide one case of a box, before or after; all lines if none does."""
    case, lines = case_of(box, axes), tuple(changed)
    rules: set[str] = set()
    for decisions in (old, new):
        known = case.partner.removesuffix(":expired") in decisions.partners and case.field in decisions.catalogue.fields
        if known:
            found = explain(decisions, case)
            rules |= {reason.rule for reason in (*found.why, *found.also, *(reason for reason, _ in found.near))}
    return tuple(cause for cause in lines if cause.id in rules) or lines


def _fewest(some: Iterable[int], within: int) -> int:
    found = 0
    for mask in some:
        if not found & mask:
            found |= _lowest(mask & within)
    return found


def _lowest(mask: int) -> int:
    return mask & -mask


def _words(atoms: tuple[str, ...], mask: int) -> frozenset[str]:
    return frozenset(word for i, word in enumerate(atoms) if mask >> i & 1)
