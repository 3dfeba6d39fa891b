"""Child processes that never outlive whoever started them.

Guarantees: when the starting process ends, in whatever way (also by kill -9), every child's whole process group is
killed and every folder given to `folder` is removed. A watchdog process holds the other end of a pipe and acts when it
closes. Does not restart anything, and does not look into what a child says.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["Children"]

_LOOK_EVERY = 1.0


class Children:
    """A set of child processes, each in its own process group, and folders that go with them."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._folders: list[Path] = []
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", __file__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], output: Path, folder: Path
    ) -> subprocess.Popen[bytes]:
        """Start a program in `folder`, in a process group of its own, its output appended to a file."""
        with output.open("ab") as log:
            child = subprocess.Popen(
                list(arguments),
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(child)
        self._tell(f"group {child.pid}")
        return child

    def folder(self, path: Path) -> None:
        """Remove this folder, too, at the end."""
        self._folders.append(path)
        self._tell(f"folder {path}")

    def end(self, child: subprocess.Popen[bytes], *, grace: float) -> None:
        """Ask a child to stop, wait `grace` seconds, then kill its group. With a grace of 0, kill at once."""
        if child not in self._running:
            return
        if grace > 0 and child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace)
        _kill_group(child.pid)
        child.wait()
        self._running.remove(child)
        self._tell(f"gone {child.pid}")

    def close(self) -> None:
        """Kill what still runs, remove the folders, dismiss the watchdog. Safe to call twice."""
        for child in reversed(self._running.copy()):
            self.end(child, grace=0)
        for path in self._folders:
            shutil.rmtree(path, ignore_errors=True)
        if self._watchdog.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.stdin.close()
        self._watchdog.wait()

    def _tell(self, line: str) -> None:
        pipe = self._watchdog.stdin
        if pipe is not None and not pipe.closed:
            pipe.write(line.encode() + b"\n")
            pipe.flush()


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _watch(parent: int) -> None:
    """Listen until the pipe closes or the parent is gone, then tidy up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: list[Path] = []
    pending = b""
    while True:
        # A forked relative of the parent may hold the pipe open after its death: so look at both.
        orphaned = os.getppid() != parent
        if not select.select([0], [], [], 0 if orphaned else _LOOK_EVERY)[0]:
            if orphaned:
                break
            continue
        block = os.read(0, 65536)
        if not block:
            break
        *lines, pending = (pending + block).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "group":
                groups.add(int(rest))
            elif word == "gone":
                groups.discard(int(rest))
            else:
                folders.append(Path(rest))
    for group in groups:
        _kill_group(group)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
