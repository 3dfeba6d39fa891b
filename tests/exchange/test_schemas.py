"""The schema files themselves: valid, complete, annotated, closed, and in agreement with the words of the code."""

from collections.abc import Iterator
from copy import deepcopy

import jsonschema
import pytest

from gateway.document.json_codec import read_json, write_json
from gateway.document.json_schema import compile_json_schema
from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ENTRY, is_schema
from gateway.exchange.ladders import LADDERS
from gateway.exchange.layout import ADMINISTRATIVE, ARRAYS, BODIES, BODY_OF, ENTITY_ARRAYS, SETS
from gateway.exchange.rules import DEPTH
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape
from tests.exchange.given import EXAMPLES, FOLDER, INVALID, at, changed, exchange_format, files

SCHEMAS = sorted(name for name in files() if is_schema(name))
META = compile_json_schema({"annotations.json": files()["annotations.json"]}, "annotations.json")
LISTED = (
    "message.json header.json common.json person.json organisation.json object.json location.json event.json "
    "transaction.json evidence.json indicator.json link.json text.json body-notice.json body-request.json "
    "body-finance.json body-justice.json body-alert.json body-admin.json annotations.json context.jsonld "
    "catalogue.json FIELDS.md CHANGES.md examples examples/invalid vocabulary"
).split()


def document(name: str) -> JsonObject:
    value = read_json(files()[name])
    assert isinstance(value, dict)
    return value


def shapes(shape: Shape, depth: int = 1) -> Iterator[tuple[Shape, int]]:
    """Every shape with the number of objects and lists around and including it."""
    yield shape, depth
    if isinstance(shape, ListShape):
        yield from shapes(shape.item, depth + 1)
    elif isinstance(shape, ObjectShape):
        for member in shape.members.values():
            yield from shapes(member, depth + 1)


