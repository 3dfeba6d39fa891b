"""The proof sheet: what was proved about a policy, what was not, and what no proof can say.

The same content as words, as JSON and as a printable page. Deterministic: two runs over one decision set give the same
bytes, so that a sheet can be signed. Carries the digests of what it is about.
"""

from collections.abc import Sequence

from gateway.document.tree import JsonObject, JsonValue
from gateway.names import Digest
from gateway.policy.explain import Reason
from gateway.policy.language import Case, DecisionSet
from gateway.policy.prove.counterexample import Counterexample
from gateway.policy.prove.verdict import Outcome, Verdict, case_words
from gateway.policy.words.page import Element, page, tag

__all__ = ["LIMITS", "plain_sheet", "sheet_page", "verdict_lines"]

LIMITS = (
    (
        "Labels. The proof speaks about the roles, marks and purposes that a message states. A victim recorded as a"
        " witness is treated as one. Look at the label sheet and at the statistics of roles by source."
    ),
    (
        "Inference. Pseudonym, year, region and offence together may identify someone, and two partners may compare"
        " what they got. There is no claim of anonymity."
    ),
    (
        "Over-withholding. A suspect who is also a contact gets the strictest treatment. The count of items withheld"
        " because of an extra or unknown role shows where to record better."
    ),
    "Free text. Once reviewed it is as safe as its reviewer. Detectors may assist, they never decide.",
    "Caveats in words. Restrictions in words (H3) cannot be proved; they force a person to read.",
    "Presence. That a message exists, when, and how large it is, is visible to its receiver.",
    "Last look. Values under six characters are not searched for in the bytes that leave.",
    "Law. National transpositions differ. The product ships examples, not legal advice.",
)
"""What no proof can say (policy-language.md 17). Printed on every proof sheet."""


def plain_sheet(
    decisions: DecisionSet,
    verdicts: Sequence[Verdict],
    examples: Sequence[Counterexample | None],
    *,
    blocks: int,
    second: bool,
) -> JsonObject:
    """Give the proof sheet as plain values. `examples` are in the order of `verdicts`."""
    return {
        "policy": decisions.policy.name,
        "version": decisions.policy.version,
        "digest": decisions.digest,
        "decision_function": decisions.function,
        "blocks": blocks,
        "second_prover": second,
        "promises": [_plain(verdict, example) for verdict, example in zip(verdicts, examples, strict=True)],
        "limits": [*LIMITS],
    }


def _plain(verdict: Verdict, example: Counterexample | None) -> JsonObject:
    promise = verdict.promise
    value: JsonObject = {
        "id": promise.id,
        "form": promise.form,
        "because": promise.because,
        "built_in": promise.built_in,
        "line": promise.place.line,
        "outcome": verdict.outcome.value,
        # Counts may be larger than the integers that every JSON reader takes exactly.
        "violations": str(verdict.violations),
        "cases": str(verdict.cases),
    }
    if verdict.reason:
        value["reason"] = verdict.reason
    if verdict.broken is not None and example is not None:
        shown: JsonObject = {
            "case": _plain_case(example.case),
            "level": example.level,
            "why": [_plain_reason(reason) for reason in example.why],
            "near": [{"limit": _plain_reason(one.limit), "lacks": [*one.lacks]} for one in example.near],
            "lacking": [{"share": _plain_reason(one), "lacks": [*lines]} for one, lines in example.lacking],
            "witness": example.witness.fate,
            "day": example.witness.day,
            "reasons": [*example.witness.reasons],
        }
        if verdict.broken.other:
            shown |= {"other": verdict.broken.other, "other_level": verdict.broken.other_level}
        if example.witness.message is not None:
            shown["message"] = example.witness.message
        value["smallest"] = shown
    return value


def _plain_case(case: Case) -> JsonObject:
    def listed(words: frozenset[str]) -> list[JsonValue]:
        return [*sorted(words)]

    return {
        "field": case.field,
        "about": listed(case.roles),
        "with": case.partner,
        "for": case.purpose,
        "marked": listed(case.marks),
        "classified": case.classification,
        "information": case.information,
        "origin": case.origin,
        "usable": case.usable,
        "granted": listed(case.grants),
    }


def _plain_reason(reason: Reason) -> JsonObject:
    return {"rule": reason.rule, "title": reason.title, "line": reason.place.line, "law": [*reason.law]}


