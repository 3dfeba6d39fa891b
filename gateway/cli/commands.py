"""Every command by its words, and where it is. A command is imported when it is asked for, so that all start quickly.

A new command is one line here and one module.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

__all__ = ["COMMANDS", "NOUNS", "commands"]

NOUNS = {
    "mapping": "Formats: draft, check, test, look through.",
    "policy": "What partners may get: read, ask, prove, compare, sign.",
    "message": "What became of messages, where it came from, and why.",
    "quarantine": "What waits for a person.",
    "ledger": "The record of everything.",
}

COMMANDS = {
    "init": "gateway.cli.init:init",
    "check": "gateway.cli.check:check",
    "try": "gateway.cli.trial:trial",
    "run": "gateway.cli.run:run",
    "send": "gateway.cli.send:send",
    "demo": "gateway.cli.demo:demo",
    "doctor": "gateway.cli.doctor:doctor",
    "explain": "gateway.cli.explain:explain",
    "mapping check": "gateway.cli.mapping.check:check",
    "mapping test": "gateway.cli.mapping.test:run_tests",
    "mapping scaffold": "gateway.cli.mapping.scaffold:scaffold",
    "mapping coverage": "gateway.cli.mapping.coverage:coverage",
    "mapping fmt": "gateway.cli.mapping.fmt:fmt",
    "mapping schema": "gateway.cli.mapping.schema:schema",
    "mapping serve": "gateway.cli.mapping.serve:serve",
    "mapping diff": "gateway.cli.mapping.diff:compare",
    "mapping impact": "gateway.cli.mapping.impact:foresee",
    "mapping preview": "gateway.cli.mapping.preview:preview",
    "mapping reverse": "gateway.cli.mapping.reverse:reverse",
    "mapping explain": "gateway.cli.mapping.explain:explain",
    "mapping docs": "gateway.cli.mapping.docs:docs",
    "policy check": "gateway.cli.policy.check:check",
    "policy test": "gateway.cli.policy.test:run_tests",
    "policy catalogue": "gateway.cli.policy.catalogue:catalogue",
    "policy render": "gateway.cli.policy.render:render_policy",
    "policy diff": "gateway.cli.policy.diff:diff",
    "policy explain": "gateway.cli.policy.explain:explain",
    "policy matrix": "gateway.cli.policy.matrix:matrix",
    "policy sheet": "gateway.cli.policy.matrix:sheet",
    "policy labels": "gateway.cli.policy.labels:labels",
    "policy replay": "gateway.cli.policy.replay:replay",
    "policy prove": "gateway.cli.policy.prove:prove",
    "policy mutate": "gateway.cli.policy.mutate:mutate",
    "policy propose": "gateway.cli.policy.propose:propose",
    "policy sign": "gateway.cli.policy.sign:sign",
    "policy activate": "gateway.cli.policy.activate:activate",
    "policy stop": "gateway.cli.policy.stops:stop",
    "policy lift": "gateway.cli.policy.stops:lift",
    "policy revoke": "gateway.cli.policy.stops:revoke",
    "policy status": "gateway.cli.policy.status:status",
    "message list": "gateway.cli.message:list_",
    "message show": "gateway.cli.message:show",
    "message why": "gateway.cli.message:why",
    "message lineage": "gateway.cli.message:lineage",
    "quarantine list": "gateway.cli.quarantine:list_",
    "quarantine show": "gateway.cli.quarantine:show",
    "ledger verify": "gateway.cli.ledger:verify",
}


def commands(named: tuple[str, ...] = ()) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the command of these words; or those of a noun, or all, where they name no single one."""
    whole, noun = " ".join(named[:2]), named[0] if named else ""
    found = [words for words in COMMANDS if words in {whole, noun}]
    found = found or [words for words in COMMANDS if words.startswith(f"{noun} ") and noun]
    for words in found or COMMANDS:
        module, _, function = COMMANDS[words].partition(":")
        yield words, getattr(import_module(module), function)
