"""What a value does wrong against its JSON Schema, in our own words, with path and broken keyword.

Guarantees that faults hold words of the schema only: no value, and no member name that only the document knows. Decides
nothing: that a value is invalid is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from gateway.document.path import ANY, JsonPath, json_path
from gateway.document.tree import JsonValue
from gateway.errors import Fault, Place

__all__ = ["UNDECIDED", "brief_fault", "detailed_faults", "keyword_fault", "shown_path"]

# The broken keyword -> our code and sentence; `{}` is filled with what the schema says.
_KEYWORDS: dict[str, tuple[str, str]] = {
    "required": ("DOC-050", "the member {property!r} is missing"),
    "dependentRequired": ("DOC-050", "a member that another one asks for is missing"),
    "additionalProperties": ("DOC-051", "a member that the schema does not allow"),
    "unevaluatedProperties": ("DOC-051", "a member that the schema does not allow"),
    "falseSchema": ("DOC-051", "nothing is allowed here"),
    "additionalItems": ("DOC-051", "an item that the schema does not allow"),
    "unevaluatedItems": ("DOC-051", "an item that the schema does not allow"),
    "type": ("DOC-052", "not of type {types}"),
    "enum": ("DOC-053", "not one of the values that the schema lists"),
    "const": ("DOC-053", "not the one value that the schema allows"),
    "minLength": ("DOC-054", "shorter than {limit} characters"),
    "maxLength": ("DOC-054", "longer than {limit} characters"),
    "pattern": ("DOC-054", "does not match the pattern of the schema"),
    "format": ("DOC-054", "not of the format {format}"),
    "contentEncoding": ("DOC-054", "not of the encoding that the schema names"),
    "contentMediaType": ("DOC-054", "not of the media type that the schema names"),
    "minimum": ("DOC-055", "less than {limit}"),
    "maximum": ("DOC-055", "more than {limit}"),
    "exclusiveMinimum": ("DOC-055", "not more than {limit}"),
    "exclusiveMaximum": ("DOC-055", "not less than {limit}"),
    "multipleOf": ("DOC-055", "not a multiple of {multiple_of}"),
    "minItems": ("DOC-056", "fewer than {limit} items"),
    "maxItems": ("DOC-056", "more than {limit} items"),
    "uniqueItems": ("DOC-056", "equal items where all must differ"),
    "contains": ("DOC-056", "without the items that the schema asks for"),
    "anyOf": ("DOC-057", "fits none of the alternatives"),
    "oneOf": ("DOC-057", "fits none, or more than one, of the alternatives"),
    "not": ("DOC-057", "fits what the schema excludes"),
    "minProperties": ("DOC-058", "fewer than {limit} members"),
    "maxProperties": ("DOC-058", "more than {limit} members"),
    "propertyNames": ("DOC-058", "a member name that the schema does not allow"),
}
UNDECIDED = ("DOC-059", "the validator could not decide")
_FIX = "send what the schema allows"
_MOST_OPTIONS = 12


def keyword_fault(keyword: str, path: str) -> Fault:
    """Say that a keyword is broken at a path, without the words of the schema."""
    code, sentence = _KEYWORDS.get(keyword, UNDECIDED)
    plain = "" if "{" in sentence else f"{sentence} "
    return Fault(code, f"{plain}({keyword!r})" if plain else f"breaks {keyword!r}", Place(path=path), _FIX)


def detailed_faults(error: jsonschema_rs.ValidationError, names: frozenset[str]) -> Iterator[Fault]:
    """Say what is wrong with what the schema asks for; of alternatives, the faults of the closest one follow."""
    keyword = error.kind.name
    details: dict[str, Any] = error.kind.as_dict()
    code, sentence = _KEYWORDS.get(keyword, UNDECIDED)
    if "types" in details:
        details["types"] = " or ".join(details["types"])
    place = Place(path=shown_path(error.instance_path, names))
    yield Fault(code, f"{sentence.format_map(details)} ({keyword!r})", place, _fix(keyword, details))
    if keyword in {"anyOf", "oneOf"}:
        for each in _closest(details["context"], len(error.instance_path)):
            yield from detailed_faults(each, names)


def brief_fault(location: str, keyword_location: str, value: JsonValue, names: frozenset[str]) -> Fault:
    """Say what is wrong from two JSON pointers (RFC 6901): to the place in the value and to the keyword."""
    steps: list[str | int] = []
    here = value
    for token in location.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, list):
            steps.append(int(name))
            here = here[int(name)]
        elif isinstance(here, dict):
            steps.append(name)
            here = here[name]
    keyword = keyword_location.rpartition("/")[2]
    return keyword_fault(keyword if keyword in _KEYWORDS else "falseSchema", shown_path(steps, names))


def shown_path(steps: Iterable[str | int], names: frozenset[str]) -> str:
    """Print a path with the member names that the schema mentions; others become `[*]`."""
    shown: JsonPath = tuple(step if isinstance(step, int) or step in names else ANY for step in steps)
    return json_path(shown)


def _fix(keyword: str, details: Mapping[str, Any]) -> str:
    options = details.get("options", ())
    if keyword == "enum" and len(options) <= _MOST_OPTIONS and all(isinstance(option, str) for option in options):
        return "one of: " + ", ".join(options)
    return _FIX


def _closest(branches: list[list[jsonschema_rs.ValidationError]], depth: int) -> list[jsonschema_rs.ValidationError]:
    """The faults of the alternative that came furthest into the value, if one alone did."""
    reached = [max((len(error.instance_path) for error in branch), default=0) for branch in branches]
    furthest = max(reached, default=0)
    if furthest <= depth or reached.count(furthest) != 1:
        return []
    return branches[reached.index(furthest)]
