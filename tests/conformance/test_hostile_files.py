"""25 published hostile or broken files (publishers and licences: the folder's README), with the verdict for each.

Five are well-formed XML. Three of them break the format that they claim to be, so a schema of our own refuses them; one
is accepted with a warning; the refusals of all others are a matter of reading.
"""

from pathlib import Path

import pytest

from gateway.document.remarks import remarks
from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import XmlSchema, compile_xml_schema
from gateway.errors import DocumentRefused, Severity
from tests.document.values import refused
from tests.shared import shared_data

FOLDER = "samples/hostile"

REFUSED_BY_READING = {
    "cap-library/xee.atom": "DOC-031 3:1",
    "cap-library/xee.cap": "DOC-031 3:1",
    "crossed-tags/test_broken.xml": "DOC-030 1:11",
    "x-road-messages/attachm2-utf8bom-inside.query": "DOC-030 1:1",  # a MIME message is no XML
    "x-road-messages/empty.query": "DOC-012 ",
    "x-road-messages/faulty-multipart.query": "DOC-030 1:1",
    "x-road-messages/no-soap.query": "DOC-030 1:1",
    "x-road-messages/sign-0-malformed-xml.xml": "DOC-030 47:1",
    "x-road-messages/test-part-with-xxe.xml": "DOC-031 2:1",
    "x-road-messages/trusted-anchor-invalid-2.xml": "DOC-030 1:1",
    "xml-entities/cyclic.xml": "DOC-031 1:1",
    "xml-entities/dtd.xml": "DOC-031 2:1",
    "xml-entities/external.xml": "DOC-031 1:1",
    "xml-entities/external_file.xml": "DOC-031 1:1",
    "xml-entities/quadratic.xml": "DOC-031 1:1",
    "xml-entities/xmlbomb.xml": "DOC-031 1:1",
    "xml-entities/xmlbomb2.xml": "DOC-031 1:1",
    "xxe-payloads/billion-laughs.xml": "DOC-031 1:1",
    "xxe-payloads/classic-xxe-etc-passwd.xml": "DOC-031 2:1",
    "xxe-payloads/xxe-oob-attack.xml": "DOC-030 1:1",
    "xxe-payloads/xxe-parameter-entity-data-uri.xml": "DOC-031 1:1",
}

REFUSED_BY_CONTENT = {
    "cap-library/invalid.rss": ["DOC-041 4 /rss/channel/link"],
    "x-road-messages/faulty-header2.query": ["DOC-041 12 /Envelope/Header/client[2]"],
    "x-road-messages/missing-body.query": ["DOC-041 5 /Envelope"],
}

ACCEPTED_WITH_WARNING = {"x-road-messages/getstate-iso88591.answer": "DOC-015"}

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XROAD = "http://x-road.eu/xsd/xroad.xsd"

SCHEMAS = {
    "rss.xsd": f"""<xs:schema {XS}><xs:element name="rss"><xs:complexType><xs:sequence>
        <xs:element name="channel"><xs:complexType><xs:sequence>
          <xs:element name="title"/><xs:element name="link"/><xs:element name="description"/>
          <xs:element name="item" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence><xs:attribute name="version"/></xs:complexType></xs:element></xs:schema>""",
    "envelope.xsd": f"""<xs:schema {XS} xmlns:x="{XROAD}" targetNamespace="{SOAP}" elementFormDefault="qualified">
        <xs:import namespace="{XROAD}" schemaLocation="xroad.xsd"/>
        <xs:element name="Envelope"><xs:complexType><xs:sequence>
          <xs:element name="Header"><xs:complexType><xs:all>
            <xs:element ref="x:client"/><xs:element ref="x:service"/><xs:element ref="x:userId"/>
            <xs:element ref="x:id"/><xs:element ref="x:protocolVersion"/><xs:element ref="x:issue"/>
          </xs:all></xs:complexType></xs:element>
          <xs:element name="Body"/>
        </xs:sequence></xs:complexType></xs:element></xs:schema>""",
    "xroad.xsd": f"""<xs:schema {XS} targetNamespace="{XROAD}">
        <xs:element name="client"/><xs:element name="service"/><xs:element name="userId"/>
        <xs:element name="id"/><xs:element name="protocolVersion"/><xs:element name="issue"/></xs:schema>""",
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, XmlSchema]:
    files = {name: text.encode() for name, text in SCHEMAS.items()}
    return {entry: compile_xml_schema(files, entry) for entry in ("rss.xsd", "envelope.xsd")}


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared_data(FOLDER)


@pytest.mark.parametrize("name", REFUSED_BY_READING)
def test_refused_by_reading(name: str, folder: Path) -> None:
    (fault,) = refused(lambda: read_xml((folder / name).read_bytes()))
    assert f"{fault.code} {fault.place}" == REFUSED_BY_READING[name]


@pytest.mark.parametrize("name", REFUSED_BY_CONTENT)
def test_refused_by_content(name: str, folder: Path, schemas: dict[str, XmlSchema]) -> None:
    data = (folder / name).read_bytes()
    read_xml(data)
    schema = schemas["rss.xsd" if name.endswith(".rss") else "envelope.xsd"]
    faults = refused(lambda: read_xml(data, schema=schema))
    assert [f"{fault.code} {fault.place}" for fault in faults] == REFUSED_BY_CONTENT[name]


@pytest.mark.parametrize("name", ACCEPTED_WITH_WARNING)
def test_accepted_with_a_warning_about_damaged_text(name: str, folder: Path) -> None:
    tree = read_xml((folder / name).read_bytes())
    (remark,) = remarks(tree)
    assert (remark.code, remark.severity) == ("DOC-015", Severity.WARNING)
    assert remark.place.line > 1


def test_25_files_21_refused_by_reading_3_by_content_1_accepted(folder: Path) -> None:
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("LICENSE", "README"))
    }
    assert len(files) == 25
    assert files == {*REFUSED_BY_READING, *REFUSED_BY_CONTENT, *ACCEPTED_WITH_WARNING}
    assert (len(REFUSED_BY_READING), len(REFUSED_BY_CONTENT), len(ACCEPTED_WITH_WARNING)) == (21, 3, 1)


def test_no_refusal_quotes_the_file(folder: Path) -> None:
    for name in REFUSED_BY_READING:
        with pytest.raises(DocumentRefused) as caught:
            read_xml((folder / name).read_bytes())
        for word in ("passwd", "localhost", "lol", "http", "file:"):
            assert word not in str(caught.value)
