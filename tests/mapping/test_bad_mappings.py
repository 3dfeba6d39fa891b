"""Mappings that were made to harm: refused with a clear fault, quickly, and without touching the network or the disk.

Every case is checked and built as a deployment would. A server on this machine counts who comes; nobody may.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.errors import DefinitionRefused, Fault, Severity
from gateway.mapping.api import build_inbound
from gateway.mapping.run.packed import compile_text_pattern
from tests.mapping.example_files import check, exchange
from tests.mapping.inline import HEAD, OPEN_JSON, PATH

SECONDS = 5.0
"""Of processor time, for one case, on a slow machine; the slowest takes a tenth of it."""

JSON_HEAD = HEAD + "source: {format: json, schema: s.json}\ntarget: {format: exchange, version: 1}\n"
XML_HEAD = HEAD + "source: {format: xml, schema: s.xsd, root: N}\ntarget: {format: exchange, version: 1}\n"
GOOD = "map:\n  header.reference: a\n"
XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}<xs:element name="N" type="xs:string"/></xs:schema>'
MANY = 40_000


class _Visits(BaseHTTPRequestHandler):
    count = 0

    def do_GET(self) -> None:
        type(self).count += 1
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    listening = HTTPServer(("127.0.0.1", 0), _Visits)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def files(text: str, **schemas: str) -> dict[str, bytes]:
    found = {PATH: text.encode(), "mappings/x/s.json": OPEN_JSON}
    found |= {f"mappings/x/{name.replace('_', '.')}": content.encode() for name, content in schemas.items()}
    return found


def nested(count: int) -> str:
    """A JSON Schema that refers to itself through many others."""
    defs = {f"d{number}": {"allOf": [{"$ref": f"#/$defs/d{number + 1}"}]} for number in range(count)}
    return json.dumps({"$defs": {**defs, f"d{count}": {"$ref": "#"}}, "properties": {"a": {"$ref": "#/$defs/d0"}}})


Case = tuple[str, Callable[[str], dict[str, bytes]], str]

CASES: list[Case] = [
    ("a bomb of aliases", lambda _: files("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), "Y008"),
    ("brackets of YAML", lambda _: files("map: " + "[" * MANY), "Y007"),
    ("braces of YAML", lambda _: files("map: " + "{a: " * MANY), "Y007"),
    ("lists of YAML", lambda _: files("map:\n" + "- " * MANY + "x\n"), "Y007"),
    ("a key twice", lambda _: files(JSON_HEAD + "map:\n  header.reference: a\n  header.reference: b\n"), "Y012"),
    ("a merge key", lambda _: files(JSON_HEAD + "map:\n  <<: {header.reference: a}\n"), "Y013"),
    ("a tag", lambda _: files(JSON_HEAD + "map: !!python/object:os.system {}\n"), "Y009"),
    ("a second document", lambda _: files(JSON_HEAD + GOOD + "---\na: b\n"), "Y011"),
    ("a tab", lambda _: files(JSON_HEAD + "map:\n\theader.reference: a\n"), "Y006"),
    ("a control character", lambda _: files(JSON_HEAD + GOOD + "# \x07\n"), "Y004"),
    ("text that runs backwards", lambda _: files(JSON_HEAD + GOOD + "note: \u202eabc\n"), "Y005"),
    ("bytes that are no text", lambda _: {PATH: b"mapping: \xff\xfe\n"}, "Y002"),
    ("too many keys", lambda _: files("a:\n" + "- a\n" * 100_010), "Y017"),
    ("a file too large", lambda _: files(JSON_HEAD + "# " + "x" * 20_000_000), "Y003"),
    ("brackets of a path", lambda _: files(JSON_HEAD + f"map:\n  header.reference: 'a{'[' * MANY}'\n"), "P001"),
    ("filters in filters", lambda _: files(JSON_HEAD + f"map:\n  header.reference: '$.a{'[?@' * MANY}'\n"), "P002"),
    ("brackets of an XPath", lambda _: files(XML_HEAD + f"map:\n  header.reference: 'a{'[a' * MANY}'\n", s_xsd=XSD), "P002"),
    ("brackets of a condition", lambda _: files(JSON_HEAD + f"check: {{that: '{'(' * MANY}'}}\n" + GOOD), "C001"),
    ("not, not, not", lambda _: files(JSON_HEAD + f"check: {{that: '{'not ' * MANY}has(a)'}}\n" + GOOD), "C001"),
    ("blocks in blocks", lambda _: files(JSON_HEAD + "map:\n" + "".join(
        "  " * depth + ("  persons[]:\n" if depth % 2 == 0 else "  fields:\n") for depth in range(60)) + "  " * 61 + "a: b\n"
    ), "Y007"),
    ("brackets of a pattern", lambda _: files(JSON_HEAD + f"patterns: {{p: '{'(' * 1_900}'}}\n" + GOOD), "X501"),
    ("a pattern too long", lambda _: files(JSON_HEAD + f"patterns: {{p: '{'(' * MANY}'}}\n" + GOOD), "X501"),
    ("repetitions that multiply", lambda _: files(JSON_HEAD + "patterns: {p: '((a{1000}){1000}){1000}'}\n" + GOOD), "X501"),
    ("a look-around", lambda _: files(JSON_HEAD + "patterns: {p: '(?=(a+)+$)'}\n" + GOOD), "X501"),
    ("a back-reference", lambda _: files(JSON_HEAD + "patterns: {p: '(a+)\\1'}\n" + GOOD), "X501"),
    ("a table with a key twice", lambda _: files(JSON_HEAD + "tables: {t: t.csv}\n" + GOOD, t_csv="source,target,match,note\na,b,exact,\na,c,exact,\n"), "L009"),
    ("a table that is no text", lambda _: files(JSON_HEAD + "tables: {t: t.csv}\n" + GOOD) | {"mappings/x/t.csv": b"\x00\xff"}, "L001"),
    ("a table outside", lambda _: files(JSON_HEAD + "tables: {t: ../../../../etc/passwd}\n" + GOOD), "L108"),
    ("a table from the network", lambda url: files(JSON_HEAD + f"tables: {{t: '{url}/t.csv'}}\n" + GOOD), "L108"),
    ("a schema from the network", lambda url: files(JSON_HEAD.replace("s.json", f"'{url}/s.json'") + GOOD), "S101"),
    ("a schema of the machine", lambda _: files(JSON_HEAD.replace("s.json", "file:///etc/passwd") + GOOD), "S101"),
    ("a schema outside", lambda _: files(JSON_HEAD.replace("s.json", "../../../../../../etc/passwd") + GOOD), "S101"),
    ("an import from the network", lambda url: files(XML_HEAD + GOOD, s_xsd=XSD.format(
        f'<xs:import namespace="urn:y" schemaLocation="{url}/y.xsd"/>')), "S101"),
    ("an include of the machine", lambda _: files(XML_HEAD + GOOD, s_xsd=XSD.format(
        '<xs:include schemaLocation="file:///etc/passwd"/>')), "S101"),
    ("an external document type", lambda url: files(
        XML_HEAD + GOOD, s_xsd=f'<!DOCTYPE s SYSTEM "{url}/s.dtd">' + XSD.format("")), "S102"),
    ("an external entity", lambda url: files(
        XML_HEAD + GOOD, s_xsd=f'<!DOCTYPE s [<!ENTITY e SYSTEM "{url}/e">]>' + XSD.format("&e;")), "S102"),
    ("a billion laughs", lambda _: files(XML_HEAD + GOOD, s_xsd="<!DOCTYPE s [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {'a' * n} '{'&' + 'a' * (n - 1) + ';'}{'&' + 'a' * (n - 1) + ';'}'>" for n in range(2, 40)
    ) + "]>" + XSD.format("&" + "a" * 39 + ";")), "S102"),
    ("a schema nested too deeply", lambda _: files(JSON_HEAD + GOOD, s_json='{"not":' * MANY + "{}" + "}" * MANY), "S102"),
    ("a reference to the network", lambda url: files(JSON_HEAD + GOOD, s_json=json.dumps(
        {"properties": {"a": {"$ref": f"{url}/a.json"}}})), "S103"),
    ("a reference to the machine", lambda _: files(JSON_HEAD + GOOD, s_json=json.dumps(
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}})), "S103"),
    ("a vocabulary from the network", lambda url: files(JSON_HEAD + GOOD, s_json=json.dumps(
        {"$schema": f"{url}/meta.json", "type": "object"})), "DOC-082"),
    ("a schema of references only", lambda _: files(JSON_HEAD + GOOD, s_json=nested(2_000)), "S107"),
    ("parts in a circle", lambda _: files(JSON_HEAD + "use: [a.part.yaml]\nmap:\n  persons[]: {part: a}\n") | {
        "mappings/x/a.part.yaml": b"part: a\nformat: json\nuse: [b.part.yaml]\nfields:\n  names[]: {part: b}\n",
        "mappings/x/b.part.yaml": b"part: b\nformat: json\nuse: [a.part.yaml]\nfields:\n  names[]: {part: a}\n"}, "U001"),
]  # fmt: skip


HARMLESS: list[tuple[str, Callable[[], dict[str, bytes]]]] = [
    ("a schema that refers to itself", lambda: files(JSON_HEAD + GOOD, s_json=nested(1))),
    ("a schema in a circle of references", lambda: files(JSON_HEAD + GOOD, s_json=json.dumps(
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "properties": {"a": {"$ref": "#/$defs/a"}}}))),
    ("a large table", lambda: files(JSON_HEAD + "tables: {t: t.csv}\nmap:\n  header.reference: {from: a, lookup: t}\n",
        t_csv="source,target,match,note\n" + "".join(f"k{n},v,exact,\n" for n in range(10_000)))),
    ("patterns that explode elsewhere", lambda: files(
        JSON_HEAD + "patterns: {p: '(a+)+b', q: '(a|a)*b', r: '(.*a){20}', s: '(a?){50}a{50}'}\n" + GOOD)),
]  # fmt: skip


def both(found: dict[str, bytes]) -> list[Fault]:
    """What a check says, and what building says: a deployment loads only what both take."""
    faults = list(check(PATH, found).faults)
    try:
        build_inbound(PATH, found, exchange())
    except DefinitionRefused as refused:
        return [*faults, *refused.faults]
    assert any(fault.severity is Severity.ERROR for fault in faults), "it was built"
    return faults


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_refused_clearly_quickly_and_without_the_network(
    make: Callable[[str], dict[str, bytes]], code: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = Path.open

    def watched(self: Path, *args: object, **kwargs: object) -> object:
        opened.append(str(self))
        return real(self, *args, **kwargs)  # type: ignore[arg-type, call-overload]  # handed on

    made = make(server)
    _Visits.count = 0
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("a name was looked up"))
    monkeypatch.setattr(Path, "open", watched)
    started = time.process_time()
    faults = both(made)
    assert time.process_time() - started < SECONDS
    assert _Visits.count == 0
    assert [name for name in opened if "passwd" in name] == []
    assert code in {fault.code for fault in faults}, [str(fault)[:200] for fault in faults]
    assert all(len(fault.message) < 300 for fault in faults)


@pytest.mark.parametrize("make", [case[1] for case in HARMLESS], ids=[case[0] for case in HARMLESS])
def test_what_only_looks_dangerous_is_checked_and_built_quickly(make: Callable[[], dict[str, bytes]]) -> None:
    made = make()
    started = time.process_time()
    report = check(PATH, made)
    mapping = build_inbound(PATH, made, exchange())
    for pattern in mapping.program.mapping.patterns:
        compiled = compile_text_pattern(pattern)
        assert not compiled.fits("a" * 100_000 + "c")
    assert time.process_time() - started < SECONDS
    assert not [fault for fault in report.faults if fault.code[0] in "WXYSL"] or report.warnings
