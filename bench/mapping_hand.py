"""The same mapping written by hand: for parsed JSON, and for elements of lxml.

Reads, trims, composes, looks up and checks as a careful programmer would: lengths, printable characters, dates, moments
and whole numbers. It knows no lineage, no diagnostics, no policies and no schema; what is wrong is an exception.
"""

import re
import unicodedata
from collections.abc import Callable

from lxml import etree

from bench.mapping_files import COUNTRIES, DOCUMENTS, SEXES
from gateway.document.tree import JsonObject, JsonValue

__all__ = ["MakeId", "by_hand", "by_hand_of_xml"]

MakeId = Callable[[str, JsonValue], str]

_MONTH_AND_DAY = r"-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?"
_DATE = re.compile(rf"[0-9]{{4}}(?:{_MONTH_AND_DAY})?").fullmatch
_MOMENT = re.compile(
    rf"[0-9]{{4}}{_MONTH_AND_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?").fullmatch


def _text(value: object, longest: int = 512) -> str | None:
    if not isinstance(value, str):
        if value is None:
            return None
        raise ValueError("no text")
    text = value.strip()
    if not text:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) > longest or not text.isprintable():
        raise ValueError("does not fit")
    return text


def _code(value: object, codes: dict[str, str]) -> JsonObject | None:
    text = _text(value)
    if text is None:
        return None
    code = codes.get(text)
    if code is None:
        raise ValueError("no such code")
    return {"code": code} if code == text else {"code": code, "raw": text}


def _put(target: JsonObject, name: str, value: JsonValue) -> None:
    if value is not None:
        target[name] = value


def _shaped(value: object, shape: Callable[[str], object]) -> str | None:
    text = _text(value)
    if text is not None and shape(text) is None:
        raise ValueError("has another shape")
    return text


def _date(value: object) -> JsonObject | None:
    text = _shaped(value, _DATE)
    return None if text is None else {"value": text}


def by_hand(source: JsonObject, make_id: MakeId) -> JsonObject:
    """Map a JSON message."""
    header: JsonObject = {}
    number = _text(source.get("id"))
    _put(header, "reference", None if number is None else f"QM-{number}")
    header["kind"] = "person-notice"
    _put(header, "issued", _shaped(source.get("ts"), _MOMENT))
    header["precedence"] = "PRIORITY"
    originator: JsonObject = {"country": "QM"}
    header["originator"] = originator
    _put(originator, "unit", _text(source.get("unit")))
    header["purpose"] = "border"
    header["handling"] = {"classification": "OFFICIAL"}
    notice: JsonObject = {"kind": "watch", "action": "inform"}
    _put(notice, "valid_until", _shaped(source.get("until"), _DATE))
    message: JsonObject = {"header": header, "notice": notice}
    person = source.get("person")
    if not isinstance(person, dict):
        return message
    made = _person(person, make_id("person", 0))
    message["persons"] = [made]
    cars = person.get("cars")
    objects: list[JsonValue] = []
    links: list[JsonValue] = []
    for position, car in enumerate(cars if isinstance(cars, list) else []):
        if isinstance(car, dict):
            objects.append(_car(car, make_id("car", position)))
            link: JsonObject = {"id": make_id("links", position), "kind": "uses", "from": made["id"]}
            link["to"] = objects[-1]["id"]  # type: ignore[index, call-overload]  # an object was just put there
            links.append(link)
    if objects:
        message["objects"] = objects
        message["links"] = links
    return message


def _car(car: JsonObject, identity: str) -> JsonObject:
    vehicle: JsonObject = {}
    plate = _text(car.get("plate"))
    _put(vehicle, "registration", None if plate is None else plate.upper())
    _put(vehicle, "make", _text(car.get("make")))
    _put(vehicle, "model", _text(car.get("model")))
    return {"id": identity, "kind": "vehicle", "vehicle": vehicle}


_NO_SPACES = str.maketrans("", "", " -")


