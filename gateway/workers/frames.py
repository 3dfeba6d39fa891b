"""Values between two processes: JSON in frames of four bytes of length and the text. Bounded in size and time.

What is not exactly such a frame ends the conversation: nobody reads on after nonsense.
"""

import base64
import socket
import time
from typing import Any

import orjson

__all__ = ["LARGEST", "Broken", "bytes_of", "receive", "send", "text_of"]

LARGEST = 256 * 2**20
"""Bytes of one frame: several times the largest message in text form."""


class Broken(Exception):
    """The other side is gone, late, or says something that is no frame."""


def send(line: socket.socket, value: Any, deadline: float | None = None) -> None:
    """Send one value. `deadline` is of `time.monotonic`; None waits for ever. Raises Broken."""
    data = orjson.dumps(value)
    if len(data) > LARGEST:
        raise Broken
    try:
        _wait(line, deadline)
        line.sendall(len(data).to_bytes(4, "big") + data)
    except OSError:
        raise Broken from None


def receive(line: socket.socket, deadline: float | None = None, largest: int = LARGEST) -> Any:
    """Receive one value. Raises Broken for an end, a late or oversized frame, or what is no JSON."""
    size = int.from_bytes(_exactly(line, 4, deadline), "big")
    if size > largest:
        raise Broken
    try:
        return orjson.loads(_exactly(line, size, deadline))
    except orjson.JSONDecodeError:
        raise Broken from None


def text_of(data: bytes) -> str:
    """Bytes as text of a frame."""
    return base64.b64encode(data).decode()


def bytes_of(text: str) -> bytes:
    """What `text_of` made."""
    return base64.b64decode(text.encode("ascii"), validate=True)


def _exactly(line: socket.socket, size: int, deadline: float | None) -> bytes:
    found = bytearray()
    while len(found) < size:
        try:
            _wait(line, deadline)
            part = line.recv(min(size - len(found), 2**20))
        except OSError:
            raise Broken from None
        if not part:
            raise Broken
        found += part
    return bytes(found)


def _wait(line: socket.socket, deadline: float | None) -> None:
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise Broken
    line.settimeout(left)
