"""What is read, made ready to run: routes, sources of nodes, conditions and value rules, all names resolved.

The blocks around them are in `program`. Nothing here depends on a document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.errors import Place
from gateway.mapping.convert.converter import Function
from gateway.mapping.language.conditions import Literal
from gateway.mapping.language.rules import ErrorPolicy, MissingWord, PickKind, TemplateItem
from gateway.mapping.paths.path import JsonStep, Path, XmlStep
from gateway.mapping.run.packed import TextPattern
from gateway.mapping.tables import Table

__all__ = [
    "AllSource",
    "Branch",
    "ChooseOrigin",
    "CompareTest",
    "ConstOrigin",
    "CountOperand",
    "FirstOrigin",
    "Ground",
    "GroupSource",
    "HasTest",
    "InTest",
    "IsTest",
    "JoinSource",
    "LiteralOperand",
    "LogicTest",
    "LookupPlan",
    "MatchesTest",
    "NotTest",
    "Operand",
    "Origin",
    "ParseSource",
    "PickPlan",
    "ReadOrigin",
    "RefOrigin",
    "Route",
    "RouteSource",
    "SlotsSource",
    "Source",
    "Stage",
    "Test",
    "TextOrigin",
    "Value",
]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What kind of node stands somewhere: `xml`, `json`, `row`, `virtual` (made by the mapping) or `text`.

    `children` are the names below a virtual node, a row or a declared record (of kind `xml`), `nulls` the spellings of
    null for a text, `number` says that a column is declared as integer or decimal.
    """

    kind: str
    children: Mapping[str, "Ground"] = field(default_factory=dict)
    nulls: frozenset[str] = frozenset()
    number: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A resolved path. `scope` is empty for the current node, `/` for the top, else the name of an enclosing block."""

    path: Path
    scope: str
    steps: tuple[XmlStep | JsonStep, ...]
    ground: Ground

    @property
    def nulls(self) -> frozenset[str]:
        """The spellings of null where the route ends."""
        return self.ground.nulls


# -- where nodes come from --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class RouteSource:
    """Nodes by path."""

    route: Route


@dataclass(frozen=True, slots=True, eq=False)
class JoinSource:
    """The nodes of an index with a key, and a route from each."""

    index: int
    keys: tuple["Source", ...]
    route: Route | None
    many: bool
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class AllSource:
    """Every node of an index."""

    index: int
    route: Route | None


@dataclass(frozen=True, slots=True, eq=False)
class GroupSource:
    """One virtual node per key. `members` and `by` carry the names of the children they become."""

    members: tuple[tuple[str, Route], ...]
    by: tuple[tuple[str, Path], ...]
    keys: tuple[tuple[Route, ...], ...]
    adjacent: bool
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class SlotsSource:
    """The listed places in order: one route per slot, or named routes per slot."""

    routes: tuple[Route, ...]
    first: int
    named: tuple[tuple[str, tuple[Route, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ParseSource:
    """The parts of a text."""

    pattern: TextPattern
    value: "Value"


Source: TypeAlias = RouteSource | JoinSource | AllSource | GroupSource | SlotsSource | ParseSource


@dataclass(frozen=True, slots=True, eq=False)
class PickPlan:
    """How one is made of many."""

    kind: PickKind
    route: Route | None
    separator: str
    place: Place


# -- conditions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class CountOperand:
    """How many nodes."""

    route: Route


@dataclass(frozen=True, slots=True, eq=False)
class LiteralOperand:
    """A literal."""

    literal: Literal


Operand: TypeAlias = Route | CountOperand | LiteralOperand


@dataclass(frozen=True, slots=True, eq=False)
class CompareTest:
    """A comparison."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True, eq=False)
class InTest:
    """One of several literals."""

    item: Operand
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HasTest:
    """A value is present."""

    route: Route


@dataclass(frozen=True, slots=True, eq=False)
class MatchesTest:
    """A text fits a pattern."""

    route: Route
    pattern: TextPattern


@dataclass(frozen=True, slots=True, eq=False)
class IsTest:
    """`xsi:type` or name of the current element, in Clark notation and as a local name."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class NotTest:
    """Negation."""

    item: "Test"


@dataclass(frozen=True, slots=True, eq=False)
class LogicTest:
    """All (`every`) or one of several conditions."""

    every: bool
    items: tuple["Test", ...]


Test: TypeAlias = CompareTest | InTest | HasTest | MatchesTest | IsTest | NotTest | LogicTest


# -- values -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class ReadOrigin:
    """A value read from the document."""

    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class ConstOrigin:
    """A fixed text."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class TextOrigin:
    """A template over named values; without a template the pieces go on together, as a key or to a converter."""

    template: tuple[TemplateItem, ...] | None
    names: tuple[tuple[str, "Value"], ...]


@dataclass(frozen=True, slots=True, eq=False)
class FirstOrigin:
    """The first alternative that is not missing."""

    values: tuple["Value", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A guarded alternative; `test` is None for `otherwise`."""

    test: Test | None
    value: "Value"


@dataclass(frozen=True, slots=True, eq=False)
class ChooseOrigin:
    """The first branch whose condition holds."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RefOrigin:
    """The id of an entity made by one of the named blocks."""

    blocks: tuple[str, ...]
    keys: tuple[Source, ...] | None


Origin: TypeAlias = ReadOrigin | ConstOrigin | TextOrigin | FirstOrigin | ChooseOrigin | RefOrigin


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A converter; `depends` is a value it needs from the document, `methods` are those of `Bound`."""

    name: str
    function: Function
    depends: "Value | None"
    place: Place
    methods: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LookupPlan:
    """A code table. `composite` says that the key is pieces; `take` names the output column."""

    table: Table
    composite: bool
    take: str
    as_of: Source | None
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value rule. `number` identifies it in lineage and faults. Policies None are inherited from the outer rule."""

    number: int
    origin: Origin
    place: Place
    test: Test | None
    clean: tuple[Stage, ...]
    nulls: frozenset[str]
    stages: tuple[Stage, ...]
    lookup: LookupPlan | None
    pick: PickPlan | None
    default: str | None
    on_missing: MissingWord | None
    on_error: ErrorPolicy | None
    flatten: bool
    number_kind: str = ""
