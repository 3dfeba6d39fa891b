"""Configuration files from disk: one strict YAML reader, one translation of faults to file:line:col.

Bounded: files of known kinds only, at most 5,000 of them, 16 MiB each, 256 MiB in all; symbolic links are not read.
"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.document.yaml_nodes import ListNode, MapNode, Node, plain_value, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["KINDS", "ROOTS", "read_bundle", "read_file", "read_model"]

ROOTS = ("mappings", "schemas", "policies")
"""The folders below `base` whose files make up a plan."""

KINDS = frozenset({".yaml", ".json", ".csv", ".xsd", ".xml", ".jsonld", ".edi", ".txt"})
"""The endings of files that make up a plan."""

_MOST_FILES = 5_000
_LARGEST_FILE = 16 * 2**20
_LARGEST_BUNDLE = 256 * 2**20

_Model = TypeVar("_Model", bound=BaseModel)


def read_file(path: Path, shown: str) -> bytes:
    """Read one file. Raises DefinitionRefused (CFG-001)."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            message = f"the file has more than {_LARGEST_FILE} bytes"
            raise DefinitionRefused(Fault("CFG-002", message, Place(file=shown)))
        return path.read_bytes()
    except OSError:
        fix = "check the path, or run `gateway init` for a working deployment"
        raise DefinitionRefused(Fault("CFG-001", "the file cannot be read", Place(file=shown), fix)) from None


def read_bundle(base: Path) -> dict[str, bytes]:
    """Read every file below the roots, keyed by its posix path relative to `base`.

    Raises DefinitionRefused (CFG-001 to CFG-003).
    """
    found: dict[str, bytes] = {}
    total = 0
    for root in ROOTS:
        for path in sorted((base / root).rglob("*")):
            if path.suffix not in KINDS or path.is_symlink() or not path.is_file():
                continue
            name = path.relative_to(base).as_posix()
            found[name] = read_file(path, name)
            total += len(found[name])
            if len(found) > _MOST_FILES or total > _LARGEST_BUNDLE:
                fix = "point `base` at a folder that holds this deployment only"
                raise DefinitionRefused(Fault("CFG-003", "too many files below the base", Place(file=root), fix))
    return found


def read_model(data: bytes, shown: str, model: type[_Model]) -> _Model:
    """Read a settings file into its model. Raises DefinitionRefused with every fault (Y-codes, CFG-004)."""
    node = read_yaml(data, shown)
    try:
        return model.model_validate(plain_value(node))
    except ValidationError as error:
        raise DefinitionRefused(*(_fault(node, each) for each in error.errors(include_url=False))) from None


def _fault(node: Node, error: Any) -> Fault:
    path = [part for part in error["loc"] if isinstance(part, int | str)]
    place = _place(node, path)
    name = ".".join(map(str, path))
    match error["type"]:
        case "extra_forbidden":
            return Fault("CFG-004", f"`{name}` is not a setting", place, "remove it, or see docs/reference/settings.md")
        case "missing":
            return Fault("CFG-005", f"`{name}` is missing", place, f"add `{path[-1]}:` below line {place.line}")
        case "value_error":
            return Fault("CFG-006", f"`{name}` cannot be used: {error['ctx']['error']}", place)
        case _:
            # Pydantic's messages quote constraints and never the value, except for literals, which are our own words.
            return Fault("CFG-006", f"`{name}` cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}", place)


def _place(node: Node, path: list[int | str]) -> Place:
    """The place of the deepest node on the path that exists."""
    place = node.place
    for part in path:
        if isinstance(node, MapNode) and isinstance(part, str) and (entry := node.entry(part)) is not None:
            node, place = entry.value, entry.key.place
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node):
            node = node.items[part]
            place = node.place
        else:
            # A discriminator (`via`) stands in the path without being a key.
            continue
    return place
