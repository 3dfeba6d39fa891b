"""The root of the command: puts the nouns together and turns every error of ours into words and an exit code."""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.exceptions import TyperException

from gateway import __version__
from gateway.cli.commands import NOUNS, commands
from gateway.cli.output import Exit, Output, fault_json
from gateway.errors import Fault, GatewayError, Place

__all__ = ["build", "main"]


def build(named: Sequence[str] = ()) -> typer.Typer:
    """Make the command: with the one that these words name, or with all where they name none."""
    app = typer.Typer(name="gateway", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(_root)
    nouns: dict[str, typer.Typer] = {}
    for words, function in commands(tuple(named)):
        noun, _, verb = words.rpartition(" ")
        if noun and noun not in nouns:
            nouns[noun] = typer.Typer(name=noun, help=NOUNS[noun], no_args_is_help=True)
            # Without this a noun with one command would be that command.
            nouns[noun].callback()(lambda: None)
        (nouns[noun] if noun else app).command(verb)(function)
    for group in nouns.values():
        app.add_typer(group)
    return app


def _root() -> None:
    """Interoperability gateway for law-enforcement data. Exit codes: 0 good, 1 findings, 2 could not run or decide."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code: 2 for everything that is no result."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        sys.stdout.write(f"gateway {__version__}\n")
        sys.exit(Exit.GOOD)
    as_json = "--json" in words
    try:
        code = build([word for word in words if not word.startswith("-")][:2])(
            args=words, prog_name="gateway", standalone_mode=False
        )
    except TyperException as error:
        code = _misused(error, as_json=as_json)
    except typer.Abort:
        code = Exit.FAILED
    except ExceptionGroup as group:
        code = _failed([fault for each in _leaves(group) for fault in _faults_of(each)], as_json=as_json)
    except Exception as error:  # noqa: BLE001  whatever it is, it is no finding, and its text may quote a document
        code = _failed(_faults_of(error), as_json=as_json)
    sys.exit(code)


def _misused(error: TyperException, *, as_json: bool) -> Exit:
    show = getattr(error, "show", None)
    if not as_json and show is not None:
        show()
        return Exit.FAILED
    message = error.format_message().partition("\n")[0].rstrip(".")
    fault = Fault("CFG-033", message[:1].lower() + message[1:], fix="see the command's --help")
    return _failed([fault], as_json=as_json)


def _failed(faults: Sequence[Fault], *, as_json: bool) -> Exit:
    output = Output(as_json=as_json)
    if as_json:
        output.result({"error": [fault_json(fault) for fault in faults]}, lambda _: None)
    else:
        output.faults(faults, failed=True)
    return Exit.FAILED


def _faults_of(error: BaseException) -> Sequence[Fault]:
    if isinstance(error, GatewayError):
        return error.faults
    kind, fix = type(error).__name__, "report this with the steps that led here"
    return (Fault("SYS-001", f"the gateway failed ({kind})", _where(error), fix),)


def _where(error: BaseException) -> Place:
    """The line of ours at which it failed."""
    base = Path(__file__).parents[2]
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(base)]
    frames = [frame for frame in ours if "gateway" in Path(frame.filename).relative_to(base).parts[:1]]
    if not frames:
        return Place()
    return Place(file=Path(frames[-1].filename).relative_to(base).as_posix(), line=frames[-1].lineno or 0)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
