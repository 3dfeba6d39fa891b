"""The complete examples load and check clean, print what the design prints, and every seeded mistake is found.

A mistake is found when its code is reported at the offending text, and nothing is reported that was clean before.
"""

from dataclasses import dataclass, replace

import pytest

from gateway.document.diagnostics import counted, render
from gateway.errors import Severity
from tests.mapping.example_files import (
    BORDER,
    BORDER_SCHEMA,
    POLICE,
    POLICE_SCHEMA,
    check,
    edited,
    example_files,
    marked,
)


def test_the_police_example_prints_what_the_design_prints() -> None:
    files = example_files()
    report = check(POLICE, files)
    shown = [*(render(fault, files) for fault in report.faults), str(report.coverage), counted(report.faults)]
    message = "table 'doc_kind' has no row for X, which Document/@type allows"
    assert "\n".join(shown).split("\n") == [
        f"{POLICE}:70:41: warning[L101]: {message}; on_error covers it",
        "   70 |           kind: {from: ./@type, lookup: doc_kind, on_error: {use: other, keep: true}}",
        "      |                                         ^^^^^^^^",
        "source fields : 26 of 26 accounted for, 4 of them ignored with a reason; items: all selected or ignored",
        "0 errors, 1 warning",
    ]


def test_the_border_example_is_clean() -> None:
    report = check(BORDER, example_files())
    assert report.faults == ()
    assert str(report.coverage) == (
        "source fields : 16 of 16 accounted for, 1 of them ignored with a reason; items: all selected or ignored"
    )


@dataclass(frozen=True)
class Mistake:
    """An edit of an example, and the one fault it causes. `at` is the text the fault points at."""

    name: str
    old: str
    new: str
    code: str
    message: str
    at: str
    file: str = POLICE
    mapping: str = POLICE
    line: str = ""
    """The text of the line, where `at` alone could stand elsewhere."""


OF_THE_DESIGN = [
    Mistake(
        "a misspelt path",
        "            from: Date\n",
        "            from: Dat\n",
        "P101",
        "no element 'Dat' in Person/Birth; did you mean 'Date'? (notice-3.xsd:19:21)",
        "Dat",
    ),
    Mistake(
        "a source field that is not mapped",
        "  header.reference: Header/MsgRef\n",
        "",
        "V301",
        "source field Header/MsgRef (notice-3.xsd:5:19) is neither mapped nor listed under ignore",
        "h",
    ),
    Mistake(
        "a required target from an optional source",
        '<xs:element name="Created" type="xs:dateTime"/>',
        '<xs:element name="Created" type="xs:dateTime" minOccurs="0"/>',
        "T203",
        "header.issued is required but Header/Created is optional in the source; add default or on_missing",
        "header.issued",
        file=POLICE_SCHEMA,
    ),
    Mistake(
        "a condition on a code that does not exist",
        "when: Kind != 'DISC'",
        "when: Kind == 'ARRST'",
        "C201",
        "Kind can never be 'ARRST': the schema allows ARR, DISC, LOC",
        "'ARRST'",
    ),
]

