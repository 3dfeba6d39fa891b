"""The XML parser: the encoding is ours, nothing is expanded or fetched, limits are counted."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.document.limits import DEFAULT, Limits
from gateway.document.xml_codec import read_xml
from gateway.document.xml_parser import checked_body, hardened_parser, parse_body
from gateway.errors import DocumentRefused
from tests.document.values import codes, refused

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a>&l9;</a>'


# ---------------------------------------------------------------- entities and document types


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'http://localhost/x.dtd'><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://localhost/x'> %x;]><a/>",
        LAUGHS,
        "<?xml version='1.0'?>\n<!-- a --> <?b c?>\n<!DOCTYPE a><a/>",
        "  <!DOCTYPE a><a/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_document_type_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    (fault,) = refused(lambda: read_xml(text.encode(encoding), encoding=encoding))
    assert fault.code == "DOC-031"
    assert fault.place.line in {1, 3}


@pytest.mark.parametrize(
    "text",
    [
        "<a><!-- <!DOCTYPE a> --></a>",
        "<!-- <!DOCTYPE a> --><a/>",
        "<?x <!DOCTYPE a>?><a/>",
        "<a><![CDATA[<!DOCTYPE a>]]></a>",
        "<a b='&lt;!DOCTYPE a>'/>",
    ],
)
def test_the_word_elsewhere_is_no_document_type(text: str) -> None:
    read_xml(text.encode())


def test_a_late_or_misspelt_document_type_is_not_well_formed() -> None:
    for text in ("<a/><!DOCTYPE a>", "<a><!DOCTYPE a></a>", "<!doctype a><a/>", "<! DOCTYPE a><a/>"):
        assert codes(lambda text=text: read_xml(text.encode())) == ["DOC-030"]  # type: ignore[misc]  # bound at once


def test_only_the_five_entities_of_xml_are_known() -> None:
    assert read_xml(b"<a b='&quot;&#x41;'>&amp;&lt;&gt;&apos;&#233;</a>").text == "&<>'é"
    assert codes(lambda: read_xml(b"<a>&eacute;</a>")) == ["DOC-030"]
    assert codes(lambda: read_xml(b"<a b='&eacute;'/>")) == ["DOC-030"]


def test_nothing_is_included_or_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<Canary/>")
    text = f"""<?xml-stylesheet href="{secret.as_uri()}"?><a xmlns:xi="http://www.w3.org/2001/XInclude"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {secret.as_uri()}">
      <xi:include href="{secret.as_uri()}"/></a>"""
    tree = read_xml(text.encode())
    assert tree.children[0].name == "{http://www.w3.org/2001/XInclude}include"
    assert tree.children[0].children == ()


# ---------------------------------------------------------------- the declaration and the encoding


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("ISO-8859-1", "iso-8859-1"),
        ("latin1", "iso-8859-1"),
        ("Windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("utf-16BE", "utf-16-be"),
    ],
)
def test_a_declaration_may_agree(declared: str, encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{declared}' standalone='yes'?><a>é</a>"
    assert read_xml(text.encode(encoding), encoding=encoding).text == "é"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-7", "utf-8"),
        ("ISO-8859-1", "utf-8"),
        ("UTF-8", "iso-8859-1"),
        ("US-ASCII", "utf-8"),
        ("UTF-16", "utf-8"),
        ("UTF-8", "utf-16"),
        ("UTF-16LE", "utf-16-be"),
        ("windows-1252", "iso-8859-1"),
        ("ISO-2022-JP", "utf-8"),
        ("x-unknown", "utf-8"),
    ],
)
def test_a_declaration_may_not_disagree(declared: str, encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?><a/>"
    (fault,) = refused(lambda: read_xml(text.encode(encoding), encoding=encoding))
    assert (fault.code, str(fault.place)) == ("DOC-033", "1:31")


def test_utf_7_hides_no_markup() -> None:
    hidden = "<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE a +AFsAPAAh-ENTITY x 'y'+AD4AXQA+ADw-a/+AD4-"
    assert codes(lambda: read_xml(hidden.encode("ascii"))) == ["DOC-033"]
    assert codes(lambda: read_xml(hidden.encode("ascii"), encoding="utf-7")) == ["DOC-004"]
    assert codes(lambda: read_xml(hidden.partition("?>")[2].encode("ascii"))) == ["DOC-030"]


@pytest.mark.parametrize("version", ["1.1", "2.0", "1.00"])
def test_another_version_is_refused(version: str) -> None:
    (fault,) = refused(lambda: read_xml(f"<?xml version='{version}'?><a/>".encode()))
    assert (fault.code, str(fault.place)) == ("DOC-032", "1:16")


@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml?>",
        "<?xml encoding='utf-8'?>",
        "<?xml version='1.0' encoding=utf-8?>",
        "<?xml version=\"1.0'?>",
        "<?xml version='1.0' x='y'?>",
    ],
)
def test_a_broken_declaration_is_refused(declaration: str) -> None:
    (code,) = codes(lambda: read_xml(f"{declaration}<a/>".encode()))
    assert code in {"DOC-034", "DOC-030"}


def test_text_before_the_declaration_is_refused() -> None:
    assert codes(lambda: read_xml(b" <?xml version='1.0'?><a/>")) == ["DOC-030"]
    assert codes(lambda: read_xml(b"x<a/>")) == ["DOC-030"]


def test_utf_16_needs_its_mark() -> None:
    assert codes(lambda: read_xml("<a/>".encode("utf-16-le"), encoding="utf-16")) == ["DOC-003"]
    assert codes(lambda: read_xml("<a/>".encode("utf-16-le"))) == ["DOC-005"]
    assert codes(lambda: read_xml("<a/>".encode("utf-16"))) == ["DOC-003"]


def test_bytes_that_lie_about_their_encoding_are_refused() -> None:
    assert codes(lambda: read_xml("<a>é</a>".encode("iso-8859-1"))) == ["DOC-002"]


# ---------------------------------------------------------------- grammar


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<a><b></a></b>", "1:11"),
        ("<a>\n<b>\n</a>", "3:5"),
        ("<a", "1:3"),
        ("<a/><b/>", "1:5"),
        ("<a b='1' b='2'/>", "1:15"),
        ("<a b=1/>", "1:6"),
        ("<a b='<'/>", "1:7"),
        ("<p:a/>", "1:5"),
        ("<a>\x01</a>", "1:4"),
        ("<a>]]></a>", "1:4"),
        ("<a>\ufffe</a>", "1:4"),
        ("<1/>", "1:2"),
        ("text", "1:1"),
        ("<!-- only -->", "1:14"),
        ("<a xmlns:x=''/>", "1:14"),
        ("<!-- not closed <a/>", "1:21"),
    ],
)
def test_broken_grammar_has_a_place(text: str, place: str) -> None:
    (fault,) = refused(lambda: read_xml(text.encode()))
    assert (fault.code, str(fault.place)) == ("DOC-030", place)


@pytest.mark.parametrize(
    "text", ["<Canary>", "<a>&Canary;</a>", "<a Canary='1' Canary='2'/>", "<Canary:a/>", "<a></Canary>"]
)
def test_no_refusal_quotes_the_document(text: str) -> None:
    with pytest.raises(DocumentRefused) as caught:
        read_xml(text.encode())
    assert "Canary" not in str(caught.value)
    assert caught.value.__context__ is None


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("<a>" * 65 + "</a>" * 65, DEFAULT, "DOC-007"),
        ("<a>" * 300 + "</a>" * 300, DEFAULT, "DOC-007"),
        ("<a>" * 100_000, DEFAULT, "DOC-007"),
        ("<a>" + "<b/>" * 200_000 + "</a>", DEFAULT, "DOC-008"),
        ("<a " + " ".join(f"a{n}=''" for n in range(200_000)) + "/>", DEFAULT, "DOC-008"),
        ("<a " + " ".join(f"a{n}=''" for n in range(257)) + "/>", DEFAULT, "DOC-014"),
        ("<a " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(65)) + "/>", DEFAULT, "DOC-014"),
        ("<a>" + "".join(f"<b xmlns='urn:{n}'/>" for n in range(65)) + "</a>", DEFAULT, "DOC-014"),
        ("<a>abcd</a>", Limits(text=3), "DOC-009"),
        ("<a>ab<b/>cd</a>", Limits(text=3), "DOC-009"),
        ("<a>ab<!-- -->cd</a>", Limits(text=3), "DOC-009"),
        ("<a b='abcd'/>", Limits(text=3), "DOC-009"),
        ("<a>é</a>", Limits(text=1), "DOC-009"),
        ("<abcd/>", Limits(name=3), "DOC-010"),
        ("<a abcd=''/>", Limits(name=3), "DOC-010"),
        ("<a><b/><c/></a>", Limits(nodes=2), "DOC-008"),
        ("<a b='' c=''/>", Limits(nodes=2), "DOC-008"),
        ("<a/>", Limits(message=3), "DOC-001"),
        ("<a>" + "x" * 11_000_000 + "</a>", Limits(message=20_000_000), "DOC-009"),
        ("<" + "a" * 60_000 + "/>", DEFAULT, "DOC-010"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_each_limit_refuses_what_is_beyond_it(text: str, limits: Limits, code: str) -> None:
    assert codes(lambda: read_xml(text.encode(), limits=limits)) == [code]


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("<a>" * 64 + "</a>" * 64, DEFAULT),
        ("<a " + " ".join(f"a{n}=''" for n in range(256)) + "/>", DEFAULT),
        ("<a " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(64)) + "/>", DEFAULT),
        ("<a>" + "<b xmlns='urn:b'/>" * 200 + "</a>", DEFAULT),
        ("<a><b/></a>", Limits(nodes=2)),
        ("<a>x = y = z, <b/> = <!-- <><><> = --></a>", Limits(nodes=2)),
        ("<abc xmlns='urn:a-long-name-is-no-name'/>", Limits(name=3)),
        ("<a>éé</a>", Limits(text=4)),
    ],
)
def test_each_limit_lets_through_what_is_at_it(text: str, limits: Limits) -> None:
    read_xml(text.encode(), limits=limits)


def test_a_refusal_in_the_tree_names_the_line() -> None:
    (fault,) = refused(lambda: read_xml(b"<a>\n<b>\n<c/></b></a>", limits=Limits(depth=2)))
    assert (fault.code, str(fault.place)) == ("DOC-007", "3")


def _deep(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else _deep(frames - 1, call)


@pytest.mark.parametrize("depth", [1, 64, 65, 200, 201, 255, 256, 257, 5000])
def test_the_verdict_does_not_depend_on_the_depth_of_the_call_stack(depth: int) -> None:
    data = b"<a>" * depth + b"</a>" * depth
    limits = Limits(depth=200)

    def verdict() -> object:
        try:
            element = read_xml(data, limits=limits)
        except DocumentRefused as refusal:
            return refusal.code
        found = 1
        while element.children:
            element = element.children[0]
            found += 1
        return found

    frames = sys.getrecursionlimit() - 100 - len(traceback.extract_stack())
    assert verdict() == _deep(frames, verdict) == (depth if depth <= 200 else "DOC-007")


def test_the_parser_is_hardened() -> None:
    parser = hardened_parser()
    assert parser is not hardened_parser()
    root = parse_body(checked_body(b"<a>x<!-- c -->y<?p i?>z</a>", "utf-8", DEFAULT), DEFAULT)
    assert (root.text, len(root)) == ("xyz", 0)
    assert root.getroottree().docinfo.internalDTD is None


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", [" <?", "<?", "  <?", "\n<!--", " <!--", "<!-- --> <?", "<?a?><!--", "<!--<?"])
def test_a_prolog_that_is_not_closed_is_refused_at_once(text: str) -> None:
    with pytest.raises(DocumentRefused):
        read_xml(text.encode())
