"""What a mapping reads, as one place at the top: the shapes of its schema, its columns, its members.

Schemas come from the files given; nothing else is opened. A schema that is missing or cannot be read is a fault
(S1nn) and the mapping's paths are not checked. For an outbound mapping the source is the exchange format with every
field optional that a policy may withhold.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, replace

from gateway.errors import DefinitionRefused, DocumentRefused, Place
from gateway.mapping.check.findings import Findings, listed, suggested
from gateway.mapping.check.reach import Reach
from gateway.mapping.check.walk import Notation
from gateway.mapping.language.file import Layout, Mapping
from gateway.mapping.language.rules import Word
from gateway.mapping.load.reading import resolve
from gateway.mapping.shapes.edifact_layout import load_edifact_layout
from gateway.mapping.shapes.edifact_shape import interchange_shape
from gateway.mapping.shapes.json_schema import JsonShapes
from gateway.mapping.shapes.record_types import records_shape
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Origin, Shape
from gateway.mapping.shapes.xsd import XsdShapes

__all__ = ["ENVELOPE", "ENVELOPE_TRAIL", "SourceTop", "disclosed", "envelope", "json_shapes", "source_top", "xml_root"]

ENVELOPE_TRAIL = "envelope:"
"""The first step of the trail of what the transport knows: no member or element of a document is called so."""

ENVELOPE = ("agency", "taken", "digest", "item", "items")
"""What `in: envelope` offers."""

_OPTIONAL = Occurrence(0, None)


@dataclass(frozen=True, slots=True)
class SourceTop:
    """The top of a source and how its paths are read."""

    top: Reach
    notation: Notation
    shapes: JsonShapes | None = None


def envelope() -> Reach:
    """Give the block that is always there: what the transport knows of a message."""
    sure = Facts(kinds=frozenset({"text"}), blank=False)
    number = Facts(kinds=frozenset({"integer"}), blank=False)
    children = {name: Child(name, Shape.of(number if name in {"item", "items"} else sure)) for name in ENVELOPE}
    return Reach(
        (ENVELOPE_TRAIL,), "envelope", Shape.of(Facts(kinds=frozenset({"object"}), children=children)), virtual=True
    )


def source_top(
    mapping: Mapping, files: Files[str, bytes], exchange: Shape | None, findings: Findings
) -> SourceTop | None:
    """Give the top of a mapping's source, or None after a fault."""
    source = mapping.source
    match source.format.text:
        case "xml":
            return _xml(mapping, files, findings)
        case "json":
            shapes = json_shapes(mapping.file, source.schema, source.place, files, findings)
            return None if shapes is None else SourceTop(_top("$", shapes.root), Notation("json"), shapes)
        case "jsonl":
            shapes = json_shapes(mapping.file, source.schema, source.place, files, findings)
            return None if shapes is None else SourceTop(_top("$", _lines(shapes.root)), Notation("json"), shapes)
        case "csv" if source.layout is not None:
            return SourceTop(Reach((), "", _rows(source.layout)), Notation("rows"))
        case "fixed" | "csv" if source.layout is None:
            return SourceTop(Reach((), "", records_shape(source.records)), Notation("records"))
        case "edifact":
            return _edifact(mapping, files, findings)
        case "set":
            children = {
                member.name.text: Child(
                    member.name.text,
                    records_shape(member.source.records) if member.source is not None else _rows(member.layout),
                    Occurrence(0 if member.optional else 1, 1),
                    _at(member.name.place),
                )
                for member in source.members
            }
            shape = Shape.of(Facts(kinds=frozenset({"object"}), children=children))
            return SourceTop(Reach((), "", shape), Notation("rows"))
        case "exchange" if exchange is not None:
            return SourceTop(Reach((), "$", disclosed(exchange)), Notation("json"))
    return None


def _edifact(mapping: Mapping, files: Files[str, bytes], findings: Findings) -> SourceTop | None:
    source = mapping.source
    path = _path(mapping.file, source.schema, source.place, files, findings)
    if path is None:
        return None
    try:
        layout = load_edifact_layout(path, files)
    except DefinitionRefused as refused:
        findings.extend(refused.faults)
        return None
    return SourceTop(Reach((), "", interchange_shape(layout)), Notation("segments"))


def _top(label: str, root: Child) -> Reach:
    return Reach((), label, root.shape, origin=root.origin, nillable=root.nillable)


def _lines(line: Child) -> Child:
    """The array that JSON Lines are read as."""
    shape = Shape.of(Facts(kinds=frozenset({"list"}), item=Child("", line.shape, _OPTIONAL, line.origin)))
    return replace(line, shape=shape)


def _at(place: Place) -> Origin:
    return Origin(lambda: place)


