"""The same mapping in three general languages: JSONata, glom, and rules of JSONPath that are interpreted.

Each makes the message that the others make of the sample (asserted by `bench.mapping`). They check less: no lengths, no
shapes, no codes that a table lacks. Programs are compiled once, as their libraries allow.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Union

import glom  # type: ignore[import-untyped]  # has no types
import jsonata  # type: ignore[import-untyped]  # has no types
import jsonpath

from bench.mapping_files import COUNTRIES, DOCUMENTS, SEXES
from gateway.document.tree import JsonObject, JsonValue

__all__ = ["by_glom", "by_jsonata", "by_jsonpath"]


# -- JSONata -----------------------------------------------------------------------------------------------------------


def _dictionary(codes: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{source}": "{target}"' for source, target in codes.items()) + "}"


_JSONATA = jsonata.Jsonata(
    f"""(
  $countries := {_dictionary(COUNTRIES)}; $documents := {_dictionary(DOCUMENTS)}; $sexes := {_dictionary(SEXES)};
  $code := function($text, $codes) {{ ($t := $trim($text); $c := $lookup($codes, $t);
    $c = $t ? {{"code": $c}} : {{"code": $c, "raw": $t}}) }};
  {{
    "header": {{"reference": "QM-" & $trim(id), "kind": "person-notice", "issued": $trim(ts), "precedence": "PRIORITY",
      "originator": {{"country": "QM", "unit": $trim(unit)}}, "purpose": "border",
      "handling": {{"classification": "OFFICIAL"}}}},
    "notice": {{"kind": "watch", "action": "inform", "valid_until": $trim(until)}},
    "persons": [person.{{
      "id": "person0", "reference": $trim(no), "roles": ["suspect"], "sex": $code(sex, $sexes),
      "names": [names.{{"kind": aka = true ? "alias" : "primary", "family": $trim(last), "given": $trim(first),
        "full": $trim(last) & (first ? ", " & $trim(first) : "")}}],
      "births": [{{"date": {{"value": $trim(born)}}, "place": $trim(birthplace),
        "country": $code(birthland, $countries)}}],
      "nationalities": [citizenships.$code($, $countries)],
      "documents": [docs[no].{{"kind": $code(cat, $documents), "number": $replace($uppercase($trim(no)), /[ -]/, ""),
        "issuer": $code(land, $countries), "expires": {{"value": $trim(expires)}}}}],
      "addresses": [addresses.{{"kind": "residence", "street": $trim(street), "postcode": $trim(zip),
        "locality": $trim(city), "country": $code(land, $countries)}}],
      "contacts": [phones.{{"kind": "phone", "value": $trim($)}}],
      "description": {{"height_cm": $trim(height)}}}}],
    "objects": [person.cars#$i.{{"id": "car" & $string($i), "kind": "vehicle",
      "vehicle": {{"registration": $uppercase($trim(plate)), "make": $trim(make), "model": $trim(model)}}}}],
    "links": [person.cars#$i.{{"id": "links" & $string($i), "kind": "uses", "from": "person0",
      "to": "car" & $string($i)}}]
  }})"""
)


def by_jsonata(source: JsonObject) -> object:
    """Map a JSON message."""
    return _JSONATA.evaluate(source)


# -- glom --------------------------------------------------------------------------------------------------------------


def _code(codes: Mapping[str, str]) -> Callable[[str], JsonObject]:
    def made(text: str) -> JsonObject:
        text = text.strip()
        return {"code": codes[text]} if codes[text] == text else {"code": codes[text], "raw": text}

    return made


def _number(text: str) -> str:
    return text.strip().upper().replace(" ", "").replace("-", "")


def _whole_name(name: Mapping[str, str]) -> str:
    return f"{name['last'].strip()}, {name['first'].strip()}" if name.get("first") else name["last"].strip()


def _trimmed(path: str) -> object:
    return (path, str.strip)


_NAME = {
    "kind": (glom.Coalesce("aka", default=False), lambda aka: "alias" if aka is True else "primary"),
    "family": _trimmed("last"),
    "given": _trimmed("first"),
    "full": _whole_name,
}
_PAPER = {
    "kind": ("cat", _code(DOCUMENTS)),
    "number": ("no", _number),
    "issuer": ("land", _code(COUNTRIES)),
    "expires": {"value": _trimmed("expires")},
}
_ADDRESS = {
    "kind": glom.Val("residence"),
    "street": _trimmed("street"),
    "postcode": _trimmed("zip"),
    "locality": _trimmed("city"),
    "country": ("land", _code(COUNTRIES)),
}
_PERSON = {
    "id": glom.Val("person0"),
    "reference": _trimmed("no"),
    "roles": glom.Val(["suspect"]),
    "sex": ("sex", _code(SEXES)),
    "names": ("names", [_NAME]),
    "births": (
        {
            "date": {"value": _trimmed("born")},
            "place": _trimmed("birthplace"),
            "country": ("birthland", _code(COUNTRIES)),
        },
        lambda birth: [birth],
    ),
    "nationalities": ("citizenships", [_code(COUNTRIES)]),
    "documents": ("docs", [glom.Check("no", default=glom.SKIP)], [_PAPER]),
    "addresses": ("addresses", [_ADDRESS]),
    "contacts": ("phones", [{"kind": glom.Val("phone"), "value": str.strip}]),
    "description": {"height_cm": _trimmed("height")},
}
_CAR = {
    "id": ("at", "car{}".format),
    "kind": glom.Val("vehicle"),
    "vehicle": {
        "registration": ("car.plate", str.strip, str.upper),
        "make": _trimmed("car.make"),
        "model": _trimmed("car.model"),
    },
}
_LINK = {
    "id": ("at", "links{}".format),
    "kind": glom.Val("uses"),
    "from": glom.Val("person0"),
    "to": ("at", "car{}".format),
}


def _counted(cars: Sequence[JsonValue]) -> list[JsonObject]:
    return [{"at": at, "car": car} for at, car in enumerate(cars)]


_GLOM = {
    "header": {
        "reference": ("id", str.strip, "QM-{}".format),
        "kind": glom.Val("person-notice"),
        "issued": _trimmed("ts"),
        "precedence": glom.Val("PRIORITY"),
        "originator": {"country": glom.Val("QM"), "unit": _trimmed("unit")},
        "purpose": glom.Val("border"),
        "handling": {"classification": glom.Val("OFFICIAL")},
    },
    "notice": {"kind": glom.Val("watch"), "action": glom.Val("inform"), "valid_until": _trimmed("until")},
    "persons": ("person", _PERSON, lambda person: [person]),
    "objects": ("person.cars", _counted, [_CAR]),
    "links": ("person.cars", _counted, [_LINK]),
}


def by_glom(source: JsonObject) -> object:
    """Map a JSON message."""
    return glom.glom(source, _GLOM)


# -- rules of JSONPath -------------------------------------------------------------------------------------------------

_Rule = tuple[
    str,
    "jsonpath.JSONPath | jsonpath.CompoundJSONPath | None",
    Union[Callable[[str], object], str, "Sequence[_Rule]"],
    str,
]
"""A target, a path, and what becomes of it: a function, a fixed text, or the rules of an object; and a kind."""


def _value(target: str, path: str, convert: Callable[[str], object] = str.strip) -> _Rule:
    return target, jsonpath.compile(path), convert, "value"


def _fixed(target: str, text: str) -> _Rule:
    return target, None, text, "value"


def _each(target: str, path: str, rules: "Sequence[_Rule] | Callable[[str], object]") -> _Rule:
    return target, jsonpath.compile(path), rules, "each"


_RULES: Sequence[_Rule] = (
    _value("header.reference", "$.id", lambda text: f"QM-{text.strip()}"),
    _fixed("header.kind", "person-notice"),
    _value("header.issued", "$.ts"),
    _fixed("header.precedence", "PRIORITY"),
    _fixed("header.originator.country", "QM"),
    _value("header.originator.unit", "$.unit"),
    _fixed("header.purpose", "border"),
    _fixed("header.handling.classification", "OFFICIAL"),
    _fixed("notice.kind", "watch"),
    _fixed("notice.action", "inform"),
    _value("notice.valid_until", "$.until"),
    _each(
        "persons",
        "$.person",
        (
            _fixed("id", "person#"),
            _value("reference", "$.no"),
            _each("roles", "$.no", lambda _: "suspect"),
            _value("sex", "$.sex", _code(SEXES)),
            _each(
                "names",
                "$.names[*]",
                (
                    _fixed("kind", "primary"),
                    _value("kind", "$[?@ == true]", lambda _: "alias"),
                    _value("family", "$.last"),
                    _value("given", "$.first"),
                    _value("full", "$", _whole_name),  # type: ignore[arg-type]  # what `$` gives is the name
                ),
            ),
            _each(
                "births",
                "$",
                (
                    _value("date.value", "$.born"),
                    _value("place", "$.birthplace"),
                    _value("country", "$.birthland", _code(COUNTRIES)),
                ),
            ),
            _each("nationalities", "$.citizenships[*]", _code(COUNTRIES)),
            _each(
                "documents",
                "$.docs[?@.no]",
                (
                    _value("kind", "$.cat", _code(DOCUMENTS)),
                    _value("number", "$.no", _number),
                    _value("issuer", "$.land", _code(COUNTRIES)),
                    _value("expires.value", "$.expires"),
                ),
            ),
            _each(
                "addresses",
                "$.addresses[*]",
                (
                    _fixed("kind", "residence"),
                    _value("street", "$.street"),
                    _value("postcode", "$.zip"),
                    _value("locality", "$.city"),
                    _value("country", "$.land", _code(COUNTRIES)),
                ),
            ),
            _each("contacts", "$.phones[*]", lambda text: {"kind": "phone", "value": text.strip()}),
            _value("description.height_cm", "$.height"),
        ),
    ),
    _each(
        "objects",
        "$.person.cars[*]",
        (
            _fixed("id", "car#"),
            _fixed("kind", "vehicle"),
            _value("vehicle.registration", "$.plate", lambda text: text.strip().upper()),
            _value("vehicle.make", "$.make"),
            _value("vehicle.model", "$.model"),
        ),
    ),
    _each(
        "links",
        "$.person.cars[*]",
        (_fixed("id", "links#"), _fixed("kind", "uses"), _fixed("from", "person0"), _fixed("to", "car#")),
    ),
)


def _run(rules: "Sequence[_Rule]", source: object, position: int) -> JsonObject:
    made: JsonObject = {}
    for target, path, content, kind in rules:
        *steps, name = target.split(".")
        holder = made
        for step in steps:
            holder = holder.setdefault(step, {})  # type: ignore[assignment]  # an object was put there
        found = [] if path is None else path.findall(source)  # type: ignore[arg-type]  # any JSON value
        if isinstance(content, str):
            holder[name] = content.replace("#", str(position))
        elif kind == "each":
            function = content if callable(content) else None
            holder[name] = [
                function(one) if function is not None else _run(content, one, at)  # type: ignore[arg-type, misc]  # a function, or rules
                for at, one in enumerate(found)
            ]
        elif found and callable(content):
            holder[name] = content(found[0])  # type: ignore[assignment, arg-type]  # what converters give
    return made


def by_jsonpath(source: JsonObject) -> object:
    """Map a JSON message."""
    return _run(_RULES, source, 0)