def verdict_lines(verdict: Verdict, example: Counterexample | None) -> tuple[str, ...]:
    """Give one promise in words: the answer, the officer's own sentence, and for a broken one its smallest case."""
    promise = verdict.promise
    name = f"{promise.id}{' (built in)' if promise.built_in else ''}"
    if verdict.outcome is Outcome.UNDECIDED:
        return (f"{name} COULD NOT BE DECIDED: {verdict.reason}.", f"  {promise.because}")
    if verdict.outcome is Outcome.HOLDS:
        if not verdict.cases:
            return (f"{name} holds, but it is about no case at all.", f"  {promise.because}")
        return (f"{name} holds in all {verdict.cases:,} combinations.", f"  {promise.because}")
    lines = [f"{name} FAILS in {verdict.violations:,} of {verdict.cases:,} combinations.", f"  {promise.because}"]
    return (*lines, *(_smallest(verdict, example) if example else ()))


def _smallest(verdict: Verdict, example: Counterexample) -> list[str]:
    lines = [f"  Smallest case: {case_words(example.case)}: {_level(example.level)}{_because(example.why)}."]
    if verdict.broken is not None and verdict.broken.other:
        other = verdict.broken
        same = " with other conditions" if other.other_level == example.level else ""
        lines.append(f"  But to {other.other}: {_level(other.other_level)}{same}.")
    lines += [f"  {_named(o.limit)} would stop it if it were about {'; '.join(o.lacks)}." for o in example.near]
    lines += [f"  {_named(r)} would share it, but asks for {'; '.join(lacks)}." for r, lacks in example.lacking]
    witness = example.witness
    held = _listed(witness.reasons)
    said = {
        "sent": "  A small message with invented values was made of it: the item leaves.",
        "permitted": f"  In a small message the item is decided so; the message itself is held back: {held}.",
        "held back": f"  A small message of it is held back before any item is looked at: {held}.",
    }
    return [*lines, said.get(witness.fate, "  No single small message shows this case; the definition decides it so.")]


def _level(level: str) -> str:
    return {"full": "sent in full", "redact": "withheld"}.get(level, f"sent as `{level}`" if level else "withheld")


def _because(why: tuple[Reason, ...]) -> str:
    return f" because of {', '.join(_named(reason) for reason in why)}" if why else ""


def _named(reason: Reason) -> str:
    line = f", line {reason.place.line}" if reason.place.line else ""
    law = f"; {', '.join(reason.law)}" if reason.law else ""
    return f"{reason.rule} ({reason.title}{line}{law})"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "no reason given"


def sheet_page(
    decisions: DecisionSet, verdicts: Sequence[Verdict], examples: Sequence[Counterexample | None], *, second: bool
) -> str:
    """Give the proof sheet as one printable page in English."""
    title = f"Proof sheet: {decisions.policy.name}, version {decisions.policy.version}"
    provers = "two provers that share no code" if second else "one prover; the second was not asked"
    held = sum(verdict.outcome is Outcome.HOLDS for verdict in verdicts)
    parts: list[Element] = []
    for verdict, example in zip(verdicts, examples, strict=True):
        answer, because, *rest = verdict_lines(verdict, example)
        shade = {Outcome.HOLDS: "l-full", Outcome.VIOLATED: "l-stop"}.get(verdict.outcome, "l-part")
        box = tag("table", tag("tbody", tag("tr", tag("td", answer, class_=shade))))
        lines = [tag("p", line.strip()) for line in rest]
        parts.append(tag("article", tag("h3", verdict.promise.id), tag("p", because.strip()), box, *lines))
    return page(
        "en",
        title,
        tag("h1", title),
        tag("p", f"{held} of {len(verdicts)} promises hold. Every case was looked at; none was sampled ({provers})."),
        tag("h2", "Promises"),
        *parts,
        tag("h2", "What no proof can say"),
        tag("ul", (tag("li", words) for words in LIMITS)),
        tag("footer", *(_digest(name, value) for name, value in _digests(decisions))),
    )


def _digests(decisions: DecisionSet) -> tuple[tuple[str, Digest], ...]:
    return ("decision set", decisions.digest), ("decision function", decisions.function)


def _digest(name: str, value: Digest) -> Element:
    return tag("p", f"{name}: {value}", class_="digest")
