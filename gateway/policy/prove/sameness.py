"""Where the partners of a group are not treated alike: the parts of all cases in which their blocks differ.

Walks the diagrams of all partners of the group side by side and leaves out what they have in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from gateway.names import PartnerId
from gateway.policy.language import Condition
from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.function import DecisionFunction, Node, Part, aligned
from gateway.policy.prove.space import Masks, Space, masks_of, space_for

__all__ = ["Difference", "differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of all cases in which partners have different blocks. `values` has the first partner in its place.

    `partners` are the first partner for each of `blocks`.
    """

    values: tuple[tuple[str, ...], ...]
    partners: tuple[PartnerId, ...]
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """How many combinations of plain attributes this is, the partner apart."""
        return prod(map(len, self.values))

    def bits(self, atoms: Atoms, masks: Masks) -> tuple[Space, int]:
        """Give the cases in which level or conditions are not the same for all, in a space that knows these masks."""
        for block in self.blocks:
            masks |= masks_of(block)
        space = space_for(atoms, masks)
        first, *others = [_said(space, block) for block in self.blocks]
        found = 0
        for levels, conditions in others:
            for rung in range(max(len(levels), len(first[0]))):
                found |= _at(levels, rung) ^ _at(first[0], rung)
            for condition in conditions.keys() | first[1].keys():
                found |= conditions.get(condition, 0) ^ first[1].get(condition, 0)
        return space, found


def _said(space: Space, block: Block) -> tuple[tuple[int, ...], dict[Condition, int]]:
    levels = space.levels(block)
    return levels, space.conditions(block, levels)


def _at(levels: tuple[int, ...], rung: int) -> int:
    return levels[rung] if rung < len(levels) else 0


def differences(function: DecisionFunction, within: Part, partners: tuple[PartnerId, ...]) -> Iterator[Difference]:
    """Give every part in which not all of these partners have the same block."""
    limits = function.numbers(within)
    axes = function.axes.plain
    places = [axes[1].index(partner) for partner in partners]
    for names, child in function.root.branches:
        fields = tuple(axes[0][i] for i in names if limits[0] is None or i in limits[0])
        if not fields or not isinstance(child, Node):
            continue
        firsts: dict[Node | Block, PartnerId] = {}
        for partner, place in zip(partners, places, strict=True):
            firsts.setdefault(child.by_value[place], partner)
        for groups, blocks in aligned(tuple(firsts), limits, _are_one):
            words = [tuple(axes[depth][i] for i in values) for depth, values in enumerate(groups, 2)]
            yield Difference((fields, partners[:1], *words), tuple(firsts.values()), blocks)


def _are_one(nodes: tuple[Node | Block, ...]) -> bool:
    return len(set(nodes)) == 1
