"""The decision function of a policy: for every combination of plain attributes its block, each distinct one once.

A diagram with one row of nodes per plain attribute: a node parts the values of its attribute into groups that nothing
below tells apart, and equal nodes are one. What is proved, compared, signed and run is this function; its digest is the
SHA-256 over its canonical JSON, the *decision digest*.

Guarantees: agrees with `decide.py` in every case; the order of rules, their ids and their words do not show in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject, JsonValue
from gateway.names import Digest, FieldId, PartnerId
from gateway.policy.language import Case, Condition
from gateway.policy.prove.axes import PLAIN, Axes
from gateway.policy.prove.blocks import NOTHING, Block

__all__ = ["DecisionFunction", "Gates", "Node", "Numbering", "Part", "Region", "aligned"]

Part = Mapping[str, frozenset[str]]
"""A part of all cases, by plain attribute; an attribute that is not named is not restricted."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One question of the diagram. `depth` is the number of its attribute in `PLAIN`; values are numbers on its axis.

    `branches` are the groups with what follows for them; `by_value` is the same by value. Equal nodes are one object,
    and many lead to it: what follows is not shown, because it would be shown as often as there are ways.
    """

    depth: int
    branches: tuple[tuple[tuple[int, ...], "Node | Block"], ...] = field(repr=False)
    by_value: tuple["Node | Block", ...] = field(repr=False)


class Region(NamedTuple):
    """A product of groups of values that share one block. Values are words; `size` counts the plain combinations."""

    values: tuple[tuple[str, ...], ...]
    block: Block

    @property
    def size(self) -> int:
        """How many combinations of plain attributes this is."""
        return prod(map(len, self.values))


@dataclass(frozen=True, slots=True)
class Gates:
    """What decides about whole messages before any item is looked at: validity; per partner status and instrument."""

    valid_from: str
    valid_until: str
    partners: Mapping[str, JsonObject]


@dataclass(frozen=True)
class DecisionFunction:
    """Every decision of one policy over `axes`. Made by `compile_function`; immutable."""

    axes: Axes = field(repr=False)
    root: Node = field(repr=False)
    gates: Gates

    @cached_property
    def digest(self) -> Digest:
        """The decision digest."""
        return sha256(self.canonical)

    @cached_property
    def canonical(self) -> bytes:
        """The function as canonical JSON (RFC 8785): the file that is proved and signed."""
        return canonical(self.plain())

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Every distinct block, in the order of the diagram."""
        return tuple(dict.fromkeys(region.block for region in self.regions()))

    def decide(self, case: Case) -> tuple[int, frozenset[Condition]]:
        """Give level and conditions of one case. `ValueError` or `KeyError` for a value that does not exist."""
        atoms = self.axes.atoms
        return self.block(case).decide(
            atoms.people_mask(case.roles), atoms.marks_mask(case.marks), atoms.grants_mask(case.grants)
        )

    def block(self, case: Case) -> Block:
        """Give the block that decides a case. `KeyError` for a value that does not exist."""
        node: Node | Block = self.root
        plain = (case.field, case.partner, case.purpose, case.classification, case.information, case.origin)
        for numbers, value in zip(self._numbers, (*plain, case.usable), strict=True):
            if isinstance(node, Node):
                node = node.by_value[numbers[value]]
        return node if isinstance(node, Block) else NOTHING

    def case(self, plain: Sequence[str], masks: tuple[int, int, int]) -> Case:
        """Give the case of words on the plain axes, and of people, marks and permissions as masks over the atoms."""
        atoms = self.axes.atoms
        people, marks, grants = (
            frozenset(word for place, word in enumerate(words) if mask >> place & 1)
            for words, mask in zip((atoms.people, atoms.marks, atoms.grants), masks, strict=True)
        )
        name, partner, purpose, classification, information, origin, usable = plain
        return Case(
            field=FieldId(name),
            roles=people,
            partner=PartnerId(partner),
            purpose=purpose,
            marks=marks,
            classification=classification,
            information=information,
            origin=origin,
            usable=usable,
            grants=grants,
        )

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], ...]:
        return tuple({value: i for i, value in enumerate(axis)} for axis in self.axes.plain)

    def regions(self, within: Part | None = None) -> Iterator[Region]:
        """Give every region, cut to a part of all cases; regions of which nothing is left are left out."""
        limits = self.numbers(within or {})
        yield from self._regions(self.root, limits, ())

    def numbers(self, within: Part) -> tuple[frozenset[int] | None, ...]:
        """Give a part of all cases as numbers on the axes; None where it is not restricted."""
        return tuple(
            frozenset(i for i, value in enumerate(axis) if value in within[name]) if name in within else None
            for name, axis in zip(PLAIN, self.axes.plain, strict=True)
        )

    def _regions(
        self, node: Node | Block, limits: tuple[frozenset[int] | None, ...], path: tuple[tuple[str, ...], ...]
    ) -> Iterator[Region]:
        if isinstance(node, Block):
            yield Region(path, node)
            return
        limit, axis = limits[node.depth], self.axes.plain[node.depth]
        for values, child in node.branches:
            kept = tuple(axis[i] for i in values if limit is None or i in limit)
            if kept:
                yield from self._regions(child, limits, (*path, kept))

    def plain(self) -> JsonObject:
        """Give the function as plain values: axes, gates, blocks, and nodes that refer to blocks and later nodes."""
        numbers: dict[Node | Block, int] = {}
        nodes: list[JsonValue] = []
        blocks: list[JsonValue] = []
        _number(self.root, numbers, nodes, blocks)
        atoms = self.axes.atoms
        return {
            "language": "decision-function/1",
            "axes": {name: [*axis] for name, axis in zip(PLAIN, self.axes.plain, strict=True)},
            "sets": {"people": [*atoms.people], "marks": [*atoms.marks], "grants": [*atoms.grants]},
            "statuses": [*atoms.statuses],
            "valid": {"from": self.gates.valid_from, "until": self.gates.valid_until},
            "partners": {**self.gates.partners},
            "blocks": blocks,
            "nodes": nodes,
        }


