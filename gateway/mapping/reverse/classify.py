"""What can be undone: every rule of a mapping as exact, guard, derived, partial or lossy, with reasons (section 12).

| construct | class |
| --- | --- |
| plain path, injective table, `datetime`, `prefix`, `group`, `slots` | exact |
| `const` | guard: checked on the way back |
| `text`, `parse`, what is read through an index or an outer block, references, marks | derived |
| `choose` over distinct constants of one equality | partial: `otherwise` needs `reverse:` |
| other converters, a table with several sources for one target, `default first_of pick where drop ignore` | lossy |

Exact means: what the way back writes, the way there reads as the same value. A class is the worst of what a rule does;
every reason is given. Nothing here looks at a document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Place
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.conditions import Compare, Literal
from gateway.mapping.language.rules import (
    All,
    Block,
    Choose,
    Const,
    ConverterCall,
    ErrorWord,
    FirstOf,
    From,
    Inside,
    Join,
    MissingWord,
    Parse,
    Ref,
    Text,
    Value,
    Word,
)
from gateway.mapping.paths.path import Path
from gateway.mapping.program.program import Program
from gateway.mapping.reverse.rules import Names, Rule, names_of, plain, rules_of
from gateway.mapping.tables import Match, Table

__all__ = ["Class", "Judged", "classify", "exact_rules", "undone"]


class Class(StrEnum):
    """How well a rule can be undone, best first."""

    EXACT = "exact"
    GUARD = "guard"
    DERIVED = "derived"
    PARTIAL = "partial"
    LOSSY = "lossy"


_ORDER = tuple(Class)
_NEUTRAL = frozenset({"trim", "nfc"})
"""What every text goes through anyway."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule (or block, or entry of `ignore`): its place, what it writes and reads, its class and why."""

    place: Place
    target: str
    source: str
    kind: Class
    reasons: tuple[str, ...] = ()


def classify(program: Program) -> list[Judged]:
    """Judge every rule, block with a condition and entry of `ignore` of a mapping, in the order of the file."""
    judge = _Judge(program)
    found = [*judge.rules(), *judge.ignored()]
    return sorted(found, key=lambda one: (one.place.file, one.place.line, one.place.column))


def exact_rules(program: Program) -> list[Rule]:
    """Give the rules that are exact: field, value and names."""
    judge = _Judge(program)
    return [rule for rule in rules_of(program.mapping) if judge.of(rule).kind is Class.EXACT]


def undone(call: ConverterCall) -> bool:
    """True where a converter can be undone exactly."""
    name = call.name.text
    if name == "datetime":
        # Written as RFC 3339, which `datetime` reads; a form of its own cannot be written.
        return not isinstance(call.argument, Word | tuple)
    return name in {"prefix", "suffix"} | _NEUTRAL


class _Judge:
    def __init__(self, program: Program) -> None:
        self._mapping = program.mapping
        self._tables = {value.lookup.place: value.lookup.table for value in program.values if value.lookup is not None}
        self._rules = list(rules_of(program.mapping))
        self._plain: set[tuple[tuple[int, ...], Names | None]] = {
            (tuple(map(id, rule.blocks)), rule.source)
            for rule in self._rules
            if isinstance(rule.value.origin, From) and not rule.value.converts and rule.value.lookup is None
        }

    def rules(self) -> Iterator[Judged]:
        """Judge rules, and the blocks around them once each."""
        seen: set[int] = set()
        for rule in self._rules:
            for block, target in zip(rule.blocks, rule.fills, strict=True):
                if id(block) not in seen:
                    seen.add(id(block))
                    reasons = tuple(_of_block(block))
                    if reasons:
                        kind = max((one for one, _ in reasons), key=_ORDER.index)
                        yield Judged(block.place, ".".join(target), "", kind, tuple(text for _, text in reasons))
            yield self.of(rule)

    def ignored(self) -> Iterator[Judged]:
        """What is left out on purpose cannot come back."""
        for entry in self._mapping.ignore:
            yield Judged(entry.place, "", entry.path.text, Class.LOSSY, (f"ignored: {entry.why.text}",))

    def of(self, rule: Rule) -> Judged:
        """Judge one rule."""
        found = list(self._of_value(rule.value, rule))
        for block in rule.blocks:
            found += _of_way(block)
        if rule.value.mark:
            found.append((Class.DERIVED, "its marks are read from other places"))
        if not found:
            found = [(Class.EXACT, "")]
        kind = max((one for one, _ in found), key=_ORDER.index)
        reasons = tuple(dict.fromkeys(text for _, text in found if text))
        source = "/".join(rule.source) if rule.source is not None else ""
        return Judged(rule.field.place, ".".join(rule.target), source, kind, reasons)

    def _of_value(self, value: Value, rule: Rule) -> Iterator[tuple[Class, str]]:
        yield from self._of_origin(value, rule)
        for call in value.converts:
            if not undone(call):
                name = call.name.text
                known = name in CONVERTERS
                yield Class.LOSSY, f"{name} cannot be undone" if known else f"{name} is not known"
        if value.lookup is not None:
            table = self._tables.get(value.lookup.place)
            if value.lookup.keys or value.lookup.take is not None or value.lookup.as_of is not None:
                yield Class.LOSSY, "a table with several keys, outputs or days has no single way back"
            elif table is not None:
                yield from _of_table(table)
        yield from _of_policies(value)

    def _of_origin(self, value: Value, rule: Rule) -> Iterator[tuple[Class, str]]:
        match value.origin:
            case From(context=Path() as path):
                if not plain(path):
                    yield Class.LOSSY, "it chooses nodes by position or condition"
            case From(context=Inside(name=name)):
                yield Class.DERIVED, f"it repeats what stands once, in '{name.text}'"
            case From(context=Join(index=index) | All(index=index)):
                yield Class.DERIVED, f"it is read through index '{index.text}'"
            case From():
                yield Class.DERIVED, "it is made of several places"
            case Const():
                yield Class.GUARD, "a constant is checked on the way back"
            case Text():
                if not self._parts_are_mapped(value.origin, rule):
                    yield Class.DERIVED, "its parts are not mapped on their own"
            case FirstOf():
                yield Class.LOSSY, "which of several places it came from is not kept"
            case Choose():
                yield from _of_choose(value.origin)
            case Ref():
                yield Class.DERIVED, "a reference is made anew from the key"

    def _parts_are_mapped(self, text: Text, rule: Rule) -> bool:
        """True if each part of a composed text is also written as it is, so that the text follows from them."""
        chain = tuple(map(id, rule.blocks))
        return text.template is not None and all(
            isinstance(value.origin, From)
            and isinstance(value.origin.context, Path)
            and not value.converts
            and any(
                key == chain and source is not None and source[-1:] == _last(value.origin.context)
                for key, source in self._plain
            )
            for _, value in text.names
        )


