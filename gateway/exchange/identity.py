"""Derived ids: UUIDv5 over canonical JSON in the deployment's secret namespace (exchange-format.md 8).

Guarantees that equal inputs give equal ids and that no id can be tested against a guess without the namespace. Does
not look at the content of a message: whoever calls gives keys that are no personal identifiers.
"""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from gateway.document.canonical import canonical
from gateway.document.tree import JsonValue
from gateway.names import AgencyId, EntityId, ItemId, ItemKind, MessageId, PartnerId, SourceKey

__all__ = ["Identity"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The maker of ids of one deployment. `namespace` is one of its secrets and never printed."""

    namespace: UUID = field(repr=False)

    def message(self, agency: AgencyId, key: SourceKey, part: str) -> MessageId:
        """Give the id of a message: `part` is empty, or the index of the split."""
        return MessageId(_uuid(self.namespace, ["message", agency, key, part]))

    def entity(self, message: MessageId, block: str, key: JsonValue) -> EntityId:
        """Give the id of an entity: `block` is the name of the mapping's block, `key` its key or the position."""
        return EntityId(_uuid(self.namespace, [message, block, key]))

    def item(self, message: MessageId, route: str, partner: PartnerId, kind: ItemKind, generation: int) -> ItemId:
        """Give the id under which one partner knows one message: `header.id` of what is disclosed."""
        return ItemId(_uuid(self.namespace, ["item", message, route, partner, kind.value, generation]))

    @staticmethod
    def disclosed(item: ItemId, array: str, position: int) -> EntityId:
        """Give the id of an entity in a disclosed message: positions are counted anew, so a gap tells nothing."""
        return EntityId(_uuid(UUID(item), [array, position]))


def _uuid(namespace: UUID, name: list[JsonValue]) -> str:
    # Canonical JSON is UTF-8, and uuid5 encodes its name as UTF-8: the bytes that are hashed are the canonical bytes.
    return str(uuid5(namespace, canonical(name).decode("utf-8")))
