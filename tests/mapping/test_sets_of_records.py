"""Sets whose members are records: a file of fixed width and a delimited one that refer to each other by key."""

from tests.mapping.example_files import check
from tests.mapping.inline import HEAD, PATH, Result, files_of, run_all

SET = (
    HEAD
    + """source:
  format: set
  members:
    people:
      file: "P*.txt"
      format: fixed
      encoding: cp1252
      records:
        P: {is: {1: P}, fields: {no: {at: 2-5, type: integer}, name: 6-20}}
        D: {is: {1: D}, under: P, many: true, fields: {number: 2-9}}
    cars:
      file: "C*.txt"
      format: csv
      delimiter: ";"
      records:
        CAR: {is: {1: C}, fields: {owner: {at: 2, type: integer}, plate: {at: 3, nulls: ["-"]}}}
    more: {file: "M*.csv", format: csv, header: false, columns: {no: {at: 1, type: integer}, text: 2}}
target: {format: exchange, version: 1}
"""
)
RULES = """
index:
  car: {over: cars/CAR, key: owner, many: true, leftover: quarantine}
  more: {over: more/row, key: no, many: true, leftover: ignore}
split:
  person:
    each: people/P
    map:
      header.reference: no
      persons[]:
        as: p
        fields:
          names[]: {fields: {kind: {const: primary}, full: name}}
          documents[]: {each: D, fields: {number: number}}
      objects[]: {each: {join: car, key: no}, fields: {kind: {const: vehicle}, vehicle.registration: plate}}
      narrative[]: {each: {join: more, key: no}, fields: {kind: {const: remarks}, text: text}}
"""
PEOPLE = "P0001Müller\nDA1\nDA2\nP0002Berg\n"
CARS = "C;1;AB 1\r\nC;002;-\r\nC;1;AB 2\r\n"


def received(people: str = PEOPLE, cars: str = CARS, more: str = "2,tall\r\n") -> list[Result]:
    sent = ("P1.txt", people.encode("cp1252")), ("C1.txt", cars.encode()), ("M1.csv", more.encode())
    return run_all(files_of(RULES, SET), *sent)


def test_members_of_records_are_joined_with_members_of_rows() -> None:
    one, two = received()
    assert (one.outcome, one.codes, two.outcome, two.codes) == ("accepted", [], "accepted", [])
    plates = [thing["vehicle"]["registration"] for thing in one.message["objects"]]  # type: ignore[index, call-overload, union-attr]  # JSON is a union
    assert plates == ["AB 1", "AB 2"]
    assert one.message["persons"][0]["documents"] == [{"number": "A1"}, {"number": "A2"}]  # type: ignore[index, call-overload]  # JSON is a union
    assert two.message["narrative"][0]["text"] == "tall"  # type: ignore[index, call-overload]  # JSON is a union
    places = {str(place) for leaf in (*one.lineage, *two.lineage) for place in leaf.sources}
    assert {"people:1 /P[1]/name", "people:3 /P[1]/D[2]/number", "cars:3 /CAR[3]/plate"} <= places


def test_what_is_wrong_is_told_with_its_member() -> None:
    *messages, whole = received(people=PEOPLE + "Xx\n", cars="C;1;AB 1\nC;9;ZZ\nQ\n")
    assert [one.outcome for one in messages] == ["accepted", "accepted"]
    told = [(fault.code, fault.at.file, fault.at.line) for fault in whole.faults]
    assert told == [("R150", "people", 5), ("R150", "cars", 3), ("R131", "cars", 2)]


def test_an_empty_member_has_no_records() -> None:
    assert [one.outcome for one in received(cars="", more="")] == ["accepted", "accepted"]


def test_the_check_knows_the_fields_of_every_member() -> None:
    faults = check(PATH, files_of(RULES.replace("full: name", "full: nam"), SET)).faults
    told = [fault.message for fault in faults if fault.code in {"P101", "V301", "J401"}]
    assert told[0].startswith("no column 'nam' in people/P; did you mean 'name'?")
    assert len(told) == 1
