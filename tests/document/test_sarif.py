"""SARIF 2.1.0: what its specification demands of a log, held for every fault that is written (OASIS, section 3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from gateway.document.sarif import sarif
from gateway.errors import Fault, Place, Severity

PAGES = {"P101": "## P101 no such element\n\nCause: A path.\nFix: Write another."}
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=20)
PLACES = st.builds(
    Place,
    file=st.sampled_from(["", "mappings/a b/x.map.yaml", "mappings/\u00fc.map.yaml"]),
    line=st.integers(0, 9),
    column=st.integers(0, 99),
    path=st.sampled_from(["", "/A/b[2]", "$['a']"]),
    end_column=st.integers(0, 120),
)
FAULTS = st.builds(
    Fault, st.sampled_from(["P101", "V301", "L104"]), TEXT, PLACES, TEXT, st.sampled_from(Severity), PLACES, TEXT
)


def held(log: Any) -> None:
    """What matters of the standard's schema: required members, their types, references that lead somewhere."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    for run in log["runs"]:
        assert set(run) <= {"tool", "columnKind", "originalUriBaseIds", "results"}
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        driver = run["tool"]["driver"]
        assert isinstance(driver["name"], str)
        rules = [rule["id"] for rule in driver["rules"]]
        assert len(rules) == len(set(rules))
        for rule in driver["rules"]:
            for name in {"shortDescription", "help"} & set(rule):
                assert rule[name]["text"]
        for base in run["originalUriBaseIds"].values():
            assert "uri" not in base or base["uri"].endswith("/")
        for result in run["results"]:
            _result(result, rules, set(run["originalUriBaseIds"]))


def _result(result: Mapping[str, Any], rules: Sequence[str], bases: set[str]) -> None:
    assert set(result) <= {"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "properties"}
    assert rules[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in {"none", "note", "warning", "error"}
    assert isinstance(result["message"]["text"], str)
    numbers = [location["id"] for location in result.get("relatedLocations", ())]
    assert len(numbers) == len(set(numbers))
    assert all(number >= 0 for number in numbers)
    for location in _locations(result):
        assert set(location) & {"physicalLocation", "logicalLocations"}
        physical = location.get("physicalLocation")
        if physical is None:
            continue
        artifact = physical["artifactLocation"]
        assert artifact["uri"].isascii()
        assert not artifact["uri"].startswith("/")
        assert " " not in artifact["uri"]
        assert artifact["uriBaseId"] in bases
        region = physical.get("region", {"startLine": 1})
        assert region["startLine"] >= 1
        assert region.get("startColumn", 1) >= 1
        assert region.get("endColumn", 2) > region.get("startColumn", 1)


def _locations(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from result.get("locations", ())
    yield from result.get("relatedLocations", ())


@given(st.lists(FAULTS, max_size=5))
def test_every_log_is_sarif(faults: list[Fault]) -> None:
    log: Any = sarif(faults, PAGES, "1.0")
    held(log)
    results = log["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == [fault.code for fault in faults]
    for fault, result in zip(faults, results, strict=True):
        assert fault.message in result["message"]["text"]
        if fault.place.file and fault.place.line:
            physical = result["locations"][0]["physicalLocation"]
            assert unquote(physical["artifactLocation"]["uri"]) == fault.place.file
            assert physical["region"]["startLine"] == fault.place.line


def test_a_rule_is_described_by_the_page_of_its_code() -> None:
    log: Any = sarif([Fault("P101", "x", Place("a", 3, 5, end_column=7)), Fault("X999", "y")], PAGES, "1.0")
    first, second = log["runs"][0]["tool"]["driver"]["rules"]
    assert first["shortDescription"] == {"text": "no such element"}
    assert first["help"]["text"] == "Cause: A path.\nFix: Write another."
    assert second == {"id": "X999"}
    region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5, "endColumn": 7}
