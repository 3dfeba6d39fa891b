"""EDIFACT through both engines: a customs message with its own separators, nested groups, and what breaks in it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import DocumentRefused
from gateway.mapping.api import build_inbound, choose_mapping
from gateway.mapping.shapes.edifact_layout import load_edifact_layout
from gateway.outcome import SourceFile
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import HEAD, PATH, Result, files_of, refused, run_all

LAYOUT = """
layout: edifact
message: CUSDEC
versions: ["D:96B:UN"]
segments:
  BGM: [{C002 C: [1001 C an..3, 1131 C an..3]}, 1004 M an..35, 1225 C an..3]
  DTM: [{C507 M: [2005 M an..3, 2380 C an..35, 2379 C an..3]}]
  LOC: [3227 M an..3, {C517 C: [3225 C an..25, 1131 C an..3, 3055 C an..3, 3224 C an..70]}]
  NAD: [{3035 M an..3: {codes: [CZ, CN, DT]}}, {C082 C: [3039 M an..17]}, {C080 C: [3036 M an..35, 3036 C an..35, 3036 C an..35]}]
  RFF: [{C506 M x3: [1153 M an..3, 1154 C an..35]}]
  UNS: [0081 M a1]
  CST: [1496 C n..5, {C246 C: [7361 M an..18]}, {C246 C: [7361 M an..18]}]
  FTX: [4451 M an..3, {C108 C: [4440 M an..70, 4440 C an..70, 4440 C an..70]}]
  PAC: [7224 C n..8]
  PCI: [{C210 C: [7102 M an..35, 7102 C an..35]}]
  CNT: [{C270 M: [6069 M an..3, 6066 M n..18]}]
of:
  - {segment: BGM, min: 1}
  - {segment: DTM, max: 5}
  - {segment: LOC, max: 9}
  - {group: party, trigger: NAD, max: 9, of: [{segment: RFF, max: 3}]}
  - {segment: UNS, min: 1}
  - group: item
    trigger: CST
    min: 1
    max: 999
    of:
      - {segment: FTX, max: 9}
      - {group: pack, trigger: PAC, max: 9, of: [{segment: PCI}]}
  - {segment: CNT, max: 2}
counts: {"5": item, "11": PAC}
"""
SOURCE = """source: {format: edifact, layout: cusdec.layout.yaml}
target: {format: exchange, version: 1}
"""
EDIFACT = HEAD + SOURCE
RULES = """
split:
  declaration:
    each: message
    as: m
    map:
      header.reference: {from: {a: BGM/1004, i: /UNB/0020}, text: '{i}/{a}'}
      header.originator.unit: {from: "LOC[3227 = '22']/C517/3225", pick: only}
      header.issued: {from: "DTM[C507/2005='137']/C507/2380", pick: only, convert: [{datetime: {formats: [YYYYMMDDHHmm], assume_zone: Europe/Oslo}}]}
      header.status: {choose: [{when: /UNB/0035 == '1', then: {const: Test}}, {otherwise: {const: Actual}}]}
      persons[]:
        each: party
        where: NAD/3035 in ['CZ', 'CN']
        as: person
        fields:
          reference: NAD/C082/3039
          names[]: {fields: {kind: {const: primary}, family: "NAD/C080/3036[1]", given: "NAD/C080/3036[3]"}}
          documents[]: {each: RFF/C506, fields: {number: 1154}}
      objects[]:
        each: item
        fields:
          kind: {const: goods}
          narrative_ref: X
      narrative[]:
        each: item
        as: goods
        fields:
          kind: {const: remarks}
          text: {from: {n: CST/1496, code: "CST/C246[2]/7361", t: "FTX/C108/4440[2]", m: {in: m, from: UNH/0062}}, text: '{m}:{n}:{code}[ {t}]'}
ignore:
  message/party: {where: NAD/3035 == 'DT', why: the declarant is an office}
"""
RULES = RULES.replace(
    """      objects[]:
        each: item
        fields:
          kind: {const: goods}
          narrative_ref: X
