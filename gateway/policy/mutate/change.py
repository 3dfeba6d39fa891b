"""What one change of a policy does: where two decision functions differ, and which promise that breaks.

A promise that held can only be broken where something changed, so only there it is looked at: exact, and about ten
times quicker than proving it anew. Only a promise that partners are treated alike is proved as a whole.
"""

from collections.abc import Sequence
from functools import cached_property

from gateway.names import FieldId, PartnerId
from gateway.policy.language import Case, DecisionSet, Promise
from gateway.policy.prove.axes import PLAIN
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.function import DecisionFunction, Numbering, Part, aligned
from gateway.policy.prove.prover import prove_promise
from gateway.policy.prove.question import Kind, Question
from gateway.policy.prove.sameness import Difference
from gateway.policy.prove.space import Masks, TooWide, masks_of, space_for
from gateway.policy.prove.verdict import Outcome

__all__ = ["Change", "Promised"]

_Plain = tuple[tuple[str, ...], ...]


class Promised:
    """The promises that hold for a policy, ready to be asked about changes of it. Remembers what it has looked at."""

    def __init__(self, decisions: DecisionSet, policy: DecisionFunction, promises: Sequence[Promise]) -> None:
        self._alike = [promise for promise in promises if promise.form == "same"]
        self._asked: list[tuple[Question, dict[FieldId, Kind], tuple[Part, ...]]] = []
        for promise in promises:
            if promise.form != "same":
                question = Question(promise, decisions.catalogue, decisions.register, policy.axes)
                self._asked.append((question, question.fields(), tuple(question.parts())))
        self._atoms = policy.axes.atoms
        self._seen: dict[tuple[int, Block, Kind], bool] = {}

    def broken_by(self, change: "Change", mutated: DecisionSet) -> str:
        """Give the id of a promise that the change breaks, or nothing. Raises `TooWide` where it cannot be told."""
        for plain, (_, new) in change.parts:
            for number, (question, fields, parts) in enumerate(self._asked):
                kinds = {fields[FieldId(name)] for name in plain[0] if name in fields}
                met = kinds if any(_meets(plain, part) for part in parts) else ()
                if any(self._breaks(number, question, new, kind) for kind in met):
                    return question.promise.id
        for promise in self._alike:
            if change.parts and prove_promise(mutated, change.new, promise).outcome is Outcome.VIOLATED:
                return promise.id
        return ""

    def _breaks(self, number: int, question: Question, block: Block, kind: Kind) -> bool:
        key = (number, block, kind)
        if key not in self._seen:
            space = space_for(self._atoms, masks_of(block) | question.masks)
            self._seen[key] = bool(question.breaking(space.levels(block), question.box(space, kind), kind))
        return self._seen[key]


def _meets(plain: _Plain, part: Part) -> bool:
    """Whether a part of all cases and a part of a promise's box have a case in common, the field apart."""
    return all(not part[name].isdisjoint(plain[depth]) for depth, name in enumerate(PLAIN) if name in part)


class Change:
    """Two decision functions over the same axes, and the parts of all cases in which their blocks are not the same."""

    def __init__(self, old: DecisionFunction, new: DecisionFunction) -> None:
        self.old, self.new = old, new

    @cached_property
    def parts(self) -> tuple[tuple[_Plain, tuple[Block, Block]], ...]:
        """Every such part, by its words on the plain axes, with the block before and after."""
        axes = self.old.axes.plain
        differing = aligned((self.old.root, self.new.root), (None,) * len(axes), Numbering().are_one)
        return tuple(
            (tuple(tuple(axis[i] for i in group) for axis, group in zip(axes, groups, strict=True)), (old, new))
            for groups, (old, new) in differing
        )

    @cached_property
    def smallest(self) -> Case | None:
        """The smallest case that is decided otherwise: fewest roles, marks and permissions, then the first words.

        None where the two decide alike in every case. Raises `TooWide` where no case is found and not all were seen.
        """
        best: tuple[tuple[int, ...], Case] | None = None
        unseen: TooWide | None = None
        for position, (plain, blocks) in enumerate(self.parts):
            first = tuple((group[0],) for group in plain)
            both = (PartnerId(plain[1][0]), PartnerId(plain[1][0]))
            try:
                space, bits = Difference(first, both, blocks).bits(self.old.axes.atoms, Masks())
            except TooWide as wide:
                unseen = wide
                continue
            if bits:
                masks = space.smallest(bits)
                key = (*(mask.bit_count() for mask in masks), position)
                if best is None or key < best[0]:
                    best = (key, self.old.case([words[0] for words in first], masks))
        if best is None and unseen is not None:
            raise unseen
        return None if best is None else best[1]
