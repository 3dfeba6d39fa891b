"""`gateway mapping scaffold`: a first mapping from schemas or samples, with every open decision marked."""

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.mapping.base import Base, open_base, write_file
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.deployment.read import read_file
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.scaffold.scaffold import Draft, Wanted, draft_mapping
from gateway.mapping.scaffold.sources import Sample

__all__ = ["scaffold"]

_DRAFT = "mappings/draft/draft.map.yaml"


def scaffold(
    source: Annotated[str, typer.Option(help="A schema, a layout or a heading line; left out: learnt.")] = "",
    target: Annotated[
        str, typer.Option(help="A partner's schema or layout; left out: the exchange format.")
    ] = "exchange",
    sample: Annotated[list[Path] | None, typer.Option(help="A sample; may be repeated.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="The mapping to write; left out: only shown.")] = None,
    kind: Annotated[str, typer.Option(help="What the messages are, in the exchange format.")] = "person-notice",
    root: Annotated[str, typer.Option(help="The document's element, where a schema declares several.")] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Draft a mapping that loads. Example: gateway mapping scaffold --sample notice.xml --out mappings/x/y.map.yaml"""
    output = Output(as_json=as_json, color=not no_color)
    base = open_base(config)
    name = _DRAFT if out is None else base.mapping_name(out)
    brought: dict[str, bytes] = {}
    ends: list[str] = []
    for end in (source, target):
        if end in {"", "exchange"}:
            ends.append(end)
            continue
        known, made = base.bring(Path(end), posixpath.dirname(name))
        ends.append(known)
        brought |= made
    samples = tuple(Sample(path.name, read_file(path, "the sample")) for path in sample or ())
    wanted = Wanted(name, ends[0], ends[1], {**base.files, **brought}, samples, kind, root)
    draft = draft_mapping(wanted, base.exchange)
    files = {**{each: brought[each] for each in _used(draft, brought)}, **draft.files}
    if out is not None:
        _write(base, files)
    output.result(_document(draft, files, written=out is not None), lambda words: _words(words, draft, files, out))
    raise typer.Exit(Exit.GOOD)


def _used(draft: Draft, brought: Mapping[str, bytes]) -> list[str]:
    """The schemas from elsewhere that the draft reads."""
    return sorted(draft.schemas & brought.keys())


def _write(base: Base, files: Mapping[str, bytes]) -> None:
    """Write all files, or none if one of them is there already."""
    for name in sorted(files):
        if (base.folder / name).exists():
            fix = "choose another --out; a draft never overwrites"
            raise DefinitionRefused(Fault("CFG-071", "the file is there already", Place(file=name), fix))
    for name, data in files.items():
        write_file(base.folder / name, data)


def _document(draft: Draft, files: Mapping[str, bytes], *, written: bool) -> dict[str, object]:
    return {
        "mapping": draft.mapping,
        "files": sorted(files),
        "written": written,
        "learnt": draft.learnt,
        "guessed": draft.guessed,
        "open": draft.open,
        "text": draft.text,
        "faults": [fault_json(fault) for fault in draft.report.faults],
    }


def _words(words: Console, draft: Draft, files: Mapping[str, bytes], out: Path | None) -> None:
    if out is None:
        words.print(draft.text)
    else:
        for name in sorted(files):
            words.print(f"written: {name}")
    if draft.learnt:
        words.print(f"No schema was given: {draft.learnt}. Ask the sender for the schema.")
    words.print(
        f"{draft.guessed} sources are guessed, {draft.open} decisions are open. A guess can be wrong: read each."
    )
    following = "add --out FILE to write it" if out is None else f"gateway mapping check {draft.mapping}"
    words.print(f"Next: {following}")
