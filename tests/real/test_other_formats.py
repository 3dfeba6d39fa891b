"""Financial reports, bundles of indicators and public alerts of real publishers: what becomes of every sample."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from gateway.errors import Severity
from gateway.names import NO_PARTNER
from gateway.outcome import Outcome
from tests.real.lists import ENGINES, Engine, at, codes, faults, items, messages, outcome, states
from tests.shared import shared_data

FINCEN = "samples/fincen"
STIX = "samples/stix21/examples"
CAP = "samples/cap/alerts"
PAXLST = "samples/paxlst"

SAMPLES: dict[tuple[str, str, str], tuple[dict[str, int], dict[str, int], dict[str, int]]] = {
    ("fincen", FINCEN, "sar_batch.xml"): ({"accepted": 1}, {}, {"R130": 1}),
    ("fincen", FINCEN, "ctr_batch.xml"): ({"accepted": 1}, {}, {"R111": 2}),
    ("fincen", FINCEN, "sar_acknowledgement.xml"): ({"refused": 1}, {"DOC-041": 1, "DOC-042": 1}, {}),
    ("fincen", FINCEN, "ctr_acknowledgement.xml"): ({"refused": 1}, {"DOC-041": 1, "DOC-042": 1}, {}),
    ("stix", STIX, "defining-campaigns-threat-actors-intrusion-sets.json"): ({"accepted": 1}, {}, {"R117": 9}),
    ("stix", STIX, "identifying-a-threat-actor-profile.json"): ({"quarantined": 1}, {"EXC-002": 1}, {"R117": 1}),
    ("stix", STIX, "infrastructure.json"): ({"accepted": 1}, {}, {}),
    ("stix", STIX, "malicious-email-indicator-with-attachment.json"): ({"accepted": 1}, {}, {}),
    ("stix", STIX, "poisonivy.json"): ({"accepted": 1}, {}, {"R117": 1}),
    ("stix", STIX, "sco-examples-bundle.json"): ({"refused": 1}, {"DOC-052": 1}, {}),
    ("stix", STIX, "sighting-of-an-indicator.json"): ({"accepted": 1}, {}, {}),
    ("stix", STIX, "sighting-of-observed-data.json"): ({"accepted": 1}, {}, {}),
    ("stix", STIX, "using-granular-markings.json"): ({"accepted": 1}, {}, {}),
    ("stix", STIX, "using-marking-definitions.json"): ({"accepted": 1}, {}, {}),
    ("cap", CAP, "australia.cap"): ({"accepted": 2}, {}, {}),
    ("cap", CAP, "canada.cap"): ({"accepted": 2}, {}, {"T303": 2}),
    ("cap", CAP, "canada_errors.cap"): ({"quarantined": 1}, {"R130": 1}, {}),
    ("cap", CAP, "canada_signed.cap"): ({"accepted": 2}, {}, {"T303": 4, "R130": 2}),
    ("cap", CAP, "earthquake-iso8859-1.cap"): ({"accepted": 1}, {}, {"R130": 1}),
    ("cap", CAP, "earthquake_signed.cap"): ({"refused": 1}, {"DOC-033": 1}, {}),
    ("cap", CAP, "invalid.cap"): ({"refused": 1}, {"DOC-041": 1}, {}),
    ("cap", CAP, "no_optional_fields.cap"): ({"quarantined": 1}, {"G420": 1}, {}),
    ("cap", CAP, "noaa_errors.cap"): ({"refused": 1}, {"DOC-043": 3}, {}),
    ("cap", CAP, "wcatwc-warning.cap"): ({"accepted": 1}, {}, {}),
    ("carriers", PAXLST, "Test1.txt"): ({"accepted": 1}, {}, {"R111": 1, "R156": 2, "R157": 2, "R158": 2}),
    ("carriers", PAXLST, "multiple_flight_leg_apis.txt"): ({"accepted": 1}, {}, {"R159": 1}),
    ("carriers", PAXLST, "airline2.edi"): ({"accepted": 1}, {}, {"R156": 2, "R157": 1, "R158": 1}),
}
"""Agency, folder, file -> records by outcome, codes of errors, codes of warnings."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("other")


@cache
def found(agency: str, place: str, engine: Engine, folder: Path) -> Outcome:
    return outcome(agency, (shared_data(place),), engine, folder)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[2])
