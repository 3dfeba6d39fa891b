"""What a gateway does to its journal in a short life, each step acknowledged when its call returns."""

from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.custody.fsck import check_ledger
from gateway.custody.leaf import duplicate_leaf
from gateway.errors import Refusal
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import SqliteJournal, open_journal
from gateway.names import ItemId, Lane, PartnerId, SourceKey, State
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.outcomes import AGENCY, AT, SIGNER, sample_attempt, sample_commit
from tests.fault.disk import Disk

ROOT_KEY = b"an invented root key of 32 bytes"
PARTNERS = (PartnerId("partner-one"), PartnerId("partner-two"))
NOBODY: frozenset[ItemId] = frozenset()
_UNFLUSHED = Disk(recording=False)
"""Opens what a crash left without flushing it anew: that would only take time."""

QUEUE = "agency/tax-office/out/routine"

Step = Callable[[SqliteJournal], None]


def steps(batches: int = 3) -> Iterator[tuple[str, Step]]:
    """The steps with their names; what each leaves behind is checked by `holds`."""
    yield "declare", lambda journal: journal.queue.declare(QUEUE, 10**6)
    yield "begin", begin
    for batch in range(batches):
        yield f"publish {batch}", lambda journal, n=batch: journal.queue.publish(QUEUE, f"k{n}", b"body", {})  # type: ignore[misc]  # a default binds the number
        yield f"commit {batch}", lambda journal, n=batch: _commit(journal, n)  # type: ignore[misc]  # a default binds the number
        yield f"record {batch}", _record
        yield f"seal {batch}", seal_all
        if batch % 2:
            yield f"take {batch}", lambda journal: journal.queue.settle([it.tag for it in journal.queue.take(QUEUE, 1)])
            yield f"repeat {batch}", _repeat
            yield f"rest {batch}", lambda journal: journal.rest()


def run(path: Path, vfs: str, acknowledge: Callable[[str], None], *, relaxed: bool = False) -> None:
    """Live once. `relaxed` turns the promise off, to show that its loss is seen."""
    journal = open_journal(path, ROOT_KEY, vfs=vfs)
    if relaxed:
        journal._store.connection.pragma("synchronous", 1)
    try:
        for name, step in steps():
            step(journal)
            acknowledge(name)
    finally:
        journal.close()


def lost(path: Path, acknowledged: list[str]) -> list[str]:
    """Open what a crash left and give the acknowledged steps whose effects are not there.

    Raises AssertionError if the ledger does not verify.
    """
    journal = open_journal(path, ROOT_KEY, vfs=_UNFLUSHED.name)
    try:
        missing = [name for name in acknowledged if not _holds(journal, name, acknowledged)]
    finally:
        journal.close()
    with JournalReader(path, ROOT_KEY) as reader:
        report = check_ledger(
            reader.ledger(), log_keys=[SIGNER.public()], receipt_keys={SIGNER.key_id: SIGNER.public()}
        )
        faults = [fault for fault in report.faults if fault.code != "LED-106" or "begin" in acknowledged]
        assert not faults, (acknowledged[-1:], faults)
        _totals_hold(reader)
    return missing


def _holds(journal: SqliteJournal, name: str, acknowledged: list[str]) -> bool:
    kind, _, number = name.partition(" ")
    match kind:
        case "begin":
            return journal.seal("governance")[0] == 1
        case "commit":
            return all(journal.find(AGENCY, SourceKey(f"message-{int(number) * 2 + n}")) for n in range(2))
        case "record":
            due = {it.message for it in journal.pending(PARTNERS[0], Lane.ROUTINE, 100, AT, NOBODY)}
            made = sample_commit(int(number) * 2).outcome.messages[0]
            return made.message not in due
        case "seal":
            note = journal.last_checkpoint("disclosure")
            return note is not None and int(note.split(b"\n")[1]) > 5 * int(number)
        case "declare":
            return _depth(journal) >= 0
        case "publish":
            taken = sum(it.startswith("take") for it in acknowledged)
            return _depth(journal) >= int(number) - taken
        case "repeat":
            return any(b'"type":"duplicate"' in data for data in journal.leaves("disclosure"))
        case _:
            return True


def _depth(journal: SqliteJournal) -> int:
    try:
        return journal.queue.depth(QUEUE)
    except Refusal:
        return -1


def _totals_hold(reader: JournalReader) -> None:
    """The totals that every transaction keeps are those of the rows."""
    counted: dict[tuple[str, int], int] = {}
    for fact in reader.ledger().items():
        counted[fact.partner, int(fact.state)] = counted.get((fact.partner, int(fact.state)), 0) + 1
    kept = {(total.partner, int(total.state)): total.items for total in reader.totals()}
    assert kept == counted


def _commit(journal: SqliteJournal, batch: int) -> None:
    journal.commit([sample_commit(batch * 2 + n, withheld=["partner-three"], receipts=True) for n in range(2)])


def _record(journal: SqliteJournal) -> None:
    for partner in PARTNERS:
        due = journal.pending(partner, Lane.ROUTINE, 100, AT, NOBODY)
        journal.record([sample_attempt(pending, State.DELIVERED, receipt=True) for pending in due])


def _repeat(journal: SqliteJournal) -> None:
    outcome = sample_commit(0).outcome
    leaf = duplicate_leaf(at=AT, message=outcome.messages[0].message, agency=AGENCY, received=outcome.received_leaf)
    journal.repeat(AGENCY, outcome.received.key, leaf)
