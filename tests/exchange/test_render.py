"""The generated documents: what people and linked-data tools are given."""

from gateway.document.json_codec import read_json
from gateway.exchange.render import context_jsonld, fields_md
from tests.exchange.given import at, exchange_format

CATALOGUE = exchange_format().catalogue
CONTEXT = read_json(context_jsonld(CATALOGUE))
FIELDS = fields_md("exchange/1.0", CATALOGUE, exchange_format().vocabulary).decode()
OURS = "https://gateway.example/schemas/exchange/v1/message.json#"


def test_every_field_is_documented() -> None:
    """Statements and portion marks are shown once, for all places."""
    for field in CATALOGUE.fields:
        owner, marker, leaf = field.partition(".statement.")
        if marker or (".handling." in field and not field.startswith("header.")):
            owner, marker, leaf = field.partition(marker or ".handling.")
            assert f"`{owner}`" in FIELDS
            assert f"`*{marker}{leaf}`" in FIELDS
        else:
            assert f"| `{field}` |" in FIELDS


def test_every_list_is_documented() -> None:
    for name in exchange_format().vocabulary.lists:
        assert f"| `{name}` |" in FIELDS


def test_a_leaf_with_one_stated_meaning_has_its_iri() -> None:
    full = at(CONTEXT, "@context", "persons", "@context", "names", "@context", "full")
    assert full == "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/PersonFullName"


def test_a_leaf_without_a_stated_meaning_has_ours() -> None:
    assert at(CONTEXT, "@context", "persons", "@context", "reference") == f"{OURS}person.reference"


def test_a_leaf_with_two_candidates_has_ours() -> None:
    value = at(CONTEXT, "@context", "persons", "@context", "contacts", "@context", "value")
    assert value == f"{OURS}person.contacts.value"


def test_references_are_ids_and_lists_keep_their_order() -> None:
    assert at(CONTEXT, "@context", "links", "@context", "from") == {"@id": f"{OURS}link.from", "@type": "@id"}
    assert at(CONTEXT, "@context", "persons", "@container") == "@list"
    assert at(CONTEXT, "@context", "persons", "@context", "roles", "@container") == "@set"
