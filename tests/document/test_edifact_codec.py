"""EDIFACT interchanges: service characters, release, repetition, nesting, counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.edifact_codec import Interchange, Segment, read_edifact, write_edifact
from gateway.document.edifact_text import CHARACTER_SETS, ServiceCharacters
from gateway.document.limits import Limits
from gateway.errors import DocumentRefused

HEAD = "UNB+UNOC:3+A+B+260301:0900+R1'"
BODY = "UNH+1+X:D:96A:UN'BGM+1'UNT+3+1'"
TAIL = "UNZ+1+R1'"


def read(text: str, encoding: str = "", charset: str = "latin-1") -> Interchange:
    return read_edifact(text.encode(charset), encoding=encoding)


def elements(text: str) -> list[tuple[tuple[tuple[str, ...], ...], ...]]:
    return [segment.elements for segment in read(text).messages[0].body]


def test_an_interchange_is_messages_between_headers() -> None:
    found = read(HEAD + BODY + TAIL)
    assert [(one.kind, one.header.text(0), [segment.tag for segment in one.body]) for one in found.messages] == [
        ("X", "1", ["BGM"])
    ]
    assert found.irregular == ()
    assert [segment.number for segment in found.segments] == [1, 2, 3, 4, 5]


def test_separators_are_those_of_una_and_released_ones_are_data() -> None:
    text = "UNA|*,!/$UNB*UNOC|4*A*B*260301|0900*R$UNH*1*X|D|96A|UN$FTX*a!*b|c!!*d/e!/f$UNT*3*1$UNZ*1*R$"
    assert elements(text) == [((("a*b", "c!"),), (("d",), ("e/f",)))]


def test_without_una_nothing_repeats_before_version_four() -> None:
    assert elements(HEAD + "UNH+1+X:D:96A:UN'A01+x*y'UNT+3+1'" + TAIL) == [((("x*y",),),)]
    assert elements(HEAD.replace(":3", ":4") + "UNH+1+X:D:96A:UN'A01+x*y'UNT+3+1'" + TAIL) == [((("x",), ("y",)),)]


@pytest.mark.parametrize("gap", ["", "\n", "\r\n", " ", "\n\n  "])
def test_breaks_between_segments_are_decoration(gap: str) -> None:
    text = gap.join(f"{piece}'" for piece in (HEAD + BODY + TAIL).split("'")[:-1])
    assert len(read("UNA:+.? '" + gap + text + gap).segments) == 5


@pytest.mark.parametrize(("name", "charset"), sorted(CHARACTER_SETS.items()))
def test_the_character_set_is_the_one_that_unb_names(name: str, charset: str) -> None:
    letter = {"ascii": "A", "utf-8": "é"}.get(charset) or bytes([0xE1]).decode(charset)
    text = HEAD.replace("UNOC", name) + BODY.replace("BGM+1", f"BGM+{letter}") + TAIL
    assert read(text, charset=charset).messages[0].body[0].text(0) == letter


def test_the_configuration_may_not_be_contradicted() -> None:
    assert read(HEAD.replace("UNOC", "UNOA") + BODY + TAIL, "cp1252").messages
    with pytest.raises(DocumentRefused, match="DOC-103"):
        read(HEAD + BODY + TAIL, "utf-8")
    with pytest.raises(DocumentRefused, match="DOC-103"):
        read(HEAD.replace("UNOC", "UNOX") + BODY + TAIL)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEAD + BODY.replace("UNT+3", "UNT+4") + TAIL, [("count", 4, 0)]),
        (HEAD + BODY.replace("UNT+3+1", "UNT+3+2") + TAIL, [("reference", 4, 0)]),
        (HEAD + BODY + "UNZ+2+R1'", [("count", 5, None)]),
        (HEAD + BODY + "UNZ+1+R2'", [("reference", 5, None)]),
        (HEAD + BODY + TAIL + "later", [("behind", 6, None)]),
        (
            HEAD + "UNG +X+A+B+260301:0900+7+UN+D:96A'" + BODY + "UNE+2+7'" + TAIL,
            [("padded", 2, None), ("count", 6, None)],
        ),
        (HEAD + "UNG+X+A+B+260301:0900+7+UN+D:96A'" + BODY + BODY + "UNE+2+7'" + TAIL, []),
    ],
)
def test_counts_and_references_are_compared(text: str, found: list[tuple[str, int, int | None]]) -> None:
    assert [(one.kind, one.segment, one.message) for one in read(text).irregular] == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UNH+1'", "DOC-101"),
        ("UNA:+.? 'UNH+1'", "DOC-101"),
        ("UNA::.? 'UNB:UNOA'", "DOC-102"),
        ("UNAx+.? '", "DOC-102"),
        ("UNA:+", "DOC-102"),
        (HEAD + "UNH+1+X'b'x'UNT+3+1'" + TAIL, "DOC-104"),
        (HEAD + "UNH+1+X'FTX+a?+b?'UNT+3+1'" + TAIL, "DOC-107"),
        (HEAD + "UNH+1+X'FTX+a\nb'UNT+3+1'" + TAIL, "DOC-106"),
        (HEAD + BODY + "BGM+1'" + TAIL, "DOC-107"),
        (HEAD + "UNH+1+X'UNH+2+X'" + TAIL, "DOC-107"),
        (HEAD + "UNG+X'" + BODY + TAIL, "DOC-107"),
        (HEAD + BODY + TAIL + HEAD + BODY + TAIL, "DOC-107"),
        (HEAD + BODY, "DOC-108"),
        (HEAD + "UNH+1+X'BGM+1", "DOC-108"),
        (HEAD + "USH+1'" + BODY + TAIL, "DOC-109"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(DocumentRefused, match=code):
        read(text)


def test_limits_count_data_elements() -> None:
    with pytest.raises(DocumentRefused, match="DOC-008"):
        read_edifact((HEAD + BODY + TAIL).encode(), limits=Limits(nodes=9))
    with pytest.raises(DocumentRefused, match="DOC-009"):
        read_edifact((HEAD + BODY.replace("BGM+1", "BGM+" + "1" * 99) + TAIL).encode(), limits=Limits(text=50))


DATA = st.text("ab:+?*'.é ", max_size=6)


@given(
    st.lists(st.lists(st.lists(st.lists(DATA, min_size=1, max_size=3), min_size=1, max_size=2), max_size=3), max_size=4)
)
def test_what_is_written_is_read(content: list[list[list[list[str]]]]) -> None:
    body = [Segment("FTX", tuple(tuple(tuple(parts) for parts in element) for element in one), 0, 0) for one in content]
    characters = ServiceCharacters(repeat="*")
    framed = read(HEAD.replace("UNOC", "UNOY") + BODY + TAIL).segments
    data = write_edifact(characters, [*framed[:2], *body, *framed[3:]])
    assert [one.elements for one in read_edifact(data).messages[0].body] == [one.elements for one in body]


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    whole = (HEAD + BODY + TAIL).encode()
    try:
        read_edifact(whole[:at] + noise + whole[at:])
    except DocumentRefused:
        return
