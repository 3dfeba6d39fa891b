"""The decision function beside the definition: every kind of block with every role, and many cases drawn from a digest.

A check of the program, not of the policy: where the two differ, nothing that is proved about the function says anything
about what runs. Without chance: the same set is always compared in the same cases.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from gateway.errors import Fault, InvariantBroken
from gateway.names import FieldId, PartnerId
from gateway.policy.decide import decide
from gateway.policy.language import NO_PERSON, Case, DecisionSet
from gateway.policy.prove.axes import Axes
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.function import DecisionFunction

__all__ = ["DRAWN", "audit"]

DRAWN = 20_000
"""Cases drawn beside those of every block, unless the caller says otherwise."""

_Value = TypeVar("_Value")


def audit(decisions: DecisionSet, function: DecisionFunction, drawn: int = DRAWN) -> int:
    """Compare the function with the definition, and give in how many cases. About 15 microseconds a case of the demo.

    Raises `InvariantBroken` (POL-090) at the first difference.
    """
    compared = 0
    for case in (*_of_blocks(function), *_drawn(function, drawn)):
        level, conditions = decide(decisions.policy, decisions.catalogue, decisions.register, case)
        if function.decide(case) != (level, frozenset(conditions)):
            message = f"the decision function for {case.field} differs from the definition"
            fix = "do not use this version; report the policy and the field"
            raise InvariantBroken(Fault("POL-090", message, fix=fix))
        compared += 1
    return compared


def _of_blocks(function: DecisionFunction) -> Iterator[Case]:
    """For the first region of every distinct block: each role alone, each status, all permissions and none."""
    axes, seen = function.axes, set[Block]()
    alone = [frozenset({role}) for role in (*axes.atoms.roles, NO_PERSON)]
    people = [*alone, *(frozenset({axes.atoms.roles[0], status}) for status in axes.atoms.statuses)]
    for region in function.regions():
        if region.block not in seen:
            seen.add(region.block)
            case = _case(axes, tuple(group[0] for group in region.values))
            for one in people:
                yield replace(case, roles=one)
                yield replace(case, roles=one, grants=frozenset(axes.atoms.grants))


def _drawn(function: DecisionFunction, many: int) -> Iterator[Case]:
    axes = function.axes
    for number in range(many):
        draw = _Draw(hashlib.sha512(f"{function.digest}/{number}".encode()).digest())
        case = _case(axes, tuple(draw.one(axis) for axis in axes.plain))
        nobody = not draw.number(10)
        people = (
            {NO_PERSON} if nobody else {*draw.some(axes.atoms.roles), *draw.some(("", "", *axes.atoms.statuses), 1)}
        )
        yield replace(
            case,
            roles=frozenset(people - {""}),
            marks=frozenset(draw.some(axes.atoms.marks)),
            grants=frozenset(draw.some(("", *axes.atoms.grants))) - {""},
        )


def _case(axes: Axes, plain: tuple[str, ...]) -> Case:
    name, partner, purpose, classification, information, origin, usable = plain
    return Case(
        field=FieldId(name),
        roles=frozenset({axes.atoms.roles[0]}),
        partner=PartnerId(partner),
        purpose=purpose,
        marks=frozenset({axes.atoms.marks[0]}),
        classification=classification,
        information=information,
        origin=origin,
        usable=usable,
        grants=frozenset(),
    )


class _Draw:
    """Numbers out of 64 bytes that look like chance."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "big")

    def number(self, below: int) -> int:
        self._left, found = divmod(self._left, below)
        return found

    def one(self, values: Sequence[_Value]) -> _Value:
        return values[self.number(len(values))]

    def some(self, values: Sequence[_Value], most: int = 3) -> set[_Value]:
        """One to `most` of the values."""
        return {self.one(values) for _ in range(self.number(most) + 1)}
