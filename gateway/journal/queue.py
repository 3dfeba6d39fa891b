"""The embedded queue (ports.EmbeddedQueue): named durable queues as rows of the journal, for one machine without a
broker.

What a broker promises, so that one code path serves both: order, unacknowledged deliveries that come back after a
crash, a delivery count, a bound with refusal. Who holds a message is memory of this process only, which is what makes
it come back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from gateway.errors import Fault, InvariantBroken, Passing, Refusal
from gateway.journal.contents import identity, pack_queued, unpack_queued
from gateway.journal.sealed import Sealer
from gateway.journal.store import Store
from gateway.ports import QueueMessage

__all__ = ["SqliteQueue"]

_SAVE = "INSERT INTO queued (tag, queue, bytes, deliveries, wrapped, body) VALUES (?, ?, ?, 0, ?, ?)"
_OLDEST = "SELECT tag, deliveries, wrapped, body FROM queued WHERE queue = ? ORDER BY tag LIMIT ?"


class SqliteQueue:
    """See ports.EmbeddedQueue. Bodies, keys and headers are sealed with a data key per message."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer
        self._held: dict[int, int] = {}
        with store.reading() as connection:
            # Tags are never used twice, so that a late acknowledgement cannot remove another message.
            self._last = connection.execute("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'queued'").get

    def declare(self, queue: str, max_bytes: int) -> None:
        """Create the queue, or set its bound (bytes of bodies, held ones included)."""
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO queues (name, max_bytes, bytes, messages) VALUES (?, ?, 0, 0)"
                " ON CONFLICT (name) DO UPDATE SET max_bytes = excluded.max_bytes",
                (queue, max_bytes),
            )

    def publish(self, queue: str, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Append durably. Raises Refusal (DEL-130) for an undeclared queue, Passing (DEL-131) for a full one."""
        tag = self._last + 1
        data_key, wrapped = self._sealer.fresh(f"queue/{queue}", f"queued/{tag}")
        sealed = data_key.seal(identity("queued", "body", tag), pack_queued(key, headers, body))
        with self._store.transaction() as connection:
            row = connection.execute("SELECT id, max_bytes, bytes FROM queues WHERE name = ?", (queue,)).get
            if row is None:
                raise Refusal(Fault("DEL-130", "nobody declared this queue", fix="declare it in the deployment"))
            number, most, used = row
            if used + len(body) > most:
                raise Passing(Fault("DEL-131", "the queue is full", fix="let its reader catch up, or raise its bound"))
            connection.execute(_SAVE, (tag, number, len(body), wrapped, sealed))
            connection.execute(
                "UPDATE queues SET bytes = bytes + ?, messages = messages + 1 WHERE id = ?", (len(body), number)
            )
        self._last = tag

    def take(self, queue: str, limit: int) -> list[QueueMessage]:
        """Hand out the oldest messages that nobody holds. The count of deliveries is durable before they are seen."""
        with self._store.reading() as connection:
            number = self._number(connection, queue)
            held = sum(holder == number for holder in self._held.values())
            rows = connection.execute(_OLDEST, (number, limit + held)).fetchall()
        found = [row for row in rows if row[0] not in self._held][:limit]
        if not found:
            return []
        messages = [self._message(queue, row) for row in found]
        with self._store.transaction() as connection:
            connection.executemany(
                "UPDATE queued SET deliveries = deliveries + 1 WHERE tag = ?", [(message.tag,) for message in messages]
            )
        self._held.update((message.tag, number) for message in messages)
        return messages

    def settle(self, tags: Sequence[int], *, requeue: bool = False) -> None:
        """Remove held messages for good, or hand them back at their place. Raises InvariantBroken (DEL-132)."""
        if len(set(tags)) != len(tags) or any(tag not in self._held for tag in tags):
            raise InvariantBroken(Fault("DEL-132", "a message was settled that nobody holds"))
        if not requeue and tags:
            with self._store.transaction() as connection:
                for tag in tags:
                    removed = connection.execute("DELETE FROM queued WHERE tag = ? RETURNING queue, bytes", (tag,))
                    number, size = removed.get
                    connection.execute(
                        "UPDATE queues SET bytes = bytes - ?, messages = messages - 1 WHERE id = ?", (size, number)
                    )
        for tag in tags:
            del self._held[tag]

    def depth(self, queue: str) -> int:
        """How many messages wait, held ones included."""
        with self._store.reading() as connection:
            return int(
                connection.execute("SELECT messages FROM queues WHERE id = ?", (self._number(connection, queue),)).get
            )

    @staticmethod
    def _number(connection: apsw.Connection, queue: str) -> int:
        number = connection.execute("SELECT id FROM queues WHERE name = ?", (queue,)).get
        if number is None:
            raise Refusal(Fault("DEL-130", "nobody declared this queue", fix="declare it in the deployment"))
        return int(number)

    def _message(self, queue: str, row: tuple[Any, ...]) -> QueueMessage:
        tag, deliveries, wrapped, sealed = row
        data_key = self._sealer.unwrap(f"queue/{queue}", f"queued/{tag}", wrapped)
        key, headers, body = unpack_queued(data_key.open(identity("queued", "body", tag), sealed))
        return QueueMessage(tag, key, deliveries + 1, body, headers)
