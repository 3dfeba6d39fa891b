"""Converters: every example of the specification, their laws, and their arguments."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.yaml_nodes import read_yaml
from gateway.errors import DefinitionRefused
from gateway.mapping.convert.catalogue import CONVERTERS, bind
from gateway.mapping.convert.converter import Bad, Bound, Cut
from gateway.mapping.convert.date_formats import MONTHS, DateParts, PartialDate, exists, printed, resolve_century
from gateway.mapping.convert.identity import iban, icao, luhn
from gateway.mapping.load.reading import Reading
from gateway.mapping.load.values import ValueReader
from gateway.mapping.paths.path import Syntax
from gateway.mapping.run.fit import printed as text_of
from tests.mapping.example_files import REPOSITORY
from tests.mapping.inline import from_json

SPECIFICATION = (REPOSITORY / "docs" / "spec" / "mapping-language.md").read_text("utf-8")
_ROW = re.compile(r"^\| `([^`]+)` \| `([^`]*)` \| (.+) \|$", re.MULTILINE)
EXAMPLES = [
    (call, text, gives)
    for call, text, gives in _ROW.findall(SPECIFICATION.partition("## 8. Converters")[2].partition("## 9.")[0])
]


def bound(call: str) -> Bound:
    """The function of a call as a mapping writes it."""
    reading = Reading("x", Syntax.JSONPATH)
    node = read_yaml(f"convert: [{call}]".encode(), "x")
    entries = reading.words(node, {"convert"}, "x")
    assert entries is not None
    (made,) = ValueReader(reading).converters(entries["convert"])
    assert not reading.faults
    return bind(made)


def shown(result: object) -> str:
    """A result as the specification writes it."""
    match result:
        case Bad(code=code):
            return code
        case Cut(text=text):
            return f"`{text}`, K208"
        case PartialDate(unknown=True):
            return "goes to `stated_unknown`"
        case PartialDate(unread=True):
            return "`raw` alone"
        case PartialDate():
            return f"`{' '.join(part for part in (result.value, result.to, result.qualifier) if part)}`"
        case _:
            return f"`{text_of(result)}`"


@pytest.mark.parametrize(("call", "text", "gives"), EXAMPLES)
def test_the_examples_of_the_specification(call: str, text: str, gives: str) -> None:
    read = " " + text[1:] if text.startswith("_") else text
    read = read[:-1] + " " if read.endswith("_") else read
    assert shown(bound(call).function(read, "")) == gives


def test_every_converter_has_an_example() -> None:
    called = {re.match(r"\{?(\w+)", call).group(1) for call, _, _ in EXAMPLES}  # type: ignore[union-attr]  # it fits
    assert called == set(CONVERTERS)


@given(st.text(max_size=40))
def test_no_converter_raises_and_none_keeps_a_value_in_its_fault(text: str) -> None:
    for call, _, _ in EXAMPLES:
        result = bound(call).function(text, "2020-01-01")
        if isinstance(result, Bad):
            assert re.fullmatch(r"[KR][0-9]{3}", result.code)


def test_numbers_keep_every_digit() -> None:
    assert text_of(bound("{multiply: 0.1}").function("3" * 30, "")) == "3" * 29 + ".3"
    assert text_of(bound("decimal").function("0.10", "")) == "0.10"
    assert text_of(bound("{multiply: 3}").function("0.1", "")) == "0.3"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("uper", "K001"),
        ("{upper: x}", "K002"),
        ("{remove: [a]}", "K002"),
        ("{pad: {width: 0}}", "K002"),
        ("{pad: {wide: 3}}", "K002"),
        ("{truncate: abc}", "K002"),
        ("{multiply: 0}", "K002"),
        ("{unit: {from: in, to: kg}}", "K002"),
        ("{boolean: {true: [Y], false: [Y]}}", "K002"),
        ("{date: [YYYY]}", "K002"),
        ("{date: [DD.QQ.YYYY]}", "K302"),
        ("{date: [DD YYYY]}", "K302"),
        ("{datetime: {assume_zone: Mars/Base}}", "K002"),
        ("{datetime: {formats: [DD.MM.YYYY HH:mm]}}", "K002"),
        ("{fuzzy_date: {formats: [YY]}}", "K002"),
        ("{fuzzy_date: {formats: [YYYY], century: {before: x}}}", "K002"),
        ("{fuzzy_date: {formats: [YYYY], months: xx}}", "K002"),
        ("{fuzzy_date: {formats: [YYYY], else: guess}}", "K002"),
        ("{checksum: crc}", "K002"),
        ("{phone: {country: abc}}", "K002"),
    ],
)
def test_wrong_arguments_are_refused(call: str, code: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        bound(call)
    assert refused.value.code == code


# -- dates -------------------------------------------------------------------------------------------------------------


@given(st.dates())
def test_a_date_reads_back_in_every_full_format(day: object) -> None:
    for form in ("YYYY-MM-DD", "DD.MM.YYYY", "YYYYMMDD", "D MMM YYYY", "MMMM D, YYYY"):
        names = bound(f"{{fuzzy_date: {{formats: ['{form}']}}}}")
        iso = str(day)
        year, month, number = iso.split("-")
        name = MONTHS["en"][int(month) - 1]
        text = {
            "YYYY-MM-DD": iso,
            "DD.MM.YYYY": f"{number}.{month}.{year}",
            "YYYYMMDD": iso.replace("-", ""),
            "D MMM YYYY": f"{int(number)} {name[:3]} {year}",
            "MMMM D, YYYY": f"{name} {int(number)}, {year}",
        }[form]
        assert names.function(text, "") == PartialDate(iso)


@given(st.dates(), st.dates())
def test_the_century_never_passes_its_limit(day: object, limit: object) -> None:
    year, month, number = (int(part) for part in str(day).split("-"))
    parts = DateParts(year % 100, month, number, short=True)
    before = resolve_century(parts, str(limit), before=True)
    after = resolve_century(parts, str(limit), before=False)
    for found, holds in ((before, lambda text: text <= str(limit)), (after, lambda text: text >= str(limit))):
        if found is not None:
            assert exists(found)
            assert found.year % 100 == year % 100
            assert holds(printed(found))


def test_two_digit_years_are_resolved_by_a_date_of_the_envelope_or_the_document() -> None:
    rules = """
    map:
      persons[]:
        at: $.p
        fields:
          births[]: {fields: {date: {from: b, convert: [{fuzzy_date: {formats: [YYMMDD], century: {not_after: {in: envelope, from: taken}}}}]}}}
          documents[]: {fields: {kind: {const: passport}, expires: {from: e, convert: [{fuzzy_date: {formats: [YYMMDD], century: {not_before: i}}}]}}}
    """

    def dates(**value: str) -> object:
        result = from_json(rules, {"p": value})
        person = result.message.get("persons", [{}])[0]  # type: ignore[index, union-attr, call-overload]  # JSON is a union
        births = person.get("births", [{}])[0].get("date", {}).get("value")  # type: ignore[union-attr, index, call-overload]  # JSON is a union
        documents = person.get("documents", [{}])[0].get("expires", {}).get("value")  # type: ignore[union-attr, index, call-overload]  # JSON is a union
        return births, documents, result.codes

    assert dates(b="260228") == ("2026-02-28", None, [])
    assert dates(b="260302") == ("1926-03-02", None, [])
    assert dates(e="190101", i="2018-05-01") == (None, "2019-01-01", [])
    assert dates(e="180101", i="2018-05-01") == (None, "2118-01-01", [])
    assert dates(e="180101") == (None, None, ["K307"])


def test_pieces_make_a_range_or_a_date() -> None:
    def date(names: str, **value: str) -> object:
        rule = f"date: {{from: {names}, convert: [{{fuzzy_date: {{formats: [YYYY]}}}}]}}"
        result = from_json(
            f"map:\n  persons[]: {{at: $.p, fields: {{'births[]': {{fields: {{{rule}}}}}}}}}", {"p": value}
        )
        persons = result.message.get("persons")
        return persons[0]["births"][0]["date"] if persons else result.codes  # type: ignore[index, call-overload]  # JSON is a union

    between = {"value": "1957", "to": "1959", "qualifier": "between"}
    assert date("{value: a, to: b}", a="1957", b="1959") == between
    assert date("{value: a, to: b}", a="1957") == ["K309"]
    assert date("{year: y, month: m, day: d}", y="1970", m="3", d="7") == {"value": "1970-03-07"}
    assert date("{year: y, month: m, day: d}", y="1970") == {"value": "1970"}
    assert date("{year: y, month: m, day: d}", y="1970", d="7") == ["K301"]
    assert date("{value: a, to: b}") == []


# -- check digits ------------------------------------------------------------------------------------------------------


@given(st.text("0123456789", min_size=1, max_size=20))
def test_exactly_one_digit_makes_a_luhn_number_good(digits: str) -> None:
    assert sum(luhn(f"{digits}{last}") for last in range(10)) == 1


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", min_size=1, max_size=20))
def test_exactly_one_digit_makes_a_document_number_good(number: str) -> None:
    assert sum(icao(f"{number}{last}") for last in range(10)) == 1


@given(st.integers(0, 10**18))
def test_exactly_one_pair_of_digits_in_97_makes_an_iban_good(account: int) -> None:
    good = [check for check in range(2, 99) if iban(f"QM{check:02d}{account:018d}")]
    assert len(good) == 1
