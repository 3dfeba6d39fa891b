"""Reading an agency's files as a mapping's `source:` says: strictly, with limits, and checked against the schema."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from gateway.document.json_codec import read_json
from gateway.document.json_schema import compile_json_schema
from gateway.document.limits import DEFAULT, HARD, Limits
from gateway.document.rows_codec import Column, LineEnd, RowsLayout, read_rows
from gateway.document.tree import Document, FileSet, RecordTree, Rows, StreamedDocument, XmlElement
from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import compile_xml_schema
from gateway.document.xml_stream import read_outer
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.mapping.language.file import Layout, Member
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.run.read_again import streamed_rows
from gateway.mapping.run.read_edifact import EdifactReader
from gateway.mapping.run.read_fixed import FixedReader
from gateway.mapping.run.read_lines import JsonLinesReader
from gateway.mapping.run.reader import InputFile, SourceReader, one_file, schema_path
from gateway.mapping.shapes.edifact_layout import load_edifact_layout
from gateway.mapping.shapes.schema_files import json_schema_files, xsd_files

__all__ = ["rows_layout", "source_reader"]

_START = re.compile(r"<([A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)[\s/>]")
_SPACE = re.compile(r"""\sxmlns(?::([A-Za-z_][\w.\-]*))?\s*=\s*["']([^"'<]*)["']""")
_SNIFFED = 4096


def source_reader(
    mapping: MappingFile,
    files: Mapping[str, bytes],
    limits: Limits = DEFAULT,
    cut: frozenset[tuple[str, ...]] = frozenset(),
) -> SourceReader:
    """Make the reader of a mapping's source; `cut` are the paths of the items of a streamed one.

    Raises `DefinitionRefused` for a schema that cannot be compiled.
    """
    source = mapping.source
    match source.format.text:
        case "xml":
            return _XmlReader(mapping, files, limits, cut)
        case "json":
            return _JsonReader(mapping, files, limits)
        case "jsonl":
            entry = schema_path(mapping, files, source.schema, source.place)
            schemas = json_schema_files(files, entry)
            return JsonLinesReader(
                entry, compile_json_schema(schemas, entry), frozenset(schemas), limits, streamed=bool(cut)
            )
        case "csv" if source.layout is not None:
            return _RowsReader(source.layout, limits, streamed=bool(cut))
        case "fixed" | "csv" if source.layout is None:
            return FixedReader(source, limits)
        case "edifact":
            path = schema_path(mapping, files, source.schema, source.place)
            encoding = "" if source.encoding is None else source.encoding.text
            return EdifactReader(load_edifact_layout(path, files), encoding, limits)
        case "set":
            return _SetReader(mapping, limits)
        case _:
            raise DefinitionRefused(Fault("S002", "a format that this version cannot read", source.format.place))


class _XmlReader(SourceReader):
    def __init__(
        self, mapping: MappingFile, files: Mapping[str, bytes], limits: Limits, cut: frozenset[tuple[str, ...]]
    ) -> None:
        source = mapping.source
        self._cut = cut
        entry = schema_path(mapping, files, source.schema, source.place)
        schemas = xsd_files(files, entry)
        self.files = frozenset(schemas)
        self._schema = compile_xml_schema(schemas, entry)
        self._encoding = "utf-8" if source.encoding is None else source.encoding.text
        self._limits = limits
        self._root = ""
        self._local = ""
        if source.root is not None:
            prefix, _, local = source.root.text.rpartition(":")
            spaces = {name.text: uri.text for name, uri in source.namespaces}
            default = "" if source.default_namespace is None else source.default_namespace.text
            space = spaces.get(prefix, "") if prefix else default
            self._root = f"{{{space}}}{local}" if space else local
            self._local = local

    def read(self, files: Sequence[InputFile]) -> Document:
        data = one_file(files)
        tree: XmlElement | StreamedDocument
        if self._cut:
            limits = replace(self._limits, message=HARD.message)
            tree = read_outer(data, self._cut, encoding=self._encoding, schema=self._schema, limits=limits)
        else:
            tree = read_xml(data, encoding=self._encoding, schema=self._schema, limits=self._limits)
        if not self.recognises(tree):
            message = f"the outermost element is not '{self._local}'"
            outer = tree if isinstance(tree, XmlElement) else tree.outer
            line = outer.line if isinstance(outer, XmlElement) else 0
            raise DocumentRefused(Fault("DOC-040", message, Place(line=line, path="/")))
        return tree

    def recognises(self, document: Document) -> bool:
        root = document.outer if isinstance(document, StreamedDocument) else document
        return isinstance(root, XmlElement) and (not self._root or root.name == self._root)

    def could_read(self, files: Sequence[InputFile]) -> bool:
        if len(files) != 1:
            return False
        head = files[0].data[:_SNIFFED]
        text = head.decode("utf-16", "replace") if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head.decode("latin-1")
        found = _START.search(text)
        if found is None or (self._local and found[2] != self._local):
            return False
        # Versions of one format differ by their namespace; the faults of another version would help nobody.
        tag = text[found.start() : text.find(">", found.start()) + 1 or len(text)]
        spaces = dict(_SPACE.findall(tag))
        space = self._root.rpartition("}")[0].removeprefix("{")
        return not self._root or spaces.get((found[1] or "").removesuffix(":"), "") == space


class _JsonReader(SourceReader):
    def __init__(self, mapping: MappingFile, files: Mapping[str, bytes], limits: Limits) -> None:
        entry = schema_path(mapping, files, mapping.source.schema, mapping.source.place)
        schemas = json_schema_files(files, entry)
        self.files = frozenset(schemas)
        self._schema = compile_json_schema(schemas, entry)
        self._limits = limits

    def read(self, files: Sequence[InputFile]) -> Document:
        value = read_json(one_file(files), self._limits)
        faults = self._schema.check(value)
        if faults:
            raise DocumentRefused(*faults)
        return value

    def recognises(self, document: Document) -> bool:
        if isinstance(document, XmlElement | Rows | FileSet | RecordTree | StreamedDocument):
            return False
        return not self._schema.check(document)

    def could_read(self, files: Sequence[InputFile]) -> bool:
        return len(files) == 1 and files[0].data[:64].lstrip(b" \t\r\n")[:1] in {b"{", b"["}


def rows_layout(layout: Layout, line_end: LineEnd) -> RowsLayout:
    """Give the reader's layout of a CSV file as a mapping declares it."""
    columns = tuple(Column(column.name.text, column.heading, column.position) for column in layout.columns)
    return RowsLayout(
        columns,
        "by-name" if layout.header else "none",
        layout.delimiter,
        encoding=layout.encoding,
        line_end=line_end,
        end_mark=layout.end_mark,
    )


