"""Which lines changed: of the policy, the partner register, the groups, the exchange format. Each is a possible cause.

Rules are matched by their id. What a rule says may change although no line of it did: because a partner moved to
another group, or a field to another class. Then the cause is that line of the other file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.errors import Place
from gateway.names import PartnerId
from gateway.policy.language import DecisionSet, Partner, Rule

__all__ = ["Cause", "SETS", "around", "of_rule", "plain_lines"]

SETS = ("fields", "partners", "purposes", "about", "marked", "information", "origins", "usable")
"""The attributes of a rule that are sets of words."""


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """One changed line. `kind` is `rule`, `partner`, `group`, `class`, `field`; `what` says how it changed.

    `change` is `new`, `gone` or `changed`; `line` the keyword of the line; `plus` and `minus` are its words.
    """

    kind: str
    id: str
    change: str
    line: str = ""
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    place: Place = Place()

    @property
    def turned(self) -> "Cause":
        """The same change read the other way round."""
        change = {"new": "gone", "gone": "new"}.get(self.change, self.change)
        return replace(self, change=change, plus=self.minus, minus=self.plus)

    @property
    def what(self) -> str:
        """The change in signs: `for: +terrorism -border`."""
        signs = [*(f"+{word}" for word in self.plus), *(f"-{word}" for word in self.minus)]
        return f"{self.line}: {' '.join(signs)}" if self.line else self.change


def of_rule(old: Rule | None, new: Rule | None) -> tuple[Cause, ...]:
    """Give the changed lines of a rule, as they are written; empty if not one word of it changed."""
    rule = new or old
    if rule is None:
        return ()
    if old is None or new is None:
        return (Cause("rule", rule.id, "new" if old is None else "gone", law=rule.law, place=rule.place),)
    found = []
    for line in dict.fromkeys((*old.said, *new.said)):
        before, after = old.said.get(line, ()), new.said.get(line, ())
        if set(before) != set(after):
            plus = tuple(word for word in after if word not in before)
            minus = tuple(word for word in before if word not in after)
            found.append(Cause("rule", rule.id, "changed", line, plus, minus, rule.law, rule.place))
    return tuple(found)


def plain_lines(causes: Iterable[Cause]) -> list[Cause]:
    """Leave out the lines that only explain: title, law, reason."""
    return [cause for cause in causes if cause.line not in ("title", "law", "why", "because", "id")]


def around(old: DecisionSet, new: DecisionSet) -> tuple[Cause, ...]:
    """Give the changes outside the policy: partners, groups, carriage, fields of the format."""
    return (
        *_partners(old.partners, new.partners),
        *_words("group", old.vocabulary.groups, new.vocabulary.groups),
        *_words(
            "condition",
            {kind: (place,) for kind, place in old.register.carriage.items()},
            {kind: (place,) for kind, place in new.register.carriage.items()},
        ),
        *_words("marking", {"marks": old.vocabulary.marks}, {"marks": new.vocabulary.marks}),
        *_words("field", _fields(old), _fields(new)),
    )


def _partners(old: Mapping[PartnerId, Partner], new: Mapping[PartnerId, Partner]) -> Iterator[Cause]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            partner = after or before
            place = partner.place if partner else Place()
            yield Cause("partner", name, "new" if before is None else "gone", place=place)
            continue
        for line, one, other in _partner_lines(before, after):
            yield Cause("partner", name, "changed", line, other, one, place=after.place)


def _partner_lines(old: Partner, new: Partner) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    for line in ("regime", "clearance", "carries", "country", "under", "until", "status", "takes"):
        before, after = _texts(getattr(old, line)), _texts(getattr(new, line))
        if before != after:
            yield line, tuple(w for w in before if w not in after), tuple(w for w in after if w not in before)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, frozenset):
        return tuple(sorted(map(str, value)))
    return (str(value),) if value else ()


def _words(kind: str, old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> Iterator[Cause]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            yield Cause(kind, name, "new" if before is None else "gone")
        elif before != after:
            plus = tuple(word for word in after if word not in before)
            minus = tuple(word for word in before if word not in after)
            yield Cause(kind, name, "changed", kind, plus, minus)


def _fields(decisions: DecisionSet) -> dict[str, tuple[str, ...]]:
    return {
        field.id: (
            f"class {field.data_class}",
            f"ladder {field.ladder.name}",
            "special" if field.special else "not special",
            "free text" if field.free_text else "not free text",
            *(f"follows {one}" for one in field.follows),
        )
        for field in decisions.catalogue.fields.values()
    }
