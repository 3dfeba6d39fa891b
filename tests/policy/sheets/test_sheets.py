"""Matrix and sheets: the most that can leave, exactly; every cell with its reasons; pages that need nothing else."""

import re
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.names import FieldId, PartnerId
from gateway.policy.decide import decide
from gateway.policy.language import GRANTS, INFORMATION, NO_PERSON, ORIGINS, WITHHOLD, Case
from gateway.policy.prove.build import decision_function
from gateway.policy.sheets.aggregation import warnings_of
from gateway.policy.sheets.cells import Page, pages_of
from gateway.policy.sheets.ever import about_role, for_partner
from gateway.policy.sheets.matrix import plain_rows, rows_of
from gateway.policy.sheets.pages import Printer, ever_lines
from gateway.policy.words.document import rendering_page
from gateway.policy.words.render import render
from tests.policy.compare.changed import contains
from tests.policy.given import shipped

DECISIONS = shipped("demo").decisions
FUNCTION = decision_function(DECISIONS)
FIELDS = [field.id for field in DECISIONS.catalogue.fields.values() if field.decided]
WORDS = DECISIONS.vocabulary
BROWSER = "/usr/bin/chromium"


def one_page(purpose: str, role: str) -> Page:
    (found,) = pages_of(DECISIONS, FUNCTION, [purpose], [role])
    return found


def level(case: Case) -> int:
    return decide(DECISIONS.policy, DECISIONS.catalogue, DECISIONS.register, case)[0]


def most(field: FieldId, partner: PartnerId, purpose: str, role: str, grants: frozenset[str]) -> int:
    """The most that the definition gives, tried one by one."""
    combinations = product(WORDS.marks, WORDS.classifications, INFORMATION, ORIGINS)
    return max(
        level(
            Case(
                field, frozenset({role}), partner, purpose, frozenset({mark}), classified, basis, origin, "yes", grants
            )
        )
        for mark, classified, basis, origin in combinations
    )


@settings(max_examples=20)
@given(
    st.sampled_from(FIELDS),
    st.sampled_from([*DECISIONS.partners]),
    st.sampled_from(WORDS.purposes),
    st.sampled_from((*WORDS.roles, NO_PERSON)),
)
def test_a_cell_is_the_most_that_the_definition_gives(
    field: FieldId, partner: PartnerId, purpose: str, role: str
) -> None:
    cell = one_page(purpose, role).cells[partner][field]
    ladder = DECISIONS.catalogue.ladder(field)
    without, granted = (most(field, partner, purpose, role, grants) for grants in (frozenset(), frozenset(GRANTS)))
    if granted > max(without, 0):
        assert cell.granted == ladder.levels[granted]
        assert cell.level == ladder.levels[max(without, 0)]
    else:
        assert cell.granted == ""
        assert cell.level == (WITHHOLD if without < 0 else ladder.levels[without])


@pytest.mark.parametrize(
    ("purpose", "role"), [("trafficking", "victim"), ("terrorism", "suspect"), ("missing-person", "child")]
)
def test_the_case_of_a_cell_shows_its_level(purpose: str, role: str) -> None:
    rows = rows_of(DECISIONS, one_page(purpose, role))
    seen: list[FieldId] = []
    for row in rows.rows:
        seen += row.fields
        for cell in row.cells.values():
            ladder = DECISIONS.catalogue.ladder(cell.case.field)
            shown = cell.granted if cell.case.grants else cell.level
            assert level(cell.case) == (-1 if shown == WITHHOLD else ladder.rung(shown))
    assert sorted(seen) == sorted(FIELDS)


def test_the_matrix_as_values_names_groups_reasons_and_conditions() -> None:
    found: Any = plain_rows(DECISIONS, rows_of(DECISIONS, one_page("trafficking", "victim")))
    (name,) = (row for row in found["rows"] if row["fields"] == ["person.names.full"])
    cell = name["cells"]["qn-police"]
    assert (cell["level"], cell["conditions"]) == ("pseudonym", True)
    assert [each["rule"] for each in found["reasons"][cell["reason"]]["why"]] == ["S8", "L6"]
    assert name["cells"]["qs-bureau"]["level"] == "redact"
    assert found["groups"]["eu-partners"] == ["qn-police", "eu-centre"]


def pages() -> dict[str, str]:
    """One page of every kind."""
    book = DECISIONS.words["de"]
    printer = Printer(DECISIONS, FUNCTION.digest, book)
    found = [*pages_of(DECISIONS, FUNCTION, ["terrorism"], WORDS.roles)]
    warned = warnings_of(found, {field.id: field.data_class for field in DECISIONS.catalogue.fields.values()})
    return {
        "policy.html": rendering_page(render(DECISIONS, "de")),
        "matrix.html": printer.matrix(rows_of(DECISIONS, found[0])),
        "sheet.html": printer.ever(for_partner(DECISIONS, PartnerId("qs-bureau"))),
        "together.html": printer.aggregation(warned),
        "index.html": printer.index([("terrorism", "suspect", "matrix.html", False)], [("x", "sheet.html")]),
    }


PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_for_itself(name: str) -> None:
    """Language, digests, no script, nothing loaded, every link leads somewhere, every cell has words."""
    html = PAGES[name]
    assert '<html lang="de">' in html
    assert DECISIONS.digest in html
    assert not re.search(r"<script|<img|<link|<iframe|javascript:|https?://|\son\w+=", html)
    targets = {*re.findall(r' id="([^"]+)"', html)}
    assert {*re.findall(r'href="#([^"]+)"', html)} <= targets
    assert {*re.findall(r'href="([^#"][^"]*)"', html)} <= set(PAGES)
    assert not re.search(r"<td[^>]*></td>", html)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert all(re.sub("<[^>]+>", "", cell).strip() for cell in cells)
    assert (name == "matrix.html") == bool(cells)


def test_what_would_have_to_change_is_said_in_the_language_of_the_page() -> None:
    html = PAGES["matrix.html"]
    assert "Fast erlaubt durch: S" in html
    assert "Empfänger: Partner unter der Richtlinie" in html
    assert "a partner among" not in html


def test_every_cell_of_the_matrix_leads_to_its_reasons() -> None:
    cells = re.findall(r"<td[^>]*>(.*?)</td>", PAGES["matrix.html"])
    assert len(cells) > 100
    assert all(re.match(r'<a href="#(r\d+|reasons)">', cell) for cell in cells)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which(BROWSER) is None, reason=f"there is no {BROWSER}: pages were not opened")
@pytest.mark.parametrize("name", ["policy.html", "matrix.html"])
def test_a_browser_opens_a_page_without_errors(name: str, tmp_path: Path) -> None:
    page, picture = tmp_path / name, tmp_path / "page.png"
    page.write_text(PAGES[name], encoding="utf-8")
    words = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--hide-scrollbars"]
    words += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,1600", f"--screenshot={picture}"]
    done = subprocess.run([*words, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    assert picture.stat().st_size > 50_000, "the page is empty"


# ---------------------------------------------------------------- sheets


@settings(max_examples=60)
@given(st.data())
def test_a_sheet_leaves_nothing_out(data: st.DataObject) -> None:
    """Whatever leaves to the partner, or about the role, lies in a sentence of its sheet."""
    partner, role = PartnerId("qs-bureau"), "victim"
    case = Case(
        field=data.draw(st.sampled_from(FIELDS)),
        roles=data.draw(st.sampled_from([frozenset({one}) for one in WORDS.roles] + [frozenset({role, "suspect"})])),
        partner=data.draw(st.sampled_from([*DECISIONS.partners])),
        purpose=data.draw(st.sampled_from(WORDS.purposes)),
        marks=frozenset({data.draw(st.sampled_from(WORDS.marks))}),
        classification=data.draw(st.sampled_from(WORDS.classifications[:2])),
        information=data.draw(st.sampled_from(INFORMATION)),
        origin=data.draw(st.sampled_from(ORIGINS)),
        usable="yes",
        grants=data.draw(st.frozensets(st.sampled_from(GRANTS))),
    )
    if level(case) > 0:
        for wanted, sheet in ((case.partner == partner, SHEETS[0]), (role in case.roles, SHEETS[1])):
            if wanted:
                assert any(contains(one.box, case, sheet.axes) for one in sheet.sentences)


SHEETS = (for_partner(DECISIONS, PartnerId("qs-bureau")), about_role(DECISIONS, "victim"))


def test_sheets_are_said_in_words_with_rule_and_law() -> None:
    partner, role = (ever_lines(sheet, DECISIONS, DECISIONS.words["en"]) for sheet in SHEETS)
    assert any("person.names.full as a pseudonym" in line and "S5 (line 62) [LED art. 36" in line for line in partner)
    assert all("to qs-bureau" in line for line in partner)
    assert {one.rule for one in SHEETS[1].sentences} == {"S8", "S19", "S24", "S25"}
    assert all("Only where somebody is among victims" in line for line in role)


def test_nothing_at_all_is_said_too() -> None:
    sheet = about_role(DECISIONS, "unknown")
    assert (sheet.cases, sheet.sentences) == (0, ())
    assert ever_lines(sheet, DECISIONS, DECISIONS.words["en"]) == ["Nothing, in any case."]


def test_what_can_be_put_together_is_a_warning() -> None:
    found = [*pages_of(DECISIONS, FUNCTION, ["serious-crime"], ["suspect"])]
    classes = {field.id: field.data_class for field in DECISIONS.catalogue.fields.values()}
    warned = {one.partner: dict(one.fields) for one in warnings_of(found, classes)}
    assert {
        "person.births.date.value": "year",
        "person.names.full": "pseudonym",
        "person.sex.code": "full",
    }.items() <= (warned[PartnerId("qs-bureau")].items())
    assert PartnerId("qn-police") not in warned, "who knows the name needs to put nothing together"