""",
    "",
)

HEADER = "UNA/|,\\*~UNB|UNOC/3|SENDER|RECEIVER|260301/0930|IC7~"
BODY = [
    "UNH|M1|CUSDEC/D/96B/UN",
    "BGM|929|DOC\\|1",
    "DTM|137/202603010930/203",
    "LOC|22|NO0101",
    "LOC|35|SE",
    "NAD|CZ|P1|MÜLLER//ANNA",
    "RFF|AA/12\\/3*AB/77",
    "RFF|AC/9",
    "NAD|CN||BERG",
    "NAD|DT|OFFICE",
    "UNS|D",
    "CST|1|100|200",
    "FTX|AAA|one/two",
    "PAC|5",
    "PCI|m1/m2",
    "PAC|6",
    "CST|2|300|400",
    "CNT|5/2",
    "CNT|11/2",
]


def interchange(*messages: list[str], trailer: str = "", tail: str = "") -> bytes:
    text = HEADER
    for body in messages:
        number = body[0].split("|")[1]
        text += "~\n".join([*body, f"UNT|{len(body) + 1}|{number}", ""])
    return (text + (trailer or f"UNZ|{len(messages)}|IC7~") + tail).encode("latin-1")


def second(*changes: tuple[str, str]) -> list[str]:
    body = [one.replace("M1", "M2") for one in BODY]
    for old, new in changes:
        body = [new if one == old else one for one in body]
    return [one for one in body if one]


def sent(data: bytes, head: str = EDIFACT, rules: str = RULES) -> list[Result]:
    return run_all(files_of(rules, head, cusdec_layout_yaml=LAYOUT), data)


def files(layout: str = LAYOUT, head: str = EDIFACT) -> dict[str, bytes]:
    made = files_of(RULES, head)
    made["mappings/x/cusdec.layout.yaml"] = layout.encode()
    return made


def through(data: bytes, head: str = EDIFACT) -> list[Result]:
    return run_all(files(head=head), data)


def test_groups_and_data_elements_are_reached_by_their_names() -> None:
    one, two = through(interchange(BODY, second(("LOC|22|NO0101", "LOC|22|NO0202"))))
    assert (one.outcome, two.outcome, one.codes) == ("accepted", "accepted", [])
    assert one.message["header"] == {
        "reference": "IC7/DOC|1",
        "originator": {"unit": "NO0101"},
        "issued": "2026-03-01T09:30:00+01:00",
        "status": "Actual",
    }
    people = one.message["persons"]
    assert people[0]["names"] == [{"kind": "primary", "family": "MÜLLER", "given": "ANNA"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert people[0]["documents"] == [{"number": "12/3"}, {"number": "77"}, {"number": "9"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert people[1]["names"] == [{"kind": "primary", "family": "BERG"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert [text["text"] for text in two.message["narrative"]] == ["M2:1:200 two", "M2:2:400"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union


def test_lineage_says_segment_and_data_element() -> None:
    one = through(interchange(BODY))[0]
    sources = {leaf.text: [str(place) for place in leaf.sources] for leaf in one.lineage}
    assert sources["header.reference"] == ["3 /message/BGM/1004", "1 /UNB/0020"]
    assert sources["persons[0].names[0].given"] == ["7 /message/party[1]/NAD/C080/3036[3]"]
    assert sources["persons[0].documents[1].number"] == ["8 /message/party[1]/RFF[1]/C506[2]/1154"]
    assert "13 /message/item[1]/CST/C246[2]/7361" in sources["narrative[0].text"]


@pytest.mark.parametrize("word", ["warn", "quarantine", "refuse"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (second(("CNT|5/2", "CNT|5/3")), "R156"),
        (second(("CNT|11/2", "CNT|11/x")), "R156"),
        (["UNH|M2|CUSDEC/D/96B/UN", *BODY[1:]], ""),
    ],
)
def test_wrong_counts_of_a_message_are_decided_by_counts_and_touch_that_message_only(
    word: str, body: list[str], code: str
) -> None:
    head = EDIFACT.replace("yaml}", f"yaml, counts: {word}}}")
    one, two = through(interchange(BODY, body), head)
    outcome = {"warn": "accepted", "quarantine": "quarantined", "refuse": "refused"}[word] if code else "accepted"
    assert (one.outcome, two.outcome, two.codes) == ("accepted", outcome, [code] if code else [])


def test_wrong_counts_of_the_interchange_belong_to_the_file() -> None:
    one, whole = through(interchange(BODY, trailer="UNZ|2|IC7~"))
    assert (one.outcome, whole.mapped.part, whole.outcome, whole.codes) == ("accepted", "file", "quarantined", ["R156"])
    refused_whole = through(interchange(BODY, trailer="UNZ|1|IC8~"), EDIFACT.replace("yaml}", "yaml, counts: refuse}"))
    assert [(one.outcome, one.codes) for one in refused_whole] == [("refused", ["R157"])]
    warned = through(interchange(BODY, trailer="UNZ|2|IC8~"), EDIFACT.replace("yaml}", "yaml, counts: warn}"))
    assert [(one.outcome, one.codes) for one in warned] == [("accepted", ["R156", "R157"])]


@pytest.mark.parametrize(
    "change",
    [
        ("BGM|929|DOC\\|1", ""),
        ("BGM|929|DOC\\|1", "BGM|929"),
        ("UNS|D", "LOC|9|X"),
        ("CST|2|300|400", "UNS|D"),
        ("NAD|CN||BERG", "NAD|XX||BERG"),
        ("LOC|35|SE", "LOC|ABCD|SE"),
        ("UNH|M2|CUSDEC/D/96B/UN", "UNH|M2|CUSDEC/D/97B/UN"),
        ("UNH|M2|CUSDEC/D/96B/UN", "UNH|M2|CUSRES/D/96B/UN"),
    ],
)
def test_a_message_that_does_not_fit_is_kept_aside_and_the_others_go_on(change: tuple[str, str]) -> None:
    one, whole = through(interchange(BODY, second(change)))
    assert (one.outcome, whole.mapped.part, whole.outcome, whole.codes) == ("accepted", "file", "quarantined", ["R155"])
    assert whole.faults[0].at.path == "/message[2]"
    with pytest.raises(DocumentRefused, match="R155"):
        through(interchange(second(change)))


@pytest.mark.parametrize(
    ("change", "tail", "code"),
    [
        (("LOC|35|SE", "LOC|35|SE|extra"), "", "R158"),
        (("LOC|35|SE", "LOC|35*36|SE"), "", "R158"),
        (("BGM|929|DOC\\|1", "BGM|929/1/2|DOC"), "", "R158"),
        (("", ""), "  2026-03-01", "R159"),
    ],
)
def test_content_that_the_layout_does_not_name_is_told(change: tuple[str, str], tail: str, code: str) -> None:
    data = interchange(second(change), tail=tail)
    assert [(one.outcome, one.codes) for one in through(data)] == [("accepted", [code])]
    strict = through(data, EDIFACT.replace("yaml}", "yaml, open: quarantine}"))
    assert [one.outcome for one in strict if code in one.codes] == ["quarantined"]


def test_the_mapping_of_the_message_type_is_chosen() -> None:
    other = build_inbound(PATH, files(LAYOUT.replace("message: CUSDEC", "message: CUSRES")), exchange())
    one = build_inbound(PATH, files(), exchange())
    found = (SourceFile(interchange(BODY), "x"),)
    assert choose_mapping([other, one], found)[0] is one
    assert one.recognises(one.read(found))
    assert not other.recognises(one.read(found))


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("{segment: UNS, min: 1}", "{segment: UNS}", []),
        ("{segment: LOC, max: 9}", "{segment: LOC, max: 9}\n  - {segment: LOC}", ["S301"]),
        ("{segment: UNS, min: 1}", "{group: other, trigger: NAD}", ["S301"]),
        ("trigger: NAD, max: 9", "trigger: NAD, codes: [CZ], max: 9", []),
        ("{segment: UNS, min: 1}", "{group: other, trigger: NAD, codes: [DT]}", ["S301"]),
        ("{segment: PCI}", "{segment: PCI}, {group: more, trigger: PAC}", ["S301"]),
        ("{segment: FTX, max: 9}", "{segment: GIS}", ["S305"]),
        ('counts: {"5": item', 'counts: {"5": items', ["S305"]),
        ("layout: edifact", "layout: csv", ["S106"]),
        ("1004 M an..35", "1004 M an...35", ["W005"]),
        ("{C002 C: [1001 C an..3, 1131 C an..3]}", "C002 C", ["W002"]),
        ("{segment: BGM, min: 1}", "{segment: BGM, min: 2, max: 1}", ["W005"]),
        ("{segment: BGM, min: 1}", "{segment: BGM, group: b, trigger: BGM}", ["W004"]),
        ("{segment: BGM, min: 1}", "{segment: BGM, of: []}", ["W006"]),
        ("message: CUSDEC", "mesage: CUSDEC", ["W003", "W001"]),
    ],
)
def test_a_layout_is_read_strictly_and_leads_to_one_place(old: str, new: str, codes: list[str]) -> None:
    found = files(LAYOUT.replace(old, new))
    told = [fault.code for fault in check(PATH, found).faults if fault.place.file.endswith("layout.yaml")]
    assert sorted(told) == sorted(codes)
    assert [one.split()[0] for one in refused(found)] == told


def test_groups_are_told_apart_by_the_code_of_their_trigger() -> None:
    layout = LAYOUT.replace(
        "{group: party, trigger: NAD, max: 9, of: [{segment: RFF, max: 3}]}",
        "{group: office, trigger: NAD, codes: [DT]}\n  - {group: party, trigger: NAD, codes: [CZ, CN], max: 9, of: [{segment: RFF, max: 3}]}",
    )
    rules = RULES.replace("each: party\n        where: NAD/3035 in ['CZ', 'CN']", "each: party").split("ignore:")[0]
    made = files_of(rules, EDIFACT)
    made["mappings/x/cusdec.layout.yaml"] = layout.encode()
    body = [one for one in BODY if not one.startswith("NAD|DT")]
    body.insert(5, "NAD|DT|OFFICE")
    one = run_all(made, interchange(body))[0]
    assert len(one.message["persons"]) == 2  # type: ignore[arg-type]  # JSON is a union
    assert not [fault for fault in check(PATH, made).faults if fault.code in {"V303", "P101", "C201"}]


def test_every_data_element_is_under_coverage_and_a_misspelt_one_is_found() -> None:
    made = files_of(RULES.replace("BGM/1004", "BGM/1005"), EDIFACT)
    made["mappings/x/cusdec.layout.yaml"] = LAYOUT.encode()
    faults = check(PATH, made).faults
    assert [fault.message for fault in faults if fault.code == "P101"] == [
        "no segment or data element '1005' in message/BGM; did you mean '1004'? (cusdec.layout.yaml:6:49)"
    ]
    told = " ".join(fault.message for fault in faults if fault.code == "V301")
    assert "message/BGM/1004" not in told
    assert "nothing under UNB/S001 is mapped" in told
    assert "nothing under message/item/pack is mapped" in told


def test_a_condition_may_begin_with_a_directory_number() -> None:
    rules = RULES.replace("{from: \"LOC[3227 = '22']/C517/3225\", pick: only}", "{const: X}") + (
        "  message/LOC: {where: 3227 == '35', why: countries}\n"
    )
    offices = "organisations[]: {each: LOC, where: \"not 3227 in ['35']\", fields: {reference: C517/3225}}"
    rules = rules.replace("      narrative[]:", f"      {offices}\n      narrative[]:")
    made = files_of(rules, EDIFACT)
    made["mappings/x/cusdec.layout.yaml"] = LAYOUT.encode()
    one = run_all(made, interchange(BODY))[0]
    assert [found["reference"] for found in one.message["organisations"]] == ["NO0101"]  # type: ignore[index, call-overload, union-attr]  # JSON is a union


@settings(max_examples=40)
@given(st.lists(st.sampled_from(BODY[1:]), max_size=14), st.integers(0, len(BODY) - 1))
def test_any_order_of_segments_is_read_or_told_and_both_engines_agree(extra: list[str], kept: int) -> None:
    body = [BODY[0], *BODY[1:kept], *extra]
    found = through(interchange(BODY, ["UNH|M2|CUSDEC/D/96B/UN", *body[1:]]))
    assert found[0].outcome == "accepted"
    assert found[-1].outcome in {"accepted", "quarantined"}


def test_a_layout_may_use_common_segments_and_define_one_again() -> None:
    common = (Path(__file__).resolve().parents[2] / "schemas/edifact/common.layout.yaml").read_bytes()
    again = [line for line in LAYOUT.splitlines() if line[2:5] in {"BGM", "NAD", "RFF", "FTX", "PCI"}]
    text = "\n".join([LAYOUT[: LAYOUT.index("segments:")] + "use: [common.layout.yaml]\nsegments:", *again, ""])
    made = files(text + LAYOUT[LAYOUT.index("of:") :])
    made["mappings/x/common.layout.yaml"] = common
    one = run_all(made, interchange(BODY))[0]
    assert (one.outcome, one.codes) == ("accepted", [])
    assert one.message["header"]["reference"] == "IC7/DOC|1"  # type: ignore[index, call-overload]  # JSON is a union
    assert load_edifact_layout(
        "l.layout.yaml", {"l.layout.yaml": text.encode() + b"of: [{segment: TDT}]\n", "common.layout.yaml": common}
    ).files == {
        "l.layout.yaml",
        "common.layout.yaml",
    }
    made.pop("mappings/x/common.layout.yaml")
    assert "S101" in {fault.code for fault in check(PATH, made).faults}
