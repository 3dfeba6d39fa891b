"""A disk that can lose power and fill up: an apsw VFS that records every change of a file, and can fail at each.

The model: what was synced stays; of what was written since the last sync of its file, any part may be lost. Whole
writes are lost or kept, not parts of one. `image` builds the disk as it may be after a power loss behind any event,
so one run of a workload serves every crash point.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import apsw

_names = itertools.count()


@dataclass(frozen=True)
class Event:
    """One change of one file. `kind` is write, truncate, sync, delete, or ack: a call of the workload has returned."""

    kind: str
    file: str = ""
    at: int = 0
    data: bytes = field(default=b"", repr=False)
    ack: str = ""


class Disk(apsw.VFS):
    """Passes everything to the real file system and remembers it. `fail` is asked before each change and may raise."""

    def __init__(self, *, recording: bool = True) -> None:
        self.name = f"disk-{next(_names)}"
        self.events: list[Event] = []
        self.calls = 0
        self.recording = recording
        self.fail: Callable[[int, str], None] = lambda number, kind: None
        self.swallowed: list[type[BaseException] | None] = []
        super().__init__(self.name, "")

    def excepthook(self, etype: type[BaseException] | None, evalue: object, etraceback: object) -> bool:
        """SQLite has no way to report some failures; it goes on, and so must we."""
        self.swallowed.append(etype)
        return True

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> "_File":
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.happens(Event("delete", Path(filename).name))
        super().xDelete(filename, syncdir)

    def happens(self, event: Event) -> None:
        """Note a change that is about to be made, or fail instead."""
        self.calls += 1
        self.fail(self.calls, event.kind)
        if self.recording:
            self.events.append(event)

    def acknowledge(self, what: str) -> None:
        """The caller was told that this is durable."""
        self.events.append(Event("ack", ack=what))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: "str | apsw.URIFilename | None", flags: list[int]) -> None:
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._file = Path(path or "temporary").name
        super().__init__("", name, flags)

    def excepthook(self, etype: type[BaseException] | None, evalue: object, etraceback: object) -> bool:
        return self._disk.excepthook(etype, evalue, etraceback)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.happens(Event("write", self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._disk.happens(Event("truncate", self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        # What the real disk holds does not matter here: the model does. Flushing it would only take time.
        self._disk.happens(Event("sync", self._file))


def image(events: list[Event], folder: Path, keep: Callable[[], bool]) -> list[str]:
    """Write into `folder` what a disk may hold after a power loss behind `events`; give what was acknowledged by then.

    `keep` decides for each change that was not synced.
    """
    synced: dict[str, bytearray] = {}
    waiting: dict[str, list[Event]] = {}
    acknowledged: list[str] = []
    for event in events:
        match event.kind:
            case "ack":
                acknowledged.append(event.ack)
            case "delete":
                synced.pop(event.file, None)
                waiting.pop(event.file, None)
            case "sync":
                for change in waiting.pop(event.file, []):
                    _apply(synced.setdefault(event.file, bytearray()), change)
            case _:
                waiting.setdefault(event.file, []).append(event)
    for file, changes in waiting.items():
        for change in changes:
            if keep():
                _apply(synced.setdefault(file, bytearray()), change)
    folder.mkdir()
    for file, content in synced.items():
        path = folder / file
        path.touch(mode=0o600)
        path.write_bytes(content)
    return acknowledged


def keepers(seed: int) -> dict[str, Callable[[], bool]]:
    """What may become of unsynced changes: all lost, all kept, any half of them."""
    chance = random.Random(seed)
    return {"lost": lambda: False, "kept": lambda: True, "half": lambda: chance.random() < 0.5}


def _apply(content: bytearray, change: Event) -> None:
    if change.kind == "truncate":
        del content[change.at :]
        return
    end = change.at + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.at : end] = change.data