def _person(person: JsonObject, identity: str) -> JsonObject:
    made: JsonObject = {"id": identity}
    _put(made, "reference", _text(person.get("no")))
    made["roles"] = ["suspect"]
    _put(made, "sex", _code(person.get("sex"), SEXES))
    made["names"] = [_name(name) for name in _objects(person.get("names"))]
    birth: JsonObject = {}
    _put(birth, "date", _date(person.get("born")))
    _put(birth, "place", _text(person.get("birthplace")))
    _put(birth, "country", _code(person.get("birthland"), COUNTRIES))
    made["births"] = [birth]
    citizenships = person.get("citizenships")
    made["nationalities"] = [
        code for one in (citizenships if isinstance(citizenships, list) else []) if (code := _code(one, COUNTRIES))
    ]
    made["documents"] = [_document(one) for one in _objects(person.get("docs")) if _text(one.get("no"))]
    made["addresses"] = [_address(one) for one in _objects(person.get("addresses"))]
    phones = person.get("phones")
    made["contacts"] = [
        {"kind": "phone", "value": text} for one in (phones if isinstance(phones, list) else []) if (text := _text(one))
    ]
    height = _shaped(person.get("height"), _NUMBER)
    if height is not None:
        made["description"] = {"height_cm": height}
    return made


def _objects(value: JsonValue) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _name(name: JsonObject) -> JsonObject:
    made: JsonObject = {"kind": "alias" if name.get("aka") is True else "primary"}
    last, first = _text(name.get("last")), _text(name.get("first"))
    _put(made, "family", last)
    _put(made, "given", first)
    if last is not None:
        made["full"] = f"{last}, {first}" if first is not None else last
    return made


def _document(document: JsonObject) -> JsonObject:
    made: JsonObject = {}
    _put(made, "kind", _code(document.get("cat"), DOCUMENTS))
    number = _text(document.get("no"))
    _put(made, "number", None if number is None else number.upper().translate(_NO_SPACES))
    _put(made, "issuer", _code(document.get("land"), COUNTRIES))
    _put(made, "expires", _date(document.get("expires")))
    return made


def _address(address: JsonObject) -> JsonObject:
    made: JsonObject = {"kind": "residence"}
    _put(made, "street", _text(address.get("street")))
    _put(made, "postcode", _text(address.get("zip")))
    _put(made, "locality", _text(address.get("city")))
    _put(made, "country", _code(address.get("land"), COUNTRIES))
    return made


# -- XML ---------------------------------------------------------------------------------------------------------------


def _of(element: etree._Element, tag: str) -> str | None:
    """Give the text of the only child of a name."""
    found = element.find(tag)
    return None if found is None else found.text


def _tag(name: str) -> str:
    return "{urn:x}" + name


_ID, _TS, _UNIT, _UNTIL, _PERSON, _NO, _SEX = map(_tag, ("id", "ts", "unit", "until", "person", "no", "sex"))
_BORN, _PLACE, _LAND_OF_BIRTH, _HEIGHT = map(_tag, ("born", "birthplace", "birthland", "height"))
_NAMES, _LAST, _FIRST, _CITIZENSHIPS, _DOCS = map(_tag, ("names", "last", "first", "citizenships", "docs"))
_CAT, _LAND, _EXPIRES, _ADDRESSES, _STREET = map(_tag, ("cat", "land", "expires", "addresses", "street"))
_ZIP, _CITY, _PHONES, _CARS, _PLATE, _MAKE, _MODEL = map(
    _tag, ("zip", "city", "phones", "cars", "plate", "make", "model")
)


