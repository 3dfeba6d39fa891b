"""The field catalogue: one row per leaf, with facts that agree with each other."""

import importlib.util
from collections import Counter
from types import ModuleType

import pytest

from gateway.exchange.catalogue import Catalogue
from gateway.exchange.ladders import LADDERS, Transform
from gateway.exchange.layout import ARRAYS, SINGULAR
from gateway.exchange.shape import CatalogueField, ObjectShape, ValueKind
from gateway.names import FieldId
from tests.exchange.given import FOLDER, exchange_format

CATALOGUE: Catalogue = exchange_format().catalogue
ROWS = list(CATALOGUE.fields.values())
FREE_TEXT = {"narrative", "attachment", "original", "extension"}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", FOLDER.parent / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name: str) -> CatalogueField:
    return CATALOGUE.fields[FieldId(name)]


@pytest.mark.parametrize("name", ["catalogue.json", "FIELDS.md", "context.jsonld"])
def test_generated_files_are_what_the_schemas_give(name: str) -> None:
    assert (FOLDER / name).read_bytes() == generator().generated()[name], "run schemas/exchange/generate.py"


def test_the_id_of_a_field_is_its_path_without_brackets() -> None:
    for each in ROWS:
        first, *rest = each.path.removeprefix("$.").replace("[*]", "").split(".")
        assert str(each.field) == ".".join([SINGULAR.get(first, first), *rest])


def test_free_text_if_and_only_if_one_of_the_four_classes_and_words_of_a_condition() -> None:
    free = {each.field for each in ROWS if each.free_text}
    assert free == {each.field for each in ROWS if each.data_class in FREE_TEXT} | {"header.handling.conditions.text"}


def test_special_data_stand_in_their_own_rooms() -> None:
    special = {each.field for each in ROWS if each.special}
    assert special == {each.field for each in ROWS if each.data_class in {"biometric", "intimate"}}
    assert {name.split(".")[1] for name in special} == {"biometrics", "special"}


def test_every_class_of_the_list_is_used() -> None:
    assert set(CATALOGUE.classes) == set(exchange_format().vocabulary.words("class"))


def test_every_ladder_is_used() -> None:
    assert {each.ladder for each in ROWS} == set(LADDERS)


def test_law_2_a_required_leaf_is_kept_or_its_loss_removes_its_object() -> None:
    for each in ROWS:
        if not each.required or each.ladder == "keep":
            continue
        # Only things that stand in lists can be left out whole without breaking what holds them; a review is optional.
        owner = CATALOGUE.objects[each.owner]
        assert owner.item or owner.beside or each.owner == "location.point", each.field
        assert LADDERS[each.ladder].transforms["full"] is Transform.KEEP, each.field


def test_law_2_what_is_required_of_an_object_that_is_required_itself_is_kept() -> None:
    for owner in CATALOGUE.objects.values():
        for name in owner.required:
            member = owner.members[name]
            if isinstance(member, ObjectShape) and not owner.item:
                kept = [inner for inner in member.members.values() if isinstance(inner, CatalogueField)]
                assert all(inner.ladder == "keep" for inner in kept if inner.required), owner.id


def test_a_required_leaf_of_header_and_bodies_is_kept() -> None:
    bodies = [each for each in ROWS if each.required and each.path.split(".")[1].partition("[")[0] not in ARRAYS]
    bodies = [each for each in bodies if not CATALOGUE.objects[each.owner].item]
    assert len(bodies) > 30
    assert [each.field for each in bodies if each.ladder != "keep"] == []


def test_the_parts_of_a_code_or_date_are_decided_together() -> None:
    for each in ROWS:
        if each.unit is None:
            assert each.decided_by == each.field
            continue
        value = "code" if each.part in {"code", "scheme"} else "value"
        assert each.decided_by == (each.field if each.part == "raw" else f"{each.unit}.{value}")
        decider = CATALOGUE.fields[each.decided_by]
        assert (decider.data_class, decider.ladder, decider.special) == (each.data_class, each.ladder, each.special)


def test_the_original_spelling_follows_its_value() -> None:
    raws = [each for each in ROWS if each.part == "raw"]
    assert len(raws) > 100
    for each in raws:
        assert each.data_class == "original"
        assert each.free_text
        assert each.follows in ({(f"{each.unit}.code",), (f"{each.unit}.value",)})


