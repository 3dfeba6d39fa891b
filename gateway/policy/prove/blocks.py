"""What is left of a policy once the plain attributes are known: a block of masks over roles, marks and permissions.

Guarantees: a block says for every set of roles, marks and permissions exactly what `decide.py` says; rules that cannot
matter are dropped, parts of rules that cannot matter are cut off, and the rest is sorted, so that many combinations of
plain attributes share one block. The special meaning of `unknown` and `unmarked` is resolved here, once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gateway.document.tree import JsonObject, JsonValue
from gateway.policy.language import WITHHOLD, Condition

__all__ = ["HELD_BACK", "NOTHING", "Block", "Cap", "Duty", "Offer", "settled"]

HELD_BACK = -1
"""The height at which the whole message is withheld."""
_ONLY_REDACT = ("redact",)


class Offer(NamedTuple):
    """A share: covers a case if every role and mark is listed and all of `needs` are on record."""

    rung: int
    people: int
    marks: int
    needs: int
    attach: tuple[Condition, ...] = ()


class Cap(NamedTuple):
    """A limit: touches a case that has one of `people` and one of `marks`, unless one of `unless` is on record."""

    rung: int
    people: int
    marks: int
    unless: int


class Duty(NamedTuple):
    """A condition rule; touches as a cap does, and adds `attach` to what leaves."""

    people: int
    marks: int
    unless: int
    attach: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One decision over all sets of roles, marks and permissions. `leaders` must leave in full, or nothing leaves."""

    ladder: tuple[str, ...] = _ONLY_REDACT
    offers: tuple[Offer, ...] = ()
    caps: tuple[Cap, ...] = ()
    duties: tuple[Duty, ...] = ()
    leaders: tuple["Block", ...] = ()

    @property
    def top(self) -> int:
        """The rung of the full value."""
        return len(self.ladder) - 1

    @property
    def is_empty(self) -> bool:
        """True if nothing leaves in any case."""
        return not self.offers

    @property
    def conditions(self) -> frozenset[Condition]:
        """Every condition that can leave with an item."""
        attached = [offer.attach for offer in self.offers] + [duty.attach for duty in self.duties]
        return frozenset(condition for attach in attached for condition in attach)

    def decide(self, people: int, marks: int, grants: int) -> tuple[int, frozenset[Condition]]:
        """Give level and conditions of one case, without looking at the others."""
        covering = [o for o in self.offers if not people & ~o.people and not marks & ~o.marks and not o.needs & ~grants]
        level = max((offer.rung for offer in covering), default=0)
        for cap in self.caps:
            if cap.rung < level and people & cap.people and marks & cap.marks and not grants & cap.unless:
                level = cap.rung
        for leader in self.leaders:
            if level > 0 and leader.decide(people, marks, grants)[0] < leader.top:
                level = 0
        if level <= 0:
            return level, frozenset()
        attached = [offer.attach for offer in covering if offer.rung >= level]
        attached += [d.attach for d in self.duties if people & d.people and marks & d.marks and not grants & d.unless]
        return level, frozenset(condition for attach in attached for condition in attach)

    def plain(self) -> JsonObject:
        """Give the block as plain values. Masks are numbers; their bits are named by the axes of the function."""
        value: JsonObject = {"ladder": [*self.ladder]}
        if self.offers:
            value["offers"] = [[self.ladder[o.rung], o.people, o.marks, o.needs, _words(o.attach)] for o in self.offers]
        if self.caps:
            value["caps"] = [
                [self.ladder[c.rung] if c.rung >= 0 else WITHHOLD, c.people, c.marks, c.unless] for c in self.caps
            ]
        if self.duties:
            value["duties"] = [[d.people, d.marks, d.unless, _words(d.attach)] for d in self.duties]
        if self.leaders:
            value["leaders"] = [leader.plain() for leader in self.leaders]
        return value


NOTHING = Block()
"""The block in which nothing ever leaves."""


