"""One message as a value: its leaves, and what the gateway itself writes into a draft that a mapping made.

Guarantees that `leaves` yields every leaf there is, also those that the format does not have, under the id that is its
path. Does not validate, and keeps no typed view: a message stays a JSON object in every room.
"""

from collections.abc import Iterator
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.handling import raised
from gateway.exchange.layout import ARRAYS, BODIES, BODY_OF, ENTITY_ARRAYS, SETS, SINGULAR
from gateway.names import AgencyId, FieldId, MessageId, Status

__all__ = ["ARRAYS", "BODIES", "BODY_OF", "ENTITY_ARRAYS", "LeafPath", "complete", "leaves", "leaves_of"]

LeafPath: TypeAlias = tuple[str | int, ...]
"""Member names and positions from the message: `("persons", 0, "names", 1, "full")`."""


def leaves(message: JsonObject) -> Iterator[tuple[FieldId, LeafPath, JsonValue]]:
    """Give every leaf of a message with its field id and path, in document order.

    An id that is not in the catalogue belongs to no field: nothing may be done with its value. Linear in the message.
    """
    found: list[tuple[FieldId, LeafPath, JsonValue]] = []
    for name, value in message.items():
        _collect(value, SINGULAR.get(name, name), (name,), found)
    return iter(found)


def leaves_of(entity: JsonValue, kind: str) -> Iterator[tuple[FieldId, LeafPath, JsonValue]]:
    """Give the leaves of one entity (`person`) or body, with paths from itself."""
    found: list[tuple[FieldId, LeafPath, JsonValue]] = []
    _collect(entity, kind, (), found)
    return iter(found)


def _collect(value: JsonValue, field: str, path: LeafPath, found: list[tuple[FieldId, LeafPath, JsonValue]]) -> None:
    # The reader has bounded the depth of the message, so that recursion is safe here. Leaves are taken where their
    # object is walked, because a call per leaf would be half of the cost.
    if isinstance(value, dict):
        for name, member in value.items():
            inside = f"{field}.{name}"
            if isinstance(member, (dict, list)):
                _collect(member, inside, (*path, name), found)
            else:
                found.append((FieldId(inside), (*path, name), member))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            _collect(item, field, (*path, position), found)
    else:
        found.append((FieldId(field), path, value))


def complete(
    draft: JsonObject,
    *,
    message_id: MessageId,
    agency: AgencyId,
    country: str,
    status: Status | None,
    exchange: ExchangeFormat,
) -> JsonObject:
    """Give a copy of a mapping's draft with what only the gateway may write, and what follows from the rest.

    Format, id and agency are always the gateway's. Country, status and thread are written where the draft has none; no
    status anywhere leaves it out, so that validation holds the message. Markings of portions join upward into the
    header, and sets are sorted. The draft is not changed.
    """
    message: JsonObject = {"header": {}, **draft}
    header = draft.get("header")
    header = dict(header) if isinstance(header, dict) else {}
    originator = header.get("originator")
    originator = originator if isinstance(originator, dict) else {}
    conversation = header.get("conversation")
    conversation = conversation if isinstance(conversation, dict) else {}
    header["format"] = exchange.version
    header["id"] = message_id
    header["originator"] = {"country": country, **originator, "agency": agency}
    if status is not None:
        header.setdefault("status", status.value)
    if "in_reply_to" not in conversation:
        header["conversation"] = {"thread": message_id, **conversation}
    message["header"] = header
    return raised(_sorted_sets(message), exchange.vocabulary.words("classification"))


def _sorted_sets(message: JsonObject) -> JsonObject:
    return {name: _sorted(value, name) for name, value in message.items()}


def _sorted(value: JsonValue, name: str) -> JsonValue:
    if isinstance(value, dict):
        return {member: _sorted(inside, member) for member, inside in value.items()}
    if isinstance(value, list):
        if name in SETS:
            texts = {item for item in value if isinstance(item, str)}
            return [*sorted(texts), *(item for item in value if not isinstance(item, str))]
        return [_sorted(item, "") for item in value]
    return value
