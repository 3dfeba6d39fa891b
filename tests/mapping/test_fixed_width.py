"""Files of fixed width through both engines: a Nordic register with four record types, and what breaks in it."""

import pytest

from gateway.errors import DocumentRefused
from gateway.mapping.api import build_inbound, choose_mapping
from gateway.outcome import SourceFile
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import HEAD, PATH, Result, files_of, refused, run_all

RECORDS = """source:
  format: fixed
  encoding: cp1252
  nulls: ["000000"]
  records:
    HODE: {is: {1-4: HODE}, many: false, fields: {day: 5-12, office: 13-16}}
    PERS: {is: {1-4: PERS}, fields: {number: {at: 5-15, type: integer}, surname: 16-30, given: 31-45, sex: {at: 46, nulls: [X]}}}
    DOK: {is: {1-3: DOK}, under: PERS, many: true, fields: {kind: 4, number: 5-15, issued: 16-21}}
    BIL: {is: {1-3: [BIL, CAR]}, under: PERS, fields: {plate: 5-12}, slots: {rider: {count: 3, from: 14, width: 12, fields: {name: 1-9, seat: 10-11}}}}
    MERK: {is: {1-4: MERK}, under: BIL, many: true, fields: {text: 5-40}}
target: {format: exchange, version: 1}
"""
FIXED = HEAD + RECORDS
RULES = """
split:
  person:
    each: PERS
    as: row
    map:
      header.reference: {from: {d: /HODE/day, n: number}, text: '{d}/{n}'}
      header.originator.unit: /HODE/office
      persons[]:
        as: p
        key: number
        fields:
          names[]: {fields: {kind: {const: primary}, family: surname, given: given}}
          sex: sex
          documents[]: {each: DOK, where: kind == 'P', fields: {number: number, issued: {from: issued, convert: [{fuzzy_date: {formats: [DDMMYY], century: {not_after: {in: envelope, from: taken}}}}]}}}
      objects[]:
        at: BIL
        fields: {kind: {const: vehicle}, vehicle.registration: plate}
      narrative[]:
        - {each: BIL/rider, fields: {kind: {const: remarks}, text: {from: {n: name, s: slot, t: seat}, text: '{s}: {n}[ in {t}]'}}}
        - {each: BIL/MERK, fields: {kind: {const: facts}, text: {from: {t: text, w: {in: row, from: surname}}, text: '{w}: {t}'}}}
ignore:
  PERS/DOK: {where: not kind == 'P', why: passports only}
"""
FIRST = [
    "HODE20260301OSLO",
    "PERS00000000777Müller         Anna           F",
    "DOKPA1234567   000000",
    "DOKI77",
    "BIL AB12345  " + "Ola      1A " + " " * 12 + "Kari       ",
    "MERKfirst",
    "MERKsecond",
]
SECOND = ["PERS00000000778Berg           Nils           X", "CAR ZZ9     "]


def register(*lines: str, end: str = "\n") -> list[Result]:
    return run_all(files_of(RULES, FIXED), end.join([*lines, ""]).encode("cp1252"))


def test_records_stand_under_the_nearest_one_before_them() -> None:
    first, second = register(*FIRST, *SECOND)
    assert (first.outcome, second.outcome) == ("accepted", "accepted")
    assert first.message["header"] == {"reference": "20260301/00000000777", "originator": {"unit": "OSLO"}}
    person = first.message["persons"][0]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["names"] == [{"kind": "primary", "family": "Müller", "given": "Anna"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["documents"] == [{"number": "A1234567"}]  # type: ignore[index, call-overload]  # JSON is a union
    told = [one["text"] for one in first.message["narrative"]]  # type: ignore[index, call-overload, union-attr]  # JSON is a union
    assert told == ["1: Ola in 1A", "3: Kari", "Müller: first", "Müller: second"]
    assert "sex" not in second.message["persons"][0]  # type: ignore[index, call-overload, operator]  # JSON is a union
    assert second.message["objects"][0]["vehicle"] == {"registration": "ZZ9"}  # type: ignore[index, call-overload]  # JSON is a union


def test_lineage_says_line_record_and_field() -> None:
    first, _ = register(*FIRST, *SECOND)
    sources = [str(place) for leaf in first.lineage for place in leaf.sources]
    assert "1 /HODE/day" in sources
    assert "2 /PERS[1]/surname" in sources
    assert "5 /PERS[1]/BIL/rider[2]/slot" in sources
    assert "7 /PERS[1]/BIL/MERK[2]/text" in sources


def test_line_ends_make_no_difference() -> None:
    plain = [one.mapped for one in register(*FIRST, *SECOND)]
    assert [one.mapped for one in register(*FIRST, *SECOND, end="\r\n")] == plain


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        ([*FIRST, "HVEM?", *SECOND], "R150", 8),
        ([FIRST[0], FIRST[2], *FIRST[1:], *SECOND], "R151", 2),
        ([*FIRST[:2], *FIRST[5:], *SECOND], "R151", 3),
        ([*FIRST, *FIRST[4:5], *SECOND], "R152", 8),
        ([FIRST[0], *FIRST, *SECOND], "R152", 2),
    ],
)
def test_a_line_that_does_not_fit_is_kept_aside_and_the_others_go_on(lines: list[str], code: str, line: int) -> None:
    *messages, whole = register(*lines)
    assert [one.outcome for one in messages] == ["accepted", "accepted"]
    assert (whole.mapped.part, whole.outcome, whole.codes[0]) == ("file", "quarantined", code)
    assert whole.faults[0].at.line == line


