"""Faults of definition files as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines.

Guarantees positions in characters as everywhere here (`columnKind`), paths relative to the deployment, one rule per
code, and no value of a document: what a fault does not say, this does not say either. Writes no file.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from gateway.document.tree import JsonObject
from gateway.errors import Fault, Place, Severity

__all__ = ["SARIF_SCHEMA", "sarif"]

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""The schema that a log states; nothing is fetched from there."""

_BASE = "DEPLOYMENT"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif(faults: Iterable[Fault], pages: Mapping[str, str], version: str) -> JsonObject:
    """Give a log with one run. `pages` are the pages of codes in Markdown, a heading first; `version` is the gateway's.

    A code without a page is a rule without a description. Faults keep their order.
    """
    every = list(faults)
    codes = sorted({fault.code for fault in every})
    numbers = {code: number for number, code in enumerate(codes)}
    driver: JsonObject = {
        "name": "gateway",
        "version": version,
        "rules": [_rule(code, pages.get(code, "")) for code in codes],
    }
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "the folder of the deployment"}}},
        "results": [_result(fault, numbers[fault.code]) for fault in every],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, page: str) -> JsonObject:
    heading, _, body = page.partition("\n")
    title = heading.removeprefix("## ").removeprefix(code).strip()
    rule: JsonObject = {"id": code}
    if title:
        rule["shortDescription"] = {"text": title}
        rule["help"] = {"text": body.strip() or title, "markdown": page}
    return rule


def _result(fault: Fault, number: int) -> JsonObject:
    message = fault.message + (f" (fix: {fault.fix})" if fault.fix else "")
    result: JsonObject = {
        "ruleId": fault.code,
        "ruleIndex": number,
        "level": _LEVELS[fault.severity],
        "message": {"text": message},
    }
    place, other = _location(fault.place), _location(fault.at)
    if place:
        result["locations"] = [place]
    if other:
        result["relatedLocations"] = [{**other, "id": 1, "message": {"text": "the other place"}}]
    if fault.field:
        result["properties"] = {"field": fault.field}
    return result


def _location(place: Place) -> JsonObject:
    location: JsonObject = {}
    if place.file:
        physical: JsonObject = {"artifactLocation": {"uri": quote(place.file), "uriBaseId": _BASE}}
        if place.line:
            region: JsonObject = {"startLine": place.line}
            if place.column:
                region["startColumn"] = place.column
                region["endColumn"] = max(place.end_column, place.column + 1)
            physical["region"] = region
        location["physicalLocation"] = physical
    if place.path:
        location["logicalLocations"] = [{"fullyQualifiedName": place.path}]
    return location
