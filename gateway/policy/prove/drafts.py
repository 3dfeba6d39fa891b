"""Cases as draft tests, added to the officer's file of tests: what was promised, or what no test protects yet.

The test of a counterexample fails until the policy keeps the promise, and holds the repair afterwards. Only adds, at
the end of `cases`; what stands in the file is not touched. Reads and writes no disk.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.document.yaml_nodes import ListNode
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.policy.language import Case, DecisionSet
from gateway.policy.load_words import open_file
from gateway.policy.prove.verdict import Verdict

__all__ = ["Draft", "drafts_of", "with_drafts"]

_FIX = "put `cases:` last, one case a line group, as `- id: ...`"


@dataclass(frozen=True, slots=True)
class Draft:
    """One test to add: how its id begins, the case, the expected level, and why it is there."""

    stem: str
    case: Case
    expected: str
    note: str


def drafts_of(decisions: DecisionSet, verdicts: Iterable[Verdict]) -> tuple[Draft, ...]:
    """Give the counterexample of every broken promise as a draft."""
    found = []
    for verdict in verdicts:
        broken, promise = verdict.broken, verdict.promise
        if broken is not None:
            ladder = decisions.catalogue.ladder(broken.case.field)
            expected = broken.other_level if promise.form == "same" else ladder.levels[ladder.rung(promise.level)]
            found.append(Draft(f"{promise.id}-counterexample", broken.case, expected, promise.because))
    return tuple(found)


def with_drafts(
    decisions: DecisionSet, drafts: Iterable[Draft], name: str, present: bytes | None
) -> tuple[bytes, tuple[str, ...]]:
    """Give a file of tests with one case more for every draft, and the ids of these.

    `present` is the file so far, None if there is none yet. Raises `DefinitionRefused` if it cannot be added to: Y and
    POL codes; POL-064 if `cases` is not the last part of the file or not a list of blocks.
    """
    text = present.decode("utf-8") if present is not None else f"tests: {decisions.policy.name}\ncases:\n"
    indent = _indent(name, present) if present is not None else 2
    if not text.endswith("\n"):
        text += "\n"
    ids = []
    for draft in drafts:
        number = 1
        while (test := f"{draft.stem}-{number}") in text:
            number += 1
        ids.append(test)
        text += "".join(" " * indent + line + "\n" for line in _case(decisions, draft, test))
    made = text.encode("utf-8")
    if ids:
        open_file({name: made}, name)
    return made, tuple(ids)


def _indent(name: str, present: bytes) -> int:
    """How far the cases are indented in a file."""
    node = open_file({name: present}, name)
    last = node.entries[-1] if node.entries else None
    if last is None or last.key.text != "cases" or not isinstance(last.value, ListNode) or not last.value.items:
        raise DefinitionRefused(Fault("POL-064", "no case can be added to these tests", Place(name), _FIX))
    first = last.value.items[0].place
    line = present.decode("utf-8").split("\n")[first.line - 1]
    found = len(line) - len(line.lstrip(" "))
    if not line.startswith("- ", found):
        raise DefinitionRefused(Fault("POL-064", "no case can be added to these tests", first, _FIX))
    return found


def _case(decisions: DecisionSet, draft: Draft, test: str) -> list[str]:
    case = draft.case
    partner = decisions.register.partner(case.partner)
    given = {
        "field": case.field,
        "about": _listed(case.roles),
        "with": partner.id,
        "for": case.purpose,
        "marked": _listed(case.marks),
        "classified": case.classification,
        "information": case.information,
        "origin": case.origin,
        "usable": case.usable,
        "granted": _listed(case.grants),
    }
    if case.partner == partner.expired_id:
        given["on"] = (date.fromisoformat(partner.until) + timedelta(days=1)).isoformat()
    return [
        f"- id: {test}",
        f"  given: {{{', '.join(f'{line}: {value}' for line, value in given.items())}}}",
        f"  expect: {draft.expected}",
        f"  note: {json.dumps(draft.note, ensure_ascii=False)}",
    ]


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(sorted(words))}]"
