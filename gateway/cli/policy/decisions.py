"""The decision set of a deployment, and the tests beside its policy."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from gateway.deployment import PlanFile
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.policy.cases import CasesReport, run_cases
from gateway.policy.compile import CompiledPolicy
from gateway.policy.language import DecisionSet
from gateway.policy.load import load_decision_set
from gateway.policy.prove.drafts import Draft, with_drafts

__all__ = ["add_drafts", "decision_set", "policy_tests", "tests_file"]


def policy_tests(plan: PlanFile, files: Mapping[str, bytes], policy: CompiledPolicy) -> CasesReport:
    """Run `NAME.tests.yaml` beside `NAME.policy.yaml`. Raises DefinitionRefused (CFG-001) if there is none."""
    return run_cases(files, tests_file(plan), policy)


def tests_file(plan: PlanFile) -> str:
    """The name of the tests beside the policy of a plan."""
    path = PurePosixPath(plan.policy.policy)
    return str(path.with_name(path.name.replace(".policy.yaml", ".tests.yaml")))


def decision_set(plan: PlanFile, files: Mapping[str, bytes], exchange: ExchangeFormat) -> DecisionSet:
    """The decision set that the plan names. Raises DefinitionRefused (POL-nnn) with every fault found."""
    return load_decision_set(files, plan.policy.policy, plan.policy.partners, plan.policy.vocabulary, exchange)


def add_drafts(file: Path | None, decisions: DecisionSet, drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Write drafts into a file of tests, and give their ids. Raises DefinitionRefused (POL-064, POL-071, Y codes)."""
    if file is None:
        return ()
    try:
        present = file.read_bytes() if file.exists() else None
        made, ids = with_drafts(decisions, drafts, file.name, present)
        if ids:
            file.write_bytes(made)
    except OSError:
        fix = "name a file that can be read and written"
        raise DefinitionRefused(Fault("POL-071", "the tests cannot be written", Place(str(file)), fix)) from None
    return ids
