"""The logs of one journal: leaves get their indices, the tree grows, a stored checkpoint can be checked.

One way for both: `_grow` takes leaf hashes into the tree after a commit and, after a restart, those that no checkpoint
covers. A log whose leaves do not lead to its last checkpoint is refused at the start (fail closed). Does not sign.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import apsw

from gateway.custody.checkpoint import read_checkpoint
from gateway.custody.leaf import DISCLOSURE, GOVERNANCE, Leaf
from gateway.custody.tree import Frontier, leaf_hash
from gateway.errors import Fault, InvariantBroken, JournalError, Place, Refusal

__all__ = ["SAVE_LEAF", "LeafRow", "Logs", "Planned"]

LeafRow = tuple[int, int, str, bytes, bytes]
"""(log, index, type, hash, bytes)"""

SAVE_LEAF = "INSERT INTO leaves (log, idx, type, hash, data) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Planned:
    """Leaves with the indices they get if the transaction commits; `by_hash` finds them."""

    rows: tuple[LeafRow, ...]
    by_hash: Mapping[bytes, LeafRow] = field(default_factory=dict)


class Logs:
    """What is committed of each log, in memory: the frontier of its tree."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Recover from the tables. Raises JournalError (LED-101 gap, LED-104 leaf, LED-110 checkpoint)."""
        self._ids: dict[str, int] = {}
        self._origins: dict[str, str] = {}
        self._frontiers: dict[int, Frontier] = {}
        self._sealed: dict[int, dict[int, Frontier]] = {}
        for log, kind, origin in connection.execute("SELECT id, kind, origin FROM logs ORDER BY id"):
            self._ids[kind] = self._ids[origin] = log
            self._origins[kind] = origin
            self._recover(connection, log, origin)

    @staticmethod
    def create(connection: apsw.Connection, name: str) -> None:
        """Write the two logs of a new journal: `NAME/governance` and `NAME/disclosure/0` (inside a transaction)."""
        logs = [(GOVERNANCE, f"{name}/governance"), (DISCLOSURE, f"{name}/disclosure/0")]
        connection.executemany("INSERT INTO logs (kind, origin) VALUES (?, ?)", logs)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins, governance first."""
        return tuple(self._origins.values())

    def origin(self, log: str) -> str:
        """The origin of a log given by origin or kind. Raises InvariantBroken (DEL-126)."""
        return self._origins.get(log, log) if self.id(log) else log

    def id(self, log: str) -> int:
        """The row of a log given by origin or kind. Raises InvariantBroken (DEL-126)."""
        try:
            return self._ids[log]
        except KeyError:
            raise InvariantBroken(Fault("DEL-126", "the journal has no such log")) from None

    def plan(self, leaves: Sequence[Leaf]) -> Planned:
        """Give each leaf the next index of its log."""
        rows: list[LeafRow] = []
        by_hash: dict[bytes, LeafRow] = {}
        following: dict[int, int] = {}
        for leaf in leaves:
            log = self.id(leaf.log)
            index = following.get(log, self._frontiers[log].size)
            digest = leaf_hash(leaf.data)
            row = (log, index, leaf.type, digest, leaf.data)
            rows.append(row)
            by_hash[digest] = row
            following[log] = index + 1
        return Planned(tuple(rows), by_hash)

    def committed(self, planned: Planned) -> None:
        """The transaction with these leaves is durable: take them into the trees."""
        by_log: dict[int, list[bytes]] = {}
        for log, _, _, digest, _ in planned.rows:
            by_log.setdefault(log, []).append(digest)
        for log, hashes in by_log.items():
            self._grow(log, hashes)

    def seal(self, log: str) -> tuple[int, bytes]:
        """Size and root as committed."""
        key = self.id(log)
        frontier = self._frontiers[key]
        self._sealed.setdefault(key, {})[frontier.size] = frontier
        return frontier.size, frontier.root()

    def accept(self, connection: apsw.Connection, log: str, size: int, note: bytes) -> bool:
        """Write a checkpoint of a state that `seal` gave (inside a transaction); False if it is already there.

        Raises InvariantBroken (DEL-125) if the note says anything else than size and root of this log.
        """
        key = self.id(log)
        frontier = self._sealed.get(key, {}).get(size)
        last = connection.execute("SELECT max(size) FROM checkpoints WHERE log = ?", (key,)).get
        try:
            head = read_checkpoint(note)
        except Refusal:
            head = None
        told = head is not None and (head.origin, head.size) == (self.origin(log), size)
        if frontier is None or head is None or not told or head.root != frontier.root() or (last or 0) > size:
            raise InvariantBroken(
                Fault("DEL-125", "a checkpoint is not of what was sealed, or does not extend the last")
            )
        if last == size:
            return False
        connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?)", (key, size, frontier.pack(), note))
        return True

    def stored(self, log: str) -> None:
        """Forget older states that `seal` gave: a checkpoint was stored."""
        self._sealed.pop(self.id(log), None)

    def _grow(self, log: int, hashes: Iterable[bytes]) -> None:
        self._frontiers[log] = self._frontiers[log].extend(hashes)

    def _recover(self, connection: apsw.Connection, log: int, origin: str) -> None:
        last = connection.execute(
            "SELECT size, frontier, note FROM checkpoints WHERE log = ? ORDER BY size DESC LIMIT 1", (log,)
        ).get
        frontier: Frontier | None = Frontier()
        if last is not None:
            size, packed, note = last
            frontier = Frontier.unpack(size, packed)
            try:
                head = read_checkpoint(note)
            except Refusal:
                head = None
            if frontier is None or head is None or (head.size, head.root) != (size, frontier.root()):
                raise _unusable("LED-110", "the last checkpoint of a log does not fit its leaves", origin)
        self._frontiers[log] = frontier or Frontier()
        self._grow(log, self._tail(connection, log, origin))
        count = connection.execute("SELECT max(idx) FROM leaves WHERE log = ?", (log,)).get
        if self._frontiers[log].size != (-1 if count is None else count) + 1:
            raise _unusable("LED-101", "a log lacks leaves that its last checkpoint covers", origin)

    def _tail(self, connection: apsw.Connection, log: int, origin: str) -> Iterator[bytes]:
        """Hashes of the leaves that no checkpoint covers, each checked against its bytes."""
        expected = self._frontiers[log].size
        rows = connection.execute(
            "SELECT idx, hash, data FROM leaves WHERE log = ? AND idx >= ? ORDER BY idx", (log, expected)
        )
        for index, digest, data in rows:
            if index != expected:
                raise _unusable("LED-101", "a log has a gap", origin)
            if leaf_hash(data) != digest:
                raise _unusable("LED-104", "a leaf is not what was hashed", origin)
            expected += 1
            yield digest


def _unusable(code: str, message: str, origin: str) -> JournalError:
    fix = "stop, keep the file, run `gateway ledger verify`, restore a backup"
    return JournalError(Fault(code, message, Place(file=origin), fix))
