"""Drop folders in and out (delivery.md 11.3).

Guarantees: what was claimed survives a crash in `work/` and is handed out again; a delivered file is complete,
flushed, never overwritten, and named by lane and item id alone. File names of senders are never logged and never
used again.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import GatewayError
from gateway.names import AgencyId, Lane, PartnerId
from gateway.outcome import SourceFile
from gateway.ports import Clock, Disposition, Pending, SendResult, SendState
from gateway.telemetry import logger
from gateway.transport.folder_drop import Claimed, Drop
from gateway.transport.lanes import lane_word
from gateway.transport.status import LinkStatus

__all__ = ["FolderDelivery", "FolderSink", "FolderSource", "partner_folder", "place_file"]

_PREFETCH = 16
_MAX_BYTES = 10 * 1024**2
_MAX_FILES = 64
_POLL = 1.0

_ENDINGS = {
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "application/jose+json": "json",
}
_REASONS = {errno.ENOSPC: "no-space", errno.EDQUOT: "no-space", errno.EACCES: "denied", errno.ENOENT: "missing"}
_SEND_LIMIT = 30.0
_ITEM = re.compile(r"[0-9a-zA-Z-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class FolderDelivery:
    """One file, or one set of files."""

    agency: AgencyId
    key: str | None = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    lane: Lane
    redelivered: bool
    claimed: Claimed = field(repr=False)
    source: "FolderSource" = field(repr=False)

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Move it to `taken/`, or hand it out again. Never raises: what cannot be moved comes again after a restart."""
        del receipts  # they travel as items of kind receipt
        await self.source.settle(self.claimed, requeue=disposition is Disposition.REQUEUE)


class FolderSource:
    """The drop folder of one agency. With `marker`, single files need `name.ready`, too.

    Without `keep` nothing stays in `taken/`: for a folder that is ours and not the sender's.
    """

    def __init__(
        self,
        agency: AgencyId,
        root: Path,
        clock: Clock,
        *,
        lane: Lane = Lane.ROUTINE,
        marker: bool = False,
        keep: bool = True,
        max_bytes: int = _MAX_BYTES,
        max_files: int = _MAX_FILES,
        prefetch: int = _PREFETCH,
        poll: float = _POLL,
    ) -> None:
        self.name = f"agency/{agency}/folder"
        self._agency = agency
        self._clock = clock
        self._drop = Drop(root, marker=marker, max_bytes=max_bytes, max_files=max_files, keep=keep)
        self._lane = lane
        self._prefetch = prefetch
        self._poll = poll
        self._open: set[str] = set()
        self._again: deque[Claimed] = deque()
        self._blind: set[str] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._started = False
        self._reason = "not-started"

    @property
    def status(self) -> LinkStatus:
        """Up while the folder can be read."""
        return LinkStatus(self.name, up=not self._reason, reason=self._reason)

    async def deliveries(self) -> AsyncIterator[FolderDelivery]:
        """Give drops until `stop`: first what a crash left, then what is complete, oldest first."""
        if not self._started:
            self._started = True
            await asyncio.to_thread(self._drop.prepare)
            self._again.extend(await asyncio.to_thread(self._drop.recover))
        while not self._stopping.is_set():
            self._wake.clear()
            for claimed, redelivered in await self._claim():
                delivery = await self._read(claimed, redelivered=redelivered)
                if delivery is None:
                    continue
                if self._stopping.is_set():
                    self._open.discard(claimed.number)
                    return
                yield delivery
            if not self._again or len(self._open) >= self._prefetch:
                await self._pause()

    async def settle(self, claimed: Claimed, *, requeue: bool) -> None:
        """Finish one drop, once."""
        if claimed.number not in self._open:
            return
        self._open.discard(claimed.number)
        if requeue:
            self._again.append(claimed)
        else:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._drop.settle, claimed)
        self._wake.set()

    async def stop(self) -> None:
        """Hand out no more."""
        self._stopping.set()
        self._reason = "stopped"
        self._wake.set()

    async def close(self) -> None:
        """What is unsettled stays in `work/` and is handed out after the next start."""
        await self.stop()
        self._open.clear()

    async def _claim(self) -> list[tuple[Claimed, bool]]:
        """Claim as many drops as the prefetch allows."""
        found: list[tuple[Claimed, bool]] = []
        room = self._prefetch - len(self._open)
        while self._again and len(found) < room:
            found.append((self._again.popleft(), True))
        if len(found) < room:
            try:
                fresh = await asyncio.to_thread(self._claim_new, room - len(found))
                self._reason = "stopped" if self._stopping.is_set() else ""
            except OSError:
                fresh, self._reason = [], "not-readable"
            found += [(claimed, False) for claimed in fresh]
        self._open.update(claimed.number for claimed, _ in found)
        return found

    def _claim_new(self, limit: int) -> list[Claimed]:
        before = len(self._blind)
        names = self._drop.complete(limit, self._blind)
        if len(self._blind) > before:
            logger().warning("folder.refused", agency=self._agency, code="DEL-240", count=len(self._blind) - before)
        claimed = (self._drop.claim(name, self._clock.randomness(12).hex()) for name in names)
        return [each for each in claimed if each is not None]

    async def _read(self, claimed: Claimed, *, redelivered: bool) -> FolderDelivery | None:
        """Read a claimed drop; one that is no message at all goes to `refused/` and is reported."""
        try:
            files, meta = await asyncio.to_thread(self._drop.read, claimed)
        except (GatewayError, OSError) as error:
            code = error.code if isinstance(error, GatewayError) else "DEL-241"
            logger().warning("folder.refused", agency=self._agency, code=code, count=1)
            self._open.discard(claimed.number)
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._drop.refuse, claimed)
            return None
        return FolderDelivery(
            self._agency, meta.key, files, self._lane if meta.lane is None else meta.lane, redelivered, claimed, self
        )

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._wake.wait()


