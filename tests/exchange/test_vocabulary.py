"""The closed lists: complete where the design states them, sound everywhere, and compared with published lists."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.document.tree import JsonObject
from gateway.errors import Fault
from gateway.exchange.vocabulary import Code, read_word_list
from gateway.names import Lane, Status
from tests.exchange.given import exchange_format

VOCABULARY = exchange_format().vocabulary
STATED = {
    "role": "suspect convicted victim witness informant contact missing listed reported traveller official unknown",
    "purpose": "serious-crime other-crime terrorism trafficking financial-crime prosecution execution-of-penalties "
    "missing-person threat-to-life public-security border restrictive-measures vetting statistics",
    "status": "Actual Exercise System Test Draft",
    "precedence": "FLASH IMMEDIATE PRIORITY ROUTINE",
    "classification": "OFFICIAL SENSITIVE CONFIDENTIAL SECRET TOP-SECRET",
    "flag": "H0 H1 H2 H3",
    "tlp": "RED AMBER+STRICT AMBER GREEN CLEAR",
    "condition": "use-only-for delete-after no-onward-transfer-without-consent no-evidence-without-consent "
    "contact-before-action inform-of-use mark-as correct-on-notice other",
    "grade-scheme": "4x4 3x5x2 admiralty",
    "document-type": "passport diplomatic-passport service-passport emergency-travel-document refugee-travel-document "
    "identity-card residence-permit visa crew-certificate driving-licence registration-certificate weapon-licence "
    "birth-certificate seafarer-document national-number tax-number social-security-number other",
    "name": "primary birth alias maiden previous nickname transliteration trading",
    "name-part": "middle patronymic prefix suffix unknown",
    "special": "ethnic-origin political-opinion religion union genetic health sexual-orientation",
    "link": "same-as family-of associate-of in-contact-with represents member-of employed-by controls owns holds uses "
    "located-at involved-in party-to concerns part-of derived-from",
    "clock": "le-urgent-direct le-urgent-indirect le-other sirene pruem-core-data production-order "
    "production-order-emergency fiu agreed",
    "refusal-reason": "not-available not-relevant judicial-authorisation national-security ongoing-investigation "
    "safety-of-person business-secret minor-offence third-state-consent policy",
    "sex": "M F X",
    "qualifier": "exact about before after between",
    "receipt-level": "taken delivered processed",
    "object-kind": "vehicle vessel aircraft firearm document account device cash item",
    "event-kind": "offence incident arrest sighting crossing journey communication",
    "biometric": "face finger palm iris voice dna",
}


@pytest.mark.parametrize("name", STATED)
def test_a_list_is_the_one_that_the_design_states(name: str) -> None:
    assert VOCABULARY.words(name) == tuple(STATED[name].split())


def test_there_are_twelve_roles() -> None:
    """Twelve, so that all sets of roles can be enumerated."""
    assert len(VOCABULARY.words("role")) == 12


def test_the_words_of_the_code_are_those_of_the_lists() -> None:
    assert VOCABULARY.words("precedence") == tuple(lane.name for lane in Lane)
    assert VOCABULARY.words("status") == tuple(status.value for status in Status)


@pytest.mark.parametrize("name", VOCABULARY.lists)
def test_every_code_is_labelled_and_defined(name: str) -> None:
    words = VOCABULARY[name]
    assert words.title
    assert words.source
    for code in words.codes.values():
        assert {"en", "fr"} <= code.label.keys()
        assert all(code.label.values())
        assert code.definition


def test_a_code_of_ours_that_is_not_known_can_always_be_other() -> None:
    """Unknown codes of a higher minor become `other` with `raw`; closed standards and small scales have none."""
    without = {row.vocabulary for row in exchange_format().catalogue.fields.values() if row.part == "code"}
    without -= {name for name in VOCABULARY.lists if "other" in VOCABULARY.words(name)}
    assert without == {"country", "currency", "sex"}


def test_parents() -> None:
    assert VOCABULARY["offence"].parent("robbery-armed") == "robbery"
    assert VOCABULARY["warning"].parent("armed") == "dangerous"
    assert VOCABULARY["warning"].parent("dangerous") == ""
    assert VOCABULARY["warning"].parent("nonsense") == ""


def test_ranks() -> None:
    assert VOCABULARY["classification"].rank("OFFICIAL") < VOCABULARY["classification"].rank("SECRET")
    with pytest.raises(ValueError, match="not in list"):
        VOCABULARY["classification"].rank("RESTRICTED")


@pytest.mark.parametrize(
    ("link", "one", "other", "allowed"),
    [
        ("same-as", "person", "person", True),
        ("same-as", "person", "organisation", False),
        ("owns", "organisation", "object", True),
        ("owns", "object", "person", False),
        ("located-at", "object", "location", True),
        ("concerns", "evidence", "transaction", True),
        ("concerns", "person", "event", False),
        ("part-of", "evidence", "evidence", True),
        ("part-of", "evidence", "object", False),
        ("party-to", "person", "transaction", True),
    ],
)
def test_what_links_connect(link: str, one: str, other: str, *, allowed: bool) -> None:
    assert VOCABULARY["link"].codes[link].connects(one, other) is allowed


def test_every_link_connects_something() -> None:
    assert all(code.ends_from and code.ends_to for code in VOCABULARY["link"].codes.values())


def test_grades_of_schemes() -> None:
    assert VOCABULARY["grade-scheme"].codes["4x4"].source_grades == ("A", "B", "C", "X")
    assert VOCABULARY["grade-scheme"].codes["admiralty"].information_grades == tuple("123456")


def test_validity_of_a_code() -> None:
    code = Code("x", "", {}, "", "", valid_from="2026-01-01", valid_until="2026-12-31")
    days = ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")
    assert [code.valid_on(day) for day in days] == [False, True, True, False]


def _list(**codes: JsonObject) -> JsonObject:
    return {"enum": [*codes], "x-codes": {**codes}}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"enum": ["a"], "x-codes": {}}, "the same codes"),
        ({"enum": ["b", "a"], "x-codes": {"a": {}, "b": {}}}, "the same codes"),
        (None, "the same codes"),
        (_list(a={"parent": "b"}), "not in the list"),
        (_list(a={"parent": "a"}), "its own ancestor"),
        (_list(a={"parent": "b"}, b={"parent": "a"}), "its own ancestor"),
    ],
)
def test_a_list_that_contradicts_itself(document: JsonObject, problem: str) -> None:
    faults: list[Fault] = []
    read_word_list("test", document, faults)
    assert {fault.code for fault in faults} == {"EXC-104"}
    assert all(problem in fault.message for fault in faults)


# ---------------------------------------------------------------- published lists

ISO = "samples/codelists/iso-codes"


def _published(path: Path, key: str, code: str) -> set[str]:
    return {entry[code] for entry in json.loads(path.read_bytes())[key]}


def test_countries_are_those_of_iso_3166(shared_data: Callable[[str], Path]) -> None:
    ours = set(VOCABULARY.words("country"))
    current = _published(shared_data(f"{ISO}/iso_3166-1.json"), "3166-1", "alpha_2")
    former = _published(shared_data(f"{ISO}/iso_3166-3.json"), "3166-3", "alpha_2")
    own = {"XK", "XS", "XR", "XI", "XU"} | {f"Q{letter}" for letter in "MNOPQRSTUVWXYZ"}
    assert (len(current), len(former - current)) == (249, len(ours) - 249 - len(own))
    assert ours == current | former | own


def test_currencies_hold_those_of_iso_4217(shared_data: Callable[[str], Path]) -> None:
    assert _published(shared_data(f"{ISO}/iso_4217.json"), "4217", "alpha_3") <= set(VOCABULARY.words("currency"))
