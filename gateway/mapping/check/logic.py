"""Formulas over what conditions ask, decided by trying every case of the enumerations they mention.

A variable is a place of the source, or a question nobody can decide before a document is there. Guarantees that
`models` and `counterexample` are exact over the declared cases, or say `None` / `UNDECIDED` when there are too many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

__all__ = [
    "FALSE",
    "MISSING",
    "OTHER",
    "TRUE",
    "UNDECIDED",
    "All",
    "AnyOf",
    "Case",
    "Domain",
    "Formula",
    "Has",
    "Nay",
    "OneOf",
    "Opaque",
    "Variable",
    "allowed",
    "both",
    "counterexample",
    "holds",
    "nay",
    "present",
    "satisfiable",
    "variables",
]

Variable: TypeAlias = tuple[str, ...]
"""The trail of a single value; for a value of which there may be many, marked with where it is asked from."""

MISSING: Final = "\x00missing"
"""The case that no value is there."""

OTHER: Final = "\x00other"
"""The case of a value that no condition mentions."""

UNDECIDED: Final = "undecided"
"""Too many cases to try them all."""

_MOST_CASES = 20_000


@dataclass(frozen=True, slots=True)
class Has:
    """A value is there."""

    variable: Variable


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is there and is one of these."""

    variable: Variable
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A question that is decided at run time; the same text is the same question."""

    key: Variable


@dataclass(frozen=True, slots=True)
class Nay:
    """Not."""

    item: "Formula"


@dataclass(frozen=True, slots=True)
class All:
    """All of these; of none, true."""

    items: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these; of none, false."""

    items: tuple["Formula", ...]


Formula: TypeAlias = Has | OneOf | Opaque | Nay | All | AnyOf

TRUE = All(())
FALSE = AnyOf(())

Case: TypeAlias = Mapping[Variable, str]


@dataclass(frozen=True, slots=True)
class Domain:
    """The cases of a variable: its codes (None without an enumeration), and whether it may be missing."""

    codes: tuple[str, ...] | None
    optional: bool


_UNKNOWN = Domain(None, optional=True)


def both(left: Formula, right: Formula) -> Formula:
    """Give the conjunction, flat."""
    parts = [
        *(left.items if isinstance(left, All) else (left,)),
        *(right.items if isinstance(right, All) else (right,)),
    ]
    return parts[0] if len(parts) == 1 else All(tuple(dict.fromkeys(parts)))


def nay(item: Formula) -> Formula:
    """Give the negation."""
    return item.item if isinstance(item, Nay) else Nay(item)


def variables(formula: Formula) -> Iterator[Has | OneOf | Opaque]:
    """Give the atoms of a formula, in order, with repetitions."""
    match formula:
        case Has() | OneOf() | Opaque():
            yield formula
        case Nay(item):
            yield from variables(item)
        case All(items) | AnyOf(items):
            for part in items:
                yield from variables(part)


def holds(formula: Formula, case: Case) -> bool:
    """Say whether a formula holds in a case that has a value for each of its variables."""
    match formula:
        case Has(variable):
            return case[variable] != MISSING
        case OneOf(variable, codes):
            return case[variable] in codes
        case Opaque(key):
            return case[key] == "true"
        case Nay(item):
            return not holds(item, case)
        case All(items):
            return all(holds(item, case) for item in items)
        case AnyOf(items):
            return any(holds(item, case) for item in items)


