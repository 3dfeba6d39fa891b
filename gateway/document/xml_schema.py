"""XML Schema 1.0 by libxml2, compiled from files in memory; every fault of a document in our own words.

Guarantees that compiling opens no file and no connection: `include`, `import` and `redefine` lead to the given files or
are refused. Faults name elements and attributes only if the schema declares them; a text of the library, which quotes
values, is never shown. A compiled schema may be used by one thread at a time.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from gateway.document.limits import Limits
from gateway.document.path import XmlStep, xml_path
from gateway.document.xml_parser import hardened_parser, parse_xml
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

if TYPE_CHECKING:  # this name exists in the type stubs only
    from lxml.etree._docloader import _InputDocument

__all__ = ["XmlSchema", "compile_xml_schema"]

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_BASE = "bundle:///"
_MOST_FAULTS = 100
_LIMITS = Limits(depth=200, attributes=1_024, namespaces=256)
_STEP = re.compile(r"(@)?(?:([^:\[\]]+):)?([^:\[\]]+)(?:\[([0-9]+)\])?")
_ATTRIBUTE = re.compile(r"Element '[^']*', attribute '(?:\{[^']*\})?([^']+)':")
_MISSING = re.compile(r"The attribute '(?:\{[^']*\})?([^']+)' is required")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.")

# libxml2's name of the broken rule -> our code and sentence. Rules that are not here are DOC-045.
_RULES: dict[str, tuple[str, str]] = {
    "CVC_ELT_1": ("DOC-040", "this outermost element is not declared in the schema"),
    "ELEMENT_CONTENT": ("DOC-041", "an element that is not expected here"),
    "CVC_TYPE_3_1_2": ("DOC-041", "elements where only text is allowed"),
    "CVC_TYPE_3_1_1": ("DOC-042", "attributes where none are allowed"),
    "CVC_COMPLEX_TYPE_1": ("DOC-041", "content that the schema does not allow"),
    "CVC_COMPLEX_TYPE_2_1": ("DOC-041", "content in an element that must be empty"),
    "CVC_COMPLEX_TYPE_2_2": ("DOC-041", "elements where only text is allowed"),
    "CVC_COMPLEX_TYPE_2_3": ("DOC-041", "text where only elements are allowed"),
    "CVC_COMPLEX_TYPE_2_4": ("DOC-041", "an element that is not expected here"),
    "CVC_COMPLEX_TYPE_3_1": ("DOC-043", "an attribute without its fixed value"),
    "CVC_COMPLEX_TYPE_3_2_1": ("DOC-042", "an attribute that is not declared"),
    "CVC_COMPLEX_TYPE_3_2_2": ("DOC-042", "an attribute that is not declared"),
    "CVC_COMPLEX_TYPE_4": ("DOC-042", "a required attribute is missing"),
    "CVC_WILDCARD": ("DOC-041", "an element that the schema does not know"),
    "CVC_AU": ("DOC-043", "an attribute without its fixed value"),
    "CVC_ELT_2": ("DOC-041", "an element of an abstract type"),
    "CVC_ELT_3_1": ("DOC-043", "nil where the schema does not allow it"),
    "CVC_ELT_3_2_1": ("DOC-041", "content in an element that says it is nil"),
    "CVC_ELT_5_2_2_2_2": ("DOC-043", "not the fixed value"),
    "CVC_IDC": ("DOC-044", "a key that is missing, doubled or leads nowhere"),
    "CVC_LENGTH_VALID": ("DOC-043", "not of the length that the schema asks for"),
    "CVC_MINLENGTH_VALID": ("DOC-043", "shorter than the schema allows"),
    "CVC_MAXLENGTH_VALID": ("DOC-043", "longer than the schema allows"),
    "CVC_MININCLUSIVE_VALID": ("DOC-043", "below the range of the schema"),
    "CVC_MINEXCLUSIVE_VALID": ("DOC-043", "below the range of the schema"),
    "CVC_MAXINCLUSIVE_VALID": ("DOC-043", "above the range of the schema"),
    "CVC_MAXEXCLUSIVE_VALID": ("DOC-043", "above the range of the schema"),
    "CVC_TOTALDIGITS_VALID": ("DOC-043", "more digits than the schema allows"),
    "CVC_FRACTIONDIGITS_VALID": ("DOC-043", "more decimal places than the schema allows"),
    "CVC_PATTERN_VALID": ("DOC-043", "does not match the pattern of the schema"),
    "CVC_ENUMERATION_VALID": ("DOC-043", "not one of the values that the schema lists"),
    "CVC_FACET_VALID": ("DOC-043", "does not fit a facet of its type"),
    "CVC_DATATYPE_VALID_1_2_1": ("DOC-043", "does not fit its simple type"),
    "CVC_DATATYPE_VALID_1_2_2": ("DOC-043", "does not fit its list type"),
    "CVC_DATATYPE_VALID_1_2_3": ("DOC-043", "does not fit its union type"),
}


@dataclass(frozen=True, slots=True, eq=False)
class XmlSchema:
    """A compiled schema. `names` are the local names of all elements and attributes that it declares."""

    entry: str
    names: frozenset[str] = field(repr=False)
    _schema: etree.XMLSchema = field(repr=False)

    def check(self, root: etree._Element) -> tuple[Fault, ...]:
        """Give every fault of a parsed document, at most 100, in its order; none if it is valid."""
        if self._schema.validate(root):
            return ()
        faults: dict[tuple[str, str], Fault] = {}
        for entry in self._schema.error_log:
            fault = self._fault(entry, root)
            # One text that breaks a facet is reported twice by the library: the facet first, then its type.
            faults.setdefault((fault.place.path, fault.code), fault)
            if len(faults) >= _MOST_FAULTS:
                break
        return tuple(faults.values()) or (Fault("DOC-045", "the document does not fit the schema"),)

    def _fault(self, entry: etree._LogEntry, root: etree._Element) -> Fault:
        code, message = _RULES.get(entry.type_name.removeprefix("SCHEMAV_"), _OTHER)
        if entry.type_name == "SCHEMAV_ELEMENT_CONTENT" and "Missing child" in entry.message:
            message = "elements are missing"
        missing = _MISSING.search(entry.message)
        if missing is not None and missing[1] in self.names:
            message = f"the attribute {missing[1]!r} is missing"
        expected = self._expected(entry.message)
        attribute = _ATTRIBUTE.match(entry.message)
        path = self._path(entry.path or "", root) + (f"/@{self._shown(attribute[1])}" if attribute else "")
        place = Place(line=entry.line, path=path)
        return Fault(code, message, place, f"expected here: {expected}" if expected else "send what the schema allows")

    def _expected(self, text: str) -> str:
        """Names that the schema expects, from a text of the library: only those that the schema declares."""
        found = _EXPECTED.search(text)
        if found is None:
            return ""
        names = [name.rpartition("}")[2] for name in found[1].split(", ")]
        return ", ".join(name for name in names if name in self.names)

    def _path(self, text: str, root: etree._Element) -> str:
        """Follow a path of the library through the document and print it with names that the schema declares."""
        steps: list[XmlStep] = []
        around: list[etree._Element] = [root]
        for part in text.removeprefix("/").split("/"):
            found = _STEP.fullmatch(part)
            if found is None:
                break
            attribute, prefix, name, number = found.groups()
            if attribute:
                steps.append(XmlStep(self._shown(name), attribute=True))
                break
            fitting = [each for each in around if name == "*" or (each.prefix == prefix and _local(each) == name)]
            index = int(number or 1) - 1
            if index >= len(fitting):
                break
            here = fitting[index]
            equals = [each for each in around if each.tag == here.tag]
            position = equals.index(here) + 1 if len(equals) > 1 else 0
            steps.append(XmlStep(self._shown(_local(here)), position))
            around = list(here)
        return xml_path(tuple(steps))

    def _shown(self, name: str) -> str:
        return name if name in self.names else "*"


_OTHER = ("DOC-045", "another rule of the schema is broken")


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
    root = parse_xml(files[entry], "utf-8", _LIMITS, parser=parser, base=_address(entry))
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
        return parse_xml(data, "utf-8", _LIMITS)
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


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
