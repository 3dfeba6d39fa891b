"""Every code of loading, resolving and running has a meaning, a page, and a test that triggers it."""

import re
from pathlib import Path

import pytest

from gateway.mapping.codes import CODES
from tests.mapping.example_files import REPOSITORY

ROOM = REPOSITORY / "gateway" / "mapping"
RAISERS = sorted(
    path
    for pattern in ("a*.py", "comp*.py", "cond*.py", "conv*.py", "d*.py", "ev*.py", "fit.py", "int*.py", "load*.py", "nodes*.py", "packed.py",
                    "pat*.py", "read.py", "res*.py", "set*.py", "tables.py", "temp*.py", "write*.py")
    for path in ROOM.glob(pattern)
)  # fmt: skip
CODE = re.compile(r'"([A-Z][0-9]{3})"')
NOT_TRIGGERED = {
    "L001": "its limit of 4 MiB is one of three causes",
    "R903": "a million nodes take too long",
    "T305": "needs a table over texts of 600 characters",
    "U003": "asked by its place",
    "W010": "the YAML reader nests 32 deep, which is less than 24 blocks",
}


def raised() -> set[str]:
    return {code for path in RAISERS for code in CODE.findall(path.read_text("utf-8"))}


def test_every_code_that_is_raised_has_a_meaning_or_is_the_checkers_too() -> None:
    unknown = raised() - set(CODES)
    pages = "".join((REPOSITORY / "docs" / "codes" / f"{code[0]}.md").read_text("utf-8") for code in unknown)
    assert {code for code in unknown if f"## {code} " not in pages} == set()


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_page(code: str) -> None:
    page = (REPOSITORY / "docs" / "codes" / f"{code[0]}.md").read_text("utf-8")
    found = re.search(rf"^## {code} .+?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert all(f"\n{label}: " in found.group() for label in ("Cause", "Example", "Fix"))


@pytest.mark.parametrize("code", sorted(set(CODES) - set(NOT_TRIGGERED)))
def test_every_code_is_triggered_by_a_test(code: str) -> None:
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    # The examples of converters in the specification are executed too.
    texts.append(
        (REPOSITORY / "docs" / "spec" / "mapping-language.md")
        .read_text("utf-8")
        .partition("## 8.")[2]
        .partition("## 9.")[0]
    )
    assert any(re.search(rf"\b{code}\b", text) for text in texts)


def test_no_page_names_a_code_twice() -> None:
    for path in (REPOSITORY / "docs" / "codes").glob("?.md"):
        codes = re.findall(r"^## ([A-Z][0-9]{3}) ", path.read_text("utf-8"), re.MULTILINE)
        assert len(codes) == len(set(codes)), path.name
