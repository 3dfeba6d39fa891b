"""Journals for tests: on a disk, in memory, ended as a killed process ends."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.custody.fsck import LedgerReader
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import SqliteJournal, open_journal
from gateway.ports import Journal
from gateway.testing.contracts_journal import JournalRig
from gateway.testing.memory_journal import MemoryJournal

ROOT_KEY = b"an invented root key of 32 bytes"


@contextmanager
def memory_rig() -> Iterator[JournalRig]:
    def restart(journal: Journal) -> Journal:
        assert isinstance(journal, MemoryJournal)
        return journal.restart()

    def ledger(journal: Journal) -> LedgerReader:
        assert isinstance(journal, MemoryJournal)
        return journal.ledger()

    yield JournalRig(MemoryJournal(), restart, ledger)


@contextmanager
def sqlite_rig(folder: Path) -> Iterator[JournalRig]:
    """Each restart is a copy of the files as a killed process leaves them, opened anew."""
    opened: list[SqliteJournal] = []
    readers: list[JournalReader] = []

    def start(where: Path) -> SqliteJournal:
        opened.append(open_journal(where / "journal.db", ROOT_KEY))
        return opened[-1]

    def restart(journal: Journal) -> Journal:
        assert isinstance(journal, SqliteJournal)
        return start(crash_image(journal.path.parent, folder / f"restart-{len(opened)}"))

    def ledger(journal: Journal) -> LedgerReader:
        assert isinstance(journal, SqliteJournal)
        readers.append(JournalReader(journal.path, ROOT_KEY))
        return readers[-1].ledger()

    (folder / "first").mkdir()
    try:
        yield JournalRig(start(folder / "first"), restart, ledger)
    finally:
        for reader in readers:
            reader.close()
        for journal in opened:
            journal.close()


def crash_image(source: Path, target: Path) -> Path:
    """What is on the disk if the process dies now: database and write-ahead log, no shared memory, no lock."""
    target.mkdir()
    for path in source.iterdir():
        if path.suffix == ".db" or path.name.endswith("-wal"):
            shutil.copyfile(path, target / path.name)
            (target / path.name).chmod(0o600)
    return target
