"""`gateway mapping impact --new-schema S`: lines that break or weaken under a new schema."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.mapping.base import Base, open_base
from gateway.cli.mapping.named import Named, chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment.read import read_file
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.change.impact import Impact, impact, schema_of

__all__ = ["foresee"]


def foresee(
    new_schema: Annotated[
        Path,
        typer.Option(
            "--new-schema", "--schema", exists=True, dir_okay=False, help="The new schema; others beside it count too."
        ),
    ],
    mapping: Named = None,
    in_place_of: Annotated[
        str, typer.Option(help="Which schema of the deployment it replaces; the one of the same name if left out.")
    ] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show which lines break or weaken under a new schema.

    Example: gateway mapping impact mappings/qm-police/notice.map.yaml --new-schema notice-4.xsd
    """
    output = Output(as_json=as_json, color=not no_color)
    base = open_base(config)
    paths = chosen(base.plan, base.files, mapping)
    entry = _entry(base, paths, new_schema, in_place_of)
    replaced = _replaced(base, entry, new_schema)
    found = [
        impact(path, base.files, replaced, base.exchange) for path in paths if schema_of(path, base.files) == entry
    ]
    output.result(
        {"schema": entry, "good": all(one.good for one in found), "mappings": [_json(one) for one in found]},
        lambda words: _words(words, output, base, replaced, entry, found),
    )
    raise typer.Exit(Exit.GOOD if all(one.good for one in found) else Exit.FINDINGS)


def _entry(base: Base, paths: list[str], new_schema: Path, named: str) -> str:
    """Which schema is replaced: the named one, that of the only mapping asked about, or the one of the same name."""
    schemas = list(dict.fromkeys(schema for path in paths if (schema := schema_of(path, base.files))))
    same = [schema for schema in schemas if Path(schema).name == new_schema.name]
    fitting = [named] if named else schemas if len(schemas) == 1 else same
    if len(fitting) != 1 or fitting[0] not in schemas:
        fix = f"--in-place-of one of: {', '.join(schemas) or 'none'}"
        raise DefinitionRefused(
            Fault("CFG-072", "it is not clear which schema of the deployment this one replaces", fix=fix)
        )
    return fitting[0]


def _replaced(base: Base, entry: str, new_schema: Path) -> dict[str, bytes]:
    """The new schema under the old one's name; schemas beside it replace those of their names beside the old one."""
    folder = entry.rpartition("/")[0]
    beside = {
        f"{folder}/{path.name}": read_file(path, path.name)
        for path in sorted(new_schema.parent.glob(f"*{new_schema.suffix}"))
        if f"{folder}/{path.name}" in base.files or path.name == new_schema.name
    }
    return {**beside, entry: read_file(new_schema, new_schema.name)}


def _json(found: Impact) -> dict[str, object]:
    return {
        "mapping": found.file,
        "good": found.good,
        "breaks": [fault_json(fault) for fault in found.breaks],
        "weakens": [fault_json(fault) for fault in found.weakens],
        "mended": [fault_json(fault) for fault in found.mended],
        "cases": list(found.cases),
    }


def _words(
    words: Console, output: Output, base: Base, replaced: dict[str, bytes], entry: str, found: list[Impact]
) -> None:
    for one in found:
        output.faults([*one.breaks, *one.weakens], {**base.files, **replaced})
        for case in one.cases:
            words.print(f"{one.file}: a test would fail: {case}", style="bold red")
        words.print(
            f"{one.file}: {len(one.breaks)} lines break, {len(one.weakens)} weaken, {len(one.mended)} faults go away, "
            f"{len(one.cases)} tests would fail"
        )
    if not found:
        words.print(f"no mapping that was asked about uses {entry}")