IN_THE_POLICE_EXAMPLE = [
    Mistake(
        "an attribute written as an element",
        "kind: {from: ./@kind,",
        "kind: {from: kind,",
        "P101",
        "no element 'kind' in Person/Name; it is an attribute there (notice-3.xsd:30:23)",
        "kind",
        line="kind: {from: kind,",
    ),
    Mistake(
        "a container read as a value",
        "          place: Place\n",
        "          place: /Notice/Header\n",
        "P105",
        "/Notice/Header has children, no value of its own",
        "/Notice/Header",
    ),
    Mistake(
        "many where one is needed",
        "      sex: {from: Gender, lookup: sex}",
        "      sex: {from: Nationality, lookup: country}",
        "P110",
        "Nationality may occur any number of times",
        "Nationality",
    ),
    Mistake(
        "at over many nodes",
        "    at: Person\n    as: person",
        "    at: Person/Name\n    as: person",
        "P107",
        "Person/Name may occur any number of times",
        "Person/Name",
    ),
    Mistake(
        "a root that does not exist in the document",
        "warnings[]: {each: /Notice/Flag,",
        "warnings[]: {each: /Notise/Flag,",
        "P109",
        "the document's element is 'Notice', not 'Notise'",
        "Notise",
    ),
    Mistake(
        "a target field that does not exist",
        "          family: Family\n",
        "          familly: Family\n",
        "T201",
        "no field 'familly' in persons[].names[]; did you mean 'family'?",
        "familly",
    ),
    Mistake(
        "a list without brackets",
        "      births[]:\n",
        "      births:\n",
        "T202",
        "persons[].births is a list",
        "births",
    ),
    Mistake(
        "brackets on what is no list",
        "      sex: {from: Gender",
        "      sex[]: {from: Gender",
        "T202",
        "persons[].sex is no list",
        "sex[]",
    ),
    Mistake(
        "a required field that no rule fills",
        "      roles[]: {const: suspect}\n",
        "",
        "T204",
        "persons[].roles is required, and no rule fills it",
        "persons[]",
    ),
    Mistake(
        "a required header field that no rule fills",
        "  header.originator.country: {const: NO}\n",
        "",
        "T204",
        "header.originator.country is required, and no rule fills it",
        "header.originator.unit",
    ),
    Mistake(
        "a constant the target does not know",
        "header.precedence: {const: ROUTINE}",
        "header.precedence: {const: ROUTIN}",
        "T205",
        "header.precedence cannot be 'ROUTIN'; allowed: FLASH, IMMEDIATE, PRIORITY, ROUTINE",
        "ROUTIN",
    ),
    Mistake(
        "a default the target does not know",
        "lookup: name_kind, default: primary}",
        "lookup: name_kind, default: first}",
        "T205",
        "persons[].names[].kind cannot be 'first'; allowed: primary, birth, alias, maiden, previous, nickname,"
        " transliteration, trading",
        "first",
    ),
    Mistake(
        "a substitute the target does not know",
        "on_error: {use: other, keep: true}",
        "on_error: {use: others, keep: true}",
        "T205",
        "persons[].documents[].kind cannot be 'others'; did you mean 'other'?",
        "others",
    ),
    Mistake(
        "codes written without a table",
        "sex: {from: Gender, lookup: sex}",
        "sex: {from: Gender}",
        "T206",
        "Gender may be K, which persons[].sex does not allow; allowed: M, F, X",
        "{",
    ),
    Mistake(
        "two rules for one field",
        "          full: {from: {f: Family, g: Given}",
        "          family.x: Given\n          full: {from: {f: Family, g: Given}",
        "T201",
        "no field 'x' in persons[].names[].family",
        "family.x",
    ),
    Mistake(
        "two rules that write one leaf",
        "      description.height_cm:\n",
        "      description: {fields: {height_cm: Height}}\n      description.height_cm:\n",
        "T209",
        "two rules write persons[].description.height_cm",
        "description.height_cm",
    ),
    Mistake(
        "an id written by a rule",
        "      roles[]: {const: suspect}\n",
        "      roles[]: {const: suspect}\n      id: {const: x}\n",
        "T210",
        "persons[].id is written by the gateway, no rule writes it",
        "id",
    ),
    Mistake(
        "a body of another kind",
        "  notice:\n    at: Warrant",
        "  alert.headline: /Notice/InternalRef\n  notice:\n    at: Warrant",
        "T211",
        "a message of this kind has no alert",
        "alert.headline",
    ),
    Mistake(
        "a value where an object stands",
        "description.height_cm:\n        choose:",
        "description:\n        choose:",
        "T212",
        "persons[].description has fields; a single value does not fill it",
        "c",
    ),
    Mistake(
        "a code without a row",
        "  action: codes/action.csv",
        "  action: codes/sex.csv",
        "L101",
        "table 'action' has no row for ARR, DISC, LOC, which Kind allows",
        "action",
        line="action: {from: Kind",
    ),
    Mistake(
        "a table that leads out of the target's list",
        "LOC,inform,exact,",
        "LOC,informed,exact,",
        "L102",
        "table 'action' leads to informed, which notice.action does not allow; allowed: arrest, inform, discreet-check,"
        " specific-check, seize, refuse-entry, freeze-assets, protect",
        "action",
        file="mappings/xx-police/codes/action.csv",
        line="action: {from: Kind",
    ),
    Mistake(
        "a lookup on free text without a policy",
        "issuer: {from: IssuedBy, lookup: country}",
        "issuer: {from: Number, lookup: country}",
        "L104",
        "Number is free text, so table 'country' is never total",
        "country",
    ),
    Mistake(
        "an unknown table",
        "sex: {from: Gender, lookup: sex}",
        "sex: {from: Gender, lookup: sexes}",
        "L010",
        "no table is named 'sexes'; did you mean 'sex'?",
        "sexes",
    ),
    Mistake(
        "a table file that is not there",
        "  flag: codes/flag.csv",
        "  flag: codes/flags.csv",
        "L108",
        "there is no table file 'codes/flags.csv'",
        "codes/flags.csv",
    ),
    Mistake(
        "a converter that does not take what it gets",
        "          expires: Expiry\n",
        "          expires: {from: Expiry, convert: [{fuzzy_date: {formats: [YYYY-MM-DD]}}, upper]}\n",
        "K101",
        "'upper' takes text, but what comes before gives date",
        "upper",
    ),
    Mistake(
        "an unknown converter",
        'convert: [upper, {remove: " -"}]}\n          issuer',
        'convert: [uper, {remove: " -"}]}\n          issuer',
        "K001",
        "unknown converter 'uper'; did you mean 'upper'?",
        "uper",
    ),
    Mistake(
        "a dropped value that is required",
        "    on_error: refuse\n",
        "    on_error: drop\n",
        "E201",
        "header.issued is required, but on_error drops a bad value",
        "header.issued",
    ),
    Mistake(
        "drop_item outside an item",
        "    on_error: refuse\n",
        "    on_error: drop_item\n",
        "E202",
        "there is no item to drop here",
        "drop_item",
    ),
    Mistake(
        "items that no block selects",
        "  Person/Document: {where: not has(Number), why: a document without a number identifies nothing}\n",
        "",
        "V303",
        "no block selects Person/Document where Number is missing, and ignore does not cover it",
        "Document",
    ),
    Mistake(
        "an ignored path that does not exist",
        "  InternalRef: never",
        "  InternRef: never",
        "P101",
        "no element 'InternRef' in the document's element; did you mean 'InternalRef'? (notice-3.xsd:72:25)",
        "InternRef",
    ),
    Mistake(
        "an ignored path that is read",
        "  Header/Routing: transport only",
        "  Header: transport only",
        "V304",
        "Header is ignored, but something under it is read",
        "Header",
    ),
    Mistake(
        "an ignored path without a reason",
        "  Header/Routing: transport only",
        "  Header/Routing: todo",
        "V305",
        "a reason is needed: why is this not mapped?",
        "todo",
    ),
    Mistake(
        "a comparison with an optional value",
        "when: Kind != 'DISC'",
        "when: ValidUntil != '2026-01-01'",
        "C203",
        "ValidUntil may be missing, and then this is false too",
        "ValidUntil",
    ),
    Mistake(
        "a filter that only tests presence",
        "        each: Document\n        where: has(Number)\n",
        "        each: Document[Number]\n        where: has(Number)\n",
        "C204",
        "this tests that 'Number' is there, also when it is empty",
        "Number",
    ),
    Mistake(
        "a condition that contradicts the one around it",
        "{when: Height/@unit == 'in', then: {from: Height,",
        "{when: Height/@unit == 'in' and Height/@unit == 'cm', then: {from: Height,",
        "C202",
        "this can never hold here",
        "Height/@unit == 'in' and Height/@unit == 'cm'",
    ),
    Mistake(
        "a pattern nobody declared",
        "when: Kind != 'DISC'",
        "when: 'matches(Remark, remarks)'",
        "X505",
        "no pattern is named 'remarks'",
        "matches(Remark, remarks)",
    ),
    Mistake(
        "a loop over the same list for each item of another",
        "          family: Family\n",
        "          family: Family\n          parts[]:\n            each: /Notice/Person/Name/Given\n"
        "            fields: {kind: {const: middle}, value: .}\n",
        "G410",
        "this loop runs again for every item of the loop around it",
        "/Notice/Person/Name/Given",
    ),
    Mistake(
        "a reference to a block that does not exist",
        "  notice:\n    at: Warrant",
        "  narrative[]:\n    fields:\n      kind: {const: summary}\n      text: Header/MsgRef\n"
        "      about[]: {ref: persn}\n"
        "  notice:\n    at: Warrant",
        "J402",
        "no block is named 'persn'; did you mean 'person'?",
        "persn",
    ),
    Mistake(
        "an enclosing block that does not exist",
        "          place: Place\n",
        "          place: {in: peson, from: Gender}\n",
        "J406",
        "no enclosing block is named 'peson'; did you mean 'person'?",
        "peson",
    ),
    Mistake(
        "an index that does not exist",
        "          place: Place\n",
        "          place: {join: places, key: Country, from: Name}\n",
        "J407",
        "no index is named 'places'",
        "places",
    ),
    Mistake(
        "a schema file that is not there",
        "notice-3.xsd",
        "notice-4.xsd",
        "S101",
        "there is no schema file '../../schemas/xx-police/notice-4.xsd'",
        "../../schemas/xx-police/notice-4.xsd",
    ),
    Mistake(
        "a root the schema does not declare",
        "  root: Notice\n",
        "  root: Notise\n",
        "S105",
        "the schema declares no element 'Notise'; did you mean 'Notice'? (notice-3.xsd:68:19)",
        "Notise",
    ),
    Mistake(
        "a namespace the schema does not have",
        "  default_namespace: urn:example:xx-police:notice:3\n",
        "  default_namespace: urn:example:xx-police:notice:2\n",
        "S105",
        "the schema declares no element 'Notice'; the schema has it in namespace urn:example:xx-police:notice:3",
        "Notice",
    ),
]

