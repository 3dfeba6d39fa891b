"""The ledger is checked while a gateway goes on writing: one moment is read, so nothing looks like a contradiction."""

import subprocess
import sys
from pathlib import Path

from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.testing.outcomes import SIGNER
from tests.journal.rigs import ROOT_KEY

PROGRAM = """
import sys
from gateway.journal.sqlite import open_journal
from gateway.names import Lane, PartnerId, State
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.outcomes import AT, sample_attempt, sample_commit

journal = open_journal(sys.argv[1], bytes.fromhex(sys.argv[2]))
begin(journal)
for number in range(10_000):
    journal.commit([sample_commit(number, receipts=True)])
    due = journal.pending(PartnerId("partner-one"), Lane.ROUTINE, 10, AT, frozenset())
    journal.record([sample_attempt(pending, State.DELIVERED, receipt=True) for pending in due])
    seal_all(journal)
    if number == 5:
        print("writing", flush=True)
"""


def test_a_check_beside_a_writer_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), ROOT_KEY.hex()], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "writing\n"
        sizes = []
        with JournalReader(path, ROOT_KEY) as reader:
            for _ in range(10):
                report = reader.check(log_keys=[SIGNER.public()], receipt_keys={SIGNER.key_id: SIGNER.public()})
                assert report.faults == ()
                sizes.append(report.entries)
        assert child.poll() is None, "the writer was still writing"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    # Killed in the middle of whatever it did: the next start and the next check find nothing either.
    open_journal(path, ROOT_KEY).close()
    with JournalReader(path, ROOT_KEY) as reader:
        keys = {SIGNER.key_id: SIGNER.public()}
        report = reader.check(log_keys=[SIGNER.public()], receipt_keys=keys)
    assert report.faults == ()
    assert report.entries >= sizes[-1]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 1, "the ledger grew meanwhile"
