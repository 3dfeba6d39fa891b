"""XML Schema: compiled from memory, faults in our words."""

import os
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import XmlSchema, compile_xml_schema
from gateway.errors import DocumentRefused, Fault
from tests.document.values import codes, refused

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'

NOTICE = f"""<xs:schema {XS} xmlns="urn:n" xmlns:n="urn:n" targetNamespace="urn:n" elementFormDefault="qualified">
  <xs:include schemaLocation="../common/types.xsd"/>
  <xs:import namespace="urn:o" schemaLocation="other.xsd"/>
  <xs:element name="Notice">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="Kind" type="Kind"/>
        <xs:element name="Person" maxOccurs="3">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="Name" type="Short" maxOccurs="unbounded"/>
              <xs:element name="Born" type="xs:date" minOccurs="0"/>
              <xs:element name="Height" type="Height" minOccurs="0"/>
            </xs:sequence>
            <xs:attribute name="id" type="xs:NCName" use="required"/>
          </xs:complexType>
        </xs:element>
        <xs:any namespace="urn:o" minOccurs="0"/>
      </xs:sequence>
    </xs:complexType>
    <xs:key name="ids"><xs:selector xpath="n:Person"/><xs:field xpath="@id"/></xs:key>
  </xs:element>
</xs:schema>"""
TYPES = f"""<xs:schema {XS}>
  <xs:simpleType name="Kind">
    <xs:restriction base="xs:token"><xs:enumeration value="ARR"/><xs:enumeration value="LOC"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Short">
    <xs:restriction base="xs:string"><xs:maxLength value="10"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Height">
    <xs:restriction base="xs:integer"><xs:minInclusive value="30"/><xs:maxInclusive value="260"/></xs:restriction>
  </xs:simpleType>
</xs:schema>"""
OTHER = f'<xs:schema {XS} targetNamespace="urn:o"><xs:element name="extra" type="xs:boolean"/></xs:schema>'
FILES = {"a/notice.xsd": NOTICE.encode(), "common/types.xsd": TYPES.encode(), "a/other.xsd": OTHER.encode()}

GOOD = "<Notice xmlns='urn:n'><Kind>ARR</Kind><Person id='p1'><Name>Ada</Name></Person></Notice>"


@pytest.fixture(scope="module")
def schema() -> XmlSchema:
    return compile_xml_schema(FILES, "a/notice.xsd")


def faults(schema: XmlSchema, text: str) -> list[str]:
    found: tuple[Fault, ...] = refused(lambda: read_xml(text.encode(), schema=schema))
    return [f"{fault.code} {fault.place.path}" for fault in found]


