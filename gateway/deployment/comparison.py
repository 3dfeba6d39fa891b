"""What a version discloses beside the active one, from the officers' files that lie in the folder of versions.

Files count only if they give the digests that were signed: whoever changed the copy of the old version, so that the
new one looks tighter, gets "not known", and that needs two signatures. So does everything that cannot be compared.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.deployment.load import read_plan
from gateway.errors import Refusal
from gateway.exchange.format import ExchangeFormat
from gateway.governance.rule import Change, Verdict
from gateway.governance.statement import deciding_digests
from gateway.names import Digest
from gateway.policy.compare.beside import tests_of
from gateway.policy.compare.diff import compare
from gateway.policy.compare.report import plain_difference
from gateway.policy.compare.verdict import verdict_of
from gateway.policy.compile import compile_policy
from gateway.policy.language import DecisionSet
from gateway.policy.load import load_decision_set

__all__ = ["Comparison", "Side", "Versioned"]

_SECONDS = 5.0
"""How long short names are looked for; the verdict does not depend on it."""

_NOT_IN_FILES = frozenset({"label_sheet"})
"""Digests that the officers' files alone do not give."""


@dataclass(frozen=True, slots=True)
class Side:
    """One version: the officers' files as a folder of versions names them, and the digests that were signed."""

    files: Mapping[str, bytes] = field(repr=False)
    digests: Mapping[str, Digest]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict, and the report that the signers were shown; empty where nothing could be compared."""

    verdict: Verdict
    report: bytes = field(default=b"", repr=False)


class Versioned:
    """Compares versions of one deployment. Reads its exchange format when it is first asked."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def __call__(self, before: Side, after: Side) -> Comparison:
        """Compare; never raises for what is in the files."""
        try:
            _, _, exchange = read_plan(self._config)
            old, new = _decisions(before, exchange), _decisions(after, exchange)
            if old is None or new is None:
                return _unknown("a copy of a version does not give the digests that were signed")
            end = time.monotonic() + _SECONDS
            tests = [tests_of(side.files, "tests.yaml") for side in (before, after)]
            found = compare(old, new, tests[0], tests[1], lambda: time.monotonic() > end)
        except Refusal as refused:
            return _unknown(f"the versions cannot be compared ({refused.code})")
        verdict = verdict_of(found)
        report = orjson.dumps(plain_difference(found, verdict), option=orjson.OPT_SORT_KEYS)
        return Comparison(Verdict(Change(verdict.direction.value), verdict.reasons), report)


def _unknown(reason: str) -> Comparison:
    return Comparison(Verdict(Change.UNKNOWN, (reason,)))


def _decisions(side: Side, exchange: ExchangeFormat) -> DecisionSet | None:
    """The decision set of a version, or None if it is not the one that was signed."""
    decisions = load_decision_set(side.files, "policy.yaml", "partners.yaml", "vocabulary.yaml", exchange)
    function = compile_policy(decisions).decision_digest
    made = deciding_digests(decisions, function, side.files.get("tests.yaml", b""), Digest(""))
    same = all(made[part] == side.digests.get(part) for part in made if part not in _NOT_IN_FILES)
    return decisions if same else None
