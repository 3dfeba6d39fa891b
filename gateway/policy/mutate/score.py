"""What a policy's promises and tests notice: every mutant caught, surviving, or no change at all.

A mutant that decides every case as the policy does is equivalent and leaves the count. A survivor comes with the
smallest case in which it and the policy differ, and that case as a draft test. Promises are proved in every case
there is (`prove/`); tests are run as they are run at load. Pure; a mutant takes about a tenth of a second.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.policy.cases import run_cases
from gateway.policy.compile import compile_policy
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.language import WITHHOLD, Case, DecisionSet
from gateway.policy.mutate.change import Change, Promised
from gateway.policy.mutate.mutants import Mutant, mutants
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.prover import prove
from gateway.policy.prove.space import TooWide
from gateway.policy.prove.verdict import Outcome

__all__ = ["Fate", "Judged", "Score", "judge", "score"]


class Fate(StrEnum):
    """What became of a mutant."""

    CAUGHT = "caught"
    SURVIVES = "survives"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant: by which test or promise it is caught, or in which case it would go unnoticed and at which levels.

    `meant` and `slipped` are the same word where only conditions of the receiver differ.
    """

    mutant: Mutant
    fate: Fate
    caught_by: str = ""
    differs: Case | None = None
    meant: str = ""
    slipped: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """All mutants of a policy. Equivalent ones are not counted."""

    judged: tuple[Judged, ...]

    def of(self, fate: Fate) -> tuple[Judged, ...]:
        """The mutants with one fate, in the order of the file."""
        return tuple(one for one in self.judged if one.fate is fate)

    @property
    def percent(self) -> int:
        """How many of a hundred mutants that change anything are caught, rounded down; 100 where there are none."""
        caught, survive = len(self.of(Fate.CAUGHT)), len(self.of(Fate.SURVIVES))
        return 100 * caught // (caught + survive) if caught + survive else 100

    @property
    def safety_nets(self) -> tuple[str, ...]:
        """The rules whose deletion changes nothing: never decisive today, and that is no error."""
        return tuple(one.mutant.rule for one in self.of(Fate.EQUIVALENT) if one.mutant.deletes)


def score(
    decisions: DecisionSet,
    files: Mapping[str, bytes],
    tests: str,
    rules: Collection[str] = (),
    shown: Callable[[Iterator[Judged], int], Iterable[Judged]] = lambda judged, _: judged,
) -> Score:
    """Judge every mutant, or only those of some rules. `tests` names the file of tests.

    `shown` may show progress: it is given the mutants as they are judged, and how many there are. Raises
    `DefinitionRefused` if policy or tests cannot be read.
    """
    every = [one for one in mutants(decisions, files) if not rules or one.rule in rules]
    return Score(tuple(shown(judge(decisions, files, tests, every), len(every))))


def judge(decisions: DecisionSet, files: Mapping[str, bytes], tests: str, every: list[Mutant]) -> Iterator[Judged]:
    """Judge these mutants one by one. Promises and tests that the policy itself does not keep catch nothing."""
    policy = decision_function(decisions)
    kept = [verdict.promise for verdict in prove(decisions, policy) if verdict.outcome is Outcome.HOLDS]
    promised = Promised(decisions, policy, kept)
    failing = _failing(decisions, files, tests)
    for mutant in every:
        mutated = mutant.of(decisions)
        noticed = sorted(_failing(mutated, files, tests) - failing)
        if noticed:
            yield Judged(mutant, Fate.CAUGHT, f"test {noticed[0]}")
            continue
        function = compile_function(mutant.policy, decisions.catalogue, decisions.register, policy.axes)
        change = Change(policy, function)
        if not change.parts:
            yield Judged(mutant, Fate.EQUIVALENT)
            continue
        try:
            yield _judged(decisions, mutant, change, promised.broken_by(change, mutated))
        except TooWide:
            # What cannot be decided was not caught, and is not harmless.
            yield Judged(mutant, Fate.SURVIVES)


def _failing(decisions: DecisionSet, files: Mapping[str, bytes], tests: str) -> set[str]:
    return {one.id for one in run_cases(files, tests, compile_policy(decisions)).results if not one.passed}


def _judged(decisions: DecisionSet, mutant: Mutant, change: Change, broken: str) -> Judged:
    if broken:
        return Judged(mutant, Fate.CAUGHT, f"promise {broken}")
    case = change.smallest
    if case is None:
        return Judged(mutant, Fate.EQUIVALENT)
    meant, slipped = _level(decisions, case), _level(mutant.of(decisions), case)
    return Judged(mutant, Fate.SURVIVES, "", case, meant, slipped)


def _level(decisions: DecisionSet, case: Case) -> str:
    level, _ = decide(decisions.policy, decisions.catalogue, decisions.register, case)
    return WITHHOLD if level == WITHHOLD_MESSAGE else decisions.catalogue.ladder(case.field).levels[max(level, REDACT)]
