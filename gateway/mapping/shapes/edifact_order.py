"""The order of segments in an EDIFACT message, and whether a segment can lead to two places.

Groups have no closing tag, so a layout must be deterministic: after each segment the next one, by its tag and code,
leads to one place. Decided as for the content of an XML element (one position of the expression for each segment, and
what may follow it); a particle that may stand more than once counts as one that may stand without end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gateway.errors import Fault, Place

__all__ = ["Particle", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Particle:
    """A segment, or a group when `of` is given. `tag` is the segment's own, or that of the group's trigger.

    With `codes` only a segment whose first data element is one of them is meant. `low` to `high` times.
    """

    name: str
    tag: str
    codes: tuple[str, ...]
    low: int
    high: int
    of: "tuple[Particle, ...] | None"
    place: Place

    def takes(self, tag: str, code: str) -> bool:
        """True for a segment that begins this particle."""
        return tag == self.tag and (not self.codes or code in self.codes)


_Position: TypeAlias = int


@dataclass(slots=True, eq=False)
class _Part:
    """First and last positions of an expression, and whether it may be nothing."""

    first: tuple[_Position, ...]
    last: tuple[_Position, ...]
    empty: bool


class _Order:
    def __init__(self) -> None:
        self.positions: list[Particle] = []
        self.follow: list[dict[_Position, None]] = []

    def sequence(self, particles: tuple[Particle, ...]) -> _Part:
        whole = _Part((), (), True)
        for particle in particles:
            whole = self._then(whole, self._repeated(particle))
        return whole

    def _repeated(self, particle: Particle) -> _Part:
        number = len(self.positions)
        self.positions.append(particle)
        self.follow.append({})
        part = _Part((number,), (number,), False)
        if particle.of is not None:
            part = self._then(part, self.sequence(particle.of))
        if particle.high > 1:
            self._link(part.last, part.first)
        return _Part(part.first, part.last, particle.low == 0)

    def _then(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        first = (*left.first, *right.first) if left.empty else left.first
        last = (*left.last, *right.last) if right.empty else right.last
        return _Part(first, last, left.empty and right.empty)

    def _link(self, before: tuple[_Position, ...], after: tuple[_Position, ...]) -> None:
        for one in before:
            self.follow[one].update(dict.fromkeys(after))


def ambiguous(particles: tuple[Particle, ...]) -> Iterator[Fault]:
    """Give a fault (S301) for every two places to which one segment can lead at the same point, once for each pair."""
    order = _Order()
    whole = order.sequence(particles)
    told: set[tuple[_Position, _Position]] = set()
    for after in (whole.first, *(tuple(follow) for follow in order.follow)):
        for at, one in enumerate(after):
            for other in after[at + 1 :]:
                pair = (min(one, other), max(one, other))
                here, there = order.positions[pair[0]], order.positions[pair[1]]
                if pair in told or one == other or not _meet(here, there):
                    continue
                told.add(pair)
                message = f"a segment {here.tag} can lead to '{here.name}' and to '{there.name}' at one point"
                fix = "tell them apart with codes, or make what stands between them required"
                yield Fault("S301", message, there.place, fix, at=here.place)


def _meet(here: Particle, there: Particle) -> bool:
    if here.tag != there.tag:
        return False
    return not here.codes or not there.codes or bool(set(here.codes) & set(there.codes))
