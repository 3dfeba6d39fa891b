"""Blocks: where they go, which nodes they take, how often, and what is known inside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.mapping.check.conditions import Conditions
from gateway.mapping.check.logic import TRUE, AnyOf, Formula, both, counterexample, nay
from gateway.mapping.check.reach import Reach, items_of
from gateway.mapping.check.refs import Refs
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.study import Study
from gateway.mapping.check.types import of_types
from gateway.mapping.check.walk_filters import existence_tests
from gateway.mapping.language.rules import All, Block, BlockBranch, Context, Group, Join, Move, Parse, Slots
from gateway.mapping.paths.path import JsonStep, JsonWhere, Path, XmlStep

__all__ = ["Blocks", "Entered"]


@dataclass(frozen=True, slots=True)
class Entered:
    """A block's scopes, one per place it stands on; `sure` means at least one node is always taken."""

    scopes: tuple[Scope, ...]
    sure: bool
    why: str
    many: bool


class Blocks:
    """Enters blocks, and notes which items of the source they select."""

    def __init__(self, study: Study, conditions: Conditions, refs: Refs) -> None:
        self._study = study
        self._conditions = conditions
        self._refs = refs

    def enter(self, block: Block, scope: Scope, *, listed: bool, entity: bool = False) -> Entered:
        """Give the scopes of a block; none after a fault. An `entity` has an id that is made of its key."""
        when = self._conditions.formula(block.when, scope)
        always = block.when is None or self._always(when, scope)
        outer = scope.assuming(when) if block.when is not None else scope
        why = "" if always else "its block has a condition"
        if block.move is None:
            here = self._named(block, outer, outer.here, single=True)
            self._keys(block, here, entity=entity)
            return Entered((here,), always, why, many=False)
        reaches = self._reaches(block.move, outer)
        if not reaches:
            self._study.give_up(outer, block.move.context)
            return Entered((), sure=False, why="", many=False)
        scopes: list[Scope] = []
        many = block.move.many and len(reaches) > 1
        for reach in reaches:
            inner, selected = self._stand(block, block.move, outer, reach, when, listed=listed, entity=entity)
            scopes.append(inner)
            many = many or not reach.occurs.single
            if reach.occurs.low == 0:
                why = why or f"{reach.label or 'its node'} is optional in the source"
            elif not selected:
                why = why or "its block selects by a condition"
        sure = always and not why
        return Entered(tuple(scopes), sure, why, many and block.pick is None)

    def _always(self, formula: Formula, scope: Scope) -> bool:
        whole = AnyOf((nay(scope.guard), formula)) if scope.guard is not TRUE else formula
        return counterexample(whole, self._study.coverage.domains) is None

    def _reaches(self, move: Move, scope: Scope) -> list[Reach]:
        found = self._study.resolve(move.context, scope)
        self._native_tests(move)
        if move.many:
            return [items_of(reach) for reach in found]
        kept: list[Reach] = []
        for reach in found:
            if "list" in reach.facts.kinds and not reach.open:
                self._study.findings.error("P107", f"{reach.label} is a list", move.place, "use each:")
            elif not reach.occurs.single:
                times = "any number of times" if reach.occurs.high is None else f"up to {reach.occurs.high} times"
                self._study.findings.error("P107", f"{reach.label} may occur {times}", move.place, "use each:")
            else:
                kept.append(reach)
        return kept

    def _native_tests(self, move: Move) -> None:
        """A filter that only tests presence proves nothing about a value (C204)."""
        path = move.context
        if not isinstance(path, Path):
            return
        for step in path.steps:
            for tested in _tests(step):
                message = f"this tests that '{tested.text}' is there, also when it is empty"
                self._study.findings.warning("C204", message, tested.place, f"write where: has({tested.text})")

    def _stand(
        self, block: Block, move: Move, outer: Scope, reach: Reach, when: Formula, *, listed: bool, entity: bool
    ) -> tuple[Scope, bool]:
        """Give the scope on one place of the source, and whether all its nodes are taken."""
        loops = self._loops(move, outer, reach)
        inner = outer.at(reach, item=listed, loops=loops, elsewhere=_elsewhere(move, outer))
        where = self._conditions.formula(block.where, inner)
        taken = both(self.taken(move.context, outer), where)
        self._study.coverage.select(reach, both(when, taken) if block.when is not None else taken, move.place)
        if reach.virtual or not reach.facts.readable:
            for trail in reach.stands_for:
                self._study.coverage.reads.setdefault(trail, []).append((inner.guard, move.place))
        if not reach.facts.readable and not reach.facts.children and not reach.virtual:
            self._study.read(reach, inner, move.place)
        selected = block.where is None or self._always(where, inner)
        inside = inner.assuming(where) if block.where is not None else inner
        inside = replace(inside, here=of_types(inside.here, block.where))
        inside = self._named(block, inside, reach, single=reach.occurs.single)
        self._keys(block, inside, entity=entity)
        if block.pick is not None and block.pick.path is not None:
            for found in self._study.walker.go(block.pick.path, inside.here):
                self._study.read(found, inside, block.pick.place)
        return inside, selected

    def _keys(self, block: Block, scope: Scope, *, entity: bool) -> None:
        """Read the keys of a block; what else they are written as is judged at the end (D801)."""
        for number, key in enumerate(block.keys):
            for found in self._study.resolve(key, scope):
                if block.name is not None:
                    self._refs.key_of(block.name.text, number, found)
                self._study.read(found, scope, key.place)
                if entity:
                    self._study.keys.append((found.leaf, key.place))

    def taken(self, context: Context, outer: Scope) -> Formula:
        """Which items of their group nodes are, before `where`: by the path's own filters, or by the index."""
        if isinstance(context, Join | All):
            use = self._study.indexes.get(context.index.text)
            return TRUE if use is None else use.formula
        return self._conditions.native(context, outer)

    def _named(self, block: Block, scope: Scope, reach: Reach, *, single: bool) -> Scope:
        if block.name is None:
            return scope
        named = self._refs.named.get(block.name.text)
        if named is not None and named.reach is None:
            named.reach, named.single = replace(reach), single and scope.loops == 0
        return scope.named(block.name.text, scope.here)

    def _loops(self, move: Move, outer: Scope, reach: Reach) -> int:
        """Loops that do not descend from one another multiply (G410)."""
        if not move.many or reach.occurs.single or isinstance(move.context, Join | Slots | Parse | Group):
            return 0
        here = outer.here.trail
        descends = not _elsewhere(move, outer) and len(reach.trail) > len(here) and reach.trail[: len(here)] == here
        added = 1 if outer.loops == 0 or not (descends or outer.here.virtual) else 0
        if outer.loops + added == 2:
            message = "this loop runs again for every item of the loop around it"
            self._study.findings.warning("G410", message, move.place, "use an index and join")
        elif outer.loops + added > 2:
            self._study.findings.error("G410", "three loops multiply here", move.place, "use an index and join")
        return added

    def branches(self, block: Block, scope: Scope) -> Iterator[tuple[BlockBranch, Scope]]:
        """Give the branches of a block that can hold, each where it holds."""
        before: Formula = TRUE
        for branch in block.choose:
            here = scope.assuming(before)
            formula = self._conditions.formula(branch.when, here)
            if self._conditions.possible(both(here.guard, formula)):
                yield branch, here.assuming(formula)
            elif branch.when is None:
                self._study.findings.warning("C208", "the branches above take every case", branch.place, "remove it")
            before = both(before, nay(formula))


def _elsewhere(move: Move, scope: Scope) -> bool:
    """True if a block's nodes are not below the current one: reached from the top, or through an index."""
    context = move.context
    return bool(scope.here.trail) and (
        isinstance(context, Join | All) or (isinstance(context, Path) and context.rooted)
    )


def _tests(step: XmlStep | JsonStep) -> Iterator[Path]:
    if isinstance(step, XmlStep):
        for predicate in step.predicates:
            yield from existence_tests(predicate)
        return
    for selector in step.selectors:
        if isinstance(selector, JsonWhere):
            yield from existence_tests(selector.expression)
