"""Read-only views of a journal for the command line and the console, beside a running gateway or without one.

A connection of its own that can neither write nor move the write-ahead log. Lists are pages that begin after a cursor
and never count over live rows. Content (bodies, accounts, original bytes) is decrypted only by the methods that say
so; who may call those is decided elsewhere.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from gateway.custody.fsck import Report, check_ledger
from gateway.errors import Fault
from gateway.journal.contents import identity, unpack_files, unpack_notes
from gateway.journal.ledger import JournalLedger
from gateway.journal.sealed import DataKey, Sealer, known_key
from gateway.journal.store import connect_reader, translated
from gateway.names import AgencyId, Digest, ItemId, ItemKind, Lane, MessageId, PartnerId, SourceKey, State
from gateway.outcome import SourceFile
from gateway.ports import receipt_channel

__all__ = [
    "AttemptView",
    "Disclosed",
    "ItemView",
    "JournalReader",
    "MessageRow",
    "MessageView",
    "QueueView",
    "ReceiptView",
    "Total",
]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One line of a list. `cursor` is where the next page begins; `code` is that of the first fault."""

    cursor: int
    message: MessageId
    agency: AgencyId
    kind: str
    status: str
    lane: Lane
    taken_at: str
    state: State
    code: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """What one attempt came to; `leaf` is the index of its leaf in the disclosure log."""

    number: int
    at: str
    state: State
    reason: str
    due: str
    leaf: int | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item without its bytes.

    `withheld` counts what each rule kept back, `decision` is the hash of its decision leaf, `leaf` that leaf's index.
    """

    cursor: int
    item: ItemId
    message: MessageId
    agency: AgencyId
    partner: PartnerId
    kind: ItemKind
    generation: int
    about: str
    lane: Lane
    state: State
    waiting: bool
    attempts: int
    due: str
    reasons: tuple[str, ...]
    withheld: Mapping[str, int]
    media_type: str
    decision: Digest | None
    leaf: int | None
    tries: tuple[AttemptView, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A signed receipt as it goes to the agency."""

    cursor: int
    item: ItemId
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message: what became of it per partner, its faults, its receipts. No content of the document."""

    row: MessageRow
    part: str = field(repr=False)
    plan: Digest
    received: Digest | None
    files: int
    bytes: int
    items: tuple[ItemView, ...]
    receipts: tuple[ReceiptView, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """How many items of an agency stand in a state at a partner (or in its own receipt channel)."""

    partner: PartnerId
    agency: AgencyId
    kind: ItemKind
    state: State
    items: int


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What the decisions of one partner add up to: outcomes, field values per level, and per rule that decided them."""

    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    levels: Mapping[str, int]
    rules: Mapping[str, int]
    withheld: Mapping[str, int]
    """How many values each rule kept back or coarsened."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """One embedded queue."""

    name: str
    messages: int
    bytes: int
    max_bytes: int


_STATE = "(SELECT max(state) FROM items WHERE message = m.id AND kind <> 'receipt')"
_MESSAGES = f"""
    SELECT m.id, m.message, m.agency, m.kind, m.status, m.lane, m.taken_at, ifnull({_STATE}, 5), m.code
    FROM messages m"""  # noqa: S608  # both parts are constants of this file
_PAGE = f"""{_MESSAGES}
    WHERE m.id < ?1 AND (?2 IS NULL OR m.agency = ?2) AND (?3 IS NULL OR {_STATE} = ?3) ORDER BY m.id DESC LIMIT ?4"""
_ITEMS = """
    SELECT i.id, i.item, m.message, m.agency, i.partner, i.kind, i.generation, i.about, i.lane, i.state, i.waiting,
    i.attempts, i.due, i.reasons, i.withheld, i.media_type, i.decision, i.decision_index
    FROM items i JOIN messages m ON m.id = i.message"""
_RECEIPTS = """
    SELECT i.id, i.item, m.agency, i.wrapped, i.payload FROM items i JOIN messages m ON m.id = i.message
    WHERE i.partner = ? AND i.kind = 'receipt' AND i.id > ? ORDER BY i.id LIMIT ?"""
_RECEIPTS_OF = """
    SELECT i.id, i.item, m.agency, i.wrapped, i.payload FROM items i JOIN messages m ON m.id = i.message
    WHERE m.message = ? AND i.kind = 'receipt' ORDER BY i.id"""


class JournalReader:
    """Reads what is committed. Not for two threads. Raises JournalError."""

    def __init__(self, path: Path | str, root_key: bytes) -> None:
        self._sealer = Sealer(root_key)
        self._connection = connect_reader(Path(path))
        with translated():
            known_key(self._connection, self._sealer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ledger(self) -> JournalLedger:
        """What `gateway.custody.fsck` reads."""
        return JournalLedger(self._connection, self._sealer)

    def check(self, *, log_keys: Sequence[bytes], receipt_keys: Mapping[str, bytes] | None = None) -> Report:
        """Check the whole ledger as it is at one moment, also beside a gateway that goes on writing."""
        with self.ledger().snapshot() as ledger:
            return check_ledger(ledger, log_keys=log_keys, receipt_keys=receipt_keys)

    def messages(
        self, *, before: int | None = None, limit: int = 50, agency: AgencyId | None = None, state: State | None = None
    ) -> list[MessageRow]:
        """One page of messages, newest first; the next page is `before` the last cursor."""
        wanted = None if state is None else int(state)
        return [_row(row) for row in self._rows(_PAGE, before or 2**62, agency, wanted, limit)]

    def message(self, message: MessageId) -> MessageView | None:
        """One message with its items, attempts, receipts and faults."""
        found = [_row(row) for row in self._rows(f"{_MESSAGES} WHERE m.message = ?", message)]
        if not found:
            return None
        origin = "SELECT n.plan, n.received, n.files, n.bytes, m.wrapped, m.notes FROM messages m"
        ((plan, received, files, size, wrapped, notes),) = self._rows(
            f"{origin} JOIN inbox n ON n.id = m.inbox WHERE m.message = ?", message
        )
        key = self._sealer.unwrap(found[0].agency, f"messages/{message}", wrapped)
        part, faults = unpack_notes(key.open(identity("messages", "notes", message), notes))
        return MessageView(
            found[0],
            part,
            Digest(plan),
            _digest(received),
            files,
            size,
            tuple(self._items("m.message = ? AND i.kind <> 'receipt' ORDER BY i.id", message)),
            tuple(self._receipts(_RECEIPTS_OF, message)),
            faults,
        )

    def find(self, agency: AgencyId, key: SourceKey) -> list[MessageId]:
        """The messages that came under a sender's own message id."""
        query = "SELECT m.message FROM messages m JOIN inbox n ON n.id = m.inbox WHERE n.lookup = ? ORDER BY m.id"
        return [MessageId(message) for (message,) in self._rows(query, self._sealer.lookup(agency, key))]

    def item(self, item: ItemId) -> ItemView | None:
        """One item with its attempts."""
        return next(self._items("i.item = ?", item), None)

    def quarantine(self, *, before: int | None = None, limit: int = 50) -> list[ItemView]:
        """One page of quarantined items, newest first."""
        return list(self._items("i.state = 3 AND i.id < ? ORDER BY i.id DESC LIMIT ?", before or 2**62, limit))

    def receipts(self, agency: AgencyId, *, after: int = 0, limit: int = 100) -> list[ReceiptView]:
        """One page of an agency's receipts, oldest first; the next page is `after` the last cursor."""
        return list(self._receipts(_RECEIPTS, receipt_channel(agency), after, limit))

    def totals(self) -> list[Total]:
        """Items per partner, agency, kind and state, as kept by every transaction."""
        query = "SELECT partner, agency, kind, state, n FROM tally WHERE n > 0 ORDER BY partner, agency, kind, state"
        return [
            Total(PartnerId(partner), AgencyId(agency), ItemKind(kind), State(state), count)
            for partner, agency, kind, state, count in self._rows(query)
        ]

    def disclosed(self) -> dict[PartnerId, Disclosed]:
        """What all decisions add up to, per partner. Reads every decision leaf and item."""
        sums: dict[str, tuple[Counter[str], ...]] = {}
        for (data,) in self._rows("SELECT data FROM leaves WHERE type = 'decision' ORDER BY id"):
            leaf = json.loads(data)
            outcomes, reasons, levels, rules, _ = sums.setdefault(leaf["partner"], tuple(Counter() for _ in range(5)))
            outcomes[leaf["outcome"]] += 1
            reasons.update(leaf["reasons"])
            levels.update(leaf.get("levels", {}))
            rules.update(leaf.get("rules", {}))
        for partner, withheld in self._rows("SELECT partner, withheld FROM items WHERE withheld <> ''"):
            sums[partner][4].update(json.loads(withheld))
        return {PartnerId(partner): Disclosed(*map(dict, parts)) for partner, parts in sums.items()}

    def queues(self) -> list[QueueView]:
        """The embedded queues."""
        return [
            QueueView(*row) for row in self._rows("SELECT name, messages, bytes, max_bytes FROM queues ORDER BY name")
        ]

    def account(self, item: ItemId) -> bytes | None:
        """CONTENT: why each field of an item was or was not disclosed, as canonical JSON."""
        return self._content(item, "account")

    def accounts(self, since: str) -> Iterator[tuple[MessageId, str, bytes]]:
        """CONTENT: the account of every decision about a message taken at or after an instant, oldest first.

        Gives message, moment taken, account; decisions whose account is erased are passed over.
        """
        query = (
            "SELECT i.item, m.message, m.taken_at FROM items i JOIN messages m ON m.id = i.message"
            " WHERE m.taken_at >= ? AND i.account IS NOT NULL ORDER BY i.id"
        )
        for item, message, taken_at in self._rows(query, since):
            account = self._content(ItemId(item), "account")
            if account:
                yield MessageId(message), taken_at, account

    def payload(self, item: ItemId) -> bytes | None:
        """CONTENT: the final bytes of an item."""
        return self._content(item, "payload")

    def exchange(self, message: MessageId) -> bytes | None:
        """CONTENT: a message in the common format."""
        return self._message_content(
            message, "exchange", "SELECT agency, wrapped, exchange FROM messages WHERE message = ?"
        )

    def lineage(self, message: MessageId) -> bytes | None:
        """CONTENT: where each value of a message came from."""
        return self._message_content(
            message, "lineage", "SELECT agency, wrapped, lineage FROM messages WHERE message = ?"
        )

    def original(self, message: MessageId) -> tuple[SourceFile, ...]:
        """CONTENT: the bytes as the agency sent them, of the delivery that this message came in; empty if erased."""
        for row, agency, wrapped, original in self._rows(
            "SELECT n.id, n.agency, n.wrapped, n.original FROM inbox n JOIN messages m ON m.inbox = n.id"
            " WHERE m.message = ? AND n.original IS NOT NULL",
            message,
        ):
            key = self._sealer.unwrap(agency, f"inbox/{row}", wrapped)
            return unpack_files(key.open(identity("inbox", "original", row), original))
        return ()

    def key(self, message: MessageId) -> SourceKey | None:
        """CONTENT: the sender's own message id."""
        for row, agency, wrapped, sealed in self._rows(
            "SELECT n.id, n.agency, n.wrapped, n.source_key FROM inbox n JOIN messages m ON m.inbox = n.id"
            " WHERE m.message = ?",
            message,
        ):
            key = self._sealer.unwrap(agency, f"inbox/{row}", wrapped)
            return SourceKey(key.open(identity("inbox", "source_key", row), sealed).decode())
        return None

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with translated():
            return self._connection.execute(query, values).fetchall()

    def _items(self, where: str, *values: str | int) -> Iterator[ItemView]:
        for row in self._rows(f"{_ITEMS} WHERE {where}", *values):
            tries = self._rows("SELECT number, at, state, reason, due, leaf_index FROM attempts WHERE item = ?", row[0])
            yield _item(row, tuple(AttemptView(n, at, State(s), why, due, leaf) for n, at, s, why, due, leaf in tries))

    def _receipts(self, query: str, *values: str | int) -> Iterator[ReceiptView]:
        for cursor, item, agency, wrapped, payload in self._rows(query, *values):
            if payload is not None:
                key = self._sealer.unwrap(agency, f"items/{item}", wrapped)
                yield ReceiptView(cursor, ItemId(item), key.open(identity("items", "payload", item), payload))

    def _content(self, item: ItemId, column: str) -> bytes | None:
        for message, agency, own, shared, account, payload in self._rows(
            "SELECT m.message, m.agency, i.wrapped, m.wrapped, i.account, i.payload"
            " FROM items i JOIN messages m ON m.id = i.message WHERE i.item = ?",
            item,
        ):
            key = self._sealer.item_key(agency, item, own, message, shared)
            return _opened(key, identity("items", column, item), account if column == "account" else payload)
        return None

    def _message_content(self, message: MessageId, column: str, query: str) -> bytes | None:
        for agency, wrapped, sealed in self._rows(query, message):
            key = self._sealer.unwrap(agency, f"messages/{message}", wrapped)
            return _opened(key, identity("messages", column, message), sealed)
        return None


def _opened(key: DataKey, name: str, sealed: bytes | None) -> bytes | None:
    return None if sealed is None else key.open(name, sealed)


def _digest(raw: bytes | None) -> Digest | None:
    return Digest(f"sha256:{raw.hex()}") if raw else None


def _row(row: tuple[Any, ...]) -> MessageRow:
    cursor, message, agency, kind, status, lane, taken_at, state, code = row
    return MessageRow(cursor, message, agency, kind, status, Lane(lane), taken_at, State(state), code)


def _item(row: tuple[Any, ...], tries: tuple[AttemptView, ...]) -> ItemView:
    cursor, item, message, agency, partner, kind, generation, about, lane, state, waiting, attempts, due = row[:13]
    reasons, withheld, media_type, decision, leaf = row[13:]
    return ItemView(
        cursor,
        item,
        message,
        agency,
        partner,
        ItemKind(kind),
        generation,
        about,
        Lane(lane),
        State(state),
        bool(waiting),
        attempts,
        due,
        tuple(reasons.split()),
        json.loads(withheld or "{}"),
        media_type,
        _digest(decision),
        leaf,
        tries,
    )
