"""What lies in a drop folder, and taking it out of the sender's reach: names, renames and safe reading.

    in/         where the sender writes: `name`, or `name` and `name.ready`; `name.meta.json` beside it
    work/<n>/   what was claimed and is not settled
    taken/<n>/  what was settled, if the folder keeps it
    refused/<n>/ what is no message at all: a link, a pipe, a folder in a set
    receipts/   where the agency's receipts go, unless it has another place for them

A file is complete when it was renamed from `*.tmp`, or when `name.ready` lies beside it; a directory (a set) always
needs `name.ready`. Nothing is followed through a link, and only regular files are read. File names may hold personal
data: they never leave this module but as `SourceFile.name`.
"""

import json
import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import DefinitionRefused, Fault
from gateway.names import Lane
from gateway.outcome import SourceFile
from gateway.transport.lanes import lane_word

__all__ = ["Claimed", "Drop", "Meta"]

_READY = ".ready"
_META = ".meta.json"
_TMP = ".tmp"
_META_BYTES = 4096
_LANES = {lane_word(lane): lane for lane in Lane}


@dataclass(frozen=True, slots=True)
class Meta:
    """What the sender says beside a file: its id of the message, and the lane."""

    key: str | None = field(default=None, repr=False)
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """One drop that is ours now. `number` names its folder under `work/`; `name` is the sender's."""

    number: str
    name: str = field(repr=False)


class Drop:
    """The folders of one agency. All methods block on the file system."""

    def __init__(self, root: Path, *, marker: bool, max_bytes: int, max_files: int, keep: bool = True) -> None:
        self.inbox = root / "in"
        self.work = root / "work"
        self.taken = root / "taken"
        self.refused = root / "refused"
        self.receipts = root / "receipts"
        self._marker = marker
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._keep = keep

    def prepare(self) -> None:
        """Make the folders. Raises DefinitionRefused (DEL-241) if that is not possible."""
        try:
            for folder in (self.inbox, self.work, self.taken, self.refused, self.receipts):
                folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        except OSError:
            raise DefinitionRefused(
                Fault("DEL-241", "a drop folder cannot be used", fix="create it, writable for the gateway")
            ) from None
        if not self._keep:
            # What a crash kept from being removed.
            for folder in self.taken.iterdir():
                shutil.rmtree(folder)

    def recover(self) -> list[Claimed]:
        """Give what a crash left in `work/`; what was only half claimed goes back to the sender's folder."""
        found: list[Claimed] = []
        for folder in sorted(self.work.iterdir()):
            names = {entry.name for entry in os.scandir(folder)}
            whole = [name for name in names if not name.endswith((_READY, _META))]
            if len(whole) == 1:
                found.append(Claimed(folder.name, whole[0]))
                continue
            self._put_back(folder, names)
        return found

    def _put_back(self, folder: Path, names: set[str]) -> None:
        # The order of claiming was marker, description, file: the way back is the other way round.
        for name in sorted(names, key=lambda each: each.endswith(_READY)):
            if not (self.inbox / name).exists():
                (folder / name).rename(self.inbox / name)
        if not any(os.scandir(folder)):
            folder.rmdir()

    def complete(self, limit: int, blind: set[str]) -> list[str]:
        """Give the names of at most `limit` complete drops, oldest first. `blind` are names that are no files."""
        with os.scandir(self.inbox) as listing:
            entries = {entry.name: entry for entry in listing}
        ready: list[tuple[float, str]] = []
        for name, entry in entries.items():
            if name.startswith(".") or name.endswith((_TMP, _READY, _META)) or name in blind:
                continue
            marked = f"{name}{_READY}" in entries
            try:
                mode = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(mode.st_mode):
                if marked or not self._marker:
                    ready.append((mode.st_mtime, name))
            elif stat.S_ISDIR(mode.st_mode):
                if marked:
                    ready.append((mode.st_mtime, name))
            else:
                blind.add(name)
        return [name for _, name in sorted(ready)[:limit]]

    def claim(self, name: str, number: str) -> Claimed | None:
        """Move one drop into `work/`; None if it is gone. A crash in between is put right by `recover`."""
        folder = self.work / number
        folder.mkdir(mode=0o700)
        for part in (f"{name}{_READY}", f"{name}{_META}", name):
            try:
                (self.inbox / part).rename(folder / part)
            except FileNotFoundError:
                if part == name:
                    self._put_back(folder, {entry.name for entry in os.scandir(folder)})
                    return None
        return Claimed(number, name)

    def read(self, claimed: Claimed) -> tuple[tuple[SourceFile, ...], Meta]:
        """Read what was claimed, at most one byte more than the limit, so that the reader can refuse it as too large.

        Raises DefinitionRefused (DEL-240) for what is no regular file, or a set with folders or too many files in it.
        """
        place = self.work / claimed.number / claimed.name
        meta = self._meta(place.with_name(f"{claimed.name}{_META}"))
        if not stat.S_ISDIR(os.lstat(place).st_mode):
            return (SourceFile(self._bytes(place, self._max_bytes + 1), claimed.name),), meta
        names = sorted(entry.name for entry in os.scandir(place))
        if len(names) > self._max_files or not names:
            raise _unfit()
        left = self._max_bytes + 1
        files: list[SourceFile] = []
        for name in names:
            data = self._bytes(place / name, left)
            left -= len(data)
            files.append(SourceFile(data, name))
        return tuple(files), meta

    def settle(self, claimed: Claimed) -> None:
        """Move a claimed drop to `taken/`, or remove it if none is kept.

        Not flushed: a crash before it is on disk means a redelivery. Leaves `work/` in one step: a drop that was
        removed there piece by piece could come again without the description that holds its id, as another message.
        """
        settled = self.taken / claimed.number
        (self.work / claimed.number).rename(settled)
        if not self._keep:
            shutil.rmtree(settled)

    def refuse(self, claimed: Claimed) -> None:
        """Move a claimed drop to `refused/`."""
        (self.work / claimed.number).rename(self.refused / claimed.number)

    def waiting(self) -> int:
        """Count what is complete or claimed."""
        return len(self.complete(1_000_000, set())) + sum(1 for _ in os.scandir(self.work))

    def _meta(self, place: Path) -> Meta:
        try:
            found = json.loads(self._bytes(place, _META_BYTES))
        except FileNotFoundError:
            return Meta()
        except (ValueError, DefinitionRefused):
            raise _unfit() from None
        if not isinstance(found, dict):
            raise _unfit()
        key, lane = found.get("id"), found.get("lane", "")
        if not isinstance(key, str | None) or not isinstance(lane, str) or (lane and lane not in _LANES):
            raise _unfit()
        return Meta(key, _LANES.get(lane))

    def _bytes(self, place: Path, limit: int) -> bytes:
        try:
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise
        except OSError:
            raise _unfit() from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _unfit()
            return file.read(max(limit, 0))


def _unfit() -> DefinitionRefused:
    return DefinitionRefused(
        Fault("DEL-240", "a drop is not one regular file, or a folder of them", fix="see the agency's guide")
    )
