"""The compiled form and the interpreter agree on generated mappings and documents: result, order, faults, lineage."""

import os
from collections import Counter

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.mapping.generated import JSON, JSON_DOCUMENTS, ROW_DOCUMENTS, ROWS, XML, XML_DOCUMENTS, mappings
from tests.mapping.inline import run_all

MORE = int(os.environ.get("N", "0"))
"""`make drt N=100000` asks for so many examples, with a fresh seed."""

_counts: Counter[str] = Counter()


def _try(files: dict[str, bytes], documents: list[bytes]) -> None:
    for document in documents:
        for result in run_all(files, document):
            _counts[result.outcome] += 1


@pytest.mark.slow
@seed(20261125) if not MORE else (lambda function: function)
@settings(max_examples=MORE or settings.default.max_examples)  # type: ignore[union-attr]  # JSON is a union
@given(mappings(JSON), st.lists(JSON_DOCUMENTS, min_size=1, max_size=4))
def test_compiled_equals_interpreted_on_json(files: dict[str, bytes], documents: list[bytes]) -> None:
    _try(files, documents)


@pytest.mark.slow
@seed(20261125) if not MORE else (lambda function: function)
@settings(max_examples=MORE or settings.default.max_examples)  # type: ignore[union-attr]  # JSON is a union
@given(mappings(XML), st.lists(XML_DOCUMENTS, min_size=1, max_size=4))
def test_compiled_equals_interpreted_on_xml(files: dict[str, bytes], documents: list[bytes]) -> None:
    _try(files, documents)


@pytest.mark.slow
@seed(20261125) if not MORE else (lambda function: function)
@settings(max_examples=MORE or settings.default.max_examples)  # type: ignore[union-attr]  # a profile is loaded
@given(mappings(ROWS), st.lists(ROW_DOCUMENTS, min_size=1, max_size=4))
def test_compiled_equals_interpreted_on_rows(files: dict[str, bytes], documents: list[bytes]) -> None:
    _try(files, documents)


def test_the_generated_cases_reach_all_outcomes() -> None:
    """Generators that only make refused mappings would prove nothing."""
    assert set(_counts) == {"accepted", "quarantined", "refused"}
