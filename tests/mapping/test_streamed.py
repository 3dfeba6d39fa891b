"""Streamed reading: the same messages as whole reading, byte for byte, and memory that does not grow with the file."""

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document.remarks import remarks
from gateway.document.tree import StreamedDocument
from gateway.errors import DefinitionRefused, DocumentRefused
from gateway.mapping.api import InboundMapping, Mapped, build_inbound
from gateway.mapping.report.trial import trial_of
from gateway.mapping.run.lineage import lineage_of
from gateway.mapping.run.report import read_lineage
from gateway.outcome import SourceFile
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import ENVELOPE, HEAD, IDENTITY, PATH, files_of, refused

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:l" xmlns="urn:l" elementFormDefault="qualified">
<xs:element name="LIST"><xs:complexType><xs:sequence>
  <xs:element name="HEAD"><xs:complexType><xs:sequence><xs:element name="DAY" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="OFFICE" minOccurs="0" maxOccurs="9"><xs:complexType><xs:attribute name="id" use="required"/><xs:attribute name="name"/></xs:complexType></xs:element>
  <xs:element name="PEOPLE" maxOccurs="9"><xs:complexType><xs:sequence>
    <xs:element name="P" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="N" type="xs:string" maxOccurs="9"/><xs:element name="K" type="xs:string" minOccurs="0"/>
      <xs:element name="AT" type="xs:string" minOccurs="0"/>
    </xs:sequence><xs:attribute name="t"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="SHIPS" minOccurs="0"><xs:complexType><xs:sequence>
    <xs:element name="S" minOccurs="0" maxOccurs="unbounded" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="TAIL" type="xs:string" minOccurs="0"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""

SOURCE = "source: {format: xml, schema: l.xsd, root: LIST, default_namespace: 'urn:l', reading: WORD}\n"
RULES = """
index:
  office: {over: OFFICE, key: ./@id, many: true, leftover: quarantine}
check:
  - {that: has(HEAD/DAY), on_error: warn}
split:
  ship:
    each: SHIPS/S
    map:
      header.reference: {from: {d: /LIST/HEAD/DAY, n: ., t: /LIST/TAIL}, text: "{d}/{n}[/{t}]"}
  person:
    each: PEOPLE/P[not(K = 'gone')]
    where: has(N) and not K == 'secret'
    as: item
    map:
      header.reference: {from: {d: /LIST/HEAD/DAY, i: {in: envelope, from: item}, n: {in: envelope, from: items}}, text: "{d} {i} of {n}"}
      header.issued: {from: K, convert: [{date: [YYYY-MM-DD]}], on_error: quarantine}
      persons[]:
        as: p
        fields:
          names[]: {each: N, fields: {kind: {const: primary}, full: .}}
          reference: ./@t
          addresses[]: {each: {join: office, key: AT}, fields: {locality: ./@name}}
ignore:
  PEOPLE/P: {where: K == 'secret', why: not for us}
"""


def built(word: str, rules: str = RULES, engine: str = "compiled") -> InboundMapping:
    made = files_of(rules, HEAD + SOURCE.replace("WORD", word) + "target: {format: exchange, version: 1}\n")
    made["mappings/x/l.xsd"] = SCHEMA.encode()
    return build_inbound(PATH, made, exchange(), engine=engine)  # type: ignore[arg-type]  # one of the two engines


def messages(mapping: InboundMapping, data: bytes) -> Iterator[Mapped]:
    return mapping.apply(mapping.read([SourceFile(data, "x")]), ENVELOPE, IDENTITY)


def listed(people: list[str], ships: list[str], *, offices: str = "", tail: str = "", gap: str = "\n ") -> bytes:
    half = len(people) // 2
    groups = "".join(f"<PEOPLE>{gap}{gap.join(part)}</PEOPLE>{gap}" for part in (people[:half], people[half:]))
    sea = f"<SHIPS>{gap.join(f'<S>{one}</S>' for one in ships)}</SHIPS>" if ships else ""
    return (
        f"<?xml version='1.0'?>\n<LIST xmlns='urn:l'>{gap}<HEAD><DAY>2026<!-- x -->-01</DAY></HEAD>{offices}{groups}{sea}"
        f"{tail and f'<TAIL>{tail}</TAIL>'}</LIST>"
    ).encode()