def test_a_valid_document_is_read(schema: XmlSchema) -> None:
    assert read_xml(GOOD.encode(), schema=schema).children[0].text == "ARR"
    read_xml(GOOD.replace("</Notice>", "<extra xmlns='urn:o'>true</extra></Notice>").encode(), schema=schema)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<Kind>ARR</Kind>", "<Kind>DISC</Kind>", ["DOC-043 /Notice/Kind"]),
        ("<Kind>ARR</Kind>", "", ["DOC-041 /Notice/Person"]),
        ("id='p1'", "", ["DOC-042 /Notice/Person", "DOC-044 /Notice/Person"]),
        ("id='p1'", "id='p1' x='y'", ["DOC-042 /Notice/Person/@*"]),
        ("id='p1'", "id='1'", ["DOC-043 /Notice/Person/@id", "DOC-044 /Notice/Person/@id", "DOC-044 /Notice/Person"]),
        ("<Name>Ada</Name>", "", ["DOC-041 /Notice/Person"]),
        ("<Name>Ada</Name>", "<Name>A</Name><Name>Adalbertina X</Name>", ["DOC-043 /Notice/Person/Name[2]"]),
        ("</Name>", "</Name><Born>1987-13-01</Born>", ["DOC-043 /Notice/Person/Born"]),
        ("</Name>", "</Name><Height>300</Height>", ["DOC-043 /Notice/Person/Height"]),
        ("</Name>", "</Name>text", ["DOC-041 /Notice/Person"]),
        ("Ada", "<b/>", ["DOC-041 /Notice/Person/Name"]),
        ("</Notice>", "<Canary/></Notice>", ["DOC-041 /Notice/*"]),
        ("</Notice>", "<Person id='p1'><Name>B</Name></Person></Notice>", ["DOC-044 /Notice/Person[2]"]),
        ("</Notice>", "<extra xmlns='urn:o'>maybe</extra></Notice>", ["DOC-043 /Notice/extra"]),
        ("<Notice xmlns='urn:n'>", "<Notice xmlns='urn:other'>", ["DOC-040 /Notice"]),
    ],
)
def test_each_rule_has_a_code_and_a_path(schema: XmlSchema, old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert faults(schema, GOOD.replace(old, new)) == expected


def test_prefixed_documents_get_the_same_paths(schema: XmlSchema) -> None:
    text = "<n:Notice xmlns:n='urn:n'><n:Kind>X</n:Kind><n:Person id='a'><n:Name>A</n:Name></n:Person></n:Notice>"
    assert faults(schema, text) == ["DOC-043 /Notice/Kind"]


def test_all_faults_are_told_at_once_with_lines(schema: XmlSchema) -> None:
    text = GOOD.replace("<Kind>ARR", "\n<Kind>X").replace("Ada", "\n much too long")
    found = refused(lambda: read_xml(text.encode(), schema=schema))
    assert [str(fault.place) for fault in found] == ["2 /Notice/Kind", "2 /Notice/Person/Name"]


def test_the_fix_names_what_the_schema_expects(schema: XmlSchema) -> None:
    (fault,) = refused(lambda: read_xml(GOOD.replace("<Name>Ada</Name>", "<Canary/>").encode(), schema=schema))
    assert fault.fix == "expected here: Name"


def test_at_most_100_faults_are_told(schema: XmlSchema) -> None:
    text = GOOD.replace("<Name>Ada</Name>", "<Name>much too long</Name>" * 500)
    assert len(faults(schema, text)) == 100


def test_no_fault_quotes_the_document(schema: XmlSchema) -> None:
    for new in ("<Kind>Canary</Kind>", "<Canary/>", "<Kind Canary='1'>ARR</Kind>", "<Kind>ARR</Kind>Canary"):
        text = GOOD.replace("<Kind>ARR</Kind>", new)
        found = refused(lambda text=text: read_xml(text.encode(), schema=schema))  # type: ignore[misc]  # bound at once
        assert "Canary" not in repr(found)


def test_the_document_cannot_bring_its_own_schema(schema: XmlSchema, tmp_path: Path) -> None:
    own = tmp_path / "own.xsd"
    own.write_text(f'<xs:schema {XS} targetNamespace="urn:z"><xs:element name="z"/></xs:schema>')
    hint = f"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:z {own.as_uri()}'"
    text = f"<z xmlns='urn:z' {hint}/>"
    assert faults(schema, text) == ["DOC-040 /*"]


_parts = st.lists(
    st.sampled_from(
        [
            "<Kind>ARR</Kind>",
            "<Kind>X</Kind>",
            "<Kind/>",
            "<Person id='p1'><Name>A</Name></Person>",
            "<Person id='p2'><Name>B</Name><Born>1990-02-28</Born></Person>",
            "<Person id='p2'><Name>B</Name><Born>1990-02-30</Born><Height> 180 </Height></Person>",
            "<Person><Name>C</Name></Person>",
            "<Person id='p3'/>",
            "<o:extra>1</o:extra>",
            "<o:extra>x</o:extra>",
            "text",
            "<!-- c -->",
        ]
    ),
    max_size=5,
)


@given(_parts)
def test_three_validators_give_one_verdict(parts: list[str]) -> None:
    text = f"<Notice xmlns='urn:n' xmlns:o='urn:o'>{''.join(parts)}</Notice>"
    schema, second = _compiled()
    ours = True
    try:
        read_xml(text.encode(), schema=schema)
    except DocumentRefused:
        ours = False
    tree = etree.fromstring(text, etree.XMLParser(remove_comments=True))
    assert ours is schema.compiled.validate(tree) is second.is_valid(text)


_CACHE: list[tuple[XmlSchema, xmlschema.XMLSchema10]] = []


def _compiled() -> tuple[XmlSchema, xmlschema.XMLSchema10]:
    if not _CACHE:
        # The second opinion reads no bundles, so it gets one schema without references.
        types = TYPES.partition(">")[2].rpartition("</xs:schema>")[0]
        one = NOTICE.replace('<xs:include schemaLocation="../common/types.xsd"/>', "")
        one = one.replace(' schemaLocation="other.xsd"/>', "/>" + types)
        second = xmlschema.XMLSchema10([one, OTHER])
        _CACHE.append((compile_xml_schema(FILES, "a/notice.xsd"), second))
    return _CACHE[0]


# ---------------------------------------------------------------- compiling


@pytest.mark.parametrize("how", ["include", "import", "redefine"])
def test_a_reference_outside_the_files_is_refused_and_not_followed(how: str, tmp_path: Path) -> None:
    outside = tmp_path / "types.xsd"
    outside.write_bytes(TYPES.encode())
    for location in (outside.as_uri(), str(outside), "../../types.xsd", "http://localhost:1/types.xsd", "missing.xsd"):
        namespace = "namespace='urn:q' " if how == "import" else ""
        text = f"<xs:schema {XS}><xs:{how} {namespace}schemaLocation='{location}'/><xs:element name='a'/></xs:schema>"
        assert codes(lambda text=text: compile_xml_schema({"m.xsd": text.encode()}, "m.xsd")) == ["DOC-082"]  # type: ignore[misc]  # bound at once


def _was_read(path: Path) -> bool:
    return path.stat().st_atime > 1


def test_a_file_of_this_machine_is_not_even_opened(tmp_path: Path) -> None:
    control, outside = tmp_path / "control.xsd", tmp_path / "outside.xsd"
    for path in (control, outside):
        path.write_bytes(TYPES.encode())
        os.utime(path, (1, path.stat().st_mtime))
    control.read_bytes()
    if not _was_read(control):
        pytest.skip("not run: this file system keeps no access times")
    for location in (outside.as_uri(), str(outside)):
        text = f"<xs:schema {XS}><xs:include schemaLocation='{location}'/><xs:element name='a'/></xs:schema>"
        assert codes(lambda text=text: compile_xml_schema({"m.xsd": text.encode()}, "m.xsd")) == ["DOC-082"]  # type: ignore[misc]  # bound at once
    assert not _was_read(outside)


def test_an_address_is_found_if_it_is_given() -> None:
    address = "http://schemas.example/other.xsd"
    text = (
        f"<xs:schema {XS}><xs:import namespace='urn:o' schemaLocation='{address}'/><xs:element name='a'/></xs:schema>"
    )
    compile_xml_schema({"m.xsd": text.encode(), address: OTHER.encode()}, "m.xsd")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DOC-080"),
        (b"<a", "DOC-080"),
        (b"<!DOCTYPE a><a/>", "DOC-080"),
        (b"\xff", "DOC-080"),
        (b"<a/>", "DOC-081"),
        (f"<xs:schema {XS}><xs:element name='a' type='nowhere'/></xs:schema>".encode(), "DOC-081"),
        (f"<xs:schema {XS}><xs:element/></xs:schema>".encode(), "DOC-081"),
    ],
)
def test_a_schema_that_cannot_be_compiled_names_its_file(data: bytes, code: str) -> None:
    (fault,) = refused(lambda: compile_xml_schema({"s/m.xsd": data}, "s/m.xsd"))
    assert (fault.code, fault.place.file) == (code, "s/m.xsd")


def test_a_broken_file_beside_the_entry_is_named() -> None:
    (fault,) = refused(lambda: compile_xml_schema({**FILES, "common/types.xsd": b"<a>"}, "a/notice.xsd"))
    assert (fault.code, fault.place.file) == ("DOC-080", "common/types.xsd")


def test_an_entry_that_is_not_there() -> None:
    assert codes(lambda: compile_xml_schema(FILES, "b.xsd")) == ["DOC-084"]
