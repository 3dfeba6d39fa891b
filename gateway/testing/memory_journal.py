"""A journal without a disk, stricter than reality, whose every write may fail, and fail *after* it has happened.

`hook` is called with the name of each write before it (`commit`) and after it (`commit-done`). What it raises before
loses the write; what it raises after loses only the answer. Either way the journal then refuses everything until
`restart`, as one does whose medium failed. Nothing is encrypted.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gateway.custody.checkpoint import read_checkpoint
from gateway.custody.fsck import ItemFact
from gateway.custody.leaf import DISCLOSURE, GOVERNANCE, Leaf, read_leaf
from gateway.custody.shapes import leaf_faults
from gateway.custody.tree import leaf_hash, root_of
from gateway.errors import Fault, InvariantBroken, JournalError, Refusal
from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, MessageId, PartnerId, SourceKey, State
from gateway.outcome import Item, Outcome
from gateway.ports import Attempt, Commit, Pending, ReceiptDraft, Seen, receipt_channel
from gateway.testing.memory import Hook, MemoryQueue, no_fault

__all__ = ["WRITES", "MemoryJournal", "MemoryLedger"]

WRITES = ("commit", "append", "repeat", "record", "store_checkpoint")
"""The methods that write: each is one step that may be lost or may lose its answer."""


@dataclass(frozen=True, slots=True)
class _Message:
    """What items repeat of their message."""

    agency: AgencyId
    kind: str
    status: str
    taken_at: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One item of the outbox."""

    item: Item
    message: _Message
    waiting: bool
    attempts: int = 0
    due: str = ""
    about: str = ""


@dataclass(slots=True)
class _State:
    """Everything that is durable. Copied before a write and replaced by the copy if the write succeeds."""

    inbox: dict[tuple[str, str], tuple[bytes, str, tuple[str, ...]]] = field(default_factory=dict)
    messages: dict[str, _Message] = field(default_factory=dict)
    items: dict[str, _Row] = field(default_factory=dict)
    receipts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    leaves: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    openings: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, tuple[tuple[int, bytes], ...]] = field(default_factory=dict)

    def copy(self) -> "_State":
        return _State(
            dict(self.inbox),
            dict(self.messages),
            dict(self.items),
            dict(self.receipts),
            dict(self.leaves),
            dict(self.openings),
            dict(self.checkpoints),
        )


