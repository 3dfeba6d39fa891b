"""The values that a case can take: seven attributes with one value each, and three that are sets.

Sets are kept as bit masks over `Atoms`. Two versions of a policy are compared over the axes of both (`joined`), so that
one bit means one word in both. Decides nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from gateway.names import FieldId, PartnerId
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    Catalogue,
    DecisionSet,
    Register,
    Vocabulary,
)

__all__ = ["PLAIN", "Atoms", "Axes", "axes_for", "axes_of"]

PLAIN = ("field", "partner", "purpose", "classification", "information", "origin", "usable")
"""The attributes with one value each, in the order in which the decision function asks for them."""

_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True)
class Atoms:
    """The words of which sets are made. A set of people is roles with statuses, or `no-person` alone."""

    roles: tuple[str, ...]
    statuses: tuple[str, ...]
    marks: tuple[str, ...]
    grants: tuple[str, ...] = GRANTS

    @property
    def people(self) -> tuple[str, ...]:
        """Roles, statuses and `no-person`, in the order of their bits."""
        return (*self.roles, *self.statuses, NO_PERSON)

    @property
    def standing(self) -> int:
        """The mask of what a set of people can be without: roles and `no-person`; a status alone is nobody."""
        return (1 << len(self.roles)) - 1 | 1 << len(self.roles) + len(self.statuses)

    @property
    def unknown(self) -> int:
        """The mask of the role `unknown`."""
        return self.people_mask({UNKNOWN})

    @property
    def unmarked(self) -> int:
        """The mask of the mark `unmarked`."""
        return self.marks_mask({UNMARKED})

    def people_mask(self, words: Iterable[str]) -> int:
        """Give the mask of a set of roles and statuses. These three raise `KeyError` for a word that is no atom."""
        return _mask(self.people, words)

    def marks_mask(self, words: Iterable[str]) -> int:
        """Give the mask of a set of marks."""
        return _mask(self.marks, words)

    def grants_mask(self, words: Iterable[str]) -> int:
        """Give the mask of a set of permissions."""
        return _mask(self.grants, words)


def _mask(atoms: tuple[str, ...], words: Iterable[str]) -> int:
    places = _places(atoms)
    mask = 0
    for word in words:
        mask |= 1 << places[word]
    return mask


@lru_cache(maxsize=64)
def _places(atoms: tuple[str, ...]) -> dict[str, int]:
    return {atom: i for i, atom in enumerate(atoms)}


@dataclass(frozen=True, slots=True)
class Axes:
    """Every value of every attribute, each list in a fixed order. `classifications` is lowest first."""

    fields: tuple[FieldId, ...]
    partners: tuple[PartnerId, ...]
    purposes: tuple[str, ...]
    classifications: tuple[str, ...]
    atoms: Atoms
    information: tuple[str, ...] = INFORMATION
    origins: tuple[str, ...] = ORIGINS
    usable: tuple[str, ...] = USABLE

    @property
    def plain(self) -> tuple[tuple[str, ...], ...]:
        """The values of the plain attributes, in the order of `PLAIN`."""
        return (
            self.fields,
            self.partners,
            self.purposes,
            self.classifications,
            self.information,
            self.origins,
            self.usable,
        )

    def joined(self, other: "Axes") -> "Axes":
        """Give the axes on which two versions can be compared: ours, then what only the other one has."""
        mine, theirs = self.atoms, other.atoms
        return Axes(
            fields=_joined(self.fields, other.fields),
            partners=_joined(self.partners, other.partners),
            purposes=_joined(self.purposes, other.purposes),
            classifications=_joined(self.classifications, other.classifications),
            atoms=Atoms(
                _joined(mine.roles, theirs.roles),
                _joined(mine.statuses, theirs.statuses),
                _joined(mine.marks, theirs.marks),
                _joined(mine.grants, theirs.grants),
            ),
        )


def _joined(one: tuple[_Word, ...], other: tuple[_Word, ...]) -> tuple[_Word, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def axes_for(words: Vocabulary, register: Register, catalogue: Catalogue) -> Axes:
    """Give the axes of a policy: fields that rules decide, partners also as seen after their instrument ended."""
    partners: list[PartnerId] = []
    for partner in register.partners.values():
        partners += [partner.id, partner.expired_id] if partner.until else [partner.id]
    return Axes(
        fields=tuple(field.id for field in catalogue.fields.values() if field.decided),
        partners=tuple(partners),
        purposes=words.purposes,
        classifications=words.classifications,
        atoms=Atoms(words.roles, words.statuses, words.marks),
    )


def axes_of(decisions: DecisionSet) -> Axes:
    """Give the axes of a decision set."""
    return axes_for(decisions.vocabulary, decisions.register, decisions.catalogue)
