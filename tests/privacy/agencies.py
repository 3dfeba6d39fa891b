"""Agencies' own formats with a canary in every leaf that takes one, and documents that fail because of one.

Made from the demo's samples: leaf after leaf is replaced, first by a value of the same shape (a word, a date, a number,
an id within it), then by free text. What the mapping still accepts stays; what it does not is a failure to try.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gateway.errors import GatewayError
from gateway.exchange.message import complete
from gateway.exchange.validate import validate
from gateway.mapping.api import Envelope, choose_mapping
from gateway.names import AgencyId, Digest, SourceKey, Status
from gateway.outcome import SourceFile
from gateway.plan import Plan
from tests.privacy.canaries import Canaries, Canary

__all__ = ["Planted", "plant"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"[0-9]{4,}")

Put = Callable[[str], bytes]
"""Gives the whole document with another value at one place, and keeps it there."""


@dataclass(slots=True)
class Planted:
    """What became of one sample: the document that is full of canaries, and documents that are not accepted."""

    accepted: bytes
    failing: dict[str, bytes] = field(default_factory=dict)
    """By code: one document each."""


def plant(sample: str, data: bytes, plan: Plan, canaries: Canaries) -> Planted:
    """Replace every leaf of a sample (`qm-police/01-wanted.xml`) that takes a canary."""
    agency = AgencyId(sample.partition("/")[0])
    document: Any = _open(sample, data)
    planted = Planted(data)
    for place in list(document.places()):
        canary = canaries.issue(f"{sample}: {place}")
        before = document.get(place)
        for value in _candidates(str(before), canary):
            document.put(place, canaries.planted(canary, value))
            code = _verdict(document.write(), agency, plan)
            if not code:
                break
            planted.failing.setdefault(code, document.write())
        else:
            document.put(place, before)
    planted.accepted = document.write()
    for number, broken in enumerate(document.broken(canaries, sample)):
        code = _verdict(broken, agency, plan)
        if code:
            planted.failing.setdefault(f"{code} {number}", broken)
    return planted


def _verdict(data: bytes, agency: AgencyId, plan: Plan) -> str:
    """The code of what is wrong with a document, or nothing if every message of it is accepted."""
    envelope = Envelope(agency, "QM", SourceKey("k"), "2026-11-25T10:00:00.000Z", Digest("sha256:" + "0" * 64))
    try:
        mapping, document = choose_mapping(plan.channels[agency].mappings, (SourceFile(data),))
        for mapped in mapping.apply(document, envelope, plan.identity):
            if mapped.outcome != "accepted" or mapped.message is None:
                return mapped.diagnostics[0].code
            message = complete(
                mapped.message,
                message_id=mapped.message_id,
                agency=agency,
                country="QM",
                status=Status.ACTUAL,
                exchange=plan.exchange,
            )
            if faults := validate(message, plan.exchange):
                return faults[0].code
    except GatewayError as refused:
        return refused.code
    return ""


def _candidates(value: str, canary: Canary) -> Iterator[str]:
    for pattern, new in ((_UUID, canary.id), (_HASH, canary.digest[7:]), (_DAY, canary.day)):
        if pattern.search(value):
            yield pattern.sub(new, value, count=1)
    if words := _WORD.findall(value):
        yield value.replace(max(words, key=len), canary.letters.capitalize(), 1)
    if _NUMBER.search(value):
        yield _NUMBER.sub(canary.digits, value, count=1)
    yield canary.text
    yield canary.letters.upper()
    yield canary.digits


# ---------------------------------------------------------------- formats


def _open(sample: str, data: bytes) -> "_Xml | _Json | _Csv":
    if sample.endswith(".xml"):
        return _Xml(data)
    return _Json(data) if sample.endswith(".json") else _Csv(data)


class _Xml:
    def __init__(self, data: bytes) -> None:
        self._tree = etree.fromstring(data).getroottree()
        self._elements = [element for element in self._tree.iter() if isinstance(element.tag, str)]

    def places(self) -> Iterator[tuple[int, str]]:
        for number, element in enumerate(self._elements):
            yield from ((number, str(name)) for name in element.attrib if not str(name).startswith("{"))
            if not len(element) and (element.text or "").strip():
                yield number, ""

    def get(self, place: tuple[int, str]) -> str:
        element = self._elements[place[0]]
        return str(element.get(place[1]) if place[1] else element.text)

    def put(self, place: tuple[int, str], value: str) -> None:
        element = self._elements[place[0]]
        if place[1]:
            element.set(place[1], value)
        else:
            element.text = value

    def write(self) -> bytes:
        return etree.tostring(self._tree, encoding="utf-8", xml_declaration=True)

    def broken(self, canaries: Canaries, sample: str) -> Iterator[bytes]:
        """Canaries where no value stands: names, comments, instructions, entities, and what cannot be parsed."""
        whole = self.write()
        head, _, rest = whole.partition(b"?>")
        last = whole.rindex(b"</")

        def name(what: str) -> bytes:
            return canaries.issue(f"{sample}: {what}").letters.encode()

        yield whole[:last] + b"<%b/>" % name("element") + whole[last:]
        yield whole[:last] + b'<%b xmlns="urn:%b"/>' % (name("element"), name("namespace")) + whole[last:]
        yield whole[:last] + b"<!--%b--></%b>" % (name("comment"), name("end tag"))
        yield re.sub(rb"(<[A-Za-z][\w:]*)", rb'\1 %b="x"' % name("attribute"), whole, count=1)
        yield head + b"?><?%b %b?>" % (name("target"), name("instruction")) + rest[: len(rest) // 2]
        yield head + b'?><!DOCTYPE %b SYSTEM "file:///%b">' % (name("doctype"), name("system id")) + rest
        yield whole.replace(b"</", b"&%b;</" % name("entity"), 1)
        yield whole + name("trailing text")
        yield whole.replace(b"utf-8", name("encoding"), 1).replace(b"UTF-8", name("encoding"), 1)
        yield name("no markup at all")


class _Json:
    def __init__(self, data: bytes) -> None:
        self._value: Any = json.loads(data)

    def places(self) -> Iterator[tuple[str | int, ...]]:
        return _leaves(self._value, ())

    def get(self, place: tuple[str | int, ...]) -> Any:
        return self._holder(place)[place[-1]]

    def put(self, place: tuple[str | int, ...], value: Any) -> None:
        holder = self._holder(place)
        number = isinstance(holder[place[-1]], int | float) and str(value).isdigit()
        holder[place[-1]] = int(value) if number else value

    def write(self) -> bytes:
        return json.dumps(self._value, ensure_ascii=False).encode()

    def broken(self, canaries: Canaries, sample: str) -> Iterator[bytes]:
        """Canaries where no value stands: member names, what is doubled, and what cannot be parsed."""
        whole = self.write()

        def name(what: str) -> bytes:
            return canaries.issue(f"{sample}: {what}").letters.encode()

        doubled = name("doubled member")
        yield b'{"%b":1,' % name("member") + whole[1:]
        yield b'{"%b":1,"%b":2,' % (doubled, doubled) + whole[1:]
        yield whole[:-1] + b',"x":"%b' % name("open string")
        yield whole[:-1] + b',"x":%b}' % name("bare word")
        yield whole[:-1] + b',"x":1e%b}' % b"9999" + name("trailing text")
        yield whole[:-1] + b',"x":"\\ud800%b"}' % name("surrogate")
        yield whole[:-1] + b',"x":"%b\x00"}' % name("control")
        yield whole + name("trailing text")

    def _holder(self, place: tuple[str | int, ...]) -> Any:
        holder = self._value
        for step in place[:-1]:
            holder = holder[step]
        return holder


class _Csv:
    def __init__(self, data: bytes) -> None:
        text = data.decode("cp1252")
        self._end = "\r\n" if "\r\n" in text else "\n"
        self._rows = list(csv.reader(io.StringIO(text), delimiter=";"))

    def places(self) -> Iterator[tuple[int, int]]:
        for number, row in enumerate(self._rows[1:], 1):
            yield from ((number, column) for column, cell in enumerate(row) if cell)

    def get(self, place: tuple[int, int]) -> str:
        return self._rows[place[0]][place[1]]

    def put(self, place: tuple[int, int], value: str) -> None:
        self._rows[place[0]][place[1]] = value

    def write(self) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator=self._end).writerows(self._rows)
        return text.getvalue().encode("cp1252", "xmlcharrefreplace")

    def broken(self, canaries: Canaries, sample: str) -> Iterator[bytes]:
        """Canaries where no value stands: the heading, rows of another length, quotes that do not close."""
        whole = self.write()

        def name(what: str) -> bytes:
            return canaries.issue(f"{sample}: {what}").letters.encode()

        end = self._end.encode()
        yield name("heading") + b";" + whole
        yield whole.replace(b";", name("column") + b";", 1)
        yield whole + name("short row") + end
        yield whole + b";".join([name("long row")] * 99) + end
        yield whole + b'"' + name("open quote") + end
        yield whole + b'a"%b";' % name("quote within") + end
        yield whole + name("undefined byte") + b"\x81" + end
        yield whole + name("null") + b"\x00" + end


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for step, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(part, (*path, step))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path
