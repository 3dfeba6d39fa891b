"""The file: durable or refused, owned once, readable by its owner only, recognised by its key."""

import re
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from gateway.errors import InvariantBroken, JournalError
from gateway.journal import store as store_module
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.journal.store import Store
from gateway.journal.tables import VERSION
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.outcomes import sample_commit
from tests.journal.rigs import ROOT_KEY, crash_image


def refused(path: Path, key: bytes = ROOT_KEY) -> str:
    with pytest.raises(JournalError) as error:
        open_journal(path, key)
    assert error.value.faults[0].fix
    return error.value.code


def test_the_file_is_durable(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    connection = journal._store.connection
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "mmap_size")
    assert [connection.pragma(name) for name in pragmas] == ["wal", 2, 1, 0, 1, 0]
    journal.close()


def test_every_table_is_strict(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    tables = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
    rows = list(journal._store.connection.execute(tables))
    assert len(rows) > 10
    assert [name for name, strict in rows if not strict] == []
    journal.close()


def test_F23_a_medium_that_is_not_durable_is_refused(tmp_path: Path) -> None:
    """A VFS without shared memory cannot keep a write-ahead log."""

    class Flat(apsw.VFS):
        def __init__(self) -> None:
            super().__init__("flat", "", exclude={"xShmMap"})

        def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
            class NoSharedMemory:
                def __init__(self, inner: apsw.VFSFile) -> None:
                    for method in ("Read", "Write", "Truncate", "Sync", "FileSize", "Lock", "Unlock", "Close"):
                        setattr(self, f"x{method}", getattr(inner, f"x{method}"))
                    for method in ("CheckReservedLock", "FileControl", "SectorSize", "DeviceCharacteristics"):
                        setattr(self, f"x{method}", getattr(inner, f"x{method}"))

            return NoSharedMemory(apsw.VFSFile("", name, flags))  # type: ignore[return-value]  # duck-typed on purpose

    flat = Flat()
    with pytest.raises(JournalError) as error:
        open_journal(tmp_path / "journal.db", ROOT_KEY, vfs="flat")
    assert error.value.code in {"DEL-107", "DEL-111"}
    del flat


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path, ROOT_KEY)
    begin(journal)
    modes = {entry.name: entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()}
    assert set(modes) == {"journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"}
    assert set(modes.values()) == {0o600}
    journal.close()
    path.chmod(0o640)
    assert refused(path) == "DEL-107"


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = store_module._file_system(tmp_path)
    monkeypatch.setattr(store_module, "_NETWORK", frozenset({kind}))
    assert refused(tmp_path / "journal.db") == "DEL-107"


def test_the_longest_mount_point_decides(tmp_path: Path) -> None:
    assert store_module._file_system(Path("/proc/self")) == "proc"


def test_F25_a_second_gateway_is_refused(tmp_path: Path) -> None:
    first = open_journal(tmp_path / "journal.db", ROOT_KEY)
    assert refused(tmp_path / "journal.db") == "DEL-105"
    first.close()
    open_journal(tmp_path / "journal.db", ROOT_KEY).close()


def test_F25_a_second_process_is_refused_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from gateway.journal.sqlite import open_journal\n"
        f"journal = open_journal({str(tmp_path / 'journal.db')!r}, {ROOT_KEY!r})\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "open\n"
        assert refused(tmp_path / "journal.db") == "DEL-105"
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
    open_journal(tmp_path / "journal.db", ROOT_KEY).close()


def test_F25_who_was_replaced_while_asleep_writes_nothing(tmp_path: Path) -> None:
    """The lock file is lost (deleted by a person), another gateway starts, the first one wakes up."""
    path = tmp_path / "journal.db"
    sleeper = open_journal(path, ROOT_KEY)
    sleeper.commit([sample_commit(1)])
    path.with_name("journal.db.lock").unlink()
    other = open_journal(path, ROOT_KEY)
    other.commit([sample_commit(2)])
    with pytest.raises(JournalError) as error:
        sleeper.commit([sample_commit(3)])
    assert error.value.code == "DEL-106"
    with pytest.raises(JournalError) as error:
        sleeper.queue.declare("a", 1)
    assert error.value.code == "DEL-112"
    assert other.seal("disclosure")[0] == 6
    other.commit([sample_commit(3)])
    sleeper.close()
    other.close()


def test_a_journal_opens_with_its_own_root_key_only(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(path, ROOT_KEY).close()
    assert refused(path, b"x" * 32) == "DEL-108"
    assert refused(path, b"short") == "DEL-108"
    with pytest.raises(JournalError) as error:
        JournalReader(path, b"x" * 32)
    assert error.value.code == "DEL-108"


def test_a_journal_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path, ROOT_KEY)
    journal._store.connection.pragma("user_version", VERSION + 1)
    journal.close()
    assert refused(path) == "DEL-109"
    with pytest.raises(JournalError) as error:
        JournalReader(path, ROOT_KEY)
    assert error.value.code == "DEL-109"


def test_another_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE notes (text); PRAGMA user_version = 1")
    connection.close()
    path.chmod(0o600)
    assert refused(path) == "DEL-109"
    text = tmp_path / "text.db"
    text.write_text("not a database, but a text that is long enough to be looked at as one" * 20)
    text.chmod(0o600)
    assert refused(text) == "DEL-103"
    assert text.read_text().startswith("not a database")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere" / "journal.db") == "DEL-111"


