"""Files by the names a deployment gives them, and files from elsewhere that are brought beside a mapping."""

from dataclasses import dataclass, field
from pathlib import Path

from gateway.deployment import PlanFile, read_plan
from gateway.deployment.read import ROOTS, read_file
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat

__all__ = ["Base", "open_base", "write_file"]

_LARGEST_NEIGHBOURS = 200


@dataclass(frozen=True, slots=True)
class Base:
    """The folder that the plan's paths are relative to, and everything the plan decides with."""

    folder: Path
    plan: PlanFile
    files: dict[str, bytes] = field(repr=False)
    exchange: ExchangeFormat = field(repr=False)

    def name_of(self, path: Path) -> str | None:
        """Give the deployment's name of a file below one of its folders, or None."""
        there = path.resolve()
        if not there.is_relative_to(self.folder):
            return None
        name = there.relative_to(self.folder).as_posix()
        return name if name.partition("/")[0] in ROOTS else None

    def mapping_name(self, path: Path) -> str:
        """Give the name of a mapping that is to be written. Raises DefinitionRefused (CFG-070)."""
        name = self.name_of(path)
        if name is None or not name.startswith("mappings/") or not name.endswith(".map.yaml"):
            fix = f"name a file below {self.folder / 'mappings'} that ends in .map.yaml"
            raise DefinitionRefused(Fault("CFG-070", "a mapping lies below the deployment's mappings", Place(), fix))
        return name

    def bring(self, path: Path, folder: str) -> tuple[str, dict[str, bytes]]:
        """Give the name of a file, and what it must be written as if it is not in the deployment.

        A schema from elsewhere brings the schemas beside it. Raises DefinitionRefused (CFG-001, CFG-002).
        """
        known = self.name_of(path)
        if known is not None and known in self.files:
            return known, {}
        neighbours = sorted(path.parent.glob(f"*{path.suffix}"))[:_LARGEST_NEIGHBOURS]
        wanted = neighbours if path.suffix in {".xsd", ".json"} and path.exists() else [path]
        return f"{folder}/{path.name}", {f"{folder}/{each.name}": read_file(each, each.name) for each in wanted}


def open_base(config: Path) -> Base:
    """Read what the plan names, without loading mappings and policy. Raises DefinitionRefused."""
    plan, files, exchange = read_plan(config)
    return Base((config.resolve().parent / plan.base).resolve(), plan, files, exchange)


def write_file(path: Path, data: bytes) -> None:
    """Write a file, and the folders it lies in. Raises DefinitionRefused (CFG-095)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError:
        fix = "name a file, or a folder, that can be written"
        raise DefinitionRefused(Fault("CFG-095", "the file cannot be written", Place(str(path)), fix)) from None
