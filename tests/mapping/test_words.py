"""Words that take some nodes of many: filters, positions, picks and groups lose nothing silently."""

import pytest

from tests.mapping.inline import files_of, from_json, refused, run_all
from tests.mapping.small import ALERT, LINE, found, json_files, thing

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


@pytest.mark.parametrize(
    ("formats", "bad"),
    [
        ("DD/MM/YYYY, MM/DD/YYYY", True),
        ("YYYYMMDD, DDMMYYYY", True),
        ("YYYY, YYMM", True),
        ("YYYY-MM-DD, YYYYMMDD, YYYY-MM, YYYY", False),
        ("D MMM YYYY, MMM YYYY, YYYY", False),
        ("D.M.YYYY, DD.MM.YYYY, MM.YYYY", False),
    ],
)
def test_two_date_formats_that_read_one_text_differently_are_refused(formats: str, bad: bool) -> None:
    century = ", century: {not_after: {in: envelope, from: taken}}" if "YY," in formats or "YYMM" in formats else ""
    rule = f"convert: [{{fuzzy_date: {{formats: [{formats}]{century}}}}}]"
    rules = f"map:\n  persons[]:\n    fields:\n      births[]:\n        fields: {{date: {{from: d, {rule}}}}}\n"
    codes = [fault.split()[0] for fault in refused(files_of(rules))]
    assert codes == (["K304"] if bad else [])


def test_an_item_that_an_earlier_one_takes_can_never_win() -> None:
    rules = (
        "patterns:\n  p:\n    items: {separator: ';'}\n    read:\n      - {as: a, pattern: 'A (?<x>.+)', many: true}\n"
    )
    rules += "      - {as: b, pattern: SECOND, many: true}\n    rest: {as: o, many: true}\n"
    rules += "map:\n  persons[]:\n    at: {parse: p, from: t}\n    fields: {reference: {from: o, pick: first}}\n"
    assert refused(files_of(rules.replace("SECOND", "'A (?<y>.+)'"))) == ["X504 10:14"]
    assert refused(files_of(rules.replace("SECOND", "'B (?<y>.+)'"))) == []
    assert refused(files_of(rules.replace("'A (?<x>.+)'", ".+").replace("SECOND", "'B (?<y>.+)'"))) == ["X504 10:14"]


def test_a_null_of_letters_only_is_for_one_column_or_rule() -> None:
    rules = "header.language: {from: $.l, nulls: [NULL]}\n" + ALERT
    assert found(json_files(rules, l=LINE, e=LINE), "Y110") == []
    assert found(json_files(rules, beside="defaults: {nulls: [NULL, '-0-', N/A]}", l=LINE, e=LINE), "Y110") == [
        "'NULL' may be a name: a spelling of letters only is no null of every field"
    ]


@pytest.mark.parametrize(
    ("has", "message"),
    [
        ("x: text, y: text?", None),
        ("x: text, y: text", "y may be missing here, but part 'q' needs it"),
        ("x: integer", "x is text, but part 'q' needs integer"),
    ],
)
def test_a_part_says_what_its_context_must_have(has: str, message: str | None) -> None:
    rules = "persons[]:\n  each: $.p\n  part: q\n  fields:\n    roles[]: {const: unknown}\n"
    people = {"type": "array", "items": thing(["x"], x=LINE, y=LINE)}
    files = json_files(rules + ALERT, beside="use: [q.part.yaml]", p=people, e=LINE)
    files["m/q.part.yaml"] = f"part: q\nformat: json\nhas: {{{has}}}\nfields: {{reference: x}}\n".encode()
    assert found(files, "U004") == ([] if message is None else [message])
