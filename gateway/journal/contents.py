"""How content becomes the bytes of one sealed column, and under which identity it is sealed.

A sealed set of files is a header (names and sizes) and the bytes one after another; notes are JSON. Nothing here
encrypts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from gateway.errors import Fault, JournalError, Place, Severity
from gateway.outcome import SourceFile

__all__ = [
    "identity",
    "pack_files",
    "pack_notes",
    "pack_queued",
    "unpack_files",
    "unpack_notes",
    "unpack_queued",
]


def identity(table: str, column: str, row: str | int) -> str:
    """The associated data of a sealed column."""
    return f"{table}/{column}/{row}"


def pack_files(files: Sequence[SourceFile]) -> bytes:
    """Files of one delivery with their names."""
    header = orjson.dumps([[file.name, len(file.data)] for file in files])
    return b"".join([len(header).to_bytes(4, "big"), header, *(file.data for file in files)])


def unpack_files(data: bytes) -> tuple[SourceFile, ...]:
    """Read what `pack_files` wrote."""
    header, body = _split(data)
    files: list[SourceFile] = []
    at = 0
    for name, size in orjson.loads(header):
        files.append(SourceFile(body[at : at + size], name))
        at += size
    return tuple(files)


def pack_notes(part: str, faults: Sequence[Fault]) -> bytes:
    """The part of a split and the faults of a message."""
    return orjson.dumps({"part": part, "faults": [asdict(fault) for fault in faults]} if faults else {"part": part})


def unpack_notes(data: bytes) -> tuple[str, tuple[Fault, ...]]:
    """Read what `pack_notes` wrote."""
    value = orjson.loads(data)
    return value["part"], tuple(_fault(fault) for fault in value.get("faults", ()))


def pack_queued(key: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A message of the embedded queue."""
    header = orjson.dumps([key, dict(headers)])
    return b"".join([len(header).to_bytes(4, "big"), header, body])


def unpack_queued(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """Read what `pack_queued` wrote."""
    header, body = _split(data)
    key, headers = orjson.loads(header)
    return key, headers, body


def _split(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise JournalError(Fault("DEL-110", "a sealed row of the journal has a wrong form"))
    return data[4:end], data[end:]


def _fault(value: dict[str, Any]) -> Fault:
    place, at = value.pop("place"), value.pop("at")
    severity = Severity(str(value.pop("severity")))
    return Fault(**value, place=Place(**place), at=Place(**at), severity=severity)