IN_THE_BORDER_EXAMPLE = [
    Mistake(
        "a misspelt member",
        "family: last",
        "family: lst",
        "P101",
        "no member 'lst' in $.person.names[*]; did you mean 'last'? (watchlist-1.schema.json:40:9)",
        "lst",
    ),
    Mistake(
        "a member of a list",
        "date: {from: dob,",
        "date: {from: docs.no,",
        "P106",
        "$.person.docs is a list; 'no' is a member of its items",
        ".no",
    ),
    Mistake(
        "a list where a value is needed",
        "header.reference: {from: $.id,",
        "header.reference: {from: $.hit.reasons,",
        "P106",
        "$.hit.reasons is a list",
        "$.hit.reasons",
    ),
    Mistake(
        "a member of a text",
        "header.reference: {from: $.id,",
        "header.reference: {from: $.id.x,",
        "P103",
        "$.id is a single value and has no member 'x'",
        ".x",
    ),
    Mistake(
        "a truth value compared with a text",
        "when: aka == true",
        "when: aka == 'yes'",
        "C205",
        "aka is true or false",
        "'yes'",
    ),
    Mistake(
        "a reference to one of many from outside",
        "from: {ref: person}, to: {ref: reason}",
        "from: {ref: person}, to: {ref: car}",
        "J402",
        "which 'car' is meant cannot be told from here",
        "car",
    ),
    Mistake(
        "one item of a class left out",
        "    each: $.person.cars\n    as: car",
        "    each: $.person.cars\n    where: ctry == 'AUT'\n    as: car",
        "V302",
        "where ctry is NOR, nothing reads $.person.cars[*].plate",
        "$.person.cars",
    ),
    Mistake(
        "a table that is not used",
        "doc: codes/doc.csv}",
        "doc: codes/doc.csv, doc2: codes/doc.csv}",
        "L109",
        "table 'doc2' is not used",
        "doc2",
    ),
]


