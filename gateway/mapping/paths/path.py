"""Paths into documents, as values: an XPath 1.0 subset (XML, columns, records) and RFC 9535 JSONPath.

Guarantees that what was parsed prints and means the same, and that every step knows its place inside the mapping
file, to the character. Parsing is in `paths_xml` and `paths_json`; walking is in `walk_xml` and `walk_json`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, Union

from gateway.errors import Place

__all__ = [
    "Axis",
    "JsonAnd",
    "JsonCall",
    "JsonCompare",
    "JsonExists",
    "JsonExpression",
    "JsonIndex",
    "JsonLiteral",
    "JsonName",
    "JsonNot",
    "JsonOperand",
    "JsonOr",
    "JsonSelector",
    "JsonSlice",
    "JsonStep",
    "JsonWhere",
    "JsonWildcard",
    "Path",
    "Syntax",
    "XmlAnd",
    "XmlCompare",
    "XmlExists",
    "XmlExpression",
    "XmlLast",
    "XmlNot",
    "XmlOr",
    "XmlPosition",
    "XmlStep",
    "XmlTest",
]


class Syntax(StrEnum):
    """Which of the two notations a path is written in."""

    XPATH = "xpath"
    JSONPATH = "jsonpath"


class Axis(StrEnum):
    """Where an XPath step goes. `SELF` is `.`; `DESCENDANT` is `//name`."""

    CHILD = "child"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    SELF = "self"
    DESCENDANT = "descendant"


@dataclass(frozen=True, slots=True)
class XmlPosition:
    """`[2]`: counts per parent, from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class XmlLast:
    """`[last()]`."""


@dataclass(frozen=True, slots=True)
class XmlExists:
    """`[path]`: there is such a node, empty or not."""

    path: "Path"


@dataclass(frozen=True, slots=True)
class XmlCompare:
    """`[path = 'x']` or `!=`, with the meaning of XPath 1.0: true if it holds for one of the nodes."""

    path: "Path"
    equal: bool
    literal: str


@dataclass(frozen=True, slots=True)
class XmlTest:
    """`starts-with(path, 'x')` or `contains(path, 'x')`, over the string value of the first node."""

    function: str
    path: "Path"
    literal: str


@dataclass(frozen=True, slots=True)
class XmlNot:
    """`not(...)`."""

    item: "XmlExpression"


@dataclass(frozen=True, slots=True)
class XmlAnd:
    """`a and b`."""

    items: tuple["XmlExpression", ...]


@dataclass(frozen=True, slots=True)
class XmlOr:
    """`a or b`."""

    items: tuple["XmlExpression", ...]


XmlExpression: TypeAlias = XmlPosition | XmlLast | XmlExists | XmlCompare | XmlTest | XmlNot | XmlAnd | XmlOr


@dataclass(frozen=True, slots=True)
class XmlStep:
    """One step. `prefix` is as written, empty without one; namespaces are resolved later."""

    axis: Axis
    name: str
    place: Place
    prefix: str = ""
    predicates: tuple[XmlExpression, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonName:
    """A member name."""

    name: str


@dataclass(frozen=True, slots=True)
class JsonIndex:
    """An array index; negative counts from the end."""

    index: int


@dataclass(frozen=True, slots=True)
class JsonSlice:
    """An array slice."""

    start: int | None
    end: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class JsonWildcard:
    """All children."""


@dataclass(frozen=True, slots=True)
class JsonLiteral:
    """A literal: text, a number as written, true, false or null. `kind` is string, number, true, false or null."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class JsonCall:
    """A function of RFC 9535: length, count, match, search or value."""

    function: str
    arguments: tuple[Union["JsonOperand", "JsonExpression"], ...]


@dataclass(frozen=True, slots=True)
class JsonExists:
    """A test: a query that finds a node, or a function that says yes."""

    item: Union["Path", JsonCall]


JsonOperand: TypeAlias = Union["Path", JsonLiteral, JsonCall]


@dataclass(frozen=True, slots=True)
class JsonCompare:
    """A comparison of two operands."""

    operator: str
    left: JsonOperand
    right: JsonOperand


@dataclass(frozen=True, slots=True)
class JsonNot:
    """`!`."""

    item: "JsonExpression"


@dataclass(frozen=True, slots=True)
class JsonAnd:
    """`a && b`."""

    items: tuple["JsonExpression", ...]


@dataclass(frozen=True, slots=True)
class JsonOr:
    """`a || b`."""

    items: tuple["JsonExpression", ...]


JsonExpression: TypeAlias = JsonExists | JsonCompare | JsonNot | JsonAnd | JsonOr


@dataclass(frozen=True, slots=True)
class JsonWhere:
    """A filter `?...`."""

    expression: JsonExpression


JsonSelector: TypeAlias = JsonName | JsonIndex | JsonSlice | JsonWildcard | JsonWhere


@dataclass(frozen=True, slots=True)
class JsonStep:
    """One segment: its selectors, and whether it goes to all descendants (`..`)."""

    selectors: tuple[JsonSelector, ...]
    descendant: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Path:
    """A path: from the top of the document (`/`, `$`) when `rooted`, else from the current item. `.` has no steps."""

    text: str
    place: Place
    syntax: Syntax
    rooted: bool
    steps: tuple[XmlStep | JsonStep, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def here(self) -> bool:
        """True for `.`, the current item itself."""
        return not self.rooted and not self.steps

    @property
    def last_name(self) -> str:
        """The name of the last step, empty where it has none: what the nodes are called in a group."""
        last = self.steps[-1] if self.steps else None
        if isinstance(last, XmlStep):
            return last.name if last.axis in {Axis.CHILD, Axis.ATTRIBUTE, Axis.DESCENDANT} else ""
        if isinstance(last, JsonStep) and len(last.selectors) == 1 and isinstance(last.selectors[0], JsonName):
            return last.selectors[0].name
        return ""

    @property
    def singular(self) -> bool:
        """True when the notation alone proves at most one node: JSONPath of names and indexes only."""
        return self.syntax is Syntax.JSONPATH and all(
            isinstance(step, JsonStep)
            and not step.descendant
            and len(step.selectors) == 1
            and isinstance(step.selectors[0], JsonName | JsonIndex)
            for step in self.steps
        )
