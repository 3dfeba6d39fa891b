"""Every code is given somewhere, known, and explained on its page."""

import re
from pathlib import Path

import pytest

from gateway.document.codes import CODES

ROOM = Path(__file__).resolve().parents[2] / "gateway" / "document"
PAGES = ROOM.parents[1] / "docs" / "codes"


def _given() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in ROOM.glob("*.py") if path.name != "codes.py")
    return set(re.findall(r'"(DOC-\d{3}|Y\d{3})"', text))


def test_the_table_and_the_room_have_the_same_codes() -> None:
    assert _given() == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_section_with_cause_example_and_fix(code: str) -> None:
    page = (PAGES / ("DOC.md" if code.startswith("DOC") else "Y.md")).read_text("utf-8")
    found = re.search(rf"^## {code} ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert found[1] == CODES[code]
    for heading in ("\nCause: ", "\nExample: ", "\nFix: "):
        assert heading in found[2]


def test_the_pages_explain_no_other_codes() -> None:
    for name, prefix in (("DOC.md", "DOC-"), ("Y.md", "Y0")):
        # From Y100 on they are about what a mapping says in YAML.
        explained = set(re.findall(r"^## ((?!Y[1-9])\S+) ", (PAGES / name).read_text("utf-8"), re.MULTILINE))
        assert explained == {code for code in CODES if code.startswith(prefix)}


def test_meanings_are_one_lower_case_line() -> None:
    for meaning in CODES.values():
        assert "\n" not in meaning
        assert not meaning.endswith(".")
