"""Validation: examples pass, each invalid one fails with its code, everything is reported, and no value is shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.json_codec import read_json
from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.codes import CODES
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.layout import ENTITY_ARRAYS
from gateway.exchange.sweep import MOST_FAULTS
from gateway.exchange.validate import validate
from gateway.exchange.vocabulary import Vocabulary, read_word_list
from tests.exchange.given import EXAMPLES, INVALID, at, changed, codes, example, exchange_format, files
from tests.model.strategies import messages

CANARY = "Zaphod Q. Canary"
IN_CODE_ONLY = {"EXC-010", "EXC-041", "EXC-042", "EXC-060", "EXC-061", "EXC-062", "EXC-063"}
"""Codes of messages that have no example file: too large for one, or a matter of the deployment."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid(path: Path) -> None:
    assert validate(example(path.stem), exchange_format()) == ()


def test_there_is_an_example_of_every_kind() -> None:
    assert [path.stem for path in EXAMPLES] == sorted(exchange_format().vocabulary.words("kind"))
    assert all(at(example(path.stem), "header", "kind") == path.stem for path in EXAMPLES)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_fails_with_its_code_and_no_other(path: Path) -> None:
    wrapper = read_json(path.read_bytes())
    assert isinstance(wrapper, dict)
    message = wrapper["message"]
    assert isinstance(message, dict)
    assert codes(message) == {wrapper["expect"]}
    assert path.stem.startswith(str(wrapper["expect"]).lower() + "-")


def test_every_code_of_a_message_has_an_invalid_example() -> None:
    shown = {path.stem[:7].upper() for path in INVALID}
    assert {code for code in CODES if code < "EXC-100"} == shown | IN_CODE_ONLY


def test_all_faults_are_reported_not_the_first() -> None:
    message = example("person-notice")
    message = changed(message, ("persons", 0, "shoe_size"), "44")
    message = changed(message, ("persons", 0, "roles"), ["suspect", "unknown"])
    message = changed(message, ("events", 0, "location"), "00000000-0000-0000-0000-000000000000")
    message = changed(message, ("header", "precedence"), "SOON")
    message = changed(message, ("persons", 0, "births", 0, "date", "value"), "1987-02-30")
    assert {"EXC-001", "EXC-004", "EXC-021", "EXC-026", "EXC-030"} <= codes(message)


def test_a_fault_names_code_field_and_place() -> None:
    message = changed(example("person-notice"), ("persons", 0, "sex"), {"code": CANARY})
    (fault,) = validate(message, exchange_format())
    assert (fault.code, fault.field, fault.place.path) == (
        "EXC-040",
        "person.sex.code",
        "$['persons'][0]['sex']['code']",
    )
    assert fault.fix


def test_a_fault_of_the_schema_names_field_and_place() -> None:
    message = changed(example("person-notice"), ("persons", 0, "names", 0, "kind"), CANARY)
    (fault,) = validate(message, exchange_format())
    assert (fault.code, fault.field) == ("EXC-004", "person.names.kind")
    assert fault.place.path == "$['persons'][0]['names'][0]['kind']"


def test_a_report_is_bounded() -> None:
    person = at(example("correction"), "persons", 0)
    assert isinstance(person, dict)
    blank: JsonObject = {**person, "occupations": [" "] * 500}
    persons: list[JsonValue] = [{**blank, "id": f"00000000-0000-5000-8000-{number:012x}"} for number in range(50)]
    assert len(validate({**example("correction"), "persons": persons}, exchange_format())) == MOST_FAULTS


# ---------------------------------------------------------------- limits


def entities(count: int) -> list[JsonValue]:
    return [{"id": f"00000000-0000-0000-0000-{number:012x}", "kind": "other"} for number in range(count)]


def test_too_many_entities() -> None:
    base = example("situation-alert")
    del base["alert"]
    half: JsonObject = {**example("situation-alert"), "locations": entities(1000)}
    events: list[JsonValue] = [
        {"id": f"10000000-0000-0000-0000-{number:012x}", "kind": "incident"} for number in range(1001)
    ]
    assert "EXC-062" not in codes({**half, "events": events[:1000]})
    assert "EXC-062" in codes({**half, "events": events})


def test_too_large_a_message_and_its_extensions() -> None:
    extension: JsonObject = {"source": "qm-police", "path": "/a", "value": "x" * 20_000}
    many: list[JsonValue] = [{"id": f"00000000-0000-0000-0000-{number:012x}", **extension} for number in range(220)]
    assert codes({**example("recall"), "extensions": many[:13]}) == set()
    assert codes({**example("recall"), "extensions": many[:14]}) == {"EXC-063"}
    assert codes({**example("recall"), "extensions": many}) == {"EXC-060", "EXC-063"}


def test_too_deep_a_message() -> None:
    deep: JsonValue = "x"
    for _ in range(12):
        deep = {"a": deep}
    assert "EXC-061" in codes({**example("recall"), "narrative": deep})
    assert "EXC-061" not in codes({**example("recall"), "narrative": at({"a": deep}, "a", "a")})


@pytest.mark.parametrize(
    ("array", "most"),
    [("narrative", 500), ("attachments", 100), ("extensions", 1000), ("links", 5000)],
)
def test_limits_of_arrays_are_stated_in_the_schema(array: str, most: int) -> None:
    message = read_json(files()["message.json"])
    assert at(message, "properties", array, "maxItems") == most


def test_limits_inside_a_person() -> None:
    person = read_json(files()["person.json"])
    assert at(person, "properties", "names", "maxItems") == 50
    assert at(person, "properties", "documents", "maxItems") == 500


