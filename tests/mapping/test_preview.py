"""The preview: messages, faults at the line of the sample, lineage, and the values that nothing read."""

import pytest

from gateway.errors import Place
from gateway.mapping.report.preview import Preview, preview_of
from gateway.mapping.report.sample_places import SamplePlaces
from gateway.mapping.scaffold.sources import Sample
from tests.mapping.example_files import exchange
from tests.mapping.small import ID, MAPPING, json_files, thing
from tests.mapping.test_shipped_mappings import shipped

BORDER = "mappings/qm-border/watchlist.map.yaml"
POLICE = "mappings/qm-police/notice.map.yaml"
FIXTURE = "mappings/qm-border/fixtures/hit.json"


def previewed(data: bytes, *mappings: str) -> Preview:
    return preview_of(mappings or (POLICE, BORDER), [Sample("sample", data)], shipped(), exchange())


def test_a_sample_is_mapped_by_the_mapping_that_reads_it() -> None:
    made = previewed(shipped()[FIXTURE])
    assert made.mapping == BORDER
    assert made.good
    assert [message.outcome for message in made.messages] == ["accepted"]
    targets = {record.text: [str(place) for place in record.sources] for record in made.messages[0].lineage}
    assert targets["header.reference"] == ["$['id']"]


def test_what_nothing_read_is_shown_with_its_value_and_why() -> None:
    left = {str(each.place): each for each in previewed(shipped()[FIXTURE]).left}
    assert left["$['hit']['score']"].value == "0.93"
    assert left["$['hit']['score']"].why.startswith("ignored: internal matching score")


def test_what_stands_in_lists_and_in_members_by_pattern_is_left_for_its_reason() -> None:
    pair = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": False}
    people = {"type": "object", "additionalProperties": False, "patternProperties": {"^K": thing([], a=ID, b=ID)}}
    rules = "persons[]:\n  each: $.people.*\n  fields: {reference: a}\n"
    files = json_files(rules, beside="ignore: {$.seen: not shared}", people=people, seen=pair)
    data = b'{"id": "1", "ts": "2026-03-01T09:00:00Z", "people": {"K1": {"a": "x", "b": "y"}}, "seen": ["p", "q"]}'
    left = preview_of((MAPPING,), [Sample("s.json", data)], files, exchange()).left
    assert {str(each.place): each.why for each in left} == {
        "$['people']['K1']['b']": "nothing reads it",
        "$['seen'][0]": "ignored: not shared",
        "$['seen'][1]": "ignored: not shared",
    }


def test_the_number_of_a_slot_is_nothing_that_is_left() -> None:
    text = "mapping: x\nversion: 1.0.0\nsource:\n  format: fixed\n  records:\n"
    text += "    R: {is: {1: R}, slots: {paper: {count: 1, from: 2, width: 2, fields: {number: 1-2}}}}\n"
    text += "target: {format: exchange, version: 1}\nmap: {}\n"
    left = preview_of((MAPPING,), [Sample("s", b"R42\n")], {MAPPING: text.encode()}, exchange()).left
    assert [(each.field, each.why) for each in left] == [("R/paper/number", "nothing reads it")]


def test_a_value_is_in_no_repr_of_a_preview() -> None:
    made = previewed(shipped()[FIXTURE])
    assert "0.93" not in repr(made)
    assert all("0.93" not in repr(each) for each in made.left)


def test_a_sample_that_is_refused_says_where_in_its_own_lines() -> None:
    data = shipped()[FIXTURE].replace(b'"prio": 3', b'"prio": "x"')
    made = previewed(data, BORDER)
    assert not made.good
    assert made.messages == ()
    assert made.places is not None
    found = made.places.at(made.faults[0].place)
    line = data.decode().split("\n")[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == '"prio"'


@pytest.mark.parametrize(
    ("data", "kind", "place", "marked"),
    [
        (b'{"a": [1, {"it\'s": "x"}]}', "json", Place(path="$['a'][1]['it\\'s']"), '"it\'s"'),
        (b'{"a": [10, 20]}', "json", Place(path="$['a'][1]"), "20"),
        (b"<a>\n  <b>x</b>\n</a>", "xml", Place(line=2, path="/a/b"), "<b>x</b>"),
        (b"a,b\n1,2\n", "csv", Place(line=2, path="b"), "1,2"),
    ],
)
def test_a_place_of_a_document_is_a_place_of_its_file(data: bytes, kind: str, place: Place, marked: str) -> None:
    found = SamplePlaces({"sample": data}, kind).at(place)
    line = data.decode().split("\n")[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == marked


@pytest.mark.parametrize("place", [Place(), Place(path="$['x']"), Place(path="$"), Place(line=99)])
def test_a_place_that_is_not_there_has_no_line(place: Place) -> None:
    found = SamplePlaces({"sample": b'{"a": 1}'}, "json").at(place)
    assert not found.end_column


def test_a_mapping_that_does_not_load_is_shown_and_nothing_is_raised() -> None:
    files = {**shipped(), BORDER: b"mapping: x\n"}
    made = preview_of([BORDER], [Sample("sample", b"{}")], files, exchange())
    assert not made.good
    assert {fault.code for fault in made.faults} >= {"W003"}
