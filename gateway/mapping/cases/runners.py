"""Running a case: samples read once, mapped by the mapping under test, completed and validated as in the corridor.

Guarantees that a document is read once a case, however often it is mapped: mutants differ in rules, not in samples.
What came out is compared elsewhere.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from gateway.document.canonical import sha256
from gateway.document.json_codec import read_json, write_json
from gateway.document.rows_codec import LineEnd
from gateway.document.tree import Document, JsonObject, JsonValue
from gateway.errors import DocumentRefused, Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.identity import Identity
from gateway.exchange.message import complete
from gateway.exchange.validate import validate
from gateway.mapping.api import InboundMapping, OutboundMapping
from gateway.mapping.cases.change import CannotChange, change_json, change_rows, change_xml
from gateway.mapping.cases.change_records import change_delimited, change_edifact, change_fixed, change_lines
from gateway.mapping.cases.load import Case, Given
from gateway.mapping.language.file import Source
from gateway.mapping.load.reading import resolve
from gateway.mapping.program.program import Program
from gateway.mapping.run.apply import DocumentRun, Envelope
from gateway.mapping.run.lineage import LineageRecord, lineage_of
from gateway.mapping.run.read import rows_layout
from gateway.mapping.run.report import read_lineage
from gateway.mapping.shapes.edifact_layout import load_edifact_layout
from gateway.names import AgencyId, Digest, SourceKey, Status

__all__ = ["CASE_IDENTITY", "Got", "Inbound", "Outbound", "Runner"]

CASE_IDENTITY = Identity(UUID("00000000-0000-4000-8000-000000000000"))
"""Ids in golden files are derived in this namespace."""

_COUNTRY = "QM"  # a code that ISO 3166 keeps free for users


@dataclass(frozen=True, slots=True)
class Got:
    """One message that came out: its outcome, its content as the golden file has it, its diagnostics and lineage."""

    outcome: str
    content: bytes | None = field(default=None, repr=False)
    value: JsonValue = field(default=None, repr=False)
    diagnostics: tuple[Fault, ...] = ()
    lineage: bytes = field(default=b"", repr=False)


class Runner(Protocol):
    """Runs the cases of one mapping."""

    @property
    def program(self) -> Program:
        """The rules as they are in the file."""
        ...

    @property
    def digest(self) -> Digest:
        """The digest of the mapping."""
        ...

    def run(self, case: Case, program: Program | None = None) -> list[Got]:
        """Give what comes out, message by message, by the mapping or by other rules. Raises `CannotChange`."""
        ...

    def lineage(self, case: Case) -> list[list[LineageRecord]]:
        """Give where every leaf came from, message by message as `run` gives them. Raises `CannotChange`."""
        ...


class Inbound:
    """Runs cases of an inbound mapping."""

    def __init__(self, mapping: InboundMapping, files: Files[str, bytes], fmt: ExchangeFormat, given: Given) -> None:
        self._mapping = mapping
        self._files = files
        self._fmt = fmt
        self._given = given
        self._read: dict[str, tuple[Document | DocumentRefused, Digest]] = {}

    @property
    def program(self) -> Program:
        """The rules as they are in the file."""
        return self._mapping.program

    @property
    def digest(self) -> Digest:
        """The digest of the mapping."""
        return self._mapping.digest

    def run(self, case: Case, program: Program | None = None) -> list[Got]:
        """Give what comes out, message by message. Raises `CannotChange`."""
        document, digest = self.document(case)
        if isinstance(document, DocumentRefused):
            return [Got("refused", diagnostics=document.faults)]
        mapping = self._mapping if program is None else self._mapping.with_program(program)
        return self._mapped(mapping, document, digest)

    def again(self, data: bytes) -> list[Got]:
        """Give what comes of the bytes of one file, under the same envelope."""
        try:
            document = self._mapping.read([_Sample(data, "again")])
        except DocumentRefused as refused:
            return [Got("refused", diagnostics=refused.faults)]
        return self._mapped(self._mapping, document, sha256(data))

    def _mapped(self, mapping: InboundMapping, document: Document, digest: Digest) -> list[Got]:
        given = self._given
        found: list[Got] = []
        for mapped in mapping.apply(document, self._envelope(digest), CASE_IDENTITY):
            if mapped.message is None:
                found.append(Got(mapped.outcome, diagnostics=mapped.diagnostics, lineage=mapped.lineage))
                continue
            whole = complete(
                mapped.message,
                message_id=mapped.message_id,
                agency=AgencyId(given.agency),
                country=self._country,
                status=Status(given.status) if given.status in set(Status) else None,
                exchange=self._fmt,
            )
            found.append(self._validated(mapped.outcome, whole, mapped.diagnostics, mapped.lineage))
        return found

    def lineage(self, case: Case) -> list[list[LineageRecord]]:
        """Give where every leaf came from, message by message. Raises `CannotChange`."""
        document, digest = self.document(case)
        if isinstance(document, DocumentRefused):
            return [[]]
        return _lineage(self.program, self._mapping.run(document, self._envelope(digest), CASE_IDENTITY))

    def _envelope(self, digest: Digest) -> Envelope:
        given = self._given
        return Envelope(AgencyId(given.agency), self._country, SourceKey(given.key), given.taken, digest)

    def document(self, case: Case) -> tuple[Document | DocumentRefused, Digest]:
        """Give the case's document as read, or why it was refused, and the digest of its bytes."""
        known = self._read.get(case.name)
        if known is None:
            samples = [_Sample(self._files[name], name) for name in case.inputs]
            if case.changes and samples:
                samples[0] = _Sample(self._changed(samples[0].data, case), samples[0].name)
            digest = sha256(b"".join(sample.data for sample in samples))
            try:
                known = self._mapping.read(samples), digest
            except DocumentRefused as refused:
                known = refused, digest
            self._read[case.name] = known
        return known

    @property
    def _country(self) -> str:
        return self._given.country or _COUNTRY

    def _validated(self, outcome: str, whole: JsonObject, diagnostics: tuple[Fault, ...], lineage: bytes) -> Got:
        """The last look that the corridor takes too: what the format refuses is quarantined."""
        faults = validate(whole, self._fmt) if outcome == "accepted" else ()
        if faults:
            outcome = "quarantined"
        return Got(outcome, write_json(whole, indent=True) + b"\n", whole, (*diagnostics, *faults), lineage)

    def _changed(self, data: bytes, case: Case) -> bytes:
        source: Source = self._mapping.source
        match source.format.text:
            case "xml":
                spaces = {prefix.text: uri.text for prefix, uri in source.namespaces}
                if source.default_namespace is not None:
                    spaces[""] = source.default_namespace.text
                encoding = "utf-8" if source.encoding is None else source.encoding.text
                return change_xml(data, case.changes, encoding=encoding, namespaces=spaces)
            case "json":
                return change_json(data, case.changes)
            case "jsonl":
                return change_lines(data, case.changes)
            case "fixed":
                return change_fixed(data, case.changes, source)
            case "csv" if source.layout is None:
                return change_delimited(data, case.changes, source)
            case "edifact" if source.schema is not None:
                path = resolve(self._mapping.program.mapping.file, source.schema.text) or ""
                encoding = "" if source.encoding is None else source.encoding.text
                return change_edifact(data, case.changes, load_edifact_layout(path, self._files), encoding)
            case "csv" if source.layout is not None:
                return change_rows(data, case.changes, rows_layout(source.layout, _line_end(data)))
            case _:
                raise CannotChange(case.changes[0], "the files of a set cannot be changed; write a sample")


