"""Counterexamples as tests: each broken promise becomes a case in the officer's file of tests, with what was promised.

The test fails until the policy keeps the promise, and holds the repair afterwards. Only adds, at the end of `cases`;
what stands in the file is not touched. Reads and writes no disk.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta

from gateway.document.yaml_nodes import ListNode
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.policy.language import DecisionSet
from gateway.policy.load_words import open_file
from gateway.policy.prove.verdict import Verdict

__all__ = ["with_draft_tests"]

_FIX = "put `cases:` last, one case a line group, as `- id: ...`"


def with_draft_tests(
    decisions: DecisionSet, verdicts: Iterable[Verdict], name: str, present: bytes | None
) -> tuple[bytes, tuple[str, ...]]:
    """Give a file of tests with one case more for every broken promise, and the ids of these.

    `present` is the file so far, None if there is none yet. Raises `DefinitionRefused` if it cannot be added to: Y and
    POL codes; POL-064 if `cases` is not the last part of the file or not a list of blocks.
    """
    text = present.decode("utf-8") if present is not None else f"tests: {decisions.policy.name}\ncases:\n"
    indent = _indent(name, present) if present is not None else 2
    if not text.endswith("\n"):
        text += "\n"
    ids = []
    for verdict in verdicts:
        if verdict.broken is not None:
            number = 1
            while (test := f"{verdict.promise.id}-counterexample-{number}") in text:
                number += 1
            ids.append(test)
            text += "".join(" " * indent + line + "\n" for line in _case(decisions, verdict, test))
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


def _case(decisions: DecisionSet, verdict: Verdict, test: str) -> list[str]:
    broken, promise = verdict.broken, verdict.promise
    if broken is None:
        return []
    case = broken.case
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
    ladder = decisions.catalogue.ladder(case.field)
    expected = broken.other_level if promise.form == "same" else ladder.levels[ladder.rung(promise.level)]
    return [
        f"- id: {test}",
        f"  given: {{{', '.join(f'{line}: {value}' for line, value in given.items())}}}",
        f"  expect: {expected}",
        f"  note: {json.dumps(promise.because, ensure_ascii=False)}",
    ]


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(sorted(words))}]"
