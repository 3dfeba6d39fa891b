"""Guessing which place of a source fills which field of a target: by the likeness of names, and by types.

Goes down the target. A list of the target is filled from a list of the source with a name like its own; inside, fields
from the values there, the most alike first, each value once. What is required and finds nothing stays an open decision.
Guesses can be wrong: every one carries its reason and figure, and the checker judges the whole afterwards.
"""

from collections.abc import Mapping

from gateway.mapping.check.reach import Reach, Trail
from gateway.mapping.scaffold.likeness import GENERIC, alike, singular
from gateway.mapping.scaffold.nodes import Block, Rule
from gateway.mapping.scaffold.places import Speller, Spot
from gateway.mapping.scaffold.slots import Slot, needed, slots_of
from gateway.mapping.shapes.targets import Target

__all__ = ["Guesser"]

_ALIKE = 0.8
_DEEPEST = 4
_MOST_LISTED = 5
_DATES = frozenset({"date", "datetime", "date-time"})

_Found = dict[str, tuple[float, Spot]]


class Guesser:
    """Makes the fields of one draft.

    `tables` collects the code tables that its rules ask: the codes of the source (none if it has no list) and of the
    target. `kind` is the kind of message in the exchange format.
    """

    def __init__(self, speller: Speller, lists: Mapping[str, tuple[str, ...]], kind: str) -> None:
        self._speller = speller
        self._lists = lists
        self._kind = kind
        self._used: set[Trail] = set()
        self.tables: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def fields(
        self, target: Target, here: Reach, *, top: bool, depth: int = 0, named: bool = False, word: str = ""
    ) -> list[Rule | Block]:
        """Give the fields of an object of the target, from the place where its rules stand.

        `named` says that place and target were found to be the same thing, so that short names mean what they say.
        `word` is the name of the record that becomes a message: it may itself be what a list of the target holds.
        """
        slots = slots_of(target)
        spots = self._speller.spots(here, top=top)
        values = self._values(slots, spots, named=named)
        groups = self._groups(slots, spots)
        flat = depth > 0 or not any(spot.holds == "parts" for spot in spots)
        made: dict[str, Rule | Block] = {}
        for slot in slots:
            if slot.key in values:
                made[slot.key] = self._rule(slot, *values[slot.key])
            elif slot.parts and depth < _DEEPEST:
                itself = bool(word) and alike(slot.words[-1], word) >= _ALIKE
                group = None if itself else groups.get(slot.key)
                block = self._block(slot, group, here, flat=flat or itself, depth=depth, top=top, named=itself)
                if block is not None:
                    made[slot.key] = block
        wanted = needed(slots, [slot for slot in slots if slot.key in made])
        for slot in slots:
            if slot.key in wanted and slot.key not in made:
                made[slot.key] = self._undecided(slot, here)
            elif slot.key in made:
                made[slot.key].required = slot.key in wanted
        if not made and not depth:
            made = {slot.key: self._undecided(slot, here) for slot in slots[:1]}
        return [made[slot.key] for slot in slots if slot.key in made]

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _block(
        self,
        slot: Slot,
        group: tuple[float, Spot] | None,
        here: Reach,
        *,
        flat: bool,
        depth: int,
        top: bool,
        named: bool,
    ) -> Block | None:
        if group is None and not flat:
            return None
        spot = None if group is None else group[1]
        there = here if spot is None else spot.reach
        before = set(self._used)
        inner = self.fields(
            slot.item, there, top=top and spot is None, depth=depth + 1, named=named or spot is not None
        )
        if not any(_guessed(each) for each in inner):
            self._used = before
            return None
        note = "" if group is None else _why(slot, *group)
        return Block(slot.key, spot, inner, note=note)

    def _groups(self, slots: list[Slot], spots: list[Spot]) -> _Found:
        """Things with parts for the lists of the target, the most alike first."""
        pairs = [
            (score, slot, spot)
            for slot in slots
            if slot.parts
            for spot in spots
            if spot.holds == "parts" and (score := alike(slot.words[-1], spot.words[-1])) >= _ALIKE
        ]
        return self._assigned(pairs)

    # -- values -------------------------------------------------------------------------------------------------------

    def _values(self, slots: list[Slot], spots: list[Spot], *, named: bool) -> _Found:
        pairs = [
            (score, slot, spot)
            for slot in slots
            if not slot.parts and slot.target.label != "header.kind"
            for spot in spots
            if spot.holds == "value"
            and (slot.target.listed or not spot.many)
            and (score := self._likeness(slot, spot, named=named)) >= _ALIKE
        ]
        return self._assigned(pairs)

    def _assigned(self, pairs: list[tuple[float, Slot, Spot]]) -> _Found:
        """Give each field its place, and each place to one field; ties go by the order of both schemas."""
        found: _Found = {}
        for score, slot, spot in sorted(pairs, key=lambda pair: -pair[0]):
            if slot.key not in found and spot.trail not in self._used:
                found[slot.key] = (score, spot)
                self._used.add(spot.trail)
        return found

    def _likeness(self, slot: Slot, spot: Spot, *, named: bool) -> float:
        """Compare the last names; a name that says little counts with the name above it."""
        ours, theirs = slot.words, spot.words or (spot.reach.label.rpartition("/")[2],)
        score = alike(ours[-1], theirs[-1])
        above = (_parent(slot), theirs[-2] if len(theirs) > 1 else "")
        direct = len(theirs) == 1 and ((named and len(ours) == 1) or ours[:-1] == ("header",))
        direct = direct or (len(theirs) > 1 and alike(*above) >= _ALIKE)
        if not direct and (ours[-1] in GENERIC or score < _ALIKE):
            both = max(alike(above[0] + ours[-1], theirs[-1]), alike(above[0] + ours[-1], above[1] + theirs[-1]))
            score = both if ours[-1] in GENERIC else max(score, both)
        return score * self._typed(slot, spot) * _together(slot, spot)

    def _typed(self, slot: Slot, spot: Spot) -> float:
        """Less where the types speak against it."""
        item, facts = slot.item, spot.reach.facts
        if item.facts.kinds <= {"boolean", "null"} and "boolean" not in facts.kinds:
            return 0.0
        if facts.kinds <= {"boolean"} and not item.facts.kinds & {"boolean"}:
            return 0.5
        if facts.format in _DATES and self._codes(item) is not None:
            return 0.0
        return 1.0

    def _rule(self, slot: Slot, score: float, spot: Spot) -> Rule:
        rule = Rule(slot.key, spot, note=_why(slot, score, spot))
        item, facts = slot.item, spot.reach.facts
        codes = self._codes(item)
        if codes is not None and not (facts.codes is not None and set(facts.codes) <= set(codes)):
            rule.table = self._table(slot, facts.codes or (), codes)
        elif item.facts.kinds <= {"integer", "null"} and "integer" not in facts.kinds:
            rule.convert = "integer"
        elif _dated(item) and facts.format not in _DATES:
            rule.note += "; the target wants a date: add convert"
        return rule

    def _table(self, slot: Slot, source: tuple[str, ...], target: tuple[str, ...]) -> str:
        name = "_".join(word for word in (_parent(slot), slot.words[-1]) if word) if slot.words[-1] in GENERIC else ""
        name = name or slot.words[-1]
        while name in self.tables and self.tables[name] != (source, target):
            name += "_2"
        self.tables[name] = (source, target)
        return name

    def _codes(self, item: Target) -> tuple[str, ...] | None:
        name = item.shape.annotations.get("x-list")
        if isinstance(name, str) and item.composite and name in self._lists:
            return self._lists[name]
        return item.facts.codes

    # -- what stays open ----------------------------------------------------------------------------------------------

    def _undecided(self, slot: Slot, here: Reach) -> Rule | Block:
        if slot.target.label == "header.kind":
            return Rule(slot.key, required=True, const=self._kind, note="what the draft was made for (--kind)")
        if slot.parts:
            inner = slots_of(slot.item)
            wanted = needed(inner, ())
            fields = [self._undecided(each, here) for each in inner if each.key in wanted]
            # Every column of a file for a partner is written on purpose; of anything else one field makes it be there.
            first = inner if slot.target.notation == "csv" else inner[:1]
            fields = fields or [self._undecided(each, here) for each in first]
            return Block(slot.key, None, fields, required=True)
        codes = self._codes(slot.item)
        allowed = "" if codes is None else f"; one of {', '.join(codes[:_MOST_LISTED])}"
        more = ", …" if codes is not None and len(codes) > _MOST_LISTED else ""
        return Rule(slot.key, required=True, note=f"required{allowed}{more}")


def _together(slot: Slot, spot: Spot) -> float:
    """Less for a field of one part of a message and a value of another: the header is filled from the header."""
    if len(slot.words) < 2 or any(alike(slot.words[0], word) >= _ALIKE for word in spot.words[:-1]):
        return 1.0
    return 0.92


def _guessed(each: Rule | Block) -> bool:
    if isinstance(each, Rule):
        return each.source is not None
    return any(_guessed(inner) for inner in each.fields)


def _parent(slot: Slot) -> str:
    """The name above a field: in its object, or of the list whose item it belongs to."""
    if len(slot.words) > 1:
        return slot.words[-2]
    label = slot.target.label.replace("[]", "").replace("/", ".")
    above = label.rpartition(".")[0].rpartition(".")[2]
    return singular(above)


def _dated(item: Target) -> bool:
    if item.composite:
        return "value" in item.facts.children
    return item.facts.format in _DATES or any(each.startswith("^[0-9]{4}-") for each in item.facts.patterns)


def _why(slot: Slot, score: float, spot: Spot) -> str:
    name = spot.words[-1] if spot.words else "its value"
    return f"guessed: {name} is like {slot.words[-1]} ({score:.2f})"
