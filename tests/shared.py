"""Published samples and suites that are not part of this repository. A test without them is skipped, visibly."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("GATEWAY_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
NOT_RUN = "not run: no shared data"


def missing(path: str) -> str:
    """Give the reason to skip if this part of the shared data is not there, else nothing."""
    return "" if (FOLDER / path).exists() else f"{NOT_RUN}: {path} is not in the folder GATEWAY_SHARED_DATA names"


def shared_data(path: str) -> Path:
    """Give a file or folder of the shared data, or skip the test."""
    if reason := missing(path):
        pytest.skip(reason)
    return FOLDER / path


def shared_files(folder: str, pattern: str) -> list[object]:
    """Give the files of a folder as parameters of a test, or one parameter that skips and says why."""
    if reason := missing(folder):
        return [pytest.param(None, id="missing", marks=pytest.mark.skip(reason=reason))]
    found = sorted((FOLDER / folder).glob(pattern))
    assert found, f"{folder} has no {pattern}"
    return [pytest.param(path, id=path.name) for path in found]
