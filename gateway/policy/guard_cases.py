"""The last look's own reading of a message: every leaf with its case, derived without `case.py`.

Written apart on purpose, so that one mistake in the attribution of roles or marks does not blind both. Walks
components of connected things where `case.py` joins sets, and takes the connecting references from the catalogue
where `case.py` lists them. Small and plain; decides nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.catalogue import Catalogue
from gateway.exchange.layout import ARRAYS, ENTITY_ARRAYS
from gateway.exchange.shape import ValueKind
from gateway.names import FieldId, PartnerId
from gateway.policy.circumstances import Circumstances
from gateway.policy.language import Case, DecisionSet

__all__ = ["Seen", "connecting_fields", "seen_leaves"]

_REVIEWED = "reviewed by an officer"


@dataclass(frozen=True, slots=True)
class Seen:
    """One leaf of the message: its field, place, value as text, its case, and the object that holds it."""

    field: FieldId
    path: str
    value: str
    case: Case
    holder: Mapping[str, JsonValue]

    def __repr__(self) -> str:
        return f"Seen({self.path})"


@dataclass(frozen=True, slots=True)
class _Around:
    """What an item inherits from what it stands in."""

    roles: frozenset[str]
    marks: frozenset[str]
    classification: str
    information: str
    country: str
    attachment: str = ""

    def __repr__(self) -> str:
        return f"_Around({self.classification})"


def connecting_fields(catalogue: Catalogue) -> frozenset[FieldId]:
    """Give the references by which one thing is connected with another: both are entities, and neither is a person."""
    things = frozenset(ENTITY_ARRAYS.values()) - {"person"}
    return frozenset(
        row.field
        for row in catalogue.fields.values()
        if row.kind is ValueKind.REF and row.field.split(".")[0] in things and things.issuperset(row.refs)
    )


def seen_leaves(
    decisions: DecisionSet,
    message: JsonObject,
    partner: PartnerId,
    circumstances: Circumstances,
    connecting: frozenset[FieldId],
) -> list[Seen]:
    """Give every leaf of the message with its case for one partner; `connecting` as from `connecting_fields`."""
    header = _dict(message.get("header"))
    handling = _dict(header.get("handling"))
    vocabulary = decisions.vocabulary
    labels = {*_words(handling.get("markings")), f"tlp:{handling.get('tlp')}"} & set(vocabulary.marks)
    flags = {*_words(handling.get("flags"))}
    roles, everybody = _roles(message, connecting)
    stated = handling.get("classification")
    top = vocabulary.classifications[-1]
    whole = _Around(
        roles=everybody,
        marks=frozenset(flags | labels) or frozenset({"unmarked"}),
        classification=stated if isinstance(stated, str) and stated in vocabulary.classifications else top,
        information="assessment",
        country=str(_dict(header.get("originator")).get("country", "")),
    )
    whole = _stated(whole, header)
    reader = _Reader(decisions, message, partner, circumstances)
    for name, value in message.items():
        kind = ARRAYS.get(name)
        if kind is None:
            reader.walk(value, name, name, whole, header)
            continue
        for index, entity in enumerate(_dicts(value)):
            own = roles.get(str(entity.get("id")), everybody)
            if name == "links":
                ends = [roles.get(str(entity.get(end)), frozenset({"unknown"})) for end in ("from", "to")]
                own = frozenset().union(*ends, _words([entity.get("role")])) - {"no-person"}
            around = _portion(whole, entity, kind, own or frozenset({"no-person"}), frozenset(labels))
            reader.walk(entity, kind, f"{name}[{index}]", _stated(around, entity), entity)
    return reader.found


class _Reader:
    """Walks values and puts a case to each leaf."""

    def __init__(
        self, decisions: DecisionSet, message: JsonObject, partner: PartnerId, circumstances: Circumstances
    ) -> None:
        header = _dict(message.get("header"))
        day = circumstances.taken_at[:10]
        last = _dict(header.get("handling")).get("retain_until")
        self.found: list[Seen] = []
        self._fields = decisions.catalogue.fields
        self._usable = "no" if circumstances.restricted or (isinstance(last, str) and last < day) else "yes"
        self._purpose = str(header.get("purpose", ""))
        self._partner = decisions.register.at(partner, day)
        self._home = circumstances.home_country
        self._theirs = decisions.register.partners[partner].country
        self._grants = [
            grant
            for grant in circumstances.grants
            if grant.until >= circumstances.taken_at
            and grant.partner in ("", partner)
            and grant.purpose in ("", self._purpose)
        ]

    def walk(self, value: JsonValue, field: str, path: str, around: _Around, holder: Mapping[str, JsonValue]) -> None:
        """Note every leaf below a value."""
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.walk(item, field, f"{path}[{index}]", around, holder)
        elif isinstance(value, dict):
            inside = _stated(around, value) if "." in field else around
            for name, member in value.items():
                self.walk(member, f"{field}.{name}", f"{path}.{name}", inside, value)
        elif value is not None:
            text = str(value)
            self.found.append(Seen(FieldId(field), path, text, self._case(FieldId(field), text, around), holder))

    def _case(self, field: FieldId, text: str, around: _Around) -> Case:
        row = self._fields.get(field)
        data_class = row.data_class if row else ""
        roles = around.roles
        grants = set()
        for grant in self._grants:
            if grant.kind == _REVIEWED:
                digest = around.attachment or "sha256:" + hashlib.sha256(text.encode()).hexdigest()
                if row is None or not row.free_text or grant.digest not in ("", digest):
                    continue
                roles = roles | grant.roles
            if not grant.classes or data_class in grant.classes:
                grants.add(grant.kind)
        origin = "ours" if around.country == self._home else "third party"
        if origin != "ours" and around.country and around.country == self._theirs:
            origin = "the receiver's own"
        return Case(
            field,
            roles,
            self._partner,
            self._purpose,
            around.marks,
            around.classification,
            around.information,
            origin if around.country else "third party",
            self._usable,
            frozenset(grants),
        )


def _portion(whole: _Around, entity: JsonObject, kind: str, roles: frozenset[str], labels: frozenset[str]) -> _Around:
    mark = _dict(entity.get("handling"))
    flags = _words(mark.get("flags"))
    own = mark.get("classification")
    return _Around(
        roles=roles,
        marks=frozenset(flags) | labels if flags else whole.marks,
        classification=own if isinstance(own, str) else whole.classification,
        information=whole.information,
        country=whole.country,
        attachment=str(entity.get("digest", "")) if kind == "attachment" else "",
    )


def _stated(around: _Around, holder: JsonObject) -> _Around:
    statement = holder.get("statement")
    if not isinstance(statement, dict):
        return around
    country = statement.get("origin_country")
    return _Around(
        around.roles,
        around.marks,
        around.classification,
        "fact" if statement.get("basis") == "fact" else "assessment",
        country if isinstance(country, str) else around.country,
        around.attachment,
    )


def _roles(message: JsonObject, connecting: frozenset[FieldId]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The roles that each entity carries, and those of everybody."""
    persons: dict[str, frozenset[str]] = {}
    things: dict[str, frozenset[str]] = {}
    for array in ENTITY_ARRAYS:
        for entity in _dicts(message.get(array)):
            name, own = str(entity.get("id")), frozenset(_words(entity.get("roles")))
            if array == "persons":
                own = (own or frozenset({"unknown"})) | frozenset(_words(entity.get("statuses")))
                persons[name] = persons.get(name, frozenset()) | own
            else:
                things[name] = things.get(name, frozenset()) | own
    everybody = frozenset().union(*persons.values(), *things.values())
    links = [(str(link.get("from")), str(link.get("to")), link.get("kind")) for link in _dicts(message.get("links"))]
    same = [(one, other) for one, other, kind in links if kind == "same-as"]
    for part in _components(set(persons), same):
        joined = frozenset().union(*(persons[name] for name in part))
        persons.update(dict.fromkeys(part, joined))
    edges = [(one, other) for one, other, _ in links] + [*_references(message, connecting)]
    for one, other in edges:
        for person, thing in ((one, other), (other, one)):
            if person in persons and thing in things:
                things[thing] |= persons[person]
    carried: dict[str, frozenset[str]] = {}
    for part in _components(set(things), edges):
        found = frozenset().union(*(things[name] for name in part))
        carried.update(dict.fromkeys(part, found or frozenset({"no-person"})))
    for name, found in persons.items():
        carried[name] = found | (carried.get(name, frozenset()) - {"no-person"})
    return carried, everybody or frozenset({"no-person"})


def _components(nodes: set[str], edges: list[tuple[str, str]]) -> Iterator[set[str]]:
    """Give the groups of nodes that are connected with each other."""
    beside: dict[str, set[str]] = {node: set() for node in nodes}
    for one, other in edges:
        if one in nodes and other in nodes:
            beside[one].add(other)
            beside[other].add(one)
    waiting = set(nodes)
    while waiting:
        part: set[str] = set()
        front = [waiting.pop()]
        while front:
            node = front.pop()
            part.add(node)
            front.extend(beside[node] - part)
        waiting -= part
        yield part


def _references(message: JsonObject, connecting: frozenset[FieldId]) -> Iterator[tuple[str, str]]:
    for field in connecting:
        kind, *names = field.split(".")
        array = next(array for array, one in ENTITY_ARRAYS.items() if one == kind)
        for entity in _dicts(message.get(array)):
            value: JsonValue = entity
            for name in names:
                value = value.get(name) if isinstance(value, dict) else None
            yield str(entity.get("id")), str(value)


def _dict(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _dicts(value: JsonValue) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _words(value: JsonValue) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
