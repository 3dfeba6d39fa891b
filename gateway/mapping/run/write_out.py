"""What an outbound mapping built, as a partner's bytes: XML in the order of its schema, JSON, or CSV; then validated.

Guarantees that bytes which leave here satisfy the partner's schema; otherwise there are faults and no bytes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.document.json_codec import write_json
from gateway.document.json_schema import compile_json_schema
from gateway.document.path import RowPath, row_path
from gateway.document.rows_codec import write_rows
from gateway.document.tree import JsonObject, JsonValue, Row, Rows, XmlElement
from gateway.document.xml_codec import read_xml, write_xml
from gateway.document.xml_schema import compile_xml_schema
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.load.reading import resolve
from gateway.mapping.program.resolve_blocks import OWN_TEXT
from gateway.mapping.run.fit import printed
from gateway.mapping.shapes.row_layouts import load_rows_target
from gateway.mapping.shapes.schema_files import json_schema_files, xsd_files
from gateway.mapping.shapes.shape import Shape
from gateway.mapping.shapes.targets import Target

__all__ = ["PartnerWriter", "Written", "WrittenOutcome", "partner_writer"]

WrittenOutcome: TypeAlias = Literal["accepted", "quarantined"]


@dataclass(frozen=True, slots=True)
class Written:
    """A disclosed message in a partner's format: one body, or one per item of a split; none unless accepted.

    `lineage` has one entry a body, as `read_lineage` takes it; it is empty where no mapping wrote.
    """

    outcome: WrittenOutcome
    bodies: tuple[bytes, ...] = field(default=(), repr=False)
    media_type: str = "application/json"
    diagnostics: tuple[Fault, ...] = ()
    lineage: tuple[bytes, ...] = field(default=(), repr=False)


class PartnerWriter(ABC):
    """Writes bodies of one format."""

    media_type: str
    files: frozenset[str] = frozenset()

    @abstractmethod
    def write(self, built: JsonObject) -> bytes:
        """Write and validate. Raises `DocumentRefused`."""


def partner_writer(mapping: MappingFile, files: Mapping[str, bytes], target: Target | None) -> PartnerWriter:
    """Make the writer of a mapping's target. Raises `DefinitionRefused`."""
    match mapping.target.format.text:
        case "xml" if target is not None:
            return _XmlWriter(mapping, files, target.shape)
        case "json":
            return _JsonWriter(mapping, files)
        case "csv":
            return _RowsWriter(mapping, files)
        case _:
            place = mapping.target.format.place
            raise DefinitionRefused(Fault("S002", "a format that this version cannot write", place))


def _schema(mapping: MappingFile, files: Mapping[str, bytes]) -> str:
    word = mapping.target.schema
    path = None if word is None else resolve(mapping.file, word.text)
    if word is None or path is None or path not in files:
        place = mapping.target.place if word is None else word.place
        raise DefinitionRefused(Fault("W009", "this file is not in the deployment", place))
    return path


class _JsonWriter(PartnerWriter):
    media_type = "application/json"

    def __init__(self, mapping: MappingFile, files: Mapping[str, bytes]) -> None:
        entry = _schema(mapping, files)
        schemas = json_schema_files(files, entry)
        self.files = frozenset(schemas)
        self._schema = compile_json_schema(schemas, entry)

    def write(self, built: JsonObject) -> bytes:
        faults = self._schema.check(built)
        if faults:
            raise DocumentRefused(*faults)
        return write_json(built)


class _XmlWriter(PartnerWriter):
    media_type = "application/xml"

    def __init__(self, mapping: MappingFile, files: Mapping[str, bytes], shape: Shape) -> None:
        entry = _schema(mapping, files)
        schemas = xsd_files(files, entry)
        self.files = frozenset(schemas)
        self._schema = compile_xml_schema(schemas, entry)
        self._shape = shape
        target = mapping.target
        space = "" if target.default_namespace is None else target.default_namespace.text
        root = "" if target.root is None else target.root.text.rpartition(":")[2]
        self._root = f"{{{space}}}{root}" if space else root
        self._namespaces = {"": space} if space else {}
        self._encoding = "utf-8" if target.encoding is None else target.encoding.text

    def write(self, built: JsonObject) -> bytes:
        data = write_xml(_element(self._root, built, self._shape), encoding=self._encoding, namespaces=self._namespaces)
        # Validated as a partner will: on what its parser reads from the bytes.
        read_xml(data, encoding=self._encoding, schema=self._schema)
        return data


def _element(name: str, value: JsonValue, shape: Shape | None) -> XmlElement:
    """Make an element; children stand in the order in which the schema declares them."""
    if not isinstance(value, dict):
        return XmlElement(name, text=printed(value) or "")
    facts = None if shape is None else shape.facts
    order = {} if facts is None else {child: at for at, child in enumerate(facts.children)}
    attributes: dict[str, str] = {}
    children: list[XmlElement] = []
    text = ""
    for key in sorted(value, key=lambda one: order.get(one, len(order))):
        inner = value[key]
        if key == OWN_TEXT:
            text = printed(inner) or ""
        elif key.startswith("@"):
            attributes[key[1:]] = printed(inner) or ""
        else:
            below = None if facts is None or key not in facts.children else facts.children[key].shape
            items = inner if isinstance(inner, list) else [inner]
            children.extend(_element(key, item, below) for item in items)
    return XmlElement(name, attributes, tuple(children), text)


class _RowsWriter(PartnerWriter):
    media_type = "text/csv"

    def __init__(self, mapping: MappingFile, files: Mapping[str, bytes]) -> None:
        path = _schema(mapping, files)
        self.files = frozenset({path})
        target = mapping.target
        self._rows = load_rows_target(
            path,
            files,
            delimiter="," if target.delimiter is None else target.delimiter.text,
            encoding="utf-8" if target.encoding is None else target.encoding.text,
        )
        rows = self._rows.shape.facts.children["rows"].shape.facts.item
        columns = {} if rows is None else rows.shape.facts.children
        self._required = [name for name, column in columns.items() if column.occurs.low]

    def write(self, built: JsonObject) -> bytes:
        layout = self._rows.layout
        names = tuple(column.name for column in layout.columns)
        rows: list[Row] = []
        for number, cells in enumerate(_cells(built), start=1):
            missing = [name for name in self._required if not cells.get(name)]
            if missing:
                place = Place(path=row_path(RowPath(number, missing[0])))
                raise DocumentRefused(Fault("R905", "a column that the layout requires is empty", place))
            rows.append(Row({name: cells.get(name, "") for name in names}, 0))
        return write_rows(Rows(names, tuple(rows)), layout, formula_guard=self._rows.formula_guard)


def _cells(built: JsonObject) -> Iterator[dict[str, str]]:
    rows = built.get("rows")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield {name: printed(value) or "" for name, value in row.items()}