@pytest.mark.parametrize(("word", "outcome"), [("warn", "accepted"), ("quarantine", "quarantined")])
def test_text_that_no_field_declares_is_told_of_the_message_that_has_it(word: str, outcome: str) -> None:
    head = FIXED.replace("  encoding: cp1252\n", f"  encoding: cp1252\n  open: {word}\n")
    lines = [*FIRST[:2], FIRST[2] + "more", *FIRST[3:], *SECOND]
    first, second = run_all(files_of(RULES, head), "\n".join(lines).encode("cp1252"))
    assert (first.outcome, first.codes, second.outcome) == (outcome, ["R154"], "accepted")


def test_a_range_that_cuts_a_character_is_a_bad_line() -> None:
    head = (
        HEAD
        + """source: {format: fixed, records: {N: {unit: bytes, fields: {a: 1-3, b: 4-6}}}}
target: {format: exchange, version: 1}
"""
    )
    good, whole = run_all(files_of("split: {n: {each: N, map: {header.reference: a}}}", head), "abcéx\nabéxyz".encode())
    assert good.message == {"header": {"reference": "abc"}}
    assert whole.codes == ["R153"]


def test_a_file_without_any_record_of_the_source_is_refused_and_others_are_tried() -> None:
    fixed = build_inbound(PATH, files_of(RULES, FIXED), exchange())
    other = build_inbound(
        PATH, files_of(RULES, FIXED.replace("HODE: {is: {1-4: HODE}", "HODE: {is: {1-4: KOPF}")), exchange()
    )
    sent = (SourceFile("\n".join(FIRST).encode("cp1252"), "x"),)
    assert choose_mapping([other, fixed], sent)[0] is fixed
    with pytest.raises(DocumentRefused, match="R150"):
        fixed.read([SourceFile(b"nothing\n", "x")])
    assert fixed.recognises(fixed.read(sent))
    assert not other.recognises(fixed.read(sent))


def head_of(records: str) -> str:
    return HEAD + f"source: {{format: fixed, records: {records}}}\ntarget: {{format: exchange, version: 1}}\n"


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        ("{A: {is: {1: A}, fields: {a: 2-5, b: 5-6}}}", ["S302"]),
        ("{A: {is: {1: A}, fields: {a: 2-5}, slots: {s: {count: 2, from: 5, width: 3, fields: {x: 1-3}}}}}", ["S302"]),
        ("{A: {is: {1: A}, fields: {a: 2}, slots: {s: {count: 2, from: 5, width: 3, fields: {x: 1-4}}}}}", ["S302"]),
        ("{A: {is: {1: A}, fields: {a: 2}}, B: {is: {2: B}, fields: {a: 3}}}", ["S303"]),
        ("{A: {is: {1-2: AB}, fields: {a: 3}}, B: {is: {2-3: BC}, fields: {a: 4}}}", ["S303"]),
        ("{A: {is: {1-2: AB}, fields: {a: 3}}, B: {is: {2-3: CB}, fields: {a: 4}}}", []),
        ("{A: {fields: {a: 1}}, B: {is: {1: B}, fields: {a: 2}}}", ["S303"]),
        ("{A: {is: {1: A}, under: C, fields: {a: 2}}}", ["S304"]),
        ("{A: {is: {1: A}, under: B, fields: {a: 2}}, B: {is: {1: B}, under: A, fields: {a: 2}}}", ["S304", "S304"]),
        ("{A: {is: {1: A}, fields: {B: 2}}, B: {is: {1: B}, under: A, fields: {a: 2}}}", ["W007"]),
        ("{A: {is: {1: AB}, fields: {a: 2}}}", ["W005"]),
        ("{A: {is: {2-1: A}, fields: {a: 0}}}", ["W005", "W005", "W003"]),
        ("{A: {is: {1: A}}}", ["W003"]),
        ("{A: {is: {1: A}, feilds: {a: 2}}}", ["W003", "W001"]),
        ("{A: {is: {1: A}, fields: {a: {at: 2, typ: integer}}}}", ["W001"]),
    ],
)
def test_records_that_contradict_one_another_are_refused_before_loading(records: str, codes: list[str]) -> None:
    assert sorted(found.split()[0] for found in refused(files_of("map: {}", head_of(records)))) == sorted(codes)