def test_a_failed_start_lets_go_of_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(path, ROOT_KEY).close()
    assert refused(path, b"x" * 32) == "DEL-108"
    open_journal(path, ROOT_KEY).close()


def test_opening_again_keeps_the_origins(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(path, ROOT_KEY, name="gw.example").close()
    journal = open_journal(path, ROOT_KEY, name="gw.other")
    assert journal.logs() == ("gw.example/governance", "gw.example/disclosure/0")
    journal.close()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("DELETE FROM leaves WHERE idx = 1", "LED-101"),
        ("UPDATE leaves SET data = CAST(data || ' ' AS BLOB) WHERE idx = 4", "LED-104"),
        ("UPDATE checkpoints SET frontier = zeroblob(length(frontier))", "LED-110"),
        ("UPDATE checkpoints SET frontier = zeroblob(7)", "LED-110"),
        ("UPDATE checkpoints SET note = CAST('torn' AS BLOB)", "LED-110"),
        ("DELETE FROM leaves", "LED-101"),
    ],
)
def test_F24_a_log_that_does_not_verify_is_not_continued(damage: str, code: str, tmp_path: Path) -> None:
    """Three leaves under a checkpoint, three after it; somebody takes the triggers away and changes rows."""
    path = tmp_path / "journal.db"
    journal = open_journal(path, ROOT_KEY)
    journal.commit([sample_commit(1)])
    seal_all(journal)
    journal.commit([sample_commit(2)])
    journal.close()
    connection = apsw.Connection(str(path))
    for trigger in ("leaves_never_change", "leaves_stay", "checkpoints_never_change"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(damage)
    connection.close()
    # A leaf that a checkpoint covers is the nightly check's: the start looks at the tail.
    if damage != "DELETE FROM leaves WHERE idx = 1":
        assert refused(path) == code
        return
    journal = open_journal(path, ROOT_KEY)
    journal.close()


def test_rows_that_must_not_change_do_not(tmp_path: Path) -> None:
    """INV4, INV5: what the triggers hold, whatever our own code does."""
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.commit([sample_commit(1, withheld=["partner-three"])])
    seal_all(journal)
    for statement, code in (
        ("UPDATE items SET state = 4, waiting = 1 WHERE state = 1", "DEL-121"),
        ("UPDATE items SET state = 0 WHERE state = 1", "DEL-121"),
        ("UPDATE items SET payload = zeroblob(3) WHERE state = 4", "DEL-123"),
        ("UPDATE items SET digest = zeroblob(3) WHERE state = 4", "DEL-123"),
        ("UPDATE items SET item = 'x' WHERE state = 4", "DEL-123"),
        ("UPDATE items SET waiting = 0 WHERE state = 4", "DEL-124"),
        ("UPDATE items SET state = 5 WHERE state = 4", "DEL-124"),
        ("UPDATE items SET payload = NULL WHERE state = 4", "DEL-124"),
        ("UPDATE items SET decision = NULL WHERE state = 4", "DEL-124"),
        ("UPDATE items SET state = 'x' WHERE state = 4", "DEL-124"),
        ("DELETE FROM items", "DEL-124"),
        ("UPDATE leaves SET type = 'x'", "DEL-124"),
        ("DELETE FROM leaves", "DEL-124"),
        ("UPDATE checkpoints SET size = 9", "DEL-124"),
        ("DELETE FROM checkpoints", "DEL-124"),
        ("DELETE FROM messages", "DEL-124"),
        ("DELETE FROM inbox", "DEL-124"),
    ):
        with pytest.raises(InvariantBroken) as broken, journal._store.transaction() as connection:
            connection.execute(statement)
        assert broken.value.code == code, statement
    journal.commit([sample_commit(2)])
    journal.close()


def test_an_idle_moment_empties_the_write_ahead_log(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.commit([sample_commit(number, size=5000) for number in range(50)])
    assert (tmp_path / "journal.db-wal").stat().st_size > 100_000
    journal.rest()
    assert (tmp_path / "journal.db-wal").stat().st_size == 0
    journal.close()


def test_a_crash_image_is_what_a_killed_process_leaves(tmp_path: Path) -> None:
    """The test bed itself: without the write-ahead log the last commits are not there."""
    (tmp_path / "life").mkdir()
    journal = open_journal(tmp_path / "life" / "journal.db", ROOT_KEY)
    journal.commit([sample_commit(1)])
    image = crash_image(tmp_path / "life", tmp_path / "image")
    (image / "journal.db-wal").unlink()
    again = open_journal(image / "journal.db", ROOT_KEY)
    assert again.seal("disclosure")[0] == 0
    again.close()
    journal.close()


def test_only_the_journal_flushes_and_commits() -> None:
    """Durability lives in one room (style 4, number 13); drop folders and signed versions are files of their own."""
    package = Path(store_module.__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        if re.search(r"\bfsync\(|\"COMMIT\"", path.read_text("utf-8")):
            room = path.relative_to(package).parts[0]
            assert room in {"journal", "transport", "deployment"}, f"{path.name} flushes"


def test_the_store_is_closed_once_and_for_all(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    store.close()
    with pytest.raises(JournalError), store.reading() as connection:
        connection.execute("SELECT 1")
