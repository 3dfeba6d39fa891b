"""What a compiled mapping costs, as a ratio to a function written by hand for the same mapping, and to the interpreter.

    python -m bench.mapping [--rounds 15] [--messages 400]

A JSON message of about 2 KB with some forty filled fields: header, a person with names, births, documents, addresses and
contacts, a vehicle, a link. All make equal messages (asserted before measuring). `hand` reads, trims, composes, looks
up and checks lengths as a careful programmer would; it knows no lineage, diagnostics, policies or schema. Rounds are
interleaved, medians are reported. `apply` is the whole run of a document with lineage as bytes and rendered faults.
"""

import argparse
import json
import statistics
import time
import unicodedata
import uuid
from collections.abc import Callable
from pathlib import Path

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import load_format
from gateway.exchange.identity import Identity
from gateway.mapping.api import Envelope, build_inbound
from gateway.names import AgencyId, Digest, SourceKey
from gateway.outcome import SourceFile

__all__ = ["main"]

_FOLDER = Path(__file__).parents[1] / "schemas" / "exchange" / "v1"

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
        fields: {kind: {const: residence}, street: street, postcode: zip, locality: city, country: {from: land, lookup: country}}
      contacts[]: {each: phones, fields: {kind: {const: phone}, value: .}}
      description.height_cm: height
  objects[]:
    each: $.person.cars
    as: car
    fields: {kind: {const: vehicle}, vehicle.registration: {from: plate, convert: [upper]}, vehicle.make: make, vehicle.model: model}
  links[]:
    each: $.person.cars
    fields: {kind: {const: uses}, from: {ref: person}, to: {ref: car}}
ignore:
  $.person.docs: {where: not has(no), why: a document without a number identifies nothing}
