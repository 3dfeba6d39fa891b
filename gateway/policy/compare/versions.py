"""Two decision sets compiled over the same axes, and every part in which they differ, nothing left out.

A partner that is stopped gets nothing, so that lifting a stop shows up as disclosure. Levels are compared on their
ladder; where the ladder itself changed, a level that the old one did not have counts as risen.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cached_property
from typing import NamedTuple

from gateway.policy.compare.boxes import Plain
from gateway.policy.decide import REDACT
from gateway.policy.language import (
    UNKNOWN,
    Classified,
    Condition,
    DecisionSet,
    Limit,
    Rule,
    Share,
)
from gateway.policy.load_rules import period_days
from gateway.policy.prove.axes import PLAIN, Axes, axes_of
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.function import DecisionFunction, Numbering, aligned
from gateway.policy.prove.space import Space

__all__ = ["Piece", "Versions", "conditions_dropped", "exactly", "limits_of", "reached", "released", "risen"]


class Piece(NamedTuple):
    """A part of all cases with one block before and one after. `ceiling` is what the new limits alone leave."""

    plain: Plain
    old: Block
    new: Block
    ceiling: Block


class Versions:
    """An old and a new decision set with all that is compared of them."""

    def __init__(self, old: DecisionSet, new: DecisionSet) -> None:
        self.old, self.new = old, new
        self.axes: Axes = axes_of(old).joined(axes_of(new))
        self._functions = (decision_function(_running(old), self.axes), decision_function(_running(new), self.axes))

    def turned(self) -> "Versions":
        """The same the other way round: what the new version no longer discloses."""
        turned = object.__new__(Versions)
        turned.old, turned.new, turned.axes = self.new, self.old, self.axes
        turned._functions = self._functions[::-1]
        return turned

    @cached_property
    def ceiling(self) -> DecisionFunction:
        """What would leave if everything were shared and only the limits of the new version held."""
        return _ceiling(self.new, self.axes)

    @cached_property
    def differing(self) -> tuple[tuple[Plain, Block, Block], ...]:
        """Every part in which the two have different blocks."""
        return tuple(self._differing())

    def _differing(self) -> Iterator[tuple[Plain, Block, Block]]:
        alike = Numbering()
        roots = tuple(function.root for function in self._functions)
        for groups, (old, new) in aligned(roots, (None,) * 7, alike.are_one):
            yield self._words(groups), old, new

    def pieces(self, plain: Plain) -> Iterator[Piece]:
        """Give every part of a box, whether the two differ there or not."""
        limits = self._functions[0].numbers(dict(zip(PLAIN, plain, strict=True)))
        roots = tuple(function.root for function in (*self._functions, self.ceiling))
        for groups, blocks in aligned(roots, limits, lambda _: False):
            yield Piece(self._words(groups), *blocks)

    def _words(self, groups: tuple[tuple[int, ...], ...]) -> Plain:
        return tuple(frozenset(axis[i] for i in group) for axis, group in zip(self.axes.plain, groups, strict=True))


def _running(decisions: DecisionSet) -> DecisionSet:
    partners = {name: one for name, one in decisions.partners.items() if one.status != "stopped"}
    return replace(decisions, register=replace(decisions.register, partners=partners))


def limits_of(decisions: DecisionSet) -> Iterator[Limit]:
    """Every limit, and every condition for the partners whose channel cannot carry it: there it stops, too."""
    yield from decisions.policy.limits
    register = decisions.register
    for rule in decisions.policy.conditions:
        unable = frozenset(
            name
            for name in rule.partners
            if name.removesuffix(":expired") in register.partners and not register.can_carry(name, rule.attach)
        )
        if unable:
            shared = {each.name: getattr(rule, each.name) for each in fields(Rule)}
            yield Limit(**{**shared, "partners": unable}, to="redact", unless=rule.unless)


def _ceiling(decisions: DecisionSet, axes: Axes) -> DecisionFunction:
    everything = Share(
        id="everything",
        title="",
        law=(),
        fields=frozenset(axes.fields),
        partners=frozenset(axes.partners),
        purposes=frozenset(axes.purposes),
        about=decisions.vocabulary.everyone_known | {UNKNOWN},
        marked=frozenset(axes.atoms.marks),
        classified=Classified(decisions.vocabulary.classifications, frozenset(axes.classifications)),
        information=frozenset(axes.information),
        origins=frozenset(axes.origins),
        usable=frozenset(axes.usable),
    )
    policy = replace(
        decisions.policy, shares=(everything,), limits=tuple(limits_of(decisions)), conditions=(), promises=()
    )
    return compile_function(policy, decisions.catalogue, decisions.register, axes)


# ---- levels ----------------------------------------------------------------------------------------------------------


def reached(space: Space, block: Block, level: str) -> int:
    """The cases in which a block discloses this level or more. A full value is more than any other level."""
    levels = space.levels(block)
    if level in block.ladder:
        return levels[block.ladder.index(level)]
    return levels[-1] if block.ladder[-1] == "full" else 0


def risen(space: Space, old: Block, new: Block) -> int:
    """The cases in which the level is higher than before."""
    found = 0
    for level in new.ladder[REDACT + 1 :]:
        found |= reached(space, new, level) & ~reached(space, old, level)
    return found


def exactly(space: Space, block: Block, level: str) -> int:
    """The cases in which exactly this level leaves."""
    levels = space.levels(block)
    rung = block.ladder.index(level)
    return levels[rung] & ~levels[rung + 1] if rung + 1 < len(levels) else levels[rung]


def released(space: Space, old: Block, new: Block) -> int:
    """The cases in which the item held the whole message back, and does not any more."""
    return space.levels(new)[REDACT] & ~space.levels(old)[REDACT]


def conditions_dropped(space: Space, old: Block, new: Block) -> dict[Condition, int]:
    """The cases that leave before and after, by conditions that left with them before and do not any more."""
    before, after = space.levels(old), space.levels(new)
    if len(before) < 2 or len(after) < 2:
        return {}
    both = before[1] & after[1]
    now = space.conditions(new, after)
    found = {}
    for condition, bits in space.conditions(old, before).items():
        kept = now.get(condition, 0)
        for other, cases in now.items():
            if _is_stricter(other, condition):
                kept |= cases
        found[condition] = bits & both & ~kept
    return {condition: bits for condition, bits in found.items() if bits}


def _is_stricter(one: Condition, other: Condition) -> bool:
    """Of two periods after which data are to be erased the shorter one is stricter; other conditions only are equal."""
    if one.kind != "delete-after" or other.kind != "delete-after":
        return False
    days, more = period_days(one.value), period_days(other.value)
    return days is not None and more is not None and days < more
