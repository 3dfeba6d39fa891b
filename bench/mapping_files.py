"""The message that mappings are measured on, in JSON and in XML, and the two mappings with their tables.

About 2 KB with some forty filled fields: a header, a person with names, a birth, documents, addresses and contacts, a
vehicle, a link. All of it is invented.
"""

from xml.sax.saxutils import escape

from gateway.document.tree import JsonObject, JsonValue

__all__ = ["COUNTRIES", "DOCUMENTS", "JSON_FILES", "MESSAGE", "PATH", "SEXES", "XML_FILES", "XML_MESSAGE"]

PATH = "m/m.map.yaml"

_MAPPING = """
mapping: bench.person
version: 1.0.0
source: {format: json, schema: s.json}
target: {format: exchange, version: 1}
tables: {country: country.csv, doc: doc.csv, sex: sex.csv}
defaults: {clean: [trim, nfc], on_missing: skip, on_error: quarantine}
map:
  header.reference: {from: $.id, convert: [{prefix: QM-}]}
  header.kind: {const: person-notice}
  header.issued: $.ts
  header.precedence: {const: PRIORITY}
  header.originator.country: {const: QM}
  header.originator.unit: $.unit
  header.purpose: {const: border}
  header.handling.classification: {const: OFFICIAL}
  notice.kind: {const: watch}
  notice.action: {const: inform}
  notice.valid_until: $.until
  persons[]:
    at: $.person
    as: person
    fields:
      reference: no
      roles[]: {const: suspect}
      sex: {from: sex, lookup: sex}
      names[]:
        each: names
        fields:
          kind: {choose: [{when: aka == true, then: {const: alias}}, {otherwise: {const: primary}}]}
          family: last
          given: first
          full: {from: {l: last, f: first}, text: "{l}[, {f}]"}
      births[]: {fields: {date: born, place: birthplace, country: {from: birthland, lookup: country}}}
      nationalities[]: {each: citizenships, value: {from: ., lookup: country}}
      documents[]:
        each: docs
        where: has(no)
        fields:
          kind: {from: cat, lookup: doc}
          number: {from: no, convert: [upper, {remove: " -"}]}
          issuer: {from: land, lookup: country}
          expires: expires
      addresses[]:
        each: addresses
        fields:
          kind: {const: residence}
          street: street
          postcode: zip
          locality: city
          country: {from: land, lookup: country}
      contacts[]: {each: phones, fields: {kind: {const: phone}, value: .}}
      description.height_cm: height
  objects[]:
    each: $.person.cars
    as: car
    fields:
      kind: {const: vehicle}
      vehicle.registration: {from: plate, convert: [upper]}
      vehicle.make: make
      vehicle.model: model
  links[]:
    each: $.person.cars
    fields: {kind: {const: uses}, from: {ref: person}, to: {ref: car}}
ignore:
  $.person.docs: {where: not has(no), why: a document without a number identifies nothing}
"""
_XML_MAPPING = """
mapping: bench.person
version: 1.0.0
source: {format: xml, schema: s.xsd, root: message, default_namespace: "urn:x"}
target: {format: exchange, version: 1}
tables: {country: country.csv, doc: doc.csv, sex: sex.csv}
defaults: {clean: [trim, nfc], on_missing: skip, on_error: quarantine}
map:
  header.reference: {from: id, convert: [{prefix: QM-}]}
  header.kind: {const: person-notice}
  header.issued: ts
  header.precedence: {const: PRIORITY}
  header.originator.country: {const: QM}
  header.originator.unit: unit
  header.purpose: {const: border}
  header.handling.classification: {const: OFFICIAL}
  notice.kind: {const: watch}
  notice.action: {const: inform}
  notice.valid_until: until
  persons[]:
    at: person
    as: person
    fields:
      reference: no
      roles[]: {const: suspect}
      sex: {from: sex, lookup: sex}
      names[]:
        each: names
        fields:
          kind: {choose: [{when: ./@aka == 'true', then: {const: alias}}, {otherwise: {const: primary}}]}
          family: last
          given: first
          full: {from: {l: last, f: first}, text: "{l}[, {f}]"}
      births[]: {fields: {date: born, place: birthplace, country: {from: birthland, lookup: country}}}
      nationalities[]: {each: citizenships, value: {from: ., lookup: country}}
      documents[]:
        each: docs
        where: has(no)
        fields:
          kind: {from: cat, lookup: doc}
          number: {from: no, convert: [upper, {remove: " -"}]}
          issuer: {from: land, lookup: country}
          expires: expires
      addresses[]:
        each: addresses
        fields:
          kind: {const: residence}
          street: street
          postcode: zip
          locality: city
          country: {from: land, lookup: country}
      contacts[]: {each: phones, fields: {kind: {const: phone}, value: .}}
      description.height_cm: height
  objects[]:
    each: person/cars
    as: car
    fields:
      kind: {const: vehicle}
      vehicle.registration: {from: plate, convert: [upper]}
      vehicle.make: make
      vehicle.model: model
  links[]:
    each: person/cars
    fields: {kind: {const: uses}, from: {ref: person}, to: {ref: car}}
ignore:
  person/docs: {where: not has(no), why: a document without a number identifies nothing}
"""
_XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"
    elementFormDefault="qualified">
