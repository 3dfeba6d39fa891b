"""`gateway mapping reverse`: what of a mapping can be undone, rule by rule, and a draft of the way back."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.mapping.base import Base, open_base, write_file
from gateway.cli.mapping.named import chosen
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.api import build_inbound
from gateway.mapping.reverse.classify import Class, Judged, classify
from gateway.mapping.reverse.draft import ReverseDraft, draft_reverse

__all__ = ["reverse"]


def reverse(
    mapping: Annotated[str, typer.Argument(help="An inbound mapping, as the plan names it.")],
    write: Annotated[
        Path | None, typer.Option("--write", help="The outbound mapping to draft; never overwrites.")
    ] = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say which rules can be undone. Example: gateway mapping reverse mappings/qm-border/watchlist.map.yaml"""
    output = Output(as_json=as_json, color=not no_color)
    base = open_base(config)
    (path,) = chosen(base.plan, base.files, [mapping])
    program = build_inbound(path, base.files, base.exchange, engine="interpreted").program
    judged = classify(program)
    draft = None if write is None else draft_reverse(program, base.mapping_name(write))
    if draft is not None:
        _write(base, draft)
    output.result(_json(path, judged, draft), lambda words: _words(words, path, judged, draft))
    raise typer.Exit(Exit.GOOD)


def _write(base: Base, draft: ReverseDraft) -> None:
    """Write all files, or none if one of them is there already."""
    for name in sorted(draft.files):
        if (base.folder / name).exists():
            fix = "choose another name; a draft never overwrites"
            raise DefinitionRefused(Fault("CFG-071", "the file is there already", Place(file=name), fix))
    for name, content in draft.files.items():
        write_file(base.folder / name, content)


def _json(path: str, judged: list[Judged], draft: ReverseDraft | None) -> dict[str, object]:
    counts = Counter(one.kind for one in judged)
    return {
        "mapping": path,
        "counts": {kind.value: counts[kind] for kind in Class},
        "rules": [
            {
                "place": str(one.place),
                "target": one.target,
                "source": one.source,
                "class": one.kind.value,
                "reasons": list(one.reasons),
            }
            for one in judged
        ],
        "written": [] if draft is None else sorted(draft.files),
    }


def _words(words: Console, path: str, judged: list[Judged], draft: ReverseDraft | None) -> None:
    for one in judged:
        about = " <- ".join(filter(None, (one.target, one.source)))
        reasons = f": {'; '.join(one.reasons)}" if one.reasons else ""
        words.print(f"{one.place}: {one.kind}: {about}{reasons}")
    counts = Counter(one.kind for one in judged)
    words.print(f"{path}: " + ", ".join(f"{counts[kind]} {kind}" for kind in Class))
    if draft is not None:
        words.print(f"wrote {', '.join(sorted(draft.files))}. Next: gateway mapping check {draft.mapping}")
