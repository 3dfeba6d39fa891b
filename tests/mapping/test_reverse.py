"""The way back: the class of every construct, drafts that load, pairs compared, and what is exact comes back."""

import json
import unicodedata
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.tree import JsonObject
from gateway.errors import DefinitionRefused, Fault
from gateway.exchange.message import leaves
from gateway.mapping.api import InboundMapping, OutboundMapping, build_inbound, build_outbound
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.reverse.classify import Class, classify, exact_rules
from gateway.mapping.reverse.draft import draft_reverse
from gateway.mapping.reverse.pair import inverse_of, judge_pair
from gateway.outcome import SourceFile
from tests.mapping.example_files import BORDER, POLICE, example_files, exchange
from tests.mapping.inline import ENVELOPE, IDENTITY, JSON, OPEN_JSON, PATH, files_of

BACK = "mappings/x/x-back.map.yaml"
RULES = """
tables: {one: one.csv, many: many.csv, loose: loose.csv}
patterns: {packed: '(?<a>[a-z]+) (?<b>[a-z]+)'}
index: {job: {over: $.jobs, key: id, many: true}}
map:
  header.reference: {from: $.id, convert: [{prefix: N-}]}
  header.issued: {from: $.ts, convert: [datetime]}
  header.kind: {const: person-notice}
  persons[]:
    each: $.p
    where: has(n)
    as: person
    key: id
    fields:
      reference: id
      sex: {from: s, lookup: one}
      occupations[]: {each: {join: job, key: id, from: title}, value: .}
      names[]:
        each: names
        fields:
          family: last
          given: first
          kind: {from: k, lookup: many}
          full: {from: {l: last, f: first}, text: '{l}[, {f}]'}
      births[]: {fields: {date: {from: b, convert: [{fuzzy_date: {formats: [YYYY]}}]}, place: {first_of: [t, u]}}}
      description.height_cm: {from: h, default: '170'}
      description.build: {from: 'l[0]', on_error: drop}
      description.hair: {choose: [{when: x == '1', then: {const: black}}, {otherwise: {const: grey}}]}
      description.eyes: {choose: [{when: x == '1', then: {const: blue}}, {when: has(y), then: {const: grey}}]}
      nationalities[]: {at: {parse: packed, from: nat}, value: {from: a, lookup: loose}}
"""
TABLES = {
    "one_csv": "source,target,match\nm,M,exact\nf,F,exact\n",
    "many_csv": "source,target,match\na,alias,exact\nb,alias,exact\n",
    "loose_csv": "source,target,match\nqm,QM,close\n",
}


def judged() -> dict[str, tuple[Class, str]]:
    mapping = build_inbound(PATH, files_of(RULES, **TABLES), exchange(), engine="interpreted")
    worst = sorted(classify(mapping.program), key=lambda one: tuple(Class).index(one.kind))
    return {one.target: (one.kind, "; ".join(one.reasons)) for one in worst}


@pytest.mark.parametrize(
    ("target", "kind", "reason"),
    [
        ("header.reference", Class.EXACT, ""),
        ("header.issued", Class.EXACT, ""),
        ("header.kind", Class.GUARD, "a constant"),
        ("persons", Class.LOSSY, "where"),
        ("persons.reference", Class.EXACT, ""),
        ("persons.sex", Class.EXACT, ""),
        ("persons.occupations", Class.DERIVED, "index 'job'"),
        ("persons.names.family", Class.EXACT, ""),
        ("persons.names.full", Class.EXACT, ""),
        ("persons.names.kind", Class.LOSSY, "several sources for one target"),
        ("persons.births.date", Class.LOSSY, "fuzzy_date"),
        ("persons.births.place", Class.LOSSY, "several places"),
        ("persons.description.height_cm", Class.LOSSY, "default"),
        ("persons.description.build", Class.LOSSY, "position"),
        ("persons.description.hair", Class.PARTIAL, "otherwise needs `reverse:`"),
        ("persons.description.eyes", Class.LOSSY, "does not follow"),
        ("persons.nationalities", Class.LOSSY, "close matches"),
    ],
)
def test_each_construct_has_its_class_and_reason(target: str, kind: Class, reason: str) -> None:
    found, told = judged()[target]
    assert found is kind, told
    assert reason in told


