"""The first prover: every promise of a policy, looked at in every case there is.

For each block, every set of roles, marks and permissions is one bit; a promise is one AND. Exact, complete, without a
solver: *we looked at all of them*. A budget of time is handed in as a question (`spent`), a budget of memory is the
width of a space; where one is spent the answer is "could not decide".
"""

from collections.abc import Callable
from math import prod

from gateway.names import FieldId, PartnerId
from gateway.policy.built_in import built_in_promises
from gateway.policy.language import WITHHOLD, DecisionSet, Promise
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.build import decision_function
from gateway.policy.prove.function import DecisionFunction, Part
from gateway.policy.prove.question import Kind, Question
from gateway.policy.prove.sameness import Difference, differences
from gateway.policy.prove.space import TooWide, masks_of, space_for
from gateway.policy.prove.verdict import Broken, Outcome, Verdict

__all__ = ["BUDGET_SPENT", "TOO_WIDE", "every_promise", "prove", "prove_promise"]

BUDGET_SPENT = "the time for this proof was spent"
TOO_WIDE = "the rules tell too many roles, marks and permissions apart for the memory of this proof"

_Key = tuple[int, ...]
_Found = tuple[_Key, tuple[int, int, int], tuple[str, ...], Block]
_AXES = (3, 1, 0, 2, 4, 5, 6)
"""In which order plain attributes make a case small: lowest classification, first partner, first field, and so on."""


def every_promise(decisions: DecisionSet) -> tuple[Promise, ...]:
    """Give the promises of the policy, and after them those that are part of every policy."""
    return (*decisions.policy.promises, *built_in_promises(decisions.policy))


def prove(
    decisions: DecisionSet, function: DecisionFunction | None = None, spent: Callable[[], bool] = lambda: False
) -> tuple[Verdict, ...]:
    """Prove every promise. `spent` is asked now and then, and says True when the time is over."""
    function = function or decision_function(decisions)
    return tuple(prove_promise(decisions, function, promise, spent) for promise in every_promise(decisions))


def prove_promise(
    decisions: DecisionSet, function: DecisionFunction, promise: Promise, spent: Callable[[], bool] = lambda: False
) -> Verdict:
    """Prove one promise."""
    question = Question(promise, decisions.catalogue, decisions.register, function.axes)
    if spent():
        return Verdict(promise, Outcome.UNDECIDED, reason=BUDGET_SPENT)
    try:
        proof = _Proof(function, question, spent)
        verdict = proof.same(decisions) if promise.form == "same" else proof.levels()
    except TooWide:
        return Verdict(promise, Outcome.UNDECIDED, reason=TOO_WIDE)
    except _SpentError:
        return Verdict(promise, Outcome.UNDECIDED, reason=BUDGET_SPENT)
    return verdict


class _SpentError(Exception):
    """The time is over."""


