"""The one verifier of a ledger: for the command line, for tests, for auditors. No other code recomputes a root.

Takes a reader and trusts nothing it gives. Every finding is a fault with a stable code and the log and index where it
is. What it proves and what not: docs/spec/custody-ledger.md. It does not repair.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.custody.checkpoint import read_checkpoint, verify_checkpoint
from gateway.custody.commitment import commitment_root, opens_bytes, read_disclosure, unpack_openings
from gateway.custody.facts import Decided, Facts
from gateway.custody.leaf import LEAF_BYTES, read_leaf
from gateway.custody.receipt import receipt_digest, verify_receipt
from gateway.custody.shapes import DISCLOSURE, GOVERNANCE, LEAF_TYPES, leaf_faults
from gateway.custody.tree import Frontier, leaf_hash
from gateway.errors import Fault, Place, Refusal, Severity
from gateway.names import ItemKind, State

__all__ = ["ItemFact", "LedgerReader", "LogSummary", "Report", "check_ledger"]


@dataclass(frozen=True, slots=True)
class ItemFact:
    """One item as the journal tells it. `payload` is None where it is erased or was never there; `readable` is False
    where something is stored that does not open.
    """

    item: str
    message: str
    partner: str
    kind: ItemKind
    generation: int
    state: State
    attempts: int
    decision: str | None
    readable: bool = True
    payload: bytes | None = field(default=None, repr=False)


class LedgerReader(Protocol):
    """What a ledger gives to be checked. Each method may be called once or more and reads anew each time."""

    def origins(self) -> Sequence[str]:
        """The logs, governance first."""
        ...

    def leaves(self, origin: str) -> Iterable[tuple[int, bytes, bytes]]:
        """(index, bytes, stored leaf hash) in order of the index."""
        ...

    def checkpoints(self, origin: str) -> Iterable[tuple[int, bytes]]:
        """(size, note) in order of the size."""
        ...

    def openings(self) -> Iterable[tuple[str, bytes | None]]:
        """(leaf hash as `sha256:...`, what opens its commitments); None where it is stored but does not open."""
        ...

    def items(self) -> Iterable[ItemFact]:
        """Every item of the outbox."""
        ...


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What was recomputed of one log; `signed` is the size that the newest good checkpoint covers."""

    origin: str
    size: int
    root: bytes
    checkpoints: int
    signed: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `opened` and `unopened` count items to be sent whose bytes could and could not be compared."""

    logs: tuple[LogSummary, ...]
    items: int
    opened: int
    unopened: int
    faults: tuple[Fault, ...]

    @property
    def verified(self) -> bool:
        """True if nothing was found."""
        return not any(fault.severity is Severity.ERROR for fault in self.faults)

    @property
    def entries(self) -> int:
        """How many leaves all logs have."""
        return sum(log.size for log in self.logs)


def check_ledger(
    reader: LedgerReader, *, log_keys: Sequence[bytes], receipt_keys: Mapping[str, bytes] | None = None
) -> Report:
    """Check everything. `log_keys` are public keys (32 bytes) of checkpoints; without `receipt_keys` signatures of
    receipts are not checked. Costs one reading of the whole ledger; memory grows with the number of items.
    """
    check = _Check(log_keys, receipt_keys)
    faults: list[Fault] = []
    logs: list[LogSummary] = []
    for origin in reader.origins():
        log = _Log(origin, log_keys, check.facts)
        faults += log.read(reader.leaves(origin), reader.checkpoints(origin))
        logs.append(log.summary())
    faults += check.openings(reader.openings())
    faults += check.items(reader.items())
    return Report(tuple(logs), check.seen, check.opened, check.unopened, tuple(faults))


class _Log:
    """One log from its first leaf: bytes, shapes, tree, checkpoints."""

    def __init__(self, origin: str, keys: Sequence[bytes], facts: Facts) -> None:
        self._origin = origin
        self._keys = keys
        self._facts = facts
        self._kind = GOVERNANCE if origin.endswith("/" + GOVERNANCE) else DISCLOSURE
        self._frontier = Frontier()
        self._checkpoints = 0
        self._signed = 0

    def summary(self) -> LogSummary:
        """After `read`."""
        return LogSummary(self._origin, self._frontier.size, self._frontier.root(), self._checkpoints, self._signed)

    def read(
        self, leaves: Iterable[tuple[int, bytes, bytes]], checkpoints: Iterable[tuple[int, bytes]]
    ) -> Iterator[Fault]:
        """Grow the tree and stop at the size of each checkpoint to compare."""
        heads = iter(checkpoints)
        head = next(heads, None)
        while head is not None and head[0] == 0:
            yield from self._head(*head)
            head = next(heads, None)
        for index, data, stored in leaves:
            place = Place(file=self._origin, path=f"leaf {index}")
            if index != self._frontier.size:
                yield Fault("LED-101", f"the log has a gap before leaf {index}", place)
                return
            digest = leaf_hash(data)
            if digest != stored:
                yield Fault("LED-104", "a leaf is not what was hashed", place)
            yield from self._leaf(place, index, f"sha256:{digest.hex()}", data)
            self._frontier = self._frontier.extend([digest])
            while head is not None and head[0] == self._frontier.size:
                yield from self._head(*head)
                head = next(heads, None)
        if head is not None:
            yield Fault("LED-111", f"a checkpoint covers {head[0]} leaves, the log has fewer", Place(file=self._origin))

    def _leaf(self, place: Place, index: int, digest: str, data: bytes) -> Iterator[Fault]:
        if len(data) > LEAF_BYTES:
            yield Fault("LED-102", f"a leaf has more than {LEAF_BYTES} bytes", place)
            return
        leaf = read_leaf(data)
        if leaf is None:
            yield Fault("LED-102", "a leaf is not canonical JSON", place)
            return
        wrong = leaf_faults(leaf)
        if wrong:
            yield Fault("LED-103", "a leaf has an unknown type or a wrong shape", place)
            return
        if LEAF_TYPES[str(leaf["type"])][0] != self._kind:
            yield Fault("LED-105", "a leaf stands in the wrong log", place)
        elif self._kind == GOVERNANCE:
            if (index == 0) != (leaf["type"] == "genesis"):
                yield Fault("LED-106", "a governance log begins with its genesis, once", place)
        else:
            yield from self._facts.add(place, index, digest, leaf)

    def _head(self, size: int, note: bytes) -> Iterator[Fault]:
        place = Place(file=self._origin, path=f"checkpoint {size}")
        self._checkpoints += 1
        try:
            told = read_checkpoint(note)
        except Refusal as refused:
            yield refused.faults[0].located(place)
            return
        if (told.origin, told.size) != (self._origin, size):
            yield Fault("LED-113", "a checkpoint is of another log or size", place)
        elif told.root != self._frontier.root():
            # Both heads are compared with the same leaves, so this also proves each consistent with its predecessor.
            yield Fault("LED-110", "the root of a checkpoint is not that of the leaves", place)
        try:
            verify_checkpoint(note, self._origin, self._keys)
        except Refusal as refused:
            yield refused.faults[0].located(place)
            return
        self._signed = size


class _Check:
    """The journal's items and openings against what the disclosure logs say."""

    def __init__(self, log_keys: Sequence[bytes], receipt_keys: Mapping[str, bytes] | None) -> None:
        self.facts = Facts()
        self.seen = self.opened = self.unopened = 0
        self._log_keys = log_keys
        self._receipt_keys = receipt_keys
        self._outs: dict[str, str] = {}

    def openings(self, openings: Iterable[tuple[str, bytes | None]]) -> Iterator[Fault]:
        """What is stored to open a commitment must open it."""
        for leaf, data in openings:
            place = Place(path=f"openings of {leaf}")
            stated = self.facts.commitments.get(leaf)
            if stated is None:
                yield Fault("LED-127", "something is kept to open a leaf that is not there", place)
                continue
            texts: dict[str, tuple[str, ...]] = {}
            try:
                texts = unpack_openings(data or b"")
                fits = all(self._opens(stated.get(name), given) for name, given in texts.items())
            except Refusal:
                fits = False
            if not fits:
                yield Fault("LED-127", "what is kept does not open the commitment of its leaf", place)
                continue
            if "out" in texts:
                self._outs[str(stated["out"])] = texts["out"][0]

    def items(self, items: Iterable[ItemFact]) -> Iterator[Fault]:
        """Every item has its decision, its bytes, and one end that the log knows; every decision has its item."""
        missing = set(self.facts.decisions)
        for fact in items:
            self.seen += 1
            missing.discard(fact.item)
            place = Place(path=f"item {fact.item}")
            if not fact.readable:
                yield Fault("LED-128", "the stored bytes of an item do not open", place)
            if fact.kind is ItemKind.RECEIPT:
                yield from self._receipt(place, fact)
            else:
                yield from self._item(place, fact)
        for item in sorted(missing):
            yield Fault("LED-129", "a decision has no item in the journal", Place(path=f"item {item}"))

    def _item(self, place: Place, fact: ItemFact) -> Iterator[Fault]:
        decided = self.facts.decisions.get(fact.item)
        if decided is None or decided.hash != fact.decision or not _same(decided, fact):
            yield Fault("LED-123", "an item has no decision in the log, or another one", place)
            return
        ended = fact.state if fact.state.terminal else None
        if decided.ended is not ended:
            yield Fault("LED-125", "log and journal disagree about the end of an item", place)
        if fact.payload is None or not decided.out:
            return
        text = self._outs.get(decided.out)
        if text is None:
            self.unopened += 1
        elif opens_bytes(text, decided.out, fact.payload):
            self.opened += 1
        else:
            yield Fault("LED-126", "the bytes of an item are not those that were decided", place)

    def _receipt(self, place: Place, fact: ItemFact) -> Iterator[Fault]:
        if fact.payload is None:
            return
        if receipt_digest(fact.payload) not in self.facts.receipt_digests:
            yield Fault("LED-142", "a receipt has no leaf in the log", place)
        if self._receipt_keys is not None:
            try:
                verify_receipt(fact.payload, self._receipt_keys)
            except Refusal as refused:
                yield refused.faults[0].located(place)

    @staticmethod
    def _opens(stated: object, texts: Sequence[str]) -> bool:
        digests = [read_disclosure(text)[1] for text in texts]
        if isinstance(stated, dict):
            return stated == {"n": len(digests), "root": commitment_root(digests)}
        return len(digests) == 1 and stated == f"sha256:{digests[0].hex()}"


def _same(decided: Decided, fact: ItemFact) -> bool:
    told = (decided.message, decided.partner, decided.generation)
    return told == (fact.message, fact.partner, fact.generation)
