"""The grey blocks of a guide as commands, each with the exit code that the guide states."""

import re
from dataclasses import dataclass

from tests.shared import REPOSITORY

__all__ = ["Step", "steps"]

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"# exit ([0-9])\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a guide and how it must end."""

    command: str
    code: int


def steps(guide: str) -> list[Step]:
    """Every command of the `sh` blocks of `docs/guide/GUIDE`, in order. `# exit 1` states the code; 0 if none is."""
    text = (REPOSITORY / "docs" / "guide" / guide).read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]
    return [Step(line, int(stated[1]) if (stated := _EXIT.search(line)) else 0) for line in lines]
