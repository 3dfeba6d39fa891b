"""The SQLite file itself: opened durably or refused, owned by one process, one transaction at a time, errors
translated.

Guarantees: WAL with `synchronous=FULL`, both read back; a lock file and an epoch row checked in every transaction, so
that a writer that was replaced while it slept writes nothing; after an error the first cause is what is reported. A
failure that leaves the state of the medium unknown (anything but a full disk) closes the store for writing until it
is opened anew: SQLite then decides from the medium what happened.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import apsw

from gateway.errors import Fault, InvariantBroken, JournalError
from gateway.journal.tables import APPLICATION_ID, MIGRATIONS, VERSION

__all__ = ["Store", "connect_reader", "sqlite_version", "translated"]

_BUSY_MS = 5000
"""How long a lock that a reader holds is waited for."""

_WAL_PAGES = 4000
"""The write-ahead log is moved into the file after this many pages (16 MB), by the writer alone."""

_NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3", "smbfs"}
)
"""File systems whose flush does not mean that the medium has it, or whose locks do not hold."""


class Store:
    """The one writing connection. Not for two threads."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open or create. Raises JournalError (DEL-101 to DEL-111)."""
        self.path = path
        self._failed: JournalError | None = None
        self._refuse_network()
        self._lock = _lock(path.with_name(path.name + ".lock"))
        try:
            with translated():
                self.connection = self._connect(vfs)
                self._prepare()
                self.epoch = self._own()
        except BaseException:
            os.close(self._lock)
            raise

    def _refuse_network(self) -> None:
        if _file_system(self.path.parent.resolve()) in _NETWORK:
            raise JournalError(
                Fault("DEL-107", "the journal lies on a network file system", fix="use a disk of this machine")
            )

    def _connect(self, vfs: str | None) -> apsw.Connection:
        if not self.path.exists():
            # Made by us first, so that nobody else can ever read it; SQLite gives its companions the same mode.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _flush_directory(self.path.parent)
        elif stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            raise JournalError(Fault("DEL-107", "others can read the journal", fix="chmod 600 the journal's files"))
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_EXRESCODE
        connection = apsw.Connection(str(self.path), flags=flags, vfs=vfs)
        connection.set_busy_timeout(_BUSY_MS)
        return connection

    def _prepare(self) -> None:
        wal = self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", 2)
        if wal != "wal" or self.connection.pragma("synchronous") != 2:
            raise JournalError(
                Fault("DEL-107", "the journal cannot be made durable here", fix="use a local disk with WAL and flush")
            )
        for name, value in (
            ("foreign_keys", 1),
            ("trusted_schema", 0),
            ("cell_size_check", 1),
            ("mmap_size", 0),
            ("temp_store", 2),
            ("wal_autocheckpoint", _WAL_PAGES),
        ):
            self.connection.pragma(name, value)
        version = self.connection.pragma("user_version")
        owner = self.connection.pragma("application_id")
        if not isinstance(version, int) or version > VERSION or (version and owner != APPLICATION_ID):
            raise _foreign()
        if version < VERSION:
            self._migrate(version)

    def _migrate(self, version: int) -> None:
        with self._rolled_back():
            self.connection.execute("BEGIN IMMEDIATE")
            for step in MIGRATIONS[version:]:
                self.connection.execute(step)
            self.connection.pragma("application_id", APPLICATION_ID)
            self.connection.pragma("user_version", VERSION)
            self.connection.execute("COMMIT")
        _flush_directory(self.path.parent)

    def _own(self) -> int:
        with self._rolled_back():
            self.connection.execute("BEGIN IMMEDIATE")
            epoch = self.connection.execute("UPDATE owner SET epoch = epoch + 1 RETURNING epoch").get
            self.connection.execute("COMMIT")
        return int(epoch)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """One durable transaction: when the block ends without an error, the medium has it.

        Raises JournalError (medium, ownership) or InvariantBroken (a rule of the tables); then nothing was written,
        or, if the medium failed during the commit, it is unknown and the store refuses to go on.
        """
        self.check()
        with self._remembered(), translated(), self._rolled_back():
            self.connection.execute("BEGIN IMMEDIATE")
            if self.connection.execute("SELECT epoch FROM owner").get != self.epoch:
                fix = "stop one of the two gateways"
                raise JournalError(Fault("DEL-106", "another gateway took over this journal", fix=fix))
            yield self.connection
            self.connection.execute("COMMIT")

    @contextlib.contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Read what is committed. Raises JournalError."""
        self.check()
        with self._remembered(), translated():
            yield self.connection

    @contextlib.contextmanager
    def _remembered(self) -> Iterator[None]:
        """After a full disk SQLite has rolled back and knows where it stands; after anything else nobody does."""
        try:
            yield
        except JournalError as error:
            if error.code != "DEL-101":
                self._failed = error
            raise

    def check(self) -> None:
        """Raise JournalError (DEL-112) if an earlier failure left the medium's state unknown."""
        if self._failed is not None:
            fix = "see the first error, then restart the gateway"
            first = self._failed.faults
            raise JournalError(Fault("DEL-112", "the journal stopped after an earlier failure", fix=fix), *first)

    @contextlib.contextmanager
    def _rolled_back(self) -> Iterator[None]:
        """SQLite may have rolled back by itself; a second ROLLBACK would raise and hide the first error."""
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                with contextlib.suppress(apsw.Error):
                    self.connection.execute("ROLLBACK")
            raise

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, as far as readers allow. For idle moments."""
        with self.reading() as connection:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def close(self) -> None:
        """Close and give up ownership. Never raises for a store that failed."""
        try:
            with contextlib.suppress(apsw.Error):
                self.connection.close()
        finally:
            lock, self._lock = self._lock, -1
            if lock >= 0:
                os.close(lock)


def sqlite_version() -> str:
    """The SQLite that apsw brings along, such as `3.54.1`."""
    return apsw.sqlite_lib_version()


def connect_reader(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """Open a journal for reading only; it can neither write nor move the write-ahead log. Raises JournalError."""
    with translated():
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_EXRESCODE, vfs=vfs)
        connection.set_busy_timeout(_BUSY_MS)
        connection.pragma("query_only", 1)
        connection.pragma("wal_autocheckpoint", 0)
        connection.pragma("trusted_schema", 0)
        connection.pragma("cell_size_check", 1)
        if connection.pragma("application_id") != APPLICATION_ID or connection.pragma("user_version") != VERSION:
            raise _foreign()
    return connection


_RIGHTS = Fault("DEL-111", "the journal cannot be opened", fix="check the path and its rights")
_DAMAGED = Fault("DEL-103", "the journal is damaged", fix="stop, keep the file, restore the last backup")

_MEDIUM: tuple[tuple[type[apsw.Error], Fault], ...] = (
    (apsw.FullError, Fault("DEL-101", "the journal's disk is full", fix="free space; the sources keep what is new")),
    (apsw.IOError, Fault("DEL-102", "the journal's disk failed", fix="check the disk, then restart the gateway")),
    (apsw.CorruptError, _DAMAGED),
    (apsw.NotADBError, _DAMAGED),
    (apsw.ReadOnlyError, Fault("DEL-104", "the journal cannot be written", fix="check rights and mount options")),
    (apsw.CantOpenError, _RIGHTS),
)

_RULES = (
    ("UNIQUE constraint failed: inbox.lookup", Fault("DEL-120", "an inbox row was written twice")),
    ("terminal state", Fault("DEL-121", "a terminal state was to change")),
    ("UNIQUE constraint failed: messages.message", Fault("DEL-122", "a message was written twice")),
    ("UNIQUE constraint failed: items.item", Fault("DEL-122", "an item was written twice")),
    ("bytes changed", Fault("DEL-123", "the bytes of an item were to change")),
)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours: the medium's are JournalError, those of our rules InvariantBroken."""
    try:
        yield
    except apsw.ConstraintError as error:
        # SQLite names the column or our own trigger's words here, never a value.
        text = str(error)
        other = Fault("DEL-124", "a rule of the journal was broken")
        raise InvariantBroken(next((fault for mark, fault in _RULES if mark in text), other)) from None
    except apsw.Error as error:
        other = Fault("DEL-111", "the journal failed", fix="see `gateway doctor`")
        raise JournalError(next((fault for kind, fault in _MEDIUM if isinstance(error, kind)), other)) from None
    except OSError:
        raise JournalError(_RIGHTS) from None


def _foreign() -> JournalError:
    fix = "use the program that wrote it, or a newer one"
    return JournalError(Fault("DEL-109", "this file is not a journal of this version", fix=fix))


def _lock(path: Path) -> int:
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        raise JournalError(_RIGHTS) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise JournalError(
            Fault("DEL-105", "another gateway owns this journal", fix="stop it first; one process owns a journal")
        ) from None
    return handle


def _flush_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _file_system(path: Path) -> str:
    """The type of the file system a directory lies on; empty where the system does not say."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [line.split(" ")[1:3] for line in lines if line.count(" ") >= 3]
    fitting = [(point, kind) for point, kind in mounts if path.is_relative_to(point.replace("\\040", " "))]
    return max(fitting, key=lambda mount: len(mount[0]), default=("", ""))[1]
