"""The header rule (security.md 5): properties of what we send are built from scratch, from a fixed list.

Nothing is copied from an incoming message: `CC` and `BCC` add routing keys, `user_id` kills a channel, `expiration`
drops in silence, `reply_to` shows topology. Neither the agency nor our own message id leaves this way: what a partner
may know of them is in the payload, where policy decided it.
"""

import hashlib
import re
from datetime import datetime

from pika.spec import PERSISTENT_DELIVERY_MODE, BasicProperties

from gateway.names import Lane
from gateway.ports import Pending

__all__ = ["HEADERS", "is_redelivered", "outgoing", "sender_key"]

HEADERS = ("gateway-status", "gateway-digest")
"""Every header we ever set."""

_HINT = {Lane.FLASH: 9, Lane.IMMEDIATE: 7, Lane.PRIORITY: 4, Lane.ROUTINE: 0}
_APP = "gateway"
_SAFE = re.compile(r"[\x20-\x7e]{0,255}\Z")


def outgoing(pending: Pending) -> BasicProperties:
    """Give the properties of an item: the same on every attempt."""
    headers = {
        "gateway-status": _safe(pending.status),
        "gateway-digest": "sha256:" + hashlib.sha256(pending.payload).hexdigest(),
    }
    return BasicProperties(
        message_id=pending.item,
        content_type=_safe(pending.media_type),
        delivery_mode=PERSISTENT_DELIVERY_MODE,
        type=pending.kind.value,
        app_id=_APP,
        priority=_HINT[pending.lane],
        timestamp=int(datetime.fromisoformat(pending.taken_at).timestamp()),
        headers=headers,
    )


def sender_key(properties: BasicProperties) -> str | None:
    """Give the sender's message id as sent; bytes that are not UTF-8 become text that no check will accept."""
    value: object = properties.message_id
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def is_redelivered(flag: bool, properties: BasicProperties) -> bool:
    """True if the broker may have handed the message out before; a hint, also set on messages nobody saw."""
    return flag or bool((properties.headers or {}).get("x-delivery-count"))


def _safe(text: str) -> str:
    # Values of ours; what is not plain is a bug elsewhere and must not become a header.
    return text if _SAFE.match(text) else ""
