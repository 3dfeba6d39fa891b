"""The JSON Schemas of mappings, part files and tests files, for the YAML editors that integrators use.

Made of the words that the loader knows, so that a word is known to both or to neither. They say where words stand and
what kind of thing they take; whether paths exist, and whether a rule makes sense, only `check` knows. YAML editors read
numbers and booleans as such where a mapping reads texts: both are taken.
"""

from collections.abc import Mapping

from gateway.document.tree import JsonObject, JsonValue
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.rules import ErrorWord, MissingWord, PickKind
from gateway.mapping.language.words import PLACES, PlaceWords
from gateway.mapping.language.words_tests import TEST_PLACES
from gateway.mapping.load.contexts import CONTEXT_WORDS
from gateway.mapping.load.values import BLOCK_WORDS, VALUE_WORDS

__all__ = ["EDITOR_SCHEMAS", "editor_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "a mapping file": ("mapping", "version", "source", "target"),
    "a part file": ("part", "format", "fields"),
    "a tests file": ("mapping", "cases"),
    "source": ("format",),
    "target": ("format",),
    "an entry of split": ("each", "map"),
    "an index": ("over", "key"),
    "check": ("that",),
    "mark_by": ("each", "selects", "mark"),
    "lookup": ("table",),
    "a case": ("name", "input"),
    "a diagnostic": ("code",),
}
_TEXT: JsonObject = {"type": ["string", "number", "boolean", "null"]}
_ONLY_BLOCK = sorted(BLOCK_WORDS - VALUE_WORDS)


def editor_schema(name: str) -> JsonObject:
    """Give the schema of `mapping`, `part` or `tests`."""
    start, places = EDITOR_SCHEMAS[name]
    defs: JsonObject = {_key(place): _object(place, words) for place, words in places.items()}
    if places is PLACES:
        defs |= _kinds()
    return {
        "$schema": _DIALECT,
        "title": f"{start} of the gateway, for editors",
        "$ref": _ref(start),
        "$defs": defs,
    }


EDITOR_SCHEMAS: Mapping[str, tuple[str, Mapping[str, PlaceWords]]] = {
    "mapping": ("a mapping file", PLACES),
    "part": ("a part file", PLACES),
    "tests": ("a tests file", TEST_PLACES),
}
"""The schemas by name, each with the place that a file begins at."""


def _key(place: str) -> str:
    return place.replace("'", "").replace(" ", "-")


def _ref(name: str) -> str:
    return f"#/$defs/{_key(name)}"


def _object(place: str, words: PlaceWords, besides: tuple[str, ...] = ()) -> JsonObject:
    properties: JsonObject = {}
    for name, meaning in words.items():
        properties[name] = {"description": meaning.summary, **_taken(meaning.takes)}
    for name in besides:
        properties[name] = {"$ref": _ref("text")}
    required: list[JsonValue] = list(_REQUIRED.get(place, ()))
    made: JsonObject = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**made, "required": required} if required else made


def _taken(takes: str) -> JsonObject:
    """Give the schema of what a word takes; the notation is that of `Meaning`."""
    if " or " in takes:
        return {"anyOf": [_taken(one) for one in takes.split(" or ")]}
    if takes.startswith("*"):
        return {"type": "object", "additionalProperties": _taken(takes[1:])}
    if takes.endswith("?"):
        one = _taken(takes[:-1])
        return {"anyOf": [one, {"type": "array", "items": one}]}
    if "/" in takes:
        return {"anyOf": [_taken(one) for one in takes.split("/")]}
    if takes.startswith("["):
        return {"type": "array", "items": _taken(takes[1:-1])}
    if takes.startswith("{"):
        return {"$ref": _ref(takes[1:-1])}
    if "|" in takes:
        return {"enum": [*takes.split("|")]}
    if takes == "boolean":
        return {"enum": [True, False, "true", "false"]}
    if takes == "any":
        return {}
    return _TEXT if takes in {"text", "path", "condition", "name"} else {"$ref": _ref(takes)}


def _kinds() -> JsonObject:
    """Give the kinds that more than one word takes."""
    context: JsonValue = {"$ref": _ref("context")}
    paths: JsonObject = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    kinds = [*(one for one in _contexts())]
    only: JsonObject = {"type": "object", "anyOf": [{"required": [word]} for word in _ONLY_BLOCK]}
    value: JsonObject = {"$ref": _ref("a value")}
    block: JsonObject = {"$ref": _ref("a block")}
    mixed: JsonObject = {"anyOf": [_TEXT, value, block]}
    one: JsonObject = {"if": only, "then": block, "else": mixed}
    errors = [str(word) for word in ErrorWord if word is not ErrorWord.USE]
    plain = [str(kind) for kind in PickKind if kind not in {PickKind.MAX, PickKind.MIN, PickKind.CONCAT}]
    named: JsonObject = {name: {"description": converter.summary} for name, converter in sorted(CONVERTERS.items())}
    call: JsonObject = {
        "type": "object", "properties": named, "additionalProperties": False, "minProperties": 1, "maxProperties": 1
    }  # fmt: skip
    return {
        "text": _TEXT,
        "paths": paths,
        "contexts": {"anyOf": [context, {"type": "array", "items": context}]},
        "context": {"anyOf": [_TEXT, *kinds]},
        "value": {"anyOf": [_TEXT, value]},
        "entry": {"anyOf": [one, {"type": "array", "items": block}]},
        "converters": {"type": "array", "items": {"anyOf": [{"enum": [*sorted(CONVERTERS)]}, call]}},
        "missing": {"enum": [str(word) for word in MissingWord]},
        "error": {"anyOf": [{"enum": [*errors]}, {"$ref": _ref("on_error")}]},
        "pick": {"anyOf": [{"enum": [*plain]}, _object("pick", PLACES["pick"])]},
    }


def _contexts() -> list[JsonObject]:
    """Give each kind of context; `parse` stands with the words of a value."""
    made: list[JsonObject] = []
    for word in sorted(CONTEXT_WORDS):
        if word == "parse":
            found = _object("parse", PLACES["a value"], ("parse",))
        else:
            found = _object(word, PLACES[f"a context with '{word}'"])
        made.append({**found, "required": [word]})
    return made
