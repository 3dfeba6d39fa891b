"""The `source:` and `target:` of a draft: from schema files, a layout, a heading line, or learnt from samples.

Guarantees that what is learnt is said to be learnt, and from how many samples. Files that are learnt are given back;
whoever calls decides whether to write them.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.document.json_codec import read_json
from gateway.document.rows_codec import Column
from gateway.document.tree import JsonValue
from gateway.document.xml_codec import read_xml
from gateway.document.yaml_nodes import MapNode, read_yaml
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.mapping.scaffold.learn_json import json_schema_of
from gateway.mapping.scaffold.learn_rows import LearntRows, rows_of
from gateway.mapping.scaffold.learn_xml import xsd_of
from gateway.mapping.scaffold.nodes import quoted
from gateway.mapping.scaffold.seen_xml import namespace_of
from gateway.mapping.shapes.row_layouts import load_rows_target
from gateway.mapping.shapes.shape import Child, Shape
from gateway.mapping.shapes.xsd import XsdShapes

__all__ = ["End", "Sample", "learnt_source", "source_of", "target_of"]

_MOST_SHAPES = 20_000
_INTERCHANGE = re.compile(rb"(UNA.{6}\s*)?UNB[^A-Za-z0-9\s]UNO[A-Z]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file: its name, for the fixture, and its bytes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """One end of a mapping: its lines in the file, its format, files that were made, and what was learnt, in words."""

    lines: tuple[str, ...]
    format: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    learnt: str = ""


# -- named by the author ----------------------------------------------------------------------------------------------


def source_of(named: str, mapping: str, files: Mapping[str, bytes], samples: Sequence[Sample], root: str = "") -> End:
    """Give the source that a file describes: `.xsd`, `.json`, `.csv` (its heading line), a layout, or `exchange`.

    The document's element is that of the first sample, or `root`, or the only one the schema declares.

    Raises `DefinitionRefused` (S102, S104, S152, S153 and what readers of schemas raise).
    """
    if named == "exchange":
        return End(("source: {format: exchange, version: 1}",), "exchange")
    shown = _relative(mapping, named)
    if named.endswith(".xsd"):
        root = read_xml(samples[0].data, encoding=_encoding(samples[0].data)).name if samples else root
        encoding = _encoding(samples[0].data) if samples else "utf-8"
        return End(_xml_lines("source", files, named, shown, root, encoding), "xml")
    if named.endswith(".json"):
        kind = "jsonl" if samples and _is_lines(samples[0].data) else "json"
        return End((f"source: {{format: {kind}, schema: {quoted(shown)}}}",), kind)
    if named.endswith(".csv"):
        return End(_rows_lines(rows_of(files[named])), "csv")
    if named.endswith(".yaml"):
        return _layout(named, shown, files)
    raise _unknown(named)


def target_of(named: str, mapping: str, files: Mapping[str, bytes], root: str = "") -> End:
    """Give the target that a file describes: `.xsd`, `.json`, a layout, or `exchange`. Raises as `source_of` does."""
    if named == "exchange":
        return End(("target: {format: exchange, version: 1}",), "exchange")
    shown = _relative(mapping, named)
    if named.endswith(".xsd"):
        return End(_xml_lines("target", files, named, shown, root, "utf-8"), "xml")
    if named.endswith(".json"):
        return End((f"target: {{format: json, schema: {quoted(shown)}}}",), "json")
    if named.endswith(".yaml"):
        return End((f"target: {{format: csv, schema: {quoted(shown)}}}",), "csv")
    raise _unknown(named)


def _unknown(named: str) -> DefinitionRefused:
    fix = "an XML Schema (.xsd), a JSON Schema (.json), a layout (.yaml), a heading line (.csv), or exchange"
    return DefinitionRefused(Fault("S153", "this file describes no format that is known", Place(named), fix))


def _relative(mapping: str, named: str) -> str:
    return posixpath.relpath(named, posixpath.dirname(mapping) or ".")


def _layout(named: str, shown: str, files: Mapping[str, bytes]) -> End:
    node = read_yaml(files[named], named)
    if isinstance(node, MapNode) and "message" in node:
        return End((f"source: {{format: edifact, layout: {quoted(shown)}}}",), "edifact")
    layout = load_rows_target(named, files).layout
    columns = tuple(Column(each.name, each.heading or each.name, each.at) for each in layout.columns)
    line_end = layout.line_end
    header = layout.header != "none"
    learnt = LearntRows(columns, header, layout.delimiter, layout.encoding, line_end, 0, layout.end_mark)
    return End(_rows_lines(learnt), "csv")


def _rows_lines(rows: LearntRows) -> tuple[str, ...]:
    lines = ["source:", "  format: csv"]
    if rows.delimiter != ",":
        delimiter = "\\t" if rows.delimiter == "\t" else rows.delimiter
        lines.append(f'  delimiter: "{delimiter}"')
    if rows.encoding != "utf-8":
        lines.append(f"  encoding: {rows.encoding}")
    if not rows.header:
        lines.append("  header: false")
    if rows.end_mark:
        lines.append("  end_mark: true")
    lines.append("  columns:")
    lines += [f"    {each.name}: {quoted(each.heading) if rows.header else each.at}" for each in rows.columns]
    return tuple(lines)


def _xml_lines(
    end: str, files: Mapping[str, bytes], named: str, shown: str, root: str, encoding: str
) -> tuple[str, ...]:
    """Name the root; the default namespace is the root's, unless elements without a namespace stand below it."""
    shapes = XsdShapes(files, named)
    if shapes.faults:
        raise DefinitionRefused.of(shapes.faults)
    roots = [name for name in shapes.roots if not root or root in {name, name.rpartition("}")[2]}]
    if len(roots) != 1:
        names = ", ".join(name.rpartition("}")[2] for name in shapes.roots[:12])
        message = f"the schema declares these elements: {names}"
        raise DefinitionRefused(Fault("S104", message, Place(named), "say which with --root, or add a sample"))
    root = roots[0]
    child = shapes.root(root)
    spaces = {} if child is None else dict.fromkeys(_spaces(child))
    space, local = namespace_of(root), root.rpartition("}")[2]
    lines = [f"{end}:", "  format: xml", f"  schema: {quoted(shown)}"]
    bare = bool(space) and "" in spaces
    prefixes = {each: f"n{number}" for number, each in enumerate(spaces, 1) if each and (each != space or bare)}
    lines.append(f"  root: {prefixes[space]}:{local}" if bare else f"  root: {local}")
    if space and not bare:
        lines.append(f"  default_namespace: {quoted(space)}")
    if prefixes and end == "source":
        lines += ["  namespaces:", *(f"    {prefix}: {quoted(each)}" for each, prefix in prefixes.items())]
    if encoding != "utf-8":
        lines.append(f"  encoding: {encoding}")
    return tuple(lines)


