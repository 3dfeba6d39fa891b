"""Why an item is shown as it is, and what would have to change: answers that name a rule, a line and a law.

Slow and complete; works on one case at a time, straight from the rules. `near` are the shares with the fewest lines
that do not fit, `also` every limit that would still cap. The default is named like any other rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Place
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, cap_of, decide, restriction_applies, share_applies
from gateway.policy.language import DEFAULT_RULE, Case, DecisionSet, Limit, Rule, Share
from gateway.policy.words.book import one_line

__all__ = ["Explanation", "Lacking", "Reason", "explain", "explained_lines", "ground_of", "plain_explanation"]

_CONSENT = "the originator has consented"
_REVIEW = "reviewed by an officer"
_ORDER = ("purpose", "role", "classification", "review", "consent", "channel", "law")
"""Which ground is named when several lines of the nearest share do not fit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that had a say: its id, title, line and law."""

    rule: str
    title: str
    place: Place
    law: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacking:
    """One line of a share that does not fit the case: the ground it falls under, and what would fit.

    `line` is its keyword, `fits` the words of the policy that would; `words` say both in English.
    """

    ground: str
    words: str
    line: str
    fits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one case. `level` is a word of the field's ladder, or "withhold the whole message"."""

    level: str
    why: tuple[Reason, ...]
    near: tuple[tuple[Reason, tuple[Lacking, ...]], ...] = ()
    also: tuple[Reason, ...] = ()
    ground: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that decided."""
        return tuple(reason.rule for reason in self.why) or (DEFAULT_RULE,)


def explain(decisions: DecisionSet, case: Case) -> Explanation:
    """Explain one case. `KeyError` for a field that does not exist."""
    register, catalogue = decisions.register, decisions.catalogue
    ladder = catalogue.ladder(case.field)
    level, _ = decide(decisions.policy, catalogue, register, case)
    shares = [rule for rule in decisions.policy.shares if share_applies(rule, case, register)]
    limits = [rule for rule in decisions.policy.limits if restriction_applies(rule, case, register)]
    duties = [
        rule
        for rule in decisions.policy.conditions
        if restriction_applies(rule, case, register) and not register.can_carry(case.partner, rule.attach)
    ]
    if level > REDACT:
        speaking: list[Rule] = [rule for rule in shares if ladder.rung(rule.level) >= level]
        speaking += [rule for rule in limits if cap_of(rule, case, ladder) == level]
        return Explanation(
            ladder.levels[level],
            tuple(map(_reason, speaking)),
            ground="" if level == ladder.top else ground_of(decisions, case),
        )
    capping: list[Rule] = [rule for rule in limits if cap_of(rule, case, ladder) == level]
    capping += duties
    word = "withhold the whole message" if level == WITHHOLD_MESSAGE else "redact"
    near = () if shares else _nearest_shares(decisions, case)
    ground = ground_of(decisions, case)
    if shares or level == WITHHOLD_MESSAGE:
        return Explanation(word, tuple(map(_reason, capping)), ground=ground)
    return Explanation(word, (), near, tuple(map(_reason, capping)), ground)


def plain_explanation(explanation: Explanation) -> JsonObject:
    """Give an explanation as plain values, for `--json` and for the record; what is empty is left out."""
    near: list[JsonValue] = [
        {**_plain_reason(reason), "lacks": [lacking.words for lacking in lines]} for reason, lines in explanation.near
    ]
    plain: JsonObject = {
        "why": [*map(_plain_reason, explanation.why)] or [{"rule": DEFAULT_RULE}],
        "ground": explanation.ground,
        "near": near,
        "also": [*map(_plain_reason, explanation.also)],
    }
    return {name: value for name, value in plain.items() if value}


def _plain_reason(reason: Reason) -> JsonObject:
    return {"rule": reason.rule, "title": reason.title, "line": reason.place.line, "law": [*reason.law]}


def explained_lines(plain: Mapping[str, Any]) -> list[str]:
    """Give a plain explanation in words, one line each: why, near (what would have to change), also."""
    why = [reason for reason in plain["why"] if reason["rule"] != DEFAULT_RULE]
    lines = [f"why   {_named(reason)}" for reason in why] or ["why   no share covers it"]
    lines += [f"near  {_named(reason)} lacks: {'; '.join(reason['lacks'])}" for reason in plain.get("near", ())]
    return lines + [f"also  {_named(reason)} stops it" for reason in plain.get("also", ())]


def _named(reason: Mapping[str, Any]) -> str:
    line = f", line {reason['line']}" if reason["line"] else ""
    law = f" [{'; '.join(reason['law'])}]" if reason["law"] else ""
    return one_line(f"{reason['rule']} ({reason['title']}{line}){law}")


def ground_of(decisions: DecisionSet, case: Case) -> str:
    """Give the ground under which a withheld or coarsened item is stated to its receiver, a word of the format."""
    register, catalogue = decisions.register, decisions.catalogue
    ladder = catalogue.ladder(case.field)
    level, _ = decide(decisions.policy, catalogue, register, case)
    limits = [
        rule
        for rule in decisions.policy.limits
        if restriction_applies(rule, case, register) and cap_of(rule, case, ladder) <= max(level, REDACT)
    ]
    if limits:
        grounds = {_ground_of_limit(rule) for rule in limits}
        return min(grounds, key=_ORDER.index)
    if level > REDACT:
        return "law"
    if any(share_applies(rule, case, register) for rule in decisions.policy.shares):
        return "channel" if not catalogue.follows(case.field) else "law"
    near = _nearest_shares(decisions, case)
    if not near:
        return "law"
    return min((lacking.ground for lacking in near[0][1]), key=_ORDER.index)


def _nearest_shares(decisions: DecisionSet, case: Case) -> tuple[tuple[Reason, tuple[Lacking, ...]], ...]:
    """Give the shares about this field with the fewest lines that do not fit, in the order of their ids."""
    found = [
        (rule, lines)
        for rule in decisions.policy.shares
        if case.field in rule.fields and (lines := _lacking(decisions, rule, case))
    ]
    fewest = min((len(lines) for _, lines in found), default=0)
    near = [(rule, lines) for rule, lines in found if len(lines) == fewest]
    return tuple((_reason(rule), lines) for rule, lines in sorted(near, key=lambda pair: pair[0].id))


def _lacking(decisions: DecisionSet, rule: Share, case: Case) -> tuple[Lacking, ...]:
    register = decisions.register
    lines = []
    if case.purpose not in rule.purposes:
        lines.append(Lacking("purpose", f"purpose {_some(rule.purposes)}", "for", rule.purposes))
    if not case.roles <= rule.about:
        lines.append(Lacking("role", f"persons who are only {_some(rule.about)}", "about", rule.about))
    if case.partner not in rule.partners:
        words = f"a partner among {', '.join(rule.said.get('with', ('others',)))}"
        lines.append(Lacking("law", words, "with", frozenset(rule.partners)))
    if not rule.classified.contains(case.classification, register.clearance(case.partner)):
        lines.append(Lacking("classification", "a lower classification", "classified"))
    if not case.marks <= rule.marked:
        lines.append(Lacking("law", f"marks {_some(rule.marked)}", "marked", rule.marked))
    if case.information not in rule.information:
        lines.append(Lacking("law", f"information that is {_some(rule.information)}", "information", rule.information))
    if case.origin not in rule.origins:
        lines.append(Lacking("consent", f"data that are {_some(rule.origins)}", "origin", rule.origins))
    if missing := rule.only_when - case.grants:
        ground = "review" if _REVIEW in missing else "consent"
        lines.append(Lacking(ground, f"on record: {_some(missing)}", "only when", missing))
    if not register.can_carry(case.partner, rule.attach):
        lines.append(Lacking("channel", "a channel that carries its conditions", "attach"))
    return tuple(lines)


def _ground_of_limit(rule: Limit) -> str:
    if rule.classified.above_clearance or len(rule.classified.within) < len(rule.classified.order):
        return "classification"
    if _REVIEW in rule.unless:
        return "review"
    if _CONSENT in rule.unless:
        return "consent"
    return "role" if rule.said.get("about") else "law"


def _some(words: frozenset[str]) -> str:
    listed = sorted(words)
    return ", ".join(listed) if len(listed) <= 6 else f"one of {len(listed)} words"


def _reason(rule: Rule) -> Reason:
    return Reason(rule.id, rule.title, rule.place, rule.law)
