"""The shortest exact names for a set of fields, partners, purposes or persons.

Guarantees that the names together mean exactly the set, neither more nor less, whatever the set; that the officer's own
words are kept where they still fit; and that equal sets under equal words get equal names.
"""

from collections.abc import Iterable, Sequence

__all__ = ["Candidate", "names_of"]

Candidate = tuple[str, frozenset[str]]
"""A name and everything it stands for."""


def names_of(
    whole: frozenset[str], candidates: Sequence[Candidate], preferred: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give names of candidates, and the members that no candidate names, in order: together they are the set.

    `preferred` names are kept if they are exact together; else one name for the whole set if there is one; else the
    preferred names that fit come first, then those that name most of the rest, ties by the order of candidates.
    """
    fitting = [(name, members) for name, members in candidates if members and members <= whole]
    chosen: list[str] = []
    rest = set(whole)
    by_name = dict(fitting)
    for name in preferred:
        if name in by_name and not rest.isdisjoint(by_name[name]):
            chosen.append(name)
            rest -= by_name[name]
    exact = [name for name, members in fitting if members == whole]
    if rest and exact:
        return (exact[0],), ()
    while True:
        name, members = max(fitting, key=lambda each: len(rest & each[1]), default=("", frozenset[str]()))
        if len(rest & members) < 2:
            break
        chosen.append(name)
        rest -= members
    singles = {next(iter(members)): name for name, members in reversed(fitting) if len(members) == 1}
    chosen += [singles[one] for one in sorted(rest) if one in singles]
    return tuple(chosen), tuple(sorted(one for one in rest if one not in singles))
