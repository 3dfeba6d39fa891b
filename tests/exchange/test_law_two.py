"""Law 2: the same shape before and after disclosure. Whatever levels a policy decides, what is left validates.

The model here is slow and obvious: decide a level for every field, transform every leaf, leave out what cannot stand
alone, repeat until every reference has its target. A message without what its kind requires is withheld, not sent.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault
from gateway.exchange.ladders import LADDERS, Transform, transform_of
from gateway.exchange.layout import ARRAYS, BODIES
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, ValueKind
from gateway.exchange.validate import validate
from gateway.names import FieldId
from tests.exchange.given import EXAMPLES, example, exchange_format
from tests.model.strategies import messages

pytestmark = pytest.mark.slow
FORMAT = exchange_format()
CATALOGUE = FORMAT.catalogue
Level: TypeAlias = Callable[[FieldId], str]


def level_of(row: CatalogueField, wanted: Level) -> str:
    """The level of a leaf: that of its decider, and nothing if what it follows does not leave in full."""
    ladder = CATALOGUE.ladder(row.decided_by)
    if not ladder.decided:
        return ladder.levels[-1]
    if any(level_of(CATALOGUE.fields[other], wanted) != "full" for other in row.follows):
        return "redact"
    level = wanted(row.decided_by)
    return level if level in ladder.levels else "redact"


def transformed(row: CatalogueField, value: JsonValue, level: str) -> JsonValue:
    """What is shown of a value; None if nothing is."""
    match transform_of(row.ladder, level, row.part):
        case Transform.KEEP:
            return value
        case Transform.PSEUDONYM:
            return "psn-" + "0123456789abcdef" * 2
        case Transform.YEAR:
            return str(value)[:4]
        case Transform.PARENT:
            return FORMAT.vocabulary[row.vocabulary].parent(str(value)) or None
        case Transform.BAND:
            digits = str(value).partition(".")[0]
            return digits[:1] + "0" * (len(digits) - 1) if digits[:1] not in {"-", "0"} else "0"
        case Transform.DROP:
            return None


class Shown:
    """One message at some levels, given the ids that are still there."""

    def __init__(self, wanted: Level, there: frozenset[str]) -> None:
        self.wanted = wanted
        self.there = there

    def value(self, shape: Shape, value: JsonValue) -> JsonValue:
        if isinstance(shape, CatalogueField):
            if shape.kind is ValueKind.REF and value not in self.there:
                return None
            return transformed(shape, value, level_of(shape, self.wanted))
        if isinstance(shape, ListShape):
            assert isinstance(value, list)
            return [shown for item in value if (shown := self.value(shape.item, item)) is not None] or None
        assert isinstance(value, dict)
        return self.object(shape, value) or None

    def object(self, shape: ObjectShape, value: JsonObject) -> JsonObject:
        made: JsonObject = {}
        for name, member in value.items():
            shown = self.value(shape.members[name], member)
            if shown is not None:
                made[name] = shown
        complete = set(shape.required) <= made.keys()
        complete = complete and (not shape.any_of or any(set(group) <= made.keys() for group in shape.any_of))
        if not complete or not (shape.beside or not shape.id or any(says(shape.members[n], made[n]) for n in made)):
            return {}
        return made


def says(shape: Shape, value: JsonValue) -> bool:
    """True if a member is a reason to keep its object."""
    if isinstance(shape, CatalogueField):
        return shape.content
    if isinstance(shape, ListShape):
        return says(shape.item, value)
    return not shape.beside


def disclosed(message: JsonObject, wanted: Level) -> JsonObject:
    """What is left of a message at some levels."""
    there = frozenset(_ids(message))
    while True:
        made = Shown(wanted, there).object(CATALOGUE.root, message)
        left = frozenset(_ids(made))
        if left == there:
            return made
        there = left


def _ids(message: JsonObject) -> list[str]:
    items = [item for array in ARRAYS for item in _list(message.get(array))]
    return [str(item["id"]) for item in items if isinstance(item, dict)]


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def is_missing_what_the_kind_needs(fault: Fault) -> bool:
    """The faults by which a message is withheld: conditions on the whole message, never on a part that is there."""
    return (
        (fault.code == "EXC-002" and fault.place.path == "$")
        or (fault.code == "EXC-007" and fault.place.path in {"$['events']", "$['objects']"})
        or (fault.code == "EXC-008" and fault.place.path == "$")
        or fault.code == "EXC-012"
    )


def check(message: JsonObject, wanted: Level) -> JsonObject | None:
    """Disclose; give the message if it is sent, None if it is withheld."""
    made = disclosed(message, wanted)
    faults = validate(made, FORMAT)
    if faults and all(map(is_missing_what_the_kind_needs, faults)):
        return None
    assert faults == ()
    return made


def uniform(rung: int) -> Level:
    """Every field at the same rung, counted from full: 0 is full, 1 the level below, and so on."""

    def wanted(field: FieldId) -> str:
        levels = CATALOGUE.ladder(field).levels
        return levels[max(len(levels) - 1 - rung, 0)]

    return wanted


def chosen(levels: Mapping[FieldId, str]) -> Level:
    return lambda field: levels.get(field, "full")


@given(messages(), st.integers(0, 3))
def test_every_level_of_every_ladder_yields_a_valid_message(message: JsonObject, rung: int) -> None:
    check(message, uniform(rung))


@given(messages(), st.randoms(use_true_random=False))
def test_any_mixture_of_levels_yields_a_valid_message(message: JsonObject, random: object) -> None:
    choice = random.choice  # type: ignore[attr-defined]  # a Random
    check(message, chosen({field: choice(CATALOGUE.ladder(field).levels) for field in CATALOGUE.fields}))


@given(messages(), st.sampled_from(sorted(set(CATALOGUE.classes))))
def test_withholding_one_class_yields_a_valid_message(message: JsonObject, data_class: str) -> None:
    check(message, lambda field: "redact" if CATALOGUE.fields[field].data_class == data_class else "full")


@given(messages(), st.sampled_from(sorted(set(CATALOGUE.classes))))
def test_sharing_one_class_alone_yields_a_valid_message(message: JsonObject, data_class: str) -> None:
    check(message, lambda field: "full" if CATALOGUE.fields[field].data_class == data_class else "redact")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("rung", range(4))
def test_every_level_of_the_examples(path: object, rung: int) -> None:
    check(example(path.stem), uniform(rung))  # type: ignore[attr-defined]  # a Path


def test_in_full_everything_leaves_but_what_never_does() -> None:
    made = check(example("person-notice"), uniform(0))
    assert made is not None
    header = made["header"]
    assert isinstance(header, dict)
    assert header.pop("reference", None) is None
    assert made["persons"] == example("person-notice")["persons"]


def test_at_the_lowest_levels_nothing_is_left_of_an_entity() -> None:
    made = disclosed(example("person-notice"), uniform(9))
    assert set(made) <= {"header", *BODIES}


def test_a_partner_without_names_gets_no_empty_names() -> None:
    made = disclosed(example("person-notice"), chosen({FieldId("person.names.full"): "redact"}))
    (person,) = _list(made["persons"])
    assert isinstance(person, dict)
    assert "names" not in person


def test_a_link_without_its_kind_is_not_there() -> None:
    made = disclosed(example("person-notice"), chosen({FieldId("link.kind"): "redact"}))
    assert "links" not in made


def test_every_level_of_every_field_alone() -> None:
    """No draw may miss a field: each level of each decided leaf, on every example that has the leaf."""
    tried = 0
    for path in EXAMPLES:
        message = example(path.stem)
        present = {
            row.decided_by for row in CATALOGUE.fields.values() if f'"{row.part or row.field}"' and _has(message, row)
        }
        for field in sorted(present):
            for level in LADDERS[CATALOGUE.fields[field].ladder].levels[:-1]:
                check(message, chosen({field: level}))
                tried += 1
    assert tried > 500


def _has(message: JsonObject, row: CatalogueField) -> bool:
    found: list[JsonValue] = [message]
    for step in row.path.replace("[*]", "").split(".")[1:]:
        found = [v for each in found for v in _list_of(each.get(step) if isinstance(each, dict) else None)]
    return bool(found)


def _list_of(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
