"""Bytes and text: the configuration decides, the document agrees or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.charset import ENCODINGS, decode, encode, encoding_named, position
from gateway.document.limits import DEFAULT, Limits
from gateway.errors import DocumentRefused
from tests.document.values import codes, refused, texts

MAIN = sorted(set(ENCODINGS.values()))


def test_every_encoding_on_the_list_decodes_ascii() -> None:
    for name in MAIN:
        assert decode(encode("<a b='c'/>\n", name), name, DEFAULT) == "<a b='c'/>\n"


@given(
    st.sampled_from([name for name in MAIN if name.startswith("utf")]),
    texts.filter(lambda text: text and text[0] != "\ufeff"),
)
def test_unicode_encodings_carry_every_text(name: str, text: str) -> None:
    assert decode(encode(text, name), name, DEFAULT) == text


@given(st.sampled_from(MAIN), st.binary(min_size=1, max_size=40))
def test_any_bytes_decode_to_text_that_encodes_back_or_are_refused(name: str, data: bytes) -> None:
    try:
        text = decode(data, name, DEFAULT)
    except DocumentRefused as refusal:
        assert refusal.code in {"DOC-002", "DOC-003", "DOC-005"}  # noqa: PT017  a property has no one expectation
        return
    assert (
        data.endswith(encode(text, name)[2 if name == "utf-16" and not data.startswith(b"\xff\xfe") else 0 :])
        or name == "utf-16"
    )


@pytest.mark.parametrize(
    "name",
    [
        "utf-7",
        "utf-32",
        "iso-2022-jp",
        "hz",
        "gb18030",
        "shift_jis",
        "idna",
        "rot13",
        "base64",
        "unicode_escape",
        "x",
        "",
    ],
)
def test_other_encodings_are_not_readable(name: str) -> None:
    assert codes(lambda: encoding_named(name)) == ["DOC-004"]
    assert codes(lambda: decode(b"x", name, DEFAULT)) == ["DOC-004"]


def test_names_are_accepted_in_their_usual_spellings() -> None:
    assert {encoding_named(name) for name in ("UTF-8", "utf8")} == {"utf-8"}
    assert {encoding_named(name) for name in ("ISO-8859-1", "latin1", "Latin-1")} == {"iso-8859-1"}
    assert {encoding_named(name) for name in ("windows-1252", "CP1252")} == {"cp1252"}


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"\xff\xfea\x00", "utf-8", "DOC-003"),
        (b"\xfe\xff\x00a", "utf-8", "DOC-003"),
        (b"\xef\xbb\xbfa", "utf-16", "DOC-003"),
        (b"\xef\xbb\xbfa", "utf-16-le", "DOC-003"),
        (b"\xfe\xff\x00a", "utf-16-le", "DOC-003"),
        (b"a\x00", "utf-16", "DOC-003"),
        (b"\xef\xbb\xbfa", "iso-8859-1", "DOC-003"),
        (b"\xef\xbb\xbfa", "cp1252", "DOC-003"),
    ],
)
def test_a_byte_order_mark_may_only_agree(data: bytes, name: str, code: str) -> None:
    assert codes(lambda: decode(data, name, DEFAULT)) == [code]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xef\xbb\xbfa", "utf-8"),
        (b"\xff\xfea\x00", "utf-16"),
        (b"\xfe\xff\x00a", "utf-16"),
        (b"\xff\xfea\x00", "utf-16-le"),
        (b"\xfe\xff\x00a", "utf-16-be"),
    ],
)
def test_an_agreeing_mark_is_no_part_of_the_text(data: bytes, name: str) -> None:
    assert decode(data, name, DEFAULT) == "a"


@pytest.mark.parametrize(
    ("data", "name", "place"),
    [
        (b"ab\n\xc3\xa9\xff", "utf-8", "2:2"),
        (b"\xc0\xaf", "utf-8", "1:1"),
        (b"\xed\xa0\x80", "utf-8", "1:1"),
        (b"\xe2\x82", "utf-8", "1:1"),
        (b"a\x81", "cp1252", "1:2"),
        (b"\x80", "ascii", "1:1"),
        (b"\x00\xd8", "utf-16-le", "1:1"),
        (b"a", "utf-16-le", "1:1"),
    ],
)
def test_a_wrong_byte_has_a_place(data: bytes, name: str, place: str) -> None:
    (fault,) = refused(lambda: decode(data, name, DEFAULT))
    assert (fault.code, str(fault.place)) == ("DOC-002", place)


def test_size_comes_first_and_emptiness_is_no_document() -> None:
    assert codes(lambda: decode(b"\xff" * 5, "utf-8", Limits(message=4))) == ["DOC-001"]
    assert codes(lambda: decode(b"", "utf-8", DEFAULT)) == ["DOC-012"]


def test_u_0000_is_refused_in_every_encoding() -> None:
    for name in MAIN:
        (fault,) = refused(lambda name=name: decode(encode("a\n\0", name), name, DEFAULT))  # type: ignore[misc]  # bound at once
        assert (fault.code, str(fault.place)) == ("DOC-005", "2:1")


def test_a_character_without_a_byte_is_refused_with_its_place() -> None:
    (fault,) = refused(lambda: encode("a\nbä€", "iso-8859-1"))
    assert (fault.code, str(fault.place)) == ("DOC-013", "2:3")


def test_no_refusal_holds_the_document() -> None:
    for call in (lambda: decode(b"Canary \xff", "utf-8", DEFAULT), lambda: encode("Canary \u20ac", "ascii")):
        with pytest.raises(DocumentRefused) as caught:
            call()
        assert caught.value.__context__ is None
        assert "Canary" not in repr(caught.value)


def test_positions_are_counted_in_characters() -> None:
    assert str(position("é\nü\U0001f600x", 4)) == "2:3"
