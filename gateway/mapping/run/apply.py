"""One document to its messages, one at a time: splits, outcomes, and what belongs to the file as a whole.

Guarantees that every item ends in exactly one `Mapped`. What no item can carry (records no join reached, bad rows,
items that no split takes, an empty file) ends in one more, which is quarantined; mere warnings go to the last message.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

from gateway.document.tree import Document, JsonObject, JsonValue, RecordTree, StreamedDocument
from gateway.errors import Fault, Severity
from gateway.exchange.identity import Identity
from gateway.mapping.codes import CODES
from gateway.mapping.program.program import Program, Split
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.items import Item, Items, StreamedItems, WholeItems
from gateway.mapping.run.node import Node
from gateway.mapping.run.report import Reporter, lineage_bytes
from gateway.mapping.run.run import ACCEPTED, QUARANTINED, REFUSED, MakeId, Run
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.session import Session, document_node, envelope_node
from gateway.mapping.run.settle import Settler
from gateway.mapping.run.troubles import Troubles, troubles_of
from gateway.mapping.run.ways import bad_row_place, place_of_way
from gateway.names import AgencyId, Digest, MessageId, SourceKey

__all__ = ["FILE_PART", "DocumentRun", "Engine", "EngineMaker", "Envelope", "Mapped", "MappingOutcome"]

MappingOutcome: TypeAlias = Literal["accepted", "quarantined", "refused"]

_WORDS: tuple[MappingOutcome, ...] = ("accepted", "quarantined", "refused")

FILE_PART = "file"
"""The part of the entry for a file as a whole, in a split."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the transport knows of a delivery. `taken` is RFC 3339 in UTC; `digest` identifies the bytes."""

    agency: AgencyId
    country: str
    key: SourceKey = field(repr=False)
    taken: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Mapped:
    """One message of a document. `message` is a draft without what the gateway writes itself; None when refused.

    `part` is empty, or the number of the item in the file, from 1. `lineage` is JSON of integers (`read_lineage`).
    """

    part: str
    message_id: MessageId
    outcome: MappingOutcome
    message: JsonObject | None = field(default=None, repr=False)
    diagnostics: tuple[Fault, ...] = ()
    lineage: bytes = field(default=b"", repr=False)


class Engine(Protocol):
    """What runs a program: the interpreter, or compiled code."""

    def message(self, split: Split, node: Node, position: int, make_id: MakeId) -> tuple[JsonObject, Run]:
        """Map one item; references are not settled yet."""
        ...


class EngineMaker(Protocol):
    """Makes the engine of one document."""

    def __call__(self, program: Program, evaluator: Evaluator) -> Engine:
        """Make it."""
        ...