@dataclass(frozen=True, slots=True)
class _Sample:
    """A file as an agency sent it."""

    data: bytes = field(repr=False)
    name: str


def _lineage(program: Program, run: DocumentRun) -> list[list[LineageRecord]]:
    return [
        []
        if mapped.message is None
        else lineage_of(program, run.reporter, read_lineage(mapped.lineage), mapped.message)
        for mapped in run.messages()
    ]


def _line_end(data: bytes) -> LineEnd:
    return "crlf" if b"\r\n" in data else "lf"


class Outbound:
    """Runs cases of an outbound mapping: a message as policy disclosed it, to a partner's bytes."""

    def __init__(self, mapping: OutboundMapping, files: Files[str, bytes]) -> None:
        self._mapping = mapping
        self._files = files
        self._read: dict[str, JsonObject | tuple[Fault, ...]] = {}

    @property
    def program(self) -> Program:
        """The rules as they are in the file."""
        return self._mapping.program

    @property
    def digest(self) -> Digest:
        """The digest of the mapping."""
        return self._mapping.digest

    def run(self, case: Case, program: Program | None = None) -> list[Got]:
        """Give what comes out, body by body. Raises `CannotChange`."""
        message = self.message(case)
        if not isinstance(message, dict):
            return [Got("refused", diagnostics=message)]
        mapping = self._mapping if program is None else self._mapping.with_program(program)
        written = mapping.apply(message)
        if written.outcome != "accepted":
            return [Got(written.outcome, diagnostics=written.diagnostics)]
        return [
            Got("accepted", body, diagnostics=written.diagnostics, lineage=lineage)
            for body, lineage in zip(written.bodies, written.lineage, strict=True)
        ]

    def lineage(self, case: Case) -> list[list[LineageRecord]]:
        """Give where every leaf came from, body by body. Raises `CannotChange`."""
        message = self.message(case)
        return _lineage(self.program, self._mapping.run(message)) if isinstance(message, dict) else [[]]

    def message(self, case: Case) -> JsonObject | tuple[Fault, ...]:
        """Give the case's message, or why it cannot be read."""
        known = self._read.get(case.name)
        if known is None:
            data = self._files[case.inputs[0]] if case.inputs else b""
            if case.changes:
                data = change_json(data, case.changes)
            try:
                message = read_json(data)
                known = message if isinstance(message, dict) else ()
            except DocumentRefused as refused:
                known = refused.faults
            self._read[case.name] = known
        return known
