"""The Treasury's list in two syntaxes: the same entries come out of both, field by field.

The two copies are of different days, so a few entries differ. Counts only: nothing written about anybody is shown.
"""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from gateway.document.tree import JsonObject
from gateway.errors import Severity
from gateway.outcome import Outcome
from tests.real.lists import ENGINES, Engine, at, codes, count, entities, items, messages, outcome, states
from tests.shared import shared_data

FOLDER = "samples/ofac-consolidated"
SETS = {"csv": "consolidated-csv", "xml": "consolidated-xml", "tiny": "sdn-csv-tiny"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared_data(FOLDER)
    return tmp_path_factory.mktemp("ofac")


@cache
def found(which: str, engine: Engine, folder: Path) -> Outcome:
    return outcome("ofac", tuple(sorted((shared_data(FOLDER) / SETS[which]).iterdir())), engine, folder)


@cache
def made(which: str, folder: Path) -> list[JsonObject]:
    return messages(found(which, "compiled", folder))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("which", "records"), [("csv", 442), ("xml", 443), ("tiny", 17)])
def test_every_record_becomes_a_message(which: str, records: int, engine: Engine, folder: Path) -> None:
    assert states(found(which, engine, folder)) == Counter(accepted=records)
    assert codes(found(which, engine, folder), Severity.ERROR) == Counter()


def test_orphans_of_the_tiny_set_are_reported(folder: Path) -> None:
    assert codes(found("tiny", "compiled", folder), Severity.WARNING) == Counter(R131=2)
    assert codes(found("csv", "compiled", folder), Severity.WARNING) == Counter()


@pytest.mark.parametrize("which", sorted(SETS))
def test_both_engines_agree_on_the_whole_list(which: str, folder: Path) -> None:
    one, other = (found(which, engine, folder).messages for engine in ENGINES)
    assert len(one) == len(other)
    assert sum(left.exchange != right.exchange for left, right in zip(one, other, strict=True)) == 0
    assert sum(left.faults != right.faults for left, right in zip(one, other, strict=True)) == 0


def test_kinds_of_entries(folder: Path) -> None:
    def kinds(which: str) -> Counter[str]:
        return Counter(
            next(name for name in ("persons", "organisations", "objects") if name in one) for one in made(which, folder)
        )

    assert kinds("csv") == Counter(persons=79, organisations=363)
    assert kinds("xml") == Counter(persons=80, organisations=363)
    assert kinds("tiny") == Counter(persons=4, organisations=7, objects=6)


def test_nothing_of_the_other_files_is_lost(folder: Path) -> None:
    """All rows of the alias file, all addresses that are no fillers, and the weak aliases out of the remarks."""
    csv, xml = made("csv", folder), made("xml", folder)
    assert count(csv, "names") == 442 + 1073 + 72
    assert count(xml, "names") == 443 + 1136
    assert count(csv, "addresses") == 522
    assert count(xml, "addresses") == 520
    assert sum(len(items(one, "narrative")) for one in csv) == 442


def _texts(entity: JsonObject, array: str, *place: str | int) -> list[str]:
    return sorted(str(at(item, *place)) for item in items(entity, array) if at(item, *place) is not None)


def _together(entity: JsonObject, array: str, *members: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(at(item, *member.split("."))) for member in members) for item in items(entity, array))


COMPARED: dict[str, tuple[int, Callable[[JsonObject], object]]] = {
    "kind": (442, lambda one: "persons" in one),
    "name": (441, lambda one: at(entities(one)[0], "names", 0, "full")),
    "given name": (442, lambda one: at(entities(one)[0], "names", 0, "given")),
    "all names": (435, lambda one: _texts(entities(one)[0], "names", "full")),
    "kinds of names": (436, lambda one: _together(entities(one)[0], "names", "kind", "quality")[1:]),
    "dates of birth": (442, lambda one: _texts(entities(one)[0], "births", "date", "value")),
    "places of birth": (442, lambda one: _texts(entities(one)[0], "births", "place")),
    "nationalities": (442, lambda one: _texts(entities(one)[0], "nationalities", "code")),
    "sex": (442, lambda one: at(entities(one)[0], "sex", "code")),
    "programmes": (430, lambda one: _together(one["header"], "legal_basis", "instrument")),  # type: ignore[arg-type]  # an object
    "countries of addresses": (438, lambda one: _texts(entities(one)[0], "addresses", "country", "code")),
    "streets": (437, lambda one: _texts(entities(one)[0], "addresses", "street")),
    "documents": (441, lambda one: _together(entities(one)[0], "documents", "number", "issuer.code")),
    "registrations": (
        431,
        lambda one: _together(entities(one)[0], "registrations", "number", "scheme", "country.code"),
    ),
    "contacts": (442, lambda one: _together(entities(one)[0], "contacts", "kind", "value")),
}
"""Field -> in how many of the 442 entries both syntaxes say the same; the rest was edited between the two days."""


@pytest.mark.parametrize("field", sorted(COMPARED))
def test_both_syntaxes_say_the_same(field: str, folder: Path) -> None:
    agreed, read = COMPARED[field]
    csv, xml = ({str(at(one, "header", "reference")): one for one in made(which, folder)} for which in ("csv", "xml"))
    assert len(csv.keys() & xml.keys()) == 442
    assert len(xml.keys() - csv.keys()) == 1
    assert sum(read(csv[entry]) == read(xml[entry]) for entry in csv) == agreed
