"""The mappings of this repository: no errors, and valid messages of their samples however these are changed."""

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document.json_codec import read_json, write_json
from gateway.document.xml_codec import read_xml, write_xml
from gateway.mapping.api import InboundMapping, build_inbound
from gateway.mapping.check import check_mapping
from gateway.mapping.load import load_mapping
from tests.mapping.documents import changed_json, changed_xml
from tests.mapping.example_files import REPOSITORY, exchange
from tests.mapping.proof import accepted_messages_are_valid


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


def documents(path: str) -> st.SearchStrategy[bytes] | None:
    """The samples beside a mapping, changed; None for formats that are not changed here."""
    source = load_mapping(path, shipped()).source
    folder = f"{path.rpartition('/')[0]}/fixtures/"
    samples = [
        data
        for name, data in shipped().items()
        if name.startswith(folder) and name.endswith(f".{source.format.text}") and ".exchange." not in name
    ]
    if not samples or source.format.text not in {"json", "xml"}:
        return None
    if source.format.text == "json":
        return st.sampled_from(samples).flatmap(lambda data: changed_json(read_json(data))).map(write_json)
    space = source.default_namespace.text if source.default_namespace is not None else ""
    trees = st.sampled_from(samples).flatmap(lambda data: changed_xml(read_xml(data)))
    return trees.map(lambda tree: write_xml(tree, namespaces={"": space} if space else {}))


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in PATHS if documents(path) is not None])
def test_what_a_shipped_mapping_accepts_is_valid(path: str) -> None:
    drawn = documents(path)
    assert drawn is not None

    @settings(
        max_examples=25,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(drawn)
    def holds(data: bytes) -> None:
        accepted_messages_are_valid(built(path), data)

    holds()
