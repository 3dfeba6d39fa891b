"""The folder through which commands ask a running gateway: one file a request, one file an answer.

A gateway owns its journal alone, so what must stand in the log is asked for here. A request is either a signed envelope
(stop, lift, revoke) or the name of a version to activate. Whoever asks waits for the answer.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.deployment.versions import write_whole
from gateway.errors import Fault

__all__ = ["Asked", "Requests"]

_ASKED, _ANSWER = ".asked", ".answer"
_LARGEST = 262_144
_WAIT = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `what` is `activate` or `request`, `content` its bytes."""

    name: str
    what: str
    content: bytes = field(repr=False)


class Requests:
    """The folder of one deployment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self) -> Iterator[Asked]:
        """What waits, oldest name first. What is no file, or too large, is not opened; what cannot be read is empty."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob(f"*{_ASKED}")):
            if path.is_symlink() or not path.is_file():
                # A link, a folder, a pipe: nobody who asks makes one, and a pipe would hold up the gateway.
                continue
            what, _, content = _content(path).partition(b"\n")
            yield Asked(path.stem, what.decode("ascii", "replace"), content)

    def answer(self, asked: Asked, faults: Sequence[Fault], said: Mapping[str, str]) -> None:
        """Say what became of it, then take it away: a crash in between asks again, and the log knows it."""
        told = [[fault.code, fault.message, fault.fix] for fault in faults]
        write_whole(self._folder / f"{asked.name}{_ANSWER}", orjson.dumps({"faults": told, "said": dict(said)}))
        (self._folder / f"{asked.name}{_ASKED}").unlink(missing_ok=True)

    def ask(self, what: str, content: bytes) -> str:
        """Leave a request and give its name."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        write_whole(self._folder / f"{name}{_ASKED}", what.encode() + b"\n" + content)
        return name

    def await_answer(self, name: str, seconds: float) -> tuple[tuple[Fault, ...], dict[str, str]] | None:
        """Wait for an answer and take it; None if none came: the request stays, and is carried out later."""
        path = self._folder / f"{name}{_ANSWER}"
        deadline = time.monotonic() + seconds
        while not path.exists():
            if time.monotonic() > deadline:
                return None
            time.sleep(_WAIT)
        value = orjson.loads(path.read_bytes())
        path.unlink()
        return tuple(Fault(code, message, fix=fix) for code, message, fix in value["faults"]), dict(value["said"])


def _content(path: Path) -> bytes:
    """What a file holds; nothing where it is too large, gone or another user's: then it is refused, and answered."""
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError:
        return b""
