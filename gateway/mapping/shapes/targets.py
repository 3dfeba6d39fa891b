"""What a mapping writes, as shapes: the exchange format, or a partner's schema. Target keys are looked up here.

For the exchange format the gateway itself writes some fields; no rule may.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, field, replace

from gateway.errors import DefinitionRefused, Place
from gateway.mapping.check.findings import Findings, suggested
from gateway.mapping.language.file import Mapping
from gateway.mapping.load.reading import resolve
from gateway.mapping.shapes.row_layouts import load_rows_target
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Shape
from gateway.mapping.shapes.sources import json_shapes, xml_root

__all__ = ["GIVEN", "LATER", "Filled", "Target", "target_top"]

GIVEN = frozenset(
    {"header.format", "header.id", "header.originator.agency", "header.disclosure", "narrative[].reviewed"}
)
"""What the gateway alone writes; and the id of every entity."""

LATER = frozenset({"header.status", "header.conversation.thread"})
"""What the gateway writes where a mapping does not."""

_ID = "id"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A place of the target: `label` is its path, `list` is True where items stand, `notation` is that of the keys."""

    shape: Shape
    label: str
    notation: str
    namespace: str = ""
    occurs: Occurrence = field(default_factory=Occurrence)

    @property
    def facts(self) -> Facts:
        """What is known of the values there."""
        return self.shape.facts

    @property
    def listed(self) -> bool:
        """True if the key needs `[]`."""
        if self.notation == "xml":
            return not self.occurs.single
        return "list" in self.facts.kinds

    @property
    def composite(self) -> bool:
        """True for a code or a date, the whole of which one rule writes."""
        children = self.facts.children
        return self.notation == "exchange" and "raw" in children and ("code" in children or "value" in children)

    def item(self) -> "Target":
        """An item of a list."""
        label = f"{self.label}[]"
        if self.notation == "xml":
            return replace(self, label=label, occurs=Occurrence())
        item = self.facts.item
        return self if item is None else replace(self, shape=item.shape, label=label, occurs=item.occurs)

    def name_of(self, step: str, *, attribute: bool) -> str:
        """The name of a key's step as the schema has it."""
        if self.notation != "xml":
            return step
        if attribute:
            return f"@{step}"
        return f"{{{self.namespace}}}{step}" if self.namespace else step

    def to(self, child: Child) -> "Target":
        """A declared child."""
        separator = "/" if self.notation == "xml" else "."
        label = f"{self.label}{separator}{child.label}" if self.label else child.label
        return replace(self, shape=child.shape, label=label, occurs=child.occurs)

    def down(self, step: str, findings: Findings, place: Place, *, attribute: bool = False) -> "Target | None":
        """The place of a key's step, or None after a fault (T201)."""
        child = self.facts.children.get(self.name_of(step, attribute=attribute))
        if child is not None:
            return self.to(child)
        if self.facts.others is not None:
            return replace(self, shape=self.facts.others, label=f"{self.label}.{step}", occurs=Occurrence())
        same = [each for each in self.facts.children.values() if each.name.startswith("@") == attribute]
        what = {"xml": "attribute" if attribute else "element", "csv": "column"}.get(self.notation, "field")
        where = self.label or "the target"
        hint = suggested(step, same)
        findings.error("T201", f"no {what} '{step}' in {where}{hint}", place)
        return None

    def given(self) -> bool:
        """True for what only the gateway writes."""
        if self.notation != "exchange":
            return False
        if self.label in GIVEN or self.label.endswith("[].reviewed"):
            return True
        array, _, name = self.label.partition("[].")
        return name == _ID and "." not in array

    def needs(self) -> list["Target"]:
        """The children that must be filled by rules."""
        children = [self.to(child) for child in self.facts.children.values() if child.occurs.low]
        return [child for child in children if not child.given() and child.label not in LATER]


@dataclass(slots=True, eq=False)
class Filled:
    """What rules fill below an object, by child name. `bad` says why a bad value would leave the place empty.

    `codes` are the values it may have, where they are known.
    """

    children: dict[str, "Filled"] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    sure: bool = False
    why: str = ""
    bad: str = ""
    unknown: bool = False
    written: bool = False
    blocks: bool = False
    codes: tuple[str, ...] | None = None


def target_top(mapping: Mapping, files: Files[str, bytes], exchange: Shape | None, findings: Findings) -> Target | None:
    """Give the top of a mapping's target, or None after a fault."""
    target = mapping.target
    match target.format.text:
        case "exchange":
            return None if exchange is None else Target(exchange, "", "exchange")
        case "json":
            shapes = json_shapes(mapping.file, target.schema, target.place, files, findings)
            return None if shapes is None else Target(shapes.root.shape, "", "json")
        case "xml":
            space = target.default_namespace.text if target.default_namespace is not None else ""
            root = xml_root(mapping.file, target.schema, target.root, target.place, {"": space}, files, findings)
            return None if root is None else Target(root.shape, "", "xml", space)
        case "csv":
            return _rows(mapping, files, findings)
        case _:
            return None


def _rows(mapping: Mapping, files: Files[str, bytes], findings: Findings) -> Target | None:
    schema = mapping.target.schema
    path = None if schema is None else resolve(mapping.file, schema.text)
    if schema is None or path is None or path not in files:
        place = mapping.target.place if schema is None else schema.place
        findings.error("S101", "a target in CSV needs its layout file", place, "write schema: FILE.layout.yaml")
        return None
    try:
        return Target(load_rows_target(path, files).shape, "", "csv")
    except DefinitionRefused as refused:
        findings.extend(refused.faults)
        return None
