"""Ten published CAP alerts (Google's CAP library, Apache-2.0): encodings, schemas, and alerts that break them."""

from pathlib import Path

import pytest

from gateway.document.xml_codec import read_xml
from gateway.document.xml_schema import compile_xml_schema
from gateway.errors import DocumentRefused
from tests.document.values import refused
from tests.shared import shared_data

FOLDER = "samples/cap"

# alert -> its encoding, the schema it belongs to, how many faults that schema finds
ALERTS: dict[str, tuple[str, str, int]] = {
    "australia.cap": ("utf-8", "cap12.xsd", 0),
    "canada.cap": ("utf-8", "cap12.xsd", 0),
    "canada_errors.cap": ("utf-8", "cap12.xsd", 0),
    "canada_signed.cap": ("utf-8", "cap12.xsd", 0),
    "earthquake-iso8859-1.cap": ("iso-8859-1", "cap12.xsd", 0),
    "wcatwc-warning.cap": ("utf-8", "cap12.xsd", 0),
    "no_optional_fields.cap": ("utf-8", "cap11.xsd", 0),
    "earthquake_signed.cap": ("iso-8859-1", "cap11.xsd", 1),
    "invalid.cap": ("utf-8", "cap12.xsd", 1),
    "noaa_errors.cap": ("utf-8", "cap11.xsd", 3),
}


def _faults(name: str) -> tuple[str, ...]:
    folder = shared_data(FOLDER)
    encoding, entry, _ = ALERTS[name]
    schema = compile_xml_schema({entry: (folder / "xsd" / entry).read_bytes()}, entry)
    try:
        read_xml((folder / "alerts" / name).read_bytes(), encoding=encoding, schema=schema)
    except DocumentRefused as refusal:
        return tuple(f"{fault.code} {fault.place.path}" for fault in refusal.faults)
    return ()


@pytest.mark.parametrize("name", ALERTS)
def test_alert_against_its_schema(name: str) -> None:
    assert len(_faults(name)) == ALERTS[name][2], _faults(name)


def test_7_of_10_alerts_are_valid_and_3_are_not() -> None:
    names = {path.name for path in shared_data(f"{FOLDER}/alerts").iterdir()}
    assert names == set(ALERTS)
    assert sum(not _faults(name) for name in names) == 7


def test_the_faults_name_the_places_of_the_schema() -> None:
    assert _faults("noaa_errors.cap") == (
        "DOC-043 /alert/info/urgency",
        "DOC-043 /alert/info/severity",
        "DOC-043 /alert/info/certainty",
    )


def test_a_declaration_must_agree_with_the_configured_encoding() -> None:
    folder: Path = shared_data(f"{FOLDER}/alerts")
    (fault,) = refused(lambda: read_xml((folder / "earthquake_signed.cap").read_bytes()))
    assert (fault.code, str(fault.place)) == ("DOC-033", "1:31")
    (fault,) = refused(lambda: read_xml((folder / "canada.cap").read_bytes(), encoding="iso-8859-1"))
    assert fault.code == "DOC-033"


def test_bytes_of_another_encoding_are_not_guessed() -> None:
    data = shared_data(f"{FOLDER}/alerts/earthquake-iso8859-1.cap").read_bytes()
    (fault,) = refused(lambda: read_xml(data))
    assert (fault.code, str(fault.place)) == ("DOC-002", "23:32")
