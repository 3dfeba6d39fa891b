"""What the corridor hands in beside the message: when it was taken, for which item, which permissions are on record.

Values only. A grant never widens a policy: it makes true a word that a rule already contains (policy-language.md 4.8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.exchange.identity import Identity
from gateway.names import Digest, ItemId, MessageId, PartnerId
from gateway.policy.language import NO_DIGEST

__all__ = ["ANY_PARTNER", "Circumstances", "Grant"]

ANY_PARTNER = PartnerId("")


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission on record, verified by the gateway before it is handed in.

    `kind` is one of `language.GRANTS`. An empty `classes` means every class, an empty `partner` or `purpose` any.
    `until` is RFC 3339; after it the grant counts for nothing. A review names the `digest` of the text it was about
    (of the attachment itself for an attachment) and the `roles` the reviewer found in it, which are added to the case.
    """

    id: str
    kind: str
    until: str
    partner: PartnerId = ANY_PARTNER
    purpose: str = ""
    classes: frozenset[str] = frozenset()
    digest: Digest = NO_DIGEST
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything about one item that is not in the message. No clock: `taken_at` is RFC 3339 in UTC.

    `pseudonym_key` (32 bytes) belongs to one partner, purpose and period. `message_ids` gives, for every message that
    this one refers to, the id under which this partner knows it; a reference that is not in it is left out.
    `restricted` is True when processing of these data has been restricted. `plan` is stated in `header.disclosure`.
    """

    taken_at: str
    item: ItemId
    identity: Identity = field(repr=False)
    home_country: str
    plan: Digest
    pseudonym_key: bytes = field(default=b"", repr=False)
    grants: tuple[Grant, ...] = ()
    message_ids: Mapping[MessageId, ItemId] = field(default_factory=dict)
    restricted: bool = False
