"""Where the last look runs: in this process, or, where the settings ask for it, in one of its own."""

from gateway.deployment.load import Deployment
from gateway.plan import LastLook
from gateway.workers.guard_process import GuardFiles, GuardLimits, GuardProcess

__all__ = ["last_look"]


def last_look(deployment: Deployment) -> LastLook:
    """The last look of a deployment's plan. A process of its own is started when it is first asked."""
    settings, plan = deployment.settings.guard, deployment.plan
    if settings.process != "true":
        return plan.guard
    named, files = deployment.plan_file.policy, deployment.files
    prefix = deployment.plan_file.exchange.rstrip("/") + "/"
    given = GuardFiles(
        files={name: data for name, data in files.items() if name.startswith("policies/")},
        schemas={name.removeprefix(prefix): data for name, data in files.items() if name.startswith(prefix)},
        policy=named.policy,
        register=named.partners,
        vocabulary=named.vocabulary,
        digest=plan.policy.digest,
    )
    seconds = settings.timeout.total_seconds()
    return GuardProcess(given, GuardLimits(seconds, max(1, round(seconds)), settings.memory))
