"""A box of cases for every changed line: where it may have made something leave that did not leave before.

Only guesses: `cover.py` asks for every box whether it really is what changed, and drops it or cuts it if not. A share
that says more gives what was added; a limit that says less gives what it no longer stops, as far as a share covers it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.policy.compare.boxes import Box, Plain, Sets
from gateway.policy.compare.lines import Cause, around, of_rule, plain_lines
from gateway.policy.compare.versions import Versions
from gateway.policy.language import UNKNOWN, UNMARKED, Limit, Rule, Share

__all__ = ["Candidate", "candidates"]

_PLAIN = ("fields", "partners", "purposes", "classified", "information", "origins", "usable")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A box and why it might be new. `rule` is the share that offers it."""

    box: Box
    rule: str
    causes: tuple[Cause, ...]


def candidates(versions: Versions) -> Iterator[Candidate]:
    """Give the boxes of all changed lines: shares in the order of the file, then limits, then partners."""
    yield from _Guess(versions).all()


class _Guess:
    def __init__(self, versions: Versions) -> None:
        self._old, self._new, self._axes = versions.old, versions.new, versions.axes
        self._around = around(versions.old, versions.new)
        self._shares = [(share, self._box(share)) for share in sorted(self._new.policy.shares, key=_line)]

    def all(self) -> Iterator[Candidate]:
        before = {share.id: share for share in self._old.policy.shares}
        for share, box in self._shares:
            for changed in self._grown(before.get(share.id), share, box):
                yield Candidate(changed, share.id, self._why(before.get(share.id), share))
        limits = {limit.id: limit for limit in self._new.policy.limits}
        for limit in self._old.policy.limits:
            now = limits.get(limit.id)
            for share, box in self._shares:
                for changed in self._loosened(limit, now, box):
                    yield Candidate(changed, share.id, self._why(limit, now))
        yield from self._partners()

    def _why(self, old: Rule | None, new: Rule | None) -> tuple[Cause, ...]:
        """The changed lines of a rule; where its words stayed, what changed around it; at least the rule itself."""
        rule = new or old
        itself = (Cause("rule", rule.id, "changed", law=rule.law, place=rule.place),) if rule else ()
        return tuple(plain_lines(of_rule(old, new))) or self._around or itself

    # ---- shares that say more ----------------------------------------------------------------------------------------

    def _grown(self, old: Share | None, new: Share, box: Box) -> Iterator[Box]:
        if old is None:
            yield box
            return
        if old.level != new.level or old.attach != new.attach:
            yield box
        before = self._plain(old)
        for depth, values in enumerate(box.plain):
            if added := values - before[depth]:
                yield _with(box, depth, added)
        atoms = self._axes.atoms
        if added := new.about - old.about:
            yield replace(box, sets=_some_people(box.sets, atoms.people_mask(added)))
        if added := new.marked - old.marked:
            yield replace(box, sets=_some_marks(box.sets, atoms.marks_mask(added)))
        for grant in sorted(old.only_when - new.only_when):
            yield replace(box, sets=replace(box.sets, lacks=atoms.grants_mask({grant})))

    # ---- limits that say less ----------------------------------------------------------------------------------------

    def _loosened(self, old: Limit, new: Limit | None, box: Box) -> Iterator[Box]:
        """What an old limit stopped of a share, and the new one does not."""
        plain = self._plain(old)
        within = tuple(a & b for a, b in zip(box.plain, plain, strict=True))
        if not all(within):
            return
        atoms, sets = self._axes.atoms, box.sets
        touched = _some_marks(
            _some_people(sets, atoms.people_mask(old.about | {UNKNOWN})), atoms.marks_mask(old.marked | {UNMARKED})
        )
        touched = replace(touched, lacks=atoms.grants_mask(old.unless))
        stopped = Box(within, touched, box.level)
        if new is None or old.to != new.to:
            yield stopped
        if new is None:
            return
        after = self._plain(new)
        for depth, values in enumerate(within):
            if freed := values - after[depth]:
                yield _with(stopped, depth, freed)
        if freed := old.about - new.about:
            mask = atoms.people_mask(freed)
            kept = touched.people & ~atoms.people_mask(new.about | {UNKNOWN})
            yield replace(stopped, sets=_some_people(replace(touched, people=kept), mask))
        if freed := old.marked - new.marked:
            kept = touched.marks & ~atoms.marks_mask(new.marked | {UNMARKED})
            yield replace(stopped, sets=_some_marks(replace(touched, marks=kept), atoms.marks_mask(freed)))
        for grant in sorted(new.unless - old.unless):
            mask = atoms.grants_mask({grant})
            yield replace(stopped, sets=replace(touched, needs=touched.needs | mask))
        yield from self._cleared(old, new, stopped)

    def _cleared(self, old: Limit, new: Limit, box: Box) -> Iterator[Box]:
        """What partners may hold now and might not before."""
        if not (old.classified.above_clearance and new.classified.above_clearance):
            return
        for name in sorted(box.plain[1]):
            before, after = self._clearance(name)
            order = self._axes.classifications
            if before and after and order.index(after) > order.index(before):
                raised = frozenset(order[order.index(before) + 1 : order.index(after) + 1])
                yield _with(_with(box, 1, frozenset({name})), 3, raised & box.plain[3])

    def _clearance(self, name: str) -> tuple[str, str]:
        plain = name.removesuffix(":expired")
        found = [
            next((one.clearance for one in decisions.partners.values() if one.id == plain), "")
            for decisions in (self._old, self._new)
        ]
        return found[0], found[1]

    # ---- partners that changed ---------------------------------------------------------------------------------------

    def _partners(self) -> Iterator[Candidate]:
        for cause in self._around:
            if cause.kind != "partner":
                continue
            causes = tuple(each for each in self._around if each.kind == "partner" and each.id == cause.id)
            for share, box in self._shares:
                meant = frozenset(one for one in box.plain[1] if one.removesuffix(":expired") == cause.id)
                if meant:
                    yield Candidate(_with(box, 1, meant), share.id, causes)

    # ---- rules as boxes ----------------------------------------------------------------------------------------------

    def _plain(self, rule: Rule) -> Plain:
        found = []
        for name, axis in zip(_PLAIN, self._axes.plain, strict=True):
            values = rule.classified.within if name == "classified" else getattr(rule, name)
            found.append(frozenset(values) & frozenset(axis))
        return tuple(found)

    def _box(self, share: Share) -> Box:
        atoms = self._axes.atoms
        sets = Sets(
            people=atoms.people_mask(share.about),
            marks=atoms.marks_mask(share.marked),
            needs=atoms.grants_mask(share.only_when),
        )
        return Box(self._plain(share), sets, share.level)


def _with(box: Box, depth: int, values: frozenset[str]) -> Box:
    return replace(box, plain=(*box.plain[:depth], values, *box.plain[depth + 1 :]))


def _some_people(sets: Sets, mask: int) -> Sets:
    return sets if not sets.people & ~mask else replace(sets, some_people=(*sets.some_people, mask & sets.people))


def _some_marks(sets: Sets, mask: int) -> Sets:
    return sets if not sets.marks & ~mask else replace(sets, some_marks=(*sets.some_marks, mask & sets.marks))


def _line(rule: Rule) -> tuple[str, int, str]:
    return rule.place.file, rule.place.line, rule.id
