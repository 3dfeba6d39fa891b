"""One fact and its bytes: canonical JSON (RFC 8785), at most 4 KiB, without personal data.

Does not know indices: the single writer of a log gives them, in commit order. A leaf is referred to by its hash.
"""

import hashlib
from dataclasses import dataclass

from gateway.names import Digest

__all__ = ["DISCLOSURE", "GOVERNANCE", "Leaf"]

DISCLOSURE = "disclosure"
GOVERNANCE = "governance"


@dataclass(frozen=True, slots=True)
class Leaf:
    """`log` is `DISCLOSURE` or `GOVERNANCE`; `data` are the exact bytes that are hashed and kept."""

    log: str
    type: str
    data: bytes

    @property
    def hash(self) -> Digest:
        """RFC 6962 2.1: SHA-256 over 0x00 and the bytes."""
        return Digest("sha256:" + hashlib.sha256(b"\x00" + self.data).hexdigest())
