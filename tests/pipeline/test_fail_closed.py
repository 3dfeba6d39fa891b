"""Raise in every function that the corridor calls, found by watching it run: nothing more is ever disclosed."""

import sys
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any

import orjson
import pytest

from gateway.names import PartnerId, State
from gateway.outcome import Outcome
from gateway.pipeline import run
from gateway.plan import Plan
from gateway.policy.compile import compile_policy
from gateway.policy.guard import Guard
from tests.pipeline.demo_plan import demo, received

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SAMPLES = ("qm-police/01-wanted.xml", "qm-cyber/01-loader-campaign.json")
OUTER = {"run", "inbox_digest", "_alone", "ended", "failure", "quarantine"}
"""The corridor's own last resort: if it fails, the engine quarantines (tests/engine) or stops."""


def fresh() -> Plan:
    """The demo's plan before its first message: no table was built yet, no level decided."""
    plan = demo().plan
    decisions = plan.policy.decisions
    return replace(plan, policy=compile_policy(decisions), guard=Guard(decisions))


def called(sample: str, plan: Plan) -> list[CodeType]:
    """Every function of ours below `run`, in the order of its first call."""
    found: dict[CodeType, None] = {}

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and "/gateway/" in frame.f_code.co_filename:
            found.setdefault(frame.f_code)

    sys.setprofile(watch)
    try:
        run(received(sample), plan)
    finally:
        sys.setprofile(None)
    return [code for code in found if code.co_name not in OUTER and not code.co_name.startswith("<")]


def run_with_failure(sample: str, plan: Plan, target: CodeType) -> tuple[Outcome, bool]:
    """The outcome when the first call of `target` raises, and whether it was called at all."""
    fired = []

    def trace(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code is target:
            sys.settrace(None)
            fired.append(target)
            raise RuntimeError("a failure planted by a test")

    sys.settrace(trace)
    try:
        return run(received(sample), plan), bool(fired)
    finally:
        sys.settrace(None)


def texts(payload: bytes) -> set[str]:
    """Every text of a payload that could have come from the source."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                if name != "withheld":
                    walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        else:
            found.add(str(value))

    if payload.lstrip().startswith(b"{"):
        walk(orjson.loads(payload))
        return found
    return set(payload.decode().replace("<", ">").split(">"))


def check(sample: str, plan: Plan, target: CodeType, allowed: dict[PartnerId, set[str]]) -> bool:
    """One failure: every copy that still leaves says nothing that the whole one did not. True if it was called."""
    outcome, fired = run_with_failure(sample, plan, target)
    assert outcome.messages, target.co_qualname
    for message in outcome.messages:
        for item in message.items:
            if item.payload is not None:
                assert texts(item.payload) <= allowed[item.partner], target.co_qualname
        if fired:
            assert State.QUARANTINED in {item.state for item in message.items}, target.co_qualname
    return fired


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_failure_in_any_function_quarantines_and_discloses_nothing_more(sample: str) -> None:
    cold = fresh()
    beginning = called(sample, cold)
    whole = run(received(sample), cold)
    allowed = {
        item.partner: texts(item.payload)
        for message in whole.messages
        for item in message.items
        if item.payload is not None
    }
    always = called(sample, cold)
    fired = sum(check(sample, cold, target, allowed) for target in always)
    assert fired == len(always) > 150
    once = [target for target in beginning if target not in set(always)]
    assert once
    for target in once[:: 1 if sample == SAMPLES[1] else 8]:
        assert check(sample, fresh(), target, allowed), target.co_qualname
