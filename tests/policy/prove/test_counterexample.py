"""Counterexamples: shown by a valid message through the corridor, explained by rule, line and law, kept as tests."""

from dataclasses import replace

import pytest

from gateway.document.canonical import canonical
from gateway.document.json_codec import read_json
from gateway.errors import DefinitionRefused
from gateway.exchange.validate import validate
from gateway.names import PartnerId
from gateway.policy.cases import run_cases
from gateway.policy.compile import CompiledPolicy, compile_policy
from gateway.policy.prove.counterexample import Counterexample, counterexample
from gateway.policy.prove.drafts import drafts_of, with_drafts
from gateway.policy.prove.prover import prove
from gateway.policy.prove.sheet import LIMITS, plain_sheet, sheet_page, verdict_lines
from gateway.policy.prove.specimen import specimen
from gateway.policy.prove.verdict import Outcome, Verdict
from tests.policy.given import POLICY, TESTS, case, compiled, edited, example, files, load

NO_SPECIMEN = {"movement.kind", "movement.phase"}
"""Fields of a report of movement, which needs an event of one of several kinds."""


def slip() -> dict[str, bytes]:
    """L5 no longer names victims, and S3 is widened to them and to countries with an agreement."""
    text = "    about: [suspect, convicted]\n    with: [eu-led]\n    for: [serious-crime, terrorism]\n"
    wide = "    about: [suspect, victim]\n    with: [agreement]\n    for: [serious-crime, terrorism]\n"
    found = edited(text, wide)
    found[POLICY] = found[POLICY].replace(b"    about: [victim, witness, child]\n", b"    about: [witness, child]\n")
    return found


def broken(given: dict[str, bytes], promise: str) -> tuple[CompiledPolicy, Verdict, Counterexample]:
    policy = compile_policy(load(given))
    verdict = next(one for one in prove(policy.decisions, policy.function) if one.promise.id == promise)
    found = counterexample(policy, verdict)
    assert found is not None
    return policy, verdict, found


def test_every_field_that_rules_decide_has_a_valid_small_message() -> None:
    exchange = example().exchange
    decided = [name for name, field in example().catalogue.fields.items() if field.decided]
    made = {name: specimen(case(field=name), exchange, "QN") for name in decided}
    assert {name for name, message in made.items() if message is None} == NO_SPECIMEN
    for message in made.values():
        assert message is None or not validate(message, exchange)


def test_the_slip_of_the_design_leaks_through_the_real_corridor() -> None:
    policy, verdict, found = broken(slip(), "P1")
    assert found.witness.fate == "sent"
    assert found.witness.message is not None
    assert not validate(found.witness.message, policy.decisions.exchange)
    assert [(reason.rule, reason.place.line) for reason in found.why] == [("S3", 35)]
    assert ("L5", ("persons: victim",)) in [(near.limit.rule, near.lacks) for near in found.near]
    lines = " ".join(verdict_lines(verdict, found))
    assert lines.startswith(f"P1 FAILS in {verdict.violations:,} of {verdict.cases:,} combinations.")
    for said in ("person.biometrics.kind", "victim", "qs-bureau", "S3 (", "line 35", "LED art. 10(a)", "L5 ("):
        assert said in lines
    assert "the item leaves" in lines


def test_no_counterexample_without_a_broken_promise() -> None:
    for verdict in prove(example(), compiled().function):
        assert counterexample(compiled(), verdict) is None


def test_a_promise_that_asks_for_more_says_what_is_lacking() -> None:
    old = "    with: [eu-body]\n    for: [terrorism]\n    marked: [H0]"
    _, verdict, found = broken(edited(old, old.replace("terrorism", "border")), "P6")
    assert [reason.rule for reason, _ in found.lacking] == ["S1"]
    assert "would share it, but asks for purpose" in " ".join(verdict_lines(verdict, found))


