"""The catalogue of mistakes: each is found at its line and column, told once, and the mappings without it are clean.

`examples/mistakes.json` holds an edit of one of three mappings (XML, JSON, a set of CSV files) and every fault that it
causes, as `CODE LINE:COLUMN`: the mistake itself first, then what cannot but follow from it.
"""

import json
import re
from functools import cache

import pytest

from gateway.errors import Fault, Severity
from tests.mapping.example_files import BORDER, FOLDER, POLICE, REPOSITORY, check, edited, example_files

LIST = "mappings/ww-list/parties.map.yaml"
MISTAKES = json.loads((FOLDER / "mistakes.json").read_text(encoding="utf-8"))


def told(fault: Fault, mapping: str) -> str:
    file = "" if fault.place.file == mapping else f"{fault.place.file.rpartition('/')[2]}:"
    return f"{fault.code} {file}{fault.place.line}:{fault.place.column}"


@cache
def unmodified(mapping: str) -> frozenset[tuple[str, str]]:
    return frozenset((fault.code, fault.message) for fault in check(mapping, example_files()).faults)


def test_the_catalogue_is_large_enough_and_over_three_formats() -> None:
    assert len(MISTAKES) >= 144
    assert {mistake["mapping"] for mistake in MISTAKES} == {POLICE, BORDER, LIST}
    assert len({mistake["faults"][0].split()[0] for mistake in MISTAKES}) >= 70
    assert len({(mistake["mapping"], mistake["mistake"]) for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(("mapping", "known"), [(POLICE, ["L101 70:41"]), (BORDER, []), (LIST, [])])
def test_without_a_mistake_nothing_is_found(mapping: str, known: list[str]) -> None:
    report = check(mapping, example_files())
    assert [told(fault, mapping) for fault in report.faults] == known
    assert all(fault.severity is Severity.WARNING for fault in report.faults)


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[each["mistake"].replace(" ", "-") for each in MISTAKES])
def test_a_mistake_is_found_at_its_line_and_told_once(number: int) -> None:
    mistake = MISTAKES[number]
    mapping = mistake["mapping"]
    before = unmodified(mapping)
    files = edited((mistake.get("file", mapping), mistake["old"], mistake["new"]))
    found = [fault for fault in check(mapping, files).faults if (fault.code, fault.message) not in before]
    assert sorted(told(fault, mapping) for fault in found) == sorted(mistake["faults"])
    own = [fault.message for fault in found if told(fault, mapping) == mistake["faults"][0]]
    assert mistake["message"] in own


def test_every_code_of_the_catalogue_has_a_page() -> None:
    codes = {fault.split()[0] for mistake in MISTAKES for fault in mistake["faults"]}
    pages = {path.stem: path.read_text() for path in (REPOSITORY / "docs" / "codes").glob("*.md")}
    assert [code for code in sorted(codes) if not re.search(rf"^## {code} ", pages[code[0]], re.MULTILINE)] == []
