"""Changed copies of the example: one rule, one partner, one text at a time."""

import re
from collections.abc import Callable

from gateway.policy.compare.boxes import Box
from gateway.policy.language import Case
from gateway.policy.prove.axes import Axes
from tests.policy.given import POLICY, REGISTER, SHIPPED, VOCABULARY, files

Files = dict[str, bytes]
Change = Callable[[], Files]

_ENTRY = re.compile(r"\n(?=\n?  - (?:share|limit|condition|id):?|\n?must always)")


def rule(name: str, *edits: tuple[str, str]) -> Files:
    """The example with texts replaced inside one rule or promise."""
    found = files()
    parts = _ENTRY.split(found[POLICY].decode())
    (number,) = (i for i, part in enumerate(parts) if re.search(rf"id: {name}$", part, re.MULTILINE))
    for old, new in edits:
        assert parts[number].count(old) == 1, (name, old, parts[number])
        parts[number] = parts[number].replace(old, new)
    return {**found, POLICY: "\n".join(parts).encode()}


def without(*names: str) -> Files:
    """The example without some rules or promises."""
    found = files()
    parts = _ENTRY.split(found[POLICY].decode())
    left = [part for part in parts if not any(re.search(rf"id: {name}$", part, re.MULTILINE) for name in names)]
    assert len(left) == len(parts) - len(names)
    return {**found, POLICY: "\n".join(left).encode()}


def partner(name: str, old: str, new: str) -> Files:
    """The example with a text replaced in the line of one partner."""
    found = files()
    lines = found[REGISTER].decode().splitlines()
    (number,) = (i for i, line in enumerate(lines) if f"id: {name}," in line)
    assert lines[number].count(old) == 1, (name, old)
    lines[number] = lines[number].replace(old, new)
    return {**found, REGISTER: "\n".join(lines).encode()}


def spoken(given: Files) -> Files:
    """The same with the words that are shipped."""
    words = {name: (SHIPPED / name).read_bytes() for name in ("words.en.yaml", "words.de.yaml")}
    groups = b"words:\n  en: {home: our own, eu-led: partners under the Directive, third-country: third countries}\n"
    groups += b"  de: {home: eigene, eu-led: Partner unter der Richtlinie, third-country: Drittstaaten}\n"
    return {**given, **words, VOCABULARY: given[VOCABULARY] + groups}


def contains(box: Box, one: Case, axes: Axes) -> bool:
    """Say whether a case lies in a box."""
    atoms, sets = axes.atoms, box.sets
    people, marks = atoms.people_mask(one.roles), atoms.marks_mask(one.marks)
    grants = atoms.grants_mask(one.grants)
    values = (one.field, one.partner, one.purpose, one.classification, one.information, one.origin, one.usable)
    return (
        all(value in part for value, part in zip(values, box.plain, strict=True))
        and not people & ~sets.people
        and all(people & mask for mask in sets.some_people)
        and not marks & ~sets.marks
        and all(marks & mask for mask in sets.some_marks)
        and not sets.needs & ~grants
        and all(grants & mask for mask in sets.some_grants)
        and not sets.lacks & grants
    )
