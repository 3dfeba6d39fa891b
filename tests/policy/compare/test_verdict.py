"""Tighter, words only, or wider: what decides how many must sign."""

import pytest

from gateway.policy.compare.beside import tests_of as read_tests
from gateway.policy.compare.diff import compare
from gateway.policy.compare.verdict import Direction, Verdict, verdict_of
from tests.policy.compare.changed import Files, partner, rule, without
from tests.policy.given import TESTS, VOCABULARY, edited, files, load


def judged(new: Files, old: Files | None = None) -> Verdict:
    old = old or files()
    return verdict_of(compare(load(old), load(new), read_tests(old, TESTS), read_tests(new, TESTS)))


LIMIT = "  - limit: [contact]\n    id: L9\n    title: x\n    law: [x]\n    to: redact\n\nmust always hold:"
PROMISE = "  - id: P9\n    never: [travel]\n    because: x\n\n  - id: P2\n"
NO_EVIDENCE = "[contact-before-action, no-evidence-without-consent]"

TIGHTER = {
    "one role less": rule("S5", ("[missing, child]", "[missing]")),
    "one more limit": edited("must always hold:", LIMIT),
    "a shorter validity": edited("until: 2027-11-30", "until: 2027-11-29"),
    "less said about gaps": edited("gaps: by kind of data", "gaps: nothing"),
    "one more promise": edited("  - id: P2\n", PROMISE),
    "a promise about more": rule("P1", ("[victim, child]", "[victim, child, witness]")),
    "a stop": partner("qn-police", "regime: eu", "status: stopped, regime: eu"),
    "a shorter period": rule("S3", ("30 days", "20 days")),
    "one more condition": rule("S6", ("[contact-before-action]", NO_EVIDENCE)),
}

WORDS = {
    "a title": rule("S1", ("Who the suspect is", "Who the suspect may be")),
    "a law": rule("S10", ("LED art. 8", "LED art. 9")),
    "a reason": rule("P4", ("Persons who", "People who")),
    "a group for its members": rule("S6", ("[home, eu-led]", "[domestic, eu, eu-body, schengen]")),
    "a new version number": edited("version: 4", "version: 5"),
}

T3 = "given: {field: person.names.full, about: [unknown], with: qn-police, for: serious-crime}"

WIDER = {
    "a role more": rule("S5", ("[missing, child]", "[missing, child, victim]")),
    "a condition less": rule("S6", ("    attach: [contact-before-action]", "")),
    "a longer period": rule("S3", ("30 days", "40 days")),
    "a promise less": without("P2"),
    "a promise about fewer": rule("P1", ("[victim, child]", "[victim]")),
    "a longer validity": edited("until: 2027-11-30", "until: 2027-12-01"),
    "a test less": edited(f"  - id: T3\n    {T3}\n    expect: redact\n", "", TESTS),
    "a test that expects more": edited("    expect: redact\n    note", "    expect: full\n    note", TESTS),
    "a partner takes drills": partner("world-office", "[message]", "[message], takes: [Test]"),
    "another country": partner("qn-police", "regime: eu", "country: QN, regime: eu"),
    "the message is no longer held back": rule("L4", ("withhold the whole message", "redact")),
}


@pytest.mark.parametrize("name", TIGHTER)
def test_what_only_takes_away_needs_one(name: str) -> None:
    found = judged(TIGHTER[name])
    assert found.direction is Direction.TIGHTER, found
    assert found.reasons


@pytest.mark.parametrize("name", WORDS)
def test_other_words_are_words(name: str) -> None:
    assert judged(WORDS[name]).direction is Direction.WORDS


@pytest.mark.parametrize("name", WIDER)
def test_whatever_may_disclose_more_is_wider(name: str) -> None:
    found = judged(WIDER[name])
    assert found.direction is Direction.WIDER, found
    assert found.reasons


def test_more_said_about_gaps_is_wider() -> None:
    assert judged(files(), edited("gaps: by kind of data", "gaps: nothing")).direction is Direction.WIDER


def test_lifting_a_stop_discloses() -> None:
    found = judged(files(), TIGHTER["a stop"])
    assert found.direction is Direction.WIDER
    assert any("newly disclosed" in reason for reason in found.reasons)


def test_the_same_is_the_same() -> None:
    found = files()
    assert judged(found).direction is Direction.UNCHANGED
    assert judged({**found, VOCABULARY: b"# a comment\n" + found[VOCABULARY]}).direction is Direction.UNCHANGED


def test_the_day_on_which_an_instrument_ends_is_announced() -> None:
    under = "under: {instrument: Agreement 2019/14, until: 2027-06-30}, regime: agreement"
    found = compare(load(files()), load(partner("qs-bureau", "regime: agreement", under)), {}, {})
    assert [(e.partner, e.day, e.within) for e in found.endings] == [("qs-bureau", "2027-06-30", True)]
