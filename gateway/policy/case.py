"""What every item of a message is about: whose roles, which marks, how sure, whose data.

Reads the message once, before any partner is considered. Whatever is missing becomes the strictest value: no role is
`unknown`, no mark is `unmarked`, no classification is the highest, no basis is `assessment`. Decides nothing.

Whose roles (policy-language.md 4.1): a person's items carry that person's roles and statuses; persons held to be one
(`same-as`) carry each other's. A thing or event carries those of every person connected with it over links and
references, through other things but never through a person; an organisation's own roles count too. A link carries the
roles of both its ends. Header, body, text and attachments carry those of everybody in the message.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.document.tree import JsonObject, JsonValue
from gateway.names import FieldId, PartnerId
from gateway.policy.circumstances import Circumstances, Grant
from gateway.policy.language import NO_PERSON, UNKNOWN, UNMARKED, Case, Vocabulary

__all__ = [
    "CONNECTING",
    "Facts",
    "Key",
    "Permission",
    "REVIEW",
    "StatementFacts",
    "THINGS",
    "grants_on_record",
    "nearest",
    "read_facts",
    "reviews_of",
]

THINGS = ("organisations", "objects", "locations", "events", "transactions", "evidence", "indicators")
"""The arrays whose entities carry the roles of the persons connected with them."""

CONNECTING = {
    "events": (("location",),),
    "transactions": (("from",), ("to",)),
    "evidence": (("collected", "location"),),
}
"""References that connect one thing with another, beside links."""

REVIEW = "reviewed by an officer"
"""The permission that is about one text."""


class Permission(NamedTuple):
    """A grant as a case sees it: its kind, and the data classes it is about (empty: every class)."""

    kind: str
    classes: frozenset[str] = frozenset()


class Key(NamedTuple):
    """Everything of a case but the field. Items with one key share one table."""

    partner: PartnerId
    purpose: str
    roles: frozenset[str]
    marks: frozenset[str]
    classification: str
    information: str
    origin: str
    usable: str
    grants: frozenset[Permission] = frozenset()

    def case(self, field: FieldId, data_class: str) -> Case:
        """Give the case of one field."""
        kinds = frozenset(p.kind for p in self.grants if not p.classes or data_class in p.classes)
        return Case(
            field,
            self.roles,
            self.partner,
            self.purpose,
            self.marks,
            self.classification,
            self.information,
            self.origin,
            self.usable,
            kinds,
        )


class StatementFacts(NamedTuple):
    """What a statement says that decisions depend on: `fact` or `assessment`, and whose data it is."""

    information: str
    country: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The message as decisions see it. `roles` is by entity id; `everybody` for header, body, text and attachments."""

    kind: str
    status: str
    purpose: str
    classification: str
    marks: frozenset[str]
    extra_marks: frozenset[str]
    told: StatementFacts
    retain_until: str
    roles: dict[str, frozenset[str]]
    everybody: frozenset[str]

    def roles_of(self, array: str, entity: JsonObject) -> frozenset[str]:
        """Give the roles that the items of an entity carry."""
        if array == "links":
            ends = (entity.get("from"), entity.get("to"))
            found = frozenset().union(*(self.roles.get(str(end), frozenset({UNKNOWN})) for end in ends))
            if isinstance(role := entity.get("role"), str):
                found |= {role}
            return _some(found - {NO_PERSON})
        if array == "persons" or array in THINGS:
            return self.roles[str(entity.get("id"))]
        return self.everybody

    def portion(self, entity: JsonObject) -> tuple[frozenset[str], str]:
        """Give marks and classification of an entity: its portion mark, else the message's."""
        handling = entity.get("handling")
        if not isinstance(handling, dict):
            return self.marks, self.classification
        flags = _texts(handling.get("flags"))
        own = handling.get("classification")
        marks = frozenset(flags) | self.extra_marks if flags else self.marks
        return marks, own if isinstance(own, str) else self.classification


def nearest(holder: JsonObject, above: StatementFacts) -> StatementFacts:
    """Give what applies inside an object: its own statement, else what applied above it.

    A statement without a basis is an assessment; one without a country leaves the country that was stated above.
    """
    statement = holder.get("statement")
    if not isinstance(statement, dict):
        return above
    country = statement.get("origin_country")
    basis = "fact" if statement.get("basis") == "fact" else "assessment"
    return StatementFacts(basis, country if isinstance(country, str) else above.country)


def read_facts(message: JsonObject, vocabulary: Vocabulary) -> Facts:
    """Read what decisions depend on out of one message."""
    header = _object(message.get("header"))
    handling = _object(header.get("handling"))
    extra = _extra_marks(handling, vocabulary)
    roles, everybody = _roles(message)
    flags = frozenset(_texts(handling.get("flags")))
    own = handling.get("classification")
    country = _object(header.get("originator")).get("country")
    originator = StatementFacts("assessment", country if isinstance(country, str) else "")
    return Facts(
        kind=str(header.get("kind", "")),
        status=str(header.get("status", "")),
        purpose=str(header.get("purpose", "")),
        classification=str(own) if own in vocabulary.classifications else vocabulary.classifications[-1],
        marks=(flags | extra) or frozenset({UNMARKED}),
        extra_marks=extra,
        told=nearest(header, originator),
        retain_until=str(handling.get("retain_until", "")),
        roles=roles,
        everybody=everybody,
    )


