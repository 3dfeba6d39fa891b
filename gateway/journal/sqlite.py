"""The journal on SQLite (ports.Journal): one transaction per batch, durable when the method returns.

Each writing method builds its rows first, writes them in one transaction, and only then moves on what is kept in memory
(ids, trees, held queue messages): after a failed transaction memory says what the medium says.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import orjson

from gateway.custody.leaf import Leaf
from gateway.custody.tree import leaf_hash
from gateway.errors import Fault, InvariantBroken
from gateway.journal.contents import identity
from gateway.journal.log import SAVE_LEAF, Logs, Planned
from gateway.journal.queue import SqliteQueue
from gateway.journal.rows import Builder, Counters, find_message
from gateway.journal.sealed import Sealer, known_key
from gateway.journal.store import Store
from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, PartnerId, SourceKey, State
from gateway.ports import Attempt, Commit, Pending, ReceiptDraft, Seen

__all__ = ["RETENTION_DAYS", "SqliteJournal", "open_journal"]

RETENTION_DAYS = 90
"""How long original bytes are to be kept: as long as a source can replay (delivery.md 1.1)."""

_CURRENT = """
    SELECT i.id, i.item, i.about, i.state, m.agency, i.wrapped, i.payload
    FROM messages m JOIN items i ON i.message = m.id
    WHERE m.inbox = (SELECT id FROM inbox WHERE lookup = ?) AND i.kind = 'receipt' ORDER BY i.id"""

_DUE = """
    SELECT i.item, m.message, i.kind, i.attempts, i.media_type, m.taken_at, m.agency, i.generation, i.decision, m.kind,
    m.status, i.withheld, i.wrapped, m.wrapped, i.payload
    FROM items i JOIN messages m ON m.id = i.message
    WHERE i.partner = ? AND i.lane = ? AND i.waiting = 1 AND i.due <= ? ORDER BY i.id LIMIT ?"""

_ATTEMPTED = """
    SELECT i.id, i.state, i.waiting, i.attempts, i.reasons, i.partner, m.agency, i.kind
    FROM items i JOIN messages m ON m.id = i.message WHERE i.item = ?"""

_LEAVES = "SELECT data FROM leaves WHERE log = ? AND idx >= ? ORDER BY idx LIMIT ?"
_LEAVES_PAGE = 1000


def open_journal(
    path: Path | str,
    root_key: bytes,
    *,
    name: str = "gateway.local",
    retention_days: int = RETENTION_DAYS,
    vfs: str | None = None,
) -> "SqliteJournal":
    """Open a journal, or make one.

    `root_key` are at least 32 secret bytes, the same ones for ever; `name` is the domain in the origins of a *new*
    journal's logs. Raises JournalError: the disk, another owner (DEL-105), a wrong key (DEL-108), a log that does not
    verify (LED).
    """
    store = Store(Path(path), vfs=vfs)
    try:
        return SqliteJournal(store, Sealer(root_key), name, retention_days)
    except BaseException:
        store.close()
        raise


class SqliteJournal:
    """See ports.Journal. Not for two threads."""

    def __init__(self, store: Store, sealer: Sealer, name: str, retention_days: int) -> None:
        self._store = store
        self._sealer = sealer
        self._retention_days = retention_days
        self._found(name)
        with store.reading() as connection:
            self._logs = Logs(connection)
            self._last = Counters.load(connection)
        self._queue = SqliteQueue(store, sealer)

    def _found(self, name: str) -> None:
        """Recognise the root key, or set up the rows of a new journal."""
        with self._store.transaction() as connection:
            if not known_key(connection, self._sealer):
                connection.execute("INSERT INTO meta VALUES ('root key', ?)", (self._sealer.check(),))
                Logs.create(connection, name)

    @property
    def queue(self) -> SqliteQueue:
        """The embedded queues."""
        return self._queue

    @property
    def path(self) -> Path:
        """Where the file is: for readers (`gateway.journal.read`)."""
        return self._store.path

    def find(self, agency: AgencyId, key: SourceKey) -> Seen | None:
        """Look into the inbox."""
        lookup = self._sealer.lookup(agency, key)
        with self._store.reading() as connection:
            row = connection.execute("SELECT digest, taken_at FROM inbox WHERE lookup = ?", (lookup,)).get
            if row is None:
                return None
            receipts = tuple(
                self._sealer.unwrap(owner, f"items/{item}", wrapped).open(identity("items", "payload", item), payload)
                for _, item, _, _, owner, wrapped, payload in self._current(connection, lookup)
            )
        return Seen(row[0], row[1], receipts)

    def commit(self, batch: Sequence[Commit]) -> None:
        """Write a whole batch, or nothing. Costs about 0.1 ms per message and one flush (`bench/journal.py`)."""
        planned = self._logs.plan(
            [
                leaf
                for commit in batch
                for leaf in (*commit.outcome.leaves, *(draft.leaf for draft in commit.receipts if draft.leaf))
            ]
        )
        builder = Builder(self._sealer, self._last, planned, self._retention_days)
        for commit in batch:
            builder.commit(commit)
        with self._store.transaction() as connection:
            builder.batch.save(connection, planned)
        self._logs.committed(planned)
        self._last = builder.last

    def append(self, leaves: Sequence[Leaf], receipts: Sequence[ReceiptDraft] = ()) -> None:
        """Write leaves and receipts that belong to no new message."""
        planned = self._logs.plan([*leaves, *(receipt.leaf for receipt in receipts if receipt.leaf)])
        builder = Builder(self._sealer, self._last, planned, self._retention_days)
        with self._store.transaction() as connection:
            for receipt in receipts:
                builder.receipt(receipt, find_message(connection))
            builder.batch.save(connection, planned)
        self._logs.committed(planned)
        self._last = builder.last

    def repeat(self, agency: AgencyId, key: SourceKey, leaf: Leaf) -> None:
        """Append the `duplicate` leaf and let the current receipts be sent once more.

        Raises InvariantBroken (DEL-122).
        """
        lookup = self._sealer.lookup(agency, key)
        planned = self._logs.plan([leaf])
        with self._store.transaction() as connection:
            if connection.execute("SELECT 1 FROM inbox WHERE lookup = ?", (lookup,)).get is None:
                raise InvariantBroken(Fault("DEL-122", "a duplicate of a message that the inbox does not know"))
            connection.executemany(SAVE_LEAF, planned.rows)
            current = [(row,) for row, _, _, state, *_ in self._current(connection, lookup) if State(state).terminal]
            connection.executemany("UPDATE items SET waiting = 1, due = '' WHERE id = ?", current)
        self._logs.committed(planned)

    def pending(self, partner: PartnerId, lane: Lane, limit: int, now: str, held: frozenset[ItemId]) -> list[Pending]:
        """Give due items, oldest first, decrypted."""
        with self._store.reading() as connection:
            rows = connection.execute(_DUE, (partner, int(lane), now, limit + len(held)))
            found = [self._pending(row, partner, lane) for row in rows if row[0] not in held]
        return found[:limit]

    def waiting(self) -> int:
        """How many items, receipts included, still wait for an attempt. Reads an index of waiting rows only."""
        with self._store.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM items WHERE waiting = 1").get)

    def record(self, attempts: Sequence[Attempt]) -> None:
        """Write what attempts came to. Raises InvariantBroken (DEL-121) for an item that is not waiting to be sent."""
        planned = self._logs.plan(
            [
                leaf
                for attempt in attempts
                for leaf in (attempt.leaf, *(draft.leaf for draft in attempt.receipts))
                if leaf is not None
            ]
        )
        builder = Builder(self._sealer, self._last, planned, self._retention_days)
        with self._store.transaction() as connection:
            for attempt in attempts:
                self._attempt(connection, attempt, planned, builder)
                for receipt in attempt.receipts:
                    builder.receipt(receipt, find_message(connection))
            builder.batch.save(connection, planned)
        self._logs.committed(planned)
        self._last = builder.last

    def seal(self, log: str) -> tuple[int, bytes]:
        """Size and root of a log as committed."""
        self._store.check()
        return self._logs.seal(log)

    def store_checkpoint(self, log: str, size: int, note: bytes) -> None:
        """Keep a signed checkpoint of a state that `seal` gave; the same state twice is kept once."""
        with self._store.transaction() as connection:
            self._logs.accept(connection, log, size, note)
        self._logs.stored(log)

    def last_checkpoint(self, log: str) -> bytes | None:
        """The newest checkpoint."""
        with self._store.reading() as connection:
            note = connection.execute(
                "SELECT note FROM checkpoints WHERE log = ? ORDER BY size DESC LIMIT 1", (self._logs.id(log),)
            ).get
        return note if isinstance(note, bytes) else None

    def logs(self) -> tuple[str, ...]:
        """The origins of the logs, governance first."""
        return self._logs.origins

    def leaves(self, log: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of the leaves from an index on."""
        key = self._logs.id(log)
        while True:
            # In pages: an open statement would hold back the write-ahead log for as long as the caller takes.
            with self._store.reading() as connection:
                page = [data for (data,) in connection.execute(_LEAVES, (key, start, _LEAVES_PAGE))]
            yield from page
            start += len(page)
            if len(page) < _LEAVES_PAGE:
                return

    def rest(self) -> None:
        """Use an idle moment: empty the write-ahead log."""
        self._store.checkpoint()

    def close(self) -> None:
        """Close the file and release the lock."""
        self._store.close()

    def _pending(self, row: tuple[Any, ...], partner: PartnerId, lane: Lane) -> Pending:
        item, message, kind, attempts, media_type, taken_at, agency, generation, decision, message_kind = row[:10]
        status, withheld, own, shared, payload = row[10:]
        key = self._sealer.item_key(agency, item, own, message, shared)
        return Pending(
            item=item,
            message=message,
            partner=partner,
            kind=ItemKind(kind),
            lane=lane,
            attempts=attempts,
            media_type=media_type,
            taken_at=taken_at,
            payload=key.open(identity("items", "payload", item), payload),
            agency=agency,
            generation=generation,
            decision=Digest(f"sha256:{decision.hex()}") if decision else None,
            message_kind=message_kind,
            status=status,
            withheld=orjson.loads(withheld) if withheld else {},
        )

    @staticmethod
    def _current(connection: apsw.Connection, lookup: bytes) -> list[tuple[Any, ...]]:
        """The receipts of an inbox row that no later one about the same item has replaced, newest last."""
        latest: dict[str, tuple[Any, ...]] = {}
        for row in connection.execute(_CURRENT, (lookup,)):
            slot = row[2] or row[1]
            latest.pop(slot, None)
            latest[slot] = row
        return list(latest.values())

    @staticmethod
    def _attempt(connection: apsw.Connection, attempt: Attempt, planned: Planned, builder: Builder) -> None:
        row = connection.execute(_ATTEMPTED, (attempt.item,)).get
        if row is None or not row[2]:
            raise InvariantBroken(Fault("DEL-121", "an attempt was made at an item that is not waiting to be sent"))
        item, before, _, number, reasons, partner, agency, kind = row
        # A terminal item that is sent once more, because its receiver asked again, keeps its state.
        again = before != State.PENDING
        after = State(before) if again else attempt.state
        waiting = attempt.state is State.PENDING
        index = planned.by_hash[leaf_hash(attempt.leaf.data)][1] if attempt.leaf else None
        connection.execute(
            "UPDATE items SET state = ?, waiting = ?, attempts = ?, due = ?, reasons = ? WHERE id = ?",
            (
                int(after),
                int(waiting),
                number + 1,
                attempt.due if waiting else "",
                reasons if again else attempt.reason,
                item,
            ),
        )
        connection.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (item, number + 1, attempt.at, int(attempt.state), attempt.reason, attempt.due, index),
        )
        if after != before:
            builder.batch.tally[partner, agency, kind, before] -= 1
            builder.batch.tally[partner, agency, kind, int(after)] += 1