def test_a_text_of_attributes_follows_from_them() -> None:
    """Attributes are named as elements are: both parts of the name are mapped on their own."""
    head = JSON.replace("{format: json, schema: s.json}", "{format: xml, schema: s.xsd, root: N}")
    rules = """
    map:
      persons[]:
        fields:
          names[]:
            fields:
              full: {from: {l: ./@l, f: ./@f}, text: '{l}[, {f}]'}
              family: ./@l
              given: ./@f
    """
    schema = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="N"><xs:complexType>
    <xs:attribute name="l"/><xs:attribute name="f"/></xs:complexType></xs:element></xs:schema>"""
    mapping = build_inbound(PATH, files_of(rules, head, s_xsd=schema), exchange(), engine="interpreted")
    kinds = {one.target: one.kind for one in classify(mapping.program)}
    assert kinds["persons.names.full"] is Class.EXACT


@pytest.mark.parametrize("path", [POLICE, BORDER])
def test_a_draft_of_the_examples_loads_and_ties_the_pair(path: str) -> None:
    files = example_files()
    name = path.replace(".map.yaml", "-back.map.yaml")
    draft = draft_reverse(build_inbound(path, files, exchange(), engine="interpreted").program, name)
    files |= draft.files
    assert build_outbound(name, files, exchange()).name.endswith(".back")
    assert inverse_of(path, files) == name
    assert [fault for fault in judge_pair(load_mapping(name, files), files, exchange()) if fault.code != "B004"] == []


@pytest.mark.parametrize("head", ["source: {format: csv, columns: [a]}\ntarget: {format: exchange, version: 1}\n"])
def test_what_no_outbound_mapping_can_write_is_said(head: str) -> None:
    rules = "map:\n  persons[]: {each: row, fields: {reference: a}}"
    files = files_of(rules, "mapping: x.x\nversion: 1.0.0\n" + head)
    with pytest.raises(DefinitionRefused, match="B001"):
        draft_reverse(build_inbound(PATH, files, exchange(), engine="interpreted").program, BACK)


def test_a_constant_that_is_written_under_a_condition_is_not_asked_of_every_message() -> None:
    """Else the way back would hold every message that is no exercise."""
    rules = """
    map:
      header.reference: $.id
      header.kind: {const: person-notice}
      header.status: {const: Exercise, when: has($.drill)}
    """
    mapping = build_inbound(PATH, files_of(rules), exchange(), engine="interpreted")
    draft = draft_reverse(mapping.program, BACK).files[BACK].decode()
    assert "$.header.kind == 'person-notice'" in draft
    assert "Exercise" not in draft


def test_a_draft_of_a_split_writes_a_document_of_one_item_and_what_stands_outside_it_once() -> None:
    rules = "split:\n  one:\n    each: $.items\n    map:\n      header.reference: $.id\n"
    rules += "      persons[]: {at: who, fields: {reference: no, 'names[]': {each: $.x, fields: {full: .}}}}\n"
    files = files_of(rules)
    draft = draft_reverse(build_inbound(PATH, files, exchange(), engine="interpreted").program, BACK)
    message: JsonObject = {"header": {"reference": "7"}, "persons": [{"reference": "a", "names": [{"full": "N"}]}]}
    written = build_outbound(BACK, files | draft.files, exchange()).apply(message)
    assert json.loads(written.bodies[0]) == {"id": "7", "items": [{"who": {"no": "a"}}], "x": ["N"]}


def test_an_exact_rule_goes_before_a_lossy_one_that_reads_the_same_place() -> None:
    rules = "map:\n  header.originator.desk: {from: $.d, convert: [upper]}\n  header.originator.unit: $.d"
    files = files_of(rules)
    draft = draft_reverse(build_inbound(PATH, files, exchange(), engine="interpreted").program, BACK)
    assert b"d: {from: $.header.originator.unit}" in draft.files[BACK]
    assert b"# not undone: d from another field than $.header.originator.unit" in draft.files[BACK]


# -- pairs ------------------------------------------------------------------------------------------------------------

SMALL = "tables: {t: t.csv}\nmap:\n  persons[]: {at: $.p, fields: {reference: r, sex: {from: s, lookup: t}}}"
HEAD_BACK = "mapping: x.back\nversion: 1.0.0\ninverse_of: x.map.yaml\nsource: {format: exchange, version: 1}\n"
TARGET = "target: {format: json, schema: s.json}\n"


def pair(rules: str, table: str = "source,target,match\nM,m,exact\nF,f,exact\n", target: str = TARGET) -> list[Fault]:
    files = files_of(SMALL, t_csv="source,target,match\nm,M,exact\nf,F,exact\n", o_json=OPEN_JSON)
    files["mappings/x/back.csv"] = table.encode()
    files[BACK] = (HEAD_BACK + target + rules).encode()
    return judge_pair(load_mapping(BACK, files), files, exchange())


GOOD = """tables: {back: back.csv}
map:
  p.r: {from: "$.persons[0].reference"}
  p.s: {from: "$.persons[0].sex.code", lookup: back, on_error: quarantine}
