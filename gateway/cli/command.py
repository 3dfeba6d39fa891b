"""The root of the command: puts the nouns together and turns every error of ours into words and an exit code."""

import os
import sys
from collections.abc import Callable, Sequence

import typer

from gateway import __version__
from gateway.cli import (
    check,
    demo,
    doctor,
    explain,
    init,
    ledger,
    mapping,
    message,
    policy,
    quarantine,
    run,
    send,
    trial,
)
from gateway.cli.output import Exit, Output, fault_json
from gateway.errors import Fault, GatewayError

__all__ = ["build", "main"]

_VERBS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("init", init.init),
    ("check", check.check),
    ("try", trial.trial),
    ("run", run.run),
    ("send", send.send),
    ("demo", demo.demo),
    ("doctor", doctor.doctor),
    ("explain", explain.explain),
)
_NOUNS = (mapping.app, policy.app, message.app, quarantine.app, ledger.app)


def build() -> typer.Typer:
    """Make the command."""
    app = typer.Typer(name="gateway", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(_root)
    for name, verb in _VERBS:
        app.command(name)(verb)
    for noun in _NOUNS:
        app.add_typer(noun)
    return app


def _root() -> None:
    """Interoperability gateway for law-enforcement data. Exit codes: 0 good, 1 findings, 2 could not run or decide."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        sys.stdout.write(f"gateway {__version__}\n")
        sys.exit(Exit.GOOD)
    try:
        build()(args=words, prog_name="gateway")
        code = Exit.GOOD
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.GOOD
    except GatewayError as error:
        code = _failed(error.faults, as_json="--json" in words)
    except ExceptionGroup as group:
        faults = [fault for each in _leaves(group) for fault in _faults_of(each)]
        code = _failed(faults, as_json="--json" in words)
    sys.exit(code)


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
    kind = type(error).__name__
    return (Fault("SYS-001", f"the gateway failed ({kind})", fix="report this with the steps that led here"),)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
