"""Loading a mapping: every word in its place, every fault at its characters, all of them at once."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.rules import ErrorWord, From, TemplateGroup, TemplateName, TemplateText, Text
from gateway.mapping.language.spelling import Located
from gateway.mapping.language.templates import parse_template
from gateway.mapping.load.mapping import load_mapping
from tests.mapping.inline import HEAD, JSON, PATH, files_of, refused

T = TypeVar("T")


def faults(rules: str, head: str = JSON, **beside: str) -> list[str]:
    return refused(files_of(rules, head, **beside))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("map:\n  header.reference: {frm: $.r}", ["W001 6:22"]),
        ("map:\n  header.reference: {}", ["W004 6:21"]),
        ("map:\n  header.reference: {from: $.r, then: x}", ["W001 6:33"]),
        ("map:\n  header.reference: {from: $.r, on_error: ignore}", ["W005 6:43"]),
        ("map:\n  header.reference: {from: $.r, on_error: use}", ["W004 6:43"]),
        ("map:\n  header.reference: {from: $.r, on_error: {keep: true}}", ["W003 6:43"]),
        ("map:\n  header.reference: {from: $.r, pick: max}", ["W004 6:39"]),
        ("map:\n  header.reference: {from: $.r, pick: most}", ["W005 6:39"]),
        ("map:\n  header.reference: {from: $.r, convert: upper}", ["W002 6:42"]),
        ("map:\n  header.reference: {from: {a: $.a}, text: '{b}'}", ["W008 6:45"]),
        ("map:\n  header.reference: {from: {a: $.a}, text: '{a'}", ["W008 6:45"]),
        ("map:\n  header.reference: {from: {a: $.a}, text: '[x]'}", ["W008 6:45"]),
        ("map:\n  header.reference: {choose: [{when: has($.a)}]}", ["W004 6:31"]),
        ("map:\n  header.reference: {choose: [{otherwise: $.a}, {when: has($.a), then: $.b}]}", ["W006 6:31"]),
        ("map:\n  header.reference: $.a[", ["P001 6:25"]),
        ("map:\n  header.reference: '$.a[?(@.b)'", ["P001 6:32"]),
        ("map:\n  header.reference: '@.a'", ["P001 6:22"]),
        ("map:\n  header.reference: {from: $.r, when: $.a = 'x'}", ["C001 6:43"]),
        ("map:\n  header.reference: {from: $.r, when: has($.a) and}", ["C001 6:51"]),
        ("map:\n  persons[].names[]: {each: $.n, fields: {}}", ["T001 6:12"]),
        ("map:\n  header: {at: $.h, each: $.h, fields: {}}", ["W004 6:11"]),
        ("map:\n  header: {at: $.h, value: $.x, fields: {}}", ["W004 6:11"]),
        ("map:\n  header: {where: has($.h), fields: {}}", ["W006 6:19"]),
        ("map:\n  header: [{fields: {}}]", ["W002 6:11"]),
        ("map:\n  header: {mark: {basis: {const: fact}}, fields: {}}", ["T002 6:19"]),
        ("map: {}\nsplit: {}", ["W004 1:1"]),
        ("split:\n  a: {map: {}}", ["W003 6:6"]),
        ("map: {}\nindex: {i: {over: $.a}}", ["W003 6:12"]),
        ("map: {}\nindex: {i: {over: $.a, key: b, many: true, pick: first}}", ["W006 6:50"]),
        ("map: {}\npatterns: {p: {items: {separator: ';'}, read: []}}", ["W003 6:15"]),
        ("map: {}\nignore: {$.a: {where: has(b)}}", ["W003 6:15"]),
        ("map: {}\nuse: [nowhere.part.yaml]", ["W009 6:7"]),
        ("map:\n  header: {at: $.h, part: nothing}", ["U002 6:27"]),
        ("map:\n  header: {at: {slots: 3-1, of: {}}, fields: {}}", ["W005 6:24"]),
        ("map:\n  header: {at: {in: a, join: b}, fields: {}}", ["W004 6:16"]),
    ],
)
def test_a_fault_stands_at_its_characters(rules: str, expected: list[str]) -> None:
    assert faults(rules) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("source: {format: xml, schema: s.json, rot: N}", ["W001 3:39"]),
        ("source: {format: jsn, schema: s.json}", ["W005 3:18"]),
        ("source: {format: edifact, schema: s.json}", ["W003 3:9", "W006 3:35"]),
        ("source: {format: fixed}", ["W003 3:9"]),
        ("source: {format: json}", ["W003 3:9"]),
        ("source: {format: json, schema: s.json, root: N}", ["W006 3:46"]),
        ("source: {format: csv, columns: {a: x}, header: false}", ["W005 3:36"]),
        ("source: {format: csv, columns: [a, a]}", ["W007 3:36"]),
        ("source: {format: csv, columns: [a], delimiter: ab}", ["W005 3:48"]),
        ("source: {format: set, members: {a: {format: json, file: x, columns: [b]}}}", ["S002 3:45"]),
    ],
)
def test_sources_are_read_strictly(head: str, expected: list[str]) -> None:
    assert faults("map: {}", f"{HEAD}{head}\ntarget: {{format: exchange, version: 1}}\n") == expected


def test_all_faults_of_a_file_are_told_in_order() -> None:
    rules = "map:\n  header.reference: {frm: $.r}\n  header.kind: $.a[\n  header.purpose: {const: a, default: [b]}"
    assert [found.split()[0] for found in faults(rules)] == ["W001", "P001", "W002"]


def test_unknown_words_come_with_a_suggestion() -> None:
    with pytest.raises(DefinitionRefused) as caught:
        load_mapping(PATH, files_of("map:\n  header.reference: {form: $.r}"))
    assert "did you mean 'from'?" in str(caught.value)


def test_the_tree_holds_what_was_written() -> None:
    mapping = load_mapping(
        PATH,
        files_of(
            "defaults: {on_error: {use: x, keep: true}}\nmap:\n  header.reference: {from: {f: $.a}, text: 'a[ {f}]b'}"
        ),
    )
    assert mapping.defaults.on_error.word is ErrorWord.USE
    value = mapping.splits[0].fields[0].content
    assert not isinstance(value, tuple)
    assert isinstance(value.origin, Text)
    assert value.origin.template is not None
    text, group, end = value.origin.template
    assert isinstance(text, TemplateText)
    assert isinstance(group, TemplateGroup)
    assert isinstance(group.items[1], TemplateName)
    assert isinstance(end, TemplateText)
    assert isinstance(value.origin.names[0][1].origin, From)


def test_parts_may_use_parts_but_not_in_a_circle() -> None:
    part = "part: {name}\nformat: json\nuse: [{other}.part.yaml]\nfields: {{reference: r}}\n"
    files = files_of("use: [a.part.yaml]\nmap:\n  persons[]: {at: $.p, part: a}")
    files["mappings/x/a.part.yaml"] = part.format(name="a", other="b").encode()
    files["mappings/x/b.part.yaml"] = part.format(name="b", other="a").encode()
    assert refused(files) == ["U001 3:7"]
    files["mappings/x/b.part.yaml"] = b"part: b\nformat: xml\nfields: {reference: r}\n"
    assert refused(files) == ["U003 3:7"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"mapping: a\nmapping: b\n", "Y012"),
        (b"a: &x [1]\nb: *x\n", "Y008"),
        (b"map:\n\theader: x\n", "Y006"),
        (b"map: " + b"[" * 40_000, "Y007"),
        (b"map: !!python/object x\n", "Y009"),
        (b"<<: {a: b}\n", "Y013"),
        (b"a: b\n---\nc: d\n", "Y011"),
        (b"a:\n", "Y015"),
        (b"\xff\xfe", "Y002"),
        (b"- a\n- b\n", "W002"),
    ],
)
def test_files_that_are_no_mapping_are_refused_quickly(data: bytes, code: str) -> None:
    with pytest.raises(DefinitionRefused) as caught:
        load_mapping(PATH, {PATH: data})
    assert code in {fault.code for fault in caught.value.faults}


def test_paths_do_not_lead_out_of_the_deployment() -> None:
    for path in ("../../../etc/passwd", "/etc/passwd", "..\\x"):
        assert faults(f"tables: {{t: '{path}'}}\nmap: {{}}") == ["W009 5:13"]


@given(st.text("{}[]ab ", max_size=12))
def test_a_template_is_parsed_or_refused(text: str) -> None:
    items, faults_ = _attempt(lambda: parse_template(Located(text, Place("x", 1, 1), 1), {"a", "b"}))
    assert {fault.code for fault in faults_} <= {"W008"}
    assert all(isinstance(item, TemplateText | TemplateName | TemplateGroup) for item in items or ())


@given(
    st.recursive(
        st.text("ab$.[]'?@ ", max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["from", "at", "each", "fields", "x[]", "text", "const", "choose", "when"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_stands_under_map_is_loaded_or_refused_with_places(content: object) -> None:
    files = files_of("", JSON + "map: " + json.dumps({"header": content}))
    _, faults_ = _attempt(lambda: load_mapping(PATH, files))
    assert all(fault.place.line for fault in faults_)


def _attempt(load: Callable[[], T]) -> tuple[T | None, Sequence[Fault]]:
    try:
        return load(), ()
    except DefinitionRefused as refusal:
        return None, refusal.faults
