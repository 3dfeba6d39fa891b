"""How a delivery is recognised: the sender's key, or a keyed digest of the bytes, and the digest that tells a conflict.

All digests are keyed with a secret of the deployment: a plain hash of a short message can be guessed (delivery.md 1.1).
"""

import hashlib
import hmac
from collections.abc import Iterable

from gateway.names import SourceKey
from gateway.outcome import SourceFile
from gateway.plan import Secrets

__all__ = ["conflict_key", "inbox_digest", "source_key"]

_LONGEST_KEY = 255


def inbox_digest(files: Iterable[SourceFile], secrets: Secrets) -> bytes:
    """HMAC-SHA-256 over the files in the order of their names, each with its length, so that no two sets look alike."""
    keyed = hmac.new(secrets.inbox, digestmod=hashlib.sha256)
    for file in sorted(files, key=lambda file: file.name):
        for part in (file.name.encode(), file.data):
            keyed.update(len(part).to_bytes(8, "big"))
            keyed.update(part)
    return keyed.digest()


def source_key(sent: str | None, files: Iterable[SourceFile], secrets: Secrets) -> SourceKey:
    """The sender's key if it is 1 to 255 visible ASCII characters, else `raw-` and the keyed digest of the content.

    A key that cannot be used is treated as none: equal content is then one message, and nothing is lost.
    """
    visible = bool(sent) and all("!" <= letter <= "~" for letter in sent or "")
    if sent and visible and len(sent) <= _LONGEST_KEY and not sent.startswith("raw-"):
        return SourceKey(sent)
    return SourceKey("raw-" + inbox_digest(files, secrets).hex())


def conflict_key(key: SourceKey, digest: bytes) -> SourceKey:
    """Under which a message with a known key and other bytes is kept in quarantine, once."""
    return SourceKey(f"raw-conflict-{hashlib.sha256(key.encode()).hexdigest()[:16]}-{digest.hex()}")
