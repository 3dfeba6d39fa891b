"""Conditions: one grammar for all formats, guarding blocks, rules and documents.

    a op b  with == != < <= > >=      p in ['x', 'y']      has(p)   count(p)   matches(p, pattern)
    in(block, p)                      is('Type')           and   or   not   ( )

They see values after clean-up and null spelling. A missing operand makes every comparison false, `!=` too. Guarantees
that every part knows its place; which node a path leads to is not known here.
"""

from dataclasses import dataclass
from typing import TypeAlias

from gateway.errors import Place
from gateway.mapping.paths.path import Path

__all__ = [
    "And",
    "Compare",
    "Condition",
    "Count",
    "Has",
    "In",
    "Is",
    "Literal",
    "Matches",
    "Not",
    "Operand",
    "Or",
    "Outer",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """`'x'`, a number as written, `true` or `false`. `kind` is text, number or boolean."""

    kind: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Outer:
    """`in(block, p)`: a path from an enclosing block, or from `envelope`."""

    block: str
    path: Path
    place: Place


@dataclass(frozen=True, slots=True)
class Count:
    """`count(p)`: how many nodes, empty ones included."""

    item: Path | Outer
    place: Place


Operand: TypeAlias = Path | Outer | Count | Literal


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`. Numbers compare by value when one side is a number, else texts compare."""

    operator: str
    left: Operand
    right: Operand
    place: Place


@dataclass(frozen=True, slots=True)
class In:
    """`p in ['x', 'y']`."""

    item: Operand
    literals: tuple[Literal, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Has:
    """`has(p)`: a value is there, not blank, not null, not spelled as null."""

    item: Path | Outer
    place: Place


@dataclass(frozen=True, slots=True)
class Matches:
    """`matches(p, pattern)`: the whole text fits a pattern of the mapping."""

    item: Path | Outer
    pattern: str
    place: Place


@dataclass(frozen=True, slots=True)
class Is:
    """`is('Type')`: the current XML element has this `xsi:type`, or this name in a substitution group."""

    type: str
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    """`not c`."""

    item: "Condition"
    place: Place


@dataclass(frozen=True, slots=True)
class And:
    """`a and b`; the second is not asked when the first fails."""

    items: tuple["Condition", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b`; the second is not asked when the first holds."""

    items: tuple["Condition", ...]
    place: Place


Condition: TypeAlias = Compare | In | Has | Matches | Is | Not | And | Or
