"""What a group commit costs, as a ratio to bare inserts of the same bytes into SQLite with the same flush.

    python -m bench.journal [--batches 30] [--messages 100] [--size 1000] [--folder DIR]

One transaction holds 100 messages: inbox row, original, common form, three leaves, two items with their final bytes,
all encrypted, with the tree grown and the indices kept. The bare insert writes the same number of bytes as one row
per message, in one transaction, `synchronous=FULL`. Both run in the same process on the same disk, in turn.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import apsw

from gateway.journal.sqlite import open_journal
from gateway.names import Lane, PartnerId, State
from gateway.ports import Commit
from gateway.testing.outcomes import AT, sample_attempt, sample_commit

__all__ = ["main"]


def _median_ms(values: list[float]) -> float:
    return round(statistics.median(values) * 1000, 3)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description="cost of a journal commit beside a bare insert")
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--messages", type=int, default=100)
    parser.add_argument("--size", type=int, default=1000, help="bytes of an original and of each payload")
    parser.add_argument("--folder", type=Path, default=None, help="a folder on the disk to measure")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        print(json.dumps(_measure(Path(folder), given.batches, given.messages, given.size), indent=2))


def _measure(folder: Path, batches: int, messages: int, size: int) -> dict[str, object]:
    prepared = [[sample_commit(batch * messages + n, size=size) for n in range(messages)] for batch in range(batches)]
    journal = open_journal(folder / "journal.db", bytes(32))
    bare = apsw.Connection(str(folder / "bare.db"))
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE rows (data)"):
        bare.execute(statement).fetchall()
    written = _bytes(prepared[0]) // messages
    times: dict[str, list[float]] = {"commit": [], "bare": [], "pending": [], "record": [], "commit_cpu": []}
    for batch in prepared:
        began, cpu = time.perf_counter(), time.process_time()
        journal.commit(batch)
        times["commit"].append(time.perf_counter() - began)
        times["commit_cpu"].append(time.process_time() - cpu)
        rows = [(bytes(written),) for _ in batch]
        began = time.perf_counter()
        with bare:
            bare.executemany("INSERT INTO rows (data) VALUES (?)", rows)
        times["bare"].append(time.perf_counter() - began)
    for _ in range(batches):
        began = time.perf_counter()
        due = journal.pending(PartnerId("partner-one"), Lane.ROUTINE, messages, AT, frozenset())
        times["pending"].append(time.perf_counter() - began)
        attempts = [sample_attempt(pending, State.DELIVERED) for pending in due]
        began = time.perf_counter()
        journal.record(attempts)
        times["record"].append(time.perf_counter() - began)
    journal.close()
    bare.close()
    medians = {name: _median_ms(values) for name, values in times.items()}
    return {
        "messages_per_batch": messages,
        "bytes_per_message": written,
        "median_ms_per_batch": medians,
        "messages_per_second": round(messages / statistics.median(times["commit"])),
        "ratio_to_bare_insert": round(statistics.median(times["commit"]) / statistics.median(times["bare"]), 2),
        "sqlite": apsw.sqlite_lib_version(),
    }


def _bytes(batch: list[Commit]) -> int:
    """What the samples hold, without the overhead of the journal's own rows."""
    total = 0
    for commit in batch:
        outcome = commit.outcome
        message = outcome.messages[0]
        total += (
            sum(len(file.data) for file in outcome.received.files) + len(message.exchange or b"") + len(message.lineage)
        )
        total += sum(len(leaf.data) + 32 for leaf in outcome.leaves) + sum(map(len, outcome.openings.values()))
        total += sum(len(item.payload or b"") + len(item.account) for item in message.items)
    return total


if __name__ == "__main__":
    main()
