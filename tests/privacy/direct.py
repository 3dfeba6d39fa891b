"""Messages of the exchange format through the whole corridor of the demo, and the search of all that comes out."""

from dataclasses import dataclass
from functools import cache

import orjson

from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from gateway.names import SourceKey
from gateway.outcome import Outcome, Received, SourceFile
from gateway.plan import Plan
from tests.pipeline.demo_plan import AT, demo
from tests.privacy.allowed import allowed_in
from tests.privacy.canaries import Canaries
from tests.privacy.passthrough import AS_EXCHANGE, with_passthrough

__all__ = ["Case", "leaks", "plan", "received"]


@dataclass(frozen=True)
class Case:
    """One message full of canaries and what the corridor made of it."""

    canaries: Canaries
    message: JsonObject
    outcome: Outcome


@cache
def plan() -> Plan:
    """The demo's plan, with an agency that speaks the exchange format."""
    return with_passthrough(demo().plan)


def received(message: JsonObject) -> Received:
    """One delivery of that agency."""
    files = (SourceFile(canonical(message)),)
    return Received(AS_EXCHANGE, SourceKey("k-1"), files, AT, b"e" * 32)


def leaks(case: Case) -> dict[str, list[str]]:
    """Every place that says more than it may, and what."""
    found: dict[str, list[str]] = {}
    (outcome,) = case.outcome.messages
    for item in outcome.items:
        if item.payload is not None:
            allowed = allowed_in(case.message, orjson.loads(item.account), case.canaries)
            more = case.canaries.found(item.payload) - allowed
            if more:
                found[item.partner] = case.canaries.named(more)
    beside = {
        "leaves": b"\n".join(leaf.data for leaf in case.outcome.leaves),
        "outcome": repr(case.outcome).encode(),
        "faults": repr([message.faults for message in case.outcome.messages]).encode(),
        "accounts": b"\n".join(item.account for item in outcome.items),
    }
    for name, hay in beside.items():
        if numbers := case.canaries.found(hay) | case.canaries.hashed(hay):
            found[name] = case.canaries.named(numbers)
    return found
