"""Boxes of cases: a product of plain values, with what is asked of the sets of roles, marks and permissions.

Also the way back: from the bits of a space to few boxes (Minato and Morreale's irredundant sums of products), and from
many boxes to few by merging values attribute by attribute. Nothing is lost and nothing is added on either way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.space import Masks, Space

__all__ = ["Box", "Plain", "Sets", "merged", "sets_of"]

Plain: TypeAlias = tuple[frozenset[str], ...]
"""Values per plain attribute, in the order of `axes.PLAIN`."""


@dataclass(frozen=True, slots=True)
class Sets:
    """What a box asks of the sets: nothing but `people` and at least one of each of `some_people`; marks likewise.

    Of permissions all of `needs`, at least one of each of `some_grants`, none of `lacks`. Numbers are masks over the
    atoms of the axes.
    """

    people: int
    marks: int
    some_people: tuple[int, ...] = ()
    some_marks: tuple[int, ...] = ()
    needs: int = 0
    some_grants: tuple[int, ...] = ()
    lacks: int = 0

    def masks(self) -> Masks:
        """The masks that a space must know for this."""
        return Masks(
            frozenset({self.people, *self.some_people}),
            frozenset({self.marks, *self.some_marks}),
            frozenset({*self.some_grants, self.lacks}),
            self.needs,
        )

    def bits(self, space: Space) -> int:
        """The existing cases of a space that are meant."""
        found = space.existing & space.only(self.people, self.marks) & space.all_grants(self.needs)
        for mask in self.some_people:
            found &= space.some_people(mask)
        for mask in self.some_marks:
            found &= space.some_marks(mask)
        for mask in self.some_grants:
            found &= space.some_grants(mask)
        return found & ~space.some_grants(self.lacks)


@dataclass(frozen=True, slots=True)
class Box:
    """Cases, and the level that they reach. What `level` means for other kinds of change, `diff.py` says."""

    plain: Plain
    sets: Sets
    level: str

    @property
    def size(self) -> int:
        """How many combinations of plain attributes it has."""
        return prod(map(len, self.plain))


def sets_of(space: Space, bits: int, atoms: Atoms) -> Iterator[Sets]:
    """Give few descriptions that together mean exactly these existing cases."""
    cubes, _ = _products(bits, bits | space.every & ~space.existing, space.width, {})
    for positive, negative in cubes:
        yield _described(space, positive, negative, atoms)


_Cubes: TypeAlias = tuple[tuple[tuple[int, int], ...], int]


def _products(lower: int, upper: int, width: int, known: dict[tuple[int, int, int], _Cubes]) -> _Cubes:
    """Give products between two functions, each as variables that are set and that are not, and what they cover."""
    if not lower:
        return (), 0
    every = (1 << (1 << width)) - 1
    if upper == every:
        return ((0, 0),), every
    key = (lower, upper, width)
    if key in known:
        return known[key]
    width -= 1
    half = 1 << width
    mask = (1 << half) - 1
    low, high, low_up, high_up = lower & mask, lower >> half, upper & mask, upper >> half
    without, covers_low = _products(low & ~high_up, low_up, width, known)
    using, covers_high = _products(high & ~low_up, high_up, width, known)
    either, covers = _products(low & ~covers_low | high & ~covers_high, low_up & high_up, width, known)
    cubes = (
        *((positive, negative | 1 << width) for positive, negative in without),
        *((positive | 1 << width, negative) for positive, negative in using),
        *either,
    )
    known[key] = cubes, (covers_low | covers) | (covers_high | covers) << half
    return known[key]


def _described(space: Space, positive: int, negative: int, atoms: Atoms) -> Sets:
    grants, marks = len(space.grants), len(space.marks)
    some_people, no_people = _split(space.people, positive >> grants + marks, negative >> grants + marks)
    some_marks, no_marks = _split(space.marks, positive >> grants, negative >> grants)
    some_grants, lacks = _split(space.grants, positive, negative)
    needs = sum(mask for mask in some_grants if mask.bit_count() == 1)
    return Sets(
        people=(1 << len(atoms.people)) - 1 & ~no_people,
        marks=(1 << len(atoms.marks)) - 1 & ~no_marks,
        some_people=some_people,
        some_marks=some_marks,
        needs=needs,
        some_grants=tuple(mask for mask in some_grants if mask.bit_count() > 1),
        lacks=lacks,
    )


def _split(classes: Sequence[int], positive: int, negative: int) -> tuple[tuple[int, ...], int]:
    some = tuple(words for i, words in enumerate(classes) if positive >> i & 1)
    none = sum(words for i, words in enumerate(classes) if negative >> i & 1)
    return some, none


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Join boxes that differ in one plain attribute only, until none do; the cases stay the same."""
    groups: dict[tuple[Sets, str], list[Plain]] = {}
    for box in boxes:
        groups.setdefault((box.sets, box.level), []).append(box.plain)
    return [Box(plain, sets, level) for (sets, level), plains in groups.items() for plain in _merged(plains)]


def _merged(plains: list[Plain]) -> list[Plain]:
    before = -1
    while before != len(plains):
        before = len(plains)
        for depth in range(len(plains[0]) - 1, -1, -1):
            alike: dict[Plain, frozenset[str]] = {}
            for plain in plains:
                rest = (*plain[:depth], *plain[depth + 1 :])
                alike[rest] = alike.get(rest, frozenset()) | plain[depth]
            plains = [(*rest[:depth], values, *rest[depth:]) for rest, values in alike.items()]
    return plains
