"""F24: bits flip in the file itself. Whatever is flipped in leaves, checkpoints or sealed bytes is found."""

import shutil
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.fsck import check_ledger
from gateway.errors import JournalError
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.names import Lane, PartnerId, State
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.outcomes import AT, SIGNER, sample_attempt, sample_commit
from tests.journal.rigs import ROOT_KEY

COLUMNS = [
    ("leaves", "data"),
    ("leaves", "hash"),
    ("checkpoints", "note"),
    ("items", "payload"),
    ("items", "digest"),
    ("items", "decision"),
    ("items", "wrapped"),
    ("messages", "wrapped"),
    ("openings", "sealed"),
    ("openings", "leaf"),
]
TRIGGERS = ["leaves_never_change", "checkpoints_never_change", "items_bytes"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    path = folder / "journal.db"
    journal = open_journal(path, ROOT_KEY)
    begin(journal)
    journal.commit([sample_commit(number, withheld=["partner-three"], receipts=True) for number in range(3)])
    due = journal.pending(PartnerId("partner-one"), Lane.ROUTINE, 2, AT, frozenset())
    journal.record([sample_attempt(pending, State.DELIVERED, receipt=True) for pending in due])
    seal_all(journal)
    journal.close()
    assert verifies(path)
    connection = apsw.Connection(str(path))
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.close()
    return path


def verifies(path: Path) -> bool:
    keys = {SIGNER.key_id: SIGNER.public()}
    with JournalReader(path, ROOT_KEY) as reader:
        return check_ledger(reader.ledger(), log_keys=[SIGNER.public()], receipt_keys=keys).verified


@given(st.data())
def test_any_flipped_bit_in_a_row_is_found(whole: Path, data: st.DataObject) -> None:
    table, column = data.draw(st.sampled_from(COLUMNS))
    connection = apsw.Connection(str(whole))
    connection.execute("PRAGMA foreign_keys = OFF; BEGIN")
    values = [value for (value,) in connection.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")]
    old = data.draw(st.sampled_from(values))
    bit = data.draw(st.integers(0, len(old) * 8 - 1))
    new = bytearray(old)
    new[bit // 8] ^= 1 << bit % 8
    copy = whole.with_name("flipped.db")
    connection.execute("ROLLBACK")
    connection.close()
    shutil.copyfile(whole, copy)
    connection = apsw.Connection(str(copy))
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (bytes(new), old))
    assert connection.changes() >= 1
    connection.close()
    assert not verifies(copy)


@given(st.data())
def test_any_flipped_bit_of_the_file_is_found_or_changes_nothing_that_matters(whole: Path, data: st.DataObject) -> None:
    """Anywhere in the file: the check finds it, SQLite finds it, or the ledger reads as before."""
    content = bytearray(whole.read_bytes())
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    copy = whole.with_name("rotten.db")
    copy.write_bytes(content)
    copy.chmod(0o600)
    try:
        good = verifies(copy)
    except JournalError:
        return
    if good:
        assert _facts(copy) == _facts(whole)


def _facts(path: Path) -> object:
    with JournalReader(path, ROOT_KEY) as reader:
        ledger = reader.ledger()
        leaves = {origin: list(ledger.leaves(origin)) for origin in ledger.origins()}
        return leaves, [(fact.item, fact.state, fact.payload) for fact in ledger.items()]
