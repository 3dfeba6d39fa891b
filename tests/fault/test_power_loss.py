"""Power is lost behind every write, truncate and sync of a journal's life: nothing acknowledged is lost."""

from pathlib import Path

import pytest

from tests.fault.disk import Disk, Event, image, keepers
from tests.fault.workload import lost, run

pytestmark = [pytest.mark.fault, pytest.mark.slow]


def _record(folder: Path, *, relaxed: bool = False) -> list[Event]:
    disk = Disk()
    folder.mkdir()
    run(folder / "journal.db", disk.name, disk.acknowledge, relaxed=relaxed)
    return disk.events


def _crashes(events: list[Event]) -> list[int]:
    return [number + 1 for number, event in enumerate(events) if event.kind != "ack"]


@pytest.mark.parametrize("what", ["lost", "kept", "half"])
def test_F23_nothing_acknowledged_is_lost_at_any_crash(what: str, tmp_path: Path) -> None:
    events = _record(tmp_path / "life")
    # Nothing lost is what an ordinary end of the process gives: a third of the points will do.
    points = _crashes(events)[:: 3 if what == "kept" else 1]
    keep = keepers(seed=23)[what]
    for number in points:
        folder = tmp_path / f"crash-{number}"
        # What was acknowledged directly behind the last event was acknowledged before the power went.
        upto = number + sum(1 for _ in _acks_after(events, number))
        acknowledged = image(events[:upto], folder, keep)
        assert not lost(folder / "journal.db", acknowledged), f"crash after event {number}"
    print(f"{len(points)} crash points, unsynced writes {what}: nothing acknowledged lost, every ledger verifies")
    assert len(points) > 150


def test_F23_the_same_check_sees_what_relaxed_flushing_loses(tmp_path: Path) -> None:
    """With `synchronous=NORMAL` a commit is not flushed: the check must find acknowledged steps that are gone."""
    events = _record(tmp_path / "life", relaxed=True)
    keep = keepers(seed=23)["lost"]
    losses = 0
    for number in _crashes(events)[::5]:
        folder = tmp_path / f"crash-{number}"
        upto = number + sum(1 for _ in _acks_after(events, number))
        acknowledged = image(events[:upto], folder, keep)
        losses += bool(lost(folder / "journal.db", acknowledged))
    print(f"synchronous=NORMAL: {losses} crash points lost acknowledged steps")
    assert losses > 0


def _acks_after(events: list[Event], number: int) -> list[Event]:
    found = []
    for event in events[number:]:
        if event.kind != "ack":
            break
        found.append(event)
    return found
