"""Every set of roles, marks and permissions at once: each is one bit of one number.

A space is made for the masks that matter to a question: words that no mask tells apart are one variable, "some of them
or none", and stand for all their combinations when cases are counted. Sets that cannot exist are left out: no role, no
mark, or `no-person` beside somebody. Bits are ordered permissions, marks, people, lowest first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

from gateway.policy.language import Condition
from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.blocks import HELD_BACK, Block, Cap, Duty, Offer

__all__ = ["WIDEST", "Masks", "Space", "TooWide", "masks_of", "space_for"]

WIDEST = 26
"""The most variables of one space: 2^26 cases at once are 8 megabytes a number."""


class TooWide(Exception):
    """The question tells so many words apart that the cases do not fit the memory that a prover may use."""


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks that a question uses. Words that stand in the same of them need not be told apart.

    `alone` are permissions of which all are asked for, not some: each is a variable of its own.
    """

    people: frozenset[int] = frozenset()
    marks: frozenset[int] = frozenset()
    grants: frozenset[int] = frozenset()
    alone: int = 0

    def __or__(self, other: "Masks") -> "Masks":
        return Masks(
            self.people | other.people, self.marks | other.marks, self.grants | other.grants, self.alone | other.alone
        )


@lru_cache(maxsize=65536)
def masks_of(block: Block) -> Masks:
    """Give the masks of a block and of those that it follows."""
    parts: list[Offer | Cap | Duty] = [*block.offers, *block.caps, *block.duties]
    found = Masks(
        frozenset(part.people for part in parts),
        frozenset(part.marks for part in parts),
        frozenset({*(cap.unless for cap in block.caps), *(duty.unless for duty in block.duties)}),
    )
    for offer in block.offers:
        found |= Masks(alone=offer.needs)
    for leader in block.leaders:
        found |= masks_of(leader)
    return found


def space_for(atoms: Atoms, masks: Masks) -> "Space":
    """Give the smallest space in which all these masks can be looked at. Spaces are kept and shared.

    Raises `TooWide` beyond `WIDEST` variables.
    """
    kinds = [0] * len(atoms.roles) + [1] * len(atoms.statuses) + [2]
    people = _classes(kinds, masks.people)
    marks = _classes([0] * len(atoms.marks), masks.marks)
    every = frozenset(1 << i for i in range(len(atoms.grants)) if masks.alone >> i & 1)
    grants = _classes([0] * len(atoms.grants), masks.grants | every)
    if len(people) + len(marks) + len(grants) > WIDEST:
        raise TooWide
    return _space(atoms, people, marks, grants)


def _classes(kinds: list[int], masks: frozenset[int]) -> tuple[int, ...]:
    """Give the masks of words that no mask and no kind tells apart, by their first word."""
    found: dict[object, int] = {}
    ordered = sorted(masks)
    for i, kind in enumerate(kinds):
        seen = (kind, tuple(mask >> i & 1 for mask in ordered))
        found[seen] = found.get(seen, 0) | 1 << i
    return tuple(found.values())


@lru_cache(maxsize=128)
def _space(atoms: Atoms, people: tuple[int, ...], marks: tuple[int, ...], grants: tuple[int, ...]) -> "Space":
    return Space(atoms, people, marks, grants)


