"""Words that take some nodes of many: filters, positions, picks and groups lose nothing silently."""

import pytest

from tests.mapping.inline import files_of, from_json, refused, run_all
from tests.mapping.small import found, json_files, thing
from tests.mapping.test_check_rules import ALERT, LINE

TWO = {"p": [{"x": "a"}, {"x": "b"}]}
BLOCK = "map:\n  persons[]:\n    each: PATH\n    fields: {reference: x}\n"


@pytest.mark.parametrize("path", ["\"$.p[?@.x == 'a']\"", '"$.p[0]"', '"p[:1]"'])
def test_what_the_filters_of_a_path_leave_is_counted(path: str) -> None:
    result = from_json(BLOCK.replace("PATH", path), TWO)
    assert (result.outcome, result.codes) == ("quarantined", ["V310"])
    assert result.faults[0].at.path == "$['p'][1]"


@pytest.mark.parametrize(
    "ignore",
    ["{$.p: no reason}", '{"$.p[1]": the second}', "{\"$.p[?@.x == 'b']\": not ours}",
     "{$.p: {where: x == 'b', why: not ours}}"],
)  # fmt: skip
def test_what_filters_leave_can_be_ignored_with_a_reason(ignore: str) -> None:
    rules = f"ignore: {ignore}\n" + BLOCK.replace("PATH", "\"$.p[?@.x == 'a']\"")
    assert from_json(rules, TWO).outcome == "accepted"


def test_an_ignored_filter_covers_nothing_else() -> None:
    rules = 'ignore: {"$.p[2]": the third}\n' + BLOCK.replace("PATH", '"$.p[0]"')
    assert from_json(rules, TWO).codes == ["V310"]


def test_a_split_counts_what_its_filter_leaves() -> None:
    rules = "split:\n  one:\n    each: \"$.p[?@.x == 'a']\"\n    map: {header.reference: x}\n"
    results = run_all(files_of(rules), b'{"p": [{"x": "a"}, {"x": "b"}]}')
    assert [(result.outcome, result.codes) for result in results] == [("accepted", []), ("quarantined", ["V310"])]


def test_an_index_over_some_leaves_the_others_to_be_counted() -> None:
    rules = "index: {one: {over: \"$.p[?@.x == 'a']\", key: x}}\n" + BLOCK.replace("PATH", "{all: one}")
    assert from_json(rules, TWO).codes == ["V310"]


def test_items_that_only_a_document_decides_about_are_said_when_the_mapping_is_checked() -> None:
    people = {"type": "array", "items": thing(["x"], x=LINE)}
    rules = "persons[]:\n  each: $.p\n  where: x == 'a'\n  fields:\n    roles[]: {const: unknown}\n    reference: x\n"
    files = json_files(rules + ALERT, p=people, e=LINE)
    assert found(files, "V310") == ["an item of $.p[*] that no condition here takes quarantines the message"]
    rest = json_files(rules + ALERT, beside="ignore: {$.p: {where: not x == 'a', why: x}}", p=people, e=LINE)
    assert found(rest, "V310") == []


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("index: {i: {over: $.p, key: x, pick: only}}\nmap: {header.reference: a}\n", ["W006 5:38"]),
        ("index: {i: {over: $.p, key: x, pick: same}}\nmap: {header.reference: a}\n", ["W006 5:38"]),
        ("map:\n  persons[]: {each: p, pick: same, fields: {reference: x}}\n", ["W006 6:30"]),
        ("map:\n  persons[]: {each: p, pick: {concat: ','}, fields: {reference: x}}\n", ["W006 6:30"]),
        ("map:\n  persons[]: {each: {group: [a.p, b.p], by: [x]}, fields: {reference: x}}\n", ["W007 6:35"]),
        ("map:\n  persons[]: {each: {group: p, by: ['x[0]']}, fields: {reference: x}}\n", ["W005 6:38"]),
    ],
)
def test_words_that_would_choose_silently_are_refused(rules: str, expected: list[str]) -> None:
    assert refused(files_of(rules)) == expected


def test_a_group_is_read_by_the_last_names_of_its_paths() -> None:
    rules = "map:\n  persons[]:\n    each: {group: q.a, by: [k.i]}\n    fields:\n      reference: i\n"
    rules += "      occupations[]: {each: a, value: v}\n"
    result = from_json(rules, {"q": {"a": [{"k": {"i": "1"}, "v": "x"}, {"k": {"i": "1"}, "v": "y"}]}})
    persons = result.message["persons"]
    assert isinstance(persons, list)
    assert [
        {key: value for key, value in person.items() if key != "id"} for person in persons if isinstance(person, dict)
    ] == [{"reference": "1", "occupations": ["x", "y"]}]
    member = {"type": "array", "items": thing(["k"], k=thing(["i"], i=LINE), v=LINE)}
    rules = "persons[]:\n  each: {group: $.a, by: [k.i]}\n  fields:\n    roles[]: {const: unknown}\n    reference: i\n"
    rules += "    occupations[]: {each: a, value: v}\n"
    assert found(json_files(rules + ALERT, a=member, e=LINE), "P101") == []


def test_flatten_is_for_elements() -> None:
    files = json_files("header.language: {from: $.o, convert: [flatten]}\n" + ALERT, o=thing(["x"], x=LINE), e=LINE)
    assert found(files, "P105") == ["$.o has children, no value of its own"]
