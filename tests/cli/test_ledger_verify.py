"""`gateway ledger verify` on a journal in which one byte is not what it was: exit 1, with the code and the place."""

import shutil
from pathlib import Path

import apsw
import pytest

from tests.cli.conftest import Deployed, Gateway

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(deployed: Deployed, tmp_path: Path) -> Path:
    folder = tmp_path / "copied"
    shutil.copytree(deployed.folder, folder)
    return folder


FLIPS = {
    "a leaf": ("leaves", "data", "WHERE type = 'decision'"),
    "the hash of a leaf": ("leaves", "hash", "WHERE type = 'received'"),
    "a payload": ("items", "payload", "WHERE payload IS NOT NULL AND kind = 'message'"),
    "a receipt": ("items", "payload", "WHERE payload IS NOT NULL AND kind = 'receipt'"),
    "a checkpoint": ("checkpoints", "note", "WHERE size > 1"),
}


@pytest.mark.parametrize("what", FLIPS)
def test_one_flipped_byte_is_found(what: str, gateway: Gateway, copied: Path) -> None:
    table, column, where = FLIPS[what]
    _flip(copied / "var/journal.db", table, column, where)
    said = gateway("ledger", "verify", "--json", cwd=copied)
    assert said.code == 1
    assert said.document["verified"] is False
    assert all(each["code"].startswith("LED-") or each["code"].startswith("DEL-") for each in said.document["findings"])
    assert said.document["findings"]
    words = gateway("ledger", "verify", cwd=copied)
    assert words.code == 1
    assert "does NOT verify" in words.out


def test_a_leaf_that_is_gone_is_found(gateway: Gateway, copied: Path) -> None:
    with _opened(copied / "var/journal.db") as journal:
        journal.execute("DELETE FROM leaves WHERE id = (SELECT max(id) - 3 FROM leaves)").fetchall()
    assert gateway("ledger", "verify", "--json", cwd=copied).code == 1


def test_what_was_not_touched_verifies(gateway: Gateway, copied: Path) -> None:
    said = gateway("ledger", "verify", "--json", cwd=copied)
    assert (said.code, said.document["verified"], said.document["findings"]) == (0, True, [])
    assert all(log["signed"] == log["size"] for log in said.document["logs"])


def test_another_key_is_no_finding_but_a_failure(gateway: Gateway, copied: Path) -> None:
    key = copied / "var/keys/root.key"
    key.write_text("0" * 64 + "\n", encoding="ascii")
    said = gateway("ledger", "verify", "--json", cwd=copied)
    assert said.code == 2
    assert said.document["error"]


def _opened(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    # The journal forbids by trigger what it never does itself.
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}").fetchall()
    return connection


def _flip(path: Path, table: str, column: str, where: str) -> None:
    """Change one bit in the middle of one value."""
    with _opened(path) as journal:
        ((value,),) = journal.execute(f"SELECT {column} FROM {table} {where} LIMIT 1")
        data = bytearray(value.encode() if isinstance(value, str) else value)
        data[len(data) // 2] ^= 1
        changed = data.decode() if isinstance(value, str) else bytes(data)
        journal.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (changed, value)).fetchall()
        assert journal.changes() == 1
