"""The coverage sheet: every source field once, with what reads it or why nothing does; the residue of every fixture."""

import csv
import io
from html.parser import HTMLParser

import pytest

from gateway.mapping.check.mapping import study_loaded
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.csv_sheet import csv_files
from gateway.mapping.report.evidence import Evidence, evidence_of
from gateway.mapping.report.html_sheet import html_page
from gateway.mapping.report.residue import leaves_in
from gateway.mapping.report.rules import rules_of, uses_of
from gateway.mapping.report.sheet import Sheet, sheet_of
from gateway.mapping.report.trial import trial_of
from tests.mapping.example_files import exchange
from tests.mapping.proof import Sample
from tests.mapping.small import MAPPING, json_files
from tests.mapping.test_shipped_mappings import PATHS, built, shipped

POLICE = "mappings/qm-police/notice.map.yaml"
BORDER = "mappings/qm-border/watchlist.map.yaml"


def sheet(path: str, files: dict[str, bytes] | None = None) -> Sheet:
    found = files or dict(shipped())
    return sheet_of(load_mapping(path, found), found, exchange())


def evidence(path: str) -> tuple[Sheet, Evidence]:
    found = sheet(path)
    return found, evidence_of(found, shipped(), exchange())


@pytest.mark.parametrize("path", PATHS)
def test_the_sheet_and_the_checker_count_alike(path: str) -> None:
    found = sheet(path)
    counted = found.studied.report.coverage
    assert len(found.source) == counted.fields
    assert found.counts["mapped"] + found.counts["read"] == counted.read
    assert found.counts["ignored"] == counted.ignored
    assert [each.field for each in found.target if each.state == "missing"] == []


@pytest.mark.parametrize("path", PATHS)
def test_every_reading_of_the_checker_is_a_use_of_the_file(path: str) -> None:
    mapping = load_mapping(path, shipped())
    uses = {(use.place.file, use.place.line, use.place.column) for use in uses_of(mapping)}
    reads = study_loaded(mapping, shipped(), exchange()).coverage.reads
    places = [place for each in reads.values() for _, place in each if place.line]
    assert places
    assert [str(place) for place in places if (place.file, place.line, place.column) not in uses] == []


def test_every_rule_that_is_written_is_a_rule_of_the_sheet() -> None:
    targets = [rule.target for rule in rules_of(load_mapping(BORDER, shipped()))]
    assert "persons[].names[].kind" in targets
    assert "header.handling.flags[]" in targets
    assert targets.count("links[].kind") == 2


def test_a_source_field_says_where_it_goes_and_how() -> None:
    by_field = {each.field: each for each in sheet(POLICE).source}
    plate = next(each for field, each in by_field.items() if field.endswith("Vehicle/Plate"))
    assert [(reading.target, reading.converters) for reading in plate.readings] == [
        ("objects[].vehicle.registration", ("upper", 'remove: " -"'))
    ]
    gender = by_field["Person/Gender"]
    assert [reading.table for reading in gender.readings] == ["sex"]
    assert gender.declared.startswith("notice-2.xsd:")
    assert by_field["DeskNote"].state == "ignored"
    assert "police data order" in by_field["DeskNote"].reason


def test_a_field_that_nothing_reads_is_lost_and_one_that_only_conditions_read_is_not_mapped() -> None:
    rules = "narrative[]:\n  - {when: $.flag == 'x', fields: {kind: {const: summary}, text: {const: y}}}\n"
    files = json_files(rules, flag={"type": "string"}, gone={"type": "string"})
    states = {each.field: each.state for each in sheet(MAPPING, files).source}
    assert states["$.gone"] == "lost"
    assert states["$.flag"] == "read"
    assert states["$.id"] == "mapped"


def test_the_residue_is_what_nothing_came_to_and_says_why() -> None:
    found, shown = evidence(BORDER)
    left = {(each.fixture, each.field): each.why for each in shown.residue}
    assert left["hit.json", "$.hit.score"].startswith("ignored: internal matching score")
    assert left["hit.json", "$.travellers[*].docs[*].cat"].startswith("ignored under a condition: a document without")
    assert not [why for why in left.values() if not why.startswith("ignored")]
    assert {"hit.json", "crossing.json", "stolen-blank.json", "drill.json"} <= set(shown.fixtures)
    assert found.studied.report.good


def test_residue_and_readings_are_all_leaves_of_a_document() -> None:
    data = shipped()["mappings/qm-fiu/fixtures/split-amounts.xml"]
    mapping = built("mappings/qm-fiu/report.map.yaml")
    document = mapping.read([Sample(data)])
    leaves = {str(leaf.place) for leaf in leaves_in(document)}
    left = {str(leaf.place) for leaf in trial_of(mapping, [Sample(data)], exchange()).residue}
    assert left < leaves
    assert any(place.endswith("/Report/@version") for place in left)


def test_a_rule_that_no_fixture_exercises_is_said_to_be_one() -> None:
    found, shown = evidence(POLICE)
    kind = next(each for each in found.target if each.field == "header.kind")
    assert all("wanted.xml" in shown.written[line] for line in kind.lines)
    files = {**shipped(), "mappings/qm-police/notice.tests.yaml": b"mapping: notice.map.yaml\ncases: []\n"}
    assert evidence_of(found, files, exchange()).written == {}


class Page(HTMLParser):
    """Collects the tags of a page, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_has_no_script_and_nothing_from_elsewhere_and_escapes_everything() -> None:
    hostile = '<script>alert("1")</script>'
    files = json_files("", other={"type": "string", "description": hostile}, beside=f"ignore: {{$.other: '{hostile}'}}")
    found = sheet(MAPPING, files)
    text = html_page(found, Evidence(), files[MAPPING].decode())
    page = Page()
    page.feed(text)
    assert page.open == []
    assert hostile not in text
    assert "&lt;script&gt;" in text
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "link", "form"} == set()
    assert not [1 for _, attributes in page.tags if any(key.startswith("on") or key == "src" for key in attributes)]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    targets = {attributes.get("id") for _, attributes in page.tags}
    assert links
    assert all(str(link).removeprefix("#") in targets for link in links)
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")


def test_no_cell_of_a_sheet_is_a_formula_and_every_row_is_there() -> None:
    files = json_files("", other={"type": "string", "description": "=1+1"}, beside="ignore: {$.other: '@SUM(A1)'}")
    found = sheet(MAPPING, files)
    sheets = csv_files(found, Evidence(), "x")
    rows = list(csv.reader(io.StringIO(sheets["x.source.csv"].decode("utf-8-sig"))))
    assert len(rows) == len(found.source) + 1
    row = next(row for row in rows if row[0] == "$.other")
    assert row[3] == "'@SUM(A1)"
    assert row[5] == "'=1+1"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_no_value_of_a_fixture_is_in_any_sheet() -> None:
    found, shown = evidence(POLICE)
    everything = html_page(found, shown, "") + "".join(data.decode() for data in csv_files(found, shown, "x").values())
    sample = trial_of(
        built(POLICE), [Sample(shipped()["mappings/qm-police/fixtures/wanted.xml"])], exchange()
    ).messages[0]
    assert sample.message is not None
    persons = sample.message["persons"]
    assert isinstance(persons, list)
    for person in persons:
        assert isinstance(person, dict)
        names = person["names"]
        assert isinstance(names, list)
        assert isinstance(names[0], dict)
        assert str(names[0]["full"]) not in everything
