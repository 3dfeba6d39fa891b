"""Encryption at rest: AES-256-GCM, a fresh data key per message, wrapped under its agency's key.

    root key --HKDF--> agency key --wraps--> data key (one per message, receipt or queued message) --seals--> columns

The identity of a row and column is associated data: a sealed value moved to another row does not open. Destroying a
wrapped data key erases everything it sealed. The root key is handed in and never stored.
"""

import hmac
import os

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Fault, JournalError

__all__ = ["DataKey", "FreshKey", "Sealer", "known_key"]

_KEY_BYTES = 32
_NONCE_BYTES = 12


class FreshKey:
    """A new data key: it seals the columns of one message, each with the next nonce, and is then forgotten.

    Nonces are a counter (NIST SP 800-38D 8.2.1): a key that was wrapped and opened again cannot seal, so no nonce of
    a key is ever used twice, and the operating system is asked once per message.
    """

    __slots__ = ("_cipher", "_sealed")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._sealed = 0

    def seal(self, identity: str, data: bytes) -> bytes:
        """Encrypt for one row and column."""
        self._sealed += 1
        nonce = self._sealed.to_bytes(_NONCE_BYTES, "big")
        return nonce + self._cipher.encrypt(nonce, data, identity.encode())


class DataKey:
    """The key of one message, unwrapped: it opens only."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def open(self, identity: str, sealed: bytes) -> bytes:
        """Decrypt.

        Raises JournalError (DEL-110) if the bytes, the key or the row are not those they were sealed with.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], identity.encode())
        except (InvalidTag, ValueError):
            raise _unopened() from None


class Sealer:
    """Derives what one root key opens."""

    def __init__(self, root_key: bytes) -> None:
        if len(root_key) < _KEY_BYTES:
            raise JournalError(
                Fault("DEL-108", "the root key of a journal has 32 bytes", fix="use the key it was made with")
            )
        self._root = hmac.digest(b"gateway/journal/v1", root_key, "sha256")
        self._agencies: dict[str, AESGCM] = {}
        self._lookup = self._derive("inbox lookup")
        self._digest = self._derive("payload digest")

    def check(self) -> bytes:
        """A value that tells whether a journal was made with this root key, and nothing else."""
        return self._derive("check")[:16]

    def lookup(self, agency: str, key: str) -> bytes:
        """Where the inbox finds (agency, key): keyed, since a sender's message id may be a case number."""
        return hmac.digest(self._lookup, f"{agency}\0{key}".encode(), "sha256")

    def digest(self, payload: bytes) -> bytes:
        """The keyed digest of an item's bytes, stored before the first attempt (INV5)."""
        return hmac.digest(self._digest, payload, "sha256")

    def fresh(self, owner: str, identity: str) -> tuple[FreshKey, bytes]:
        """Make a data key for one message: the key, and its wrapped form to be stored in the row `identity`."""
        random = os.urandom(_KEY_BYTES + _NONCE_BYTES)
        key, nonce = random[:_KEY_BYTES], random[_KEY_BYTES:]
        return FreshKey(key), nonce + self._owner(owner).encrypt(nonce, key, f"key/{identity}".encode())

    def unwrap(self, owner: str, identity: str, wrapped: bytes) -> DataKey:
        """Open a wrapped data key. Raises JournalError (DEL-110)."""
        try:
            key = self._owner(owner).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], f"key/{identity}".encode())
        except (InvalidTag, ValueError):
            raise _unopened() from None
        return DataKey(key)

    def item_key(self, agency: str, item: str, own: bytes | None, message: str, shared: bytes) -> DataKey:
        """The key of an item: its own where it has one (receipts), else that of its message. Raises JournalError."""
        if own is not None:
            return self.unwrap(agency, f"items/{item}", own)
        return self.unwrap(agency, f"messages/{message}", shared)

    def _owner(self, owner: str) -> AESGCM:
        cipher = self._agencies.get(owner)
        if cipher is None:
            cipher = self._agencies[owner] = AESGCM(self._derive(f"owner/{owner}"))
        return cipher

    def _derive(self, purpose: str) -> bytes:
        """RFC 5869 2.3, one block of SHA-256."""
        return hmac.digest(self._root, f"gateway/journal/{purpose}".encode() + b"\x01", "sha256")


def known_key(connection: apsw.Connection, sealer: Sealer) -> bool:
    """True if the journal was made with this root key, False if it is new. Raises JournalError (DEL-108) otherwise."""
    check = connection.execute("SELECT value FROM meta WHERE name = 'root key'").get
    if check is not None and check != sealer.check():
        fix = "use the key it was made with"
        raise JournalError(Fault("DEL-108", "this root key does not belong to this journal", fix=fix))
    return check is not None


def _unopened() -> JournalError:
    fix = "run `gateway ledger verify`, restore the journal"
    return JournalError(Fault("DEL-110", "a sealed row of the journal does not open", fix=fix))
