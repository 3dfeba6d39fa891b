"""`gateway mapping preview`: what a mapping makes of a sample, again on every save. It shows values, as `try` does."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
import watchfiles
from rich.console import Console

from gateway.cli.lineage import record_json, record_words
from gateway.cli.mapping.base import Base, open_base
from gateway.cli.mapping.named import mappings_of
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output, fault_json
from gateway.cli.trial import source_files
from gateway.deployment.read import ROOTS
from gateway.document.diagnostics import quoted
from gateway.document.json_codec import write_json
from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.report.preview import Preview, preview_of
from gateway.mapping.report.trial import TrialMessage
from gateway.outcome import SourceFile

__all__ = ["preview"]

_LATENCY = 200
"""Milliseconds until Ctrl-C is noticed while nothing changes."""

_DEBOUNCE = 300
"""Milliseconds within which several saves count as one."""


def preview(
    file: Annotated[Path, typer.Argument(exists=True, help="The sample, or a folder for a set of files.")],
    mapping: Annotated[
        str, typer.Option("--mapping", "-m", help="One mapping; else the plan's first that reads it.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Again on every save, until Ctrl-C.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show what a mapping makes of a sample. Example: gateway mapping preview notice.xml"""
    output = Output(as_json=as_json, color=not no_color)
    if not watch:
        made, samples, files = _previewed(file, mapping, open_base(config))
        output.result(_document(made), lambda words: _words(words, output, made, samples, files))
        raise typer.Exit(Exit.GOOD if made.good else Exit.FINDINGS)
    folder = open_base(config).folder
    code = Exit.FINDINGS
    try:
        for _ in _saves(folder, file):
            code = _again(output, file, mapping, config)
    except KeyboardInterrupt:
        pass
    raise typer.Exit(code)


def _previewed(file: Path, mapping: str, base: Base) -> tuple[Preview, tuple[SourceFile, ...], dict[str, bytes]]:
    if mapping and mapping not in base.files:
        fix = f"one of: {', '.join(mappings_of(base.plan))}"
        raise DefinitionRefused(Fault("CFG-049", "the deployment has no such mapping", fix=fix))
    samples = source_files(file)
    candidates = [mapping] if mapping else mappings_of(base.plan)
    return preview_of(candidates, samples, base.files, base.exchange), samples, base.files


# -- on every save ----------------------------------------------------------------------------------------------------


def _saves(folder: Path, file: Path) -> Iterator[None]:
    """Give once now, with everything watched already, and then once for every save of a file that matters."""
    roots = [folder / root for root in ROOTS if (folder / root).is_dir()]
    sample = file.resolve()
    beside = sample if sample.is_dir() else sample.parent
    first = True
    for changes in watchfiles.watch(
        *roots,
        beside,
        watch_filter=_relevant(folder, sample),
        debounce=_DEBOUNCE,
        rust_timeout=_LATENCY,
        yield_on_timeout=True,
    ):
        if first or changes:
            first = False
            yield


def _relevant(folder: Path, sample: Path) -> Callable[[watchfiles.Change, str], bool]:
    ignored = watchfiles.DefaultFilter()

    def relevant(change: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        known = any(path.is_relative_to(folder / root) for root in ROOTS)
        return ignored(change, name) and (known or sample in {path, path.parent})

    return relevant


def _again(output: Output, file: Path, mapping: str, config: Path) -> Exit:
    """Read everything again and show it; a deployment that cannot be read is shown, and the watch goes on."""
    try:
        made, samples, files = _previewed(file, mapping, open_base(config))
    except DefinitionRefused as refused:
        made, samples, files = Preview(mapping, refused.faults), (), {}
    if output.as_json:
        sys.stdout.write(orjson.dumps(_document(made)).decode() + "\n")
    else:
        output.words.rule()
        _words(output.words, output, made, samples, files)
        output.words.print("Watching. Ctrl-C ends it.")
    sys.stdout.flush()
    return Exit.GOOD if made.good else Exit.FINDINGS


# -- views ------------------------------------------------------------------------------------------------------------


def _document(made: Preview) -> dict[str, Any]:
    return {
        "mapping": made.mapping,
        "good": made.good,
        "faults": [fault_json(fault) for fault in made.faults],
        "messages": [
            {
                "part": message.part,
                "outcome": message.outcome,
                "message": message.message,
                "faults": [fault_json(fault) for fault in message.faults],
                "lineage": [record_json(record) for record in message.lineage],
            }
            for message in made.messages
        ],
        "residue": [
            {"place": str(left.place), "field": left.field, "why": left.why, "value": left.value} for left in made.left
        ],
    }


def _words(
    words: Console, output: Output, made: Preview, samples: tuple[SourceFile, ...], files: dict[str, bytes]
) -> None:
    words.print(f"{made.mapping}: {len(made.messages)} messages")
    shown = {sample.name: sample.data for sample in samples}
    _faults(words, output, made.faults, made, shown, files)
    for message in made.messages:
        _message(words, output, message, made, shown, files)
    if made.left:
        words.print(f"\n{len(made.left)} values that nothing read:")
    for left in made.left:
        words.print(f"  {left.place}: {left.value!r} ({left.why})")


def _message(
    words: Console,
    output: Output,
    message: TrialMessage,
    made: Preview,
    shown: dict[str, bytes],
    files: dict[str, bytes],
) -> None:
    words.print(f"\nmessage {message.part or '1'}: {message.outcome}")
    _faults(words, output, message.faults, made, shown, files)
    if message.message is not None:
        words.print(write_json(message.message, indent=True).decode())
    for record in message.lineage:
        words.print(f"  {record.text} <- {record_words(record)}")


def _faults(
    words: Console,
    output: Output,
    faults: tuple[Fault, ...],
    made: Preview,
    shown: dict[str, bytes],
    files: dict[str, bytes],
) -> None:
    """Each fault with its line of the mapping, and with the line of the sample where that is known."""
    for fault in faults:
        output.faults([fault], files)
        place = fault.at if str(fault.at) else fault.place
        if made.places is not None and place.file not in files:
            for line in quoted(made.places.at(place), shown):
                words.print(line)
