"""The elements of an XSD file with their exact places; a schema's imports resolved among files in memory.

Read with expat, because places need a column and libxml2 knows lines only. A document type declaration is refused, no
entity is expanded, and nothing outside `files` is opened: a schema location that is a web address is looked up by its
file name beside the schema, or not at all.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.shapes.shape import Origin

__all__ = ["XS", "XsdFile", "XsdNode", "XsdSet"]

XS = "http://www.w3.org/2001/XMLSchema"
_SPACE = " "


@dataclass(slots=True, eq=False)
class XsdNode:
    """An element of a schema. `tag` is the local name in the schema namespace; prefixes are resolved by `qname`."""

    tag: str
    attributes: dict[str, str]
    prefixes: Mapping[str, str]
    file: "XsdFile"
    offset: int
    children: list["XsdNode"] = field(default_factory=list)
    documentation: str = ""

    def get(self, name: str, default: str = "") -> str:
        """An attribute without namespace."""
        return self.attributes.get(name, default)

    def qname(self, value: str) -> str:
        """The Clark name of a prefixed name; without a prefix, in the default namespace of this place."""
        prefix, _, local = value.strip().rpartition(":")
        namespace = self.prefixes.get(prefix, self.file.namespace if not prefix else "")
        return f"{{{namespace}}}{local}" if namespace else local

    def declared(self, local: str) -> str:
        """The Clark name of a component of this file's target namespace."""
        return f"{{{self.file.namespace}}}{local}" if self.file.namespace else local

    def of(self, *tags: str) -> Iterator["XsdNode"]:
        """The children with these tags, in order."""
        return (child for child in self.children if child.tag in tags)

    @property
    def origin(self) -> Origin:
        """The place of the declared name, or of the element where it has none."""
        return Origin(lambda: self.file.place(self.offset), self.documentation)


@dataclass(slots=True, eq=False)
class XsdFile:
    """One schema file, for one target namespace (an included file without its own takes its user's)."""

    name: str
    data: bytes
    namespace: str = ""
    root: XsdNode | None = None

    def place(self, offset: int) -> Place:
        """Line and column, in characters, of the name declared by the element that begins at a byte offset."""
        tail = self.data[offset : offset + 4096].split(b">", 1)[0]
        named = re.search(rb"""\s(?:name|ref)\s*=\s*["']""", tail)
        position = offset + named.end() if named else offset
        start = self.data.rfind(b"\n", 0, position) + 1
        line = self.data.count(b"\n", 0, position) + 1
        return Place(file=self.name, line=line, column=len(self.data[start:position].decode("utf-8", "replace")) + 1)

    @property
    def qualified(self) -> bool:
        """True if local elements are in the target namespace by default."""
        return self.root is not None and self.root.get("elementFormDefault") == "qualified"

    @property
    def qualified_attributes(self) -> bool:
        """True if local attributes are in the target namespace by default."""
        return self.root is not None and self.root.get("attributeFormDefault") == "qualified"