def by_hand_of_xml(source: etree._Element, make_id: MakeId) -> JsonObject:
    """Map an XML message."""
    header: JsonObject = {}
    number = _text(_of(source, _ID))
    _put(header, "reference", None if number is None else f"QM-{number}")
    header["kind"] = "person-notice"
    _put(header, "issued", _shaped(_of(source, _TS), _MOMENT))
    header["precedence"] = "PRIORITY"
    originator: JsonObject = {"country": "QM"}
    header["originator"] = originator
    _put(originator, "unit", _text(_of(source, _UNIT)))
    header["purpose"] = "border"
    header["handling"] = {"classification": "OFFICIAL"}
    notice: JsonObject = {"kind": "watch", "action": "inform"}
    _put(notice, "valid_until", _shaped(_of(source, _UNTIL), _DATE))
    message: JsonObject = {"header": header, "notice": notice}
    person = source.find(_PERSON)
    if person is None:
        return message
    made = _person_of_xml(person, make_id("person", 0))
    message["persons"] = [made]
    objects: list[JsonValue] = []
    links: list[JsonValue] = []
    for position, car in enumerate(person.findall(_CARS)):
        identity = make_id("car", position)
        plate = _text(_of(car, _PLATE))
        vehicle: JsonObject = {}
        _put(vehicle, "registration", None if plate is None else plate.upper())
        _put(vehicle, "make", _text(_of(car, _MAKE)))
        _put(vehicle, "model", _text(_of(car, _MODEL)))
        objects.append({"id": identity, "kind": "vehicle", "vehicle": vehicle})
        links.append({"id": make_id("links", position), "kind": "uses", "from": made["id"], "to": identity})
    if objects:
        message["objects"] = objects
        message["links"] = links
    return message


def _person_of_xml(person: etree._Element, identity: str) -> JsonObject:
    made: JsonObject = {"id": identity}
    _put(made, "reference", _text(_of(person, _NO)))
    made["roles"] = ["suspect"]
    _put(made, "sex", _code(_of(person, _SEX), SEXES))
    made["names"] = [_name_of_xml(name) for name in person.findall(_NAMES)]
    birth: JsonObject = {}
    _put(birth, "date", _date(_of(person, _BORN)))
    _put(birth, "place", _text(_of(person, _PLACE)))
    _put(birth, "country", _code(_of(person, _LAND_OF_BIRTH), COUNTRIES))
    made["births"] = [birth]
    made["nationalities"] = [
        code for one in person.findall(_CITIZENSHIPS) if (code := _code(one.text, COUNTRIES)) is not None
    ]
    made["documents"] = [_document_of_xml(one) for one in person.findall(_DOCS) if _text(_of(one, _NO))]
    made["addresses"] = [_address_of_xml(one) for one in person.findall(_ADDRESSES)]
    made["contacts"] = [
        {"kind": "phone", "value": text} for one in person.findall(_PHONES) if (text := _text(one.text))
    ]
    height = _shaped(_of(person, _HEIGHT), _NUMBER)
    if height is not None:
        made["description"] = {"height_cm": height}
    return made


def _name_of_xml(name: etree._Element) -> JsonObject:
    made: JsonObject = {"kind": "alias" if _text(name.get("aka")) == "true" else "primary"}
    last, first = _text(_of(name, _LAST)), _text(_of(name, _FIRST))
    _put(made, "family", last)
    _put(made, "given", first)
    if last is not None:
        made["full"] = f"{last}, {first}" if first is not None else last
    return made


def _document_of_xml(document: etree._Element) -> JsonObject:
    made: JsonObject = {}
    _put(made, "kind", _code(_of(document, _CAT), DOCUMENTS))
    number = _text(_of(document, _NO))
    _put(made, "number", None if number is None else number.upper().translate(_NO_SPACES))
    _put(made, "issuer", _code(_of(document, _LAND), COUNTRIES))
    _put(made, "expires", _date(_of(document, _EXPIRES)))
    return made


def _address_of_xml(address: etree._Element) -> JsonObject:
    made: JsonObject = {"kind": "residence"}
    _put(made, "street", _text(_of(address, _STREET)))
    _put(made, "postcode", _text(_of(address, _ZIP)))
    _put(made, "locality", _text(_of(address, _CITY)))
    _put(made, "country", _code(_of(address, _LAND), COUNTRIES))
    return made
