"""Changes of samples that are records: fixed width, EDIFACT, JSON Lines. Everything else stays byte for byte."""

import pytest

from gateway.document.edifact_codec import read_edifact
from gateway.errors import Place
from gateway.mapping.cases.change import CannotChange
from gateway.mapping.cases.change_records import change_edifact, change_fixed, change_lines
from gateway.mapping.cases.load import Change
from gateway.mapping.language.file import Source
from gateway.mapping.language.rules import Word
from gateway.mapping.language.spelling import Located
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.paths.jsonpath import parse_jsonpath
from gateway.mapping.paths.xpath import parse_xpath
from gateway.mapping.shapes.edifact_layout import load_edifact_layout
from tests.mapping.inline import HEAD, PATH, files_of
from tests.mapping.test_edifact import BODY, LAYOUT, interchange
from tests.mapping.test_fixed_width import FIRST, FIXED, SECOND


def change(path: str, text: str, *, json: bool = False) -> tuple[Change]:
    parse = parse_jsonpath if json else parse_xpath
    return (Change(parse(Located(path, Place())), Word(text, Place())),)


def source(head: str = FIXED) -> Source:
    return load_mapping(PATH, files_of("map: {}", head)).source


def test_a_field_is_filled_up_to_its_width() -> None:
    data = "\r\n".join([*FIRST, *SECOND, ""]).encode("cp1252")
    changed = change_fixed(data, change("PERS[1]/surname", "Ek"), source())
    assert changed == data.replace("Müller         ".encode("cp1252"), b"Ek             ")


def test_a_short_line_grows_and_a_slot_is_found_by_its_number() -> None:
    data = "\n".join([*FIRST, *SECOND]).encode("cp1252")
    changed = change_fixed(data, change("PERS[1]/DOK[2]/number", "99"), source())
    assert changed == data.replace(b"DOKI77", b"DOKI99         ")
    seat = change_fixed(data, change("PERS/BIL/rider[2]/seat", "9Z"), source())
    assert b"Kari     9Z" in seat
    day = change_fixed(data, change("HODE/day", "20270101"), source())
    assert day == data.replace(b"20260301", b"20270101")


def test_records_without_line_ends_and_in_bytes_are_changed_in_place() -> None:
    head = (
        HEAD
        + """source: {format: fixed, line_end: none, width: 6, records: {N: {unit: bytes, fields: {a: 1-3, b: 4-6}}}}
target: {format: exchange, version: 1}
"""
    )
    assert change_fixed(b"abcdefghijkl", change("N[2]/b", "x"), source(head)) == b"abcdefghix  "
    assert change_fixed(b"abcdefghijkl", change("N[1]/a", "é"), source(head)) == "é defghijkl".encode()


@pytest.mark.parametrize("path", ["PERS[1]", "PERS[9]/surname", "PERS[1]/nope", "PERS/BIL/rider[1]/slot"])
def test_a_change_that_leads_nowhere_is_a_fault_of_the_test(path: str) -> None:
    with pytest.raises(CannotChange):
        change_fixed("\n".join(FIRST).encode("cp1252"), change(path, "x"), source())
    with pytest.raises(CannotChange):
        change_fixed("\n".join(FIRST).encode("cp1252"), change("HODE/office", "too long"), source())


def test_a_data_element_is_changed_and_released() -> None:
    layout = load_edifact_layout("l.layout.yaml", {"l.layout.yaml": LAYOUT.encode()})
    data = interchange(BODY)
    changed = change_edifact(data, change("message/party[1]/NAD/C080/3036[1]", "O|N~É"), layout, "")
    found = read_edifact(changed)
    assert found.encoding == "iso-8859-1"
    party = next(one for one in found.segments if one.tag == "NAD")
    assert party.elements[2] == (("O|N~É", "", "ANNA"),)
    whole = read_edifact(data)
    rest = [(one.tag, one.elements) for one in whole.segments if one.number != party.number]
    assert [(one.tag, one.elements) for one in found.segments if one.number != party.number] == rest
    with pytest.raises(CannotChange):
        change_edifact(data, change("message/party[1]", "x"), layout, "")


def test_a_line_of_json_is_changed_alone() -> None:
    data = b'{"a": 1}\n\n{"a": {"b": "x"}}\n'
    assert change_lines(data, change("$[2].a.b", "y", json=True)) == b'{"a": 1}\n\n{"a":{"b":"y"}}\n'
    for path in ("$[1].a", "$[9].a", "$.a"):
        with pytest.raises(CannotChange):
            change_lines(data, change(path, "y", json=True))
