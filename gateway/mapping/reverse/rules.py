"""The rules of a mapping one by one, with what they read and write as names from the top: for who turns them round.

Guarantees that every rule with a value is given once for each block it stands in, parts put in. Names are those of the
file: positions, conditions and namespaces are left out, so that both sides of a pair can be compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import All, Block, Context, Field, From, Inside, Join, Value
from gateway.mapping.paths.path import Axis, JsonIndex, JsonName, JsonStep, JsonWildcard, Path, XmlStep

__all__ = ["Names", "Rule", "names_of", "plain", "rules_of"]

Names: TypeAlias = tuple[str, ...]
"""Names from the top: `("Person", "Name", "@kind")`, `("persons", "names", "kind")`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A field and its value. `source` is what a plain `from` reads, None where it reads otherwise, or several things.

    `blocks` are those it stands in, outermost first; `fills` says what each of them fills.
    """

    field: Field
    value: Value
    target: Names
    source: Names | None
    blocks: tuple[Block, ...]
    fills: tuple[Names, ...] = ()


@dataclass(frozen=True, slots=True)
class _Here:
    """Where rules stand: names of the current node (None where they are not known) and of named blocks."""

    source: Names | None
    target: Names = ()
    named: Mapping[str, Names | None] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    fills: tuple[Names, ...] = ()


def rules_of(mapping: MappingFile) -> Iterator[Rule]:
    """Give the rules of all kinds of messages, in the order of the file."""
    walk = _Walk(mapping)
    for split in mapping.splits:
        here = _Here(())
        if split.each is not None:
            here = replace(here, source=walk.reached(split.each, here))
            if split.as_name is not None:
                here = replace(here, named={split.as_name.text: here.source})
        yield from walk.fields(split.fields, here)


class _Walk:
    def __init__(self, mapping: MappingFile) -> None:
        self._parts = {part.name.text: part for part in mapping.parts}
        self._indexes = {index.name.text: names_of(index.over) for index in mapping.index}
        source = mapping.source
        # A rooted XPath names the document's element, which relative paths stand in.
        self._roots = 1 if source.format.text == "xml" else 0

    def fields(self, fields: tuple[Field, ...], here: _Here) -> Iterator[Rule]:
        for one in fields:
            target = (*here.target, *one.key.steps)
            if isinstance(one.content, Value):
                yield Rule(one, one.content, target, self._read(one.content, here), here.blocks, here.fills)
                continue
            for block in one.content:
                yield from self._block(block, one, replace(here, target=target))

    def _block(self, block: Block, one: Field, here: _Here) -> Iterator[Rule]:
        source = here.source if block.move is None else self.reached(block.move.context, here)
        named = here.named if block.name is None else {**here.named, block.name.text: source}
        blocks, fills = (*here.blocks, block), (*here.fills, here.target)
        inside = replace(here, source=source, named=named, blocks=blocks, fills=fills)
        if block.value is not None:
            yield Rule(one, block.value, here.target, self._read(block.value, inside), blocks, fills)
        for branch in block.choose:
            yield from self._block(branch.then, one, inside)
        part = None if block.part is None else self._parts.get(block.part.text)
        yield from self.fields((*(() if part is None else part.fields), *block.fields), inside)

    def _read(self, value: Value, here: _Here) -> Names | None:
        return self.reached(value.origin.context, here) if isinstance(value.origin, From) else None

    def reached(self, context: Context, here: _Here) -> Names | None:
        match context:
            case Path():
                names = names_of(context)
                if names is None:
                    return None
                if context.rooted:
                    return names[self._roots :]
                return None if here.source is None else (*here.source, *names)
            case Inside(name=name, path=path):
                outer = here.named.get(name.text)
                below = () if path is None else names_of(path)
                return None if outer is None or below is None else (*outer, *below)
            case Join(index=index, path=path) | All(index=index, path=path):
                over = self._indexes.get(index.text)
                below = () if path is None else names_of(path)
                return None if over is None or below is None else (*over[self._roots :], *below)
            case _:
                return None


def names_of(path: Path) -> Names | None:
    """Give the names of a path, None for one that leads to nodes of several names."""
    names: list[str] = []
    for step in path.steps:
        match step:
            case XmlStep(axis=Axis.CHILD, name=name):
                names.append(name)
            case XmlStep(axis=Axis.ATTRIBUTE, name=name):
                names.append(f"@{name}")
            case XmlStep(axis=Axis.TEXT):
                pass
            case JsonStep(selectors=(JsonName(name=name),), descendant=False):
                names.append(name)
            case JsonStep(selectors=(selector,), descendant=False) if not isinstance(selector, JsonName):
                # Items of a list have the list's name.
                pass
            case _:
                return None
    return tuple(names)


def plain(path: Path) -> bool:
    """True for a path of names only: it leads to all of them, and to nothing by position or condition."""
    return all(
        (isinstance(step, XmlStep) and step.axis in {Axis.CHILD, Axis.ATTRIBUTE} and not step.predicates)
        or (
            isinstance(step, JsonStep)
            and not step.descendant
            and len(step.selectors) == 1
            and isinstance(step.selectors[0], JsonName | JsonWildcard)
        )
        for step in path.steps
    ) and not any(isinstance(step, JsonStep) and isinstance(step.selectors[0], JsonIndex) for step in path.steps)
