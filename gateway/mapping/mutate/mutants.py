"""The mutants of a mapping: the same rules with one small mistake, as a tired hand would make it (design, section 15).

| of | mutants |
| --- | --- |
| a rule, a block of several, a mark | left out |
| `const`, `default` | another value that the target admits; the default left out |
| a condition | the opposite; `where` also left out |
| `convert`, `clean`, `as_of` | each converter left out; the day not asked |
| `first_of` | two neighbours swapped |
| `on_error`, `on_missing` | weaker by one step |
| `pick` | another end |
| a table row | left out; answering as its neighbour does |
| `check` | left out |

Guarantees that each mutant differs from the mapping in one place. A mutant is a value: nothing is loaded again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gateway.document.canonical import sha256
from gateway.errors import Place
from gateway.mapping.convert.converter import Bad
from gateway.mapping.language.rules import ErrorPolicy, ErrorWord, MissingWord, PickKind
from gateway.mapping.mutate.rows import table_mutants
from gateway.mapping.mutate.spots import Spot, placed, spots_of
from gateway.mapping.program.program import Block, Field, IndexPlan, Mark, Program
from gateway.mapping.program.values import (
    Branch,
    ChooseOrigin,
    ConstOrigin,
    FirstOrigin,
    NotTest,
    PickPlan,
    Test,
    Value,
)
from gateway.mapping.run.fit import Fit
from gateway.names import Digest

__all__ = ["MOST_ROWS", "Mutant", "mutants_of"]

MOST_ROWS = 500
"""Above so many table rows a sample is taken, seeded by the mapping's digest."""

