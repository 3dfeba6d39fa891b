"""XML Schema 1.0 as shapes: elements, attributes, content models, types, substitution groups, derived types.

Children are named as in the document tree: `{namespace}local`, attributes `@name`. An element of a type from which
others are derived may carry `xsi:type`, so the children of derived types are known, and optional. Identity
constraints (`key`, `unique`) are not read. What the schema leaves open (`any`, `anyType`) admits anything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.errors import Fault
from gateway.mapping.shapes.shape import ANY, ANYTHING, Child, Facts, Occurrence, Shape, alternatives
from gateway.mapping.shapes.xsd_nodes import XS, XsdNode, XsdSet
from gateway.mapping.shapes.xsd_simple import SimpleTypes

__all__ = ["XsdShapes"]

_NONE = Facts(kinds=frozenset(), blank=False)
_PARTICLES = frozenset({"element", "sequence", "choice", "all", "group", "any"})
_ANY_TYPE = f"{{{XS}}}anyType"


@dataclass(slots=True)
class _Content:
    """The children a particle admits, by name, with their occurrences summed."""

    children: dict[str, Child] = field(default_factory=dict)
    open: bool = False
    one_of: tuple[frozenset[str], ...] = ()

    def add(self, child: Child) -> None:
        known = self.children.get(child.name)
        self.children[child.name] = replace(known, occurs=known.occurs + child.occurs) if known else child


class XsdShapes:
    """The shapes of one schema. `faults` lists what it refers to and does not have."""

    def __init__(self, files: Mapping[str, bytes], entry: str) -> None:
        self._set = XsdSet(files, entry)
        self._simple = SimpleTypes(self._set)
        self._types: dict[int, Shape] = {}
        self._derived: dict[str, list[XsdNode]] = {}
        self._members: dict[str, list[str]] = {}
        for (kind, name), node in self._set.components.items():
            if kind == "element" and node.get("substitutionGroup"):
                self._members.setdefault(node.qname(node.get("substitutionGroup")), []).append(name)
            if node.tag == "complexType":
                for content in node.of("complexContent"):
                    for extension in content.of("extension"):
                        self._derived.setdefault(extension.qname(extension.get("base")), []).append(node)

    @property
    def faults(self) -> list[Fault]:
        """What the schema refers to and does not have, and schema files that cannot be read."""
        return self._set.faults

    @property
    def roots(self) -> tuple[str, ...]:
        """The Clark names of all global elements, in the order of the files."""
        return tuple(name for kind, name in self._set.components if kind == "element")

    def root(self, name: str) -> Child | None:
        """The document whose only child is the global element of this Clark name; None if there is none."""
        node = self._set.find("element", name)
        return None if node is None else replace(self._element(node, name), occurs=Occurrence())

    # -- elements and content models ----------------------------------------------------------------------------------

    def _element(self, node: XsdNode, name: str) -> Child:
        nillable = node.get("nillable") in {"true", "1"}
        return Child(name, self._element_shape(node), _occurs(node), node.origin, nillable)

    def _element_shape(self, node: XsdNode) -> Shape:
        fixed = node.get("fixed")
        inline = next(node.of("complexType", "simpleType"), None)
        if inline is not None:
            shape = self._type(inline)
        elif node.get("type"):
            shape = self._named(node, node.get("type"))
        elif node.get("substitutionGroup"):
            head = self._set.find("element", node.qname(node.get("substitutionGroup")))
            shape = self._element_shape(head) if head is not None else ANY
        else:
            shape = ANY
        if not fixed:
            return shape
        return Shape(lambda: replace(shape.facts, codes=(fixed,), blank=not fixed.strip()))

    def _named(self, node: XsdNode, written: str) -> Shape:
        name = node.qname(written)
        found = self._set.find("type", name)
        if found is not None:
            return self._type(found)
        return ANY if name == _ANY_TYPE else Shape(lambda: self._simple.builtin(name))

    def _type(self, node: XsdNode) -> Shape:
        if id(node) not in self._types:
            build = self._complex if node.tag == "complexType" else self._simple.of
            self._types[id(node)] = Shape(lambda: build(node))
        return self._types[id(node)]

    def _particle(self, node: XsdNode) -> _Content:
        """The content of a sequence, a choice, an `all`, a group, an element or a wildcard, with its occurrence."""
        content = _Content()
        match node.tag:
            case "element":
                for child in self._elements(node):
                    content.add(child)
                return content
            case "any":
                content.open = True
                return content
            case "group" if node.get("ref"):
                found = self._set.find("group", node.qname(node.get("ref")))
                parts = [self._particle(part) for part in found.of("sequence", "choice", "all")] if found else []
                content.open = found is None
            case _:
                parts = [self._particle(part) for part in node.children if part.tag in _PARTICLES]
        if node.tag == "choice":
            _choose(content, parts)
        else:
            _append(content, parts)
        occurs = _occurs(node)
        if occurs != Occurrence():
            for name, child in content.children.items():
                content.children[name] = replace(child, occurs=child.occurs * occurs)
            if occurs.low == 0:
                content.one_of = ()
        return content

    def _elements(self, node: XsdNode) -> Iterable[Child]:
        """An element of a content model; for the head of a substitution group also its members."""
        occurs = _occurs(node)
        if not node.get("ref"):
            form = node.get("form") or ("qualified" if node.file.qualified else "")
            name = node.declared(node.get("name")) if form == "qualified" else node.get("name")
            return [self._element(node, name)]
        name = node.qname(node.get("ref"))
        found = self._set.find("element", name)
        if found is None:
            return [Child(name, ANY, occurs, node.origin)]
        members = self._substitutes(name)
        alone = len(members) == 1
        return [
            replace(self._element(member, each), occurs=occurs if alone else occurs.optional())
            for each in members
            if (member := self._set.find("element", each)) is not None and member.get("abstract") not in {"true", "1"}
        ]

    def _substitutes(self, head: str) -> list[str]:
        names = [head]
        for name in names:
            names.extend(member for member in self._members.get(name, []) if member not in names)
        return names

    # -- complex types ------------------------------------------------------------------------------------------------

    def _complex(self, node: XsdNode) -> Facts:
        own = self._content_of(node)
        label = node.declared(node.get("name")) if node.get("name") else ""
        own = replace(own, type_name=label, abstract=node.get("abstract") in {"true", "1"})
        derived = self._derived.get(label, []) if label else []
        if not derived:
            return own
        shapes = [self._type(one) for one in derived]
        children = dict(own.children)
        for shape in shapes:
            for name, child in shape.facts.children.items():
                if name not in children:
                    children[name] = replace(child, occurs=child.occurs.optional())
        themselves = () if own.abstract else (Shape.of(own),)
        further = tuple(variant for shape in shapes for variant in (shape.facts.variants or (shape,)))
        return replace(own, children=children, variants=themselves + further)

    def _content_of(self, node: XsdNode) -> Facts:
        simple = next(node.of("simpleContent"), None)
        if simple is not None:
            step = next(simple.of("extension", "restriction"), None)
            if step is None:
                return ANYTHING
            value = self._named(step, step.get("base")).facts
            facts = self._simple.restricted(value, step) if step.tag == "restriction" else value
            children = {**value.children, **self._attributes(step)}
            return replace(facts, children=children, kinds=facts.kinds | {"object"})
        complex_content = next(node.of("complexContent"), None)
        if complex_content is None:
            return self._model(node, node, None)
        step = next(complex_content.of("extension", "restriction"), None)
        if step is None:
            return ANYTHING
        base_node = self._set.find("type", step.qname(step.get("base")))
        base = None if base_node is None else self._content_of(base_node)
        mixed = complex_content if complex_content.get("mixed") else node
        if step.tag == "restriction":
            attributes = {n: c for n, c in (base.children if base is not None else {}).items() if n.startswith("@")}
            restricted = self._model(step, mixed, None)
            return replace(restricted, children={**attributes, **restricted.children})
        return self._model(step, mixed, base)

    def _model(self, node: XsdNode, mixed: XsdNode, base: Facts | None) -> Facts:
        content = _Content()
        if base is not None:
            content.children.update(base.children)
            content.open = base.others is not None
            content.one_of = base.one_of
        _append(content, [self._particle(part) for part in node.of("sequence", "choice", "all", "group")])
        content.children.update(self._attributes(node))
        content.children = {name: child for name, child in content.children.items() if child.occurs.high != 0}
        text = {"text"} if mixed.get("mixed") in {"true", "1"} or (base is not None and base.readable) else set()
        return Facts(
            kinds=frozenset({"object"} | text),
            blank=bool(text),
            children=content.children,
            others=ANY if content.open else None,
            one_of=content.one_of,
        )

    def _attributes(self, node: XsdNode) -> dict[str, Child]:
        found: dict[str, Child] = {}
        for attribute in node.of("attribute"):
            child = self._attribute(attribute)
            found[child.name] = child
        for group in node.of("attributeGroup"):
            named = self._set.find("attributeGroup", group.qname(group.get("ref")))
            if named is not None:
                found = {**self._attributes(named), **found}
        return found

    def _attribute(self, node: XsdNode) -> Child:
        use = node.get("use")
        occurs = Occurrence(1 if use == "required" else 0, 0 if use == "prohibited" else 1)
        declared = node
        if node.get("ref"):
            name = node.qname(node.get("ref"))
            declared = self._set.find("attribute", name) or node
        else:
            form = node.get("form") or ("qualified" if node.file.qualified_attributes else "")
            name = node.declared(node.get("name")) if form == "qualified" else node.get("name")
        inline = next(declared.of("simpleType"), None)
        shape = self._type(inline) if inline is not None else Shape(lambda: self._simple.named(declared, "type"))
        fixed = node.get("fixed") or declared.get("fixed")
        if fixed:
            free = shape
            shape = Shape(lambda: replace(free.facts, codes=(fixed,), blank=not fixed.strip()))
        return Child(f"@{name}", shape, occurs, node.origin)


def _occurs(node: XsdNode) -> Occurrence:
    most = node.get("maxOccurs", "1")
    return Occurrence(_count(node.get("minOccurs", "1")), None if most == "unbounded" else _count(most))


def _count(written: str) -> int:
    return int(written) if re.fullmatch(r"\d{1,9}", written.strip()) else 1


def _append(content: _Content, parts: Iterable[_Content]) -> None:
    for part in parts:
        for child in part.children.values():
            content.add(child)
        content.open = content.open or part.open
        content.one_of += part.one_of


def _choose(content: _Content, parts: list[_Content]) -> None:
    """In a choice a child stands as often as in the branch that has it; one branch always stands."""
    if parts and all(any(child.occurs.low for child in part.children.values()) for part in parts):
        sure = [next(name for name, child in part.children.items() if child.occurs.low) for part in parts]
        content.one_of += (frozenset(sure),)
    for name in dict.fromkeys(name for part in parts for name in part.children):
        there = [part.children[name] for part in parts if name in part.children]
        occurs = there[0].occurs
        for child in there[1:]:
            occurs |= child.occurs
        if len(there) < len(parts):
            occurs = occurs.optional()
        same = len({id(child.shape) for child in there}) == 1
        shape = there[0].shape if same else alternatives(child.shape for child in there)
        content.children[name] = replace(there[0], occurs=occurs, shape=shape)
    content.open = content.open or any(part.open for part in parts)