def _all() -> list[object]:
    border = [replace(mistake, file=BORDER, mapping=BORDER) for mistake in IN_THE_BORDER_EXAMPLE]
    return [pytest.param(m, id=m.name.replace(" ", "-")) for m in (*OF_THE_DESIGN, *IN_THE_POLICE_EXAMPLE, *border)]


@pytest.mark.parametrize("mistake", _all())
def test_a_seeded_mistake_is_found_at_its_line(mistake: Mistake) -> None:
    files = edited((mistake.file, mistake.old, mistake.new))
    before = {(fault.code, fault.message) for fault in check(mistake.mapping, example_files()).faults}
    new = [f for f in check(mistake.mapping, files).faults if (f.code, f.message) not in before]
    print(*(render(fault, files) for fault in new), sep="\n")
    found = [fault for fault in new if fault.code == mistake.code]
    assert [fault.message for fault in found][:1] == [mistake.message]
    assert marked(found[0], files) == mistake.at
    if mistake.line:
        assert mistake.line in files[found[0].place.file].decode().split("\n")[found[0].place.line - 1]


def test_schema_places_name_the_schema_and_every_warning_is_a_warning() -> None:
    report = check(POLICE, example_files())
    assert {fault.severity for fault in report.faults} == {Severity.WARNING}
    assert report.good
    assert BORDER_SCHEMA in example_files()