def _rows(layout: Layout | None) -> Shape:
    if layout is None:
        return Shape.of(Facts(kinds=frozenset({"object"})))
    columns = {
        column.name.text: Child(
            column.name.text,
            Shape.of(Facts(kinds=frozenset({column.type}))),
            Occurrence(),
            _at(column.name.place),
        )
        for column in layout.columns
    }
    row = Shape.of(Facts(kinds=frozenset({"object"}), children=columns))
    return Shape.of(
        Facts(kinds=frozenset({"object"}), children={"row": Child("row", row, _OPTIONAL, _at(layout.place))})
    )


def json_shapes(
    file: str, schema: Word | None, place: Place, files: Files[str, bytes], findings: Findings
) -> JsonShapes | None:
    """Read a JSON Schema that a mapping names, or note why not."""
    path = _path(file, schema, place, files, findings)
    if path is None or schema is None:
        return None
    try:
        return JsonShapes(files, path)
    except DocumentRefused as refused:
        where = replace(refused.faults[0].place, file=path)
        findings.error("S102", "the schema is not valid JSON", schema.place, at=where)
        return None


def _path(file: str, schema: Word | None, place: Place, files: Files[str, bytes], findings: Findings) -> str | None:
    if schema is None:
        findings.error("S101", "a schema is needed to check the paths", place, "write schema: FILE")
        return None
    path = resolve(file, schema.text)
    if path is None or path not in files:
        findings.error("S101", f"there is no schema file '{schema.text}'", schema.place)
        return None
    return path


def _xml(mapping: Mapping, files: Files[str, bytes], findings: Findings) -> SourceTop | None:
    source = mapping.source
    namespaces = {prefix.text: uri.text for prefix, uri in source.namespaces}
    namespaces[""] = source.default_namespace.text if source.default_namespace is not None else ""
    root = xml_root(mapping.file, source.schema, source.root, source.place, namespaces, files, findings)
    if root is None:
        return None
    return SourceTop(_top("", root), Notation("xml", root.name, namespaces))


def xml_root(
    file: str,
    schema: Word | None,
    root: Word | None,
    place: Place,
    namespaces: Files[str, str],
    files: Files[str, bytes],
    findings: Findings,
) -> Child | None:
    """Give the document's element as the schema declares it, or None after a fault."""
    path = _path(file, schema, place, files, findings)
    if path is None or schema is None:
        return None
    try:
        shapes = XsdShapes(files, path)
    except DefinitionRefused as refused:
        findings.error("S102", refused.faults[0].message, schema.place, at=refused.faults[0].place)
        return None
    for fault in shapes.faults:
        findings.error(fault.code, fault.message, schema.place, at=fault.place)
    if root is None:
        if len(shapes.roots) != 1:
            names = listed(name.rpartition("}")[2] for name in shapes.roots)
            findings.error("S104", f"the schema declares several elements: {names}", place, "write root: ELEMENT")
            return None
        return shapes.root(shapes.roots[0])
    prefix, _, local = root.text.rpartition(":")
    space = namespaces.get(prefix, "")
    found = shapes.root(f"{{{space}}}{local}" if space else local)
    if found is None:
        declared = [child for name in shapes.roots if (child := shapes.root(name)) is not None]
        elsewhere = [child for child in declared if child.label == local]
        hint = suggested(local, declared)
        if elsewhere:
            hint = (
                f"; the schema has it in namespace {elsewhere[0].name.rpartition('}')[0].removeprefix('{') or 'none'}"
            )
        findings.error("S105", f"the schema declares no element '{root.text}'{hint}", root.place)
    return found


def disclosed(shape: Shape) -> Shape:
    """Give the exchange format as a partner may get it: what can be withheld is optional."""
    memo: dict[int, Shape] = {}

    def view(one: Shape) -> Shape:
        if id(one) not in memo:
            memo[id(one)] = Shape(lambda: weakened(one), one.annotations)
        return memo[id(one)]

    def weakened(one: Shape) -> Facts:
        facts = one.facts
        children = {
            name: replace(
                child, shape=view(child.shape), occurs=child.occurs if _kept(child) else child.occurs.optional()
            )
            for name, child in facts.children.items()
        }
        item = facts.item and replace(facts.item, shape=view(facts.item.shape))
        return replace(facts, children=children, item=item, variants=())

    return view(shape)


def _kept(child: Child) -> bool:
    """True for what is always disclosed with its parent: ladder `keep`, or an object that requires such a leaf."""
    shape = child.shape if child.shape.facts.item is None else child.shape.facts.item.shape
    if shape.annotations.get("x-ladder") == "keep" or child.shape.annotations.get("x-ladder") == "keep":
        return True
    return any(each.occurs.low and _kept(each) for each in shape.facts.children.values())
