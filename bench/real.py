"""How fast a published list goes through the corridor: records per second, interpreted and compiled.

    python -m bench.real [--runs 3]

Reads the consolidated list of the Security Council from the folder GATEWAY_SHARED_DATA (beside the repository by
default): parsing, schema, mapping, validation, disclosure to two partners, in one process and one thread. Prints
numbers, never a record.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Literal

from gateway.deployment import open_deployment
from gateway.names import AgencyId, SourceKey
from gateway.outcome import Received, SourceFile
from gateway.pipeline import run

__all__ = ["main"]

_REPOSITORY = Path(__file__).resolve().parents[1]
_LIST = "samples/un-consolidated/UN_consolidated.xml"


def _measured(engine: Literal["compiled", "interpreted"], data: bytes, runs: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        plan = open_deployment(_REPOSITORY / "deploy/real/gateway.yaml", engine=engine, data=Path(folder)).plan
    file = SourceFile(data, "list.xml")
    seconds: list[float] = []
    records = 0
    for _ in range(runs):
        received = Received(AgencyId("un-sc"), SourceKey("one"), (file,), "2026-11-25T09:00:00.000Z", bytes(32))
        started = time.perf_counter()
        records = len(run(received, plan).messages)
        seconds.append(time.perf_counter() - started)
    return {
        "records": records,
        "seconds": round(statistics.median(seconds), 3),
        "records_per_second": round(records / statistics.median(seconds), 1),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    shared = Path(os.environ.get("GATEWAY_SHARED_DATA") or _REPOSITORY.parent / "shared" / "data")
    data = (shared / _LIST).read_bytes()
    print(
        json.dumps(
            {"interpreted": _measured("interpreted", data, runs), "compiled": _measured("compiled", data, runs)},
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
