"""The contract of a journal, on SQLite and on the fake that other tests use."""

from pathlib import Path

import pytest

from gateway.testing.contracts_journal import JOURNAL_CHECKS, JournalCheck
from tests.journal.rigs import memory_rig, sqlite_rig


@pytest.mark.parametrize("check", JOURNAL_CHECKS, ids=lambda check: check.__name__)
def test_sqlite_keeps_the_contract(check: JournalCheck, tmp_path: Path) -> None:
    with sqlite_rig(tmp_path) as rig:
        check(rig)


@pytest.mark.parametrize("check", JOURNAL_CHECKS, ids=lambda check: check.__name__)
def test_the_fake_keeps_the_contract(check: JournalCheck) -> None:
    with memory_rig() as rig:
        check(rig)