def grants_on_record(
    circumstances: Circumstances, partner: PartnerId, purpose: str
) -> tuple[frozenset[Permission], tuple[Grant, ...]]:
    """Give the permissions that count for this item, and apart from them the reviews of texts.

    Judged at the moment the message was taken. A grant for another partner or purpose, or one that has ended, is none.
    """
    valid = [
        grant
        for grant in circumstances.grants
        if grant.until >= circumstances.taken_at and grant.partner in ("", partner) and grant.purpose in ("", purpose)
    ]
    return (
        frozenset(Permission(grant.kind, grant.classes) for grant in valid if grant.kind != REVIEW),
        tuple(grant for grant in valid if grant.kind == REVIEW),
    )


def reviews_of(reviews: Iterable[Grant], value: JsonValue, digest: str = "") -> list[Grant]:
    """Give the reviews that are about a text, by its digest (or that of its attachment), or about the whole message."""
    digest = digest or "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()
    return [grant for grant in reviews if grant.digest in ("", digest)]


def _extra_marks(handling: JsonObject, vocabulary: Vocabulary) -> frozenset[str]:
    """Markings and the TLP label count as marks where the officers' vocabulary lists them."""
    stated = [*_texts(handling.get("markings"))]
    if isinstance(label := handling.get("tlp"), str):
        stated.append(f"tlp:{label}")
    return frozenset(mark for mark in stated if mark in vocabulary.marks)


def _roles(message: JsonObject) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    persons = _persons(message)
    things: dict[str, set[str]] = {}
    for array in THINGS:
        for thing in _entities(message, array):
            things.setdefault(str(thing.get("id")), set()).update(_texts(thing.get("roles")))
    group = {name: name for name in things}
    _join(group, _connections(message))
    for one, other in _ends(message):
        _spread(persons, things, one, other)
    carried: dict[str, set[str]] = {}
    for name, found in things.items():
        carried.setdefault(_root(group, name), set()).update(found)
    roles = {name: _some(frozenset(carried[_root(group, name)])) for name in things}
    for name, found in persons.items():
        roles[name] = frozenset(found) | (roles.get(name, frozenset()) - {NO_PERSON})
    return roles, _some(frozenset().union(*persons.values(), *things.values()))


def _persons(message: JsonObject) -> dict[str, set[str]]:
    """The roles and statuses of each person; those of one human being recorded twice are joined."""
    persons: dict[str, set[str]] = {}
    for person in _entities(message, "persons"):
        stated = {*_texts(person.get("roles"))} or {UNKNOWN}
        persons.setdefault(str(person.get("id")), set()).update(stated, _texts(person.get("statuses")))
    group = {name: name for name in persons}
    same = [link for link in _entities(message, "links") if link.get("kind") == "same-as"]
    _join(group, ((str(link.get("from")), str(link.get("to"))) for link in same))
    joined: dict[str, set[str]] = {}
    for name, found in persons.items():
        joined.setdefault(_root(group, name), set()).update(found)
    return {name: joined[_root(group, name)] for name in persons}


def _spread(persons: dict[str, set[str]], things: dict[str, set[str]], one: str, other: str) -> None:
    """A link between a person and a thing gives the thing the person's roles."""
    for person, thing in ((one, other), (other, one)):
        if person in persons and thing in things:
            things[thing] |= persons[person]


def _connections(message: JsonObject) -> Iterator[tuple[str, str]]:
    yield from _ends(message)
    for array, paths in CONNECTING.items():
        for entity in _entities(message, array):
            for path in paths:
                target: JsonValue = entity
                for name in path:
                    target = target.get(name) if isinstance(target, dict) else None
                if isinstance(target, str):
                    yield str(entity.get("id")), target


def _ends(message: JsonObject) -> Iterator[tuple[str, str]]:
    for link in _entities(message, "links"):
        yield str(link.get("from")), str(link.get("to"))


def _join(group: dict[str, str], connections: Iterable[tuple[str, str]]) -> None:
    """Put things that are connected into one group; persons are in no group, so nothing is joined through them."""
    for one, other in connections:
        if one in group and other in group:
            group[_root(group, one)] = _root(group, other)


def _root(group: dict[str, str], name: str) -> str:
    while group[name] != name:
        group[name] = group[group[name]]
        name = group[name]
    return name


def _some(roles: frozenset[str]) -> frozenset[str]:
    return roles or frozenset({NO_PERSON})


def _entities(message: JsonObject, array: str) -> Iterator[JsonObject]:
    for entity in _items(message.get(array)):
        if isinstance(entity, dict):
            yield entity


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _texts(value: JsonValue) -> list[str]:
    return [item for item in _items(value) if isinstance(item, str)]


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}
