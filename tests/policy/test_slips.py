"""A catalogue of slips that officers make, each planted in the example, and what catches it: file, promise, test, diff.

Whatever catches a slip says where it is and what to do. Nothing planted here may pass unseen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from gateway.errors import DefinitionRefused
from gateway.exchange.format import load_format
from gateway.names import PartnerId
from gateway.policy.cases import run_cases
from gateway.policy.compare.beside import tests_of as read_tests
from gateway.policy.compare.diff import compare
from gateway.policy.compare.verdict import Direction, verdict_of
from gateway.policy.compile import compile_policy
from gateway.policy.prove.counterexample import counterexample
from gateway.policy.prove.prover import prove
from gateway.policy.prove.sheet import verdict_lines
from gateway.policy.prove.verdict import Outcome
from tests.exchange.given import files as format_files
from tests.policy.compare.changed import Files, partner, rule, without
from tests.policy.given import POLICY, REGISTER, TESTS, VOCABULARY, edited, example, faults, files, load

FOR_S1 = (
    "[serious-crime, terrorism, trafficking, threat-to-life]\n    classified: up to SENSITIVE\n\n  - share: [documents"
)


@dataclass(frozen=True, slots=True)
class Slip:
    """What was done, and by which code, promise, test or cause it must be found."""

    planted: Callable[[], Files]
    found: str


# ---------------------------------------------------------------- the files do not load

UNREADABLE = {
    "a group is misspelt": Slip(lambda: rule("S3", ("[eu-led]", "[eu-lde]")), "POL-004"),
    "a partner is called NO and is not registered": Slip(lambda: rule("S3", ("[eu-led]", "[NO, eu-led]")), "POL-004"),
    "a keyword is misspelt": Slip(lambda: rule("L5", ("    about:", "    abuot:")), "POL-001"),
    "a line stands twice": Slip(
        lambda: rule("S3", ("    with: [eu-led]", "    with: [eu-led]\n    with: [third-country]")), "Y012"
    ),
    "a list was emptied": Slip(lambda: rule("S3", ("[suspect, convicted]", "[]")), "POL-005"),
    "a share forgot its law": Slip(lambda: rule("S2", ("    law: [LED art. 8]\n", "")), "POL-002"),
    "a share forgot whom it is about": Slip(lambda: rule("S2", ("    about: [suspect, convicted]\n", "")), "POL-002"),
    "two rules have one id": Slip(lambda: edited("id: S2\n", "id: S1\n"), "POL-007"),
    "a rule takes the id of a built-in limit": Slip(lambda: edited("id: L2\n", "id: B2\n"), "POL-008"),
    "the default was changed": Slip(lambda: edited("withhold every field ", "share every field "), "POL-020"),
    "a companion of another version": Slip(lambda: edited("partners-2026-11", "partners-2026-10"), "POL-011"),
    "a level that does not exist": Slip(lambda: rule("S4", ("level: pseudonym", "level: masked")), "POL-004"),
    "a classification without its bound": Slip(lambda: rule("S3", ("up to SENSITIVE", "SENSITIVE")), "POL-022"),
    "an invisible character in a comment": Slip(
        lambda: edited("# outside these days", "# \N{RIGHT-TO-LEFT OVERRIDE}outside these days"), "Y005"
    ),
    "special data shared without a reason": Slip(
        lambda: rule("S3", ("    why: Strictly necessary to establish identity where documents are false.\n", "")),
        "POL-014",
    ),
    "a duty without its words": Slip(
        lambda: rule("S3", ("delete-after: 30 days without a match", "delete-after: soon")), "POL-019"
    ),
    "a group named like a partner": Slip(
        lambda: edited("  home:          [domestic]", "  qn-police:     [domestic]", VOCABULARY), "POL-010"
    ),
    "an instrument that ends on no day": Slip(
        lambda: partner(
            "qs-bureau",
            "clearance: SENSITIVE",
            "clearance: SENSITIVE, under: {instrument: Agreement, until: 2027-02-30}",
        ),
        "POL-012",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_slip_keeps_the_files_from_loading(name: str) -> None:
    slip = UNREADABLE[name]
    named = [fault for fault in faults(slip.planted()) if fault.code == slip.found]
    assert named, faults(slip.planted())
    assert named[0].place.line > 0
    assert named[0].place.column > 0
    assert all(fault.fix or fault.at.line for fault in named), "every message says what to do, or shows the other place"


def test_a_new_field_without_its_class_keeps_the_format_from_loading() -> None:
    found = format_files()
    before = b'"x-class": "identity"'
    assert before in found["person.json"]
    with pytest.raises(DefinitionRefused) as refused:
        load_format({**found, "person.json": found["person.json"].replace(before + b",", b"", 1)})
    assert refused.value.faults[0].message


def test_no_is_a_partner_and_not_false() -> None:
    """An ordinary loader of YAML makes `[home, no]` a list that has lost a partner."""
    register = edited("partners:\n", "partners:\n  - {id: no, regime: eu, clearance: SECRET, carries: []}\n", REGISTER)
    loaded = load({**register, POLICY: rule("S2", ("[home, eu-led]", "[home, no]"))[POLICY]})
    (share,) = (one for one in loaded.policy.shares if one.id == "S2")
    assert PartnerId("no") in share.partners


# ---------------------------------------------------------------- a promise is broken

PROMISED = {
    "victims were added to the suspects": Slip(lambda: rule("S1", ("[suspect, convicted]", "[suspect, victim]")), "P4"),
    "the masked name was unmasked": Slip(lambda: rule("S6", ("    level: pseudonym\n", "")), "P4"),
    "the emergency rule lost its purpose": Slip(lambda: rule("S9", ("[threat-to-life]", "[any purpose]")), "P4"),
    "biometrics were added for missing children, and their limit deleted": Slip(
        lambda: {**without("L5"), POLICY: _with_biometrics(without("L5")[POLICY])}, "P1"
    ),
    "intimate data were shared, and their limit deleted": Slip(
        lambda: {**without("L1"), POLICY: without("L1")[POLICY].replace(b"[identity]", b"[identity, intimate]", 1)},
        "P2",
    ),
    "the protected were forgotten": Slip(lambda: without("L4"), "P5"),
    "the purpose of the co-operation was lost": Slip(lambda: rule("S1", ("terrorism, ", "")), "P6"),
    "one partner of the group was left out": Slip(lambda: rule("S2", ("[home, eu-led]", "[home, eu, eu-body]")), "P7"),
    "a partner of the group cannot carry the duties": Slip(
        lambda: partner("qo-police", "carries: [message, item]", "carries: [message]"), "P7"
    ),
}


def _with_biometrics(policy: bytes) -> bytes:
    return policy.replace(b"  - share: [identity, contact]\n    id: S5", b"  - share: [biometric]\n    id: S5")


@pytest.mark.parametrize("name", PROMISED)
def test_a_slip_breaks_a_promise(name: str) -> None:
    slip = PROMISED[name]
    decisions = load(slip.planted())
    promise = next(one for one in decisions.policy.promises if one.id == slip.found)
    alone = replace(decisions, policy=replace(decisions.policy, promises=(promise,)))
    verdict = prove(alone)[0]
    assert verdict.outcome is Outcome.VIOLATED
    said = "\n".join(verdict_lines(verdict, counterexample(compile_policy(decisions), verdict)))
    assert promise.because in said
    assert "Smallest case" in said


# ---------------------------------------------------------------- a test fails

TESTED = {
    "victims may be named beside suspects": Slip(
        lambda: rule("S1", ("[suspect, convicted]", "[suspect, convicted, victim]")), "T1"
    ),
    "a duty was dropped": Slip(
        lambda: rule(
            "S4",
            (
                "attach: [no-onward-transfer-without-consent, no-evidence-without-consent]",
                "attach: [no-evidence-without-consent]",
            ),
        ),
        "T2",
    ),
    "the protected only lose their fields": Slip(
        lambda: rule("L4", ("to: withhold the whole message", "to: redact")), "T4"
    ),
    "an emergency no longer helps": Slip(lambda: rule("S9", ("victim, ", "")), "T5"),
}


@pytest.mark.parametrize("name", TESTED)
def test_a_slip_fails_a_test(name: str) -> None:
    slip = TESTED[name]
    decisions = load(slip.planted())
    report = run_cases(files(), TESTS, compile_policy(decisions))
    failed = {one.id: one for one in report.results if not one.passed}
    assert slip.found in failed
    assert "expected" in failed[slip.found].differs


# ---------------------------------------------------------------- the difference shows it

DIFFERENT = {
    "a partner moved to another regime": Slip(
        lambda: partner("qs-bureau", "regime: agreement", "regime: eu"), "qs-bureau"
    ),
    "a stopped partner is live again": Slip(files, "qn-police"),
    "a clearance was raised": Slip(lambda: partner("qp-border", "CONFIDENTIAL", "SECRET"), "qp-border"),
    "a group took a regime in": Slip(
        lambda: edited("[eu, eu-body, schengen]", "[eu, eu-body, schengen, adequate]", VOCABULARY), "eu-led"
    ),
    "a limit is gone": Slip(lambda: without("L2"), "L2"),
    "a limit is lifted by more permissions": Slip(
        lambda: rule("L2", ("unless: [", "unless: [authorised in this case, ")), "L2"
    ),
    "the wrong group": Slip(lambda: rule("S3", ("[eu-led]", "[third-country]")), "S3"),
    "a share asks for no permission": Slip(
        lambda: rule("S9", ("    only when: [an emergency is declared]\n", "")), "S9"
    ),
    "a promise is gone": Slip(lambda: without("P3"), "P3"),
    "the policy holds longer": Slip(lambda: edited("until: 2027-11-30", "until: 2037-11-30"), "2037-11-30"),
    "the receiver is told more about gaps": Slip(files, "by kind of data"),
}
BEFORE: dict[str, Callable[[], Files]] = {
    "a stopped partner is live again": lambda: partner("qn-police", "regime: eu", "regime: eu, status: stopped"),
    "the receiver is told more about gaps": lambda: edited("by kind of data", "nothing"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_slip_shows_in_the_difference_and_needs_two_signatures(name: str) -> None:
    slip = DIFFERENT[name]
    found = compare(load(BEFORE.get(name, files)()), load(slip.planted()), {}, {})
    verdict = verdict_of(found)
    assert verdict.direction is Direction.WIDER
    told = [*verdict.reasons, *(f"{cause.id} {cause.what}" for cause in found.causes)]
    assert any(slip.found in line for line in told), told


def test_a_test_that_is_gone_shows_in_the_difference() -> None:
    tests = read_tests(files(), TESTS)
    left = {name: test for name, test in tests.items() if name != "T3"}
    verdict = verdict_of(compare(example(), example(), tests, left))
    assert verdict.direction is Direction.WIDER
    assert any("T3" in reason for reason in verdict.reasons)


def test_an_agreement_that_ends_is_announced_and_then_counts_as_none() -> None:
    ending = partner(
        "qs-bureau", "clearance: SENSITIVE", "clearance: SENSITIVE, under: {instrument: Agreement, until: 2027-03-31}"
    )
    found = compare(example(), load(ending), {}, {})
    assert [(one.partner, one.day, one.within) for one in found.endings] == [("qs-bureau", "2027-03-31", True)]
    assert load(ending).register.at(PartnerId("qs-bureau"), "2027-04-01") == "qs-bureau:expired"


def test_the_catalogue_is_as_long_as_promised() -> None:
    assert len(UNREADABLE) + len(PROMISED) + len(TESTED) + len(DIFFERENT) + 4 >= 25
