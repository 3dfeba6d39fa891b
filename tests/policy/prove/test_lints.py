"""Warnings: each is found in a policy that has the fault, and not in the example, which has two safety nets."""

from dataclasses import replace

import pytest

from gateway.errors import Severity
from gateway.policy.codes import CODES
from gateway.policy.language import DecisionSet
from gateway.policy.prove.build import decision_function, decisive_rules
from gateway.policy.prove.lints import lints
from gateway.policy.prove.prover import prove
from tests.policy.given import edited, files, load
from tests.policy.prove.given import decisions, function

REGISTER = "partners.yaml"


def found(given_set: DecisionSet) -> set[tuple[str, str]]:
    """Code and first word of every warning."""
    compiled = decision_function(given_set)
    faults = lints(given_set, compiled, prove(given_set, compiled))
    assert all(fault.severity is Severity.WARNING and fault.code in CODES and fault.fix for fault in faults)
    return {(fault.code, fault.message.removeprefix("promise ").split(" ", 1)[0]) for fault in faults}


def added(rule: str) -> dict[str, bytes]:
    return edited("rules:\n", f"rules:\n\n{rule}\n")


SHARE = """  - share: [{fields}]
    id: S70
    title: x
    why: x
    law: [x]
    about: [{about}]
    with: [{partners}]
    for: [terrorism]
    {attach}
"""


def test_the_example_has_its_two_safety_nets_and_nothing_else() -> None:
    assert found(decisions("example")) == {("POL-081", "L1"), ("POL-081", "L6")}


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("POL-080", SHARE.format(fields="case", about="protected", partners="home", attach="")),
        (
            "POL-082",
            SHARE.format(fields="case", about="suspect", partners="qn-police", attach="classified: up to OFFICIAL"),
        ),
        (
            "POL-083",
            SHARE.format(fields="cyber", about="suspect", partners="qr-police", attach="attach: [delete-after: 1 day]"),
        ),
    ],
)
def test_a_share_that_does_nothing_is_told_with_the_reason(code: str, rule: str) -> None:
    assert (code, "no" if code == "POL-083" else "S70") in found(load(added(rule)))


def test_a_rule_that_another_stops_everywhere_is_never_decisive() -> None:
    rule = SHARE.format(fields="intimate", about="suspect", partners="home", attach="")
    warned = found(load(added(rule)))
    assert ("POL-081", "S70") in warned
    assert ("POL-081", "L1") not in warned


def test_each_rule_is_decisive_exactly_if_taking_it_out_changes_the_function() -> None:
    given_set, digest = decisions("example"), function("example").digest
    policy, decisive = given_set.policy, decisive_rules(given_set)
    for rule in policy.rules:
        if not rule.built_in:
            rest = replace(
                policy,
                shares=tuple(one for one in policy.shares if one.id != rule.id),
                limits=tuple(one for one in policy.limits if one.id != rule.id),
                conditions=tuple(one for one in policy.conditions if one.id != rule.id),
            )
            without = decision_function(replace(given_set, policy=rest)).digest
            assert (rule.id in decisive) == (without != digest), rule.id


def test_data_without_their_grading_are_told() -> None:
    old = "    about: [anyone]\n    with: [everyone]\n    for: [any purpose]\n"
    warned = found(load(edited(old, old.replace("everyone", "home"))))
    assert ("POL-085", "qn-police") in warned
    assert ("POL-085", "home-fiu") not in warned


def test_a_neighbour_that_gets_less_than_home_is_told() -> None:
    old = "    with: [home, eu-led]\n    for: [trafficking]\n"
    warned = found(load(edited(old, old.replace("home, eu-led", "home"))))
    assert ("POL-086", "qn-police") in warned


def test_an_instrument_that_ends_before_the_policy_is_told() -> None:
    given = files()
    text = given[REGISTER].decode()
    line = next(row for row in text.splitlines() if "id: qs-bureau" in row)
    ended = line.replace("regime: agreement", "regime: agreement, under: {instrument: x, until: 2027-01-31}")
    assert ("POL-087", "the") in found(load({**given, REGISTER: text.replace(line, ended).encode()}))


def test_a_promise_about_nothing_is_told() -> None:
    nobody = "    never: [biometric]\n    about: [victim, child]\n    with: [private]\n"
    given = edited(
        "    never: [biometric]\n    about: [victim, child]\n    with: [third-country, international]\n", nobody
    )
    assert ("POL-088", "P1") in found(load(given))
