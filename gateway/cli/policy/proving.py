"""Promises proved within a budget of time, with a bar on long work: what `prove` and `check` share."""

import time
from collections.abc import Callable

from gateway.cli.output import Output
from gateway.policy.compile import CompiledPolicy
from gateway.policy.prove.agreement import agreed
from gateway.policy.prove.audit import audit
from gateway.policy.prove.diagrams import Diagrams
from gateway.policy.prove.prover import every_promise, prove_promise
from gateway.policy.prove.verdict import Verdict

__all__ = ["SECONDS", "proved"]

SECONDS = 60
"""How long all promises together may take, unless the command says otherwise."""


def proved(policy: CompiledPolicy, output: Output, *, seconds: float = SECONDS, second: bool = False) -> list[Verdict]:
    """Prove every promise; with `second` also by the second prover, and where they disagree nothing is decided.

    Raises `InvariantBroken` (POL-090) if what would be proved is not what the definition says.
    """
    audit(policy.decisions, policy.function)
    spent = _budget(seconds)
    diagrams = Diagrams(policy.decisions, spent) if second else None
    verdicts = []
    promises = every_promise(policy.decisions)
    for promise in output.progress(promises, "proving"):
        verdict = prove_promise(policy.decisions, policy.function, promise, spent)
        verdicts.append(agreed(verdict, diagrams.count(promise)) if diagrams else verdict)
    return verdicts


def _budget(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
