"""A policy in sentences: numbered as in the file, and never the same words for another meaning."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    ORIGINS,
    USABLE,
    Classified,
    Condition,
    DecisionSet,
)
from gateway.policy.resolved import resolved
from gateway.policy.words.document import rendering_page
from gateway.policy.words.naming import names_of
from gateway.policy.words.page import page, tag
from gateway.policy.words.render import plain_rendering, render, rendered_lines
from tests.policy.given import shipped
from tests.policy.words.test_words import demo, edited

DECISIONS = shipped("demo").decisions


def said(decisions: DecisionSet, language: str = "en") -> str:
    return "\n".join(rendered_lines(render(decisions, language)))


def test_the_rules_stand_as_in_the_file_each_with_line_and_law() -> None:
    chapter = render(DECISIONS, "en").chapters[0]
    lines = [statement.place.line for statement in chapter.statements]
    assert lines == sorted(lines)
    assert all(statement.law and statement.sentences for statement in chapter.statements)
    assert {statement.id for statement in chapter.statements} == {
        rule.id for rule in DECISIONS.policy.rules if not rule.built_in
    }


def test_a_share_is_said_as_a_lawyer_would_read_it() -> None:
    text = said(DECISIONS)
    assert (
        "S1. Who the suspect is, to authorities bound by the Directive\n"
        "   We may send identity data in full, only about suspects or convicted persons, to partners bound by the "
        "Directive, for serious crime, terrorism, trafficking, financial crime, a threat to life or public security.\n"
        "   Only what is classified CONFIDENTIAL or lower.\n"
        "   Reason: Investigating authorities must know whom the request concerns.\n"
        "   (line 18) [LED art. 4(1)(b)-(c); LED art. 8; Dir. (EU) 2023/977]"
    ) in text
    assert "B6. Informants\n   Whatever other sentences say, a message with all data including free text" in text


def test_the_built_in_limits_and_the_promises_are_said_in_german_too() -> None:
    text = said(DECISIONS, "de")
    assert "B1. " in text
    assert "Wir übermitteln nie biometrische Daten über Opfer, Zeugen oder Kinder" in text
    assert not re.search(r"\{\w+\}", text.partition(DECISIONS.words["de"].term("labels", "glossary").upper())[0])


def test_text_json_and_page_have_the_same_content() -> None:
    rendering = render(DECISIONS, "de")
    plain: Any = plain_rendering(rendering)
    html = rendering_page(rendering)
    assert '<html lang="de">' in html
    assert DECISIONS.digest in html
    for chapter in plain["chapters"]:
        for statement in chapter["statements"]:
            for sentence in statement["sentences"]:
                assert sentence.replace("&", "&amp;").replace("'", "&#x27;").replace('"', "&quot;") in html


def test_no_text_of_an_officer_looks_like_a_sentence_of_ours() -> None:
    """A line break in a title, or a quotation mark in a condition, cannot make up a restriction that is not there."""
    trap = '"Who the suspect is\\n   Only with: a court order.\\n   (line 1)'
    titled = demo(
        edited(
            "title: Who the suspect is, to authorities bound by the Directive", f'title: {trap}"', "demo.policy.yaml"
        )
    )
    assert len(said(titled).splitlines()) == len(said(DECISIONS).splitlines())
    assert "Who the suspect is ¶ Only with: a court order. ¶ (line 1)" in said(titled)
    quoted = demo(edited("30 days without a match", '"30 days”. Condition: ask “us"', "demo.policy.yaml"))
    assert 'delete it after “30 days". Condition: ask "us”' in said(quoted)


def test_nothing_can_be_put_into_a_page() -> None:
    html = page("en", "</title><script>", tag("p", "<script>alert(1)</script>", id='"><b>'))
    assert "<script" not in html
    assert "<b>" not in html
    for name, attributes in (
        ("script", {}),
        ("p", {"onclick": "x"}),
        ("a", {"href": "javascript:x"}),
        ("p", {"src": "x"}),
    ):
        with pytest.raises(ValueError):
            tag(name, "x", **attributes)


# ---------------------------------------------------------------- another meaning, other words


def toggled(whole: frozenset[str], every: list[str], draw: st.DataObject) -> frozenset[str]:
    return whole ^ {draw.draw(st.sampled_from(sorted(every)))}


def changed(draw: st.DataObject) -> DecisionSet:
    """The demo with one attribute of one rule or promise changed by one word."""
    policy, words = DECISIONS.policy, DECISIONS.vocabulary
    persons = [*words.everyone_known, "unknown"]
    fields = [str(one.id) for one in DECISIONS.catalogue.fields.values() if one.decided]
    partners = [*DECISIONS.partners, "qs-bureau:expired"]
    axes: dict[str, list[str]] = {
        "fields": fields,
        "partners": partners,
        "purposes": [*words.purposes],
        "about": persons,
        "marked": [*words.marks],
        "information": [*INFORMATION],
        "origins": [*ORIGINS],
        "usable": [*USABLE],
        "only_when": [*GRANTS],
        "unless": [*GRANTS],
        "without": [*GRANTS],
        "granted": [*GRANTS],
    }
    kind = draw.draw(st.sampled_from(["shares", "limits", "conditions", "promises"]))
    rules: list[Any] = [*getattr(policy, kind)]
    position = draw.draw(st.integers(0, len(rules) - 1))
    rule = rules[position]
    # The form of a promise says whether its data are usable; no word does.
    found = [name for name in axes if hasattr(rule, name) and (kind, name) != ("promises", "usable")]
    axis = draw.draw(st.sampled_from([*found, "classified", "rest"]))
    if axis == "classified":
        order = words.classifications
        within = toggled(rule.classified.within, [*order], draw)
        rule = replace(rule, classified=Classified(order, within, rule.classified.above_clearance))
    elif axis == "rest":
        rule = replace(rule, **draw.draw(st.sampled_from(_rest(rule))))
    else:
        rule = replace(rule, **{axis: toggled(getattr(rule, axis), axes[axis], draw)})
    rules[position] = rule
    parts: Any = {kind: tuple(rules)}
    return replace(DECISIONS, policy=replace(policy, **parts))


def _rest(rule: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"id": "X1"}]
    if hasattr(rule, "law"):
        found += [{"title": "x"}, {"law": (*rule.law, "x")}, {"why": "x"}, {"silent": not rule.silent}]
    if hasattr(rule, "attach"):
        found += [{"attach": (*rule.attach, Condition("other", "x"))}]
    found += [{"level": "year" if rule.level != "year" else "full"}] if _says_level(rule) else []
    found += [{"to": "year" if rule.to != "year" else "redact"}] if hasattr(rule, "to") else []
    return found


def _says_level(rule: Any) -> bool:
    return hasattr(rule, "level") and getattr(rule, "form", "share") in ("share", "at most", "always")


def meaning(decisions: DecisionSet) -> Any:
    whole: Any = resolved(decisions.policy, decisions.register, decisions.vocabulary, decisions.catalogue)
    for part in ("rules", "promises"):
        for one in whole["policy"][part].values():
            del one["said"]
    return whole


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["en", "de"]))
def test_two_policies_of_different_meaning_never_read_the_same(data: st.DataObject, language: str) -> None:
    other = changed(data)
    assert (meaning(other) == meaning(DECISIONS)) == (said(other, language) == said(DECISIONS, language))


WORDS = [
    ("regime: eu\n", "regime: agreement\n", "partners.yaml"),
    ("clearance: CONFIDENTIAL", "clearance: SECRET", "partners.yaml"),
    ("takes: [Exercise]", "takes: [Test]", "partners.yaml"),
    ("until: 2029-12-31", "until: 2029-12-30", "partners.yaml"),
    ("eu-partners:        [eu, eu-body, schengen]", "eu-partners:        [eu, eu-body]", "vocabulary.yaml"),
    ("use-only-for: message", "use-only-for: item", "vocabulary.yaml"),
    ('"tlp:RED", "tlp:AMBER+STRICT", "tlp:AMBER", ', '"tlp:RED", "tlp:AMBER+STRICT", ', "vocabulary.yaml"),
    ("until: 2030-12-31", "until: 2031-12-31", "demo.policy.yaml"),
    ("gaps: by kind of data", "gaps: nothing", "demo.policy.yaml"),
    ("owner: Data", "owner: The Data", "demo.policy.yaml"),
    ("version: 1", "version: 2", "demo.policy.yaml"),
    ("  suspect: suspects", "  suspect: persons under suspicion", "words.en.yaml"),
]


@pytest.mark.parametrize(("old", "new", "file"), WORDS)
def test_another_word_in_any_file_reads_otherwise(old: str, new: str, file: str) -> None:
    assert said(demo(edited(old, new, file))) != said(DECISIONS)


@given(
    st.frozensets(st.sampled_from("abcdef")),
    st.dictionaries(st.sampled_from("PQRS"), st.frozensets(st.sampled_from("abcdef"))),
    st.lists(st.sampled_from("PQRS")),
)
def test_names_mean_exactly_the_set(
    whole: frozenset[str], groups: dict[str, frozenset[str]], preferred: list[str]
) -> None:
    names, rest = names_of(whole, [*groups.items()], preferred)
    assert frozenset(rest).union(*(groups[name] for name in names)) == whole