_WEAKER_ERROR = {
    ErrorWord.REFUSE: ErrorWord.QUARANTINE,
    ErrorWord.QUARANTINE: ErrorWord.DROP,
    ErrorWord.DROP_ITEM: ErrorWord.DROP,
    ErrorWord.KEEP: ErrorWord.DROP,
    ErrorWord.USE: ErrorWord.DROP,
}
_WEAKER_MISSING = {
    MissingWord.REFUSE: MissingWord.QUARANTINE,
    MissingWord.QUARANTINE: MissingWord.SKIP,
    MissingWord.DROP_ITEM: MissingWord.SKIP,
}
_OTHER_END = {
    PickKind.FIRST: PickKind.LAST,
    PickKind.LAST: PickKind.FIRST,
    PickKind.ONLY: PickKind.FIRST,
    PickKind.SAME: PickKind.FIRST,
    PickKind.MAX: PickKind.MIN,
    PickKind.MIN: PickKind.MAX,
    PickKind.CONCAT: PickKind.FIRST,
}


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One mistake: where it would stand, what it is, and the rules with it.

    `field` and `row` (its file and number) say whom it concerns, so that the cases which touch that run first.
    """

    place: Place
    what: str
    make: Callable[[], Program]
    field: int = -1
    row: tuple[str, int] | None = None


def mutants_of(program: Program, digest: Digest) -> list[Mutant]:
    """Give every mutant, in the order of the file, tables last. Same mapping, same mutants."""
    found = list(_whole(program))
    for spot in spots_of(program):
        match spot.part:
            case Field() as field:
                found += _of_field(program, spot, field)
            case Block() as block:
                found += _of_block(program, spot, block)
            case Mark() as mark:
                found.append(_mutant(program, spot, mark.value.place, "the mark is left out", None))
            case IndexPlan() as index:
                found += _of_index(program, spot, index)
            case Value() as value:
                found += _of_value(program, spot, value)
    rows = [Mutant(place, what, make, row=row) for place, what, make, row in table_mutants(program)]
    if len({mutant.row for mutant in rows}) > MOST_ROWS:
        chosen = sorted({mutant.row for mutant in rows}, key=lambda row: sha256(f"{digest}{row}".encode()))[:MOST_ROWS]
        rows = [mutant for mutant in rows if mutant.row in set(chosen)]
    return [*found, *rows]


def _mutant(program: Program, spot: Spot, place: Place, what: str, new: object) -> Mutant:
    return Mutant(place, what, lambda: placed(program, spot.way, new), spot.field)


def _whole(program: Program) -> Iterator[Mutant]:
    """What holds for the whole file: clean-up, defaults, checks of the document."""
    place = program.mapping.place
    for at, stage in enumerate(program.clean):
        rest = (*program.clean[:at], *program.clean[at + 1 :])
        yield Mutant(stage.place, f"clean: {stage.name} is left out", lambda rest=rest: replace(program, clean=rest))  # type: ignore[misc]  # bound now
    weaker = _WEAKER_ERROR.get(program.on_error.word)
    if weaker is not None:
        policy = _weakened(program.on_error, weaker)
        what = f"defaults: on_error is {weaker} instead of {program.on_error.word}"
        yield Mutant(_or(program.on_error.place, place), what, lambda: replace(program, on_error=policy))
    for at, check in enumerate(program.checks):
        rest_checks = (*program.checks[:at], *program.checks[at + 1 :])
        yield Mutant(check.place, "the check is left out", lambda rest=rest_checks: replace(program, checks=rest))  # type: ignore[misc]  # bound now


def _of_field(program: Program, spot: Spot, field: Field) -> Iterator[Mutant]:
    yield _mutant(program, spot, field.place, "the rule is left out", None)


def _of_block(program: Program, spot: Spot, block: Block) -> Iterator[Mutant]:
    name, at = spot.way[-1]
    if name == "content" and at >= 0 and not block.choose:
        field = _part(program, spot.way[:-1])
        if isinstance(field, Field) and isinstance(field.content, tuple) and len(field.content) > 1:
            yield _mutant(program, spot, block.place, "this one of several blocks is left out", None)
    if block.where is not None:
        yield _mutant(program, spot, block.place, "where is left out", replace(block, where=None))
        yield _mutant(program, spot, block.place, "where is negated", replace(block, where=NotTest(block.where)))
    if block.when is not None:
        yield _mutant(program, spot, block.place, "when is negated", replace(block, when=NotTest(block.when)))
    if block.pick is not None:
        yield _picked(program, spot, block.place, block.pick, block)
    for position, (test, branch) in enumerate(block.choose):
        if test is not None:
            branches = list(block.choose)
            branches[position] = (NotTest(test), branch)
            changed = replace(block, choose=tuple(branches))
            yield _mutant(program, spot, branch.place, "the branch's condition is negated", changed)


def _of_index(program: Program, spot: Spot, index: IndexPlan) -> Iterator[Mutant]:
    if index.pick is not None:
        yield _picked(program, spot, index.place, index.pick, index)


def _picked(program: Program, spot: Spot, place: Place, pick: PickPlan, part: Block | IndexPlan | Value) -> Mutant:
    other = _OTHER_END[pick.kind]
    what = f"pick is {other} instead of {pick.kind}"
    return _mutant(program, spot, _or(pick.place, place), what, replace(part, pick=replace(pick, kind=other)))


def _of_value(program: Program, spot: Spot, value: Value) -> Iterator[Mutant]:
    yield from _of_origin(program, spot, value)
    if value.test is not None:
        yield _mutant(program, spot, value.place, "when is negated", replace(value, test=NotTest(value.test)))
    for at, stage in enumerate(value.stages):
        stages = (*value.stages[:at], *value.stages[at + 1 :])
        flatten = any(one.name == "flatten" for one in stages)
        changed = replace(value, stages=stages, flatten=flatten)
        yield _mutant(program, spot, _or(stage.place, value.place), f"{stage.name} is left out", changed)
    if value.lookup is not None and value.lookup.as_of is not None:
        changed = replace(value, lookup=replace(value.lookup, as_of=None))
        yield _mutant(program, spot, value.lookup.place, "as_of is left out", changed)
    if value.pick is not None:
        yield _picked(program, spot, value.place, value.pick, value)
    if value.default is not None:
        yield _mutant(program, spot, value.place, "default is left out", replace(value, default=None))
    yield from _of_policies(program, spot, value)


def _of_policies(program: Program, spot: Spot, value: Value) -> Iterator[Mutant]:
    if value.on_error is not None and (weaker := _WEAKER_ERROR.get(value.on_error.word)) is not None:
        what = f"on_error is {weaker} instead of {value.on_error.word}"
        changed = replace(value, on_error=_weakened(value.on_error, weaker))
        yield _mutant(program, spot, _or(value.on_error.place, value.place), what, changed)
    if value.on_missing is not None and (missing := _WEAKER_MISSING.get(value.on_missing)) is not None:
        what = f"on_missing is {missing} instead of {value.on_missing}"
        yield _mutant(program, spot, value.place, what, replace(value, on_missing=missing))


def _of_origin(program: Program, spot: Spot, value: Value) -> Iterator[Mutant]:
    match value.origin:
        case ConstOrigin(text=text):
            other = _other(text, spot.fit)
            if other is not None:
                yield _mutant(program, spot, value.place, "const has another value", replace(value, origin=other))
        case FirstOrigin(values=values):
            for at in range(len(values) - 1):
                swapped = (*values[:at], values[at + 1], values[at], *values[at + 2 :])
                changed = replace(value, origin=FirstOrigin(swapped))
                yield _mutant(program, spot, values[at + 1].place, "first_of asks this one earlier", changed)
        case ChooseOrigin(branches=branches):
            for at, branch in enumerate(branches):
                if branch.test is not None:
                    negated: Test = NotTest(branch.test)
                    other_branches = (*branches[:at], Branch(negated, branch.value), *branches[at + 1 :])
                    changed = replace(value, origin=ChooseOrigin(other_branches))
                    yield _mutant(program, spot, branch.value.place, "the branch's condition is negated", changed)
        case _:
            return


def _other(text: str, fit: Fit | None) -> ConstOrigin | None:
    """Another constant that the target admits, or None where it admits one only."""
    candidates = [f"{text}x", f"x{text}", "true" if text == "false" else "false", "1", "2", "2001-01-01", "x"]
    if fit is None:
        return ConstOrigin(candidates[0])
    inner = fit.inner if fit.inner is not None else fit
    candidates = [*sorted(inner.codes or ()), *candidates]
    admitted = (one for one in candidates if one != text and not isinstance(fit.write(one, None), Bad))
    found = next(admitted, None)
    return None if found is None else ConstOrigin(found)


def _weakened(policy: ErrorPolicy, word: ErrorWord) -> ErrorPolicy:
    return replace(policy, word=word, use=None, keep=False)


def _or(place: Place, other: Place) -> Place:
    return place if place.line else other


def _part(program: Program, way: tuple[tuple[str, int], ...]) -> object:
    here: object = program
    for name, at in way:
        if name == "#":
            here = here[at]  # type: ignore[index]  # a pair
            continue
        here = getattr(here, name)
        if at >= 0:
            here = here[at]  # type: ignore[index]  # a tuple
    return here
