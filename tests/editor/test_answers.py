"""What an editor is told about small mappings: offers, meanings and places, without a process around."""

import json

import pytest

from gateway.editor.answers import Answers
from tests.mapping.example_files import exchange
from tests.mapping.inline import PATH, files_of

SCHEMA = {
    "type": "object",
    "properties": {
        "no": {"type": "string", "description": "the number of the report"},
        "people": {
            "type": "array",
            "items": {"type": "object", "properties": {"last": {"type": "string"}, "car": {"$ref": "#/$defs/car"}}},
        },
    },
    "$defs": {"car": {"type": "object", "properties": {"plate": {"type": "string"}, "make": {"enum": ["x", "y"]}}}},
}
RULES = """
tables: {make: codes/make.csv}
index: {cars: {over: "$.people[*].car", key: plate}}
use: [n.part.yaml]
map:
  header.reference: $.no
  persons[]:
    each: $.people
    as: person
    key: last
    fields:
      reference: last
      names[]: {part: name}
  objects[]:
    each: $.people
    as: car
    fields:
      kind: {const: vehicle}
      vehicle.make: {in: car, from: car.make, lookup: make}
  links[]:
    each: $.people
    fields: {kind: {const: uses}, from: {ref: person, key: last}, to: {ref: car}}
"""
BESIDE = {
    "codes__make_csv": "source,target,match,note\nx,X,exact,\n",
    "n.part_yaml": "part: name\nformat: json\nfields: {family: last}\n",
}


def answers(old: str = "", new: str = "") -> tuple[Answers, list[str]]:
    """The answers about the mapping, changed in one place, and its lines."""
    rules = RULES.replace(old, new, 1) if old else RULES
    assert not old or rules != RULES
    files = files_of(rules, **BESIDE) | {"mappings/x/s.json": json.dumps(SCHEMA, indent=1).encode()}
    return Answers(files, exchange(), {"P101": "## P101 the page"}), files[PATH].decode().split("\n")


def behind(lines: list[str], text: str) -> tuple[int, int]:
    """The line and the column behind a text."""
    line = next(number for number, one in enumerate(lines) if text in one)
    return line + 1, lines[line].index(text) + len(text) + 1


def offered(old: str, new: str, cursor: str) -> set[str]:
    about, lines = answers(old, new)
    return {offer.label for offer in about.offers(PATH, *behind(lines, cursor))}


@pytest.mark.parametrize(
    ("old", "new", "cursor", "some"),
    [
        ("reference: last", "reference: ", "      reference: ", {"last", "car"}),
        ("from: car.make", "from: car.", "from: car.", {"plate", "make"}),
        ("header.reference: $.no", "header.reference: $.", "reference: $.", {"no", "people"}),
        ("reference: last", "reference: {fr: last}", "{fr", {"from", "lookup", "first_of"}),
        ("each: $.people\n    as: person", "ea: $.people\n    as: person", "    ea", {"each", "fields", "where"}),
        ("map:", "zq:\nmap:", "zq", {"tables", "ignore", "split"}),
        ("lookup: make", "lookup: m", "lookup: m", {"make"}),
        ("{ref: person", "{ref: p", "{ref: p", {"person", "car"}),
        ("{in: car", "{in: c", "{in: c", {"car", "envelope"}),
        ("part: name", "part: n", "part: n", {"name"}),
        ("reference: last", "reference: {from: last, on_missing: x}", "on_missing: x", {"skip", "drop_item"}),
        ("reference: last", "reference: {from: last, convert: [u]}", "[u", {"upper", "fuzzy_date"}),
        ("header.reference: $.no", "header.r: $.no", "header.r", {"header.reference", "header.issued"}),
        ("      reference: last", "      sex: {when: l}", "{when: l", {"last", "car"}),
    ],
)  # fmt: skip
def test_what_may_stand_at_a_cursor(old: str, new: str, cursor: str, some: set[str]) -> None:
    assert some <= offered(old, new, cursor)


def test_what_the_gateway_writes_is_not_offered() -> None:
    assert "header.id" not in offered("header.reference: $.no", "header.r: $.no", "header.r")


@pytest.mark.parametrize(
    ("cursor", "file", "line"),
    [
        ("header.reference: $.no", "mappings/x/s.json", '"no"'),
        ("from: car.make", "mappings/x/s.json", '"make"'),
        ("lookup: make", "mappings/x/codes/make.csv", "source"),
        ("part: name", "mappings/x/n.part.yaml", "part"),
        ("{ref: person", PATH, "as: person"),
        ("[n.part.yaml", "mappings/x/n.part.yaml", "part"),
    ],
)
def test_where_something_is_declared(cursor: str, file: str, line: str) -> None:
    about, lines = answers()
    found = about.definition(PATH, *behind(lines, cursor))
    assert found is not None
    assert found.file == file
    text = about._files[file].decode().split("\n")  # the files as the editor sees them
    assert line in text[found.line - 1]


def test_what_something_means() -> None:
    about, lines = answers()
    assert "the number of the report" in about.hover(PATH, *behind(lines, "header.reference: $.no"))
    assert "class" in about.hover(PATH, *behind(lines, "    header.ref".strip()))
    assert "first value" not in about.hover(PATH, *behind(lines, "each"))
    assert "every node" in about.hover(PATH, *behind(lines, "    each"))
    assert about.hover(PATH, 1, 200) == ""


def test_a_file_that_cannot_be_read_has_faults_and_no_offers_that_are_wrong() -> None:
    about, lines = answers("map:", "map: [")
    assert about.faults(PATH)
    assert about.offers(PATH, 4, 1) == []
    assert about.definition(PATH, *behind(lines, "$.no")) is None


def test_what_is_open_counts_before_what_is_on_the_disk() -> None:
    about, _ = answers()
    before = about.faults(PATH)
    about.open_files["mappings/x/codes/make.csv"] = b"source,target,match,note\n"
    assert about.faults(PATH) != before
