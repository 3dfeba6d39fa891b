"""Where the files that come with the gateway are: from a checkout beside the package, from a wheel inside it."""

from pathlib import Path

import gateway
from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["shipped"]


def shipped(name: str) -> Path:
    """Give the path of `deploy/demo`, `schemas`, `docs/codes` and the like. Raises DefinitionRefused (CFG-030)."""
    package = Path(gateway.__file__).parent
    for root in (package / "shipped", package.parent):
        if (root / name).exists():
            return root / name
    fix = "reinstall the package, or run from a checkout"
    raise DefinitionRefused(Fault("CFG-030", "a file that comes with the gateway is missing", Place(file=name), fix))