def _cases(formula: Formula, domains: Mapping[Variable, Domain]) -> dict[Variable, list[str]] | None:
    """Give the cases of each variable of a formula; None when there are too many combinations."""
    found: dict[Variable, list[str]] = {}
    mentioned: dict[Variable, set[str]] = {}
    for atom in variables(formula):
        if isinstance(atom, Opaque):
            found[atom.key] = ["true", "false"]
        elif isinstance(atom, Has):
            mentioned.setdefault(atom.variable, set())
        else:
            mentioned.setdefault(atom.variable, set()).update(atom.codes)
    for variable, codes in mentioned.items():
        domain = domains.get(variable, _UNKNOWN)
        values = list(domain.codes) if domain.codes is not None else [*sorted(codes), OTHER]
        found[variable] = [*values, MISSING] if domain.optional or not values else values
    # What the formula demands outright need not be tried otherwise.
    for part in formula.items if isinstance(formula, All) else ():
        if isinstance(part, OneOf):
            found[part.variable] = [value for value in found[part.variable] if value in part.codes]
        elif isinstance(part, Has):
            found[part.variable] = [value for value in found[part.variable] if value != MISSING]
    total = 1
    for values in found.values():
        total *= max(len(values), 1)
        if total > _MOST_CASES:
            return None
    return found


def _models(formula: Formula, domains: Mapping[Variable, Domain]) -> Iterator[Case] | None:
    cases = _cases(formula, domains)
    if cases is None:
        return None
    names = list(cases)
    every = (dict(zip(names, values, strict=True)) for values in product(*cases.values()))
    return (case for case in every if holds(formula, case))


def counterexample(formula: Formula, domains: Mapping[Variable, Domain]) -> Case | None | str:
    """Give a case in which the formula fails, None if there is none, `UNDECIDED` if it cannot be told.

    A case counts only if it fails whatever run time says, and if it needs no value of a free text beyond those that the
    formula mentions: whether such values occur, only documents can tell.
    """
    failing = _models(Nay(formula), domains)
    if failing is None:
        return UNDECIDED
    opaque = {atom.key for atom in variables(formula) if isinstance(atom, Opaque)}
    compared = {atom.variable for atom in variables(formula) if isinstance(atom, OneOf)}
    free = {name for name in compared if domains.get(name, _UNKNOWN).codes is None}
    undecided = False
    groups: dict[tuple[tuple[Variable, str], ...], int] = {}
    for case in failing:
        undecided = True
        if any(case[name] in {OTHER, MISSING} for name in free):
            continue
        known = tuple((name, value) for name, value in case.items() if name not in opaque)
        groups[known] = groups.get(known, 0) + 1
        if groups[known] == 2 ** len(opaque):
            return dict(known)
    return UNDECIDED if undecided else None


def allowed(variable: Variable, formula: Formula, domains: Mapping[Variable, Domain]) -> frozenset[str] | None:
    """Give the cases that a variable has where a formula holds; None when it says nothing about it."""
    relevant = _about(variable, formula)
    if relevant is None:
        return None
    models = _models(relevant, domains)
    return None if models is None else frozenset(case[variable] for case in models if variable in case)


def present(formula: Formula, domains: Mapping[Variable, Domain]) -> set[Variable]:
    """Give the variables that have a value wherever a formula holds."""
    names = {atom.variable for atom in variables(formula) if not isinstance(atom, Opaque)}
    found = set()
    for name in names:
        cases = allowed(name, formula, domains)
        if cases is not None and MISSING not in cases:
            found.add(name)
    return found


def _about(variable: Variable, formula: Formula) -> Formula | None:
    """Give the conjuncts that are connected with a variable; the others cannot narrow it."""
    parts: list[Formula] = list(formula.items) if isinstance(formula, All) else [formula]
    names = {variable}
    chosen: list[Formula] = []
    grown = True
    while grown:
        grown = False
        for part in list(parts):
            mentioned = {atom.key if isinstance(atom, Opaque) else atom.variable for atom in variables(part)}
            if mentioned & names:
                parts.remove(part)
                chosen.append(part)
                names |= mentioned
                grown = True
    mentioned_there = any(
        not isinstance(atom, Opaque) and atom.variable == variable for part in chosen for atom in variables(part)
    )
    return All(tuple(chosen)) if mentioned_there else None


def satisfiable(formula: Formula, domains: Mapping[Variable, Domain]) -> bool:
    """Say whether there is a case in which the formula holds; true when there are too many to try."""
    models = _models(formula, domains)
    return models is None or next(models, None) is not None