"""


def test_a_pair_that_agrees_has_no_fault() -> None:
    assert pair(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("x.map.yaml", "y.map.yaml", "B002", 3),
        ("s.json}", "o.json}", "B003", 3),
        ('  p.r: {from: "$.persons[0].reference"}\n', "", "B004", 3),
        (".reference", ".id", "B005", 8),
        (", lookup: back", "", "B006", 9),
    ],
)
def test_each_difference_is_told_at_its_line(old: str, new: str, code: str, line: int) -> None:
    text = HEAD_BACK + TARGET + GOOD
    assert text.count(old) >= 1
    files = files_of(SMALL, t_csv="source,target,match\nm,M,exact\nf,F,exact\n", o_json=OPEN_JSON)
    files["mappings/x/back.csv"] = b"source,target,match\nM,m,exact\nF,f,exact\n"
    files[BACK] = text.replace(old, new).encode()
    found = judge_pair(load_mapping(BACK, files), files, exchange())
    assert [(fault.code, fault.place.line) for fault in found] == [(code, line)]


def test_a_table_that_does_not_lead_back_is_told_at_its_row() -> None:
    (fault,) = pair(GOOD, "source,target,match\nM,m,exact\nF,m,exact\n")
    assert (fault.code, fault.place.file, fault.place.line) == ("B006", "mappings/x/back.csv", 3)


# -- there and back ---------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8).map(
    lambda text: unicodedata.normalize("NFC", text).strip() or "x"
)
ROUND = """
tables: {one: one.csv}
map:
  header.reference: {from: $.id, convert: [{prefix: 'N-(1)'}]}
  header.originator.desk: {from: $.for, convert: [{suffix: '!'}]}
  persons[]:
    each: $.p
    fields:
      reference: id
      sex: {from: s, lookup: one}
      names[]: {each: names, fields: {family: last, given: first, full: {from: {l: last, f: first}, text: '{l}[, {f}]'}}}
      addresses[]: {at: home, fields: {locality: town}}
      occupations[]: {each: jobs, value: .}
"""
PERSON = st.fixed_dictionaries(
    {"id": TEXT},
    optional={
        "s": st.sampled_from(["m", "f"]),
        "names": st.lists(st.fixed_dictionaries({"last": TEXT}, optional={"first": TEXT}), min_size=1, max_size=3),
        "home": st.fixed_dictionaries({"town": TEXT}),
        "jobs": st.lists(TEXT, min_size=1, max_size=3),
    },
)
DOCUMENT = st.fixed_dictionaries({"id": TEXT, "p": st.lists(PERSON, min_size=1, max_size=3)}, optional={"for": TEXT})


def there(mapping: InboundMapping, data: bytes) -> JsonObject:
    (mapped,) = mapping.apply(mapping.read([SourceFile(data)]), ENVELOPE, IDENTITY)
    assert mapped.outcome == "accepted"
    assert mapped.message is not None
    return mapped.message


@cache
def both_ways() -> tuple[InboundMapping, OutboundMapping]:
    files = files_of(ROUND, JSON, one_csv=TABLES["one_csv"])
    mapping = build_inbound(PATH, files, exchange(), engine="interpreted")
    assert {".".join(rule.target) for rule in exact_rules(mapping.program)} == {
        one.target for one in classify(mapping.program)
    }
    files |= draft_reverse(mapping.program, BACK).files
    return mapping, build_outbound(BACK, files, exchange(), engine="interpreted")


@given(DOCUMENT)
def test_what_is_exact_comes_back(document: JsonObject) -> None:
    """forward(reverse(t)) == t, for every t that the way there gives."""
    mapping, back = both_ways()
    first = there(mapping, json.dumps(document).encode())
    written = back.apply(first)
    assert written.outcome == "accepted", written.diagnostics
    assert list(leaves(there(mapping, written.bodies[0]))) == list(leaves(first))