def test_lengths() -> None:
    for length, expected in ((512, set()), (513, {"EXC-005"})):
        assert codes(changed(example("person-notice"), ("persons", 0, "occupations"), ["x" * length])) == (
            expected | {"EXC-045"}
        )
    for length, expected in ((20_000, set()), (20_001, {"EXC-005"})):
        assert codes(changed(example("person-notice"), ("narrative", 0, "text"), "x" * length)) == expected


# ---------------------------------------------------------------- codes of others, and codes in time


def test_foreign_lists_must_be_registered_where_a_deployment_registers_them() -> None:
    message = example("person-notice")
    assert codes(message, exchange_format().with_schemes(["qm-penal-code"])) == set()
    assert codes(message, exchange_format().with_schemes([])) == {"EXC-042"}


def test_a_foreign_grade_scheme_must_be_registered_too() -> None:
    message = changed(example("recall"), ("header", "statement"), {"source_grade": "Z9", "grade_scheme": "qm-grades"})
    assert codes(message) == set()
    assert codes(message, exchange_format().with_schemes([])) == {"EXC-042"}
    assert codes(message, exchange_format().with_schemes(["qm-grades"])) == set()


def test_a_code_must_be_in_force_on_the_day_of_issue() -> None:
    fmt = exchange_format()
    document = read_json(files()["vocabulary/sex.json"])
    assert isinstance(document, dict)
    dated = read_word_list("sex", changed(document, ("x-codes", "M", "valid_until"), "2026-11-19"), [])
    later = ExchangeFormat(
        fmt.version, fmt.schema, fmt.catalogue, Vocabulary({**fmt.vocabulary.lists, "sex": dated}), fmt.digest
    )
    assert codes(example("person-notice"), later) == {"EXC-041"}
    earlier = changed(example("person-notice"), ("header", "issued"), "2026-11-19T23:59:59+01:00")
    assert codes(earlier, later) == set()


# ---------------------------------------------------------------- rules in detail


def test_a_birth_before_a_later_day_is_no_contradiction() -> None:
    births = ("persons", 0, "births")
    assert (
        codes(changed(example("person-notice"), births, [{"date": {"value": "2027", "qualifier": "before"}}])) == set()
    )
    assert codes(changed(example("person-notice"), births, [{"date": {"value": "2026"}}])) == set()
    assert codes(changed(example("person-notice"), births, [{"date": {"value": "2027"}}])) == {"EXC-032"}


def test_an_address_with_partial_dates() -> None:
    address: JsonObject = {"from": {"value": "2026-05"}, "to": {"value": "2026"}}
    assert codes(changed(example("person-notice"), ("persons", 0, "addresses"), [address])) == set()


def test_unknown_may_name_a_code_or_date_as_a_whole() -> None:
    assert codes(changed(example("person-notice"), ("persons", 0, "stated_unknown"), ["person.death"])) == set()
    assert codes(changed(example("person-notice"), ("persons", 0, "stated_unknown"), ["person.births.date"])) == {
        "EXC-045"
    }


def test_a_correction_names_leaves() -> None:
    assert codes(changed(example("correction"), ("correction", "changed"), ["person.gossip"])) == {"EXC-044"}


def test_a_correction_carries_the_body_of_what_it_corrects() -> None:
    assert "notice" in example("correction")
    without = example("correction")
    del without["notice"]
    assert codes(without) == set()


def test_a_role_in_a_link_may_be_one_of_several() -> None:
    message = changed(example("person-notice"), ("persons", 0, "roles"), ["suspect", "victim"])
    assert codes(changed(message, ("links", 0, "role"), "victim")) == set()


def test_an_exercise_is_named() -> None:
    message = example("recall")
    message = changed(message, ("header", "status"), "Exercise")
    assert codes(message) == {"EXC-002"}
    assert codes(changed(message, ("header", "exercise"), "GREY HERON 26")) == set()


def test_a_mark_lower_than_the_message_is_fine() -> None:
    mark: JsonObject = {"classification": "OFFICIAL", "flags": ["H1"]}
    assert codes(changed(example("person-notice"), ("persons", 0, "handling"), mark)) == set()


# ---------------------------------------------------------------- properties


@pytest.mark.slow
@given(messages())
def test_drawn_messages_are_valid(message: JsonObject) -> None:
    assert validate(message, exchange_format()) == ()


def places(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


ODD: st.SearchStrategy[JsonValue] = st.sampled_from(
    [None, True, 1, -1, 2**60, "", CANARY, [], [CANARY], {}, {CANARY: CANARY}, {"code": CANARY}, {"value": CANARY}]
)


@pytest.mark.slow
@given(messages(most=2), st.data())
def test_broken_messages_are_never_an_error_and_no_value_is_shown(message: JsonObject, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(message))))
    broken = changed(message, path, data.draw(ODD))
    for fault in validate(broken, exchange_format()):
        assert CANARY not in repr(fault)
        assert CANARY not in str(fault)
        assert fault.code in CODES or fault.code.startswith("DOC-")
        assert re.fullmatch(r"[^\n]+", fault.message)
        assert fault.message[0] == fault.message[0].lower()


@pytest.mark.slow
@given(messages(most=2), st.sampled_from(sorted(ENTITY_ARRAYS)))
def test_a_message_that_lost_an_array_has_no_dangling_reference_unnoticed(message: JsonObject, array: str) -> None:
    gone = {item["id"] for item in _items(message, array)}
    without: JsonObject = {name: value for name, value in message.items() if name != array}
    referring = {
        value
        for name, value in _texts(without)
        if value in gone and name not in {"id", "thread", "in_reply_to", "of", "message", "grant"}
    }
    assert ("EXC-021" in codes(without)) == bool(referring)


def _items(message: JsonObject, array: str) -> list[JsonObject]:
    items = message.get(array)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _texts(value: JsonValue, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for member, inside in value.items():
            yield from _texts(inside, member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, str):
        yield name, value
