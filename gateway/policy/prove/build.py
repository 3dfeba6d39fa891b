"""A policy -> its decision function: each rule is asked about each value once, then only sets of rules are combined.

Guarantees: exact, without a limit on size; rules that nothing can depend on any more are dropped as soon as that
shows, which is what keeps the diagram small. A share whose conditions a channel cannot carry does not exist for that
partner, and a condition rule in the same place is a limit.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.document.tree import JsonObject
from gateway.names import FieldId, PartnerId
from gateway.policy.language import (
    BUILT_IN,
    WITHHOLD,
    Catalogue,
    Condition,
    ConditionRule,
    DecisionSet,
    Limit,
    Policy,
    Register,
    Rule,
    Share,
)
from gateway.policy.prove.axes import Axes, axes_of
from gateway.policy.prove.blocks import HELD_BACK, Block, Cap, Duty, Offer, settled
from gateway.policy.prove.function import DecisionFunction, Gates, Node
from gateway.policy.prove.space import masks_of, space_for

__all__ = ["compile_function", "decision_function", "decisive_rules"]


def decision_function(decisions: DecisionSet, axes: Axes | None = None) -> DecisionFunction:
    """Give the decision function of a decision set, on its own axes or on wider ones that two versions share."""
    return compile_function(decisions.policy, decisions.catalogue, decisions.register, axes or axes_of(decisions))


def compile_function(policy: Policy, catalogue: Catalogue, register: Register, axes: Axes) -> DecisionFunction:
    """Give the decision function of a policy over these axes."""
    partners: dict[str, JsonObject] = {
        one.id: {"status": one.status, "until": one.until, "takes": [*sorted(one.takes)], "regime": one.regime}
        for one in register.partners.values()
    }
    root = _Build(policy, catalogue, register, axes).root()
    return DecisionFunction(axes, root, Gates(policy.valid_from, policy.valid_until, partners))


def decisive_rules(decisions: DecisionSet) -> frozenset[str]:
    """Give the ids of the rules without which something would be decided otherwise; the others are a safety net.

    Each rule is taken out of each block in turn; a rule that has been found to matter once is not tried again.
    """
    policy, catalogue, register = decisions.policy, decisions.catalogue, decisions.register
    return _Build(policy, catalogue, register, axes_of(decisions), careful=True).decisive()


class _Actor(NamedTuple):
    """A rule, or one of the parts that it falls into, with the values it speaks about per plain attribute."""

    kind: str
    level: str
    people: int
    marks: int
    grants: int
    attach: tuple[Condition, ...]
    speaks: tuple[frozenset[str], ...]
    rule: str


class _Shape(NamedTuple):
    """A field without its rules: its ladder, and those of the fields that it follows."""

    ladder: tuple[str, ...]
    leaders: tuple["_Shape", ...] = ()


_EMPTY = _Shape(("redact",))
_Actives = tuple[int, ...]


class _Build:
    """Sets of actors as bit masks: own ones first, then those of the fields that are followed, depth first."""

    def __init__(
        self, policy: Policy, catalogue: Catalogue, register: Register, axes: Axes, *, careful: bool = False
    ) -> None:
        """`careful` keeps rules that others make idle, unless the others are built in."""
        self._axes = axes
        self._careful = careful
        self._catalogue = catalogue
        self._actors = [*_actors(policy.rules, register, axes)]
        self._offers = self._those(lambda actor: actor.kind == "offer")
        self._held = self._those(lambda actor: actor.kind == "cap" and actor.level == WITHHOLD)
        self._admits = [self._admitting(depth, axis) for depth, axis in enumerate(axes.plain)]
        self._sure = [self._sure_from(depth) for depth in range(len(axes.plain) + 1)]
        self._made: dict[tuple[int, _Shape, _Actives], Node | Block] = {}
        self._nodes: dict[tuple[int, tuple[Node | Block, ...]], Node] = {}
        self._blocks: dict[Block, Block] = {}

    def _those(self, wanted: Callable[[_Actor], bool]) -> int:
        return sum(1 << i for i, actor in enumerate(self._actors) if wanted(actor))

    def _admitting(self, depth: int, axis: tuple[str, ...]) -> list[int]:
        found = dict.fromkeys(axis, 0)
        for i, actor in enumerate(self._actors):
            for value in actor.speaks[depth]:
                if value in found:
                    found[value] |= 1 << i
        return [*found.values()]

    def _sure_from(self, depth: int) -> int:
        return self._those(lambda actor: self._is_sure(actor, depth))

    def _is_sure(self, actor: _Actor, depth: int) -> bool:
        """True for limits that redact in every case that is left from this attribute on."""
        axes, atoms = self._axes.plain, self._axes.atoms
        if self._careful and actor.rule not in BUILT_IN:
            return False
        whole = all(actor.speaks[at].issuperset(axes[at]) for at in range(depth, len(axes)))
        everybody = not atoms.standing & ~actor.people and actor.marks == (1 << len(atoms.marks)) - 1
        return whole and everybody and actor.kind == "cap" and actor.level == "redact" and not actor.grants

    # ---- the diagram -------------------------------------------------------------------------------------------------

    def root(self) -> Node:
        """Build everything."""
        by_field = dict(zip(self._axes.fields, self._admits[0], strict=True))
        drafts = [self._field(name, by_field) for name in self._axes.fields]
        return self._node(0, tuple(self._below(1, *self._pruned(1, shape, actives)) for shape, actives in drafts))

    def _field(self, name: FieldId, by_field: dict[FieldId, int]) -> tuple[_Shape, _Actives]:
        row = self._catalogue.fields.get(name)
        if row is None:
            return _EMPTY, (0,)
        leaders = [self._field(other, by_field) for other in row.follows]
        shape = _Shape(row.ladder.levels, tuple(shape for shape, _ in leaders))
        return shape, (by_field.get(name, 0), *(active for _, actives in leaders for active in actives))

    def _below(self, depth: int, shape: _Shape, actives: _Actives) -> Node | Block:
        key = (depth, shape, actives)
        found = self._made.get(key)
        if found is None:
            if depth == len(self._admits):
                block = self._block(shape, actives)
                found = self._blocks.setdefault(block, block)
            else:
                found = self._ask(depth, shape, actives)
            self._made[key] = found
        return found

    def _ask(self, depth: int, shape: _Shape, actives: _Actives) -> Node:
        asked = 0
        for active in actives:
            asked |= active
        by_rules: dict[int, Node | Block] = {}
        children = []
        for admitted in self._admits[depth]:
            left = asked & admitted
            child = by_rules.get(left)
            if child is None:
                pruned = self._pruned(depth + 1, shape, tuple(active & left for active in actives))
                child = by_rules[left] = self._below(depth + 1, *pruned)
            children.append(child)
        return self._node(depth, tuple(children))

    def _node(self, depth: int, children: tuple[Node | Block, ...]) -> Node:
        found = self._nodes.get((depth, children))
        if found is None:
            groups: dict[Node | Block, list[int]] = {}
            for i, child in enumerate(children):
                groups.setdefault(child, []).append(i)
            branches = tuple((tuple(values), child) for child, values in groups.items())
            found = self._nodes[depth, children] = Node(depth, branches, children)
        return found

    # ---- dropping what cannot matter ---------------------------------------------------------------------------------

    def _pruned(self, depth: int, shape: _Shape, actives: _Actives) -> tuple[_Shape, _Actives]:
        """Where nothing can be offered any more, only limits that hold the message back are kept."""
        own = actives[0]
        if not own & self._offers or own & self._sure[depth]:
            return _EMPTY, (own & self._held,)
        if not shape.leaders:
            return shape, actives
        kept, left = [], [own]
        for leader, part in _parts(shape, actives):
            pruned, masks = self._pruned(depth, leader, part)
            if pruned is _EMPTY and len(leader.ladder) > 1:
                return _EMPTY, (own & self._held,)
            if pruned is not _EMPTY or masks != (0,):
                kept.append(pruned)
                left.extend(masks)
        return _Shape(shape.ladder, tuple(kept)), tuple(left)

    def _block(self, shape: _Shape, actives: _Actives) -> Block:
        offers: list[Offer] = []
        caps: list[Cap] = []
        duties: list[Duty] = []
        for actor in self._chosen(actives[0]):
            rung = shape.ladder.index(actor.level) if actor.level in shape.ladder else 0
            if actor.kind == "offer":
                offers.append(Offer(rung, actor.people, actor.marks, actor.grants, actor.attach))
            elif actor.kind == "cap":
                height = HELD_BACK if actor.level == WITHHOLD else rung
                caps.append(Cap(height, actor.people, actor.marks, actor.grants))
            else:
                duties.append(Duty(actor.people, actor.marks, actor.grants, actor.attach))
        leaders = []
        for leader, part in _parts(shape, actives):
            block = self._block(leader, part)
            if len(leader.ladder) > 1 and not any(offer.rung == block.top for offer in block.offers):
                offers = []
            leaders.append(block)
        return settled(shape.ladder, offers, caps, duties, leaders, self._axes.atoms.standing)

    # ---- which rules matter ------------------------------------------------------------------------------------------

    def decisive(self) -> frozenset[str]:
        """Build everything, and take each rule out of each block until it is found to matter."""
        self.root()
        of_rule: dict[str, int] = {}
        for i, actor in enumerate(self._actors):
            of_rule[actor.rule] = of_rule.get(actor.rule, 0) | 1 << i
        found: set[str] = set()
        for (depth, shape, actives), block in self._made.items():
            if depth == len(self._admits) and isinstance(block, Block):
                named = {actor.rule for active in actives for actor in self._chosen(active)} - found
                for rule in sorted(named):
                    left = tuple(active & ~of_rule[rule] for active in actives)
                    if left != actives and self._differ(block, self._block(shape, left)):
                        found.add(rule)
        return frozenset(found)

    def _differ(self, one: Block, other: Block) -> bool:
        if one == other:
            return False
        space = space_for(self._axes.atoms, masks_of(one) | masks_of(other))
        levels, others = space.levels(one), space.levels(other)
        shorter = min(len(levels), len(others))
        if levels[:shorter] != others[:shorter] or any((*levels[shorter:], *others[shorter:])):
            return True
        return space.conditions(one, levels) != space.conditions(other, others)

    def _chosen(self, active: int) -> Iterable[_Actor]:
        while active:
            lowest = active & -active
            yield self._actors[lowest.bit_length() - 1]
            active ^= lowest


def _parts(shape: _Shape, actives: _Actives) -> Iterable[tuple[_Shape, _Actives]]:
    """Give the fields that are followed, each with its own part of the masks."""
    at = 1
    for leader in shape.leaders:
        size = _size(leader)
        yield leader, actives[at : at + size]
        at += size


def _size(shape: _Shape) -> int:
    return 1 + sum(map(_size, shape.leaders))


# ---- rules as actors -------------------------------------------------------------------------------------------------


def _actors(rules: Iterable[Rule], register: Register, axes: Axes) -> Iterable[_Actor]:
    """Take rules apart: by who can carry their conditions, by clearance, and `withhold` from what redacts around it."""
    clearances = {register.clearance(partner) for partner in axes.partners if _registered(register, partner)}
    for rule in rules:
        for clearance in sorted(clearances) if rule.classified.above_clearance else [None]:
            meant = {
                p for p in rule.partners if _registered(register, p) and clearance in (None, register.clearance(p))
            }
            within = {
                word
                for word in axes.classifications
                if rule.classified.contains(word, clearance or axes.classifications[0])
            }
            yield from _parted(rule, frozenset(meant), frozenset(within), register, axes)


def _registered(register: Register, partner: str) -> bool:
    return partner.removesuffix(":expired") in register.partners


def _parted(
    rule: Rule, partners: frozenset[PartnerId], within: frozenset[str], register: Register, axes: Axes
) -> Iterable[_Actor]:
    atoms = axes.atoms
    people, marks = atoms.people_mask(rule.about), atoms.marks_mask(rule.marked)
    touched, marked = people | atoms.unknown, marks | atoms.unmarked

    def actor(
        kind: str, level: str, masks: tuple[int, int, int], attach: tuple[Condition, ...], to: frozenset[str]
    ) -> _Actor:
        plain = (rule.purposes, within, rule.information, rule.origins, rule.usable)
        return _Actor(kind, level, *masks, attach, (rule.fields, to, *plain), rule.id)

    if isinstance(rule, Limit):
        unless = atoms.grants_mask(rule.unless)
        if rule.to == WITHHOLD:
            yield actor("cap", WITHHOLD, (people, marks, unless), (), partners)
        yield actor("cap", "redact" if rule.to == WITHHOLD else rule.to, (touched, marked, unless), (), partners)
        return
    if not isinstance(rule, Share | ConditionRule):
        raise TypeError(type(rule).__name__)
    attach = rule.attach
    able = frozenset(partner for partner in partners if register.can_carry(partner, attach))
    if isinstance(rule, Share):
        yield actor("offer", rule.level, (people, marks, atoms.grants_mask(rule.only_when)), attach, able)
        return
    unless = atoms.grants_mask(rule.unless)
    yield actor("duty", "", (touched, marked, unless), attach, able)
    yield actor("cap", "redact", (touched, marked, unless), (), partners - able)
