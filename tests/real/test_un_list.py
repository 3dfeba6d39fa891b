"""The consolidated list of the Security Council: every entry becomes a message, and nothing of it is lost.

Counts only: no assertion compares or shows what is written about a person.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from gateway.document.tree import JsonObject
from gateway.errors import Severity
from gateway.mapping.check.mapping import check_mapping
from gateway.outcome import Outcome
from tests.real.lists import (
    ENGINES,
    Engine,
    at,
    codes,
    count,
    entities,
    exchange,
    files,
    items,
    messages,
    outcome,
    states,
)
from tests.shared import shared_data

LIST = "samples/un-consolidated/UN_consolidated.xml"


@cache
def found(engine: Engine, folder: Path) -> Outcome:
    return outcome("un-sc", (shared_data(LIST),), engine, folder)


@cache
def made(folder: Path) -> list[JsonObject]:
    return messages(found("compiled", folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared_data(LIST)
    return tmp_path_factory.mktemp("un")


@cache
def elements(name: str) -> int:
    """How many elements of a name say something in the file; its tags have no attributes and are not nested."""
    text = shared_data(LIST).read_text("utf-8")
    return len(re.findall(rf"<{name}>\s*[^<\s][^<]*</{name}>", text))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_record_becomes_a_message(engine: Engine, folder: Path) -> None:
    assert states(found(engine, folder)) == Counter(accepted=1003)
    assert codes(found(engine, folder), Severity.ERROR) == Counter()
    assert codes(found(engine, folder), Severity.WARNING) == Counter()


def test_both_engines_agree_on_the_whole_list(folder: Path) -> None:
    one, other = (found(engine, folder).messages for engine in ENGINES)
    assert len(one) == len(other) == 1003
    assert sum(left.exchange != right.exchange for left, right in zip(one, other, strict=True)) == 0
    assert sum(left.faults != right.faults for left, right in zip(one, other, strict=True)) == 0


def test_persons_and_organisations_are_listed(folder: Path) -> None:
    kinds = Counter(("person" if items(one, "persons") else "organisation") for one in made(folder))
    assert kinds == Counter(person=730, organisation=273)
    assert Counter(str(at(one, "header", "kind")) for one in made(folder)) == Counter({"person-notice": 1003})
    assert Counter(str(at(one, "notice", "kind")) for one in made(folder)) == Counter({"restrictive-measures": 1003})
    assert Counter(str(at(entity, "roles", 0)) for one in made(folder) for entity in entities(one)) == Counter(
        listed=1003
    )


def test_no_name_is_lost_and_positions_stay_positions(folder: Path) -> None:
    names = 1003 + elements("ALIAS_NAME") + elements("NAME_ORIGINAL_SCRIPT")
    assert count(made(folder), "names") == names
    assert count(made(folder), "names", lambda name: name.get("family")) == 0
    assert count(made(folder), "names", lambda name: name.get("quality")) == 2139
    scripts = Counter(
        str(at(name, "script"))
        for one in made(folder)
        for person in items(one, "persons")
        for name in items(person, "names")
        if "script" in name
    )
    assert scripts == Counter(Arab=327, Cyrl=9)
    parts = sum(elements(name) for name in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")) - 273
    kept = Counter(
        str(part["kind"])
        for one in made(folder)
        for person in items(one, "persons")
        for name in items(person, "names")
        for part in items(name, "parts")
    )
    assert kept["unknown"] == parts


def test_dates_of_birth_have_five_shapes(folder: Path) -> None:
    births = [
        birth["date"]
        for one in made(folder)
        for person in items(one, "persons")
        for birth in items(person, "births")
        if "date" in birth
    ]
    shapes = Counter((str(at(date, "qualifier") or "exact"), len(str(at(date, "value") or ""))) for date in births)
    aliases = Counter({("exact", 10): 56, ("exact", 4): 2})
    assert shapes - aliases == Counter(
        {("exact", 10): 454, ("exact", 4): 262, ("about", 4): 116, ("between", 4): 31, ("exact", 0): 7}
    )


def test_countries_documents_and_addresses_are_all_there(folder: Path) -> None:
    assert count(made(folder), "documents") == elements("NUMBER") == 454
    assert count(made(folder), "nationalities") == 652 - 1  # one is the word for "none"
    assert count(made(folder), "nationalities", lambda one: not one.get("code")) == 0
    assert count(made(folder), "addresses", lambda one: at(one, "country", "code")) == 454 + 280


def test_texts_go_into_narrative(folder: Path) -> None:
    kinds = Counter(str(text["kind"]) for one in made(folder) for text in items(one, "narrative"))
    assert kinds["facts"] == elements("COMMENTS1") == 648 + 266


def test_what_is_ignored_says_nothing() -> None:
    coverage = check_mapping("mappings/un-sc/list.map.yaml", files(), exchange()).coverage
    assert (coverage.fields, coverage.ignored, coverage.unread) == (72, 8, ())
