"""JSON Schema test suite, draft 2020-12 (Julian Berman and others, MIT): 46 files, 383 groups, 1,299 required cases.

Both validators run every case: the fast one on the path of messages, and the reference one that it is compared with.
`format` is a comment in this suite, as the draft has it, so the schemas are compiled without asserting it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.document.json_schema import compile_json_schema
from gateway.errors import DefinitionRefused
from tests.shared import shared_data, shared_files

SUITE = "suites/json-schema-test-suite"
TESTS = f"{SUITE}/tests/draft2020-12"

# The strict reader takes no schema that holds U+0000, so these four cases cannot be asked.
UNREADABLE = {("const", "nul characters in strings"): 2, ("enum", "nul characters in strings"): 2}

# Where the reference implementation answers wrongly or not at all; the fast one answers all of them rightly.
REFERENCE_FAILS = {
    ("pattern", "pattern with Unicode property escape requires unicode mode"): 3,  # no \p in Python's patterns
    ("patternProperties", "patternProperties with Unicode property escape"): 2,  # the same
    ("vocabulary", "schema that uses custom metaschema with with no validation vocabulary"): 1,  # ignores $vocabulary
}


@dataclass(frozen=True)
class Case:
    file: str
    group: str
    valid: bool
    fast: bool | None
    reference: bool | None


def _bytes(value: Any) -> bytes:
    return orjson.dumps(value, default=lambda number: orjson.Fragment(str(number)))


def _cases(path: Path) -> Iterator[Case]:
    remotes = shared_data(f"{SUITE}/remotes")
    files = {
        f"http://localhost:1234/{remote.relative_to(remotes).as_posix()}": remote.read_bytes()
        for remote in remotes.rglob("*.json")
    }
    for group in json.loads(path.read_bytes(), parse_float=Decimal):
        name = group["description"]
        try:
            schema = compile_json_schema(
                {**files, "schema.json": _bytes(group["schema"])}, "schema.json", formats=False
            )
        except DefinitionRefused:
            yield from (Case(path.stem, name, test["valid"], None, None) for test in group["tests"])
            continue
        for test in group["tests"]:
            try:
                reference: bool | None = not schema.reference_check(test["data"])
            except Exception:  # noqa: BLE001  whatever it raises, it has not answered
                reference = None
            yield Case(path.stem, name, test["valid"], not schema.check(test["data"]), reference)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [case for path in sorted(shared_data(TESTS).glob("*.json")) for case in _cases(path)]


@pytest.mark.parametrize("path", shared_files(TESTS, "*.json"))
def test_file(path: Path) -> None:
    for case in _cases(path):
        where = (case.file, case.group)
        if where in UNREADABLE:
            assert case.fast is None
            continue
        assert case.fast is case.valid, case
        if where not in REFERENCE_FAILS:
            assert case.reference is case.fast, case


def test_1295_of_1299_cases_right_4_unreadable_by_design(cases: list[Case]) -> None:
    assert len(cases) == 1299
    assert sum(case.fast is case.valid for case in cases) == 1295
    assert sum(case.fast is None for case in cases) == sum(UNREADABLE.values()) == 4


def test_reference_agrees_on_1289_of_1295_cases_6_known_exceptions(cases: list[Case]) -> None:
    different = [case for case in cases if case.reference is not case.fast]
    counts: dict[tuple[str, str], int] = {}
    for case in different:
        counts[case.file, case.group] = counts.get((case.file, case.group), 0) + 1
    assert counts == REFERENCE_FAILS
    assert sum(counts.values()) == 6