def test_all_files_of_the_version_are_there() -> None:
    assert [name for name in LISTED if not (FOLDER / name).exists()] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_is_json_schema_and_fully_annotated(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(document(name))
    assert META.check(document(name)) == ()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_has_the_id_of_its_place(name: str) -> None:
    assert document(name)["$id"] == f"https://gateway.example/schemas/exchange/v1/{name}"


FULL = ("$defs", "person", "properties")
MISTAKES: dict[str, tuple[str, tuple[str | int, ...], JsonValue]] = {
    "no class": ("location.json", ("properties", "name"), {"$ref": "common.json#/$defs/text", "x-ladder": "full"}),
    "no ladder": ("location.json", ("properties", "name"), {"$ref": "common.json#/$defs/text", "x-class": "location"}),
    "no kind of value": (
        "location.json",
        ("properties", "name"),
        {"type": "string", "x-class": "case", "x-ladder": "full"},
    ),
    "an unknown class": ("person.json", ("properties", "death", "x-class"), "gossip"),
    "an unknown ladder": ("person.json", ("properties", "death", "x-ladder"), "century"),
    "an unknown keyword": ("person.json", ("properties", "death", "x-secret"), True),
    "biometrics not marked special": ("person.json", ("properties", "death", "x-class"), "biometric"),
    "special outside its classes": ("person.json", ("properties", "death", "x-special"), True),
    "narrative not marked free text": ("person.json", ("properties", "death", "x-class"), "narrative"),
    "free text outside its classes": ("person.json", ("properties", "death", "x-free-text"), True),
    "a code without a list": (
        "person.json",
        ("properties", "sex"),
        {"$ref": "common.json#/$defs/code", "x-class": "identity", "x-ladder": "full"},
    ),
    "a reference without kinds": (
        "event.json",
        ("properties", "location"),
        {"$ref": "common.json#/$defs/ref", "x-class": "location", "x-ladder": "full"},
    ),
    "an open object": ("person.json", ("properties", "description", "additionalProperties"), True),
    "an open entity": ("person.json", ("additionalProperties",), True),
    "a list without an upper limit": (
        "person.json",
        ("properties", "occupations"),
        {"type": "array", "minItems": 1, "items": at(document("person.json"), "properties", "occupations", "items")},
    ),
    "a list that may be empty": ("person.json", ("properties", "occupations", "minItems"), 0),
    "an address without a class": (
        "person.json",
        ("properties", "addresses", "items"),
        {"$ref": "common.json#/$defs/address"},
    ),
    "a code without a label in a second language": ("vocabulary/sex.json", ("x-codes", "M", "label"), {"en": "Male"}),
    "a code without a definition": ("vocabulary/sex.json", ("x-codes", "M", "definition"), ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_meta_schema_refuses(mistake: str) -> None:
    name, path, value = MISTAKES[mistake]
    assert META.check(document(name)) == ()
    assert META.check(changed(document(name), path, value)) != ()


def test_all_objects_are_closed() -> None:
    def objects(value: JsonValue) -> Iterator[JsonObject]:
        if isinstance(value, dict):
            if value.get("type") == "object":
                yield value
            for member in value.values():
                yield from objects(member)
        elif isinstance(value, list):
            for item in value:
                yield from objects(item)

    every = [found for name in SCHEMAS for found in objects(document(name)) if "properties" in found]
    assert len(every) > 50
    assert [found for found in every if found.get("additionalProperties") is not False] == []


def test_no_shape_is_deeper_than_the_limit() -> None:
    deepest = max(
        depth - isinstance(shape, CatalogueField) for shape, depth in shapes(exchange_format().catalogue.root)
    )
    assert 6 < deepest <= DEPTH


def test_sets_are_the_arrays_of_that_name() -> None:
    found = {
        name: shape.set
        for owner, _ in shapes(exchange_format().catalogue.root)
        if isinstance(owner, ObjectShape)
        for name, shape in owner.members.items()
        if isinstance(shape, ListShape)
    }
    assert {name for name, is_set in found.items() if is_set} == SETS


def test_the_words_of_the_code_are_those_of_the_schema() -> None:
    message = document(ENTRY)
    properties = message["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == ["header", *BODIES, *ARRAYS]
    assert list(BODY_OF) == list(exchange_format().vocabulary.words("kind"))
    definitions = message["$defs"]
    assert isinstance(definitions, dict)
    assert list(definitions) == list(BODY_OF)
    assert list(ARRAYS)[: len(ENTITY_ARRAYS)] == list(ENTITY_ARRAYS)
    ladders = at(document("annotations.json"), "$defs", "leaf", "properties", "x-ladder", "enum")
    assert ladders == [*LADDERS, "by-place"]
    classes = at(document("annotations.json"), "$defs", "leaf", "properties", "x-class", "enum")
    assert classes == [*exchange_format().vocabulary.words("class"), "by-place"]


@pytest.mark.parametrize("kind", BODY_OF)
def test_what_a_kind_needs(kind: str) -> None:
    needs = exchange_format().catalogue.needs[kind]
    assert ("header.purpose" in needs) == (kind not in ADMINISTRATIVE)
    # The two bodies whose every leaf a policy may withhold are not required: law 2.
    assert (BODY_OF[kind] in needs) == (kind not in {"cyber-indicators", "movement-report"})
    assert ("header.legal_basis" in needs) == (kind in {"information-request", "freeze-request", "assistance-request"})
    replies = {"information-response", "information-refusal", "information-clarification"}
    replies |= {"assistance-response", "consent-answer"}
    assert ("header.conversation.in_reply_to" in needs) == (kind in replies)


@pytest.mark.parametrize("path", [*EXAMPLES, *INVALID], ids=lambda path: path.stem)
def test_both_validators_agree(path: object) -> None:
    value = read_json(path.read_bytes())  # type: ignore[attr-defined]  # a Path
    message = value["message"] if isinstance(value, dict) and "message" in value else value
    schema = exchange_format().schema
    assert bool(schema.check(message)) == bool(schema.reference_check(message))


def test_a_schema_that_nobody_changed_is_written_as_it_stands() -> None:
    """Files are canonical in layout, so that a change shows as a change."""
    for name in SCHEMAS:
        assert files()[name] == write_json(deepcopy(document(name)), indent=True) + b"\n", name
