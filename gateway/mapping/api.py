"""Mappings as the corridor uses them: an agency's files to messages, a disclosed message to a partner's bytes.

Guarantees that messages of one file come one at a time; that every item of a file ends as an accepted, quarantined or
refused message, or in one quarantined entry for the file; and that what cannot be said in a partner's format is an
outcome and no exception. Final validation is the corridor's business.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias
from uuid import UUID

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import Document, JsonObject
from gateway.errors import DefinitionRefused, DocumentRefused, Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.identity import Identity
from gateway.mapping.compile.mapping import compile_program
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.file import Source
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.reading import resolve as resolve_file
from gateway.mapping.program.program import Program
from gateway.mapping.program.resolve import resolve
from gateway.mapping.program.stream import stream_paths
from gateway.mapping.run.apply import DocumentRun, EngineMaker, Envelope, Mapped
from gateway.mapping.run.interpret import Interpreter
from gateway.mapping.run.read import source_reader
from gateway.mapping.run.reader import InputFile, SourceReader
from gateway.mapping.run.write_out import PartnerWriter, Written, partner_writer
from gateway.mapping.shapes.exchange import exchange_shape, word_lists
from gateway.names import AgencyId, Digest, SourceKey

__all__ = [
    "ENGINE_VERSION",
    "EngineName",
    "Envelope",
    "InboundMapping",
    "InputFile",
    "Mapped",
    "OutboundMapping",
    "Written",
    "build_inbound",
    "build_outbound",
    "choose_mapping",
]

EngineName: TypeAlias = Literal["compiled", "interpreted"]

ENGINE_VERSION = "1"
"""Part of every digest: a change of meaning in this room changes it."""

_STEP = re.compile(r"/[^/]+|\[")
"""A step of a place in a document, as faults print it: an XPath or a normalized path."""

_NOBODY = Identity(UUID(int=0))


@dataclass(frozen=True, slots=True, eq=False)
class InboundMapping:
    """An agency's format to the exchange format. `digest` covers mapping, parts, tables, schemas and this engine."""

    program: Program = field(repr=False)
    digest: Digest
    _reader: SourceReader = field(repr=False)
    _make: EngineMaker = field(repr=False)

    @property
    def name(self) -> str:
        """The name in the file: `mapping:`."""
        return self.program.mapping.name.text

    @property
    def version(self) -> str:
        """The version in the file."""
        return self.program.mapping.version.text

    @property
    def source(self) -> Source:
        """What it reads."""
        return self.program.mapping.source

    def could_read(self, files: Sequence[InputFile]) -> bool:
        """Guess cheaply whether files are of this format; decides only in which order mappings are tried."""
        return self._reader.could_read(files)

    def read(self, files: Sequence[InputFile]) -> Document:
        """Read files strictly and check them against the schema. Raises `DocumentRefused` with all faults."""
        return self._reader.read(files)

    def recognises(self, document: Document) -> bool:
        """True when a document that was read is of this format."""
        return self._reader.recognises(document)

    def apply(self, document: Document, envelope: Envelope, identity: Identity) -> Iterator[Mapped]:
        """Give the messages of a document, lazily, in its order. Same input, same messages."""
        return self.run(document, envelope, identity).messages()

    def run(self, document: Document, envelope: Envelope, identity: Identity) -> DocumentRun:
        """Give the run of a document, for who also wants to render lineage."""
        return DocumentRun(self.program, document, envelope, identity, self._make)

    def with_program(self, program: Program) -> "InboundMapping":
        """Give the same mapping with other rules, run by the reference interpreter: for mutation testing only."""
        return replace(self, program=program, _make=Interpreter)


@dataclass(frozen=True, slots=True, eq=False)
class OutboundMapping:
    """The exchange format to a partner's format."""

    program: Program = field(repr=False)
    digest: Digest
    _writer: PartnerWriter = field(repr=False)
    _make: EngineMaker = field(repr=False)

    @property
    def name(self) -> str:
        """The name in the file."""
        return self.program.mapping.name.text

    @property
    def version(self) -> str:
        """The version in the file."""
        return self.program.mapping.version.text

    def apply(self, message: JsonObject) -> Written:
        """Write a disclosed message. What cannot be written is `quarantined`, with faults and without bytes."""
        faults: list[Fault] = []
        bodies: list[bytes] = []
        lineage: list[bytes] = []
        good = True
        for mapped in self.run(message).messages():
            faults.extend(mapped.diagnostics)
            if mapped.outcome != "accepted" or mapped.message is None:
                good = False
                continue
            try:
                bodies.append(self._writer.write(mapped.message))
                lineage.append(mapped.lineage)
            except DocumentRefused as refused:
                good = False
                faults.append(
                    Fault("R901", "the partner's schema refuses what was written", self.program.mapping.target.place)
                )
                faults.extend(refused.faults)
        media_type = self._writer.media_type
        if not good or not bodies:
            return Written("quarantined", (), media_type, tuple(faults))
        return Written("accepted", tuple(bodies), media_type, tuple(faults), tuple(lineage))

    def run(self, message: JsonObject) -> DocumentRun:
        """Give the run of a disclosed message, for who also wants to render lineage."""
        envelope = Envelope(AgencyId(""), "", SourceKey(""), "", Digest(""))
        return DocumentRun(self.program, message, envelope, _NOBODY, self._make)

    def with_program(self, program: Program) -> "OutboundMapping":
        """Give the same mapping with other rules, run by the reference interpreter: for mutation testing only."""
        return replace(self, program=program, _make=Interpreter)


