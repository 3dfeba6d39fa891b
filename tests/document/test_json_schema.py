"""JSON Schema: compiled from memory, both validators of one mind, faults without values."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.json_codec import read_json
from gateway.document.json_schema import JsonSchema, compile_json_schema
from gateway.document.tree import JsonValue
from tests.document.values import codes, json_values, refused

DRAFT = "https://json-schema.org/draft/2020-12/schema"

PERSON: dict[str, Any] = {
    "$schema": DRAFT,
    "$id": "https://schemas.example/person.json",
    "type": "object",
    "required": ["name", "born"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 20, "pattern": "^\\S"},
        "born": {"type": "string", "format": "date"},
        "sex": {"enum": ["F", "M", "X"]},
        "height": {"type": "integer", "minimum": 30, "maximum": 260},
        "score": {"type": "number", "multipleOf": 0.01, "exclusiveMaximum": 1},
        "kind": {"const": "person"},
        "aliases": {"type": "array", "maxItems": 2, "uniqueItems": True, "items": {"$ref": "types.json#/$defs/alias"}},
        "extra": {"type": "object", "propertyNames": {"maxLength": 4}, "minProperties": 1, "maxProperties": 2},
        "never": False,
        "one": {
            "oneOf": [{"type": "string"}, {"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}}]
        },
        "card": {"dependentRequired": {"number": ["issuer"]}},
        "free": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "unevaluatedProperties": False,
}
TYPES = {"$defs": {"alias": {"type": "string", "minLength": 1}}}
FILES = {
    "person.json": json.dumps(PERSON).encode(),
    "types.json": json.dumps({"$schema": DRAFT, "$id": "https://schemas.example/types.json", **TYPES}).encode(),
}
GOOD: dict[str, JsonValue] = {"name": "Ada", "born": "1815-12-10"}


@pytest.fixture(scope="module")
def schema() -> JsonSchema:
    return compile_json_schema(FILES, "person.json")


def test_a_valid_value_has_no_faults(schema: JsonSchema) -> None:
    assert schema.check(GOOD) == ()
    assert schema.check({**GOOD, "height": Decimal("180.0"), "score": Decimal("0.99"), "one": "x"}) == ()


@pytest.mark.parametrize(
    ("change", "code", "path", "keyword"),
    [
        ({"name": "A"}, "DOC-054", "$['name']", "minLength"),
        ({"name": "A" * 21}, "DOC-054", "$['name']", "maxLength"),
        ({"name": " A"}, "DOC-054", "$['name']", "pattern"),
        ({"name": 1}, "DOC-052", "$['name']", "type"),
        ({"born": "2024-99-99"}, "DOC-054", "$['born']", "format"),
        ({"sex": "Canary"}, "DOC-053", "$['sex']", "enum"),
        ({"kind": "Canary"}, "DOC-053", "$['kind']", "const"),
        ({"height": 29}, "DOC-055", "$['height']", "minimum"),
        ({"height": 261}, "DOC-055", "$['height']", "maximum"),
        ({"height": Decimal("180.5")}, "DOC-052", "$['height']", "type"),
        ({"score": Decimal("0.001")}, "DOC-055", "$['score']", "multipleOf"),
        ({"score": 1}, "DOC-055", "$['score']", "exclusiveMaximum"),
        ({"aliases": ["a", "b", "c"]}, "DOC-056", "$['aliases']", "maxItems"),
        ({"aliases": ["a", "a"]}, "DOC-056", "$['aliases']", "uniqueItems"),
        ({"aliases": ["a", ""]}, "DOC-054", "$['aliases'][1]", "minLength"),
        ({"extra": {}}, "DOC-058", "$['extra']", "minProperties"),
        ({"extra": {"a": 1, "b": 2, "c": 3}}, "DOC-058", "$['extra']", "maxProperties"),
        ({"extra": {"Canary": 1}}, "DOC-058", "$['extra']", "propertyNames"),
        ({"never": 1}, "DOC-051", "$['never']", "falseSchema"),
        ({"one": 1}, "DOC-057", "$['one']", "oneOf"),
        ({"card": {"number": 1}}, "DOC-050", "$['card']", "required"),
        ({"free": {"Canary": 1}}, "DOC-052", "$['free'][*]", "type"),
        ({"Canary": 1}, "DOC-051", "$", "unevaluatedProperties"),
    ],
)
def test_each_keyword_has_a_code_and_a_path(
    schema: JsonSchema, change: dict[str, Any], code: str, path: str, keyword: str
) -> None:
    (fault,) = schema.check({**GOOD, **change})
    assert (fault.code, fault.place.path) == (code, path)
    assert f"'{keyword}'" in fault.message
    assert fault.fix
    assert "Canary" not in repr(fault)
    (reference,) = schema.reference_check({**GOOD, **change})
    assert "Canary" not in repr(reference)


def test_a_missing_member_is_named_because_the_schema_names_it(schema: JsonSchema) -> None:
    assert [fault.message for fault in schema.check({})] == [
        "the member 'name' is missing ('required')",
        "the member 'born' is missing ('required')",
    ]


def test_a_short_list_of_words_is_offered(schema: JsonSchema) -> None:
    (fault,) = schema.check({**GOOD, "sex": "W"})
    assert fault.fix == "one of: F, M, X"


def test_of_alternatives_the_one_that_came_furthest_is_explained(schema: JsonSchema) -> None:
    found = schema.check({**GOOD, "one": {"a": "x"}})
    assert [(fault.code, fault.place.path) for fault in found] == [
        ("DOC-057", "$['one']"),
        ("DOC-052", "$['one']['a']"),
    ]


def test_at_most_100_faults_are_told(schema: JsonSchema) -> None:
    assert len(schema.check({**GOOD, "free": {str(n): n for n in range(500)}})) == 100


def test_values_are_not_changed(schema: JsonSchema) -> None:
    value: Any = {**GOOD, "score": Decimal("0.50")}
    before = repr(value)
    schema.check(value)
    assert repr(value) == before


# ---------------------------------------------------------------- two validators, one mind


@given(json_values)
def test_any_value_gets_one_verdict(value: Any) -> None:
    schema = _compiled()
    assert bool(schema.check(value)) is bool(schema.reference_check(value))


@given(
    st.dictionaries(
        st.sampled_from(list(PERSON["properties"])),
        st.one_of(json_values, st.sampled_from(["F", "1990-02-28", "person", "Ada"])),
    )
)
def test_values_near_the_schema_get_one_verdict(value: Any) -> None:
    schema = _compiled()
    for candidate in (value, {**GOOD, **value}):
        fast = schema.check(candidate)
        assert bool(fast) is bool(schema.reference_check(candidate))


_CACHE: list[JsonSchema] = []


def _compiled() -> JsonSchema:
    if not _CACHE:
        # Of the formats, each implementation knows others: they are compared without.
        _CACHE.append(compile_json_schema(FILES, "person.json", formats=False))
    return _CACHE[0]


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"multipleOf": 0.01}, "0.07", True),
        ({"multipleOf": 0.1}, "1.0000000000000000001", False),
        ({"type": "integer"}, "1.0", True),
        ({"type": "integer"}, "1e2", True),
        ({"const": 1}, "1.0", True),
        ({"enum": [123456789012345678901234567890]}, "123456789012345678901234567890", True),
        ({"enum": [123456789012345678901234567890]}, "123456789012345678901234567891", False),
        ({"maximum": 9007199254740993}, "9007199254740994", False),
        ({"uniqueItems": True}, "[1, 1.0]", False),
        ({"uniqueItems": True}, "[1, true]", True),
        ({"maxLength": 1}, '"\U0001f600"', True),
        ({"pattern": "^\\d$"}, '"\u0663"', False),
    ],
)
def test_numbers_and_texts_are_exact(schema: Any, value: str, valid: bool) -> None:
    compiled = compile_json_schema({"s.json": json.dumps(schema).encode()}, "s.json")
    assert (compiled.check(read_json(value.encode())) == ()) is valid


# ---------------------------------------------------------------- compiling


def one(schema: object) -> JsonSchema:
    return compile_json_schema({"s.json": json.dumps(schema).encode()}, "s.json")


@pytest.mark.parametrize(
    "reference", ["http://localhost:1/x.json", "missing.json", "#/$defs/missing", "#missing", "urn:x:y"]
)
def test_a_reference_to_nothing_is_refused_and_nothing_is_fetched(reference: str) -> None:
    (fault,) = refused(lambda: one({"properties": {"a": {"$ref": reference}}}))
    assert (fault.code, fault.place.file) == ("DOC-082", "s.json")


def test_a_file_of_this_machine_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "x.json"
    outside.write_text('{"type": "string"}')
    for reference in (outside.as_uri(), str(outside)):
        assert codes(lambda reference=reference: one({"$ref": reference})) == ["DOC-082"]  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)b", "(?<=a)b", "(a)\\1", "("])
@pytest.mark.parametrize("keyword", ["pattern", "patternProperties"])
def test_a_pattern_beyond_linear_time_is_refused(pattern: str, keyword: str) -> None:
    schema = {keyword: pattern if keyword == "pattern" else {pattern: True}}
    assert codes(lambda: one(schema)) == ["DOC-083"]


def test_a_pattern_that_defeats_backtracking_runs_at_once() -> None:
    schema = one({"pattern": "^(a+)+$", "items": {"pattern": "(a|a)*b"}})
    assert schema.check("a" * 50_000 + "!")
    assert schema.check(["a" * 50_000])


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"type": "nonsense"}, "DOC-081"),
        ({"required": "a"}, "DOC-081"),
        ({"minLength": -1}, "DOC-081"),
        ([], "DOC-081"),
        (3, "DOC-081"),
        ("x", "DOC-081"),
        ({"$schema": "http://localhost/unknown"}, "DOC-082"),
    ],
)
def test_what_is_no_schema_is_refused(schema: object, code: str) -> None:
    (fault,) = refused(lambda: one(schema))
    assert (fault.code, fault.place.file) == (code, "s.json")


def test_a_file_that_is_no_strict_json_is_named_with_its_place() -> None:
    (fault,) = refused(lambda: compile_json_schema({**FILES, "types.json": b'{"a":1,\n"a":2}'}, "person.json"))
    assert (fault.code, str(fault.place)) == ("DOC-080", "types.json:2:1")


def test_a_fault_beside_the_entry_names_its_file() -> None:
    (fault,) = refused(lambda: compile_json_schema({**FILES, "other.json": b'{"type": 1}'}, "person.json"))
    assert (fault.code, fault.place.file) == ("DOC-081", "other.json")


def test_an_entry_that_is_not_there() -> None:
    assert codes(lambda: compile_json_schema(FILES, "x.json")) == ["DOC-084"]


def test_files_without_id_find_each_other_by_path() -> None:
    files = {"a/main.json": b'{"$ref": "../b/x.json#/$defs/t"}', "b/x.json": b'{"$defs": {"t": {"type": "null"}}}'}
    schema = compile_json_schema(files, "a/main.json")
    assert schema.check(None) == ()
    assert schema.check(1) != ()
    assert schema.reference_check(None) == ()
    assert schema.reference_check(1) != ()


def test_draft_7_is_known_by_its_name() -> None:
    schema = one(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"a": {"type": "string"}},
            "items": [{"$ref": "#/definitions/a"}],
        }
    )
    assert schema.check(["x", 1]) == ()
    assert schema.check([1]) != ()


def test_formats_are_asserted_unless_told_otherwise() -> None:
    files = {"s.json": b'{"format": "date"}'}
    assert compile_json_schema(files, "s.json").check("2024-99-99") != ()
    assert compile_json_schema(files, "s.json", formats=False).check("2024-99-99") == ()


def test_boolean_schemas() -> None:
    assert one(True).check(1) == ()
    assert [fault.code for fault in one(False).check(1)] == ["DOC-051"]


def test_a_value_as_deep_as_the_limit_is_checked() -> None:
    schema = one(
        {
            "$ref": "#/$defs/t",
            "$defs": {"t": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#/$defs/t"}}]}},
        }
    )
    deep: Any = 1
    wrong: Any = "x"
    for _ in range(200):
        deep, wrong = [deep], [wrong]
    assert schema.check(deep) == ()
    assert schema.check(wrong) != ()
