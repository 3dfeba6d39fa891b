"""The demo's plan, opened once for all tests of the corridor."""

import tempfile
from functools import cache
from pathlib import Path

from gateway.deployment import Deployment, open_deployment
from gateway.names import AgencyId, Lane, SourceKey
from gateway.outcome import Received, SourceFile
from tests.shared import REPOSITORY

__all__ = ["AT", "SAMPLES", "demo", "received"]

SAMPLES = REPOSITORY / "deploy/demo/samples"
AT = "2026-11-25T10:00:00.000Z"


@cache
def demo() -> Deployment:
    """The demo deployment with a key of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return open_deployment(REPOSITORY / "deploy/demo/gateway.yaml", data=Path(folder))


def received(sample: str, *, key: str = "k-1", entropy: bytes = b"e" * 32, data: bytes | None = None) -> Received:
    """One delivery of a sample by the agency whose folder it is in."""
    body = (SAMPLES / sample).read_bytes() if data is None else data
    agency = AgencyId(sample.partition("/")[0])
    return Received(agency, SourceKey(key), (SourceFile(body),), AT, entropy, Lane.ROUTINE)