class _Layouts:
    """The layout of a file whose line end may be left to its first line."""

    def __init__(self, layout: Layout) -> None:
        self._by_end: dict[LineEnd, RowsLayout] = {"crlf": rows_layout(layout, "crlf"), "lf": rows_layout(layout, "lf")}
        self._declared = layout.line_end

    def of(self, data: bytes) -> RowsLayout:
        """Give the layout to read these bytes with."""
        if self._declared:
            return self._by_end["lf" if self._declared == "lf" else "crlf"]
        first, found, _ = data.partition(b"\n")
        return self._by_end["crlf" if first.endswith(b"\r") or not found else "lf"]

    def rows(self, data: bytes, limits: Limits) -> Rows:
        """Read a member of a set; without a header a file with nothing in it has no rows, and that is no fault."""
        layout = self.of(data)
        if not data and layout.header == "none":
            return Rows(tuple(column.name for column in layout.columns), ())
        return read_rows(data, layout, limits)


class _RowsReader(SourceReader):
    def __init__(self, layout: Layout, limits: Limits, *, streamed: bool) -> None:
        self._streamed = streamed
        self._layouts = _Layouts(layout)
        self._layout = rows_layout(layout, "crlf")
        self._limits = limits

    def read(self, files: Sequence[InputFile]) -> Document:
        data = one_file(files)
        if self._streamed:
            most = replace(self._limits, message=HARD.message, nodes=HARD.nodes)
            return streamed_rows(data, self._layouts.of(data), most)
        return read_rows(data, self._layouts.of(data), self._limits)

    def recognises(self, document: Document) -> bool:
        rows = document.outer if isinstance(document, StreamedDocument) else document
        return isinstance(rows, Rows) and rows.columns == tuple(column.name for column in self._layout.columns)

    def could_read(self, files: Sequence[InputFile]) -> bool:
        if len(files) != 1:
            return False
        if self._layout.header == "none":
            return True
        try:
            head = files[0].data[:_SNIFFED].decode(self._layout.encoding, "replace")
        except LookupError:
            return False
        first = head.partition("\n")[0]
        return all((column.heading or column.name) in first for column in self._layout.columns)


def _member_reader(member: Member, limits: Limits) -> Callable[[InputFile], Document]:
    """Give what reads a member; one of records that is empty has none, as one of rows without a header."""
    if member.source is not None:
        reader = FixedReader(member.source, limits)
        return lambda file: reader.read([file]) if file.data else reader.nothing()
    layouts = None if member.layout is None else _Layouts(member.layout)
    return lambda file: layouts.rows(file.data, limits) if layouts is not None else Rows((), ())


class _SetReader(SourceReader):
    def __init__(self, mapping: MappingFile, limits: Limits) -> None:
        self._members = [
            (member.name.text, member.file.text, _member_reader(member, limits), member.optional)
            for member in mapping.source.members
        ]

    def read(self, files: Sequence[InputFile]) -> Document:
        chosen = self._chosen(files)
        faults: list[Fault] = []
        members: dict[str, Document] = {}
        for name, _, read, optional in self._members:
            if name not in chosen:
                if not optional:
                    faults.append(Fault("R140", f"the file '{name}' of the set is missing", Place(file=name)))
                continue
            try:
                members[name] = read(chosen[name])
            except DocumentRefused as refused:
                faults.extend(_inside(fault, name) for fault in refused.faults)
        if faults:
            raise DocumentRefused.of(faults)
        return FileSet(members)

    def _chosen(self, files: Sequence[InputFile]) -> dict[str, InputFile]:
        """Give each file to the first member whose pattern fits its name."""
        chosen: dict[str, InputFile] = {}
        for number, file in enumerate(files, start=1):
            base = file.name.replace("\\", "/").rpartition("/")[2]
            name = next((name for name, pattern, _, _ in self._members if fnmatchcase(base, pattern)), None)
            if name is None:
                raise DocumentRefused(Fault("R141", f"file {number} of {len(files)} belongs to no member of the set"))
            if name in chosen:
                raise DocumentRefused(Fault("R142", f"two files of the set are '{name}'", Place(file=name)))
            chosen[name] = file
        return chosen

    def recognises(self, document: Document) -> bool:
        required = {name for name, _, _, optional in self._members if not optional}
        known = {name for name, _, _, _ in self._members}
        return isinstance(document, FileSet) and required <= set(document.members) <= known

    def could_read(self, files: Sequence[InputFile]) -> bool:
        try:
            chosen = self._chosen(files)
        except DocumentRefused:
            return False
        return bool(chosen)


def _inside(fault: Fault, member: str) -> Fault:
    place = fault.place
    return fault.located(Place(member, place.line, place.column, place.path, place.end_column))
