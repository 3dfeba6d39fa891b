"""Values with units, and references to secrets, as they stand in `gateway.yaml`.

A bare number where a unit is needed is an error. A secret is named, never written: it is read late and never printed.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["Duration", "SecretRef", "Size", "read_secret"]

_SIZE = re.compile(r"([0-9]{1,9})(B|KiB|MiB|GiB)")
_SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SECRET = re.compile(r"(file|env|credential):(.{1,256})")


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a size with its unit: 512B, 64KiB, 10MiB, 2GiB")
    return int(match[1]) * _SIZES[match[2]]


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a duration with its unit: 250ms, 30s, 5m, 4h, 14d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _secret(value: object) -> str:
    if not isinstance(value, str) or _SECRET.fullmatch(value) is None:
        raise ValueError("name a secret: file:PATH, env:NAME or credential:NAME; never write it here")
    return value


Size = Annotated[int, BeforeValidator(_size)]
"""Bytes, written with a unit."""

Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time, written with a unit."""

SecretRef = Annotated[str, BeforeValidator(_secret)]
"""Where a secret stands: `file:` (relative to the deployment), `env:`, or `credential:` (systemd)."""


def read_secret(reference: str, folder: Path) -> bytes:
    """Read a secret. Raises DefinitionRefused (CFG-010) naming the reference, never the content."""
    kind, _, name = reference.partition(":")
    try:
        if kind == "env":
            return os.environ[name].encode()
        base = Path(os.environ["CREDENTIALS_DIRECTORY"]) if kind == "credential" else folder
        return (base / name).read_bytes().strip()
    except (KeyError, OSError):
        fix = "put the secret where the setting says, or change the setting"
        place = Place(file="gateway.yaml")
        raise DefinitionRefused(Fault("CFG-010", f"the secret {kind}:… cannot be read", place, fix)) from None