PEOPLE = [
    "<P t='1'><N>Anna</N><K>2026-01-02</K><AT>o</AT></P>",
    "<P><N>Bo</N><N><![CDATA[B&]]>o</N><K>bad</K></P>",
    "<P><N>Cy</N><K>secret</K></P>",
    "<P><N> </N></P>",
    "<P t='5'><N>D&#x65;e</N><AT>nowhere</AT></P>",
    "<P><N>E</N><K>gone</K></P>",
]
OFFICES = "<OFFICE id='o' name='Oslo'/><OFFICE id='p' name='Paris'/>"


def same(data: bytes) -> list[Mapped]:
    """What both ways of reading give, compared with everything they say, with both engines."""
    streamed: list[Mapped] = []
    for engine in ("interpreted", "compiled"):
        whole = list(messages(built("whole", engine=engine), data))
        streamed = list(messages(built("streamed", engine=engine), data))
        assert whole == streamed
        assert [json.dumps(one.message) for one in whole] == [json.dumps(one.message) for one in streamed]
    return streamed


def test_streamed_reading_gives_the_same_messages_faults_and_lineage() -> None:
    found = same(listed(PEOPLE, ["Sea", "Star"], offices=OFFICES, tail="end"))
    assert [one.part for one in found] == ["1", "2", "3", "4", "5", "file"]
    assert found[0].message == {"header": {"reference": "2026-01/Sea/end"}}
    assert found[2].message is not None
    assert found[2].message["header"] == {"reference": "2026-01 3 of 5"}
    codes = {fault.code: str(fault.at) for one in found for fault in one.diagnostics}
    assert codes["K301"].endswith("/LIST/PEOPLE[1]/P[2]/K")
    left = [fault.at.path for fault in found[-1].diagnostics if fault.code == "V310"]
    assert left == ["/LIST/PEOPLE[2]/P[1]", "/LIST/PEOPLE[2]/P[3]"]
    assert "R131" in codes


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(PEOPLE), max_size=5),
    st.lists(st.sampled_from(["a", "b "]), max_size=3),
    st.sampled_from(["", OFFICES]),
    st.sampled_from(["", "t"]),
    st.sampled_from(["", "\n  "]),
)
def test_any_list_reads_the_same_both_ways(
    people: list[str], ships: list[str], offices: str, tail: str, gap: str
) -> None:
    same(listed(people, ships, offices=offices, tail=tail, gap=gap))


def test_lineage_is_rendered_later_by_reading_up_to_the_item() -> None:
    data = listed(PEOPLE, ["Sea"], offices=OFFICES)
    told: list[list[str]] = []
    for word in ("whole", "streamed"):
        mapping = built(word)
        run = mapping.run(mapping.read([SourceFile(data, "x")]), ENVELOPE, IDENTITY)
        kept = [one for one in run.messages() if one.message is not None]
        again = mapping.run(mapping.read([SourceFile(data, "x")]), ENVELOPE, IDENTITY)
        told.append(
            [
                f"{leaf.text} {[str(place) for place in leaf.sources]}"
                for one in reversed(kept)
                for leaf in lineage_of(mapping.program, again.reporter, read_lineage(one.lineage), one.message or {})
            ]
        )
    assert told[0] == told[1]
    assert any("/LIST/PEOPLE[1]/P[1]/N" in line for line in told[1])


