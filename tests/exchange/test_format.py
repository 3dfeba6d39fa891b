"""Loading: what does not agree with itself is not loaded, and the digest covers what decides."""

from pathlib import Path

import pytest

from gateway.document.json_codec import read_json, write_json
from gateway.errors import DefinitionRefused
from gateway.exchange.codes import CODES
from gateway.exchange.format import VERSION, is_schema, load_format, read_catalogue
from tests.exchange.given import changed, exchange_format, files


def refused(given: dict[str, bytes]) -> set[str]:
    with pytest.raises(DefinitionRefused) as caught:
        load_format(given)
    return {fault.code for fault in caught.value.faults}


def edited(name: str, *path: str, to: object) -> dict[str, bytes]:
    document = read_json(files()[name])
    assert isinstance(document, dict)
    return {**files(), name: write_json(changed(document, path, to))}  # type: ignore[arg-type]  # a JSON value


def test_the_format_loads() -> None:
    assert exchange_format().version == VERSION == "exchange/1.0"
    assert exchange_format().digest.startswith("sha256:")
    assert len(exchange_format().catalogue.fields) > 1000


def test_the_same_files_give_the_same_digest_in_any_order() -> None:
    again = load_format(dict(reversed(files().items())))
    assert again.digest == exchange_format().digest


def test_examples_are_not_part_of_the_digest() -> None:
    fewer = {name: data for name, data in files().items() if not name.startswith("examples/")}
    assert load_format(fewer).digest == exchange_format().digest


def test_a_changed_word_changes_the_digest() -> None:
    given = edited("vocabulary/sex.json", "x-codes", "M", "definition", to="Another definition.")
    assert load_format(given).digest != exchange_format().digest


def test_what_is_a_schema() -> None:
    assert is_schema("message.json")
    assert is_schema("vocabulary/sex.json")
    others = ("catalogue.json", "annotations.json", "context.jsonld", "examples/recall.json", "examples/invalid/x.json")
    assert not any(is_schema(name) for name in others)


def test_a_missing_file() -> None:
    assert "EXC-101" in refused({name: data for name, data in files().items() if name != "message.json"})
    assert "EXC-103" in refused({name: data for name, data in files().items() if name != "person.json"})
    assert "EXC-103" in refused({name: data for name, data in files().items() if name != "vocabulary/role.json"})
    assert "EXC-103" in refused({name: data for name, data in files().items() if name != "vocabulary/sex.json"})


def test_a_file_that_is_not_json() -> None:
    assert "EXC-101" in refused({**files(), "person.json": b"{'a': 1}"})


@pytest.mark.parametrize(
    "to",
    [
        {"$ref": "common.json#/$defs/text", "x-ladder": "full"},
        {"$ref": "common.json#/$defs/text", "x-class": "location"},
        {"$ref": "common.json#/$defs/text", "x-class": "location", "x-ladder": "century"},
        {"$ref": "common.json#/$defs/text", "x-class": "by-place", "x-ladder": "full"},
        {"type": "string", "x-class": "location", "x-ladder": "full"},
        {"type": "object"},
        True,
    ],
)
def test_a_bare_leaf(to: object) -> None:
    """A leaf without a class cannot be built into a schema: law 3."""
    assert "EXC-102" in refused(edited("location.json", "properties", "name", to=to))


def test_an_address_without_a_class_has_only_bare_leaves() -> None:
    given = edited("location.json", "properties", "address", to={"$ref": "common.json#/$defs/address"})
    assert "EXC-102" in refused(given)


def test_the_outermost_schema_must_be_an_object() -> None:
    assert "EXC-102" in refused({**files(), "message.json": b"true"})


def test_a_contradictory_word_list() -> None:
    assert "EXC-104" in refused(edited("vocabulary/sex.json", "enum", to=["M"]))


def test_a_change_of_class_needs_a_new_catalogue() -> None:
    assert refused(edited("location.json", "properties", "name", "x-class", to="case")) == {"EXC-105"}


def test_a_catalogue_that_is_missing_or_edited() -> None:
    assert refused({name: data for name, data in files().items() if name != "catalogue.json"}) == {"EXC-105"}
    assert refused({**files(), "catalogue.json": files()["catalogue.json"] + b"\n"}) == {"EXC-105"}


def test_the_catalogue_can_be_read_without_the_committed_one() -> None:
    fewer = {name: data for name, data in files().items() if name != "catalogue.json"}
    assert read_catalogue(fewer)[0].fields == exchange_format().catalogue.fields
    with pytest.raises(DefinitionRefused):
        read_catalogue({})


def test_schemes_are_those_of_the_deployment_and_the_well_known() -> None:
    assert exchange_format().schemes is None
    registered = exchange_format().with_schemes(["qm-penal-code"]).schemes
    assert registered is not None
    assert {"qm-penal-code", "un-locode", "iata"} <= registered


def test_every_code_has_a_section_in_the_documents() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "codes" / "EXC.md").read_text("utf-8")
    headings = [line.split()[1] for line in text.splitlines() if line.startswith("## EXC-")]
    assert sorted(set(CODES) - set(headings)) == []
    assert len(headings) == len(set(headings))
