"""For one purpose and role: the most that can leave of every field to every partner, without and with permissions.

Exact for what it says: more marks, roles or a higher classification never disclose more, more permissions never less,
so the most is found with one mark, the lowest fitting classification, and none or all of the permissions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.names import FieldId, PartnerId
from gateway.policy.language import NO_PERSON, UNKNOWN, WITHHOLD, Case, DecisionSet
from gateway.policy.prove.axes import Atoms
from gateway.policy.prove.blocks import Block
from gateway.policy.prove.function import DecisionFunction, Part, Region

__all__ = ["Cell", "Page", "pages_of"]


@dataclass(frozen=True, slots=True)
class Cell:
    """The most that can leave. `granted` is a higher level that needs a permission, else empty.

    `conditional` is True if conditions leave with it. `case` is one in which it does, of a field that is decided alike.
    """

    level: str
    granted: str
    conditional: bool
    case: Case

    @property
    def shown(self) -> tuple[str, str, bool]:
        """What a reader sees of it."""
        return self.level, self.granted, self.conditional


@dataclass(frozen=True, slots=True)
class Page:
    """All cells of one purpose and role: by partner, then by field."""

    purpose: str
    role: str
    cells: Mapping[PartnerId, Mapping[FieldId, Cell]]

    @property
    def is_empty(self) -> bool:
        """True if nothing can leave, also not with a permission."""
        return not any(
            cell.granted or cell.level not in ("redact", WITHHOLD)
            for cells in self.cells.values()
            for cell in cells.values()
        )


class _Best(NamedTuple):
    """What a block gives at best for some people: rung, people and mark, without and with every permission."""

    rung: int
    people: int
    marks: int
    conditional: bool
    granted: int
    granted_people: int
    granted_marks: int


def pages_of(
    decisions: DecisionSet, function: DecisionFunction, purposes: Iterable[str], roles: Iterable[str]
) -> Iterator[Page]:
    """Give the pages of these purposes and roles. A status stands for persons of every known role with that status."""
    wanted = [*roles]
    found = _Cells(decisions, function)
    for purpose in purposes:
        for role in wanted:
            yield Page(purpose, role, found.page(purpose, role))


class _Cells:
    def __init__(self, decisions: DecisionSet, function: DecisionFunction) -> None:
        self._decisions = decisions
        self._function = function
        self._atoms: Atoms = function.axes.atoms
        self._best: dict[tuple[Block, tuple[int, ...]], _Best] = {}
        self._regions: dict[str, list[Region]] = {}

    def page(self, purpose: str, role: str) -> dict[PartnerId, dict[FieldId, Cell]]:
        people = self._people(role)
        # Fields that the decision function does not tell apart stand together in every region.
        ranked: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, int, bool], _Best, Region]] = {}
        for region in self._of(purpose):
            best = self._look(region.block, people)
            rank = (best.rung, best.granted, not best.conditional)
            for partner in region.values[1]:
                known = ranked.get((partner, region.values[0]))
                if known is None or rank > known[0]:
                    ranked[partner, region.values[0]] = rank, best, region
        found: dict[PartnerId, dict[FieldId, Cell]] = {}
        for (partner, names), (_, best, region) in ranked.items():
            cell = self._cell(PartnerId(partner), FieldId(names[0]), purpose, best, region)
            found.setdefault(PartnerId(partner), {}).update(dict.fromkeys(map(FieldId, names), cell))
        return {partner: found[partner] for partner in self._decisions.partners if partner in found}

    def _of(self, purpose: str) -> list[Region]:
        if purpose not in self._regions:
            part: Part = {
                "purpose": frozenset({purpose}),
                "partner": frozenset(self._decisions.partners),
                "usable": frozenset({"yes"}),
            }
            self._regions[purpose] = [*self._function.regions(part)]
        return self._regions[purpose]

    def _people(self, role: str) -> tuple[int, ...]:
        mask = self._atoms.people_mask
        if role in self._atoms.roles or role == NO_PERSON:
            return (mask({role}),)
        return tuple(mask({role, other}) for other in self._atoms.roles if other != UNKNOWN)

    def _look(self, block: Block, people: tuple[int, ...]) -> _Best:
        key = (block, people)
        found = self._best.get(key)
        if found is None:
            every = (1 << len(self._atoms.grants)) - 1
            without: list[tuple[int, bool, int, int]] = []
            granted: list[tuple[int, int, int]] = []
            for i in range(len(self._atoms.marks)):
                for one in people:
                    level, conditions = block.decide(one, 1 << i, 0)
                    without.append((level, not conditions, 1 << i, one))
                    granted.append((block.decide(one, 1 << i, every)[0], 1 << i, one))
            rung, free, marks, person = max(without)
            most, granted_marks, other = max(granted)
            found = _Best(rung, person, marks, not free and rung > 0, most, other, granted_marks)
            self._best[key] = found
        return found

    def _cell(self, partner: PartnerId, name: FieldId, purpose: str, best: _Best, region: Region) -> Cell:
        ladder = region.block.ladder
        lifted = best.granted > max(best.rung, 0)
        level = WITHHOLD if best.rung < 0 and not lifted else ladder[max(best.rung, 0)]
        needs_grant = lifted and best.rung <= 0
        marks = best.granted_marks if needs_grant else best.marks
        people = best.granted_people if needs_grant else best.people
        case = Case(
            field=name,
            roles=self._words(self._atoms.people, people),
            partner=partner,
            purpose=purpose,
            marks=self._words(self._atoms.marks, marks),
            classification=min(region.values[3], key=self._decisions.vocabulary.classifications.index),
            information=region.values[4][0],
            origin=region.values[5][0],
            usable="yes",
            grants=frozenset(self._atoms.grants) if needs_grant else frozenset(),
        )
        return Cell(level, ladder[best.granted] if lifted else "", best.conditional, case)

    @staticmethod
    def _words(atoms: tuple[str, ...], mask: int) -> frozenset[str]:
        return frozenset(word for i, word in enumerate(atoms) if mask >> i & 1)
