"""The disk is full, or fails, at every call: the first cause is told, and nothing is acknowledged falsely."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from gateway.errors import JournalError
from gateway.journal.sqlite import open_journal
from gateway.testing.contracts_journal import begin
from tests.fault.disk import Disk
from tests.fault.workload import QUEUE, ROOT_KEY, lost, steps

pytestmark = [pytest.mark.fault, pytest.mark.slow]

_STEPS = list(steps(batches=2))

Fail = Callable[[int, str], None]


def _once(error: type[apsw.Error], at: int) -> Fail:
    def fail(number: int, kind: str) -> None:
        if number == at:
            raise error

    return fail


def _from(error: type[apsw.Error], at: int) -> Fail:
    def fail(number: int, kind: str) -> None:
        if number >= at and kind != "delete":
            raise error

    return fail


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that has begun, closed."""
    folder = tmp_path_factory.mktemp("template")
    journal = open_journal(folder / "journal.db", ROOT_KEY)
    journal.queue.declare(QUEUE, 10**6)
    begin(journal)
    journal.close()
    return folder


def _live(template: Path, folder: Path, fail: Fail) -> tuple[list[str], list[JournalError], Disk]:
    """Go through the steps whatever fails; give what was acknowledged and what was told."""
    shutil.copytree(template, folder)
    disk, told = Disk(), []
    acknowledged = ["declare", "begin"]
    journal = open_journal(folder / "journal.db", ROOT_KEY, vfs=disk.name)
    disk.calls, disk.fail = 0, fail
    for name, step in _STEPS:
        if name in acknowledged or (name.startswith("repeat") and "commit 0" not in acknowledged):
            continue
        try:
            step(journal)
        except JournalError as error:
            told.append(error)
        else:
            acknowledged.append(name)
    disk.fail = lambda number, kind: None
    journal.close()
    return acknowledged, told, disk


def _calls(template: Path, folder: Path) -> int:
    acknowledged, told, disk = _live(template, folder, lambda number, kind: None)
    assert not told
    assert len(acknowledged) == len(_STEPS)
    return disk.calls


@pytest.mark.parametrize("how", [_once, _from], ids=["for a moment", "from then on"])
@pytest.mark.parametrize(
    ("error", "code"), [(apsw.FullError, "DEL-101"), (apsw.IOError, "DEL-102")], ids=["full", "input/output error"]
)
def test_F22_a_failing_disk_stops_the_journal_and_loses_nothing(
    how: Callable[[type[apsw.Error], int], Fail], error: type[apsw.Error], code: str, template: Path, tmp_path: Path
) -> None:
    calls = _calls(template, tmp_path / "healthy")
    silent = 0
    for at in range(1, calls + 1, 2 if how is _once else 7):
        folder = tmp_path / f"call-{at}"
        acknowledged, told, _ = _live(template, folder, how(error, at))
        # SQLite may fail quietly while it only tidies up; whatever it tells, it tells the cause first.
        silent += not told
        assert not told or told[0].code == code
        if code == "DEL-102":
            assert all(later.code == "DEL-112" for later in told[1:])
        assert not lost(folder / "journal.db", acknowledged), f"call {at}"
    print(f"{calls} calls, {error.__name__} {how.__name__}: {silent} went unnoticed, nothing acknowledged lost")
    assert silent < calls / 4


def test_F22_after_a_full_disk_the_same_journal_goes_on(template: Path, tmp_path: Path) -> None:
    """SQLite has rolled back by itself: the first error is told, and what follows works once there is room."""
    folder = tmp_path / "life"
    acknowledged, told, _ = _live(template, folder, _once(apsw.FullError, 3))
    assert [error.code for error in told] == ["DEL-101"]
    assert len(acknowledged) == len(_STEPS) - 1


def test_F22_after_a_failed_flush_only_a_restart_goes_on(template: Path, tmp_path: Path) -> None:
    """A flush that failed once may succeed the next time without the bytes being there: nobody may go on."""

    def fail(number: int, kind: str) -> None:
        if kind == "sync":
            raise apsw.IOError

    acknowledged, told, _ = _live(template, tmp_path / "life", fail)
    assert acknowledged == ["declare", "begin"]
    assert [error.code for error in told] == ["DEL-102"] + ["DEL-112"] * (len(told) - 1)
    assert "restart" in told[1].faults[0].fix
    assert not lost(tmp_path / "life" / "journal.db", acknowledged)


def test_F22_a_file_size_limit_is_a_failing_disk(tmp_path: Path) -> None:
    """`max_page_count` makes SQLite itself say that it is full."""
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.queue.declare(QUEUE, 10**9)
    journal._store.connection.pragma("max_page_count", 60)
    depth = 0
    failed: JournalError | None = None
    while failed is None:
        try:
            journal.queue.publish(QUEUE, f"k{depth}", b"x" * 10_000, {})
            depth += 1
        except JournalError as error:
            failed = error
    assert failed.code == "DEL-101"
    assert 0 < depth < 100
    assert journal.queue.depth(QUEUE) == depth
    journal._store.connection.pragma("max_page_count", 10**6)
    journal.queue.publish(QUEUE, "later", b"x" * 10_000, {})
    assert journal.queue.depth(QUEUE) == depth + 1
    journal.close()


def test_F22_a_limit_of_the_process_is_a_failing_disk(tmp_path: Path) -> None:
    """`RLIMIT_FSIZE`, in a process of its own: what was acknowledged is there afterwards."""
    program = (
        "import resource\n"
        "from gateway.errors import JournalError\n"
        "from gateway.journal.sqlite import open_journal\n"
        f"journal = open_journal({str(tmp_path / 'journal.db')!r}, {ROOT_KEY!r})\n"
        f"journal.queue.declare({QUEUE!r}, 10**9)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
        "count = 0\n"
        "while True:\n"
        "    try:\n"
        f"        journal.queue.publish({QUEUE!r}, str(count), b'x' * 10_000, {{}})\n"
        "    except JournalError as error:\n"
        "        print(error.code, count)\n"
        "        break\n"
        "    count += 1\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True)
    code, count = told.stdout.split()
    assert code in {"DEL-101", "DEL-102"}
    assert int(count) > 10
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    assert journal.queue.depth(QUEUE) in {int(count), int(count) + 1}
    journal.close()