class _Proof:
    """One promise on the way: blocks are looked at once each, however many combinations share them."""

    def __init__(self, function: DecisionFunction, question: Question, spent: Callable[[], bool]) -> None:
        self._function = function
        self._question = question
        self._spent = spent
        self._fields = question.fields()
        self._masks = question.masks
        self._seen: dict[tuple[Block, Kind], tuple[int, tuple[int, int, int] | None]] = {}
        self._numbers = tuple({value: i for i, value in enumerate(axis)} for axis in function.axes.plain)

    # ---- never, at most, always --------------------------------------------------------------------------------------

    def levels(self) -> Verdict:
        """Look at every region of the box."""
        violations, cases = 0, 0
        best: _Found | None = None
        for part in self._question.parts():
            cases += self._size(part)
            whole = {**part, "field": frozenset(self._fields)}
            for count, region in enumerate(self._function.regions(whole)):
                if count % 64 == 0 and self._spent():
                    raise _SpentError
                for kind, names in self._kinds(region.values[0]).items():
                    broken, smallest = self._look(region.block, kind)
                    if smallest is not None:
                        values = (names, *region.values[1:])
                        violations += broken * prod(map(len, values))
                        best = self._smaller(best, values, smallest, region.block)
        return self._verdict(violations, cases, best)

    def _size(self, part: Part) -> int:
        """How many cases of the box lie in a part: counted from the promise alone, without any rule."""
        plain = prod(len(part[name] & {*axis}) for name, axis in self._plain())
        space = space_for(self._function.axes.atoms, self._masks)
        boxes: dict[Kind, int] = {}
        for kind in self._fields.values():
            boxes[kind] = boxes.get(kind, 0) + 1
        return plain * sum(many * space.count(self._question.box(space, kind)) for kind, many in boxes.items())

    def _plain(self) -> list[tuple[str, tuple[str, ...]]]:
        axes = self._function.axes
        named = [("partner", axes.partners), ("purpose", axes.purposes), ("classification", axes.classifications)]
        return [*named, ("information", axes.information), ("origin", axes.origins), ("usable", axes.usable)]

    def _kinds(self, names: tuple[str, ...]) -> dict[Kind, tuple[str, ...]]:
        found: dict[Kind, tuple[str, ...]] = {}
        for name in names:
            kind = self._fields[FieldId(name)]
            found[kind] = (*found.get(kind, ()), name)
        return found

    def _look(self, block: Block, kind: Kind) -> tuple[int, tuple[int, int, int] | None]:
        key = (block, kind)
        if key not in self._seen:
            if not self._question.is_touched(block, kind):
                self._seen[key] = (0, None)
            else:
                space = space_for(self._function.axes.atoms, masks_of(block) | self._masks)
                bits = self._question.breaking(space.levels(block), self._question.box(space, kind), kind)
                self._seen[key] = (space.count(bits), space.smallest(bits) if bits else None)
        return self._seen[key]

    # ---- same --------------------------------------------------------------------------------------------------------

    def same(self, decisions: DecisionSet) -> Verdict:
        """Look at every part in which the partners of the group have different blocks."""
        partners = tuple(
            p for p in self._function.axes.partners if p in self._question.promise.partners & decisions.partners.keys()
        )
        violations, cases = 0, 0
        if not partners:
            return self._verdict(violations, cases, None)
        best: tuple[_Found, Difference] | None = None
        everything = Kind(listed=True, text=False, rung=0)
        for part in self._question.parts():
            cases += self._size({**part, "partner": frozenset(partners[:1])})
            whole = {**part, "field": frozenset(self._fields)}
            for count, found in enumerate(differences(self._function, whole, partners)):
                if count % 64 == 0 and self._spent():
                    raise _SpentError
                space, bits = found.bits(self._function.axes.atoms, self._masks)
                bits &= self._question.box(space, everything)
                if bits:
                    violations += space.count(bits) * found.size
                    smaller = self._smaller(best and best[0], found.values, space.smallest(bits), found.blocks[0])
                    best = best if best and smaller is best[0] else (smaller, found)
        return self._different(violations, cases, best)

    def _different(self, violations: int, cases: int, best: tuple[_Found, Difference] | None) -> Verdict:
        if best is None:
            return self._verdict(violations, cases, None)
        verdict = self._verdict(violations, cases, best[0])
        if verdict.broken is None:
            return verdict
        (_, masks, _, block), found = best
        other, unlike = next(
            (p, b)
            for p, b in zip(found.partners, found.blocks, strict=True)
            if b.decide(*masks) != block.decide(*masks)
        )
        level = unlike.decide(*masks)[0]
        broken = Broken(verdict.broken.case, verdict.broken.level, PartnerId(other), _word(unlike, level))
        return Verdict(verdict.promise, verdict.outcome, violations, cases, broken)

    # ---- the smallest case -------------------------------------------------------------------------------------------

    def _smaller(
        self, best: _Found | None, values: tuple[tuple[str, ...], ...], masks: tuple[int, int, int], block: Block
    ) -> _Found:
        firsts = tuple(
            min(group, key=numbers.__getitem__) for group, numbers in zip(values, self._numbers, strict=True)
        )
        order = tuple(self._numbers[axis][firsts[axis]] for axis in _AXES)
        key = (*(mask.bit_count() for mask in masks), *order, *masks)
        return (key, masks, firsts, block) if best is None or key < best[0] else best

    def _verdict(self, violations: int, cases: int, best: _Found | None) -> Verdict:
        promise = self._question.promise
        if best is None:
            return Verdict(promise, Outcome.HOLDS, 0, cases)
        _, masks, firsts, block = best
        broken = Broken(self._function.case(firsts, masks), _word(block, block.decide(*masks)[0]))
        return Verdict(promise, Outcome.VIOLATED, violations, cases, broken)


def _word(block: Block, level: int) -> str:
    return WITHHOLD if level < 0 else block.ladder[level]
