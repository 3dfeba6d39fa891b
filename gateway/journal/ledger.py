"""The journal as the ledger check reads it (custody.fsck.LedgerReader): leaves, checkpoints, openings, items.

Hands out what is stored, also where it is damaged: judging is the checker's. Within `snapshot` everything is of one
moment, so that a gateway which goes on writing does not look like a contradiction.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import apsw

from gateway.custody.fsck import ItemFact
from gateway.errors import JournalError
from gateway.journal.contents import identity
from gateway.journal.sealed import Sealer
from gateway.journal.store import translated
from gateway.names import ItemKind, State

__all__ = ["JournalLedger"]

_LEAVES = "SELECT l.idx, l.data, l.hash FROM leaves l JOIN logs o ON o.id = l.log WHERE o.origin = ? ORDER BY l.idx"
_CHECKPOINTS = "SELECT c.size, c.note FROM checkpoints c JOIN logs o ON o.id = c.log WHERE o.origin = ? ORDER BY c.size"
_OPENINGS = """
    SELECT o.leaf, m.message, m.agency, m.wrapped, o.sealed FROM openings o JOIN messages m ON m.id = o.message
    ORDER BY o.message"""
_ITEMS = """
    SELECT i.item, m.message, m.agency, i.partner, i.kind, i.generation, i.state, i.attempts, i.decision, i.digest,
    i.wrapped, m.wrapped, i.payload
    FROM items i JOIN messages m ON m.id = i.message ORDER BY i.id"""


class JournalLedger:
    """Reads anew on each call."""

    def __init__(self, connection: apsw.Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    @contextlib.contextmanager
    def snapshot(self) -> Iterator["JournalLedger"]:
        """Everything read inside is of one moment."""
        with translated():
            self._connection.execute("BEGIN")
            try:
                yield self
            finally:
                self._connection.execute("COMMIT")

    def origins(self) -> list[str]:
        """The logs, governance first."""
        return [origin for (origin,) in self._rows("SELECT origin FROM logs ORDER BY id")]

    def leaves(self, origin: str) -> Iterator[tuple[int, bytes, bytes]]:
        """(index, bytes, stored hash)."""
        yield from self._rows(_LEAVES, origin)

    def checkpoints(self, origin: str) -> Iterator[tuple[int, bytes]]:
        """(size, note)."""
        yield from self._rows(_CHECKPOINTS, origin)

    def openings(self) -> Iterator[tuple[str, bytes | None]]:
        """(leaf hash, what opens it or None)."""
        for leaf, message, agency, wrapped, sealed in self._rows(_OPENINGS):
            name = f"sha256:{leaf.hex()}"
            try:
                key = self._sealer.unwrap(agency, f"messages/{message}", wrapped)
                yield name, key.open(identity("openings", "sealed", name), sealed)
            except JournalError:
                yield name, None

    def items(self) -> Iterator[ItemFact]:
        """Every item with its bytes, if they open and are what was written."""
        for row in self._rows(_ITEMS):
            item, message, agency, partner, kind, generation, state, attempts, decision = row[:9]
            digest, own, shared, sealed = row[9:]
            payload, readable = None, True
            if sealed is not None:
                try:
                    key = self._sealer.item_key(agency, item, own, message, shared)
                    payload = key.open(identity("items", "payload", item), sealed)
                    readable = self._sealer.digest(payload) == digest
                except JournalError:
                    readable = False
            yield ItemFact(
                item=item,
                message=message,
                partner=partner,
                kind=ItemKind(kind),
                generation=generation,
                state=State(state),
                attempts=attempts,
                decision=f"sha256:{decision.hex()}" if decision else None,
                readable=readable,
                payload=payload if readable else None,
            )

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        with translated():
            yield from self._connection.execute(query, values)
