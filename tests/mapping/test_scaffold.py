"""A draft loads, and the checker finds in it nothing but decisions that a person has to take."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonValue
from gateway.errors import DefinitionRefused, DocumentRefused, Severity
from gateway.mapping.api import build_inbound
from gateway.mapping.cases.load import load_tests
from gateway.mapping.check.tables import UNDECIDED
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.source import syntax_of
from gateway.mapping.scaffold.scaffold import Draft, Wanted, draft_mapping
from gateway.mapping.scaffold.sources import Sample
from tests.mapping.example_files import REPOSITORY, exchange
from tests.mapping.small import found, json_files
from tests.mapping.test_shipped_mappings import shipped

NAME = "mappings/new/draft.map.yaml"
SAMPLES = sorted(path for path in (REPOSITORY / "deploy/demo/samples").rglob("*.*") if path.name != "manifest.yaml")
SAMPLES += [
    REPOSITORY / "mappings" / name
    for name in (
        "cap/fixtures/alert-1.2.xml",
        "fincen/fixtures/sar.xml",
        "ofac/fixtures/list.xml",
        "ofac/fixtures/small/test_prim.csv",
        "stix/fixtures/bundle.json",
        "un-sc/fixtures/list.xml",
        "eu-centre/fixtures/wanted.report.xml",
    )
]
UNREADABLE = {"12-doctype.xml", "05-not-valid.json", "04-cut-short.json"}


def drafted(
    *samples: Sample,
    source: str = "",
    target: str = "exchange",
    files: Mapping[str, bytes] | None = None,
    root: str = "",
) -> Draft:
    return draft_mapping(Wanted(NAME, source, target, files or {}, samples, root=root), exchange())


def honest(draft: Draft, files: Mapping[str, bytes] | None = None) -> None:
    """It loads, with its tests, and every error is a decision that is marked as open."""
    everything = {**(files or {}), **draft.files}
    mapping = load_mapping(draft.mapping, everything)
    tests = draft.mapping.replace(".map.", ".tests.")
    load_tests(tests, everything, syntax_of(mapping.source.format.text))
    errors = [fault for fault in draft.report.faults if fault.severity is Severity.ERROR]
    assert [str(fault) for fault in errors if fault.code not in {"V305", "V306"}] == []
    assert len(errors) == draft.open


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_draft_from_a_sample_alone_loads_and_reads_its_sample(path: Path) -> None:
    sample = Sample(path.name, path.read_bytes())
    if path.name in UNREADABLE:
        with pytest.raises(DocumentRefused):
            drafted(sample)
        return
    draft = drafted(sample)
    honest(draft)
    assert "learnt from 1 sample" in draft.learnt
    assert draft.learnt in draft.text
    build_inbound(NAME, draft.files, exchange()).read([sample])


SCHEMAS: dict[str, str] = {
    "schemas/qm-police/notice-2.xsd": "",
    "schemas/qm-border/watchlist-1.schema.json": "",
    "schemas/qm-fiu/str-1.xsd": "",
    "schemas/qm-cyber/bundle-1.schema.json": "",
    "schemas/un-sc/list-1.xsd": "",
    "schemas/ofac/list-1.xsd": "",
    "schemas/fincen/batch-1.xsd": "",
    "schemas/stix/bundle-1.schema.json": "",
    "schemas/cap/alert-1.1.xsd": "",
    "schemas/cap/alert-1.2.xsd": "alert",
    "schemas/eu-centre/report-1.xsd": "",
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_draft_from_a_schema_loads_in_both_directions(schema: str) -> None:
    root = SCHEMAS[schema]
    inbound = drafted(source=schema, files=shipped(), root=root)
    honest(inbound, shipped())
    assert not inbound.learnt
    assert inbound.schemas >= {schema}
    honest(drafted(source="exchange", target=schema, files=shipped(), root=root), shipped())


def test_a_draft_for_the_police_finds_what_has_its_name() -> None:
    sample = REPOSITORY / "deploy/demo/samples/qm-police/01-wanted.xml"
    draft = drafted(Sample("a.xml", sample.read_bytes()))
    for line in (
        "header.reference: Header/MsgRef",
        "header.issued: Header/Created",
        "    each: Person",
        "family: Family",
        "sex: {from: Gender, lookup: sex, on_error: quarantine}",
        "vehicle.registration: Plate",
        "header.purpose: {from: Header/Purpose, lookup: purpose, on_error: quarantine}",
        f"DeskNote: {UNDECIDED}",
    ):
        assert line in draft.text, line
    assert draft.guessed > 40


def test_rows_become_messages_and_their_layout_stands_in_the_mapping() -> None:
    draft = drafted(Sample("x.csv", "Surname;Born\nTarn;1970\nVell;1971\n".encode("cp1252")))
    assert 'delimiter: ";"' in draft.text
    assert "surname: Surname" in draft.text
    assert "each: row" in draft.text
    honest(draft)


def test_a_heading_line_and_a_layout_are_sources_too() -> None:
    files = {
        "mappings/new/x.csv": b"Surname,Born\n,\n",
        "mappings/new/x.layout.yaml": b"formula_guard: refuse\ncolumns: {surname: Surname, born: Born}\n",
    }
    for source in files:
        honest(drafted(source=source, files=files), files)
    honest(drafted(source="exchange", target="mappings/new/x.layout.yaml", files=files), files)


def test_codes_of_a_schema_become_rows_and_values_of_a_sample_do_not() -> None:
    files = {
        "s.json": b'{"type": "object", "required": ["sex"], "properties": {"sex": {"enum": ["M", "female", "?"]}}}'
    }
    draft = drafted(source="s.json", files=files)
    tables = {name: data for name, data in draft.files.items() if "/codes/" in name}
    assert list(tables.values()) == [
        f"source,target,match,note\nM,M,exact,\nfemale,{UNDECIDED},exact,\n?,{UNDECIDED},exact,\n".encode()
    ]
    learnt = drafted(Sample("s.json", b'{"sex": "Zarniwoop"}'))
    beside = [data for name, data in learnt.files.items() if "/fixtures/" not in name]
    assert beside
    assert not any(b"Zarniwoop" in data for data in beside)


def test_a_fixture_has_no_name_of_its_sender() -> None:
    draft = drafted(Sample("Zarniwoop.json", b'{"a": 1}'))
    assert [name for name in draft.files if "arniwoop" in name] == []
    assert draft.files["mappings/new/fixtures/sample-1.json"] == b'{"a": 1}'


def test_a_second_draft_in_a_folder_takes_no_name_of_the_first() -> None:
    sample = Sample("x.json", b'{"level": "2"}')
    first = drafted(sample)
    second = draft_mapping(Wanted("mappings/new/other.map.yaml", "", "exchange", first.files, (sample,)), exchange())
    assert "mappings/new/codes/classification.csv" in first.files
    assert first.files.keys().isdisjoint(second.files)
    honest(second, first.files)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.sampled_from(["", "Tarn", "2026-01-01"])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
def test_a_draft_loads_whatever_the_names_are(sample: dict[str, JsonValue]) -> None:
    draft = drafted(Sample("x.json", write_json(sample)))
    honest(draft)


@pytest.mark.parametrize(
    ("source", "code"), [("", "S154"), ("notes.txt", "S153"), ("schemas/cap/alert-1.2.xsd", "S104")]
)
def test_what_describes_no_format_is_refused(source: str, code: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        drafted(source=source, files={**shipped(), "notes.txt": b""})
    assert refused.value.code == code


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        draft_mapping(Wanted(NAME, "", "exchange", {}, (Sample("x.json", b"{}"),), "persons"), exchange())
    assert refused.value.code == "S155"


def test_an_open_decision_is_refused_in_rules_and_in_tables() -> None:
    rules = "narrative[]:\n  fields: {kind: {const: summary}, text: {const: todo}}\n"
    assert found(json_files(rules), "V306") == ["this value is still to be decided"]
    beside = "tables: {sex: sex.csv}"
    rules = "persons[]:\n  fields: {roles[]: {const: suspect}, sex: {from: $.sex, lookup: sex}}\n"
    files = json_files(rules.replace("{roles[]: {const: suspect}, sex:", "{sex:"), beside=beside, sex={"enum": ["M"]})
    files["m/sex.csv"] = b"source,target,match,note\nM,todo,exact,\n"
    assert found(files, "V306") == ["a row of table 'sex' is still to be decided"]


def test_a_list_of_records_becomes_a_message_for_each() -> None:
    path = REPOSITORY / "mappings/un-sc/fixtures/list.xml"
    draft = drafted(Sample("x.xml", path.read_bytes()))
    for line in (
        "  individual:\n    each: INDIVIDUALS/INDIVIDUAL",
        "  entity:\n    each: ENTITIES/ENTITY",
        "      persons[]:\n        fields:",
        "      organisations[]:\n        fields:",
        "at: ENTITY_ADDRESS",
    ):
        assert line in draft.text, line
    graph = drafted(Sample("x.json", (REPOSITORY / "mappings/stix/fixtures/bundle.json").read_bytes()))
    assert "split:" not in graph.text


def test_lines_of_json_are_a_source_too() -> None:
    sample = Sample("x.jsonl", b'{"id": "1", "person": {"last": "Tarn"}}\n{"id": "2"}\n')
    draft = drafted(sample)
    honest(draft)
    assert "source: {format: jsonl, schema: draft.schema.json}" in draft.text
    assert "1 sample, 2 lines in all" in draft.learnt
    build_inbound(NAME, draft.files, exchange()).read([sample])


def test_a_layout_of_an_interchange_is_a_source_too() -> None:
    layout = next(name for name, data in shipped().items() if name.endswith(".layout.yaml") and b"message:" in data)
    draft = drafted(source=layout, files=shipped())
    honest(draft, shipped())
    assert draft.schemas == {layout}
