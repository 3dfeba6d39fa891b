"""Words are data: complete in every language, told apart, and part of what is signed."""

import re
from collections.abc import Callable

import pytest

from gateway.errors import DefinitionRefused, Fault
from gateway.policy.language import DecisionSet
from gateway.policy.load import load_decision_set
from gateway.policy.words.needed import SENTENCES, needed_terms
from gateway.policy.words.render import book_of
from tests.exchange.given import exchange_format
from tests.policy.given import SHIPPED, example, files, shipped

ENGLISH, GERMAN = "words.en.yaml", "words.de.yaml"


def demo(changed: dict[str, bytes]) -> DecisionSet:
    """The shipped demo with changed files."""
    found = {**files(SHIPPED), **changed}
    return load_decision_set(found, "demo.policy.yaml", "partners.yaml", "vocabulary.yaml", exchange_format())


def edited(old: str, new: str, file: str = ENGLISH) -> dict[str, bytes]:
    text = files(SHIPPED)[file].decode()
    assert text.count(old) == 1, old
    return {file: text.replace(old, new).encode()}


def refused(changed: dict[str, bytes]) -> list[Fault]:
    with pytest.raises(DefinitionRefused) as caught:
        demo(changed)
    return [*caught.value.faults]


@pytest.mark.parametrize("name", ["demo", "real"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_shipped_language_has_words_for_everything(name: str, language: str) -> None:
    decisions = shipped(name).decisions
    book = book_of(decisions, language)
    for section, terms in needed_terms(decisions.exchange).items():
        assert {*terms} <= {*book.terms[section]}
    assert set(book.terms["groups"]) == set(decisions.vocabulary.groups)
    assert set(book.sentences) == set(SENTENCES)


CHANGES: dict[str, tuple[Callable[[], dict[str, bytes]], str]] = {
    "a term without words": (lambda: edited("  victim: victims\n", ""), "POL-002"),
    "words for no term": (lambda: edited("  victim: victims\n", "  victim: victims\n  bystander: x\n"), "POL-001"),
    "a sentence is missing": (lambda: edited("  kept: goes along with what it belongs to\n", ""), "POL-002"),
    "a gap is missing": (lambda: edited(", only about {about}, to {with}", ", to {with}"), "POL-040"),
    "a gap too many": (lambda: edited('"Owner: {owner}."', '"Owner: {owner} {version}."'), "POL-040"),
    "a condition without its gap": (lambda: edited("delete it after {words}", "delete it soon"), "POL-040"),
    "two terms with the same words": (lambda: edited("  witness: witnesses\n", "  witness: Victims\n"), "POL-041"),
    "a term that reads like two": (
        lambda: edited("  witness: witnesses\n", "  witness: victims or spies\n"),
        "POL-041",
    ),
    "words on two lines": (
        lambda: edited("  witness: witnesses\n", '  witness: "witnesses\\n   Only with a court order"\n'),
        "POL-041",
    ),
    "a class named like a field": (lambda: edited("identity: identity data", "identity: person.names.full"), "POL-041"),
    "another language": (lambda: edited("words: en", "words: de"), "POL-042"),
    "a group without words": (
        lambda: edited("    eu-partners: Partner unter der Richtlinie\n", "", "vocabulary.yaml"),
        "POL-002",
    ),
    "a group named like a regime": (
        lambda: edited(
            "    eu-partners: partners bound by the Directive\n",
            "    eu-partners: private receivers\n",
            "vocabulary.yaml",
        ),
        "POL-041",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_wrong_words_are_faults_with_their_place(name: str) -> None:
    change, code = CHANGES[name]
    found = refused(change())
    assert code in {fault.code for fault in found}
    assert all(fault.place.file and fault.place.line for fault in found)


def test_the_words_are_part_of_what_is_signed() -> None:
    before = demo({})
    swapped = edited("  suspect: suspects\n", "  suspect: persons we suspect\n")
    assert demo(swapped).digest != before.digest
    german = files(SHIPPED)[GERMAN].decode()
    assert demo({GERMAN: german.replace("victim: Opfer", "victim: Geschädigte").encode()}).digest != before.digest
    assert demo({GERMAN: re.sub("^#.*\n", "", german, flags=re.MULTILINE).encode()}).digest == before.digest


def test_a_set_without_words_decides_and_cannot_be_shown() -> None:
    with pytest.raises(DefinitionRefused) as caught:
        book_of(example(), "en")
    assert caught.value.faults[0].code == "POL-043"