def test_what_a_field_follows_exists_and_follows_nothing() -> None:
    for each in ROWS:
        for other in each.follows:
            assert CATALOGUE.follows(other) == ()


def test_a_title_follows_its_file() -> None:
    assert CATALOGUE.follows(FieldId("attachment.title")) == ("attachment.digest",)


@pytest.mark.parametrize(
    ("name", "data_class", "ladder"),
    [
        ("person.names.full", "identity", "pseudonym"),
        ("person.births.date.value", "identity", "year"),
        ("person.addresses.street", "contact", "place-"),
        ("organisation.addresses.street", "organisation", "place-"),
        ("location.address.country.code", "location", "place-country"),
        ("person.contacts.value", "contact", "pseudonym"),
        ("organisation.contacts.value", "organisation", "pseudonym"),
        ("person.documents.number", "documents", "pseudonym"),
        ("object.document.number", "documents", "pseudonym"),
        ("person.warnings.code", "safety", "category"),
        ("person.names.statement.basis", "grading", "full"),
        ("person.statement.source_ref", "source", "never"),
        ("location.point.lat", "location", "place-"),
        ("header.reference", "case", "never"),
        ("link.handling.flags", "handling", "keep"),
    ],
)
def test_blocks_take_class_from_their_place(name: str, data_class: str, ladder: str) -> None:
    assert (row(name).data_class, row(name).ladder) == (data_class, ladder)


def test_every_entity_can_carry_what_entities_carry() -> None:
    for array, kind in ARRAYS.items():
        names = set(CATALOGUE.objects[kind].members)
        assert {"id", "statement", "handling"} <= names
        entity = array not in {"links", "narrative", "attachments", "extensions"}
        assert ({"reference", "stated_unknown"} <= names) == entity


def test_any_object_in_a_list_of_an_entity_can_carry_its_own_statement() -> None:
    kinds = {"person", "organisation", "object", "location", "event", "transaction", "evidence", "indicator"}
    items = [o for o in CATALOGUE.objects.values() if o.item and o.id.partition(".")[0] in kinds]
    assert len(items) > 20
    assert [owner.id for owner in items if "statement" not in owner.members] == []


def test_a_name_means_all_parts_but_the_original() -> None:
    parts = ("person.births.date.value", "person.births.date.to", "person.births.date.qualifier")
    assert CATALOGUE.named("person.births.date") == parts
    assert CATALOGUE.named("person.births.date.to") == parts
    assert CATALOGUE.named("person.births.date.raw") == ("person.births.date.raw",)
    assert CATALOGUE.named("person.names.full") == ("person.names.full",)
    assert CATALOGUE.named("person.warnings") == ("person.warnings.code", "person.warnings.scheme")
    assert set(CATALOGUE.named("biometric")) == {each.field for each in ROWS if each.data_class == "biometric"}
    assert CATALOGUE.named("gossip") == ()


def test_a_leaf_that_does_not_exist_has_no_ladder() -> None:
    with pytest.raises(KeyError):
        CATALOGUE.ladder(FieldId("person.shoe_size"))


def test_kinds_fit_their_ladders() -> None:
    """Each transform between redact and full can do something with the values of the leaf."""
    fits = {
        Transform.PSEUDONYM: {ValueKind.TEXT},
        Transform.YEAR: {ValueKind.DATE, ValueKind.MOMENT, ValueKind.WORD},
        Transform.PARENT: {ValueKind.CODE, ValueKind.SCHEME},
        Transform.BAND: {ValueKind.DECIMAL},
    }
    for each in ROWS:
        for transform in LADDERS[each.ladder].transforms.values():
            assert each.kind in fits.get(transform, {each.kind}), each.field


def test_codes_that_can_be_shown_as_a_category_have_parents() -> None:
    lists = Counter(each.vocabulary for each in ROWS if each.ladder == "category" and each.vocabulary)
    assert set(lists) == {"offence", "suspicion", "warning"}
    for name in lists:
        words = exchange_format().vocabulary[name]
        assert sum(bool(code.parent) for code in words.codes.values()) > len(words.codes) / 2
