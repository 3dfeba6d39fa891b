"""JSON Schema as shapes: facts of small schemas, and the published suite as a one-sided oracle."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.document.tree import JsonValue
from gateway.mapping.shapes.json_schema import JsonShapes
from gateway.mapping.shapes.shape import Occurrence, Shape
from tests.mapping.admits import admits

SharedData = Callable[[str], Path]


def shape_of(schema: JsonValue, **others: JsonValue) -> Shape:
    files = {"s/main.json": json.dumps(schema).encode()}
    files |= {f"s/{name}.json": json.dumps(content).encode() for name, content in others.items()}
    shapes = JsonShapes(files, "s/main.json")
    assert shapes.faults == []
    return shapes.root.shape


def test_members_have_occurrence_kind_and_codes() -> None:
    shape = shape_of(
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "integer"}, "sex": {"enum": ["M", "F", None]}, "n": {"type": "string"}},
        }
    )
    children = shape.facts.children
    assert children["id"].occurs == Occurrence(1, 1)
    assert children["id"].shape.facts.kinds == {"integer"}
    assert children["sex"].occurs == Occurrence(0, 1)
    assert children["sex"].shape.facts.codes == ("M", "F")
    assert "null" in children["sex"].shape.facts.kinds
    assert children["n"].shape.facts.blank


def test_a_reference_to_another_file_is_followed_and_knows_its_place() -> None:
    shape = shape_of(
        {"properties": {"name": {"$ref": "other.json#/$defs/name"}}},
        other={"$defs": {"name": {"type": "object", "properties": {"full": {"type": "string"}}}}},
    )
    full = shape.facts.children["name"].shape.facts.children["full"]
    assert full.shape.facts.kinds == {"text"}
    assert full.origin.place.file == "s/other.json"
    assert full.origin.place.line == 1
    assert full.origin.place.column > 40


def test_a_reference_into_the_network_is_reported_and_admits_anything() -> None:
    files = {"s/main.json": b'{"properties": {"a": {"$ref": "https://example.com/x.json"}}}'}
    shapes = JsonShapes(files, "s/main.json")
    assert shapes.root.shape.facts.children["a"].shape.facts.others is not None
    assert [fault.code for fault in shapes.faults] == ["S103"]


def test_a_recursive_schema_stays_cyclic() -> None:
    shape = shape_of({"type": "object", "properties": {"next": {"$ref": "#"}}})
    assert shape.facts.children["next"].shape is shape.facts.children["next"].shape.facts.children["next"].shape


def test_the_branches_of_a_union_are_optional_together_and_exact_apart() -> None:
    shape = shape_of(
        {
            "oneOf": [
                {"type": "object", "required": ["kind", "a"], "properties": {"kind": {"const": "A"}, "a": {}}},
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "B"}, "b": {}}},
            ]
        }
    )
    assert shape.facts.children["kind"].occurs.low == 1
    assert shape.facts.children["kind"].shape.facts.codes == ("A", "B")
    assert shape.facts.children["a"].occurs.low == 0
    assert [variant.facts.children["kind"].shape.facts.codes for variant in shape.facts.variants] == [("A",), ("B",)]


def test_a_pattern_that_needs_a_character_excludes_blank_text() -> None:
    assert not shape_of({"type": "string", "pattern": "^[A-Z]{3}$"}).facts.blank
    assert shape_of({"type": "string"}).facts.blank
    assert not shape_of({"type": "string", "minLength": 1}).facts.blank
    assert not shape_of({"type": "string", "format": "date"}).facts.blank


def test_what_only_some_instances_have_is_known_and_optional() -> None:
    shape = shape_of(
        {
            "type": "object",
            "properties": {"k": {"type": "string"}},
            "if": {"properties": {"k": {"const": "x"}}},
            "then": {"properties": {"extra": {"type": "integer"}}, "required": ["extra"]},
        }
    )
    assert shape.facts.children["extra"].occurs == Occurrence(0, 1)


def test_draft_7_ignores_what_stands_beside_a_reference() -> None:
    shape = shape_of(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"any": {"type": "integer"}},
            "properties": {"a": {"$ref": "#/definitions/any", "type": "string"}},
        }
    )
    assert shape.facts.children["a"].shape.facts.kinds == {"integer"}


def _groups(shared_data: SharedData) -> Iterator[tuple[str, Shape, list[dict[str, Any]]]]:
    """Give (name, shape, cases) for every group that our strict reader accepts; two schemas contain U+0000."""
    folder = shared_data("suites/json-schema-test-suite")
    remotes = {}
    for file in sorted((folder / "remotes").rglob("*.json")):
        remotes[f"s/{file.relative_to(folder / 'remotes').as_posix()}"] = file.read_bytes()
    for file in sorted((folder / "tests" / "draft2020-12").glob("*.json")):
        for group in json.loads(file.read_bytes()):
            if "\\u0000" in json.dumps(group["schema"]):
                continue
            files = {"s/main.json": json.dumps(group["schema"]).encode(), **remotes}
            shapes = JsonShapes(files, "s/main.json")
            yield f"{file.name}: {group['description']}", shapes.root.shape, group["tests"]


def test_every_valid_instance_of_the_published_suite_is_admitted_by_its_shape(shared_data: SharedData) -> None:
    valid = 0
    failures = []
    for name, shape, cases in _groups(shared_data):
        for case in cases:
            valid += case["valid"]
            if case["valid"] and not admits(shape, case["data"]):
                failures.append(f"{name}: {case['description']}")
    print(f"{valid} valid instances, {len(failures)} not admitted")
    assert valid > 600
    assert failures == []


def test_the_suite_shows_that_shapes_refuse_something(shared_data: SharedData) -> None:
    """Without this, a shape that admits everything would pass the test above."""
    refused = 0
    for _, shape, cases in _groups(shared_data):
        refused += sum(not case["valid"] and not admits(shape, case["data"]) for case in cases)
    print(f"{refused} invalid instances refused by shape alone")
    assert refused > 150


def test_a_schema_that_is_not_json_is_refused() -> None:
    with pytest.raises(Exception, match="DOC"):
        JsonShapes({"s/main.json": b"{"}, "s/main.json")
