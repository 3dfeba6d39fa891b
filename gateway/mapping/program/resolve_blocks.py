"""Resolving blocks and fields: targets and what fits them, parts put in, entities, marks and numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.check.findings import Findings
from gateway.mapping.language.file import MarkBy, Part
from gateway.mapping.language.rules import Block as BlockTree
from gateway.mapping.language.rules import Field as FieldTree
from gateway.mapping.language.rules import Value as ValueTree
from gateway.mapping.language.rules import Word
from gateway.mapping.program.program import Block, Entity, Field, Mark
from gateway.mapping.program.resolve_paths import Reached, Scope
from gateway.mapping.program.resolve_values import ValueResolver
from gateway.mapping.program.values import Source, Test, Value
from gateway.mapping.run.fit import ANY_FIT, Fit, WordLists, fit_of
from gateway.mapping.shapes.targets import Target

__all__ = ["OWN_TEXT", "BlockResolver", "Spot", "field_id"]

_T = TypeVar("_T")
_TEXT_FIT = Fit("text")
OWN_TEXT = "#text"
"""The name under which the text of an XML element stands beside its attributes."""

_SINGULAR = {
    "persons": "person",
    "organisations": "organisation",
    "objects": "object",
    "locations": "location",
    "events": "event",
    "transactions": "transaction",
    "indicators": "indicator",
    "links": "link",
    "attachments": "attachment",
    "extensions": "extension",
}


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where in the target a block writes: its target (None where the target has no schema), and the objects around.

    `label` is the path as written in a message: `persons[].births[]`.
    """

    target: Target | None
    label: str
    around: tuple[Target, ...] = ()

    def fit(self, lists: WordLists) -> Fit:
        """What fits here."""
        return ANY_FIT if self.target is None else fit_of(self.target.shape, lists)


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """The entity that a block with branches makes, whichever branch fills it."""

    name: str
    entity: Entity | None
    keys: tuple[Source, ...]


