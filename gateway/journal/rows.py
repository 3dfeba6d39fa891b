"""A batch of outcomes as rows: everything is encrypted and numbered before the transaction begins.

Guarantees that an item to be sent has its decision leaf in the same transaction (INV3) and that a receipt belongs to a
message that is known. Writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import apsw
import orjson

from gateway.errors import Fault, InvariantBroken
from gateway.journal.contents import identity, pack_files, pack_notes
from gateway.journal.log import SAVE_LEAF, Planned
from gateway.journal.sealed import FreshKey, Sealer
from gateway.names import Digest, ItemKind, MessageId, State
from gateway.outcome import Item, MessageOutcome, Outcome
from gateway.ports import Commit, ReceiptDraft, receipt_channel

__all__ = ["Batch", "Builder", "Counters", "Tally", "find_message"]

Tally = Counter[tuple[str, str, str, int]]
"""Changes of the totals: (partner, agency, kind, state) -> difference."""

_SAVE_INBOX = """
    INSERT INTO inbox (id, lookup, agency, digest, taken_at, lane, plan, received, files, bytes, retention_days,
    wrapped, source_key, original) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SAVE_MESSAGE = """
    INSERT INTO messages (id, message, inbox, agency, kind, status, lane, taken_at, code, wrapped, notes, lineage,
    exchange) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SAVE_ITEM = """
    INSERT INTO items (id, item, message, partner, kind, generation, about, lane, state, waiting, attempts, due,
    reasons, withheld, media_type, decision, decision_index, digest, wrapped, account, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SAVE_OPENING = "INSERT INTO openings (message, leaf, sealed) VALUES (?, ?, ?)"
_SAVE_TALLY = """
    INSERT INTO tally VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (partner, agency, kind, state) DO UPDATE SET n = n + excluded.n"""

_Row = tuple[str | int | bytes | None, ...]


@dataclass(slots=True)
class Counters:
    """The last ids in use; the single writer gives them out. Moved on only after a commit."""

    inbox: int
    message: int
    item: int

    @classmethod
    def load(cls, connection: apsw.Connection) -> "Counters":
        """Read them from the tables."""
        counts = connection.execute(
            "SELECT ifnull((SELECT max(id) FROM inbox), 0), ifnull((SELECT max(id) FROM messages), 0),"
            " ifnull((SELECT max(id) FROM items), 0)"
        ).get
        return cls(*map(int, counts or (0, 0, 0)))


@dataclass(slots=True)
class Batch:
    """Rows of one transaction, table by table."""

    inbox: list[_Row] = field(default_factory=list)
    messages: list[_Row] = field(default_factory=list)
    items: list[_Row] = field(default_factory=list)
    openings: list[_Row] = field(default_factory=list)
    tally: Tally = field(default_factory=Counter)

    def save(self, connection: apsw.Connection, planned: Planned) -> None:
        """Write everything (inside a transaction)."""
        connection.executemany(_SAVE_INBOX, self.inbox)
        connection.executemany(_SAVE_MESSAGE, self.messages)
        connection.executemany(SAVE_LEAF, planned.rows)
        connection.executemany(_SAVE_ITEM, self.items)
        connection.executemany(_SAVE_OPENING, self.openings)
        connection.executemany(_SAVE_TALLY, [(*key, change) for key, change in sorted(self.tally.items()) if change])


_Find = Callable[[str], tuple[int, str] | None]


class Builder:
    """Turns values into rows with the ids that follow `last`."""

    def __init__(self, sealer: Sealer, last: Counters, planned: Planned, retention_days: int) -> None:
        self._sealer = sealer
        self._planned = planned
        self._retention_days = retention_days
        self._messages: dict[str, tuple[int, str]] = {}
        self.batch = Batch()
        self.last = Counters(last.inbox, last.message, last.item)

    def commit(self, commit: Commit) -> None:
        """Rows of one outcome and its receipts. Raises InvariantBroken (DEL-122, DEL-127)."""
        outcome = commit.outcome
        received = outcome.received
        self.last.inbox += 1
        row = self.last.inbox
        key, wrapped = self._sealer.fresh(received.agency, f"inbox/{row}")
        self.batch.inbox.append(
            (
                row,
                self._sealer.lookup(received.agency, received.key),
                received.agency,
                outcome.inbox_digest,
                received.taken_at,
                int(received.lane),
                outcome.plan,
                _raw(outcome.received_leaf),
                len(received.files),
                sum(len(file.data) for file in received.files),
                self._retention_days,
                wrapped,
                key.seal(identity("inbox", "source_key", row), received.key.encode()),
                key.seal(identity("inbox", "original", row), pack_files(received.files)),
            )
        )
        keys = {message.message: self._message(message, outcome, row) for message in outcome.messages}
        self._openings(outcome, keys)
        for receipt in commit.receipts:
            self.receipt(receipt, lambda _: None)

    def receipt(self, draft: ReceiptDraft, find: _Find) -> None:
        """The row of a receipt: an item of kind `receipt` under its agency's channel, with a data key of its own."""
        known = self._messages.get(draft.message) or find(draft.message)
        if known is None or known[1] != draft.agency:
            raise InvariantBroken(Fault("DEL-122", "a receipt belongs to no message of its agency"))
        key, wrapped = self._sealer.fresh(draft.agency, f"items/{draft.item}")
        self._item(
            Item(
                draft.item,
                draft.message,
                receipt_channel(draft.agency),
                State.PENDING,
                draft.lane,
                ItemKind.RECEIPT,
                payload=draft.payload,
            ),
            known,
            key,
            wrapped=wrapped,
            about=draft.about or "",
        )

    def _message(self, message: MessageOutcome, outcome: Outcome, inbox: int) -> FreshKey:
        received = outcome.received
        self.last.message += 1
        row = self.last.message
        if not message.items:
            raise InvariantBroken(Fault("DEL-122", "a message has no item: its state is unknown"))
        key, wrapped = self._sealer.fresh(received.agency, f"messages/{message.message}")

        def seal(column: str, data: bytes | None) -> bytes | None:
            return key.seal(identity("messages", column, message.message), data) if data else None

        self._messages[message.message] = (row, received.agency)
        self.batch.messages.append(
            (
                row,
                message.message,
                inbox,
                received.agency,
                message.kind,
                message.status.value,
                int(message.lane),
                received.taken_at,
                message.faults[0].code if message.faults else "",
                wrapped,
                seal("notes", pack_notes(message.part, message.faults)),
                seal("lineage", message.lineage),
                seal("exchange", message.exchange),
            )
        )
        for item in message.items:
            self._item(item, (row, received.agency), key)
        return key

    def _item(
        self, item: Item, message: tuple[int, str], key: FreshKey, *, wrapped: bytes | None = None, about: str = ""
    ) -> None:
        decision = _raw(item.decision)
        leaf = self._planned.by_hash.get(decision) if decision else None
        pending = item.state is State.PENDING
        if pending and item.kind is not ItemKind.RECEIPT and (leaf is None or leaf[2] != "decision"):
            raise InvariantBroken(Fault("DEL-127", "an item to send has no decision leaf in its transaction"))
        self.last.item += 1
        self.batch.tally[item.partner, message[1], item.kind.value, int(item.state)] += 1
        self.batch.items.append(
            (
                self.last.item,
                item.item,
                message[0],
                item.partner,
                item.kind.value,
                item.generation,
                about,
                int(item.lane),
                int(item.state),
                int(pending),
                " ".join(item.reasons),
                orjson.dumps(dict(item.withheld)).decode() if item.withheld else "",
                item.media_type,
                decision,
                leaf[1] if leaf else None,
                None if item.payload is None else self._sealer.digest(item.payload),
                wrapped,
                key.seal(identity("items", "account", item.item), item.account) if item.account else None,
                None if item.payload is None else key.seal(identity("items", "payload", item.item), item.payload),
            )
        )

    def _openings(self, outcome: Outcome, keys: Mapping[MessageId, FreshKey]) -> None:
        """What opens a leaf is sealed with the key of the message that the leaf is about, and goes when that goes."""
        decided = {item.decision: message.message for message in outcome.messages for item in message.items}
        for digest, data in outcome.openings.items():
            raw = _raw(digest) or b""
            message = decided.get(Digest(digest)) or self._about(raw)
            key = keys.get(message)
            if key is None:
                raise InvariantBroken(Fault("DEL-122", "openings belong to no leaf of this outcome"))
            self.batch.openings.append(
                (self._messages[message][0], raw, key.seal(identity("openings", "sealed", digest), data))
            )

    def _about(self, leaf: bytes) -> MessageId:
        """The message that a leaf of this transaction names."""
        row = self._planned.by_hash.get(leaf)
        return MessageId(str(orjson.loads(row[4]).get("message"))) if row else MessageId("")


def find_message(connection: apsw.Connection) -> _Find:
    """Look a message up in the tables: its row and its agency."""

    def find(message: str) -> tuple[int, str] | None:
        row = connection.execute("SELECT id, agency FROM messages WHERE message = ?", (message,)).get
        return None if row is None else (int(row[0]), str(row[1]))

    return find


def _raw(digest: str | None) -> bytes | None:
    """The 32 bytes of `sha256:...`."""
    return bytes.fromhex(digest.removeprefix("sha256:")) if digest else None