def _last(path: Path) -> Names | None:
    """The last name of a path as a rule's source has it; None where its last step has no name."""
    names = names_of(path) if path.last_name else None
    return None if names is None else names[-1:]


def _of_block(block: Block) -> Iterator[tuple[Class, str]]:
    if block.where is not None:
        yield Class.LOSSY, "where: what it does not take is gone"
    if block.when is not None:
        yield Class.LOSSY, "when: written under a condition only"
    if block.pick is not None:
        yield Class.LOSSY, "pick: the others are gone"
    yield from _of_way(block)


def _of_way(block: Block) -> Iterator[tuple[Class, str]]:
    """What the way to a block's nodes means for everything in it."""
    if block.choose:
        yield Class.PARTIAL, "choose: which branch it was must follow from the values"
    match None if block.move is None else block.move.context:
        case Join(index=index) | All(index=index):
            yield Class.DERIVED, f"the records of index '{index.text}' stand elsewhere in the source"
        case Parse():
            yield Class.DERIVED, "it is a part of a text that is taken apart"
        case Inside(name=name):
            yield Class.DERIVED, f"it repeats what stands once, in '{name.text}'"
        case Path() as path if not plain(path):
            yield Class.LOSSY, "it chooses nodes by position or condition"
        case _:
            return


def _of_choose(choose: Choose) -> Iterator[tuple[Class, str]]:
    constants = [branch.then.origin.word.text for branch in choose.branches if isinstance(branch.then.origin, Const)]
    tests = [branch.when for branch in choose.branches if branch.when is not None]
    equal = [test for test in tests if isinstance(test, Compare) and test.operator == "=="]
    paths = {test.left.text for test in equal if isinstance(test.left, Path) and isinstance(test.right, Literal)}
    distinct = len(constants) == len(choose.branches) == len(set(constants))
    if not (distinct and len(equal) == len(tests) and len(paths) == 1):
        yield Class.LOSSY, "choose: which branch it was does not follow from the value"
        return
    last = choose.branches[-1]
    if last.when is None and last.then.reverse is None:
        yield Class.PARTIAL, "otherwise needs `reverse:` with the text to write"
    else:
        yield Class.PARTIAL, "the way back chooses by the constant"


def _of_table(table: Table) -> Iterator[tuple[Class, str]]:
    targets: dict[str, list[bool]] = {}
    for row in table.rows:
        if row.match is Match.NONE:
            continue
        targets.setdefault(row.target, []).append(row.preferred)
        if row.match is not Match.EXACT:
            yield Class.LOSSY, f"table {table.file} has {row.match} matches"
    several = [rows for rows in targets.values() if len(rows) > 1]
    if any(sum(rows) != 1 for rows in several):
        yield Class.LOSSY, f"table {table.file} has several sources for one target; mark one `preferred`"
    elif several:
        yield Class.LOSSY, f"table {table.file} has several sources for one target; the preferred one is written"
    if table.fold:
        yield Class.LOSSY, f"table {table.file} ignores case or blanks"


def _of_policies(value: Value) -> Iterator[tuple[Class, str]]:
    if value.when is not None:
        yield Class.LOSSY, "when: written under a condition only"
    if value.default is not None:
        yield Class.LOSSY, "default: a missing value is no longer told from it"
    if value.pick is not None:
        yield Class.LOSSY, "pick: the others are gone"
    if value.on_missing is MissingWord.DROP_ITEM:
        yield Class.LOSSY, "drop_item: items without it are gone"
    if value.on_error is not None and value.on_error.word in {ErrorWord.DROP, ErrorWord.DROP_ITEM, ErrorWord.USE}:
        yield Class.LOSSY, f"on_error: {value.on_error.word}: a value that cannot be used is gone"
