"""An XML format unlike those in the repository: two namespaces in two files, choice, substitution, derived types."""

import pytest

from tests.mapping.example_files import check
from tests.mapping.inline import HEAD, PATH, Result, files_of, run

CORE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:core" xmlns:c="urn:core"
    elementFormDefault="unqualified" attributeFormDefault="qualified">
  <xs:complexType name="Party" abstract="true"><xs:sequence><xs:element name="ref" type="xs:token"/></xs:sequence></xs:complexType>
  <xs:complexType name="Human"><xs:complexContent><xs:extension base="c:Party"><xs:sequence>
    <xs:choice>
      <xs:element name="whole" type="xs:string"/>
      <xs:sequence><xs:element name="last" type="xs:string"/><xs:element name="first" type="xs:string" minOccurs="0"/></xs:sequence>
    </xs:choice>
    <xs:element name="born" type="xs:date" nillable="true" minOccurs="0"/>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Firm"><xs:complexContent><xs:extension base="c:Party"><xs:sequence>
    <xs:element name="title" type="xs:string"/>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:element name="thing" type="c:Thing" abstract="true"/>
  <xs:complexType name="Thing"><xs:attribute name="mark" form="unqualified"/></xs:complexType>
  <xs:complexType name="Car"><xs:complexContent><xs:extension base="c:Thing">
    <xs:attribute name="plate" use="required"/></xs:extension></xs:complexContent></xs:complexType>
  <xs:element name="car" type="c:Car" substitutionGroup="c:thing"/>
  <xs:element name="boat" substitutionGroup="c:thing"><xs:complexType><xs:complexContent><xs:extension base="c:Thing">
    <xs:attribute name="hull" form="unqualified"/></xs:extension></xs:complexContent></xs:complexType></xs:element>
</xs:schema>"""

CASE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:case" xmlns:k="urn:case" xmlns:c="urn:core"
    elementFormDefault="qualified">
  <xs:import namespace="urn:core" schemaLocation="parts/core.xsd"/>
  <xs:element name="case"><xs:complexType><xs:sequence>
    <xs:element name="meta"><xs:complexType><xs:attribute name="no" use="required"/><xs:attribute name="day" type="xs:date"/></xs:complexType></xs:element>
    <xs:element name="party" type="c:Party" maxOccurs="unbounded"/>
    <xs:element ref="c:thing" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="note" minOccurs="0" maxOccurs="9"><xs:complexType mixed="true"><xs:sequence>
      <xs:element name="b" type="xs:string" minOccurs="0" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="group" type="k:Group" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="Group"><xs:sequence><xs:element name="name" type="xs:string"/>
    <xs:element name="group" type="k:Group" minOccurs="0" maxOccurs="9"/></xs:sequence></xs:complexType>
</xs:schema>"""

SOURCE = """source:
  format: xml
  schema: case.xsd
  root: case
  default_namespace: urn:case
  namespaces: {c: "urn:core", n: ""}
target: {format: exchange, version: 1}
"""

RULES = """
map:
  header.reference: meta/@no
  persons[]:
    each: party
    where: is('c:Human')
    as: human
    fields:
      reference: n:ref
      names[]:
        choose:
          - when: has(n:whole)
            then: {fields: {kind: {const: primary}, full: "n:whole"}}
          - otherwise:
              fields:
                kind: {const: primary}
                family: n:last
                given: n:first
                full: {from: {l: "n:last", f: "n:first"}, text: "{l}[, {f}]"}
      births[]: {fields: {date: {from: "n:born", convert: [{date: [YYYY-MM-DD]}]}}}
  organisations[]:
    each: party
    where: not is('c:Human')
    fields:
      reference: n:ref
      names[]: {fields: {kind: {const: primary}, full: "n:title"}}
  objects[]:
    - each: c:car
      fields:
        kind: {const: vehicle}
        vehicle.registration: ./@c:plate
        reference: ./@mark
    - {each: "c:boat", fields: {kind: {const: vessel}, reference: ./@hull}}
  narrative[]:
    - {each: note, fields: {kind: {const: remarks}, text: {from: ., convert: [flatten]}}}
    - {each: group/group, fields: {kind: {const: title}, text: name}}
ignore:
  meta/@day: not needed
  c:boat/@mark: painted over
  group/name: the outermost is the office
"""

