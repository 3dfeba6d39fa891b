"""What a document does wrong against its XML Schema, in our own words, with line and path.

Guarantees that names of elements and attributes are shown only if the schema declares them, that no text of the
library, which quotes values, is shown, and that the time is bounded: the library looks for the place of a fault by
counting siblings, so a long list of faulty records would take it minutes. Decides nothing: that a document is invalid
is known.
"""

import contextlib
import re
from dataclasses import replace

from lxml import etree

from gateway.document.path import XmlStep, xml_path
from gateway.document.xml_schema import XmlSchema
from gateway.errors import Fault, Place

__all__ = ["schema_faults"]

_MOST_FAULTS = 100
_AFFORDABLE = 5_000_000
"""Steps over siblings that may be spent on places: about a tenth of a second."""
_KEPT = 1_000
"""Elements that are looked at where all are too many."""

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


_OTHER = ("DOC-045", "another rule of the schema is broken")


def schema_faults(root: etree._Element, schema: XmlSchema, count: int) -> tuple[Fault, ...]:
    """Give the faults of an invalid document, in its order, at most 100 and at least one.

    `count` is how many faults the validation found. Where finding the places of so many would take too long, only the
    first 1,000 elements are looked at. Changes the tree, which must not be used afterwards.
    """
    width = max(len(element) for element in root.iter())
    cut = _cut(root) if count * width > _AFFORDABLE else frozenset()
    with contextlib.suppress(etree.LxmlError):  # the library could not finish: what it found so far is told
        schema.compiled.validate(root)
    faults: dict[tuple[str, str], Fault] = {}
    for entry in schema.compiled.error_log:
        if cut and _made_by_cutting(entry, cut):
            continue
        fault = _fault(entry, root, schema.names)
        # One text that breaks a facet is reported twice by the library: the facet first, then its type.
        faults.setdefault((fault.place.path, fault.code), fault)
        if len(faults) >= _MOST_FAULTS:
            break
    many = Fault("DOC-045", "the schema is broken too often to say where", fix="validate the document where it is made")
    return tuple(faults.values()) or (many,)


def _cut(root: etree._Element) -> frozenset[str]:
    """Leave the first elements in the order of the document; give the paths of those that may have lost children."""
    last = root
    for number, element in enumerate(root.iter()):
        if number >= _KEPT:
            break
        last = element
    del last[:]
    shortened = [last]
    for above in last.iterancestors():
        del above[above.index(shortened[-1]) + 1 :]
        shortened.append(above)
    tree = root.getroottree()
    return frozenset(tree.getpath(element) for element in shortened)


def _made_by_cutting(entry: etree._LogEntry, shortened: frozenset[str]) -> bool:
    incomplete = "Missing child" in entry.message and entry.path in shortened
    return incomplete or entry.type_name == "SCHEMAV_CVC_IDC"


def _fault(entry: etree._LogEntry, root: etree._Element, names: frozenset[str]) -> Fault:
    code, message = _RULES.get(entry.type_name.removeprefix("SCHEMAV_"), _OTHER)
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT" and "Missing child" in entry.message:
        message = "elements are missing"
    missing = _MISSING.search(entry.message)
    if missing is not None and missing[1] in names:
        message = f"the attribute {missing[1]!r} is missing"
    steps = _steps(entry.path or "", root)
    attribute = _ATTRIBUTE.match(entry.message)
    if attribute is not None:
        steps.append(XmlStep(attribute[1], attribute=True))
    shown = tuple(step if step.name in names else replace(step, name="*") for step in steps)
    expected = _expected(entry.message, names)
    fix = f"expected here: {expected}" if expected else "send what the schema allows"
    return Fault(code, message, Place(line=entry.line, path=xml_path(shown)), fix)


def _expected(text: str, names: frozenset[str]) -> str:
    """Names that the schema expects, from a text of the library: only those that the schema declares."""
    found = _EXPECTED.search(text)
    if found is None:
        return ""
    expected = [name.rpartition("}")[2] for name in found[1].split(", ")]
    return ", ".join(name for name in expected if name in names)


def _steps(path: str, root: etree._Element) -> list[XmlStep]:
    """Follow a path of the library, which counts all siblings, through the document and count equals instead."""
    steps: list[XmlStep] = []
    around: list[etree._Element] = [root]
    for part in path.removeprefix("/").split("/"):
        found = _STEP.fullmatch(part)
        if found is None:
            break
        attribute, prefix, name, number = found.groups()
        if attribute:
            steps.append(XmlStep(name, attribute=True))
            break
        fitting = [each for each in around if name == "*" or (each.prefix == prefix and _local(each) == name)]
        index = int(number or 1) - 1
        if index >= len(fitting):
            break
        here = fitting[index]
        equals = [each for each in around if each.tag == here.tag]
        position = equals.index(here) + 1 if len(equals) > 1 else 0
        steps.append(XmlStep(_local(here), position))
        around = list(here)
    return steps


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