class XsdSet:
    """A schema with everything it includes and imports: its global components by kind and Clark name."""

    def __init__(self, files: Mapping[str, bytes], entry: str) -> None:
        self._files = files
        self._loaded: dict[tuple[str, str], XsdFile] = {}
        self.components: dict[tuple[str, str], XsdNode] = {}
        self.faults: list[Fault] = []
        self.entry = self._load(entry, None, Place(file=entry))

    def find(self, kind: str, name: str) -> XsdNode | None:
        """A global component: kind is element, type, group, attribute or attributeGroup."""
        return self.components.get((kind, name))

    def _load(self, name: str, inherited: str | None, place: Place) -> XsdFile | None:
        if name not in self._files:
            self.faults.append(Fault("S101", "a schema file is not among the files of this deployment", place))
            return None
        namespace = _target_namespace(self._files[name])
        if not namespace and inherited:
            namespace = inherited
        if (name, namespace) in self._loaded:
            return self._loaded[name, namespace]
        file = XsdFile(name, self._files[name], namespace)
        self._loaded[name, namespace] = file
        file.root = _parse(file)
        self._register(file)
        return file

    def _register(self, file: XsdFile) -> None:
        for node in file.root.children if file.root else ():
            match node.tag:
                case "include" | "redefine" | "override":
                    self._load(self._located(file, node.get("schemaLocation")), file.namespace, node.origin.place)
                    self._collect(node)
                case "import":
                    self._import(file, node)
                case _:
                    self._add(node)

    def _collect(self, holder: XsdNode) -> None:
        for node in holder.children:
            self._add(node)

    def _add(self, node: XsdNode) -> None:
        kind = "type" if node.tag in {"complexType", "simpleType"} else node.tag
        if node.get("name"):
            self.components[kind, node.declared(node.get("name"))] = node

    def _import(self, file: XsdFile, node: XsdNode) -> None:
        namespace = node.get("namespace")
        located = self._located(file, node.get("schemaLocation"))
        if located not in self._files:
            located = self._by_namespace(file, namespace)
        if located in self._files or namespace != "http://www.w3.org/XML/1998/namespace":
            self._load(located, None, node.origin.place)

    def _located(self, file: XsdFile, location: str) -> str:
        folder = posixpath.dirname(file.name)
        if "://" in location:
            location = posixpath.basename(location)
        return posixpath.normpath(posixpath.join(folder, location))

    def _by_namespace(self, file: XsdFile, namespace: str) -> str:
        folder = posixpath.dirname(file.name)
        beside = [name for name in self._files if name.endswith(".xsd") and posixpath.dirname(name) == folder]
        return next((name for name in beside if _target_namespace(self._files[name]) == namespace), "")


def _target_namespace(data: bytes) -> str:
    found = re.search(rb"""<[^<>]*schema\b[^<>]*?\stargetNamespace\s*=\s*["']([^"']*)["']""", data)
    return found.group(1).decode("utf-8", "replace") if found else ""


def _parse(file: XsdFile) -> XsdNode:
    parser = expat.ParserCreate(namespace_separator=_SPACE)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    builder = _Builder(file, parser)
    try:
        parser.Parse(file.data, True)
    except (expat.ExpatError, ValueError):
        place = Place(file=file.name, line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber + 1)
        raise DefinitionRefused(Fault("S102", "the schema file is not well-formed XML", place)) from None
    if builder.root is None or builder.root.tag != "schema":
        raise DefinitionRefused(Fault("S102", "the file is not an XML schema", Place(file=file.name, line=1, column=1)))
    return builder.root


class _Builder:
    """Handlers of expat that make nodes of the schema's own elements."""

    def __init__(self, file: XsdFile, parser: expat.XMLParserType) -> None:
        self.root: XsdNode | None = None
        self._file = file
        self._parser = parser
        self._open: list[XsdNode] = []
        self._prefixes: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self._text: list[str] = []
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self._text.append
        parser.StartNamespaceDeclHandler = self.declare
        parser.EndNamespaceDeclHandler = self.forget
        parser.StartDoctypeDeclHandler = self.doctype

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """A prefix begins to stand for a namespace."""
        self._prefixes.append({**self._prefixes[-1], prefix or "": uri or ""})

    def forget(self, _prefix: str | None) -> None:
        """A prefix ends."""
        self._prefixes.pop()

    def doctype(self, *_: object) -> None:
        """A schema with a document type is refused: entities could hide what it says."""
        raise ValueError("document type")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        namespace, _, local = tag.rpartition(_SPACE)
        plain = {name: value for name, value in attributes.items() if _SPACE not in name}
        name = local if namespace == XS else f"?{local}"
        node = XsdNode(name, plain, self._prefixes[-1], self._file, self._parser.CurrentByteIndex)
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)
        self._text.clear()

    def end(self, _tag: str) -> None:
        """An element ends."""
        node = self._open.pop()
        if node.tag == "documentation":
            text = " ".join("".join(self._text).split())
            for holder in self._open[-2:-1]:
                holder.documentation = holder.documentation or text
        self._text.clear()