def place_file(folder: Path, name: str, item: str, data: bytes) -> bool:
    """Put a complete, flushed file into a folder without ever overwriting; False if another content has its name.

    Durability is decided in this one function: file flushed, then linked, then the directory flushed. A crash before
    the end leaves a `.tmp` that the next attempt replaces, or the whole file, which the next attempt recognises.
    Raises OSError.
    """
    temporary, final = folder / f".{item}.tmp", folder / name
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, final, follow_symlinks=False)
        except FileExistsError:
            if _digest(final) != hashlib.sha256(data).digest():
                return False
    finally:
        temporary.unlink(missing_ok=True)
    # Also for a file that was there: the attempt that linked it may have died before this line.
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return True


def _digest(place: Path) -> bytes:
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


class FolderSink:
    """A partner's folder (or an agency's folder for receipts). Files are `<lane>-<item id>.<ending>`."""

    window = 4

    def __init__(self, name: str, folder: Path, *, endings: Mapping[str, str] = _ENDINGS) -> None:
        self.name = name
        self._folder = folder
        self._endings = dict(endings)
        self._closed = False
        self._reason = ""

    @property
    def status(self) -> LinkStatus:
        """Up unless the last attempt found the folder unusable."""
        return LinkStatus(self.name, up=not self._reason, reason=self._reason)

    async def send(self, pending: Pending) -> SendResult:
        """Place one file. A file with the same content is a success, one with another content a conflict."""
        if self._closed:
            return SendResult(SendState.LINK_DOWN, "closed")
        if not _ITEM.match(pending.item):
            return SendResult(SendState.QUARANTINED, "error")
        ending = self._endings.get(pending.media_type.partition(";")[0].strip().lower(), "bin")
        name = f"{lane_word(pending.lane)}-{pending.item}.{ending}"
        try:
            async with asyncio.timeout(_SEND_LIMIT):
                placed = await asyncio.to_thread(place_file, self._folder, name, pending.item, pending.payload)
        except TimeoutError:
            return SendResult(SendState.DELAYED, "timeout")
        except OSError as error:
            self._reason = _REASONS.get(error.errno or 0, "not-writable")
            return SendResult(SendState.LINK_DOWN, self._reason)
        self._reason = ""
        return SendResult(SendState.DELIVERED) if placed else SendResult(SendState.QUARANTINED, "conflict")

    async def close(self) -> None:
        """Place no more."""
        self._closed = True
        self._reason = "closed"


def partner_folder(partner: PartnerId, folder: Path) -> FolderSink:
    """Make the sink of a partner."""
    return FolderSink(f"partner/{partner}/folder", folder)
