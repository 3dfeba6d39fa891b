"""Walking a program: every rule, block, value and condition with the way to it, so that one can be put in its place.

Guarantees that `placed` gives a program that differs in one spot only and shares the rest, and that the tuples by
number follow. Cost of a change: the depth of the spot, not the size of the mapping.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from gateway.mapping.program.program import Block, Field, IndexPlan, Mark, Program
from gateway.mapping.program.values import (
    ChooseOrigin,
    FirstOrigin,
    ParseSource,
    ReadOrigin,
    TextOrigin,
    Value,
)
from gateway.mapping.run.fit import Fit

__all__ = ["Spot", "Step", "placed", "spots_of"]

Step: TypeAlias = tuple[str, int]
"""An attribute, and the position in it where it is a tuple, else -1."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A part of a program and the way to it. `fit` is what the target of a value admits, `field` its number."""

    part: Field | Block | Value | Mark | IndexPlan
    way: tuple[Step, ...]
    fit: Fit | None = None
    field: int = -1


def spots_of(program: Program) -> Iterator[Spot]:
    """Give every field, block, mark, value and index, outer ones first, in the order of the file."""
    for at, index in enumerate(program.indexes):
        yield Spot(index, (("indexes", at),))
    for at, split in enumerate(program.splits):
        for number, field in enumerate(split.fields):
            yield from _field(field, (("splits", at), ("fields", number)))


def _field(field: Field, way: tuple[Step, ...]) -> Iterator[Spot]:
    yield Spot(field, way, field.fit, field.number)
    if isinstance(field.content, Value):
        yield from _value(field.content, (*way, ("content", -1)), field.fit, field.number)
    else:
        for at, block in enumerate(field.content):
            yield from _block(block, (*way, ("content", at)), field.number)
    yield from _marks(field.marks, way, field.number)


def _block(block: Block, way: tuple[Step, ...], field: int) -> Iterator[Spot]:
    yield Spot(block, way, None, field)
    for at, inner in enumerate(block.fields):
        yield from _field(inner, (*way, ("fields", at)))
    if block.value is not None:
        yield from _value(block.value, (*way, ("value", -1)), block.fit, field)
    for at, (_, branch) in enumerate(block.choose):
        yield from _block(branch, (*way, ("choose", at), ("#", 1)), field)
    yield from _marks(block.marks, way, field)


def _marks(marks: tuple[Mark, ...], way: tuple[Step, ...], field: int) -> Iterator[Spot]:
    for at, mark in enumerate(marks):
        here = (*way, ("marks", at))
        yield Spot(mark, here, mark.fit, field)
        yield from _value(mark.value, (*here, ("value", -1)), mark.fit, field)


def _value(value: Value, way: tuple[Step, ...], fit: Fit | None, field: int) -> Iterator[Spot]:
    """A value and the values it is made of; what a table or a template takes has no target of its own."""
    if value.stages or value.lookup is not None:
        fit = None
    yield Spot(value, way, fit, field)
    here = (*way, ("origin", -1))
    match value.origin:
        case ChooseOrigin(branches=branches):
            for at, branch in enumerate(branches):
                yield from _value(branch.value, (*here, ("branches", at), ("value", -1)), fit, field)
        case FirstOrigin(values=values):
            for at, inner in enumerate(values):
                yield from _value(inner, (*here, ("values", at)), fit, field)
        case TextOrigin(names=names):
            for at, (_, inner) in enumerate(names):
                yield from _value(inner, (*here, ("names", at), ("#", 1)), None, field)
        case ReadOrigin(source=ParseSource(value=inner)):
            yield from _value(inner, (*here, ("source", -1), ("value", -1)), None, field)
        case _:
            return


def placed(program: Program, way: tuple[Step, ...], new: object) -> Program:
    """Give the program with `new` at the end of a way; None takes an element of a tuple out."""
    made: list[Any] = []
    changed: Program = _put(program, way, new, made)
    values = {part.number: part for part in made if isinstance(part, Value)}
    fields = {part.number: part for part in made if isinstance(part, Field)}
    blocks = {part.number: part for part in made if isinstance(part, Block)}
    return replace(
        changed,
        values=tuple(values.get(value.number, value) for value in program.values),
        fields=tuple(fields.get(field.number, field) for field in program.fields),
        blocks=tuple(blocks.get(block.number, block) for block in program.blocks),
    )


def _put(part: Any, way: tuple[Step, ...], new: object, made: list[Any]) -> Any:
    if not way:
        made.append(new)
        return new
    (name, at), rest = way[0], way[1:]
    if name == "#":
        # A pair: a test and its branch, or a name and its value.
        items = list(part)
        items[at] = _put(items[at], rest, new, made)
        return tuple(items)
    old = getattr(part, name)
    if at < 0:
        content = _put(old, rest, new, made)
    else:
        inner = _put(old[at], rest, new, made)
        content = (*old[:at], *(() if inner is None else (inner,)), *old[at + 1 :])
    result = replace(part, **{name: content})
    made.append(result)
    return result
