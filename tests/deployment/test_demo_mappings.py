"""The demo deployment: its mappings are clean, its cases hold, and every sample comes to what the manifest says.

Nothing runs here but values: files in, outcomes out. The queues around it are in the tests of the engine.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from gateway.cli.manifest import Manifest, Sample, read_manifest
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.read import read_bundle
from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import compile_xml_schema
from gateway.errors import Severity
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.validate import validate
from gateway.mapping.api import build_inbound, build_outbound
from gateway.mapping.cases.cases import prepare, run_cases
from gateway.mapping.check.mapping import CheckReport, check_mapping
from gateway.mapping.mutate.score import score
from gateway.mapping.reverse.draft import draft_reverse
from gateway.names import NO_PARTNER, AgencyId, ItemKind, Lane, SourceKey, State
from gateway.outcome import Item, Outcome, Received, SourceFile
from gateway.pipeline import run

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "deploy" / "demo"
SAMPLES = DEMO / "samples"
EXCHANGE = "schemas/exchange/v1/"
INBOUND = [
    "mappings/qm-border/watchlist.map.yaml",
    "mappings/qm-customs/findings.map.yaml",
    "mappings/qm-cyber/bundle.map.yaml",
    "mappings/qm-fiu/report.map.yaml",
    "mappings/qm-police/notice.map.yaml",
]
OUTBOUND = ["mappings/eu-centre/report.map.yaml"]
NOT_HERE = {"duplicate", "conflict"}
"""What the inbox decides, beside the corridor."""


@cache
def files() -> dict[str, bytes]:
    return dict(read_bundle(REPOSITORY))


@cache
def exchange() -> ExchangeFormat:
    return load_format(
        {name.removeprefix(EXCHANGE): data for name, data in files().items() if name.startswith(EXCHANGE)}
    )


@cache
def checked(path: str) -> CheckReport:
    return check_mapping(path, files(), exchange())


@cache
def manifest() -> Manifest:
    return read_manifest(SAMPLES)


def samples(*outcomes: str) -> list[Sample]:
    return [sample for sample in manifest().samples if sample.expected.outcome in outcomes]


@pytest.fixture(scope="module", params=["interpreted", "compiled"])
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return open_deployment(DEMO / "gateway.yaml", engine=request.param, data=tmp_path_factory.mktemp("demo"))


def outcome(deployment: Deployment, sample: Sample) -> Outcome:
    path = SAMPLES / sample.file
    return run(
        Received(
            agency=AgencyId(sample.agency),
            key=SourceKey(sample.key),
            files=(SourceFile(path.read_bytes(), path.name),),
            taken_at="2026-11-25T09:00:00.000Z",
            entropy=bytes(32),
            lane=Lane[sample.lane.upper()],
        ),
        deployment.plan,
    )


def sent(found: Outcome) -> list[Item]:
    return [
        item for message in found.messages for item in message.items if item.payload and item.kind is ItemKind.MESSAGE
    ]


# ---------------------------------------------------------------- the mappings


@pytest.mark.parametrize("path", INBOUND + OUTBOUND)
def test_the_check_finds_no_error(path: str) -> None:
    assert [fault for fault in checked(path).faults if fault.severity is Severity.ERROR] == []


@pytest.mark.parametrize("path", INBOUND)
def test_every_field_of_the_source_is_mapped_or_ignored_with_a_reason(path: str) -> None:
    coverage = checked(path).coverage
    assert coverage.unread == ()
    assert coverage.fields == coverage.read + coverage.ignored


@pytest.mark.parametrize("path", OUTBOUND)
def test_the_centre_gets_a_report_whatever_policy_keeps_back(path: str) -> None:
    assert [fault.code for fault in checked(path).faults if fault.code.startswith("O")] == []


@pytest.mark.parametrize("path", INBOUND + OUTBOUND)
def test_the_cases_beside_the_mapping_pass_and_reach_every_rule(path: str) -> None:
    report = run_cases(path, files(), exchange())
    assert {result.name: result.differs for result in report.results if not result.passed} == {}
    assert report.faults == ()
    assert len(report.results) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("path", INBOUND + OUTBOUND)
def test_the_cases_notice_as_many_mistakes_as_they_promise(path: str) -> None:
    prepared = prepare(path, files(), exchange())
    assert "mutants_killed" in prepared.tests.require
    assert score(prepared).faults == ()


@pytest.mark.parametrize("path", [path for path in INBOUND if "qm-customs" not in path])
def test_a_draft_of_the_way_back_loads(path: str) -> None:
    name = path.replace(".map.yaml", "-back.map.yaml")
    draft = draft_reverse(build_inbound(path, files(), exchange(), engine="interpreted").program, name)
    assert build_outbound(name, {**files(), **draft.files}, exchange()).program.fields


# ---------------------------------------------------------------- the samples


def test_every_sample_is_in_the_manifest() -> None:
    there = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.*") if path.name != "manifest.yaml"}
    assert {sample.file for sample in manifest().samples} == there


def test_a_duplicate_has_the_bytes_of_the_first_and_a_conflict_others() -> None:
    first = {sample.key: SAMPLES / sample.file for sample in reversed(manifest().samples)}
    for sample in samples("duplicate"):
        assert (SAMPLES / sample.file).read_bytes() == first[sample.key].read_bytes()
    for sample in samples("conflict"):
        assert (SAMPLES / sample.file).read_bytes() != first[sample.key].read_bytes()
    assert samples("duplicate")
    assert samples("conflict")


@pytest.mark.parametrize(
    "sample", [s for s in manifest().samples if s.expected.outcome not in NOT_HERE], ids=lambda s: s.file
)
def test_a_sample_comes_to_what_the_manifest_says(deployment: Deployment, sample: Sample) -> None:
    found = outcome(deployment, sample)
    alone = {item.state.word for message in found.messages for item in message.items if item.partner == NO_PARTNER}
    assert alone == (set() if sample.expected.outcome == "accepted" else {sample.expected.outcome})
    told: dict[str, State] = {}
    for message in found.messages:
        for item in message.items:
            if item.partner != NO_PARTNER:
                told[item.partner] = max(item.state, told.get(item.partner, item.state))
    words = {State.PENDING: "delivered", State.WITHHELD: "withheld"}
    assert {partner: words.get(state, state.word) for partner, state in told.items()} == sample.expected.partners


def test_every_partner_gets_something_and_is_refused_something() -> None:
    for partner in ("qn-police", "eu-centre", "qs-bureau", "world-office"):
        told = [sample.expected.partners.get(partner) for sample in samples("accepted")]
        assert {"delivered", "withheld"} <= set(told), partner


def test_what_is_sent_is_valid_in_the_partners_format(deployment: Deployment) -> None:
    name = "schemas/eu-centre/report-1.xsd"
    schema = compile_xml_schema({name: files()[name]}, name)
    counts = {"xml": 0, "json": 0}
    for sample in samples("accepted", "quarantined"):
        for item in sent(outcome(deployment, sample)):
            assert item.payload is not None
            if item.partner == "eu-centre":
                read_xml(item.payload, schema=schema)
                counts["xml"] += 1
            else:
                assert validate(json.loads(item.payload), exchange()) == ()
                counts["json"] += 1
    assert counts["xml"] > 10
    assert counts["json"] > 20


PROTECTED = ("Kingfisher", "Achterberg", "Owusu", "Vardanyan", "Վարդանյան", "Brandvold", "Abernathy", "Vandermeulen")
"""Victims, witnesses and an informant of the samples."""

AT_HOME = (
    "brother-in-law",
    "second camera",
    "under a false floor",
    "thanks to Piet",
    "QM-AFIS",
    "compliance 7",
    "Tuesdays",
)
"""Remarks, payment texts, working notes, and what stays in the agency's own systems."""


