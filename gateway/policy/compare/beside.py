"""What decides beside the cases: validity, gaps, silence, what a partner takes, instruments, promises and tests.

A change counts as wider unless it is plainly none or stricter: a longer validity, a promise that says less, a test that
is gone, a receiver that is told more about gaps. What only explains (titles, laws, names, words) counts as words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.document.canonical import canonical
from gateway.document.tree import JsonValue
from gateway.document.yaml_nodes import ListNode, plain_value
from gateway.errors import Place
from gateway.policy.language import GAPS, NOWHERE, DecisionSet, Partner, Promise
from gateway.policy.load_words import open_file

__all__ = ["Beside", "beside", "tests_of"]


@dataclass(frozen=True, slots=True)
class Beside:
    """One change. `subject` is what changed, `id` whose it is; `wider` is True unless it surely discloses no more."""

    subject: str
    id: str
    before: str
    after: str
    wider: bool
    place: Place = NOWHERE


def tests_of(files: Mapping[str, bytes], name: str) -> dict[str, str]:
    """Give every test of a file by its id, as canonical text together with what is usual; none if there is no file.

    Raises `DefinitionRefused` (Y and POL codes) for a file that cannot be read.
    """
    if name not in files:
        return {}
    node = open_file(files, name)
    said_once = node.get("unless said otherwise")
    usual = "" if said_once is None else plain_value(said_once)
    cases = node.get("cases")
    found = {}
    for entry in cases if isinstance(cases, ListNode) else ():
        plain = plain_value(entry)
        if isinstance(plain, dict):
            said: JsonValue = {key: value for key, value in plain.items() if key != "note"}
            found[str(plain.get("id", ""))] = canonical([usual, said]).decode()
    return found


def beside(
    old: DecisionSet, new: DecisionSet, old_tests: Mapping[str, str], new_tests: Mapping[str, str]
) -> tuple[Beside, ...]:
    """Give every change that no case shows."""
    return (
        *_policy(old, new),
        *_partners(old, new),
        *_promises(old, new),
        *_tests(old_tests, new_tests),
    )


def _policy(old: DecisionSet, new: DecisionSet) -> Iterator[Beside]:
    one, other = old.policy, new.policy
    if one.valid_from != other.valid_from:
        yield Beside("valid from", "", one.valid_from, other.valid_from, wider=other.valid_from < one.valid_from)
    if one.valid_until != other.valid_until:
        yield Beside("valid until", "", one.valid_until, other.valid_until, wider=other.valid_until > one.valid_until)
    if one.gaps != other.gaps:
        yield Beside("gaps", "", one.gaps, other.gaps, wider=GAPS.index(other.gaps) > GAPS.index(one.gaps))
    if old.catalogue.digest != new.catalogue.digest:
        yield Beside("exchange format", "", old.catalogue.digest, new.catalogue.digest, wider=True)
    if lost := sorted({*old.vocabulary.marks} - {*new.vocabulary.marks}):
        yield Beside("markings", "", ", ".join(lost), "", wider=True)
    silent = {rule.id for rule in old.policy.rules if rule.silent}
    now = {rule.id: rule for rule in new.policy.rules}
    for name in sorted(silent):
        if name not in now or not now[name].silent:
            # Whatever withholds the same without silence tells the receiver that it is there.
            place = now[name].place if name in now else NOWHERE
            yield Beside("silent", name, "yes", "no", wider=True, place=place)
    for rule in new.policy.rules:
        if rule.silent and rule.id not in silent:
            yield Beside("silent", rule.id, "no", "yes", wider=False, place=rule.place)


def _partners(old: DecisionSet, new: DecisionSet) -> Iterator[Beside]:
    for name, partner in new.partners.items():
        before = old.partners.get(name)
        if before is not None:
            yield from _partner(before, partner)


def _partner(old: Partner, new: Partner) -> Iterator[Beside]:
    if old.status != new.status:
        # Lifting a stop shows as disclosure, too; a partner of tests only may become one that nothing was signed for.
        wider = new.status != "stopped"
        yield Beside("partner status", new.id, old.status, new.status, wider=wider, place=new.place)
    if old.takes != new.takes:
        wider = not new.takes <= old.takes
        yield Beside("takes", new.id, ", ".join(sorted(old.takes)), ", ".join(sorted(new.takes)), wider, new.place)
    if old.until != new.until:
        wider = bool(old.until) and (not new.until or new.until > old.until)
        yield Beside("instrument until", new.id, old.until, new.until, wider=wider, place=new.place)
    if old.country != new.country:
        yield Beside("country", new.id, old.country, new.country, wider=True, place=new.place)


# ---- promises and tests ----------------------------------------------------------------------------------------------


def _promises(old: DecisionSet, new: DecisionSet) -> Iterator[Beside]:
    now = {promise.id: promise for promise in new.policy.promises}
    before = {promise.id: promise for promise in old.policy.promises}
    for name, promise in before.items():
        other = now.get(name)
        if other is None:
            yield Beside("promise", name, "stated", "", wider=True, place=promise.place)
        elif _meaning(promise) != _meaning(other):
            wider = not _says_no_less(promise, other, new)
            yield Beside("promise", name, "stated", "changed", wider=wider, place=other.place)
    for name, promise in now.items():
        if name not in before:
            yield Beside("promise", name, "", "stated", wider=False, place=promise.place)


def _meaning(promise: Promise) -> Promise:
    return replace(promise, because="", place=NOWHERE, said={})


def _says_no_less(old: Promise, new: Promise, decisions: DecisionSet) -> bool:
    """True if the new promise is about at least the same cases and asks at least the same of them."""
    if old.form != new.form:
        return False
    sets = ("fields", "partners", "purposes", "about", "marked", "information", "origins", "usable")
    covers = all(getattr(old, name) <= getattr(new, name) for name in sets)
    covers = covers and old.classified.within <= new.classified.within and new.without <= old.without
    covers = covers and old.classified.above_clearance == new.classified.above_clearance
    if old.granted != new.granted:
        return False
    ladders = [decisions.catalogue.ladder(name) for name in old.fields if name in decisions.catalogue.fields]
    if old.form == "always":
        return covers and all(ladder.rung(old.level) <= ladder.rung(new.level) for ladder in ladders)
    return covers and all(ladder.rung(new.level) <= ladder.rung(old.level) for ladder in ladders)


def _tests(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Beside]:
    for name, text in old.items():
        if name not in new:
            yield Beside("test", name, "expected", "", wider=True)
        elif new[name] != text:
            yield Beside("test", name, "expected", "changed", wider=True)
    for name in new:
        if name not in old:
            yield Beside("test", name, "", "expected", wider=False)
