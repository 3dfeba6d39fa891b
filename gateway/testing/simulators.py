"""Simulated agencies and partners, for demonstrations and for tests of one's own deployment.

Each speaks one transport exactly as `docs/guide/agency.md` and `docs/guide/partner.md` ask of a real one: agencies
publish and read receipts, partners store what they get by id and would notice a repetition or a difference. Those on
a broker use the same building blocks as the gateway, from the other side.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import EmbeddedQueue
from gateway.transport.embedded import Bells, agency_queue, partner_queue, receipts_queue

__all__ = ["EmbeddedAgency", "EmbeddedPartner", "FolderAgency", "FolderPartner", "Mailbox", "Stored"]

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as a partner keeps it."""

    item: str
    digest: str
    body: bytes = field(repr=False)


class Mailbox:
    """What a careful partner remembers: each id once, how often it came, and whether two contents ever differed."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self.repeated = 0
        self.differing: list[str] = []

    def put(self, item: str, body: bytes) -> bool:
        """Keep a message; False if it was there already."""
        digest = hashlib.sha256(body).hexdigest()
        known = self.stored.get(item)
        if known is None:
            self.stored[item] = Stored(item, digest, body)
            return True
        self.repeated += 1
        if known.digest != digest:
            self.differing.append(item)
        return False


class EmbeddedAgency:
    """Publishes into the embedded queue and reads receipts from it."""

    def __init__(self, queue: EmbeddedQueue, agency: AgencyId, bells: Bells) -> None:
        self._queue = queue
        self._agency = agency
        self._bells = bells

    def publish(
        self, key: str, body: bytes, lane: Lane = Lane.ROUTINE, headers: Mapping[str, str] | None = None
    ) -> None:
        """Publish durably. Raises Passing if the queue is full: keep the message and try again."""
        name = agency_queue(self._agency, lane)
        self._queue.publish(name, key, body, headers or {})
        self._bells.ring(name)

    def receipts(self) -> list[bytes]:
        """Take all receipts that are there."""
        return [body for _, body in _drain(self._queue, receipts_queue(self._agency))]


class EmbeddedPartner:
    """Reads its queues, fastest lane first, into its mailbox."""

    def __init__(self, queue: EmbeddedQueue, partner: PartnerId) -> None:
        self.mailbox = Mailbox()
        self._queue = queue
        self._partner = partner

    def collect(self) -> int:
        """Take everything that is there and give how many messages were new."""
        new = 0
        for lane in Lane:
            for item, body in _drain(self._queue, partner_queue(self._partner, lane)):
                new += self.mailbox.put(item, body)
        return new


def _drain(queue: EmbeddedQueue, name: str) -> Iterator[tuple[str, bytes]]:
    while messages := queue.take(name, _BATCH):
        for message in messages:
            yield message.key, message.body
        # Stored first, acknowledged afterwards: a crash in between costs a repetition, never a message.
        queue.settle([message.tag for message in messages])


class FolderAgency:
    """Drops files and sets into a folder, and reads receipts from another."""

    def __init__(self, drop: Path, receipts: Path) -> None:
        self._inbox = drop / "in"
        self._receipts = receipts
        self._inbox.mkdir(mode=0o750, parents=True, exist_ok=True)

    def publish(self, name: str, body: bytes, *, key: str | None = None, lane: Lane | None = None) -> None:
        """Write under another name, then rename: the gateway never sees half a file."""
        self._describe(name, key, lane)
        temporary = self._inbox / f"{secrets.token_hex(8)}.tmp"
        temporary.write_bytes(body)
        temporary.rename(self._inbox / name)

    def publish_set(self, name: str, files: Mapping[str, bytes], *, key: str | None = None) -> None:
        """Write a folder, then the marker that says it is complete."""
        self._describe(name, key, None)
        folder = self._inbox / name
        folder.mkdir()
        for member, body in files.items():
            (folder / member).write_bytes(body)
        (self._inbox / f"{name}.ready").touch()

    def receipts(self) -> list[bytes]:
        """Read all receipts that are there; they stay."""
        return _files(self._receipts)

    def _describe(self, name: str, key: str | None, lane: Lane | None) -> None:
        known = {} if key is None else {"id": key}
        if lane is not None:
            known["lane"] = lane.name.lower()
        if known:
            (self._inbox / f"{name}.meta.json").write_text(json.dumps(known), encoding="utf-8")


class FolderPartner:
    """Reads its folder into its mailbox. Files are `<lane>-<item id>.<ending>`."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox()
        self._folder = folder

    def collect(self) -> int:
        """Take everything that is there and give how many messages were new."""
        new = 0
        for place in sorted(self._folder.glob("[!.]*")):
            new += self.mailbox.put(place.stem.partition("-")[2], place.read_bytes())
            place.unlink()
        return new


def _files(folder: Path) -> list[bytes]:
    return [place.read_bytes() for place in sorted(folder.glob("[!.]*"))]
