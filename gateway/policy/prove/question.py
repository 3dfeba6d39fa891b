"""The box of a promise: which cases it is about, as parts of the plain attributes and as bits of a space.

Shared by the forms of the first prover. `never` and `at most` are about persons with *any* listed role, marks likewise,
and about every text that no officer has reviewed, whoever the message is about: it may contain anything about anyone.
`always` is about persons and marks of listed values *only*, with exactly the permissions it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.names import FieldId
from gateway.policy.language import Catalogue, Promise, Register
from gateway.policy.prove.axes import Atoms, Axes
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.function import Part
from gateway.policy.prove.space import Masks, Space

__all__ = ["Kind", "Question", "REVIEW"]

REVIEW = "reviewed by an officer"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the box asks of a field: is it listed, is it free text, and the rung that the promise names for it."""

    listed: bool
    text: bool
    rung: int


class Question:
    """One promise over the axes of one policy."""

    def __init__(self, promise: Promise, catalogue: Catalogue, register: Register, axes: Axes) -> None:
        self.promise = promise
        self._catalogue = catalogue
        self._register = register
        self._axes = axes
        atoms: Atoms = axes.atoms
        self._about = atoms.people_mask(promise.about)
        self._marked = atoms.marks_mask(promise.marked)
        self._without = atoms.grants_mask(promise.without)
        self._granted = atoms.grants_mask(promise.granted)
        self._review = atoms.grants_mask({REVIEW})
        self.texts = promise.form in ("never", "at most")

    @property
    def masks(self) -> Masks:
        """The masks that the box needs beside those of a block."""
        grants = {self._without, self._review if self.texts else 0}
        alone = self._granted if self.promise.form == "always" else 0
        return Masks(frozenset({self._about}), frozenset({self._marked}), frozenset(grants), alone)

    def fields(self) -> dict[FieldId, Kind]:
        """Give every field that the box is about."""
        promise = self.promise
        found = {}
        for name in self._axes.fields:
            row = self._catalogue.fields[name]
            text = self.texts and row.free_text
            if name in promise.fields or text:
                found[name] = Kind(name in promise.fields, text, row.ladder.rung(promise.level))
        return found

    def parts(self) -> Iterator[Part]:
        """Give the plain parts of the box, without the field; several where it depends on the receiver's clearance."""
        promise = self.promise
        meant = frozenset(self._axes.partners) & promise.partners
        fixed = {
            "purpose": promise.purposes,
            "information": promise.information,
            "origin": promise.origins,
            "usable": promise.usable,
        }
        if not promise.classified.above_clearance:
            yield {**fixed, "partner": meant, "classification": promise.classified.within}
            return
        for clearance in self._axes.classifications:
            cleared = frozenset(p for p in meant if self._register.clearance(p) == clearance)
            above = frozenset(c for c in self._axes.classifications if promise.classified.contains(c, clearance))
            if cleared:
                yield {**fixed, "partner": cleared, "classification": above}

    def box(self, space: Space, kind: Kind) -> int:
        """Give the cases of the box for fields of this kind."""
        promise = self.promise
        granted = space.every & ~space.some_grants(self._without)
        if promise.form == "always":
            granted = space.all_grants(self._granted) & ~space.some_grants(~self._granted)
            return space.existing & space.only(self._about, self._marked) & granted
        marked = space.existing & space.some_marks(self._marked) & granted
        found = marked & space.some_people(self._about) if kind.listed else 0
        return found | marked & ~space.some_grants(self._review) if kind.text else found

    def is_touched(self, block: Block, kind: Kind) -> bool:
        """False if nothing that the block offers above the promised level comes into the box: then nothing breaks."""
        if self.promise.form == "always":
            return True
        for offer in block.offers:
            if offer.rung > kind.rung and offer.marks & self._marked and not offer.needs & self._without:
                listed = kind.listed and offer.people & self._about
                if listed or (kind.text and not offer.needs & self._review):
                    return True
        return False

    def breaking(self, levels: tuple[int, ...], box: int, kind: Kind) -> int:
        """Give the cases of the box in which these levels break the promise."""
        if self.promise.form == "always":
            return box & ~(levels[kind.rung] if kind.rung < len(levels) else 0)
        return box & levels[kind.rung + 1] if kind.rung + 1 < len(levels) else 0
