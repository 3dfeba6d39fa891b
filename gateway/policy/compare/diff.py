"""What one decision set discloses that another did not, and everything else that changed, as one value.

Order as officers need it: newly disclosed first, then no longer disclosed, conditions, promises and tests, then causes.
Exact: figures count every case there is, and every sentence was checked against the difference (`cover.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from gateway.errors import DefinitionRefused, Fault
from gateway.policy.compare.beside import Beside, beside
from gateway.policy.compare.boxes import Box, merged, sets_of
from gateway.policy.compare.candidates import candidates
from gateway.policy.compare.cover import Chosen, cover
from gateway.policy.compare.example import causes_of
from gateway.policy.compare.lines import Cause, around, of_rule, plain_lines
from gateway.policy.compare.versions import Versions, conditions_dropped, limits_of, released
from gateway.policy.language import Condition, DecisionSet, Limit
from gateway.policy.prove.axes import Axes
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.space import Space, TooWide, masks_of, space_for

__all__ = ["ConditionChange", "Difference", "Ending", "Sentence", "compare", "sentences_of"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Cases that rose (or fell, read the other way round), how many, why, and which limits stop some of them."""

    box: Box
    cases: int
    rule: str
    causes: tuple[Cause, ...]
    stopped_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """A condition that no longer leaves with data which leave before and after, or that now does."""

    condition: Condition
    cases: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last day of a partner's instrument; afterwards it gets nothing. `within`: before the policy ends."""

    partner: str
    instrument: str
    day: str
    within: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs. `released` and `held` are about whole messages that an item held back."""

    old: DecisionSet
    new: DecisionSet
    axes: Axes
    disclosed: tuple[Sentence, ...]
    disclosed_cases: int
    withdrawn: tuple[Sentence, ...]
    withdrawn_cases: int
    released: tuple[Box, ...]
    held: tuple[Box, ...]
    dropped: tuple[ConditionChange, ...]
    added: tuple[ConditionChange, ...]
    beside: tuple[Beside, ...]
    causes: tuple[Cause, ...]
    endings: tuple[Ending, ...]

    @property
    def discloses_more(self) -> bool:
        """True if anything at all is newly disclosed, in any case."""
        return bool(self.disclosed_cases or self.released)


def compare(
    old: DecisionSet,
    new: DecisionSet,
    old_tests: Mapping[str, str],
    new_tests: Mapping[str, str],
    spent: Callable[[], bool] = lambda: False,
) -> Difference:
    """Compare two decision sets. After `spent` no more short names are looked for; everything is still listed.

    `old_tests` and `new_tests` are from `beside.tests_of`. Raises `DefinitionRefused` (POL-073) if the rules tell so
    many words apart that the difference cannot be computed, which never counts as "nothing changed".
    """
    try:
        return _compare(Versions(old, new), old_tests, new_tests, spent)
    except TooWide:
        fix = "name fewer different roles, marks and permissions, or let two persons sign it as a widening"
        raise DefinitionRefused(Fault("POL-073", "the difference is too wide to be computed", fix=fix)) from None


def _compare(
    versions: Versions, old_tests: Mapping[str, str], new_tests: Mapping[str, str], spent: Callable[[], bool]
) -> Difference:
    turned = versions.turned()
    old, new = versions.old, versions.new
    (disclosed, more), (withdrawn, less) = sentences_of(versions, spent), sentences_of(turned, spent)
    return Difference(
        old=old,
        new=new,
        axes=versions.axes,
        disclosed=disclosed,
        disclosed_cases=more,
        withdrawn=tuple(map(_forwards, withdrawn)),
        withdrawn_cases=less,
        released=_released(versions),
        held=_released(turned),
        dropped=_conditions(versions),
        added=_conditions(turned),
        beside=beside(old, new, old_tests, new_tests),
        causes=(*_rules(old, new), *around(old, new)),
        endings=tuple(_endings(new)),
    )


def sentences_of(versions: Versions, spent: Callable[[], bool]) -> tuple[tuple[Sentence, ...], int]:
    """Say what the new version discloses and the old one does not, largest first, and count it."""
    chosen, total = cover(versions, candidates(versions), spent)
    largest_first = sorted(chosen, key=lambda each: -each.cases)
    return tuple(_sentence(versions, each) for each in largest_first), total


def _sentence(versions: Versions, chosen: Chosen) -> Sentence:
    guess, old, new = chosen.candidate, versions.old, versions.new
    if guess is not None:
        rule, causes = guess.rule, guess.causes
    else:
        lines = (*plain_lines(_rules(old, new)), *around(old, new))
        rule, causes = "", causes_of(chosen.box, versions.axes, old, new, lines)
    return Sentence(chosen.box, chosen.cases, rule, causes, _stopping(versions, chosen))


def _forwards(one: Sentence) -> Sentence:
    """A sentence about what fell was found by comparing backwards; its causes are told forwards."""
    return replace(one, causes=tuple(cause.turned for cause in one.causes))


def _stopping(versions: Versions, chosen: Chosen) -> tuple[str, ...]:
    """The limits of the version that discloses which touch some case of a box."""
    return tuple(sorted(limit.id for limit in limits_of(versions.new) if _touches(versions, limit, chosen.box)))


def _touches(versions: Versions, limit: Limit, box: Box) -> bool:
    within = limit.classified.within
    sets = (limit.fields, limit.partners, limit.purposes, within, limit.information, limit.origins, limit.usable)
    if not all(a & b for a, b in zip(box.plain, sets, strict=True)) or limit.to == box.level:
        return False
    atoms = versions.axes.atoms
    if limit.classified.above_clearance and not _above(versions.new, limit, box):
        return False
    people = atoms.people_mask(limit.about) | atoms.unknown
    marks = atoms.marks_mask(limit.marked) | atoms.unmarked
    lifted = atoms.grants_mask(limit.unless) & box.sets.needs
    return bool(people & box.sets.people and marks & box.sets.marks and not lifted)


def _above(decisions: DecisionSet, limit: Limit, box: Box) -> bool:
    """Say whether some classification of a box is above what some partner of it may hold."""
    for partner in decisions.partners.values():
        above = any(limit.classified.contains(word, partner.clearance) for word in box.plain[3])
        if above and box.plain[1] & _both((partner.id,)):
            return True
    return False


def _released(versions: Versions) -> tuple[Box, ...]:
    """Where a message is no longer held back as a whole, for partners that get anything at all."""
    running = {name for name, one in versions.new.partners.items() if one.status != "stopped"}
    boxes = _boxes(versions, released)
    kept = (Box((b.plain[0], b.plain[1] & _both(running), *b.plain[2:]), b.sets, b.level) for b in boxes)
    return tuple(box for box in kept if box.plain[1])


def _both(names: Iterable[str]) -> frozenset[str]:
    return frozenset(each for name in names for each in (name, f"{name}:expired"))


def _conditions(versions: Versions) -> tuple[ConditionChange, ...]:
    found: dict[Condition, list[Box]] = {}
    counts: dict[Condition, int] = {}
    for plain, old, new in versions.differing:
        space = space_for(versions.axes.atoms, masks_of(old) | masks_of(new))
        for condition, bits in conditions_dropped(space, old, new).items():
            counts[condition] = counts.get(condition, 0) + space.count(bits) * prod(map(len, plain))
            boxes = (Box(plain, sets, "") for sets in sets_of(space, bits, versions.axes.atoms))
            found.setdefault(condition, []).extend(boxes)
    return tuple(ConditionChange(one, counts[one], tuple(merged(boxes))) for one, boxes in sorted(found.items()))


def _boxes(versions: Versions, look: Callable[[Space, Block, Block], int]) -> list[Box]:
    found = []
    for plain, old, new in versions.differing:
        space = space_for(versions.axes.atoms, masks_of(old) | masks_of(new))
        found += [Box(plain, sets, "") for sets in sets_of(space, look(space, old, new), versions.axes.atoms)]
    return merged(found)


def _rules(old: DecisionSet, new: DecisionSet) -> Iterator[Cause]:
    before = {rule.id: rule for rule in old.policy.rules}
    after = {rule.id: rule for rule in new.policy.rules}
    for name in dict.fromkeys((*after, *before)):
        yield from of_rule(before.get(name), after.get(name))


def _endings(new: DecisionSet) -> Iterator[Ending]:
    for partner in new.partners.values():
        if partner.until:
            within = partner.until < new.policy.valid_until
            yield Ending(partner.id, partner.under, partner.until, within)
