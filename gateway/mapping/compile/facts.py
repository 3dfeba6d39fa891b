"""What is known of blocks before they are compiled: whether they refer to entities, and whether they can drop items."""

from gateway.mapping.language.rules import ErrorWord, MissingWord
from gateway.mapping.program.program import Block, Field, Program
from gateway.mapping.program.values import ChooseOrigin, FirstOrigin, RefOrigin, TextOrigin, Value

__all__ = ["field_refers", "may_drop", "value_refers", "weight"]


def weight(block: Block) -> int:
    """Give how many rules a block and the blocks in it have."""
    fields = sum(
        sum(weight(inner) for inner in field.content) if isinstance(field.content, tuple) else 1
        for field in block.fields
    )
    return 1 + fields + sum(weight(inner) for _, inner in block.choose)


def may_drop(program: Program, block: Block) -> bool:
    """True when something inside a block can drop its item."""
    if program.on_missing is MissingWord.DROP_ITEM or program.on_error.word is ErrorWord.DROP_ITEM:
        return True
    values = [block.value] if block.value is not None else []
    for field in block.fields:
        if isinstance(field.content, tuple):
            if any(may_drop(program, inner) for inner in field.content):
                return True
        else:
            values.append(field.content)
    marks = [mark.value for mark in block.marks]
    marks += [mark.value for field in block.fields for mark in field.marks]
    branches = any(may_drop(program, inner) for _, inner in block.choose)
    return branches or any(_drops(value) for value in (*values, *marks))


def _inner(value: Value) -> list[Value]:
    match value.origin:
        case TextOrigin(names=named):
            return [inner for _, inner in named]
        case FirstOrigin(values=values):
            return list(values)
        case ChooseOrigin(branches=branches):
            return [branch.value for branch in branches]
        case _:
            return []


def _has_ref(value: Value) -> bool:
    return isinstance(value.origin, RefOrigin)


def field_refers(field: Field) -> bool:
    """True when something in a field refers to entities: then its items may fall out at the end, and others move up."""
    if not isinstance(field.content, tuple):
        return value_refers(field.content)
    return any(_block_refers(block) for block in field.content)


def _block_refers(block: Block) -> bool:
    marks = (*block.marks, *(mark for field in block.fields for mark in field.marks))
    return (
        (block.value is not None and value_refers(block.value))
        or any(field_refers(field) for field in block.fields)
        or any(_block_refers(inner) for _, inner in block.choose)
        or any(value_refers(mark.value) for mark in marks)
    )


def value_refers(value: Value) -> bool:
    """True when a value is a reference, or chooses among some."""
    return _has_ref(value) or any(value_refers(inner) for inner in _inner(value))


def _drops(value: Value) -> bool:
    own = value.on_missing is MissingWord.DROP_ITEM or (
        value.on_error is not None and value.on_error.word is ErrorWord.DROP_ITEM
    )
    return own or any(_drops(inner) for inner in _inner(value))