def test_victims_witnesses_and_informants_are_named_to_nobody_and_remarks_stay_at_home(deployment: Deployment) -> None:
    for sample in samples("accepted", "quarantined"):
        for item in sent(outcome(deployment, sample)):
            text = (item.payload or b"").decode().lower()
            biometric = {"QM-AFIS"} if item.partner in {"qn-police", "eu-centre"} else set()
            for value in {*PROTECTED, *AT_HOME} - biometric:
                assert value.lower() not in text, (sample.file, item.partner, value)


def test_a_suspect_is_named_at_home_in_the_union_and_masked_beyond(deployment: Deployment) -> None:
    (sample,) = [one for one in manifest().samples if one.file == "qm-police/01-wanted.xml"]
    texts = {str(item.partner): (item.payload or b"").decode() for item in sent(outcome(deployment, sample))}
    for partner in ("qn-police", "eu-centre"):
        assert "Obraztsov" in texts[partner]
        assert "Образцов" in texts[partner]
    assert "psn-" in texts["qs-bureau"]
    assert "Obraztsov" not in texts["qs-bureau"]


def test_faults_of_bad_samples_have_a_code_and_a_place_and_no_value(deployment: Deployment) -> None:
    for sample in samples("refused", "quarantined"):
        faults = [fault for message in outcome(deployment, sample).messages for fault in message.faults]
        assert faults, sample.file
        for fault in faults:
            assert str(fault.place), fault
            for value in ("Vantongeren", "Quist", "PC 412a", "ZZ99", "passwd", "Twice"):
                assert value not in f"{fault} {fault!r}"
