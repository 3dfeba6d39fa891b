"""`gateway mapping fmt`: definition files in the canonical layout, comments kept."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.mapping.base import open_base, write_file
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment.read import read_file
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.layout.fmt import formatted

__all__ = ["fmt"]

_ENDINGS = (".map.yaml", ".part.yaml", ".tests.yaml", ".layout.yaml", ".table.yaml")


def fmt(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files; all of the deployment's mappings if left out.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if a file would change.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Lay out mappings, parts, layouts and tests. Example: gateway mapping fmt --check"""
    output = Output(as_json=as_json, color=not no_color)
    paths = [_definition(path) for path in files or _all(config)]
    changed: list[str] = []
    faults: list[Fault] = []
    sources: dict[str, bytes] = {}
    for path in paths:
        data = sources[str(path)] = read_file(path, str(path))
        try:
            made = formatted(data, str(path))
        except DefinitionRefused as refused:
            faults += refused.faults
            continue
        if made != data:
            changed.append(str(path))
            if not check:
                _write(path, made)
    document = {
        "files": len(paths),
        "changed": changed,
        "written": not check,
        "faults": [fault_json(fault) for fault in faults],
    }
    output.result(document, lambda words: _words(words, output, len(paths), changed, faults, sources, check=check))
    raise typer.Exit(Exit.FINDINGS if faults or (check and changed) else Exit.GOOD)


def _all(config: Path) -> list[Path]:
    base = open_base(config)
    names = [name for name in base.files if name.startswith("mappings/") and name.endswith(_ENDINGS)]
    return [base.folder / name for name in names]


def _definition(path: Path) -> Path:
    """Almost any text is YAML of one line: a schema or a table that was named by mistake would be destroyed."""
    if not path.name.endswith(_ENDINGS):
        fix = "name a file that ends in one of: " + ", ".join(_ENDINGS)
        raise DefinitionRefused(Fault("CFG-098", "only definition files are laid out", Place(str(path)), fix))
    return path


def _write(path: Path, data: bytes) -> None:
    """Write beside the file and swap, so that no reader ever sees half of it."""
    beside = path.with_name(f"{path.name}.new")
    write_file(beside, data)
    os.replace(beside, path)  # noqa: PTH105  the swap is the point


def _words(
    words: Console,
    output: Output,
    files: int,
    changed: list[str],
    faults: list[Fault],
    sources: dict[str, bytes],
    *,
    check: bool,
) -> None:
    output.faults(faults, sources)
    for name in changed:
        words.print(f"{'would change' if check else 'laid out'}: {name}")
    words.print(f"{files} files, {len(changed)} {'to change' if check else 'changed'}, {len(faults)} faults")
    if check and changed:
        words.print("Next: gateway mapping fmt " + " ".join(changed[:3]) + (" …" if len(changed) > 3 else ""))