def _words(attach: tuple[Condition, ...]) -> list[JsonValue]:
    return [str(condition) for condition in attach]


def settled(
    ladder: tuple[str, ...],
    offers: Iterable[Offer],
    caps: Iterable[Cap],
    duties: Iterable[Duty],
    leaders: Iterable[Block],
    standing: int,
) -> Block:
    """Drop and cut off what cannot matter, and sort the rest. `standing` is the mask of `Atoms.standing`.

    A leader that no share ever offers must not be handed in: then there are no offers either.
    """
    caps = set(caps)
    kept = _trimmed(set(offers), [cap for cap in caps if not cap.unless], standing)
    held = _undominated_caps({cap for cap in caps if cap.rung < 0})
    if not kept:
        return Block(caps=tuple(sorted(held))) if held else NOTHING
    kept = _undominated_offers(kept)
    binding = {cut for cap in caps if cap.rung >= 0 and (cut := _cut_cap(cap, kept))}
    owed = {owing for duty in duties if (owing := _cut_duty(duty, kept))}
    return Block(
        ladder=ladder,
        offers=tuple(sorted(kept)),
        caps=tuple(sorted(_undominated_caps(held | binding))),
        duties=tuple(sorted(_undominated_duties(owed))),
        leaders=tuple(sorted(set(leaders), key=repr)),
    )


def _trimmed(offers: set[Offer], always: list[Cap], standing: int) -> list[Offer]:
    """Take out of offers what a cap without permission takes back in every case anyway, until nothing changes."""
    while True:
        cut = {_trim(offer, always, standing) for offer in offers}
        cut = {o for o in cut if o.rung > 0 and o.people & standing and o.marks}
        if cut == offers:
            return [*cut]
        offers = cut


def _trim(offer: Offer, always: list[Cap], standing: int) -> Offer:
    rung, people, marks = offer.rung, offer.people, offer.marks
    for cap in always:
        every_mark = not marks & ~cap.marks
        everybody = not people & standing & ~cap.people
        if cap.rung > 0:
            rung = min(rung, cap.rung) if every_mark and everybody else rung
            continue
        if every_mark:
            people &= ~cap.people
        if everybody:
            marks &= ~cap.marks
    return offer._replace(rung=rung, people=people, marks=marks)


def _undominated_offers(offers: list[Offer]) -> list[Offer]:
    return [a for a in offers if not any(a != b and _offers_no_more(a, b) for b in offers)]


def _offers_no_more(one: Offer, other: Offer) -> bool:
    return (
        one.rung <= other.rung
        and not one.people & ~other.people
        and not one.marks & ~other.marks
        and not other.needs & ~one.needs
        and set(one.attach) <= set(other.attach)
    )


def _cut_cap(cap: Cap, offers: list[Offer]) -> Cap | None:
    """Keep of a cap what lowers some offer; None if it lowers none."""
    touched = [
        o
        for o in offers
        if o.rung > cap.rung and o.people & cap.people and o.marks & cap.marks and not o.needs & cap.unless
    ]
    if not touched:
        return None
    people = marks = 0
    for offer in touched:
        people, marks = people | offer.people, marks | offer.marks
    return cap._replace(people=cap.people & people, marks=cap.marks & marks)


def _cut_duty(duty: Duty, offers: list[Offer]) -> Duty | None:
    cut = _cut_cap(Cap(0, duty.people, duty.marks, duty.unless), offers)
    return duty._replace(people=cut.people, marks=cut.marks) if cut else None


def _undominated_caps(caps: set[Cap]) -> set[Cap]:
    return {a for a in caps if not any(a != b and b.rung <= a.rung and _within(a, b) for b in caps)}


def _undominated_duties(duties: set[Duty]) -> set[Duty]:
    return {a for a in duties if not any(a != b and set(a.attach) <= set(b.attach) and _within(a, b) for b in duties)}


def _within(one: Cap | Duty, other: Cap | Duty) -> bool:
    return not one.people & ~other.people and not one.marks & ~other.marks and not other.unless & ~one.unless
