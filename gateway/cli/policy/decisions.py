"""The decision set of a deployment, and the tests beside its policy."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from gateway.deployment import PlanFile
from gateway.exchange.format import ExchangeFormat
from gateway.policy.cases import CasesReport, run_cases
from gateway.policy.compile import CompiledPolicy
from gateway.policy.language import DecisionSet
from gateway.policy.load import load_decision_set

__all__ = ["decision_set", "policy_tests"]


def policy_tests(plan: PlanFile, files: Mapping[str, bytes], policy: CompiledPolicy) -> CasesReport:
    """Run `NAME.tests.yaml` beside `NAME.policy.yaml`. Raises DefinitionRefused (CFG-001) if there is none."""
    path = PurePosixPath(plan.policy.policy)
    return run_cases(files, str(path.with_name(path.name.replace(".policy.yaml", ".tests.yaml"))), policy)


def decision_set(plan: PlanFile, files: Mapping[str, bytes], exchange: ExchangeFormat) -> DecisionSet:
    """The decision set that the plan names. Raises DefinitionRefused (POL-nnn) with every fault found."""
    return load_decision_set(files, plan.policy.policy, plan.policy.partners, plan.policy.vocabulary, exchange)
