"""A mapping made ready to run: names resolved, parts put in, tables and patterns loaded, rules numbered.

Both engines run this and nothing else. Guarantees that every read, field and block has a number of its own, also
where a part is used twice, so that lineage and run-time faults are integers; and that what a rule may write is known
(`Fit`). Nothing here depends on a document.
"""

from dataclasses import dataclass

from gateway.errors import Place
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import ErrorPolicy, MissingWord
from gateway.mapping.program.values import Ground, PickPlan, Route, Source, Stage, Test, Value
from gateway.mapping.run.fit import Fit
from gateway.mapping.shapes.targets import Target

__all__ = [
    "Block",
    "DocumentCheck",
    "Entity",
    "Field",
    "Ignored",
    "IndexPlan",
    "Mark",
    "MarkByPlan",
    "Program",
    "Split",
]


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """An item that gets its id from the gateway: the label of its block and the member it stands in."""

    label: str
    array: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A target: steps of names, `many` for a list, what may be written (`fit`), and what fills it.

    `path` is the field id, such as `person.births.date`.
    """

    number: int
    steps: tuple[str, ...]
    many: bool
    fit: Fit
    path: str
    content: "Value | tuple[Block, ...]"
    place: Place
    required_list: bool = False
    marks: tuple["Mark", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A marking of a value or a block. `handling` goes to the entity, `statement` to the nearest object.

    `depth` counts the steps of the field down to the object that carries the statement; the field's own number of
    steps means the written value itself, -1 an object further out.
    """

    handling: bool
    name: str
    many: bool
    depth: int
    fit: Fit
    value: "Value"
    field: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block. `group` names the set of source nodes it selects from, `field` the field it fills.

    `every` leads to all nodes of the group, where the path of `source` takes some of them only by its own filters.
    """

    number: int
    place: Place
    source: Source | None
    many: bool
    where: Test | None
    when: Test | None
    name: str
    entity: Entity | None
    keys: tuple[Source, ...]
    fields: tuple[Field, ...]
    value: Value | None
    fit: Fit
    choose: tuple[tuple[Test | None, "Block"], ...]
    pick: PickPlan | None
    marks: tuple[Mark, ...]
    group: str
    field: int
    ground: Ground
    every: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One kind of message. `source` is None when the whole document is one message; `every` is as for blocks."""

    number: int
    name: str
    scope: str
    source: Source | None
    where: Test | None
    fields: tuple[Field, ...]
    group: str
    ground: Ground
    place: Place
    every: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IndexPlan:
    """An index over nodes of the document."""

    number: int
    name: str
    route: Route
    keys: tuple[Route, ...]
    many: bool
    pick: PickPlan | None
    leftover: str
    on_error: ErrorPolicy
    ground: Ground
    group: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class DocumentCheck:
    """What must hold of the document; `word` is warn, quarantine or refuse."""

    test: Test
    word: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Ignored:
    """Nodes of a group that are left out for a reason: where a condition holds, or all that a filtered path takes."""

    group: str
    route: Route
    test: Test | None
    filtered: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MarkByPlan:
    """Markings that name source places: `source` leads to them from the top, `selects` from each to its selectors.

    `block` is the number under which frames know them; it writes no field.
    """

    block: int
    source: Source
    selects: Route
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A whole mapping, ready. `values`, `fields` and `blocks` are by number.

    `tracked` are the groups whose nodes are selected by conditions only: those that no rule takes are counted.
    """

    mapping: MappingFile
    splits: tuple[Split, ...]
    indexes: tuple[IndexPlan, ...]
    checks: tuple[DocumentCheck, ...]
    ignored: tuple[Ignored, ...]
    on_missing: MissingWord
    on_error: ErrorPolicy
    empty_is_error: bool
    clean: tuple[Stage, ...]
    target: Target | None
    values: tuple[Value, ...]
    fields: tuple[Field, ...]
    blocks: tuple[Block, ...]
    tracked: frozenset[str]
    outbound: bool
    mark_by: tuple[MarkByPlan, ...] = ()
