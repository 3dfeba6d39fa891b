"""Few boxes that are together exactly what rose, chosen greedily and checked at the end, not believed.

A box may be said if it lies inside what rose and what is *free*: cases in which the old version already reached its
level, in which limits stop it that the sentence names, or in which a field that it follows does not leave in full. The
rest is listed box by box. Raises `InvariantBroken` (POL-092) if a single case were left out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from gateway.errors import Fault, InvariantBroken
from gateway.policy.compare.boxes import Box, Plain, Sets, merged, sets_of
from gateway.policy.compare.candidates import Candidate
from gateway.policy.compare.versions import Piece, Versions, exactly, reached, risen
from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.space import Masks, Space, TooWide, masks_of, space_for

__all__ = ["Chosen", "cover"]

_ROUNDS = 8
"""How often a box is cut down to the values for which it can be said."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A box that is said, how many risen cases it has, and the guess it comes from; None for what is listed."""

    box: Box
    cases: int
    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class _Left:
    """A differing part, with the descriptions of what is already covered of it."""

    plain: Plain
    old: Block
    new: Block
    taken: tuple[Sets, ...] = ()

    @property
    def size(self) -> int:
        return prod(map(len, self.plain))


def cover(
    versions: Versions, guesses: Iterable[Candidate], spent: Callable[[], bool]
) -> tuple[tuple[Chosen, ...], int]:
    """Choose the boxes, and count every case whose level rose, exactly.

    `spent` says when no more time is left for short names; everything is still listed.
    """
    found = _Cover(versions)
    return found.choose(guesses, spent), found.total()


