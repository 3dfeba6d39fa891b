"""How the parts of a message hold together: ids, references, links, roles, and what is stated as unknown.

These are the mistakes that no schema sees. Works on what a sweep found; looks at one message only.
"""

from collections.abc import Iterator

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault
from gateway.exchange.catalogue import Catalogue
from gateway.exchange.layout import ENTITY_ARRAYS
from gateway.exchange.message import leaves_of
from gateway.exchange.sweep import Entity, Sweep
from gateway.exchange.values import fault
from gateway.exchange.vocabulary import Code, WordList
from gateway.names import FieldId

__all__ = ["check_field_names", "check_links", "check_references", "check_roles", "check_unknown"]

_UNKNOWN = "unknown"


def check_references(found: Sweep) -> Iterator[Fault]:
    """Check that ids are unique and that every reference leads to something of a kind it may lead to."""
    for entity in found.repeated:
        fix = "let the gateway give the ids; a mapping's block needs a key that differs"
        yield fault("EXC-020", "an id that something before has, too", (*entity.path, "id"), f"{entity.kind}.id", fix)
    for reference in found.references:
        target = found.entities.get(reference.target)
        if target is None:
            problem = "a reference to something that is not in the message"
            yield fault(
                "EXC-021", problem, reference.path, reference.row.field, "add what it refers to, or leave it out"
            )
        elif target.kind not in reference.row.refs:
            fix = "refer to one of: " + ", ".join(reference.row.refs)
            yield fault("EXC-022", "a reference to the wrong kind of thing", reference.path, reference.row.field, fix)


def check_links(found: Sweep, words: WordList) -> Iterator[Fault]:
    """Check that each link connects what its kind allows, leads elsewhere, and states a role that the person has."""
    for link in found.entities.values():
        if link.kind != "link":
            continue
        ends = [
            found.entities.get(end) for end in (link.value.get("from"), link.value.get("to")) if isinstance(end, str)
        ]
        row = words.codes.get(str(link.value.get("kind")))
        if len(ends) == 2 and link.value.get("from") == link.value.get("to"):
            yield fault("EXC-024", "a link from an entity to itself", link.path, "link.to")
        elif row is not None and not _connects(row, ends):
            fix = f"from {_either(row.ends_from)} to {_either(row.ends_to)}"
            fix += ", both of one kind" if row.same_kind else ""
            yield fault("EXC-023", "this link does not connect such kinds", (*link.path, "kind"), "link.kind", fix)
        role = link.value.get("role")
        for end in ends:
            if role is not None and end is not None and end.kind == "person" and role not in _roles(end.value):
                fix = "add the role to the person"
                yield fault("EXC-025", "a role that the person does not have", (*link.path, "role"), "link.role", fix)


def check_roles(message: JsonObject) -> Iterator[Fault]:
    """Check that the role `unknown` stands alone."""
    for array in ("persons", "organisations"):
        items = message.get(array)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            roles = _roles(item) if isinstance(item, dict) else []
            if _UNKNOWN in roles and len(roles) > 1:
                field = f"{ENTITY_ARRAYS[array]}.roles"
                fix = "leave out `unknown`, or everything else"
                yield fault("EXC-026", "the role `unknown` beside another", (array, position, "roles"), field, fix)


def check_unknown(found: Sweep, catalogue: Catalogue) -> Iterator[Fault]:
    """Check that `stated_unknown` names leaves of its entity that are indeed absent."""
    for entity in found.entities.values():
        named = entity.value.get("stated_unknown")
        if not isinstance(named, list):
            continue
        there = {str(field) for field, _, _ in leaves_of(entity.value, entity.kind)}
        there |= {field.rpartition(".")[0] for field in there}  # a code or date is there if one of its parts is
        for position, name in enumerate(named):
            path, field = (*entity.path, "stated_unknown", position), f"{entity.kind}.stated_unknown"
            if not _is_named(name, entity, catalogue):
                yield fault("EXC-044", "not a leaf of this entity", path, field, "name a field id of the catalogue")
            elif name in there:
                yield fault("EXC-045", "stated as unknown, and stated", path, field, "leave out one of the two")


def check_field_names(message: JsonObject, catalogue: Catalogue) -> Iterator[Fault]:
    """Check that a correction names leaves that exist."""
    correction = message.get("correction")
    changed = correction.get("changed") if isinstance(correction, dict) else None
    for position, name in enumerate(changed if isinstance(changed, list) else ()):
        if isinstance(name, str) and FieldId(name) not in catalogue.fields and not _is_unit(name, catalogue):
            path = ("correction", "changed", position)
            fix = "name a field id of the catalogue"
            yield fault("EXC-044", "not a leaf of the format", path, "correction.changed", fix)


def _is_named(name: JsonValue, entity: Entity, catalogue: Catalogue) -> bool:
    if not isinstance(name, str) or name.partition(".")[0] != entity.kind:
        return False
    return FieldId(name) in catalogue.fields or _is_unit(name, catalogue)


def _is_unit(name: str, catalogue: Catalogue) -> bool:
    shape = catalogue.objects.get(name)
    return shape is not None and shape.unit is not None


def _connects(row: Code, ends: list[Entity | None]) -> bool:
    """An end that is not there is reported as a reference."""
    kinds = [end.kind for end in ends if end is not None]
    return len(kinds) != 2 or row.connects(kinds[0], kinds[1])


def _roles(person: JsonObject) -> list[JsonValue]:
    roles = person.get("roles")
    return roles if isinstance(roles, list) else []


def _either(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))
