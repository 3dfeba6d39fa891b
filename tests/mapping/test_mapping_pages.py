"""The page about a mapping: what the file says, in one static page."""

from html import escape

import pytest

from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.document import document_page, index_page, purpose_of
from gateway.mapping.report.sheet import sheet_of
from tests.mapping.example_files import exchange
from tests.mapping.small import MAPPING, json_files
from tests.mapping.test_coverage_sheet import Page
from tests.mapping.test_shipped_mappings import PATHS, shipped

POLICE = "mappings/qm-police/notice.map.yaml"


def page_of(path: str, files: dict[str, bytes] | None = None) -> str:
    found = files or dict(shipped())
    return document_page(sheet_of(load_mapping(path, found), found, exchange()), found)


@pytest.mark.parametrize("path", PATHS)
def test_every_mapping_has_a_page_that_is_whole(path: str) -> None:
    page = Page()
    page.feed(page_of(path))
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "link", "form"} == set()
    targets = {attributes.get("id") for _, attributes in page.tags}
    assert all(str(each["href"]).removeprefix("#") in targets for tag, each in page.tags if tag == "a")


def test_a_page_says_purpose_owner_fields_tables_reasons_and_tests() -> None:
    text = page_of(POLICE)
    for said in (
        "Notices of the police of Quillmark",
        "integration@police.qm.example",
        "xml by ../../schemas/qm-police/notice-2.xsd from Notice",
        "<code>persons[].sex</code>",
        "table sex",
        "police data order 4",
        "where the condition in line",
        "quarantine",
    ):
        assert said in text, said


def test_a_page_shows_every_row_that_loses_or_adds_something() -> None:
    found = dict(shipped())
    text = page_of(POLICE)
    sheet = sheet_of(load_mapping(POLICE, found), found, exchange())
    notes = [note for each in sheet.tables for _, _, _, match, note in each.rows if match != "exact" and note]
    assert notes
    assert [note for note in notes if escape(note) not in text] == []


def test_purpose_is_the_comment_at_the_head_and_the_note() -> None:
    files = json_files("", beside="note: for drills")
    files[MAPPING] = b"# One.\n#\n# Two.\n" + files[MAPPING]
    assert purpose_of(load_mapping(MAPPING, files), files) == "One. Two. for drills"


def test_what_a_file_says_is_escaped() -> None:
    files = json_files("", beside="note: '<script>x</script>'")
    text = page_of(MAPPING, files)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<b>" not in index_page({"a.html": ("<b>", "<b>")})
