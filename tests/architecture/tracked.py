"""The files of the repository: what git tracks, and what it would track if it were added now."""

import functools
import subprocess
from pathlib import Path

from tests.architecture.rooms import REPOSITORY

_NOT_OURS = {".git", ".venv", ".cache", ".hypothesis", "__pycache__"}


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Give every file, in a stable order. Works without git, too: a release may be unpacked from an archive."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        listed = b""
    found = {REPOSITORY / one.decode() for one in listed.split(b"\0") if one}
    if not found:
        found = {path for path in REPOSITORY.rglob("*") if not _NOT_OURS & set(path.relative_to(REPOSITORY).parts)}
    return tuple(sorted(path for path in found if path.is_file() and not path.is_symlink()))


def python_files(*folders: str) -> list[Path]:
    """Give the Python files of these top folders."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(REPOSITORY).parts[0] in folders]


def name(path: Path) -> str:
    """Give a file's name as one says it."""
    return path.relative_to(REPOSITORY).as_posix()