def build_inbound(
    path: str, files: Mapping[str, bytes], fmt: ExchangeFormat, *, engine: EngineName = "compiled"
) -> InboundMapping:
    """Build the inbound mapping at `path` from a deployment's files. Raises `DefinitionRefused` with all faults."""
    mapping = load_mapping(path, files)
    if mapping.outbound:
        raise DefinitionRefused(Fault("W006", "this mapping is outbound", mapping.source.format.place))
    program = resolve(mapping, files, exchange_shape(fmt), word_lists(fmt))
    cut = stream_paths(program) if mapping.source.streamed else frozenset()
    reader = source_reader(mapping, files, cut=cut)
    digest = _digest(mapping, files, fmt, reader.files)
    return InboundMapping(program, digest, reader, _engine(program, engine, files[path]))


def build_outbound(
    path: str, files: Mapping[str, bytes], fmt: ExchangeFormat, *, engine: EngineName = "compiled"
) -> OutboundMapping:
    """Build the outbound mapping at `path`. Raises `DefinitionRefused` with all faults."""
    mapping = load_mapping(path, files)
    if not mapping.outbound:
        raise DefinitionRefused(Fault("W006", "this mapping is inbound", mapping.source.format.place))
    program = resolve(mapping, files, exchange_shape(fmt), word_lists(fmt))
    writer = partner_writer(mapping, files, program.target)
    digest = _digest(mapping, files, fmt, writer.files)
    return OutboundMapping(program, digest, writer, _engine(program, engine, files[path]))


def _engine(program: Program, name: EngineName, data: bytes) -> EngineMaker:
    return compile_program(program, data) if name == "compiled" else Interpreter


def _digest(mapping: MappingFile, files: Mapping[str, bytes], fmt: ExchangeFormat, schemas: frozenset[str]) -> Digest:
    names = {mapping.file, *schemas, *(part.file for part in mapping.parts)}
    for table in mapping.tables:
        path = resolve_file(mapping.file, table.path.text) or ""
        names |= {path, path.removesuffix(".csv") + ".table.yaml"}
    content = {name: str(sha256(files[name])) for name in names if name in files}
    return sha256(canonical({"engine": ENGINE_VERSION, "exchange": str(fmt.digest), "files": dict(content)}))


def _at_the_top(fault: Fault) -> bool:
    """True for what another format fails at: the outermost element or value, or a constant right below it."""
    depth = len(_STEP.findall(fault.place.path))
    return depth == 0 or (depth == 1 and fault.code == "DOC-053")


def choose_mapping(mappings: Sequence[InboundMapping], files: Sequence[InputFile]) -> tuple[InboundMapping, Document]:
    """Choose the mapping of an agency that reads these files, and give what it read.

    Mappings whose cheap guess (`could_read`) says yes are tried first, each in the order of the plan; the first that
    reads the files without a fault is chosen. If none does, `DocumentRefused` has the faults of the one that got
    furthest: a guess that says yes counts more than a refusal by schema, and that more than bytes that cannot be read;
    then the fewest faults at the top of the document, which another format fails at, and the fewest faults.
    """
    if not mappings:
        raise DocumentRefused(Fault("R144", "no mapping is registered for this agency", fix="add one to the plan"))
    ordered = sorted(mappings, key=lambda mapping: not mapping.could_read(files))
    best: tuple[tuple[bool, bool, int, int], DocumentRefused] | None = None
    for mapping in ordered:
        try:
            return mapping, mapping.read(files)
        except DocumentRefused as refused:
            schema = refused.code.startswith(("DOC-04", "DOC-05"))
            top = sum(_at_the_top(fault) for fault in refused.faults)
            rank = (not mapping.could_read(files), not schema, top, len(refused.faults))
            if best is None or rank < best[0]:
                best = (rank, refused)
    if best is None:
        raise DocumentRefused(Fault("R144", "no mapping reads these files"))
    raise best[1]
