"""Telling of changed files of a deployment: mappings, tables, schemas. Nothing is read here."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, awatch

from gateway.deployment.read import KINDS

__all__ = ["WATCHED", "watch"]

WATCHED = ("mappings", "schemas")
"""The folders below `base` whose files may be loaded while messages flow."""

_DEBOUNCE_MS = 300
"""Changes that come together, such as an editor's two writes, are told once."""


async def watch(base: Path, stopping: asyncio.Event) -> AsyncIterator[int]:
    """Give how many files changed, each time some did, until `stopping`."""
    folders = [folder for name in WATCHED if (folder := base / name).is_dir()]
    async for changes in awatch(
        *folders, watch_filter=_of_a_plan, debounce=_DEBOUNCE_MS, stop_event=stopping, rust_timeout=1_000
    ):
        yield len(changes)


def _of_a_plan(_change: Change, path: str) -> bool:
    return Path(path).suffix in KINDS
