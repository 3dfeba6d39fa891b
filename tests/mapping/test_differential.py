"""The compiled form and the interpreter agree on generated mappings and documents: result, order, faults, lineage."""

import os
from collections import Counter

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.mapping.generated import JSON, ROWS, XML, Notation, mappings
from tests.mapping.generated_documents import documents
from tests.mapping.generated_wide import wide
from tests.mapping.inline import agreed, engines

MORE = int(os.environ.get("N", "0"))
"""`N=100000` asks for so many pairs of a mapping and a document in all, with a fresh seed."""

BESIDE = 100 if MORE else 4
"""Documents for each mapping."""

KINDS = [(JSON, mappings), (XML, mappings), (ROWS, mappings), (JSON, wide), (XML, wide), (ROWS, wide)]

_counts: Counter[str] = Counter()


@pytest.mark.slow
@pytest.mark.timeout(0 if MORE else 120)
@pytest.mark.parametrize("kind", range(len(KINDS)), ids=["json", "xml", "rows", "json-wide", "xml-wide", "rows-wide"])
def test_compiled_equals_interpreted(kind: int) -> None:
    notation, made = KINDS[kind]
    few = settings.default.max_examples if settings.default is not None else 100
    count = MORE // (BESIDE * len(KINDS)) + 1 if MORE else few if made is mappings else few // 4

    @seed(20261125) if not MORE else (lambda function: function)
    @settings(max_examples=count)
    @given(made(notation), st.integers(0, 2**32))
    def agrees(files: dict[str, bytes], start: int) -> None:
        _compare(files, notation, start)

    agrees()


def _compare(files: dict[str, bytes], notation: Notation, start: int) -> None:
    plain, fast = engines(files)
    for document in documents(notation, start, BESIDE):
        _counts["pairs"] += 1
        for result in agreed(plain, fast, document):
            _counts[result.outcome] += 1


def test_the_generated_cases_reach_all_outcomes() -> None:
    """Generators that only make refused mappings would prove nothing."""
    assert {"accepted", "quarantined", "refused"} <= set(_counts)
    assert _counts["pairs"] >= MORE
    print(dict(_counts))