@pytest.mark.parametrize(
    "change",
    [
        (b"</LIST>", b""),
        (b"<S>Star</S>", b"<Q/>"),
        (b"<TAIL>end", b"<TAIL>&nope;"),
        (b"<K>bad</K>", b"<K>bad</K><K/>"),
        (b"</LIST>", b"</LIST>x"),
    ],
)
def test_no_message_of_a_broken_file_is_ever_made(change: tuple[bytes, bytes]) -> None:
    data = listed(PEOPLE, ["Sea", "Star"], tail="end").replace(*change)
    faults = []
    for word in ("whole", "streamed"):
        with pytest.raises(DocumentRefused) as caught:
            next(messages(built(word), data))
        faults.append(caught.value.faults)
    assert faults[0] == faults[1]


def test_limits_hold_for_what_is_outside_and_for_each_item() -> None:
    deep = b"<LIST xmlns='urn:l'>" + b"<a>" * 80 + b"</a>" * 80 + b"</LIST>"
    with pytest.raises(DocumentRefused, match="DOC-007"):
        built("streamed").read([SourceFile(deep, "x")])
    with pytest.raises(DocumentRefused, match="DOC-031"):
        built("streamed").read([SourceFile(b"<!DOCTYPE a><LIST xmlns='urn:l'/>", "x")])


def test_damaged_texts_are_told() -> None:
    data = listed(["<P>\n<N>a\ufffd</N></P>", "<P><N>b</N></P>"], [], tail="\ufffd")
    told = [remarks(built(word).read([SourceFile(data, "x")])) for word in ("whole", "streamed")]
    assert len(told[0]) == 2
    assert told[0] == told[1]


def test_memory_is_bounded_by_the_bytes_and_one_item() -> None:
    person = "<P>" + ("<N>" + "x" * 1_200 + "</N>") * 8 + "</P>"
    data = listed([person] * 2_000, [], gap="")
    mapping = built(
        "streamed",
        "split: {person: {each: PEOPLE/P, map: {header.reference: {from: N, pick: first}}}}",
    )
    document = mapping.read([SourceFile(data, "x")])
    assert isinstance(document, StreamedDocument)
    tracemalloc.start()
    try:
        count = sum(1 for _ in mapping.apply(document, ENVELOPE, IDENTITY))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 2_000
    assert len(data) > 19_000_000
    assert peak < 2_000_000


@pytest.mark.parametrize(
    "rules",
    [
        "split: {a: {each: '//P', map: {header.reference: N}}}",
        "split: {a: {each: 'PEOPLE/P[2]', map: {header.reference: N}}}",
        "split: {a: {each: 'PEOPLE[last()]/P', map: {header.reference: N}}}",
        "split: {a: {each: PEOPLE, map: {header.reference: P/N}}, b: {each: PEOPLE/P, map: {header.reference: N}}}",
        "map: {header.reference: HEAD/DAY}",
    ],
)
def test_items_that_cannot_be_read_alone_are_refused(rules: str) -> None:
    with pytest.raises(DefinitionRefused, match="G405"):
        built("streamed", rules)
    assert built("whole", rules).name == "x.x"


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (
            "split: {a: {each: PEOPLE/P, map: {header.reference: {from: /LIST/SHIPS/S, pick: first}}}, b: {each: SHIPS/S, map: {header.reference: .}}}",
            "/LIST/SHIPS/S",
        ),
        (
            "split: {a: {each: PEOPLE/P, map: {header.reference: {from: /LIST/PEOPLE/P/K, pick: first}}}}",
            "/LIST/PEOPLE/P/K",
        ),
        (
            "index: {i: {over: PEOPLE/P, key: K, many: true}}\nsplit: {a: {each: PEOPLE/P, map: {header.reference: {join: i, key: K, from: N, pick: first}}}}",
            "PEOPLE/P",
        ),
        ("check: [{that: count(PEOPLE/P) > 1}]\nsplit: {a: {each: PEOPLE/P, map: {header.reference: N}}}", "PEOPLE/P"),
        ("split: {a: {each: PEOPLE/P, map: {header.reference: {from: /LIST, convert: [flatten]}}}}", "/LIST"),
    ],
)
def test_a_path_that_leads_into_items_is_refused_by_the_check(rules: str, path: str) -> None:
    made = files_of(rules, HEAD + SOURCE.replace("WORD", "streamed") + "target: {format: exchange, version: 1}\n")
    made["mappings/x/l.xsd"] = SCHEMA.encode()
    told = [fault.message for fault in check(PATH, made).faults if fault.code == "G405"]
    assert len(told) >= 1
    assert path in told[0]
    whole = {**made, PATH: made[PATH].replace(b"reading: streamed", b"reading: whole")}
    assert not [fault for fault in check(PATH, whole).faults if fault.code == "G405"]