def test_every_field_is_under_coverage_and_a_misspelt_one_is_found() -> None:
    rules = RULES.replace("vehicle.registration: plate", "vehicle.registration: plat").replace(
        "given: given", "given: {const: X}"
    )
    faults = check(PATH, files_of(rules, FIXED)).faults
    told = [fault.message for fault in faults if fault.code in {"P101", "V301"}]
    assert told == [
        "source field PERS/given (x.map.yaml:9:89) is neither mapped nor listed under ignore",
        "no field or record 'plat' in PERS/BIL; did you mean 'plate'? (x.map.yaml:11:56)",
    ]


FLAT = (
    HEAD
    + """source:
  format: fixed
  records:
    GODS: {is: {1-4: GODS}, fields: {office: 5-8, file: 9-12, what: 13-24, owner: 25-26}}
    KJTY: {is: {1-4: KJTY}, fields: {office: 5-8, file: 9-12, plate: 13-20, owner: 21-22}}
    EIER: {is: {1-4: EIER}, fields: {key: 5-6, name: 7-26, tel_1: 27-34, kind_1: 35, tel_2: 36-43, kind_2: 44, free: 45-80}}
target: {format: exchange, version: 1}
"""
)
FLAT_RULES = """
index:
  owner: {over: EIER, key: key, pick: first, leftover: warn}
patterns:
  free:
    items: {separator: "; "}
    read: [{as: born, pattern: 'F:(?<day>[0-9]{8})'}]
    rest: {as: other, many: true}
split:
  seizure:
    each: {group: [GODS, KJTY], by: [office, file]}
    as: seizure
    map:
      header.reference: {from: {o: office, f: file}, text: '{o}/{f}'}
      persons[]:
        - each: GODS
          where: has(owner)
          as: holder
          fields:
            reference: owner
            names[]: {at: {join: owner, key: owner}, fields: {kind: {const: primary}, full: name}}
            contacts[]:
              each: {join: owner, key: owner}
              choose:
                - otherwise:
                    each: {slots: 1-2, of: {number: "tel_{n}", kind: "kind_{n}"}}
                    where: has(number)
                    fields: {value: number}
            births[]:
              at: {join: owner, key: owner}
              choose:
                - otherwise:
                    at: {parse: free, from: free}
                    fields: {date: {from: born/day, convert: [{date: [YYYYMMDD]}]}}
      objects[]: {each: KJTY, fields: {kind: {const: vehicle}, vehicle.registration: plate}}
"""
FLAT_FILE = [
    "GODSOSLO0001cigarettes  A1",
    "KJTYOSLO0002ZZ 1    ",
    "EIERA1" + "Anna Berg".ljust(20) + "22000001" + "M" + "22000002" + "H" + "F:19700102; tall",
    "GODSBERG0001spirits",
    "KJTYOSLO0001AB 2    A1",
    "GODSOSLO    lost",
]


def test_flat_records_of_several_types_are_grouped_and_joined_by_key() -> None:
    *messages, whole = run_all(files_of(FLAT_RULES, FLAT), "\n".join(FLAT_FILE).encode())
    found = [one.message for one in messages]
    assert [one["header"] for one in found] == [
        {"reference": "OSLO/0001"},
        {"reference": "BERG/0001"},
        {"reference": "OSLO/0002"},
    ]
    person = found[0]["persons"][0]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["names"] == [{"kind": "primary", "full": "Anna Berg"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["contacts"] == [{"value": "22000001"}, {"value": "22000002"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["births"] == [{"date": {"value": "1970-01-02", "raw": "19700102"}}]  # type: ignore[index, call-overload]  # JSON is a union
    assert found[0]["objects"][0]["vehicle"] == {"registration": "AB 2"}  # type: ignore[index, call-overload]  # JSON is a union
    assert (whole.outcome, whole.codes, whole.faults[0].at.line) == ("quarantined", ["R106"], 6)
    assert not [fault for fault in check(PATH, files_of(FLAT_RULES, FLAT)).faults if fault.code[0] in "PJGCXS"]
