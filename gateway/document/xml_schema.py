"""XML Schema 1.0 by libxml2, compiled from files in memory.

Guarantees that compiling opens no file and no connection: `include`, `import` and `redefine` lead to the given files or
are refused. What a document does wrong is said by `xml_faults`. A compiled schema may be used by one thread at a time.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from gateway.document.limits import Limits
from gateway.document.xml_parser import checked_body, hardened_parser, parse_body
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

if TYPE_CHECKING:  # this name exists in the type stubs only
    from lxml.etree._docloader import _InputDocument

__all__ = ["XmlSchema", "compile_xml_schema"]

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_BASE = "bundle:///"
_LIMITS = Limits(depth=200, attributes=1_024, namespaces=256)


@dataclass(frozen=True, slots=True, eq=False)
class XmlSchema:
    """A compiled schema. `names` are the local names of all elements and attributes that it declares."""

    entry: str
    names: frozenset[str] = field(repr=False)
    compiled: etree.XMLSchema = field(repr=False)


def compile_xml_schema(files: Mapping[str, bytes], entry: str) -> XmlSchema:
    """Compile a schema from files in memory, by their posix paths; locations are relative to the file that names them.

    A location that is an absolute address is found if `files` has it under exactly that address. Files are UTF-8.
    Raises `DefinitionRefused`: DOC-080 for a file that is not strict XML, DOC-081 for a schema that libxml2 refuses,
    DOC-082 for a reference outside `files`, DOC-084 if `entry` is not among them.
    """
    if entry not in files:
        raise DefinitionRefused(Fault("DOC-084", "no such schema file", Place(entry), "name one of the given files"))
    roots = {name: _schema_root(name, data) for name, data in files.items()}
    names = frozenset(
        declared.rpartition(":")[2]
        for root in roots.values()
        for each in root.iter(f"{_XSD}element", f"{_XSD}attribute")
        for declared in (each.get("name"), each.get("ref"))
        if declared
    )
    bundle = _Bundle(files)
    parser = hardened_parser()
    parser.resolvers.add(bundle)
    root = parse_body(checked_body(files[entry], "utf-8", _LIMITS), _LIMITS, parser, _address(entry))
    schema: etree.XMLSchema | None = None
    place = Place(entry)
    try:
        schema = etree.XMLSchema(root)
    except etree.XMLSchemaParseError as error:
        place = _where(error, entry, files)
    if bundle.missing:
        fix = "add the file it names to the schema files"
        raise DefinitionRefused(Fault("DOC-082", "a reference outside the given schema files", place, fix))
    if schema is None:
        raise DefinitionRefused(Fault("DOC-081", "not a valid XML schema", place, "correct the schema"))
    return XmlSchema(entry, names, schema)


class _Bundle(etree.Resolver):
    """Serves the given files and nothing else. Raising here makes the library give up instead of looking elsewhere."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = {_address(name): data for name, data in files.items()}
        self.missing = False

    def resolve(
        self,
        system_url: str | None,
        public_id: str | None,  # noqa: ARG002  (the signature is lxml's)
        context: object,
    ) -> "_InputDocument":
        data = self.files.get(system_url or "")
        if data is None:
            self.missing = True
            raise LookupError
        return self.resolve_string(data, context, base_url=system_url)


def _address(name: str) -> str:
    return name if "://" in name else _BASE + posixpath.normpath(name)


def _schema_root(name: str, data: bytes) -> etree._Element:
    """Read a schema file as strictly as a document: libxml2 reads it again, but only what this reading accepts."""
    faults: tuple[Fault, ...] = ()
    try:
        return parse_body(checked_body(data, "utf-8", _LIMITS), _LIMITS)
    except DocumentRefused as refused:
        faults = refused.faults
    raise DefinitionRefused(
        *(Fault("DOC-080", each.message, Place(name, each.place.line, each.place.column), each.fix) for each in faults)
    )


def _where(error: etree.XMLSchemaParseError, entry: str, files: Mapping[str, bytes]) -> Place:
    names = {_address(name): name for name in files}
    for each in error.error_log:
        return Place(names.get(each.filename or "", entry), each.line)
    return Place(entry)
