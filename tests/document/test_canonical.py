"""One byte form per value."""

import hashlib
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given

from gateway.document.canonical import canonical, sha256
from gateway.document.json_codec import read_json
from tests.document.values import exact_values, refused


@given(exact_values)
def test_a_published_implementation_gives_the_same_bytes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(exact_values)
def test_the_form_reads_back_as_the_value_and_is_its_own_form(value: Any) -> None:
    once = canonical(value)
    assert read_json(once) == value
    assert canonical(read_json(once)) == once


def test_the_order_of_members_does_not_matter() -> None:
    assert (
        canonical({"b": 1, "a": {"d": 1, "c": 2}})
        == canonical({"a": {"c": 2, "d": 1}, "b": 1})
        == b'{"a":{"c":2,"d":1},"b":1}'
    )


def test_members_are_sorted_by_utf_16_code_units() -> None:
    # U+1F600 is written with surrogates, which come before U+FB33 although the character comes after it.
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_texts_are_escaped_as_little_as_possible() -> None:
    assert (
        canonical('\u0008\t\n\f\r"\\\u0000\u001f\u007f/é\u2028')
        == '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f\u007f/é\u2028"'.encode()
    )


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([1.0], "$[0]"),
        ({"a": Decimal(1)}, "$['a']"),
        ([2**53], "$[0]"),
        ([-(2**53)], "$[0]"),
        (["\ud800"], "$[0]"),
        ([0, {"\ud800": 1}], "$[1]"),
        ([b""], "$[0]"),
        ([(1,)], "$[0]"),
    ],
)
def test_what_has_no_form_is_refused_with_its_path(value: Any, path: str) -> None:
    (fault,) = refused(lambda: canonical(value))
    assert (fault.code, fault.place.path) == ("DOC-090", path)


def test_the_largest_integers_have_a_form() -> None:
    assert canonical([2**53 - 1, 1 - 2**53]) == b"[9007199254740991,-9007199254740991]"


def test_more_than_200_levels_have_none() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    canonical(value)
    assert refused(lambda: canonical({"a": value}))[0].code == "DOC-090"


def test_a_digest_names_its_function() -> None:
    assert sha256(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()
