"""Derived ids: UUIDv5 over canonical JSON in the deployment's secret namespace (exchange-format.md 8).

Guarantees that equal inputs give equal ids and that no id can be tested against a guess without the namespace. Does
not look at the content of a message: whoever calls gives keys that are no personal identifiers.
"""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

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
        # The canonical form of a plain word and an integer, written out: this runs for every entity and partner.
        return EntityId(_uuid5(bytes.fromhex(item.replace("-", "")), f'["{array}",{position}]'.encode("ascii")))


def _uuid(namespace: UUID, name: list[JsonValue]) -> str:
    return _uuid5(namespace.bytes, canonical(name))


def _uuid5(namespace: bytes, name: bytes) -> str:
    """RFC 9562 5.5: the SHA-1 of namespace and name, with version and variant set."""
    made = bytearray(hashlib.sha1(namespace + name, usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
