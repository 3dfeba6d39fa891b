import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange.ladders import LADDERS, Transform, transform_of
from gateway.names import FieldId
from gateway.policy.levels import Unreadable, band, category, normalised, pseudonym, pseudonym_domain, year
from tests.exchange.given import exchange_format

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?")


def test_a_pseudonym_is_marked_as_one() -> None:
    assert re.fullmatch("psn-[0-9a-f]{32}", pseudonym(KEY, "person.names.full", "Mira Falkenrath"))


def test_two_spellings_of_one_value_get_one_pseudonym() -> None:
    first = pseudonym(KEY, "person.names.full", "Mira  Falkenrath")
    assert pseudonym(KEY, "person.names.full", " mira FALKENRATH ") == first
    assert pseudonym(KEY, "person.names.full", "Mira Falkenroth") != first


def test_keys_and_domains_separate_pseudonyms() -> None:
    made = {
        pseudonym(key, domain, "X4471902") for key in (KEY, OTHER) for domain in ("document.number", "contact.value")
    }
    assert len(made) == 4


def domain(field: str) -> str:
    return pseudonym_domain(FieldId(field))


def test_a_document_number_is_one_wherever_it_stands() -> None:
    assert domain("person.documents.number") == domain("object.document.number")
    assert domain("person.contacts.value") == domain("organisation.contacts.value")
    assert domain("person.names.full") != domain("organisation.names.full")


@pytest.mark.parametrize("key", [b"", b"short"])
def test_without_a_key_there_is_no_pseudonym(key: bytes) -> None:
    with pytest.raises(Unreadable):
        pseudonym(key, "person.names.full", "Mira Falkenrath")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1984", "1984"), ("1984-05", "1984"), ("1984-05-17", "1984"), ("2026-10-03T21:40:00+02:00", "2026")],
)
def test_a_year_is_the_year(value: str, expected: str) -> None:
    assert year(value) == expected


@pytest.mark.parametrize("value", ["", "circa 1960", "84", "19840517", "1984/05/17"])
def test_an_unreadable_date_has_no_year(value: str) -> None:
    with pytest.raises(Unreadable):
        year(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9600.00", "5000"),
        ("0", "0"),
        ("0.000", "0"),
        ("1", "1"),
        ("3.7", "2"),
        ("10", "10"),
        ("499999", "200000"),
        ("-9600", "-5000"),
        ("0.042", "0.02"),
        ("999999999999999999", "500000000000000000"),
    ],
)
def test_a_band_is_one_two_or_five(value: str, expected: str) -> None:
    assert band(value) == expected


@pytest.mark.parametrize("value", ["", "1e5", "1,5", "+1", "many", "1.", ".5"])
def test_what_is_no_decimal_has_no_band(value: str) -> None:
    with pytest.raises(Unreadable):
        band(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**17), max_value=10**17))
def test_a_band_is_a_decimal_not_larger_than_the_value_and_at_least_a_third_of_it(number) -> None:
    text = format(number, "f")
    found = band(text)
    assert _DECIMAL.fullmatch(found)
    low, high = abs(number) / 3, abs(number)
    assert low <= abs(type(number)(found)) <= high
    assert band(found) == found


def test_a_category_is_the_parent_in_our_own_list() -> None:
    offences = exchange_format().vocabulary["offence"]
    assert category("robbery-armed", offences) == offences.parent("robbery-armed")
    assert category("against-person", offences) is None
    assert category("of nobody's list", offences) is None
    assert category("robbery-armed", None) is None


def test_every_level_of_every_ladder_has_a_transform_that_the_filter_knows() -> None:
    known = {*Transform}
    for name, ladder in LADDERS.items():
        assert {transform_of(name, level) for level in ladder.levels} <= known


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
