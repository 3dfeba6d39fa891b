"""Delimited lines of several record types through both engines: a criminal register that an old system writes."""

import pytest

from gateway.errors import DocumentRefused
from gateway.mapping.api import build_inbound, choose_mapping
from gateway.mapping.cases.change_records import change_delimited
from gateway.mapping.load.mapping import load_mapping
from gateway.outcome import SourceFile
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import HEAD, PATH, files_of, refused, run_all
from tests.mapping.test_change_records import change

RECORDS = """source:
  format: csv
  delimiter: "|"
  encoding: cp1252
  records:
    HDR: {is: {1: HDR}, many: false, fields: {day: 2, office: 3}}
    PER: {is: {1: [PER, PRS]}, fields: {number: {at: 2, type: integer}, surname: 3, given: 4}, slots: {phone: {count: 3, from: 5, width: 2, fields: {kind: 1, number: 2}}}}
    CON: {is: {1: CON, 2: V}, under: PER, many: true, fields: {court: 3, what: 4}}
    NOT: {is: {1: CON, 2: N}, under: PER, many: true, fields: {text: 3}}
target: {format: exchange, version: 1}
"""
REGISTER = HEAD + RECORDS
RULES = """
split:
  person:
    each: PER
    map:
      header.reference: {from: {d: /HDR/day, n: number}, text: '{d}/{n}'}
      header.originator.unit: /HDR/office
      persons[]:
        as: p
        key: number
        fields:
          names[]: {fields: {kind: {const: primary}, family: surname, given: given}}
          contacts[]: {each: phone, where: has(number), fields: {value: number}}
          convictions[]: {each: CON, fields: {authority: court}}
      narrative[]: {each: NOT, fields: {kind: {const: remarks}, text: text}}
ignore:
  PER/phone/kind: all are telephones
  PER/CON/what: a text of the court
"""
RULES = RULES.replace(
    "          convictions[]: {each: CON, fields: {authority: court}}\n",
    "          occupations[]: {each: CON, value: court}\n",
)
FILE = (
    "HDR|20260301|Øst\r\n"
    "PER|007|Müller|Anna|H|22000001|||M|99000003\r\n"
    'CON|V|Oslo|"a ""long"" | text\r\nover lines"\r\n'
    "CON|N|seen twice\r\n"
    "PRS|8|Berg\r\n"
    "CON|V|Bergen||more\r\n"
)


def test_records_are_told_apart_by_their_cells() -> None:
    first, second = run_all(files_of(RULES, REGISTER), FILE.encode("cp1252"))
    assert first.message["header"] == {"reference": "20260301/007", "originator": {"unit": "Øst"}}
    person = first.message["persons"][0]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["names"] == [{"kind": "primary", "family": "Müller", "given": "Anna"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["contacts"] == [{"value": "22000001"}, {"value": "99000003"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert person["occupations"] == ["Oslo"]  # type: ignore[index, call-overload]  # JSON is a union
    assert first.message["narrative"][0]["text"] == "seen twice"  # type: ignore[index, call-overload]  # JSON is a union
    assert (first.codes, second.codes) == ([], ["R154"])
    places = [str(place) for leaf in first.lineage for place in leaf.sources]
    assert "2 /PER[1]/phone[2]/number" in places
    assert "5 /PER[1]/NOT/text" in places


@pytest.mark.parametrize(("line", "code"), [("XXX|1", "R150"), ("", "R150"), ("HDR|1", "R152"), ("CON|Z|x", "R150")])
def test_a_line_that_is_no_record_is_kept_aside(line: str, code: str) -> None:
    data = FILE.replace("PRS|8", f"{line}\r\nPRS|8").encode("cp1252")
    *messages, whole = run_all(files_of(RULES, REGISTER), data)
    assert [one.outcome for one in messages] == ["accepted", "accepted"]
    assert (whole.codes, whole.faults[0].at.line) == ([code], 6)


def test_other_files_are_left_to_other_mappings() -> None:
    one = build_inbound(PATH, files_of(RULES, REGISTER), exchange())
    plain = build_inbound(
        PATH,
        files_of("map: {}", HEAD + "source: {format: csv, columns: [a, b]}\ntarget: {format: exchange, version: 1}\n"),
        exchange(),
    )
    sent = (SourceFile(FILE.encode("cp1252"), "x"),)
    assert choose_mapping([plain, one], sent)[0] is one
    assert choose_mapping([one, plain], (SourceFile(b"a,b\n1,2\n", "x"),))[0] is plain
    with pytest.raises(DocumentRefused, match="DOC-061"):
        one.read([SourceFile(b'HDR|"x\r\n', "x")])


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        ("records: {A: {is: {1: A}, fields: {a: 2-3}}}", ["W005"]),
        ("records: {A: {is: {1-2: A}, fields: {a: 3}}}", ["W005"]),
        ("records: {A: {is: {1: A}, unit: bytes, fields: {a: 3}}}", ["W006"]),
        ("records: {A: {is: {1: A}, fields: {a: 3}}}, header: false", ["W006"]),
        ("records: {A: {is: {1: A}, fields: {a: 3}}}, columns: [a]", ["W006"]),
        ("records: {A: {is: {1: A}, fields: {a: 3}}}, delimiter: ab", ["W005"]),
        ("records: {A: {is: {1: A}, fields: {a: 3, b: 3}}}", ["S302"]),
        ("records: {A: {is: {1: AB}, fields: {a: 3}}, B: {is: {1: AC}, fields: {a: 3}}}", []),
        ("records: {A: {is: {1: AB}, fields: {a: 3}}, B: {is: {1: [X, AB]}, fields: {a: 3}}}", ["S303"]),
    ],
)
def test_records_of_cells_are_read_strictly(head: str, codes: list[str]) -> None:
    text = f"{HEAD}source: {{format: csv, {head}}}\ntarget: {{format: exchange, version: 1}}\n"
    assert [found.split()[0] for found in refused(files_of("map: {}", text))] == codes


def test_the_check_sees_every_cell() -> None:
    faults = check(PATH, files_of(RULES.replace("  PER/CON/what: a text of the court\n", ""), REGISTER)).faults
    told = [fault.message for fault in faults if fault.code in {"V301", "P101"}]
    assert len(told) == 1
    assert told[0].startswith("source field PER/CON/what")


def test_a_cell_of_a_sample_can_be_changed() -> None:
    source = load_mapping(PATH, files_of("map: {}", REGISTER)).source
    data = FILE.encode("cp1252")
    assert change_delimited(data, change("PER[2]/surname", "Ek|x"), source) == data.replace(b"|Berg\r", b'|"Ek|x"\r')
    assert b"CON|N|\r\n" in change_delimited(data, change("PER/NOT/text", ""), source)
    assert b"PRS|8|Berg|N\r\n" in change_delimited(data, change("PER[2]/given", "N"), source)