class MemoryJournal:
    """See ports.Journal."""

    def __init__(self, hook: Hook = no_fault, *, name: str = "gateway.test") -> None:
        self._hook = hook
        self._origins = {GOVERNANCE: f"{name}/governance", DISCLOSURE: f"{name}/disclosure/0"}
        self._state = _State(leaves=dict.fromkeys(self._origins.values(), ()))
        self._queue = MemoryQueue()
        self._sealed: dict[str, set[int]] = {}
        self._failed = False

    def restart(self) -> "MemoryJournal":
        """Do what the end of the process and a new start do: forget what was only in memory."""
        self._failed = False
        self._sealed.clear()
        self._queue.crash()
        return self

    def ledger(self) -> "MemoryLedger":
        """What `gateway.custody.fsck` reads."""
        return MemoryLedger(self._state)

    @property
    def queue(self) -> MemoryQueue:
        """The embedded queues."""
        return self._queue

    def find(self, agency: AgencyId, key: SourceKey) -> Seen | None:
        """Look into the inbox."""
        self._check()
        seen = self._state.inbox.get((agency, key))
        if seen is None:
            return None
        receipts = tuple(row.item.payload or b"" for row in _current(self._state, seen[2]))
        return Seen(seen[0], seen[1], receipts)

    def commit(self, batch: Sequence[Commit]) -> None:
        """Write a whole batch, or nothing."""
        with self._writing("commit") as state:
            for commit in batch:
                self._outcome(state, commit.outcome)
                for receipt in commit.receipts:
                    self._receipt(state, receipt)

    def append(self, leaves: Sequence[Leaf], receipts: Sequence[ReceiptDraft] = ()) -> None:
        """Write leaves and receipts that belong to no new message."""
        with self._writing("append") as state:
            self._leaves(state, leaves)
            for receipt in receipts:
                self._receipt(state, receipt)

    def repeat(self, agency: AgencyId, key: SourceKey, leaf: Leaf) -> None:
        """Append the `duplicate` leaf and let the current receipts be sent once more."""
        with self._writing("repeat") as state:
            seen = state.inbox.get((agency, key))
            _insist(seen is not None and leaf.type == "duplicate", "DEL-122", "a duplicate of something unknown")
            self._leaves(state, [leaf])
            for row in _current(state, seen[2] if seen else ()):
                if row.item.state.terminal:
                    state.items[row.item.item] = replace(row, waiting=True, due="")

    def pending(self, partner: PartnerId, lane: Lane, limit: int, now: str, held: frozenset[ItemId]) -> list[Pending]:
        """Give due items, oldest first."""
        self._check()
        due = [
            _pending(row)
            for row in self._state.items.values()
            if row.waiting and row.item.partner == partner and row.item.lane is lane and row.due <= now
        ]
        return [pending for pending in due if pending.item not in held][:limit]

    def waiting(self) -> int:
        """How many items still wait for an attempt."""
        self._check()
        return sum(row.waiting for row in self._state.items.values())

    def record(self, attempts: Sequence[Attempt]) -> None:
        """Write what attempts came to."""
        with self._writing("record") as state:
            for attempt in attempts:
                row = state.items.get(attempt.item)
                _insist(row is not None and row.waiting, "DEL-121", "an attempt at an item that is not waiting")
                _insist(attempt.state is not State.UNKNOWN, "DEL-124", "an attempt came to nothing known")
                if row is None:
                    continue
                after = attempt.state if row.item.state is State.PENDING else row.item.state
                waiting = attempt.state is State.PENDING
                item = replace(row.item, state=after)
                state.items[attempt.item] = replace(
                    row, item=item, waiting=waiting, attempts=row.attempts + 1, due=attempt.due if waiting else ""
                )
                if attempt.leaf is not None:
                    self._leaves(state, [attempt.leaf])
                for receipt in attempt.receipts:
                    self._receipt(state, receipt)

    def seal(self, log: str) -> tuple[int, bytes]:
        """Size and root of a log as committed."""
        self._check()
        origin = self._origin(log)
        leaves = self._state.leaves[origin]
        self._sealed.setdefault(origin, set()).add(len(leaves))
        return len(leaves), root_of(map(leaf_hash, leaves))

    def store_checkpoint(self, log: str, size: int, note: bytes) -> None:
        """Keep a signed checkpoint of a state that `seal` gave."""
        origin = self._origin(log)
        with self._writing("store_checkpoint") as state:
            _insist(size in self._sealed.get(origin, ()), "DEL-125", "a checkpoint of a size that was not sealed")
            try:
                head = read_checkpoint(note)
            except Refusal:
                raise InvariantBroken(Fault("DEL-125", "not a checkpoint")) from None
            root = root_of(map(leaf_hash, state.leaves[origin][:size]))
            told = (head.origin, head.size, head.root) == (origin, size, root)
            stored = state.checkpoints.get(origin, ())
            last = stored[-1][0] if stored else 0
            _insist(told and size >= last, "DEL-125", "a checkpoint that does not extend the last")
            if not stored or size > last:
                state.checkpoints[origin] = (*stored, (size, note))
        self._sealed.pop(origin, None)

    def last_checkpoint(self, log: str) -> bytes | None:
        """The newest checkpoint."""
        self._check()
        stored = self._state.checkpoints.get(self._origin(log), ())
        return stored[-1][1] if stored else None

    def logs(self) -> tuple[str, ...]:
        """The origins of the logs, governance first."""
        return tuple(self._origins.values())

    def leaves(self, log: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of the leaves from an index on."""
        self._check()
        yield from self._state.leaves[self._origin(log)][start:]

    def close(self) -> None:
        """Refuse everything until `restart`."""
        self._failed = True

    @contextmanager
    def _writing(self, step: str) -> Iterator[_State]:
        """One transaction on a copy, with a failure before or after it."""
        self._check()
        state = self._state.copy()
        yield state
        try:
            self._hook(step)
            self._state = state
            self._hook(f"{step}-done")
        except BaseException:
            self._failed = True
            raise

    def _check(self) -> None:
        if self._failed:
            raise JournalError(Fault("DEL-112", "the journal stopped after an earlier failure"))

    def _origin(self, log: str) -> str:
        origin = self._origins.get(log, log)
        _insist(origin in self._state.leaves, "DEL-126", "the journal has no such log")
        return origin

    def _outcome(self, state: _State, outcome: Outcome) -> None:
        received = outcome.received
        key = (received.agency, received.key)
        _insist(key not in state.inbox, "DEL-120", "an inbox row was written twice")
        _insist(outcome.messages, "DEL-122", "an outcome without a message")
        self._leaves(state, outcome.leaves)
        decided = {leaf.hash for leaf in outcome.leaves if leaf.type == "decision"}
        _insist(set(outcome.openings) <= {leaf.hash for leaf in outcome.leaves}, "DEL-122", "openings of no leaf")
        state.openings |= outcome.openings
        state.inbox[key] = (
            outcome.inbox_digest,
            received.taken_at,
            tuple(message.message for message in outcome.messages),
        )
        for message in outcome.messages:
            _insist(message.message not in state.messages, "DEL-122", "a message was written twice")
            _insist(message.items, "DEL-122", "a message without an item")
            known = _Message(received.agency, message.kind, message.status.value, received.taken_at)
            state.messages[message.message] = known
            for item in message.items:
                pending = item.state is State.PENDING
                _insist(item.state is not State.UNKNOWN and item.message == message.message, "DEL-124", "a wrong item")
                _insist(not pending or item.payload is not None, "DEL-124", "an item to send without bytes")
                _insist(not pending or item.decision in decided, "DEL-127", "an item to send without a decision leaf")
                self._item(state, _Row(item, known, pending))

    def _receipt(self, state: _State, draft: ReceiptDraft) -> None:
        message = state.messages.get(draft.message)
        if message is None or message.agency != draft.agency:
            raise InvariantBroken(Fault("DEL-122", "a receipt about no message of its agency"))
        if draft.leaf is not None:
            self._leaves(state, [draft.leaf])
        item = Item(
            draft.item,
            draft.message,
            receipt_channel(draft.agency),
            State.PENDING,
            draft.lane,
            ItemKind.RECEIPT,
            payload=draft.payload,
        )
        self._item(state, _Row(item, message, waiting=True, about=draft.about or ""))
        state.receipts[draft.message] = (*state.receipts.get(draft.message, ()), draft.item)

    @staticmethod
    def _item(state: _State, row: _Row) -> None:
        new = row.item
        _insist(new.item not in state.items, "DEL-122", "an item was written twice")
        state.items[new.item] = row

    def _leaves(self, state: _State, leaves: Iterable[Leaf]) -> None:
        for leaf in leaves:
            value = read_leaf(leaf.data)
            _insist(value is not None and not leaf_faults(value), "LED-103", "a leaf of a wrong form")
            _insist(value is not None and value["type"] == leaf.type, "LED-103", "a leaf of another type")
            origin = self._origin(leaf.log)
            state.leaves[origin] = (*state.leaves[origin], leaf.data)


class MemoryLedger:
    """What `gateway.custody.fsck` reads (custody.fsck.LedgerReader)."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def origins(self) -> list[str]:
        """The logs, governance first."""
        return list(self._state.leaves)

    def leaves(self, origin: str) -> Iterator[tuple[int, bytes, bytes]]:
        """(index, bytes, hash)."""
        for index, data in enumerate(self._state.leaves[origin]):
            yield index, data, leaf_hash(data)

    def checkpoints(self, origin: str) -> Iterator[tuple[int, bytes]]:
        """(size, note)."""
        yield from self._state.checkpoints.get(origin, ())

    def openings(self) -> Iterator[tuple[str, bytes | None]]:
        """(leaf hash, what opens it)."""
        yield from self._state.openings.items()

    def items(self) -> Iterator[ItemFact]:
        """Every item."""
        for row in self._state.items.values():
            item = row.item
            yield ItemFact(
                item=item.item,
                message=item.message,
                partner=item.partner,
                kind=item.kind,
                generation=item.generation,
                state=item.state,
                attempts=row.attempts,
                decision=item.decision,
                payload=item.payload,
            )


def _current(state: _State, messages: tuple[str, ...]) -> list[_Row]:
    latest: dict[str, _Row] = {}
    for row in (state.items[item] for message in messages for item in state.receipts.get(message, ())):
        latest.pop(row.about or row.item.item, None)
        latest[row.about or row.item.item] = row
    return list(latest.values())


def _pending(row: _Row) -> Pending:
    item = row.item
    return Pending(
        item=item.item,
        message=MessageId(item.message),
        partner=item.partner,
        kind=item.kind,
        lane=item.lane,
        attempts=row.attempts,
        media_type=item.media_type,
        taken_at=row.message.taken_at,
        payload=item.payload or b"",
        agency=row.message.agency,
        generation=item.generation,
        decision=Digest(item.decision) if item.decision else None,
        message_kind=row.message.kind,
        status=row.message.status,
        withheld=item.withheld,
    )


def _insist(condition: object, code: str, message: str) -> None:
    if not condition:
        raise InvariantBroken(Fault(code, message))
