"""The closed lists of words and codes, as the files under `vocabulary/` state them.

Guarantees that every parent is in the same list, that parents form no circle, and that list and schema of one file name
the same codes. Does not know foreign lists: a code with a `scheme` is not from here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.document.tree import JsonValue
from gateway.errors import Fault, Place

__all__ = ["Code", "Vocabulary", "WordList", "read_word_list"]


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `valid_from` and `valid_until` are days (inclusive), empty without a limit.

    `ends_from` and `ends_to` are kinds of entity and filled for links only; grades for grade schemes only.
    """

    code: str
    parent: str
    label: Mapping[str, str]
    definition: str
    source: str
    valid_from: str = ""
    valid_until: str = ""
    ends_from: frozenset[str] = frozenset()
    ends_to: frozenset[str] = frozenset()
    same_kind: bool = False
    source_grades: tuple[str, ...] = ()
    information_grades: tuple[str, ...] = ()

    def valid_on(self, day: str) -> bool:
        """Say whether the code was in force on a day (`YYYY-MM-DD`)."""
        return (not self.valid_from or self.valid_from <= day) and (not self.valid_until or day <= self.valid_until)

    def connects(self, kind_from: str, kind_to: str) -> bool:
        """Say whether a link of this kind may go between two kinds of entity."""
        return kind_from in self.ends_from and kind_to in self.ends_to and (not self.same_kind or kind_from == kind_to)


@dataclass(frozen=True, slots=True)
class WordList:
    """One list, in the order of its file: where codes have an order (classification, precedence), that is it."""

    name: str
    title: str
    source: str
    codes: Mapping[str, Code]
    dated: bool = False
    """True if some code of the list is not valid for ever."""

    def parent(self, code: str) -> str:
        """Give the code one step more general, or nothing: for a code without a parent or not in the list."""
        found = self.codes.get(code)
        return found.parent if found else ""

    def rank(self, code: str) -> int:
        """Give the position of a code in the list, from 0. Raises `ValueError` if it is not in it."""
        return list(self.codes).index(code)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All lists by name."""

    lists: Mapping[str, WordList] = field(repr=False)

    def __getitem__(self, name: str) -> WordList:
        return self.lists[name]

    def __contains__(self, name: object) -> bool:
        return name in self.lists

    def words(self, name: str) -> tuple[str, ...]:
        """Give the codes of a list in their order. Raises `KeyError` for a list that does not exist."""
        return tuple(self.lists[name].codes)


def read_word_list(name: str, document: JsonValue, faults: list[Fault]) -> WordList:
    """Read one file of `vocabulary/`, already parsed. Adds EXC-104 for every contradiction in it."""
    place = Place(f"vocabulary/{name}.json")
    members = document if isinstance(document, dict) else {}
    rows = members.get("x-codes")
    codes = {code: _code(code, row) for code, row in rows.items()} if isinstance(rows, dict) else {}
    if not codes or members.get("enum") != list(codes):
        faults.append(Fault("EXC-104", "`enum` and `x-codes` must name the same codes in the same order", place))
    faults += (Fault("EXC-104", problem, place) for problem in _problems(codes))
    dated = any(code.valid_from or code.valid_until for code in codes.values())
    return WordList(name, _text(members, "title"), _text(members, "x-source"), MappingProxyType(codes), dated)


def _problems(codes: Mapping[str, Code]) -> Iterator[str]:
    for code in codes.values():
        seen = {code.code}
        above = code.parent
        while above:
            if above not in codes:
                yield f"the parent of {code.code!r} is not in the list"
                break
            if above in seen:
                yield f"{code.code!r} is its own ancestor"
                break
            seen.add(above)
            above = codes[above].parent


def _code(code: str, row: JsonValue) -> Code:
    members = row if isinstance(row, dict) else {}
    labels = members.get("label")
    return Code(
        code=code,
        parent=_text(members, "parent"),
        label=MappingProxyType({k: str(v) for k, v in labels.items()} if isinstance(labels, dict) else {}),
        definition=_text(members, "definition"),
        source=_text(members, "source"),
        valid_from=_text(members, "valid_from"),
        valid_until=_text(members, "valid_until"),
        ends_from=frozenset(_texts(members, "from")),
        ends_to=frozenset(_texts(members, "to")),
        same_kind=members.get("same_kind") is True,
        source_grades=_texts(members, "source_grades"),
        information_grades=_texts(members, "information_grades"),
    )


def _text(members: Mapping[str, JsonValue], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _texts(members: Mapping[str, JsonValue], name: str) -> tuple[str, ...]:
    value = members.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
