"""XML Schema as shapes: content models, types, and the published schemas."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import DefinitionRefused
from gateway.mapping.shapes.shape import Child, Occurrence, Shape
from gateway.mapping.shapes.xsd import XsdShapes

SharedData = Callable[[str], Path]

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def shapes_of(body: str, **others: str) -> XsdShapes:
    files = {"s/main.xsd": f"<xs:schema {XS} elementFormDefault='qualified'>{body}</xs:schema>".encode()}
    files |= {f"s/{name}.xsd": text.encode() for name, text in others.items()}
    return XsdShapes(files, "s/main.xsd")


def root_of(body: str, name: str = "R", **others: str) -> Child:
    shapes = shapes_of(body, **others)
    assert shapes.faults == []
    root = shapes.root(name)
    assert root is not None
    return root


def element(content: str) -> Shape:
    return root_of(f"<xs:element name='R'><xs:complexType>{content}</xs:complexType></xs:element>").shape


def occurrences(shape: Shape) -> dict[str, tuple[int, int | None]]:
    return {child.label: (child.occurs.low, child.occurs.high) for child in shape.facts.children.values()}


def test_sequences_multiply_and_choices_are_optional() -> None:
    shape = element(
        "<xs:sequence maxOccurs='3'><xs:element name='a' type='xs:string'/>"
        "<xs:element name='b' type='xs:string' minOccurs='0' maxOccurs='2'/></xs:sequence>"
        "<xs:attribute name='v' use='required'/><xs:attribute name='w'/>"
    )
    assert occurrences(shape) == {"a": (1, 3), "b": (0, 6), "@v": (1, 1), "@w": (0, 1)}
    choice = element("<xs:choice><xs:element name='a'/><xs:element name='b' maxOccurs='unbounded'/></xs:choice>")
    assert occurrences(choice) == {"a": (0, 1), "b": (0, None)}
    assert choice.facts.one_of == (frozenset({"a", "b"}),)


def test_an_element_named_twice_in_a_sequence_occurs_as_often_as_both() -> None:
    shape = element("<xs:sequence><xs:element name='a'/><xs:element name='b'/><xs:element name='a'/></xs:sequence>")
    assert occurrences(shape)["a"] == (2, 2)


def test_a_fact_of_a_simple_type_is_inherited_and_narrowed() -> None:
    root = root_of(
        "<xs:simpleType name='Code'><xs:restriction base='xs:token'><xs:enumeration value='A'/>"
        "<xs:enumeration value='B'/></xs:restriction></xs:simpleType>"
        "<xs:simpleType name='Short'><xs:restriction base='xs:token'><xs:minLength value='1'/>"
        "<xs:maxLength value='8'/></xs:restriction></xs:simpleType>"
        "<xs:element name='R'><xs:complexType><xs:sequence><xs:element name='code' type='Code'/>"
        "<xs:element name='short' type='Short'/><xs:element name='free' type='xs:string'/>"
        "<xs:element name='n' type='xs:positiveInteger'/><xs:element name='d' type='xs:date' nillable='true'/>"
        "</xs:sequence></xs:complexType></xs:element>"
    )
    facts = {child.label: child.shape.facts for child in root.shape.facts.children.values()}
    assert facts["code"].codes == ("A", "B")
    assert not facts["code"].blank
    assert (facts["short"].blank, facts["short"].longest) == (False, 8)
    assert facts["free"].blank
    assert facts["n"].kinds == {"integer"}
    assert facts["d"].format == "date"
    assert root.shape.facts.children["d"].nillable


def test_simple_content_has_a_value_and_attributes() -> None:
    shape = element(
        "<xs:simpleContent><xs:extension base='xs:decimal'><xs:attribute name='unit'/></xs:extension>"
        "</xs:simpleContent>"
    )
    assert shape.facts.readable
    assert occurrences(shape) == {"@unit": (0, 1)}


def test_members_of_a_substitution_group_stand_for_their_head() -> None:
    root = root_of(
        "<xs:element name='party' abstract='true'/><xs:element name='person' substitutionGroup='party'/>"
        "<xs:element name='firm' substitutionGroup='party'/><xs:element name='R'><xs:complexType><xs:sequence>"
        "<xs:element ref='party' maxOccurs='unbounded'/></xs:sequence></xs:complexType></xs:element>"
    )
    assert occurrences(root.shape) == {"person": (0, None), "firm": (0, None)}


def test_children_of_derived_types_are_known_and_optional() -> None:
    root = root_of(
        "<xs:complexType name='Base' abstract='true'><xs:sequence><xs:element name='id' type='xs:int'/></xs:sequence>"
        "</xs:complexType><xs:complexType name='More'><xs:complexContent><xs:extension base='Base'><xs:sequence>"
        "<xs:element name='extra' type='xs:string'/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        "<xs:element name='R' type='Base'/>"
    )
    assert occurrences(root.shape) == {"id": (1, 1), "extra": (0, 1)}
    assert [variant.facts.type_name for variant in root.shape.facts.variants] == ["More"]


def test_groups_and_attribute_groups_are_inlined() -> None:
    root = root_of(
        "<xs:group name='g'><xs:sequence><xs:element name='a'/></xs:sequence></xs:group>"
        "<xs:attributeGroup name='ag'><xs:attribute name='v'/></xs:attributeGroup>"
        "<xs:element name='R'><xs:complexType><xs:sequence><xs:group ref='g' minOccurs='0'/></xs:sequence>"
        "<xs:attributeGroup ref='ag'/></xs:complexType></xs:element>"
    )
    assert occurrences(root.shape) == {"a": (0, 1), "@v": (0, 1)}


def test_a_recursive_type_stays_cyclic() -> None:
    root = root_of(
        "<xs:complexType name='T'><xs:sequence><xs:element name='t' type='T' minOccurs='0'/></xs:sequence>"
        "</xs:complexType><xs:element name='R' type='T'/>"
    )
    inner = root.shape.facts.children["t"].shape
    assert inner.facts.children["t"].shape is inner


def test_an_import_is_found_among_the_files_also_when_its_location_is_a_web_address() -> None:
    other = f"<xs:schema {XS} targetNamespace='urn:o' elementFormDefault='qualified'><xs:element name='x'/></xs:schema>"
    body = (
        "<xs:import namespace='urn:o' schemaLocation='https://example.org/deep/other.xsd'/>"
        "<xs:element name='R'><xs:complexType><xs:sequence><xs:element xmlns:o='urn:o' ref='o:x'/></xs:sequence>"
        "</xs:complexType></xs:element>"
    )
    root = root_of(body, other=other)
    child = root.shape.facts.children["{urn:o}x"]
    assert child.origin.place.file == "s/other.xsd"


def test_an_import_that_is_not_among_the_files_is_a_fault_and_its_elements_admit_anything() -> None:
    shapes = shapes_of(
        "<xs:import namespace='urn:o' schemaLocation='http://example.org/o.xsd'/>"
        "<xs:element name='R'><xs:complexType><xs:sequence><xs:element xmlns:o='urn:o' ref='o:x'/></xs:sequence>"
        "</xs:complexType></xs:element>"
    )
    assert [fault.code for fault in shapes.faults] == ["S101"]
    root = shapes.root("R")
    assert root is not None
    assert root.shape.facts.children["{urn:o}x"].shape.facts.others is not None


def test_an_included_file_without_a_namespace_takes_its_users() -> None:
    main = f"<xs:schema {XS} targetNamespace='urn:m' xmlns='urn:m' elementFormDefault='qualified'>"
    main += "<xs:include schemaLocation='part.xsd'/><xs:element name='R' type='T'/></xs:schema>"
    part = f"<xs:schema {XS} elementFormDefault='qualified'><xs:complexType name='T'><xs:sequence>"
    part += "<xs:element name='a'/></xs:sequence></xs:complexType></xs:schema>"
    shapes = XsdShapes({"m.xsd": main.encode(), "part.xsd": part.encode()}, "m.xsd")
    root = shapes.root("{urn:m}R")
    assert root is not None
    assert list(root.shape.facts.children) == ["{urn:m}a"]


def test_a_document_type_is_refused() -> None:
    data = b'<!DOCTYPE s [<!ENTITY e "x">]><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
    with pytest.raises(DefinitionRefused) as refused:
        XsdShapes({"m.xsd": data}, "m.xsd")
    assert refused.value.code == "S102"


def test_the_place_of_a_declaration_is_its_name() -> None:
    data = f"<xs:schema {XS}>\n  <xs:element name='R'\n/>\n</xs:schema>".encode()
    root = XsdShapes({"m.xsd": data}, "m.xsd").root("R")
    assert root is not None
    assert (root.origin.place.line, root.origin.place.column) == (2, 21)


def leaves(child: Child, above: frozenset[int] = frozenset()) -> int:
    if id(child.shape) in above:
        return 0
    below = above | {id(child.shape)}
    own = 1 if child.shape.facts.readable else 0
    return own + sum(leaves(each, below) for each in child.shape.facts.children.values())


def test_the_published_report_schema_becomes_shapes(shared_data: SharedData) -> None:
    path = shared_data("samples/fincen") / "xsd" / "EFL_SARXBatchSchema.xsd"
    shapes = XsdShapes({"sar.xsd": path.read_bytes()}, "sar.xsd")
    root = shapes.root("{www.fincen.gov/base}EFilingBatchXML")
    assert root is not None
    assert shapes.faults == []
    assert leaves(root) > 150
    activity = root.shape.facts.children["{www.fincen.gov/base}Activity"]
    party = activity.shape.facts.children["{www.fincen.gov/base}Party"]
    assert activity.occurs == Occurrence(1, None)
    code = party.shape.facts.children["{www.fincen.gov/base}ActivityPartyTypeCode"]
    assert code.occurs == Occurrence(1, 1)
    assert {"33", "35"} <= set(code.shape.facts.codes or ())


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_the_published_alert_schemas_become_shapes(shared_data: SharedData, version: str) -> None:
    path = shared_data("samples/cap") / "xsd" / f"cap{version}.xsd"
    shapes = XsdShapes({"cap.xsd": path.read_bytes()}, "cap.xsd")
    root = next(child for name in shapes.roots if (child := shapes.root(name)) and child.label == "alert")
    assert leaves(root) > 30
