"""The mappings of this repository: no errors, and valid messages of their samples however these are changed."""

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document.json_codec import read_json, write_json
from gateway.document.xml_codec import read_xml, write_xml
from gateway.errors import DocumentRefused
from gateway.mapping.api import InboundMapping, build_inbound
from gateway.mapping.check.mapping import check_mapping
from gateway.mapping.load.mapping import load_mapping
from tests.mapping.documents import changed_json, changed_xml
from tests.mapping.example_files import REPOSITORY, exchange
from tests.mapping.proof import Sample, accepted_messages_are_valid


@cache
def shipped() -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for folder in ("mappings", "schemas"):
        for path in (REPOSITORY / folder).rglob("*"):
            name = path.relative_to(REPOSITORY).as_posix()
            if path.is_file() and not name.startswith("schemas/exchange/"):
                found[name] = path.read_bytes()
    return found


PATHS = sorted(name for name in shipped() if name.endswith(".map.yaml"))


@pytest.mark.parametrize("path", PATHS)
def test_a_shipped_mapping_has_no_errors(path: str) -> None:
    report = check_mapping(path, shipped(), exchange())
    print(report.coverage)
    assert [str(fault) for fault in report.faults if fault.severity == "error"] == []


@cache
def built(path: str) -> InboundMapping:
    return build_inbound(path, shipped(), exchange())


SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"


def read_by(path: str, data: bytes) -> bool:
    """Does this mapping read this sample (a folder may hold samples of several mappings)."""
    try:
        built(path).read([Sample(data)])
    except DocumentRefused:
        return False
    return True


def documents(path: str) -> st.SearchStrategy[bytes] | None:
    """The samples that this mapping reads, changed; None for formats that are not changed here."""
    source = load_mapping(path, shipped()).source
    folder = f"{path.rpartition('/')[0]}/fixtures/"
    samples = [
        data
        for name, data in shipped().items()
        if name.startswith(folder) and name.endswith(f".{source.format.text}") and ".exchange." not in name
    ]
    if source.format.text not in {"json", "xml"} or not (samples := [data for data in samples if read_by(path, data)]):
        return None
    if source.format.text == "json":
        return st.sampled_from(samples).flatmap(lambda data: changed_json(read_json(data))).map(write_json)
    encoding = source.encoding.text if source.encoding is not None else "utf-8"
    spaces = {"ds": SIGNATURES}
    if source.default_namespace is not None:
        spaces[""] = source.default_namespace.text
    trees = st.sampled_from(samples).flatmap(lambda data: changed_xml(read_xml(data, encoding=encoding)))
    return trees.map(lambda tree: write_xml(tree, encoding=encoding, namespaces=spaces))


CHANGED = [
    path
    for path in PATHS
    if load_mapping(path, shipped()).source.format.text in {"json", "xml"} and not path.startswith("mappings/eu-centre")
]


@pytest.mark.slow
@pytest.mark.parametrize("path", CHANGED)
def test_what_a_shipped_mapping_accepts_is_valid(path: str) -> None:
    drawn = documents(path)
    assert drawn is not None, "no sample beside this mapping is one that it reads"

    @settings(
        max_examples=10,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(drawn)
    def holds(data: bytes) -> None:
        # A change that the schema refuses proves nothing; formats with many of them would run out of examples.
        if read_by(path, data):
            accepted_messages_are_valid(built(path), data)

    holds()
