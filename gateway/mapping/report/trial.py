"""One sample through one mapping, watched: messages, faults, lineage, and what nothing read.

Uses the reference interpreter and the identity of tests, so that ids are the same each time. The messages that come
out hold values; faults, lineage and residue never do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from gateway.document.canonical import sha256
from gateway.document.tree import Document, JsonObject, StreamedDocument
from gateway.errors import Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.identity import Identity
from gateway.exchange.message import complete
from gateway.exchange.validate import validate
from gateway.mapping.api import InboundMapping
from gateway.mapping.report.residue import Left, Witness, left_by
from gateway.mapping.run.apply import DocumentRun, Envelope, Mapped
from gateway.mapping.run.interpret import Interpreter
from gateway.mapping.run.lineage import LineageRecord, lineage_of
from gateway.mapping.run.reader import InputFile
from gateway.mapping.run.report import read_lineage
from gateway.names import AgencyId, SourceKey, Status

__all__ = ["Trial", "TrialMessage", "trial_of"]

_IDENTITY = Identity(UUID(int=0))
_FIRST_ROW = -10
"""What a trace says of row 0 of a table; row 1 is one less."""


@dataclass(frozen=True, slots=True)
class TrialMessage:
    """One message. `message` is None when it was refused; `rules` are the numbers of the fields that wrote."""

    part: str
    outcome: str
    message: JsonObject | None = field(repr=False)
    faults: tuple[Fault, ...]
    lineage: tuple[LineageRecord, ...]
    rules: frozenset[int]
    rows: frozenset[tuple[str, int]]
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class Trial:
    """All messages of a sample, and the leaves to which nothing came."""

    messages: tuple[TrialMessage, ...]
    residue: tuple[Left, ...]


def trial_of(
    mapping: InboundMapping, files: Sequence[InputFile], fmt: ExchangeFormat, *, agency: str = "agency", taken: str = ""
) -> Trial:
    """Run a sample. Raises `DocumentRefused` for one that cannot be read or is not valid against the schema."""
    document: Document = mapping.read(files)
    if isinstance(document, StreamedDocument):
        document = document.whole()
    digest = sha256(b"".join(file.data for file in files))
    envelope = Envelope(AgencyId(agency), "QM", SourceKey("preview"), taken or "2026-01-01T00:00:00Z", digest)
    run = DocumentRun(mapping.program, document, envelope, _IDENTITY, Interpreter, Witness)
    messages = tuple(_message(run, mapped, mapping, envelope, fmt) for mapped in run.messages())
    came = run.evaluator.came if isinstance(run.evaluator, Witness) else set()
    return Trial(messages, tuple(left_by(came, document)))


def _message(
    run: DocumentRun, mapped: Mapped, mapping: InboundMapping, envelope: Envelope, fmt: ExchangeFormat
) -> TrialMessage:
    if mapped.message is None:
        return TrialMessage(mapped.part, mapped.outcome, None, mapped.diagnostics, (), *[frozenset()] * 3)
    left = read_lineage(mapped.lineage)
    lineage = tuple(lineage_of(mapping.program, run.reporter, left, mapped.message))
    whole = complete(
        mapped.message,
        message_id=mapped.message_id,
        agency=envelope.agency,
        country=envelope.country,
        status=Status.ACTUAL,
        exchange=fmt,
    )
    faults, outcome = mapped.diagnostics, str(mapped.outcome)
    if outcome == "accepted" and (wrong := validate(whole, fmt)):
        faults, outcome = (*faults, *wrong), "quarantined"
    by_number = {value.number: value for value in mapping.program.values}
    read: set[int] = set()
    rows: set[tuple[str, int]] = set()
    for _, _, trace in left.lineage:
        for number, position in zip(trace[::2], trace[1::2], strict=True):
            read.add(number)
            lookup = by_number[number].lookup if number in by_number else None
            if position <= _FIRST_ROW and lookup is not None:
                rows.add((lookup.table.file, lookup.table.rows[_FIRST_ROW - position].place.line))
    rules = frozenset(number for number, _, _ in left.lineage)
    return TrialMessage(mapped.part, outcome, whole, faults, lineage, rules, frozenset(rows), frozenset(read))
