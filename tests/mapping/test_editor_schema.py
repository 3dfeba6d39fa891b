"""The JSON Schemas for editors: what is shipped is what would be made, takes what the loader takes, refuses what it does."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from gateway.document.tree import JsonObject, JsonValue
from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused
from gateway.mapping.language.words import PLACES
from gateway.mapping.language.words_tests import TEST_PLACES
from gateway.mapping.load.editor_schema import EDITOR_SCHEMAS, editor_schema
from gateway.mapping.load.mapping import load_mapping
from tests.mapping.inline import PATH, files_of

REPOSITORY = Path(__file__).resolve().parents[2]


def _plain(node: Node) -> JsonValue:
    match node:
        case TextNode():
            return node.text
        case ListNode():
            return [_plain(item) for item in node.items]
        case MapNode():
            return {entry.key.text: _plain(entry.value) for entry in node.entries}


def _shipped(ending: str) -> Iterator[Path]:
    for folder in ("mappings", "tests/mapping/examples/mappings"):
        yield from (REPOSITORY / folder).rglob(f"*{ending}")


def _faults(name: str, value: JsonValue) -> list[str]:
    return [error.json_path for error in Draft202012Validator(editor_schema(name)).iter_errors(value)]


@pytest.mark.parametrize("name", EDITOR_SCHEMAS)
def test_the_shipped_schema_is_what_the_words_make(name: str) -> None:
    shipped = REPOSITORY / f"schemas/mapping/v1/{name}.schema.json"
    assert orjson.loads(shipped.read_bytes()) == editor_schema(name), "run: gateway mapping schema"
    Draft202012Validator.check_schema(editor_schema(name))


@pytest.mark.parametrize(
    ("name", "ending"), [("mapping", ".map.yaml"), ("part", ".part.yaml"), ("tests", ".tests.yaml")]
)
def test_every_shipped_file_fits(name: str, ending: str) -> None:
    for path in _shipped(ending):
        assert _faults(name, _plain(read_yaml(path.read_bytes(), path.name))) == [], path


_RULES: dict[str, JsonValue] = {
    "a block": {"each": "a", "as": "p", "fields": {"reference": "no"}},
    "a value": {"from": "a"},
    "lookup": {"from": "a", "lookup": {"table": "t"}},
    "pick": {"from": "a[*]", "pick": {"concat": "+"}},
    "on_error": {"from": "a", "on_error": {"use": "x"}},
    "a branch of choose": {"choose": [{"when": "a == 'x'", "then": "b"}]},
    "a context with 'in'": {"each": {"in": "p", "from": "a"}, "fields": {"reference": "no"}},
    "a context with 'join'": {"each": {"join": "i", "key": "a"}, "fields": {"reference": "no"}},
}


@pytest.mark.parametrize("place", _RULES)
def test_an_unknown_word_is_refused_by_loader_and_schema(place: str) -> None:
    good = {"header.reference": "x", "persons[]": _RULES[place]}
    assert _faults("mapping", _file(good)) == []
    _with_unknown(good["persons[]"], place)
    assert _faults("mapping", _file(good))
    with pytest.raises(DefinitionRefused) as refused:
        load_mapping(PATH, {**files_of(""), PATH: orjson.dumps(_file(good))})
    assert "W001" in {fault.code for fault in refused.value.faults}


def _file(rules: JsonObject) -> JsonObject:
    return {
        "mapping": "x.x",
        "version": "1",
        "source": {"format": "json", "schema": "s.json"},
        "target": {"format": "exchange", "version": "1"},
        "map": rules,
    }


def _with_unknown(rule: JsonValue, place: str) -> None:
    """Put a word that nobody knows where the words of the place stand."""
    assert isinstance(rule, dict)
    inner: JsonValue = rule
    match place:
        case "lookup" | "pick" | "on_error":
            inner = rule[place]
        case "a branch of choose":
            choose = rule["choose"]
            assert isinstance(choose, list)
            inner = choose[0]
        case "a context with 'in'" | "a context with 'join'":
            inner = rule["each"]
    assert isinstance(inner, dict)
    inner["frmo"] = "x"


@pytest.mark.parametrize("word", ["mappng", "deafults"])
def test_an_unknown_word_of_the_file_is_refused_by_both(word: str) -> None:
    file = _file({"header.reference": "a"}) | {word: "x"}
    assert _faults("mapping", file)
    with pytest.raises(DefinitionRefused):
        load_mapping(PATH, {**files_of(""), PATH: orjson.dumps(file)})


def test_every_word_says_what_it_means() -> None:
    for places in (PLACES, TEST_PLACES):
        for words in places.values():
            assert all(meaning.summary.endswith(".") for meaning in words.values())
