"""`gateway run` with a chosen mapping engine, so that both can be measured: `python -m bench.child CONFIG ENGINE`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import cast

from gateway import telemetry
from gateway.app import build
from gateway.cli.run import _serve
from gateway.deployment import open_deployment
from gateway.mapping.api import EngineName

__all__ = ["main"]


def main() -> None:
    """Run until SIGTERM."""
    config, engine = sys.argv[1:]
    telemetry.set_up(sys.stdout)
    broker = os.environ["GATEWAY_BROKER"]
    gateway = build(open_deployment(Path(config), engine=cast("EngineName", engine), broker=broker))
    try:
        asyncio.run(_serve(gateway))
    finally:
        gateway.journal.close()


if __name__ == "__main__":
    main()