DOCUMENT = """<k:case xmlns:k="urn:case" xmlns:core="urn:core" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <k:meta no="7" day="2026-01-01"/>
  <k:party xsi:type="core:Human"><ref>h1</ref><whole>Anna B</whole><born xsi:nil="true"/></k:party>
  <k:party xsi:type="core:Human"><ref>h2</ref><last>Berg</last><born>1970-01-02</born></k:party>
  <k:party xsi:type="core:Firm"><ref>f1</ref><title>Quill</title></k:party>
  <core:car core:plate="AB 1" mark="m1"/><core:boat hull="H2"/><core:car core:plate="AB 2"/>
  <k:note>seen <k:b>twice</k:b> at sea</k:note>
  <k:group><k:name>office</k:name><k:group><k:name>desk</k:name></k:group></k:group>
</k:case>"""


def files(rules: str = RULES) -> dict[str, bytes]:
    made = files_of(rules, HEAD + SOURCE)
    return {**made, "mappings/x/case.xsd": CASE.encode(), "mappings/x/parts/core.xsd": CORE.encode()}


@pytest.fixture(scope="module")
def result() -> Result:
    return run(files(), DOCUMENT.encode())


def test_derived_types_and_choices_are_told_apart(result: Result) -> None:
    assert (result.outcome, result.codes) == ("accepted", [])
    people = result.message["persons"]
    assert [one["names"][0]["full"] for one in people] == ["Anna B", "Berg"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union
    assert people[1]["births"] == [{"date": {"value": "1970-01-02"}}]  # type: ignore[index, call-overload]  # JSON is a union
    assert "births" not in people[0]  # type: ignore[index, call-overload, operator]  # JSON is a union
    assert [one["names"][0]["full"] for one in result.message["organisations"]] == ["Quill"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union


def test_members_of_a_substitution_group_are_read_by_their_names(result: Result) -> None:
    things = result.message["objects"]
    assert [(one["kind"], one.get("reference"), one.get("vehicle")) for one in things] == [  # type: ignore[index, call-overload, union-attr]  # JSON is a union
        ("vehicle", "m1", {"registration": "AB 1"}),
        ("vehicle", None, {"registration": "AB 2"}),
        ("vessel", "H2", None),
    ]


def test_mixed_content_is_flattened_and_recursive_types_are_walked(result: Result) -> None:
    assert [one["text"] for one in result.message["narrative"]] == ["seen twice at sea", "desk"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union


def test_the_check_knows_every_construct() -> None:
    told = [(fault.code, fault.message) for fault in check(PATH, files()).faults if fault.code[0] in "PVCS"]
    assert told == []


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ('"n:title"', '"n:titel"', "P101", "did you mean 'title'"),
        ("./@c:plate", "./@plate", "P101", "namespace urn:core"),
        ("is('c:Human')\n    as", "is('c:Humen')\n    as", "C2", "Human"),
        ("each: c:car", "each: c:cab", "P101", "no element 'cab'"),
        ("n:ref\n      names[]:\n        choose", "ref\n      names[]:\n        choose", "P101", "in no namespace"),
        ("births[]:", "birth[]:", "T201", "births"),
    ],
)
def test_what_is_misspelt_is_found(old: str, new: str, code: str, hint: str) -> None:
    assert old in RULES
    faults = check(PATH, files(RULES.replace(old, new))).faults
    told = [fault.message for fault in faults if fault.code.startswith(code)]
    assert told, [str(fault) for fault in faults]
    assert any(hint in message for message in told)


def test_a_condition_on_the_type_proves_what_that_type_always_has() -> None:
    told = {fault.message for fault in check(PATH, files()).faults if fault.code == "T203"}
    assert (
        "organisations[].names[].full is required but n:title may be blank in the source; add default or on_missing"
        in told
    )
    loose = RULES.replace("    where: not is('c:Human')\n", "")
    told = {fault.message for fault in check(PATH, files(loose)).faults if fault.code == "T203"}
    assert any("n:title is optional in the source" in message for message in told)