def test_a_leak_after_the_end_of_an_instrument_is_shown_on_a_day_after_it() -> None:
    """Without B1, a partner whose instrument has ended still gets what everyone gets; so the day is in the test."""
    register = "partners.yaml"
    given = files()
    line = next(row for row in given[register].decode().splitlines() if "id: qs-bureau" in row)
    ended = line.replace("regime: agreement", "regime: agreement, under: {instrument: x, until: 2027-01-31}")
    given[register] = given[register].replace(line.encode(), ended.encode())
    decisions = load(given)
    kept = tuple(rule for rule in decisions.policy.limits if rule.id != "B1")
    promise = next(one for one in prove(decisions) if one.promise.id == "B1").promise
    opened = replace(decisions, policy=replace(decisions.policy, limits=kept, promises=(promise,)))
    policy = compile_policy(opened)
    verdict = prove(opened, policy.function)[0]
    assert verdict.broken is not None
    late = replace(verdict.broken.case, partner=PartnerId("qs-bureau:expired"))
    only = replace(verdict, broken=replace(verdict.broken, case=late))
    made, _ = with_drafts(opened, drafts_of(opened, [only]), TESTS, None)
    assert b"on: 2027-02-01" in made
    found = counterexample(policy, only)
    assert found is not None
    assert found.witness.day == "2027-02-01"


@pytest.mark.parametrize("present", [None, files()[TESTS]], ids=["new", "added"])
def test_a_counterexample_becomes_a_test_that_fails_until_the_policy_is_mended(present: bytes | None) -> None:
    policy, verdict, _ = broken(slip(), "P1")
    drafts = drafts_of(policy.decisions, [verdict])
    made, ids = with_drafts(policy.decisions, drafts, TESTS, present)
    assert ids == ("P1-counterexample-1",)
    assert present is None or made.startswith(present)
    failing = run_cases({TESTS: made}, TESTS, policy)
    assert "P1-counterexample-1" in {result.id for result in failing.results if not result.passed}
    mended = run_cases({TESTS: made}, TESTS, compiled())
    assert all(result.passed for result in mended.results)
    again, more = with_drafts(policy.decisions, drafts, TESTS, made)
    assert more == ("P1-counterexample-2",)
    assert again.startswith(made)


@pytest.mark.parametrize(
    "present", [b"tests: national-outgoing\ncases: [{id: a}]\n", b"cases:\n  - id: a\ntests: national-outgoing\n"]
)
def test_tests_that_cannot_be_added_to_are_left_alone(present: bytes) -> None:
    policy, verdict, _ = broken(slip(), "P1")
    drafts = drafts_of(policy.decisions, [verdict])
    with pytest.raises(DefinitionRefused) as refused:
        with_drafts(policy.decisions, drafts, TESTS, present)
    assert refused.value.faults[0].code == "POL-064"


def test_the_proof_sheet_says_what_holds_what_fails_and_what_no_proof_can_say() -> None:
    policy = compile_policy(load(slip()))
    verdicts = prove(policy.decisions, policy.function)
    examples = [counterexample(policy, verdict) for verdict in verdicts]
    sheet = plain_sheet(policy.decisions, verdicts, examples, blocks=len(policy.function.blocks), second=True)
    assert read_json(canonical(sheet)) == sheet
    assert sheet["decision_function"] == policy.decision_digest
    assert sheet["limits"] == [*LIMITS]
    page = sheet_page(policy.decisions, verdicts, examples, second=True)
    failed = [verdict.promise.id for verdict in verdicts if verdict.outcome is Outcome.VIOLATED]
    assert failed == ["P1"]
    assert "P1 FAILS in" in page
    assert all(limit.partition(".")[0] in page for limit in LIMITS)
    assert policy.decision_digest in page
    undecided = replace(verdicts[0], outcome=Outcome.UNDECIDED, reason="no time")
    assert "COULD NOT BE DECIDED: no time" in verdict_lines(undecided, None)[0]