"""
_COUNTRIES = {"AUT": "AT", "NOR": "NO", "SWE": "SE", "DEU": "DE", "FRA": "FR"}
_DOCUMENTS = {"PASS": "passport", "ID": "identity-card"}
_SEXES = {"1": "M", "2": "F"}

_MESSAGE: JsonObject = {
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
    "padding": "x" * 700,
}


def _table(codes: dict[str, str]) -> bytes:
    rows = "".join(f"{source},{target},exact,\n" for source, target in codes.items())
    return f"source,target,match,note\n{rows}".encode()


# -- by hand -------------------------------------------------------------------------------------------------------------


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


def _date(value: object) -> JsonObject | None:
    text = _text(value, 10)
    return None if text is None else {"value": text}


def by_hand(source: JsonObject, make_id: Callable[[str, JsonValue], str]) -> JsonObject:
    """The same mapping, written by hand."""
    header: JsonObject = {}
    number = _text(source.get("id"))
    _put(header, "reference", None if number is None else f"QM-{number}")
    header["kind"] = "person-notice"
    _put(header, "issued", _text(source.get("ts")))
    header["precedence"] = "PRIORITY"
    originator: JsonObject = {"country": "QM"}
    header["originator"] = originator
    _put(originator, "unit", _text(source.get("unit")))
    header["purpose"] = "border"
    header["handling"] = {"classification": "OFFICIAL"}
    notice: JsonObject = {"kind": "watch", "action": "inform"}
    _put(notice, "valid_until", _text(source.get("until")))
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
    _put(made, "sex", _code(person.get("sex"), _SEXES))
    made["names"] = [_name(name) for name in _objects(person.get("names"))]
    birth: JsonObject = {}
    _put(birth, "date", _date(person.get("born")))
    _put(birth, "place", _text(person.get("birthplace")))
    _put(birth, "country", _code(person.get("birthland"), _COUNTRIES))
    made["births"] = [birth]
    citizenships = person.get("citizenships")
    made["nationalities"] = [
        code for one in (citizenships if isinstance(citizenships, list) else []) if (code := _code(one, _COUNTRIES))
    ]
    made["documents"] = [_document(one) for one in _objects(person.get("docs")) if _text(one.get("no"))]
    made["addresses"] = [_address(one) for one in _objects(person.get("addresses"))]
    phones = person.get("phones")
    made["contacts"] = [
        {"kind": "phone", "value": text} for one in (phones if isinstance(phones, list) else []) if (text := _text(one))
    ]
    height = _text(person.get("height"))
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
    _put(made, "kind", _code(document.get("cat"), _DOCUMENTS))
    number = _text(document.get("no"))
    _put(made, "number", None if number is None else number.upper().translate(_NO_SPACES))
    _put(made, "issuer", _code(document.get("land"), _COUNTRIES))
    _put(made, "expires", _date(document.get("expires")))
    return made


def _address(address: JsonObject) -> JsonObject:
    made: JsonObject = {"kind": "residence"}
    _put(made, "street", _text(address.get("street")))
    _put(made, "postcode", _text(address.get("zip")))
    _put(made, "locality", _text(address.get("city")))
    _put(made, "country", _code(address.get("land"), _COUNTRIES))
    return made


# -- measuring -----------------------------------------------------------------------------------------------------------


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description="cost of a compiled mapping beside a function written by hand")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--messages", type=int, default=400)
    given = parser.parse_args()
    print(json.dumps(measure(given.rounds, given.messages), indent=2))


def measure(rounds: int, messages: int) -> dict[str, object]:
    """Give medians in microseconds per message, and the ratios."""
    fmt = load_format({p.relative_to(_FOLDER).as_posix(): p.read_bytes() for p in _FOLDER.rglob("*") if p.is_file()})
    files = {
        "m/m.map.yaml": _MAPPING.encode(),
        "m/s.json": b'{"type": "object"}',
        "m/country.csv": _table(_COUNTRIES),
        "m/doc.csv": _table(_DOCUMENTS),
        "m/sex.csv": _table(_SEXES),
    }
    data = json.dumps(_MESSAGE, ensure_ascii=False).encode()
    identity = Identity(uuid.UUID(int=1))
    envelope = Envelope(AgencyId("bench"), "QM", SourceKey("k"), "2026-03-01T09:00:00Z", Digest("sha256:" + "0" * 64))
    compiled = build_inbound("m/m.map.yaml", files, fmt, engine="compiled")
    interpreted = build_inbound("m/m.map.yaml", files, fmt, engine="interpreted")
    document = compiled.read([SourceFile(data)])
    message_id = identity.message(envelope.agency, envelope.key, "")

    def make_id(label: str, key: JsonValue) -> str:
        return identity.entity(message_id, label, key)

    def numbered(label: str, key: JsonValue) -> str:
        return f"{label}{key}"

    fast, slow = compiled.run(document, envelope, identity), interpreted.run(document, envelope, identity)
    assert isinstance(document, dict)
    hand = by_hand(document, make_id)
    for mapping in (compiled, interpreted):
        (mapped,) = mapping.apply(document, envelope, identity)
        assert (mapped.outcome, mapped.diagnostics) == ("accepted", ())
        assert mapped.message == hand, "all three make equal messages"
    runs: dict[str, Callable[[], object]] = {
        "hand": lambda: by_hand(document, numbered),
        "compiled": lambda: fast.engine.message(*fast.first_item(), numbered),
        "interpreted": lambda: slow.engine.message(*slow.first_item(), numbered),
        "hand_with_ids": lambda: by_hand(document, make_id),
        "apply": lambda: list(compiled.apply(document, envelope, identity)),
    }
    times = _interleaved(runs, rounds, messages)
    return {
        "bytes": len(data),
        "leaves": _leaves(hand),
        "microseconds": times,
        "compiled_to_hand": round(times["compiled"] / times["hand"], 2),
        "interpreted_to_compiled": round(times["interpreted"] / times["compiled"], 1),
        "apply_to_hand_with_ids": round(times["apply"] / times["hand_with_ids"], 2),
    }


def _interleaved(runs: dict[str, Callable[[], object]], rounds: int, messages: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            count = messages if name != "interpreted" else max(messages // 10, 1)
            began = time.perf_counter()
            for _ in range(count):
                run()
            found[name].append((time.perf_counter() - began) / count * 1e6)
    return {name: round(statistics.median(values), 2) for name, values in found.items()}


def _leaves(value: JsonValue) -> int:
    if isinstance(value, dict):
        return sum(_leaves(inner) for inner in value.values())
    return sum(_leaves(inner) for inner in value) if isinstance(value, list) else 1


if __name__ == "__main__":
    main()