def _spaces(root: Child) -> list[str]:
    """The namespaces of all elements and of prefixed attributes below one."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    waiting: list[Shape] = [root.shape]
    while waiting and len(seen) < _MOST_SHAPES:
        shape = waiting.pop()
        if id(shape) in seen:
            continue
        seen.add(id(shape))
        for child in shape.facts.children.values():
            name = child.name.removeprefix("@")
            if not child.name.startswith("@") or name.startswith("{"):
                found[namespace_of(name)] = None
            waiting.append(child.shape)
    return list(found)


# -- learnt from samples ----------------------------------------------------------------------------------------------


def learnt_source(samples: Sequence[Sample], mapping: str) -> End:
    """Give the source that samples show, with the schema learnt from them.

    Raises `DefinitionRefused` (S150 to S152), and `DocumentRefused` for samples that cannot be read.
    """
    stem = posixpath.basename(mapping).removesuffix(".map.yaml")
    folder = posixpath.dirname(mapping)
    count = f"{len(samples)} sample{'s' if len(samples) != 1 else ''}"
    first = samples[0].data
    if _starts(first, b"<"):
        note = f"Learnt from {count} by gateway mapping scaffold; ask the sender for the schema."
        trees = [read_xml(sample.data, encoding=_encoding(sample.data)) for sample in samples]
        made = {posixpath.join(folder, name): data for name, data in xsd_of(trees, stem, note=note).items()}
        entry = posixpath.join(folder, f"{stem}.xsd")
        lines = _xml_lines("source", made, entry, f"{stem}.xsd", trees[0].name, _encoding(first))
        return End(lines, "xml", made, f"the schema was learnt from {count}")
    if _starts(first, b"{", b"["):
        return _learnt_json(samples, folder, stem, count)
    if _INTERCHANGE.match(first.lstrip()):
        fix = "write a layout of the message, with use: schemas/edifact/common.layout.yaml, and name it with --source"
        raise DefinitionRefused(Fault("S152", "an EDIFACT message cannot be learnt from a sample", fix=fix))
    rows = [rows_of(sample.data) for sample in samples]
    if any(len(each.columns) == 1 for each in rows):
        fix = "write source.records by hand; for a file of one column name one with its heading: --source HEADING.csv"
        raise DefinitionRefused(Fault("S152", "the sample has no cells, so it may be of fixed width", fix=fix))
    if any(each.columns != rows[0].columns for each in rows):
        fix = "make one mapping for each"
        raise DefinitionRefused(Fault("S151", "the samples do not have the same columns", fix=fix))
    widest = next((each for each in rows if each.encoding != "utf-8"), rows[0])
    return End(_rows_lines(widest), "csv", {}, f"the columns were learnt from {count}")


def _learnt_json(samples: Sequence[Sample], folder: str, stem: str, count: str) -> End:
    lines = all(_is_lines(sample.data) for sample in samples)
    values: list[JsonValue] = []
    for sample in samples:
        if lines:
            values += [read_json(line) for line in sample.data.splitlines() if line.strip()]
        else:
            values.append(read_json(sample.data))
    said = f"{count}, {len(values)} lines in all" if lines else count
    note = f"Learnt from {said} by gateway mapping scaffold; ask the sender for the schema."
    name = f"{stem}.schema.json"
    made = {posixpath.join(folder, name): json_schema_of(values, note=note)}
    kind = "jsonl" if lines else "json"
    line = f"source: {{format: {kind}, schema: {quoted(name)}}}"
    return End((line,), kind, made, f"the schema was learnt from {said}")


def _starts(data: bytes, *marks: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in marks


def _is_lines(data: bytes) -> bool:
    """True for JSON Lines: more than one line, and every line a value of its own."""
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) < 2 or not all(_starts(line, b"{") for line in lines):
        return False
    try:
        read_json(lines[0])
    except DocumentRefused:
        return False
    return True


def _encoding(data: bytes) -> str:
    """The encoding that an XML declaration names, in small letters; utf-8 where it names none."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    declared = data[:200].partition(b"?>")[0].partition(b"encoding=")[2]
    quote = declared[:1]
    name = declared[1:].partition(quote)[0].decode("ascii", "replace").lower() if quote in {b'"', b"'"} else ""
    return name or "utf-8"