class Space:
    """All cases of one question as the bits of numbers of `2 ** width` bits.

    `people`, `marks` and `grants` are the classes of words, as masks over `atoms`; class i of `grants` is variable i,
    then follow the marks, then the people.
    """

    def __init__(self, atoms: Atoms, people: tuple[int, ...], marks: tuple[int, ...], grants: tuple[int, ...]) -> None:
        self.atoms = atoms
        self.people = people
        self.marks = marks
        self.grants = grants
        self.width = len(people) + len(marks) + len(grants)
        self.every = (1 << (1 << self.width)) - 1
        self._variables = [_variable(i, self.width) for i in range(self.width)]

    # ---- sets of cases -------------------------------------------------------------------------------------------

    @cached_property
    def existing(self) -> int:
        """The cases that can exist."""
        standing, nobody = 0, 0
        for i, words in enumerate(self.people, len(self.grants) + len(self.marks)):
            if words & self._nobody:
                nobody = self._variables[i]
            elif words & self.atoms.standing:
                standing |= self._variables[i]
        alone = nobody & ~self.some_people(~self._nobody)
        return (standing & ~nobody | alone) & self.some_marks(-1)

    @property
    def _nobody(self) -> int:
        return 1 << len(self.atoms.people) - 1

    def some_people(self, mask: int) -> int:
        """The cases with at least one of these roles and statuses. `mask` must be made of classes of this space."""
        return self._some(self.people, len(self.grants) + len(self.marks), mask)

    def some_marks(self, mask: int) -> int:
        """The cases with at least one of these marks."""
        return self._some(self.marks, len(self.grants), mask)

    def some_grants(self, mask: int) -> int:
        """The cases with at least one of these permissions on record."""
        return self._some(self.grants, 0, mask)

    def all_grants(self, mask: int) -> int:
        """The cases with all of these permissions on record; each must be a class of its own."""
        found = self.every
        for i, words in enumerate(self.grants):
            if words & mask:
                found &= self._variables[i]
        return found

    def only(self, people: int, marks: int) -> int:
        """The cases with no roles, statuses and marks but these."""
        return self.every & ~self.some_people(~people) & ~self.some_marks(~marks)

    def touching(self, people: int, marks: int, unless: int) -> int:
        """The cases that a restriction touches."""
        return self.some_people(people) & self.some_marks(marks) & ~self.some_grants(unless)

    def _some(self, classes: tuple[int, ...], first: int, mask: int) -> int:
        found = 0
        for i, words in enumerate(classes, first):
            if words & mask:
                found |= self._variables[i]
        return found

    # ---- what a block says about all of them -----------------------------------------------------------------------

    def levels(self, block: Block) -> tuple[int, ...]:
        """Give for every rung, from 0 up, the existing cases in which at least this level leaves.

        What is missing at rung 0 withholds the whole message.
        """
        offered: dict[int, int] = {}
        for offer in block.offers:
            offered[offer.rung] = offered.get(offer.rung, 0) | self._covered(offer)
        capped: dict[int, int] = {}
        for cap in block.caps:
            capped[cap.rung] = capped.get(cap.rung, 0) | self.touching(cap.people, cap.marks, cap.unless)
        allowed = self.existing & ~capped.get(HELD_BACK, 0)
        found = [allowed]
        if block.offers:
            for leader in block.leaders:
                allowed &= self.levels(leader)[leader.top]
        for rung in range(1, block.top + 1):
            allowed &= ~capped.get(rung - 1, 0)
            offers = 0
            for height, bits in offered.items():
                if height >= rung:
                    offers |= bits
            found.append(offers & allowed)
        return tuple(found)

    def conditions(self, block: Block, levels: tuple[int, ...]) -> dict[Condition, int]:
        """Give for every condition the cases in which it leaves with the item. `levels` are those of the block."""
        found: dict[Condition, int] = {}
        if block.is_empty:
            return found
        leaving = levels[1]
        for offer in block.offers:
            if offer.attach:
                above = levels[offer.rung + 1] if offer.rung < block.top else 0
                bits = self._covered(offer) & leaving & ~above
                found |= {c: found.get(c, 0) | bits for c in offer.attach}
        for duty in block.duties:
            bits = self.touching(duty.people, duty.marks, duty.unless) & leaving
            found |= {c: found.get(c, 0) | bits for c in duty.attach}
        return {condition: bits for condition, bits in found.items() if bits}

    def _covered(self, offer: Offer) -> int:
        return self.only(offer.people, offer.marks) & self.all_grants(offer.needs)

    # ---- counting and showing --------------------------------------------------------------------------------------

    def count(self, bits: int) -> int:
        """Count the cases, each class of words with all its combinations."""
        return sum(weight * (bits & cases).bit_count() for weight, cases in self._weights)

    @cached_property
    def _weights(self) -> list[tuple[int, int]]:
        found = {1: self.every}
        for i, words in enumerate((*self.grants, *self.marks, *self.people)):
            several = (1 << words.bit_count()) - 1
            if several > 1:
                parted: dict[int, int] = {}
                for weight, cases in found.items():
                    more = weight * several
                    parted[weight] = parted.get(weight, 0) | cases & ~self._variables[i]
                    parted[more] = parted.get(more, 0) | cases & self._variables[i]
                found = parted
        return [*found.items()]

    def smallest(self, bits: int) -> tuple[int, int, int]:
        """Give people, marks and permissions of the smallest of these cases, of each class its first word.

        Fewest people first, then marks, then permissions, then the order of the words. Raises `ValueError` for none.
        """
        below = len(self.grants) + len(self.marks)
        for people, at in _sets(self.people):
            part = bits >> (at << below) & (1 << (1 << below)) - 1
            if not part:
                continue
            for marks, inner in _sets(self.marks):
                slot = part >> (inner << len(self.grants)) & (1 << (1 << len(self.grants))) - 1
                for grants, bit in _sets(self.grants):
                    if slot >> bit & 1:
                        return people, marks, grants
        raise ValueError(bits)


def _variable(i: int, width: int) -> int:
    """The cases in which variable `i` is set: runs of 2^i zeros and ones."""
    half = 1 << i
    bits = ((1 << half) - 1) << half
    for power in range(i + 1, width):
        bits |= bits << (1 << power)
    return bits


def _sets(classes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Every set of classes, smallest first: as words (the first of each class), and as an index."""
    firsts = [words & -words for words in classes]
    for size in range(len(classes) + 1):
        for chosen in combinations(range(len(classes)), size):
            yield _sum(firsts[i] for i in chosen), _sum(1 << i for i in chosen)


def _sum(parts: Iterable[int]) -> int:
    return sum(parts)
