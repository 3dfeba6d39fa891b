"""What a partner may see of a message: the leaves of the exchange format that its account calls sent in full."""

from collections.abc import Mapping

from gateway.document.tree import JsonObject
from gateway.exchange.message import leaves
from tests.privacy.canaries import Canaries

__all__ = ["allowed_in", "shown"]

_IN_FULL = frozenset({"full", "keep"})


def allowed_in(message: JsonObject, account: Mapping[str, object], canaries: Canaries) -> set[int]:
    """The canaries of all leaves that were sent in full; every other canary may not be in this partner's bytes."""
    items = account["items"]
    assert isinstance(items, list)
    sent = {item["path"] for item in items if item["fate"] == "sent" and _in_full(item["path"], item["level"])}
    return {
        number for _, path, value in leaves(message) if shown(path) in sent for number in canaries.found(str(value))
    }


def _in_full(path: str, level: str) -> bool:
    """An address has its region and its country in full at the level that shows regions."""
    coarse = level == "region" and path.endswith((".region", ".country.code", ".country.scheme"))
    return level in _IN_FULL or coarse


def shown(path: tuple[str | int, ...]) -> str:
    """A path as accounts write it: `persons[0].names[1].full`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
