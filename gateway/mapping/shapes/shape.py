"""One graph of shapes for every schema language: what a document may contain, with the schema's own places.

A shape says which kinds of value are admitted, which codes, how long, which children with which occurrence, and
whether content beyond the declared is possible. Shapes are built when first asked for, so recursive types stay
cyclic and a large schema costs only what a mapping touches.

Guarantees: a shape admits at least what its schema admits (it may admit more, never less), so a fault reported from
shapes is a fact of the schema. Does not validate documents: that is done by the schema itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gateway.errors import Place

__all__ = [
    "ANY",
    "ANYTHING",
    "Child",
    "Facts",
    "NEVER",
    "NOWHERE",
    "ONCE",
    "Occurrence",
    "Origin",
    "SCALARS",
    "Shape",
    "alternatives",
    "intersection",
]

SCALARS = frozenset({"text", "integer", "decimal", "boolean"})
_KINDS = SCALARS | {"object", "list", "null"}
_MOST_VARIANTS = 64


class Origin:
    """Where a schema declares something, and what it says of it: `documentation`, empty without.

    The place is computed when asked for, because most are never shown.
    """

    __slots__ = ("_find", "_place", "documentation")

    def __init__(self, find: Callable[[], Place], documentation: str = "") -> None:
        self.documentation = documentation
        self._find = find
        self._place: Place | None = None

    @property
    def place(self) -> Place:
        """File, line and column of the declaration; an empty place for what no schema declares."""
        if self._place is None:
            self._place = self._find()
        return self._place

    def __str__(self) -> str:
        found = self.place
        return f"{found.file.rpartition('/')[2]}:{found.line}:{found.column}" if found.line else ""


NOWHERE = Origin(Place)
"""The origin of what no schema declares."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """How often something stands at its place: `low` to `high` times, `high` None without a limit."""

    low: int = 1
    high: int | None = 1

    @property
    def single(self) -> bool:
        """True if it is there at most once."""
        return self.high is not None and self.high <= 1

    def __add__(self, other: "Occurrence") -> "Occurrence":
        high = None if self.high is None or other.high is None else self.high + other.high
        return Occurrence(self.low + other.low, high)

    def __mul__(self, other: "Occurrence") -> "Occurrence":
        if 0 in {self.high, other.high}:
            return Occurrence(0, 0)
        high = None if self.high is None or other.high is None else self.high * other.high
        return Occurrence(self.low * other.low, high)

    def __or__(self, other: "Occurrence") -> "Occurrence":
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Occurrence(min(self.low, other.low), high)

    def __and__(self, other: "Occurrence") -> "Occurrence":
        highs = [high for high in (self.high, other.high) if high is not None]
        return Occurrence(max(self.low, other.low), min(highs) if highs else None)

    def optional(self) -> "Occurrence":
        """The same, but it may be absent."""
        return replace(self, low=0)


ONCE = Occurrence()


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A declaration: a name, how often it stands in its parent, what it is, and where the schema says so.

    Names are those of the document trees: `{namespace}local` and `@name` in XML, member names in JSON, columns. A
    `hint` is declared for some instances only: elsewhere something else may stand under the name. What is `derived` is
    made by reading (the number of a slot), so that nothing is lost where nobody reads it.
    """

    name: str
    shape: "Shape"
    occurs: Occurrence = ONCE
    origin: Origin = NOWHERE
    nillable: bool = False
    hint: bool = False
    derived: bool = False

    @property
    def label(self) -> str:
        """The name as a person writes it: without its namespace."""
        mark = "@" if self.name.startswith("@") else ""
        return mark + self.name.rpartition("}")[2].removeprefix("@")


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of a value. `codes` None means no enumeration; `others` None means nothing undeclared may stand.

    `kinds` holds alternatives in JSON; an XML element with text and children has both `text` and `object`.
    `blank` is True if the text may be empty (that it is white space only is left to run time). `variants` are the
    branches of a union, or the
    derived types of an XML type; the other members then describe all of them together. `one_of` lists groups of
    children of which at least one is always there.
    """

    kinds: frozenset[str] = _KINDS
    codes: tuple[str, ...] | None = None
    patterns: tuple[str, ...] = ()
    shortest: int = 0
    longest: int | None = None
    format: str = ""
    blank: bool = True
    children: Mapping[str, Child] = field(default_factory=dict)
    others: "Shape | None" = None
    item: Child | None = None
    prefix: tuple[Child, ...] = ()
    variants: tuple["Shape", ...] = ()
    one_of: tuple[frozenset[str], ...] = ()
    type_name: str = ""
    abstract: bool = False

    @property
    def untyped(self) -> bool:
        """True if every kind of value is admitted."""
        return self.kinds >= _KINDS

    @property
    def anything(self) -> bool:
        """True if nothing is known: every kind of value, and no names."""
        if not self.untyped or self.codes is not None or self.children:
            return False
        return not self.variants or any(shape.facts.anything for shape in self.variants)

    @property
    def readable(self) -> bool:
        """True if the thing can have a value of its own."""
        return bool(self.kinds & SCALARS)


class Shape:
    """A node of the graph, built when first asked for. A shape that needs itself to be built admits anything."""

    __slots__ = ("_build", "_facts", "annotations")

    def __init__(self, build: Callable[[], Facts], annotations: Mapping[str, object] | None = None) -> None:
        self._build: Callable[[], Facts] | None = build
        self._facts: Facts | None = None
        self.annotations: Mapping[str, object] = annotations or MappingProxyType({})

    @classmethod
    def of(cls, facts: Facts) -> "Shape":
        """A shape whose facts are already known."""
        return cls(lambda: facts)

    @property
    def facts(self) -> Facts:
        """What is known; built on the first call."""
        if self._facts is None:
            build, self._build = self._build, None
            if build is None:
                return ANYTHING
            self._facts = build()
        return self._facts

    def child(self, name: str) -> Child | None:
        """The declared child of this name."""
        return self.facts.children.get(name)


NEVER = Shape.of(Facts(kinds=frozenset()))
ANY: Shape = Shape(lambda: ANYTHING)
ANYTHING: Facts = Facts(others=ANY, item=Child("", ANY, Occurrence(0, None)))


def intersection(left: Shape, right: Shape) -> Shape:
    """The shape of values that both admit."""
    if left is right or right is ANY:
        return left
    if left is ANY:
        return right
    return Shape(lambda: _both(left.facts, right.facts), {**left.annotations, **right.annotations})


def alternatives(shapes: Iterable[Shape]) -> Shape:
    """The shape of values that at least one admits."""
    options = tuple(dict.fromkeys(shapes))
    if len(options) == 1:
        return options[0]
    return Shape(lambda: _either(options))


def _both(left: Facts, right: Facts) -> Facts:
    branches = _branches(left, right)
    kinds = _common_kinds(left.kinds, right.kinds)
    if branches:
        kinds = _common_kinds(kinds, frozenset().union(*(shape.facts.kinds for shape in branches)))
    codes = left.codes if right.codes is None else right.codes
    if left.codes is not None and right.codes is not None:
        codes = tuple(code for code in left.codes if code in set(right.codes))
    return Facts(
        kinds=kinds,
        codes=codes,
        patterns=tuple(dict.fromkeys(left.patterns + right.patterns)),
        shortest=max(left.shortest, right.shortest),
        longest=min((length for length in (left.longest, right.longest) if length is not None), default=None),
        format=left.format or right.format,
        blank=left.blank and right.blank,
        children=_shared_children(left, right) if "object" in kinds else {},
        others=_shared_others(left, right) if "object" in kinds else None,
        item=_shared_item(left.item, right.item) if "list" in kinds else None,
        prefix=(left.prefix or right.prefix) if "list" in kinds else (),
        variants=branches,
        one_of=left.one_of + right.one_of,
        type_name=left.type_name or right.type_name,
    )


def _branches(left: Facts, right: Facts) -> tuple[Shape, ...]:
    """Distribute an intersection over the branches of its sides, as long as there are few."""
    if not left.variants and not right.variants:
        return ()
    if max(len(left.variants), 1) * max(len(right.variants), 1) > _MOST_VARIANTS:
        return ()
    lefts = left.variants or (Shape.of(left),)
    rights = right.variants or (Shape.of(right),)
    return tuple(intersection(one, other) for one in lefts for other in rights)


def _common_kinds(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    """An integer is a decimal, so where one side admits decimals and the other integers, integers remain."""
    common = set(left & right)
    if "integer" in left | right and {"integer", "decimal"} & left and {"integer", "decimal"} & right:
        common.add("integer")
    return frozenset(common)


def _shared_children(left: Facts, right: Facts) -> dict[str, Child]:
    children: dict[str, Child] = {}
    for name in dict.fromkeys([*left.children, *right.children]):
        one, other = left.children.get(name), right.children.get(name)
        if one and other and one.hint != other.hint:
            children[name] = other if one.hint else one
        elif one and other:
            shape = intersection(one.shape, other.shape)
            children[name] = replace(one, shape=shape, occurs=one.occurs & other.occurs)
        elif one and right.others:
            children[name] = replace(one, shape=intersection(one.shape, right.others))
        elif other and left.others:
            children[name] = replace(other, shape=intersection(other.shape, left.others))
    return children


def _shared_others(left: Facts, right: Facts) -> Shape | None:
    if left.others is None or right.others is None:
        return None
    return intersection(left.others, right.others)


def _shared_item(left: Child | None, right: Child | None) -> Child | None:
    if left is None or right is None:
        return left or right
    return replace(left, shape=intersection(left.shape, right.shape), occurs=left.occurs & right.occurs)


def _either(options: tuple[Shape, ...]) -> Facts:
    every = [shape.facts for shape in options]
    every = [facts for facts in every if facts.kinds] or every
    scalars = [facts for facts in every if facts.readable]
    codes: tuple[str, ...] | None = None
    if scalars and all(facts.codes is not None for facts in scalars):
        codes = tuple(dict.fromkeys(code for facts in scalars for code in facts.codes or ()))
    patterns = {facts.patterns for facts in scalars}
    longest = [facts.longest for facts in scalars]
    others = [facts.others for facts in every if facts.others is not None]
    items = [facts.item for facts in every if facts.item is not None]
    objects = [facts for facts in every if "object" in facts.kinds]
    return Facts(
        kinds=frozenset().union(*(facts.kinds for facts in every)),
        codes=codes,
        patterns=patterns.pop() if len(patterns) == 1 else (),
        shortest=min((facts.shortest for facts in scalars), default=0),
        longest=None if None in longest else max((length for length in longest if length is not None), default=None),
        format=scalars[0].format if len({facts.format for facts in scalars}) == 1 else "",
        blank=any(facts.blank for facts in scalars),
        children=_joined_children(objects),
        others=alternatives(others) if others else None,
        item=_joined_item(items),
        variants=tuple(shape for option in options for shape in (option.facts.variants or (option,))),
    )


def _joined_children(every: list[Facts]) -> dict[str, Child]:
    children: dict[str, Child] = {}
    for name in dict.fromkeys(name for facts in every for name in facts.children):
        found = [facts.children.get(name) for facts in every]
        there = [child for child in found if child is not None]
        occurs = there[0].occurs
        for child in there[1:]:
            occurs |= child.occurs
        if len(there) < len(found):
            occurs = occurs.optional()
        declared = [child.shape for child in there if child.shape is not ANY]
        shape = alternatives(declared) if declared else ANY
        elsewhere = any(facts.others is not None for facts in every if name not in facts.children)
        hint = elsewhere or any(child.hint for child in there)
        children[name] = replace(there[0], shape=shape, occurs=occurs, hint=hint)
    return children


def _joined_item(items: list[Child]) -> Child | None:
    if not items:
        return None
    occurs = items[0].occurs
    for item in items[1:]:
        occurs |= item.occurs
    return replace(items[0], shape=alternatives(item.shape for item in items), occurs=occurs)