def _number(
    node: Node | Block, numbers: dict[Node | Block, int], nodes: list[JsonValue], blocks: list[JsonValue]
) -> int:
    """Write a node after everything that it refers to, and give its number in its list."""
    if node in numbers:
        return numbers[node]
    if isinstance(node, Block):
        blocks.append(node.plain())
        numbers[node] = len(blocks) - 1
    else:
        branches: list[JsonValue] = [
            [[*values], _number(child, numbers, nodes, blocks)] for values, child in node.branches
        ]
        nodes.append({"asks": PLAIN[node.depth], "branches": branches})
        numbers[node] = len(nodes) - 1
    return numbers[node]


def aligned(
    nodes: tuple[Node | Block, ...],
    limits: tuple[frozenset[int] | None, ...],
    skip: Callable[[tuple[Node | Block, ...]], bool],
) -> Iterator[tuple[tuple[tuple[int, ...], ...], tuple[Block, ...]]]:
    """Walk several diagrams of the same depth and axes side by side; give the groups that none of them parts.

    Each step gives the groups of numbers, one for every attribute from the depth of the nodes down, and the block of
    every diagram there. `limits` (of `DecisionFunction.numbers`) cut the groups; where `skip` says so nothing is given:
    for instance where all diagrams are the same.
    """
    if skip(nodes):
        return
    blocks = tuple(node for node in nodes if isinstance(node, Block))
    if len(blocks) == len(nodes):
        yield (), blocks
        return
    asked = [node for node in nodes if isinstance(node, Node)]
    limit = limits[asked[0].depth]
    groups: dict[tuple[Node | Block, ...], list[int]] = {}
    for i, children in enumerate(zip(*(node.by_value for node in asked), strict=True)):
        if limit is None or i in limit:
            groups.setdefault(children, []).append(i)
    for children, values in groups.items():
        for rest, found in aligned(children, limits, skip):
            yield (tuple(values), *rest), found


class Numbering:
    """Numbers for nodes of several diagrams over the same axes: what decides alike has one number."""

    def __init__(self) -> None:
        self._known: dict[Node | Block, int] = {}
        self._alike: dict[object, int] = {}

    def of(self, node: Node | Block) -> int:
        """Give the number of a node or block."""
        found = self._known.get(node)
        if found is None:
            alike: object = node if isinstance(node, Block) else (node.depth, *map(self.of, node.by_value))
            found = self._known[node] = self._alike.setdefault(alike, len(self._alike))
        return found

    def are_one(self, nodes: tuple[Node | Block, ...]) -> bool:
        """True if all of these decide alike."""
        return len({*map(self.of, nodes)}) == 1
