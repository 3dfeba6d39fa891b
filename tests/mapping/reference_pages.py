"""Reads the executed examples of the reference pages: a source, lines of a mapping, files beside it, and the result.

Fenced blocks under a heading, in this order: the source (`json`, `xml`, `csv`, `text`), optional files with their name
behind the language, `yaml` with the mapping, and `json` with the result. Lines without a `map:` or `split:` of their own
are rules; without `source:` they stand in a small mapping of the source's language.
"""

import json
import re
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

from gateway.mapping.api import build_outbound
from tests.mapping.example_files import exchange
from tests.mapping.inline import PATH, run_all
from tests.mapping.test_blocks import XSD

__all__ = ["Example", "examples", "result_of"]

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_HEADS = {
    "json": "source: {format: json, schema: s.json}\n",
    "xml": 'source: {format: xml, schema: s.xsd, root: N, default_namespace: "urn:x"}\n',
}


@dataclass
class Example:
    """One example of a page."""

    heading: str
    language: str
    source: str
    mapping: str = ""
    beside: dict[str, str] = field(default_factory=dict)
    result: Any = None


def examples(page: str) -> list[Example]:
    """Every example of a page, in its order."""
    found: list[Example] = []
    for section in re.split(r"^(?=#{2,4} )", page, flags=re.MULTILINE):
        blocks = [(match[1], match[2] or "", match[3]) for match in _FENCE.finditer(section)]
        if not blocks:
            continue
        (language, _, source), *rest = blocks
        example = Example(section.partition("\n")[0].lstrip("# "), language, source)
        for kind, name, text in rest:
            if name:
                example.beside[name] = text
            elif kind == "yaml":
                example.mapping = text
            else:
                example.result = json.loads(text)
        found.append(example)
    return found


def result_of(example: Example) -> Any:
    """Run an example on both engines; ids, which are derived, are written `<id>`."""
    text = example.mapping
    if not re.search(r"^(map|split):", text, re.MULTILINE):
        text = "map:\n" + indent(text, "  ")
    if not re.search(r"^source:", text, re.MULTILINE):
        text = _HEADS[example.language] + text
    if not re.search(r"^target:", text, re.MULTILINE):
        text = "target: {format: exchange, version: 1}\n" + text
    if not re.search(r"^mapping:", text, re.MULTILINE):
        text = "mapping: x.x\nversion: 1.0.0\n" + text
    files = {PATH: text.encode(), "mappings/x/s.json": b'{"type": "object"}', "mappings/x/s.xsd": XSD}
    files |= {f"mappings/x/{name}": content.encode() for name, content in example.beside.items()}
    if "format: exchange" in text.partition("target:")[0].partition("source:")[2]:
        written = [
            build_outbound(PATH, files, exchange(), engine=engine).apply(json.loads(example.source))
            for engine in ("compiled", "interpreted")
        ]
        assert written[0] == written[1]
        return [body.decode() for body in written[0].bodies]
    name = {"csv": "rows.csv", "text": "lines.txt"}.get(example.language, "input")
    results = run_all(
        files,
        (name, example.source.rstrip("\n").encode()) if example.language == "json" else (name, example.source.encode()),
    )
    shown = [_shown(one.mapped.outcome, one.codes, one.mapped.message) for one in results]
    return shown[0] if len(shown) == 1 else shown


def _shown(outcome: str, codes: list[str], message: object) -> Any:
    plain = _without_ids(message)
    if outcome == "accepted" and not codes:
        return plain
    return {"outcome": outcome, "codes": codes, "message": plain}


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ids(inner) for name, inner in value.items() if name != "id"}
    if isinstance(value, list):
        return [_without_ids(inner) for inner in value]
    return "<id>" if isinstance(value, str) and _ID.match(value) else value
