"""The rules of a mapping, one by one: which target each writes, what it reads, and how the value changes on the way.

Guarantees that every path of the mapping belongs to exactly one use: of a rule, of a condition, of a key or of a block.
Works on the mapping as it is written; nothing is resolved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from gateway.errors import Place
from gateway.mapping.language.conditions import Condition, Outer
from gateway.mapping.language.file import Mapping, Split
from gateway.mapping.language.rules import (
    All,
    Argument,
    Block,
    ConverterCall,
    Field,
    Group,
    Inside,
    Join,
    Lookup,
    Named,
    Parse,
    Pick,
    Ref,
    Slots,
    Value,
    Word,
)
from gateway.mapping.paths.path import Path

__all__ = ["Rule", "Use", "converter_text", "rules_of", "uses_of"]

_CONDITIONS: tuple[type, ...] = Condition.__args__


_HOLDERS = (All, Group, Inside, Join, Lookup, Outer, Parse, Pick, Ref, Slots)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule that writes a leaf or an item: `target` is the whole key from the top, `place` that of the key.

    `blocks` are the blocks around it, from the outermost.
    """

    target: str
    value: Value
    place: Place
    split: str
    blocks: tuple[Block, ...] = ()
    mark: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One place where a mapping names a path: `what` is `value`, `condition`, `key`, `block` or `table key`."""

    what: str
    target: str
    place: Place
    path: str
    rule: Rule | None = None
    value: Value | None = None


def rules_of(mapping: Mapping) -> Iterator[Rule]:
    """Give every rule in the order of the file; fields of a part stand where the part is used."""
    parts = {part.name.text: part.fields for part in mapping.parts}
    for split in mapping.splits:
        name = "" if split.name is None else split.name.text
        yield from _fields(split.fields, "", name, (), parts, frozenset(), outbound=mapping.target.format.text == "xml")


def _fields(
    found: tuple[Field, ...],
    above: str,
    split: str,
    blocks: tuple[Block, ...],
    parts: dict[str, tuple[Field, ...]],
    used: frozenset[str],
    *,
    outbound: bool,
) -> Iterator[Rule]:
    for field in found:
        separator = "/" if outbound else "."
        key = field.key.text.removeprefix("./") if above else field.key.text
        target = f"{above}{separator}{key}" if above else key
        if isinstance(field.content, Value):
            yield from _value(field.content, target, field.key.place, split, blocks)
            continue
        for block in field.content:
            yield from _block(block, target, field.key.place, split, blocks, parts, used, outbound=outbound)


def _block(
    block: Block,
    target: str,
    place: Place,
    split: str,
    blocks: tuple[Block, ...],
    parts: dict[str, tuple[Field, ...]],
    used: frozenset[str],
    *,
    outbound: bool,
) -> Iterator[Rule]:
    inside = (*blocks, block)
    yield from _fields(block.fields, target, split, inside, parts, used, outbound=outbound)
    if block.part is not None and block.part.text not in used:
        more = used | {block.part.text}
        yield from _fields(parts.get(block.part.text, ()), target, split, inside, parts, more, outbound=outbound)
    if block.value is not None:
        yield from _value(block.value, target, place, split, inside)
    for branch in block.choose:
        yield from _block(branch.then, target, place, split, inside, parts, used, outbound=outbound)
    yield from _marks(block.mark, target, split, inside)


def _value(value: Value, target: str, place: Place, split: str, blocks: tuple[Block, ...]) -> Iterator[Rule]:
    yield Rule(target, value, place, split, blocks)
    yield from _marks(value.mark, target, split, blocks)


def _marks(marks: tuple[Field, ...], target: str, split: str, blocks: tuple[Block, ...]) -> Iterator[Rule]:
    for mark in marks:
        if isinstance(mark.content, Value):
            yield Rule(f"{target} mark {mark.key.text}", mark.content, mark.key.place, split, blocks, mark=True)


# -- uses -------------------------------------------------------------------------------------------------------------


def uses_of(mapping: Mapping) -> list[Use]:
    """Give every path that the mapping names, with what it is used for."""
    found: list[Use] = []
    seen: set[int] = set()
    for rule in rules_of(mapping):
        for block in rule.blocks:
            if id(block) not in seen:
                seen.add(id(block))
                found += _of_block(block, rule)
        found += _paths(rule.value, "value", rule, rule.value)
    for split in mapping.splits:
        found += _of_split(split)
    for index in mapping.index:
        found += [Use("block", f"index {index.name.text}", index.over.place, index.over.text)]
        found += [Use("key", f"index {index.name.text}", key.place, key.text) for key in index.keys]
        found += _paths(index.pick, "key", None, None)
    for ignore in mapping.ignore:
        found += _paths(ignore.where, "condition", None, None)
    for check in mapping.checks:
        found += _paths(check.that, "condition", None, None)
    return found


def _of_block(block: Block, rule: Rule) -> Iterator[Use]:
    target = _target_of(block, rule)
    for what, part in (
        ("block", block.move),
        ("condition", block.where),
        ("condition", block.when),
        ("key", block.keys),
        ("condition", tuple(branch.when for branch in block.choose)),
        ("block", block.pick),
    ):
        for use in _paths(part, what, None, None):
            yield Use(use.what, target, use.place, use.path)


def _target_of(block: Block, rule: Rule) -> str:
    """The target of a block among those around a rule: the shortest one is that of the outermost block."""
    depth = rule.blocks.index(block)
    pieces = rule.target.split("[]")
    return "[]".join(pieces[: depth + 1]) + ("[]" if depth + 1 < len(pieces) else "")


def _of_split(split: Split) -> Iterator[Use]:
    name = f"message {split.name.text}" if split.name is not None else "message"
    for what, part in (("block", split.each), ("condition", split.where)):
        for use in _paths(part, what, None, None):
            yield Use(use.what, name, use.place, use.path)


def _paths(part: object, what: str, rule: Rule | None, value: Value | None) -> Iterator[Use]:
    """Every path in a piece of a mapping; conditions, keys of tables and parts of blocks change what it is used for."""
    target = "" if rule is None else rule.target
    if isinstance(part, Path):
        yield Use(what, target, part.place, part.text, rule, value)
        return
    if isinstance(part, tuple):
        for item in part:
            yield from _paths(item, what, rule, value)
        return
    if not is_dataclass(part) or isinstance(part, Field | Word | Place):
        return
    if isinstance(part, _CONDITIONS):
        what = "condition"
    if isinstance(part, _HOLDERS):
        # The checker says where such a thing stands, not where each key in it does.
        yield Use("key" if isinstance(part, Join | Ref | Lookup) else what, target, part.place, "", rule, value)
    for each in fields(part):
        inner = getattr(part, each.name)
        below = what
        if isinstance(part, Lookup):
            below = "table key"
        if each.name == "mark":
            continue
        nearest = part if isinstance(part, Value) and rule is not None else value
        yield from _paths(inner, below, rule, nearest)


# -- words ------------------------------------------------------------------------------------------------------------


def converter_text(call: ConverterCall) -> str:
    """Give a converter as the mapping writes it: `upper`, `remove: " -"`."""
    return call.name.text if call.argument is None else f"{call.name.text}: {_argument(call.argument)}"


def _argument(argument: Argument) -> str:
    match argument:
        case Word(text=text):
            return text if text == text.strip() and text else f'"{text}"'
        case tuple():
            return f"[{', '.join(_argument(item) for item in argument)}]"
        case Named(entries=entries):
            return f"{{{', '.join(f'{name.text}: {_argument(item)}' for name, item in entries)}}}"
        case _:
            return "{from: …}"