def test_a_sample_comes_to_what_is_expected(sample: tuple[str, str, str], engine: Engine, folder: Path) -> None:
    agency, place, file = sample
    made = found(agency, f"{place}/{file}", engine, folder)
    counts, errors, warnings = SAMPLES[sample]
    assert states(made) == Counter(counts)
    assert codes(made, Severity.ERROR) == Counter(errors)
    assert codes(made, Severity.WARNING) == Counter(warnings)
    assert len(messages(made)) == counts.get("accepted", 0)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[2])
def test_both_engines_agree(sample: tuple[str, str, str], folder: Path) -> None:
    agency, place, file = sample
    one, other = (found(agency, f"{place}/{file}", engine, folder) for engine in ENGINES)
    assert sum(left.exchange != right.exchange for left, right in zip(one.messages, other.messages, strict=True)) == 0
    assert list(faults(one)) == list(faults(other))


@pytest.mark.parametrize("place", [STIX, CAP])
def test_every_sample_is_in_the_table(place: str) -> None:
    there = {path.name for path in shared_data(place).iterdir() if path.is_file()}
    assert there == {file for _, folder, file in SAMPLES if folder == place}


def test_parties_of_a_report_are_told_apart_by_their_code(folder: Path) -> None:
    """Of eight parties two transmit; of the rest one is a person and five are organisations."""
    (report,) = messages(found("fincen", f"{FINCEN}/sar_batch.xml", "compiled", folder))
    assert Counter({name: len(items(report, name)) for name in ("persons", "organisations")}) == Counter(
        persons=1, organisations=5
    )
    assert at(report, "persons", 0, "roles") == ["reported"]
    unknown = at(report, "persons", 0, "stated_unknown")
    assert isinstance(unknown, list)
    assert len(unknown) == 5


def test_cash_and_accounts_of_a_report(folder: Path) -> None:
    (report,) = messages(found("fincen", f"{FINCEN}/ctr_batch.xml", "compiled", folder))
    assert len(items(report, "transactions")) == 3
    assert len(items(report, "objects")) == 3
    assert len(items(report, "links")) == 6


def test_two_languages_of_an_alert_are_two_messages(folder: Path) -> None:
    made = messages(found("cap", f"{CAP}/canada.cap", "compiled", folder))
    assert Counter(str(at(one, "header", "language")) for one in made) == Counter({"en-CA": 1, "fr-CA": 1})


def test_an_unverified_signature_is_said_and_an_unreadable_one_is_not_passed_on(folder: Path) -> None:
    signed = found("cap", f"{CAP}/canada_signed.cap", "compiled", folder)
    assert codes(signed, Severity.WARNING)["R130"] == 2
    plain = found("cap", f"{CAP}/canada.cap", "compiled", folder)
    assert codes(plain, Severity.WARNING)["R130"] == 0


def test_a_relation_between_indicators_becomes_a_link(folder: Path) -> None:
    (bundle,) = messages(found("stix", f"{STIX}/poisonivy.json", "compiled", folder))
    assert len(items(bundle, "indicators")) == 25 + 25 + 6 + 3
    assert len(items(bundle, "links")) == 89
    relations = Counter(str(one.get("name")) for one in items(bundle, "extensions"))
    assert relations["relationship"] == 90


@pytest.mark.parametrize("file", ["using-granular-markings.json", "using-marking-definitions.json"])
def test_a_labelled_bundle_goes_to_nobody(file: str, folder: Path) -> None:
    made = found("stix", f"{STIX}/{file}", "compiled", folder)
    (bundle,) = messages(made)
    assert at(bundle, "header", "handling", "tlp") == "RED"
    sent = [item for one in made.messages for item in one.items if item.partner != NO_PARTNER and item.payload]
    assert len(sent) == 0


@pytest.mark.parametrize(
    ("sample", "travellers", "legs", "names", "documents"),
    [("Test1.txt", 8, 1, 8, 8), ("multiple_flight_leg_apis.txt", 2, 3, 2, 2), ("airline2.edi", 10, 1, 10, 10)],
)
def test_every_traveller_of_a_list_is_there_with_a_journey(
    sample: str, travellers: int, legs: int, names: int, documents: int, folder: Path
) -> None:
    (message,) = messages(found("carriers", f"{PAXLST}/{sample}", "compiled", folder))
    people = items(message, "persons")
    assert len(people) == travellers
    assert sum(at(person, "names", 0, "family") is not None for person in people) == names
    assert sum(at(person, "documents", 0, "number") is not None for person in people) == documents
    assert len(items(message, "events")) == travellers + legs
    assert len({str(at(link, "to")) for link in items(message, "links")}) == travellers