class DocumentRun:
    """Maps one document. Made once per delivery; holds the document and its indexes while it lives.

    `read` makes what reads it: tools that watch what is read give one of their own.
    """

    def __init__(
        self,
        program: Program,
        document: Document,
        envelope: Envelope,
        identity: Identity,
        make: EngineMaker,
        read: Callable[[Program, Session], Evaluator] = Evaluator,
    ) -> None:
        top, bad_rows, undeclared = document_node(document)
        self._program = program
        self._envelope = envelope
        self._identity = identity
        self._outer = document if isinstance(document, StreamedDocument) else None
        kept = document.outer if isinstance(document, StreamedDocument) else document
        walked = kept.root if isinstance(kept, RecordTree) else kept
        self._session = Session(walked, top, _envelope(envelope, 0, 0), bad_rows=bad_rows, undeclared=undeclared)
        found = troubles_of(kept)
        self._troubles = Troubles(program.mapping.source, found)
        self.evaluator = read(program, self._session)
        self.engine = make(program, self.evaluator)
        self.reporter = Reporter(program, self.evaluator)
        self._settler = Settler(program, self.evaluator)
        self._found: Items | None = None
        if self._outer is not None:
            self.reporter.read_again(self._item_again)

    def _item_again(self, split: Split, position: int) -> Node:
        return self._items.node(split, position)

    @property
    def _items(self) -> Items:
        """The items, looked for when they are first needed: that may take a reading of the whole document."""
        if self._found is None:
            self._found = (
                WholeItems(self._program, self.evaluator)
                if self._outer is None
                else StreamedItems(self._program, self.evaluator, self._outer)
            )
        return self._found

    def messages(self) -> Iterator[Mapped]:
        """Give the messages in the order of the file, lazily; the entry for the file itself comes last."""
        checks, outcome = self._checks()
        troubles, worst = self._troubles.of_document()
        if REFUSED in {outcome, worst}:
            yield self._whole([*checks, *troubles], REFUSED)
            return
        items = self._items
        split = any(split.source is not None for split in self._program.splits)
        held: Mapped | None = None
        for number, item in enumerate(items, start=1):
            self._session.envelope = _envelope(self._envelope, number, items.total)
            # One message is held back, so that the last can carry what only the end of the file tells.
            if held is not None:
                yield held
            held = self._message(item, str(number) if split else "", checks, outcome)
            self.reporter.forget()
        left, _ = self._troubles.rest()
        faults = [*items.unselected, *troubles, *left, *self._document_faults()]
        if not items.total:
            faults.append(Fault("G420", CODES["G420"], self._program.splits[0].place))
        errors = any(fault.severity is Severity.ERROR for fault in faults)
        if held is not None:
            yield held if not faults or (errors and split) else self._with(held, faults, errors=errors)
        if errors and (split or held is None):
            yield self._whole(faults, QUARANTINED, FILE_PART)

    @staticmethod
    def _with(mapped: Mapped, faults: list[Fault], *, errors: bool) -> Mapped:
        """Add to a message what belongs to its document."""
        outcome = "quarantined" if errors and mapped.outcome == "accepted" else mapped.outcome
        return replace(mapped, outcome=outcome, diagnostics=(*mapped.diagnostics, *faults))

    def first_item(self) -> tuple[Split, Node, int]:
        """Give the first message to be: its split, its node and its position, as an engine takes them."""
        item = next(iter(self._items))
        return item.split, item.node, item.position

    # -- one message ------------------------------------------------------------------------------------------------

    def _message(self, item: Item, part: str, checks: list[Fault], least: int) -> Mapped:
        envelope = self._envelope
        message_id = self._identity.message(envelope.agency, envelope.key, part)

        def make_id(label: str, key: JsonValue) -> str:
            return self._identity.entity(message_id, label, key)

        message, run = self.engine.message(item.split, item.node, item.position, make_id)
        self._settler.settle(message, run, envelope.agency, make_id, self.reporter)
        held, worst = self._troubles.of_item(item.node)
        faults = (*checks, *held, *(self.reporter.fault(run, fault) for fault in run.faults))
        outcome = max(run.outcome, least, worst)
        return Mapped(part, message_id, _WORDS[outcome], message, faults, lineage_bytes(run))

    def _whole(self, faults: list[Fault], outcome: int, part: str = "") -> Mapped:
        message_id = self._identity.message(self._envelope.agency, self._envelope.key, part)
        return Mapped(part, message_id, _WORDS[outcome], None, tuple(faults))

    # -- the document -----------------------------------------------------------------------------------------------

    def _checks(self) -> tuple[list[Fault], int]:
        faults: list[Fault] = []
        outcome = ACCEPTED
        top = RunScope(self._session.top, 0)
        for check in self._program.checks:
            if self.evaluator.holds(check.test, top):
                continue
            severity = Severity.WARNING if check.word == "warn" else Severity.ERROR
            faults.append(Fault("R130", CODES["R130"], check.place, severity=severity))
            outcome = max(outcome, {"warn": ACCEPTED, "quarantine": QUARANTINED, "refuse": REFUSED}[check.word])
        return faults, outcome

    def _document_faults(self) -> list[Fault]:
        faults = [self.reporter.document_fault(fault) for fault in self._session.faults.values()]
        place = self._program.mapping.source.place
        faults.extend(
            Fault("R110", CODES["R110"], place, at=bad_row_place(member, bad)) for member, bad in self._session.bad_rows
        )
        if self._session.undeclared:
            open_ = self._program.mapping.source.open
            severity = Severity.ERROR if open_ is not None and open_.text == "quarantine" else Severity.WARNING
            faults.append(Fault("R118", CODES["R118"], place, severity=severity))
        for table in self._session.indexes:
            if table.plan.leftover == "ignore" or table.all_reached:
                continue
            left = next((nodes for key, nodes in table.by_key.items() if key not in table.reached), None)
            if left is not None:
                severity = Severity.ERROR if table.plan.leftover == "quarantine" else Severity.WARNING
                at = place_of_way(left[0].way)
                faults.append(Fault("R131", CODES["R131"], table.plan.place, severity=severity, at=at))
        return faults


def _envelope(envelope: Envelope, item: int, items: int) -> Node:
    return envelope_node(
        (
            ("agency", envelope.agency),
            ("taken", envelope.taken),
            ("digest", envelope.digest),
            ("item", str(item)),
            ("items", str(items)),
        )
    )