<xs:element name="message"><xs:complexType><xs:sequence>
<xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
COUNTRIES = {"AUT": "AT", "NOR": "NO", "SWE": "SE", "DEU": "DE", "FRA": "FR"}
DOCUMENTS = {"PASS": "passport", "ID": "identity-card"}
SEXES = {"1": "M", "2": "F"}

MESSAGE: JsonObject = {
    "id": "771204-99",
    "ts": "2026-03-01T09:00:00Z",
    "unit": "Larkmoor Crossing",
    "until": "2027-03-01",
    "person": {
        "no": "P-551907",
        "sex": "2",
        "born": "1987-03-11",
        "birthplace": "Quillmere",
        "birthland": "AUT",
        "height": "172",
        "names": [
            {"last": "Müller-Adeyemi", "first": "Anna Katharina"},
            {"last": "Miller", "first": "Ann", "aka": True},
            {"last": "Мюллер", "first": "Анна", "aka": True},
        ],
        "citizenships": ["AUT", "NOR"],
        "docs": [
            {"cat": "PASS", "no": "p 1234-567", "land": "AUT", "expires": "2031-04-30"},
            {"cat": "ID", "no": "id-99 871", "land": "NOR", "expires": "2029-01-15"},
        ],
        "addresses": [
            {"street": "14 Ropewalk, stair B, third floor", "zip": "4021", "city": "Quillmere", "land": "AUT"},
            {"street": "Storgata 7", "zip": "0155", "city": "Oslo", "land": "NOR"},
        ],
        "phones": ["+990 555 0147", "+990 555 0148"],
        "cars": [{"plate": "w-123 ab", "make": "Corvane", "model": "Estate"}],
    },
    "padding": "x" * 1080,
}


def _table(codes: dict[str, str]) -> bytes:
    rows = "".join(f"{source},{target},exact,\n" for source, target in codes.items())
    return f"source,target,match,note\n{rows}".encode()


def _element(name: str, value: JsonValue) -> str:
    """Write a member as an element, an array as several, `aka` as an attribute."""
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(str(value))}</{name}>"
    aka = ' aka="true"' if value.get("aka") else ""
    return f"<{name}{aka}>{''.join(_element(key, one) for key, one in value.items() if key != 'aka')}</{name}>"


XML_MESSAGE = _element("message", MESSAGE).replace("<message>", '<message xmlns="urn:x">', 1).encode()

_TABLES = {"m/country.csv": _table(COUNTRIES), "m/doc.csv": _table(DOCUMENTS), "m/sex.csv": _table(SEXES)}

JSON_FILES = {PATH: _MAPPING.encode(), "m/s.json": b'{"type": "object"}', **_TABLES}

XML_FILES = {PATH: _XML_MAPPING.encode(), "m/s.xsd": _XSD, **_TABLES}