class _Cover:
    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._atoms: Atoms = versions.axes.atoms
        self._bits: dict[object, tuple[Space, int]] = {}
        self._judged: dict[object, tuple[int, int]] = {}
        self._parts = [_Left(plain, old, new) for plain, old, new in versions.differing if self._rises(old, new)]

    def total(self) -> int:
        """Every risen case."""
        return sum(self._count(part) for part in self._parts)

    def choose(self, guesses: Iterable[Candidate], spent: Callable[[], bool]) -> tuple[Chosen, ...]:
        """Greedy: always the box that covers most of what is left, ties by the order of the guesses."""
        fitting = [found for guess in guesses if not spent() and (found := self._admissible(guess)) is not None]
        left, chosen = self._parts, list[Chosen]()
        while left and fitting:
            gains = [self._gain(guess.box, left) for guess in fitting]
            best = max(range(len(gains)), key=gains.__getitem__)
            if not gains[best]:
                break
            guess = fitting.pop(best)
            chosen.append(Chosen(guess.box, self._gain(guess.box, self._parts), guess))
            left = [rest for part in left for rest in self._without(part, guess.box) if self._count(rest)]
        chosen += [Chosen(box, self._gain(box, self._parts), None) for box in self._listed(left)]
        self._verify([each.box for each in chosen])
        return tuple(chosen)

    def _rises(self, old: Block, new: Block) -> bool:
        return bool(new.offers) and self._open(_Left((), old, new))[1] > 0

    # ---- bits --------------------------------------------------------------------------------------------------------

    def _space(self, blocks: Sequence[Block], sets: Iterable[Sets] = ()) -> tuple[Space, Block, Block]:
        masks = Masks()
        for block in blocks:
            masks |= masks_of(block)
        for each in sets:
            masks |= each.masks()
        return space_for(self._atoms, masks), blocks[0], blocks[1]

    def _open(self, part: _Left, also: Sets | None = None) -> tuple[Space, int]:
        """The risen cases of a part that are not covered yet; with `also`, those of them that it describes."""
        key = (part.old, part.new, part.taken, also)
        found = self._bits.get(key)
        if found is None:
            space, old, new = self._space((part.old, part.new), (*part.taken, *((also,) if also else ())))
            bits = risen(space, old, new)
            for sets in part.taken:
                bits &= ~sets.bits(space)
            found = self._bits[key] = space, bits & also.bits(space) if also else bits
        return found

    def _count(self, part: _Left, also: Sets | None = None) -> int:
        space, bits = self._open(part, also)
        return space.count(bits) * part.size if bits else 0

    def _gain(self, box: Box, left: Iterable[_Left]) -> int:
        found = 0
        for part in left:
            within = tuple(a & b for a, b in zip(part.plain, box.plain, strict=True))
            if all(within):
                try:
                    found += self._count(replace(part, plain=within), box.sets)
                except TooWide:
                    continue
        return found

    def _without(self, part: _Left, box: Box) -> Iterator[_Left]:
        """Take a box out of a part: what lies beside it stays as it is."""
        within = tuple(a & b for a, b in zip(part.plain, box.plain, strict=True))
        if not all(within):
            yield part
            return
        for depth, values in enumerate(part.plain):
            if beside := values - within[depth]:
                yield replace(part, plain=(*within[:depth], beside, *part.plain[depth + 1 :]))
        inside = replace(part, plain=within, taken=(*part.taken, box.sets))
        try:
            self._open(inside)
        except TooWide:
            inside = replace(part, plain=within)
        yield inside

    # ---- may it be said? ---------------------------------------------------------------------------------------------

    def _admissible(self, guess: Candidate) -> Candidate | None:
        """Cut a box down to the values where it is true, or give it up."""
        box = guess.box
        try:
            for _ in range(_ROUNDS):
                rose, wrong = self._look(box)
                if not rose:
                    return None
                cut = _seen(box, rose)
                if cut != box.plain:
                    box = replace(box, plain=cut)
                elif not wrong:
                    return replace(guess, box=box)
                else:
                    box = _narrowed(box, wrong)
                if not all(box.plain):
                    return None
        except TooWide:
            return None
        return None

    def _look(self, box: Box) -> tuple[list[Plain], list[Plain]]:
        """The parts of a box in which something rose, and those in which it would say too much."""
        rose, wrong = [], []
        for piece in self._versions.pieces(box.plain):
            risen_bits, false_bits = self._judge(piece, box)
            if risen_bits:
                rose.append(piece.plain)
            if false_bits:
                wrong.append(piece.plain)
        return rose, wrong

    def _judge(self, piece: Piece, box: Box) -> tuple[int, int]:
        blocks = (piece.old, piece.new, piece.ceiling)
        key = (blocks, box.sets, box.level)
        known = self._judged.get(key)
        if known is None:
            space, old, new = self._space(blocks, (box.sets,))
            meant = box.sets.bits(space)
            rose = risen(space, old, new) & meant
            rest = meant & ~rose & ~reached(space, old, box.level) & reached(space, piece.ceiling, box.level)
            for leader in new.leaders:
                rest &= space.levels(leader)[leader.top]
            known = self._judged[key] = rose, rest
        return known

    # ---- what has no short name --------------------------------------------------------------------------------------

    def _listed(self, left: Iterable[_Left]) -> list[Box]:
        boxes = []
        for part in left:
            space, bits = self._open(part)
            for level in part.new.ladder[1:]:
                here = bits & exactly(space, part.new, level)
                boxes += [Box(part.plain, sets, level) for sets in sets_of(space, here, self._atoms)]
        return merged(boxes)

    def _verify(self, boxes: Iterable[Box]) -> None:
        """Look at every risen case once more: each must lie in a box that is said."""
        chosen = [*boxes]
        for part in self._parts:
            left = [part]
            for box in chosen:
                left = [rest for one in left for rest in self._without(one, box) if self._open(rest)[1]]
            if left:
                raise InvariantBroken(Fault("POL-092", "the report of a difference would leave something out"))


def _seen(box: Box, rose: list[Plain]) -> Plain:
    """Keep the values for which something rose; whether data are usable is not said, B2 stops the others anyway."""
    seen = [frozenset[str]().union(*(plain[depth] for plain in rose)) for depth in range(len(box.plain) - 1)]
    return (*seen, box.plain[-1])


def _narrowed(box: Box, wrong: list[Plain]) -> Box:
    """Take out the values for which a box would say too much, of the attribute where that costs least."""
    costs: list[tuple[float, int, frozenset[str]]] = []
    for depth, values in enumerate(box.plain):
        bad = frozenset[str]().union(*(plain[depth] for plain in wrong)) & values
        costs.append((len(bad) / len(values), depth, bad))
    _, depth, bad = min(costs, key=lambda cost: cost[:2])
    return replace(box, plain=(*box.plain[:depth], box.plain[depth] - bad, *box.plain[depth + 1 :]))
