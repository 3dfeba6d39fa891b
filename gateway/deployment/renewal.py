"""Renewing the plan of a running gateway: what is loaded, what may be loaded this way, and how it is put in force.

Guarantees that a renewed plan stands in the governance log before the first message is decided by it, and that what
officers have signed (policy, register, vocabulary, their tests, which labels mappings can give) is the same as before.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

from gateway.custody.leaf import Leaf, plan_leaf
from gateway.deployment.candidate import candidate_of
from gateway.deployment.load import Deployment
from gateway.deployment.reload import reload_mappings
from gateway.deployment.watch import watch
from gateway.engine import Engine
from gateway.engine.reload import Reloader
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.plan import Plan
from gateway.ports import Clock, Journal
from gateway.telemetry import logger

__all__ = ["Renewal", "plan_stated"]


def plan_stated(plan: Plan, at: str) -> Leaf:
    """The leaf that says which plan governs from now on; `at` is RFC 3339."""
    parts = {"exchange": plan.exchange.digest, "policy": plan.policy.digest}
    functions = {"policy": plan.policy.decision_digest}
    return plan_leaf(at=at, plan=plan.digest, parts=parts, decision_functions=functions)


class Renewal:
    """Holds the deployment as it is now. `engine` is given once it exists."""

    def __init__(self, deployment: Deployment, journal: Journal, clock: Clock) -> None:
        self.current = deployment
        self._journal = journal
        self._clock = clock

    def reloader(self, engine: Callable[[], Engine], *, watching: bool) -> Reloader[Deployment]:
        """Give the companion that renews the plan of an engine: on SIGHUP, and where `watching`, on changed files."""
        changes: Callable[[asyncio.Event], AsyncIterator[int]] | None = None
        if watching:
            changes = partial(watch, self.current.config.parent / self.current.plan_file.base)
        return Reloader(self.load, lambda found: self._adopt(found, engine()), changes)

    def load(self) -> Deployment:
        """Load the mappings as the files say now. Raises DefinitionRefused (CFG-090 to CFG-092, and of mappings)."""
        found = reload_mappings(self.current)
        now = self._clock.now()
        if candidate_of(found, now).digests != candidate_of(self.current, now).digests:
            fix = "have the change signed and activated, then restart"
            message = "a mapping gives other labels than officers have signed"
            raise DefinitionRefused(Fault("CFG-092", message, Place(file=self.current.settings.plan), fix))
        return found

    def _adopt(self, found: Deployment, engine: Engine) -> None:
        """Put a loaded plan in force. A crash between leaf and swap is harmless: nothing was decided by it."""
        if found.plan.digest == engine.plan.digest:
            logger().info("plan.unchanged", plan=engine.plan.digest)
            return
        self._journal.append([plan_stated(found.plan, self._clock.now())])
        engine.activate(found.plan)
        self.current = found