class BlockResolver:
    """Resolves fields and blocks; faults are collected, so that all are seen."""

    def __init__(
        self, values: ValueResolver, parts: Mapping[str, Part], lists: WordLists, *, exchange: bool, rows: bool
    ) -> None:
        self._values = values
        self._lists = lists
        self._parts = parts
        self._exchange = exchange
        self._rows = rows
        self.faults: list[Fault] = []
        self.fields: list[Field] = []
        self.blocks: list[Block] = []
        self.labels: set[str] = set()
        self.conditional: set[str] = set()
        self.whole: set[str] = set()
        self._field_numbers = 0
        self._block_numbers = 0

    def attempt(self, resolve: Callable[[], _T]) -> _T | None:
        """Run what raises; note its faults and give None when it does."""
        try:
            return resolve()
        except DefinitionRefused as refused:
            self.faults.extend(refused.faults)
            return None

    # -- fields -----------------------------------------------------------------------------------------------------

    def fields_of(self, trees: Sequence[FieldTree], scope: Scope, spot: Spot) -> tuple[Field, ...]:
        """Resolve the fields of a block."""
        fields = (self.attempt(lambda tree=tree: self._field(tree, scope, spot)) for tree in trees)  # type: ignore[misc]  # bound now
        return tuple(field for field in fields if field is not None)

    def _field(self, tree: FieldTree, scope: Scope, spot: Spot) -> Field:
        number = self._field_numbers
        self._field_numbers += 1
        steps, way = self._down(tree, spot)
        inner = way[-1]
        required = tree.key.many and _may_be_empty(inner.target)
        if tree.key.many:
            item = None if inner.target is None else inner.target.item()
            inner = Spot(item, f"{inner.label}[]", inner.around)
            way = (*way[:-1], inner)
        content: Value | tuple[Block, ...]
        marks: tuple[Mark, ...] = ()
        if isinstance(tree.content, ValueTree):
            content = self._values.value(tree.content, scope)
            marks = self._marks(tree.content.mark, scope, way, number)
        else:
            resolved = (
                self.attempt(lambda at=at, block=block: self._block(block, scope, inner, at=at, field=number))  # type: ignore[misc]  # bound now
                for at, block in enumerate(tree.content, start=1)
            )
            content = tuple(block for block in resolved if block is not None)
        fit, path = inner.fit(self._lists), field_id(inner.label)
        if self._rows and fit is ANY_FIT:
            fit = _TEXT_FIT
        field = Field(number, steps, tree.key.many, fit, path, content, tree.place, required, marks)
        self.fields.append(field)
        return field

    def _down(self, tree: FieldTree, spot: Spot) -> tuple[tuple[str, ...], tuple[Spot, ...]]:
        """Go down the steps of a key: the names as the target has them, and the spots on the way, `spot` first."""
        names: list[str] = []
        way = [spot]
        for at, step in enumerate(tree.key.steps):
            here = way[-1]
            attribute = tree.key.attribute and at == len(tree.key.steps) - 1
            label = f"{here.label}.{step}" if here.label else step
            if here.target is None:
                names.append(step)
                way.append(Spot(None, label, here.around))
                continue
            findings = Findings()
            target = here.target.down(step, findings, tree.key.place, attribute=attribute)
            if target is None:
                raise DefinitionRefused.of(findings.faults)
            names.append(here.target.name_of(step, attribute=attribute))
            around = here.around if here is spot else (*here.around, here.target)
            way.append(Spot(target, label, around))
        if not names:
            names.append(OWN_TEXT)
            way.append(Spot(spot.target, spot.label, spot.around))
        return tuple(names), tuple(way)

    # -- marks ------------------------------------------------------------------------------------------------------

    def _marks(self, trees: Sequence[FieldTree], scope: Scope, way: tuple[Spot, ...], number: int) -> tuple[Mark, ...]:
        """Resolve marks of what is written at the end of `way`, whose first spot is the object around."""
        marks = (self.attempt(lambda tree=tree: self._mark(tree, scope, way, number)) for tree in trees)  # type: ignore[misc]  # bound now
        return tuple(mark for mark in marks if mark is not None)

    def _mark(self, tree: FieldTree, scope: Scope, way: tuple[Spot, ...], number: int) -> Mark:
        if not isinstance(tree.content, ValueTree):
            raise DefinitionRefused(Fault("T002", "a mark is a single value", tree.place))
        handling = tree.key.steps[0] == "handling"
        depth, carrier = self._carrier(way, tree.key.steps[0])
        if carrier is None:
            message = f"nothing around here can carry {tree.key.steps[0]}"
            raise DefinitionRefused(Fault("T003", message, tree.place))
        findings = Findings()
        target: Target | None = carrier
        for step in tree.key.steps:
            target = None if target is None else target.down(step, findings, tree.key.place)
        if target is None:
            raise DefinitionRefused.of(findings.faults)
        if tree.key.many:
            target = target.item()
        value = self._values.value(tree.content, scope)
        return Mark(handling, tree.key.steps[1], tree.key.many, depth, fit_of(target.shape, self._lists), value, number)

    @staticmethod
    def _carrier(way: tuple[Spot, ...], name: str) -> tuple[int, Target | None]:
        """Find the smallest object that can carry a statement, or the entity for handling; -1 means further out."""
        if name == "statement":
            for depth in range(len(way) - 1, -1, -1):
                target = way[depth].target
                if target is not None and name in target.facts.children:
                    return depth, target
        for target in reversed((*way[0].around, *(spot.target for spot in way[:1] if spot.target is not None))):
            if name in target.facts.children:
                return -1, target
        for target in way[0].around:
            header = target.facts.children.get("header")
            if header is not None:
                return -1, target.to(header)
        return -1, None

    def marking(self, tree: MarkBy, reached: Reached, inside: Scope, header: Target) -> tuple[int, tuple[Mark, ...]]:
        """Resolve `mark_by`: each mark has a field of its own, and all have a block for frames to name."""
        marks: list[Mark] = []
        for one in tree.mark:
            number = self._field_numbers
            self._field_numbers += 1
            mark = self._mark(one, inside, (Spot(header, "header"),), number)
            path = ".".join(one.key.steps)
            self.fields.append(Field(number, one.key.steps, one.key.many, mark.fit, path, mark.value, one.place))
            marks.append(mark)
        block = self._block_numbers
        self._block_numbers += 1
        self.blocks.append(
            Block(
                block,
                tree.place,
                reached.source,
                many=True,
                where=None,
                when=None,
                name="",
                entity=None,
                keys=(),
                fields=(),
                value=None,
                fit=ANY_FIT,
                choose=(),
                pick=None,
                marks=(),
                group=reached.group,
                field=-1,
                ground=reached.ground,
            )
        )
        return block, tuple(marks)

    # -- blocks -----------------------------------------------------------------------------------------------------

    def _block(
        self, tree: BlockTree, scope: Scope, spot: Spot, *, field: int, at: int = 0, outer: "_Made | None" = None
    ) -> Block:
        """Resolve a block; a branch of `outer` makes the entity that its outer block names."""
        number = self._block_numbers
        self._block_numbers += 1
        when = self._values.paths.optional_test(tree.when, scope)
        source: Source | None = None
        every: Source | None = None
        ground, group = scope.ground, scope.group
        if tree.move is not None:
            reached = self._values.paths.context(tree.move.context, scope)
            source, ground, group, every = reached.source, reached.ground, reached.group, reached.every
        name = "" if tree.name is None else tree.name.text
        inside = scope.inside(ground, group, name)
        entity = self._entity(name, spot, at) if outer is None else outer.entity
        keys = self._values.paths.keys(tree.keys, inside)
        if outer is None:
            self._declare(tree, name, entity)
        elif not keys:
            keys = outer.keys
        own = spot if spot.target is None else Spot(spot.target, spot.label, (*spot.around, spot.target))
        part = None if tree.part is None else self._part(tree.part)
        where = self._values.paths.optional_test(tree.where, inside)
        if source is not None:
            self.select(group, where=where is not None or every is not None)
        block = Block(
            number,
            tree.place,
            source,
            many=tree.move is not None and tree.move.many,
            where=where,
            when=when,
            name=name,
            entity=entity,
            keys=keys,
            fields=(
                *(() if part is None else self.fields_of(part.fields, inside, own)),
                *self.fields_of(tree.fields, inside, own),
            ),
            value=None if tree.value is None else self._values.value(tree.value, inside),
            fit=_TEXT_FIT if self._rows and spot.target is None and tree.value is not None else spot.fit(self._lists),
            choose=self._branches(tree, inside, spot, field, _Made(name, entity, keys)),
            pick=self._values.paths.pick(tree.pick, ground, inside),
            marks=self._marks(
                (*(tree.value.mark if tree.value is not None else ()), *tree.mark), inside, (own,), field
            ),
            group=group,
            field=field,
            ground=ground,
            every=every,
        )
        self.blocks.append(block)
        return block

    def _branches(
        self, tree: BlockTree, scope: Scope, spot: Spot, field: int, outer: _Made
    ) -> tuple[tuple[Test | None, Block], ...]:
        return tuple(
            (
                self._values.paths.optional_test(branch.when, scope),
                self._block(branch.then, scope, spot, field=field, outer=outer),
            )
            for branch in tree.choose
        )

    def _entity(self, name: str, spot: Spot, at: int) -> Entity | None:
        """An item of a list at the top of the exchange format that has an id."""
        if not self._exchange or spot.target is None or not spot.label.endswith("[]") or "." in spot.label:
            return None
        if "id" not in spot.target.facts.children:
            return None
        array = spot.label.removesuffix("[]")
        return Entity(name or (array if at == 1 else f"{array}/{at}"), array)

    def _declare(self, tree: BlockTree, name: str, entity: Entity | None) -> None:
        if name and entity is not None:
            if name in self.labels:
                place = tree.name.place if tree.name is not None else tree.place
                message = f"two blocks that make entities are named '{name}'"
                raise DefinitionRefused(Fault("J408", message, place))
            self.labels.add(name)

    def _part(self, word: Word) -> Part:
        part = self._parts.get(word.text)
        if part is None:
            raise DefinitionRefused(Fault("U002", f"no part is named '{word.text}'", word.place))
        return part

    def select(self, group: str, *, where: bool) -> None:
        """Note that a rule selects from a group of nodes: all of it, or by a condition."""
        (self.conditional if where else self.whole).add(group)


def _may_be_empty(target: Target | None) -> bool:
    """True for a list that must be there and may hold nothing."""
    if target is None or not target.occurs.low or "list" not in target.facts.kinds:
        return False
    return target.facts.item is None or not target.facts.item.occurs.low


def field_id(label: str) -> str:
    """Give the id of a field: `persons[].births[].date` is `person.births.date`."""
    first, dot, rest = label.replace("[]", "").partition(".")
    return f"{_SINGULAR.get(first, first)}{dot}{rest}"