def test_tools_that_look_at_one_sample_see_all_of_it() -> None:
    mapping = built("streamed")
    trial = trial_of(mapping, [SourceFile(listed(PEOPLE, ["Sea"], offices=OFFICES), "x")], exchange())
    assert [one.part for one in trial.messages] == ["1", "2", "3", "4", "file"]
    assert [str(left.place) for left in trial.residue if left.trail[-1] == "{urn:l}K"] == []


ROWS = (
    HEAD
    + "source: {format: csv, columns: {no: No, kind: Kind, name: Name}, reading: WORD}\ntarget: {format: exchange, version: 1}\n"
)
LINES = HEAD + "source: {format: jsonl, schema: s.json, reading: WORD}\ntarget: {format: exchange, version: 1}\n"
TABLE_RULES = """
split:
  ship:
    each: ITEMS
    where: kind == 'S'
    map: {header.reference: no}
  person:
    each: ITEMS
    where: kind == 'P'
    map:
      header.reference: {from: {n: no, i: {in: envelope, from: item}, t: {in: envelope, from: items}}, text: "{n} {i}/{t}"}
      header.issued: {from: name, convert: [{date: [YYYY-MM-DD]}]}
ignore:
  ITEMS: {where: kind == 'x', why: not ours}
"""
CELLS = ["S", "P", "x", "?", ""]


def both_ways(head: str, items: str, data: bytes) -> None:
    made: list[list[Mapped]] = []
    texts: list[object] = []
    for word in ("whole", "streamed"):
        files = files_of(TABLE_RULES.replace("ITEMS", items), head.replace("WORD", word))
        mapping = build_inbound(PATH, files, exchange())
        try:
            document = mapping.read([SourceFile(data, "x")])
        except DocumentRefused as refused:
            texts.append(refused.faults)
            continue
        assert isinstance(document, StreamedDocument) == (word == "streamed")
        assert mapping.recognises(document)
        made.append(list(mapping.apply(document, ENVELOPE, IDENTITY)))
        texts.append(remarks(document))
        trial_of(mapping, [SourceFile(data, "x")], exchange())
    assert len(made) in {0, 2}
    assert made[:1] == made[1:]
    assert texts[0] == texts[1]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(CELLS), st.sampled_from(["a", "2026-01-02", "a,b", '"q\r\nr"', "\ufffd"])), max_size=5
    )
)
def test_any_table_reads_the_same_both_ways(rows: list[tuple[str, str]]) -> None:
    text = "".join(f"{number},{kind},{name}\r\n" for number, (kind, name) in enumerate(rows))
    both_ways(ROWS, "row", f"No,Kind,Name\r\n{text}".encode())


@settings(max_examples=25)
@given(
    st.lists(st.one_of(st.sampled_from(["", "{", "null", "[1]", "7"]), st.sampled_from(CELLS)), max_size=5),
    st.sampled_from(["", "\n"]),
)
def test_any_lines_read_the_same_both_ways(values: list[str], end: str) -> None:
    lines = [
        json.dumps({"no": f"n{at}\ufffd", "kind": one}) if one in CELLS[:4] else one for at, one in enumerate(values)
    ]
    both_ways(LINES, "$", ("\n".join(lines) + end).encode() or b"\n")


def test_a_format_that_is_read_whole_cannot_be_asked_to_stream() -> None:
    head = HEAD + "source: {format: json, schema: s.json, reading: streamed}\ntarget: {format: exchange, version: 1}\n"
    assert refused(files_of("map: {}", head)) == ["W006 3:49"]
