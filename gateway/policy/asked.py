"""Questions of a person: a case typed in, or a message as if it were taken. Every word is checked against its list.

What is not said is the strictest value, as in a message that does not state it: no role is `unknown`, no mark is
`unmarked`, no classification is the highest, no origin is a third party.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from gateway.document.tree import JsonObject
from gateway.document.yaml_nodes import ListNode, TextNode
from gateway.errors import DefinitionRefused, Place
from gateway.exchange.identity import Identity
from gateway.names import ItemKind, MessageId, PartnerId
from gateway.policy.circumstances import ANY_PARTNER, Circumstances, Grant
from gateway.policy.language import GRANTS, INFORMATION, NO_PERSON, ORIGINS, UNKNOWN, UNMARKED, Case, DecisionSet
from gateway.policy.load_words import Reader

__all__ = ["Asked", "asked_case", "asked_circumstances"]

_FAR = "9999-12-31T00:00:00.000Z"
_IDENTITY = Identity(UUID("00000000-0000-4000-8000-000000000000"))
_KEY = b"a key for questions, and for questions only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The words of a typed-in case; an empty one was not said. `on` is the day (`YYYY-MM-DD`) it would be taken."""

    field: str
    partner: str
    purpose: str
    about: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    classified: str = ""
    information: str = ""
    origin: str = ""
    granted: tuple[str, ...] = ()
    on: str = ""


def asked_case(decisions: DecisionSet, asked: Asked) -> Case:
    """Give the case. Raises `DefinitionRefused` (POL-004, POL-012) with every word that is not in its list."""
    reader, words = Reader(), decisions.vocabulary
    named = decisions.exchange.catalogue.named(asked.field)
    if not named or asked.field not in (named[0], decisions.exchange.catalogue.fields[named[0]].unit):
        reader.unknown(asked.field, decisions.catalogue.fields, Place(), "`--field`")
    known = (*words.roles, *words.statuses, NO_PERSON)
    about = _some(reader, asked.about, known, "`--about`")
    partner = _one(reader, asked.partner, decisions.partners, "`--partner`")
    purpose = _one(reader, asked.purpose, words.purposes, "`--for`")
    marked = _some(reader, asked.marked, words.marks, "`--marked`")
    classified = _one(reader, asked.classified, words.classifications, "`--classified`")
    information = _one(reader, asked.information, INFORMATION, "`--information`")
    origin = _one(reader, asked.origin, ORIGINS, "`--origin`")
    granted = _some(reader, asked.granted, GRANTS, "`--granted`")
    day = reader.day(TextNode(asked.on, Place()), "`--on`") if asked.on else decisions.policy.valid_from
    if reader.errors:
        raise DefinitionRefused(*reader.errors)
    return Case(
        field=named[0],
        roles=about or frozenset({UNKNOWN}),
        partner=decisions.register.at(PartnerId(partner), day),
        purpose=purpose,
        marks=marked or frozenset({UNMARKED}),
        classification=classified or words.classifications[-1],
        information=information or "assessment",
        origin=origin or "third party",
        usable="yes",
        grants=granted,
    )


def asked_circumstances(decisions: DecisionSet, message: JsonObject, home: str, asked: Asked) -> Circumstances:
    """Give what the corridor would hand in for a message that is only asked about; ids and pseudonyms are made up."""
    header = message.get("header")
    own = MessageId(str(header.get("id"))) if isinstance(header, dict) else MessageId("")
    partner = PartnerId(asked.partner)
    return Circumstances(
        taken_at=f"{asked.on or decisions.policy.valid_from}T12:00:00.000Z",
        item=_IDENTITY.item(own, "asked", partner, ItemKind.MESSAGE, 0),
        identity=_IDENTITY,
        home_country=home,
        plan=decisions.digest,
        pseudonym_key=_KEY,
        grants=tuple(Grant(f"asked-{i}", kind, _FAR, ANY_PARTNER) for i, kind in enumerate(asked.granted)),
    )


def _one(reader: Reader, word: str, known: Collection[str], what: str) -> str:
    return reader.word(TextNode(word, Place()), known, what) if word else ""


def _some(reader: Reader, said: Iterable[str], known: Collection[str], what: str) -> frozenset[str]:
    nodes = tuple(TextNode(word, Place()) for word in said)
    return frozenset(reader.words(ListNode(nodes, Place()), known, what, may_be_empty=True))
