"""An XML Schema (1.0) from samples: elements, attributes, order and occurrence as they show it, a file per namespace.

Guarantees that every sample is valid against the schema learnt from it, and that no text of a sample stands in it;
names of elements and attributes do. Where the order of children is the same everywhere it is demanded, where it is not
any order is allowed. Refused is `xsi:type` (S150): types that a document names are declared by whoever made the format.
"""

from collections.abc import Iterable, Mapping
from html import escape

from gateway.document.tree import XmlElement
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.scaffold.seen_xml import ElementSeen, Samples, namespace_of
from gateway.mapping.scaffold.texts import TextsSeen

__all__ = ["xsd_of"]

_XML = "http://www.w3.org/XML/1998/namespace"
_TYPES = {"date": "xs:date", "instant": "xs:dateTime"}


def xsd_of(samples: Iterable[XmlElement], stem: str, *, note: str = "") -> dict[str, bytes]:
    """Give the schema of samples as files by name, the entry `STEM.xsd` first; `note` is said in it.

    Raises `DefinitionRefused`: S150 for `xsi:type`, S151 if the samples do not share their outermost element.
    """
    learnt = Samples()
    for sample in samples:
        learnt.see(sample)
    if len(learnt.roots) != 1:
        message = f"the samples have {len(learnt.roots)} different outermost elements"
        raise DefinitionRefused(Fault("S151", message, fix="make one mapping for each kind of document"))
    first = namespace_of(learnt.roots[0])
    spaces = dict.fromkeys([first, *map(namespace_of, [*learnt.elements, *learnt.attributes])])
    files = {space: f"{stem}.xsd" if space == first else f"{stem}-{number}.xsd" for number, space in enumerate(spaces)}
    return {file: _Writer(learnt, files, space, note).schema() for space, file in files.items()}


class _Writer:
    """Writes the schema file of one namespace."""

    def __init__(self, learnt: Samples, files: Mapping[str, str], space: str, note: str) -> None:
        self._learnt = learnt
        self._files = files
        self._space = space
        self._note = note
        self._prefixes = {each: f"n{number}" for number, each in enumerate(files) if each not in {"", _XML}}
        self._prefixes[_XML] = "xml"
        self._lines: list[str] = []

    def schema(self) -> bytes:
        """Give the file."""
        spaces = "".join(
            f" xmlns:{prefix}={_quoted(space)}" for space, prefix in self._prefixes.items() if space != _XML
        )
        target = f" targetNamespace={_quoted(self._space)}" if self._space else ""
        self._line(0, '<?xml version="1.0" encoding="UTF-8"?>')
        if self._note:
            self._line(0, f"<!-- {escape(self._note).replace('--', '- -')} -->")
        opening = f'xmlns:xs="http://www.w3.org/2001/XMLSchema"{spaces}{target} elementFormDefault="qualified"'
        self._line(0, f"<xs:schema {opening}>")
        for space, file in self._files.items():
            if space != self._space:
                named = f" namespace={_quoted(space)}" if space else ""
                self._line(1, f"<xs:import{named} schemaLocation={_quoted(file)}/>")
        self._line(1, '<xs:simpleType name="said">')
        self._line(2, '<xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>')
        self._line(1, "</xs:simpleType>")
        for name, attribute in self._learnt.attributes.items():
            if namespace_of(name) == self._space:
                self._line(1, f'<xs:attribute name="{_local(name)}" type="{self._type(attribute)}"/>')
        for name, element in self._learnt.elements.items():
            if namespace_of(name) == self._space:
                self._element(element, 1, "")
        self._line(0, "</xs:schema>")
        return "\n".join([*self._lines, ""]).encode()

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("  " * depth + text)

    def _name(self, name: str) -> str:
        prefix = self._prefixes.get(namespace_of(name), "")
        return f"{prefix}:{_local(name)}" if prefix else _local(name)

    def _type(self, texts: TextsSeen) -> str:
        if texts.form in _TYPES:
            return _TYPES[texts.form]
        if texts.blank or not texts.count:
            return "xs:string"
        return self._name(f"{{{self._space}}}said" if self._space else "said")

    def _element(self, seen: ElementSeen, depth: int, occurs: str) -> None:
        """Declare an element where it stands."""
        nil = ' nillable="true"' if seen.nil else ""
        opening = f'<xs:element name="{_local(seen.name)}"{occurs}{nil}'
        text = "xs:string" if seen.nil and seen.texts.blank else self._type(seen.texts)
        if not seen.children and not seen.attributes:
            self._line(depth, f'{opening} type="{text}"/>')
            return
        self._line(depth, f"{opening}>")
        if seen.children:
            mixed = ' mixed="true"' if seen.mixed or seen.worded else ""
            self._line(depth + 1, f"<xs:complexType{mixed}>")
            self._content(seen, depth + 2)
            self._attributes(seen, depth + 2)
        elif seen.texts.empty:
            self._line(depth + 1, "<xs:complexType>")
            self._attributes(seen, depth + 2)
        else:
            self._line(depth + 1, "<xs:complexType>")
            self._line(depth + 2, "<xs:simpleContent>")
            self._line(depth + 3, f'<xs:extension base="{text}">')
            self._attributes(seen, depth + 4)
            self._line(depth + 3, "</xs:extension>")
            self._line(depth + 2, "</xs:simpleContent>")
        self._line(depth + 1, "</xs:complexType>")
        self._line(depth, "</xs:element>")

    def _content(self, seen: ElementSeen, depth: int) -> None:
        order = seen.order()
        single = all(most == 1 for most in seen.most.values())
        if order is None and not single:
            self._line(depth, '<xs:choice minOccurs="0" maxOccurs="unbounded">')
            for child in seen.children.values():
                self._child(child, depth + 1, "")
            self._line(depth, "</xs:choice>")
            return
        model = "xs:all" if order is None else "xs:sequence"
        self._line(depth, f"<{model}>")
        for name in order or seen.children:
            low = "" if seen.low(name) else ' minOccurs="0"'
            high = "" if seen.most[name] == 1 else ' maxOccurs="unbounded"'
            self._child(seen.children[name], depth + 1, f"{low}{high}")
        self._line(depth, f"</{model}>")

    def _child(self, child: ElementSeen, depth: int, occurs: str) -> None:
        if namespace_of(child.name) != self._space:
            self._line(depth, f'<xs:element ref="{self._name(child.name)}"{occurs}/>')
        else:
            self._element(child, depth, occurs)

    def _attributes(self, seen: ElementSeen, depth: int) -> None:
        for name, texts in seen.attributes.items():
            use = ' use="required"' if seen.carried[name] == seen.count else ""
            if name.startswith("{"):
                self._line(depth, f'<xs:attribute ref="{self._name(name)}"{use}/>')
            else:
                self._line(depth, f'<xs:attribute name="{name}" type="{self._type(texts)}"{use}/>')


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _local(name: str) -> str:
    return name.rpartition("}")[2]
