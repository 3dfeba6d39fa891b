"""The clock, fresh randomness and keys from files: the only place that asks the machine for them.

Key files hold 32 raw bytes in hexadecimal, mode 0600; a file that others can read is refused. Nothing here is ever
printed.
"""

import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import Fault, NotPermitted, Place

__all__ = ["FileSigner", "KeyRing", "SystemClock", "open_keys", "open_officer_key"]

_KEY_BYTES = 32


class SystemClock:
    """The machine's clock (ports.Clock)."""

    def now(self) -> str:
        """RFC 3339, UTC, milliseconds, `Z`."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def randomness(self, size: int) -> bytes:
        """Fresh bytes from the operating system."""
        return secrets.token_bytes(size)


@dataclass(frozen=True, slots=True)
class FileSigner:
    """An Ed25519 key of one purpose (ports.Signer)."""

    key_id: str
    _key: Ed25519PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """RFC 8032 signature, 64 bytes."""
        return self._key.sign(data)

    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What is derived from a deployment's root secret, one value per purpose; purposes never share a key."""

    _root: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA-256, RFC 5869)."""
        info = b"gateway/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self._root)

    def namespace(self) -> UUID:
        """The secret namespace of all derived ids: with a public one, a partner could test guesses of case numbers."""
        return UUID(bytes=self.derive("namespace")[:16])

    def signer(self, purpose: str, name: str) -> FileSigner:
        """The signing key of a purpose under a name that says whose it is."""
        return FileSigner(name, Ed25519PrivateKey.from_private_bytes(self.derive("sign/" + purpose)))


def open_keys(folder: Path, *, create: bool) -> KeyRing:
    """Read the root secret of a deployment, or make it once (mode 0600 in a folder of mode 0700).

    Raises NotPermitted (SEC-001) if the file is missing and `create` is off, readable by others, or not 32 bytes.
    """
    path = folder / "root.key"
    if create and not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        fix = "run `gateway init`, or restore the key file"
        raise NotPermitted(_fault("the root key cannot be read", fix)) from None
    if stat.S_IMODE(mode) & 0o077:
        fix = "chmod 600 the key file, and consider it known"
        raise NotPermitted(_fault("the root key can be read by others", fix))
    try:
        root = bytes.fromhex(text)
    except ValueError:
        root = b""
    if len(root) != _KEY_BYTES:
        raise NotPermitted(_fault("the root key is not 64 hexadecimal digits", "restore the key file from its backup"))
    return KeyRing(root)


def _fault(message: str, fix: str) -> Fault:
    return Fault("SEC-001", message, Place(file="keys/root.key"), fix)


def open_officer_key(path: Path, passphrase: Callable[[], str]) -> FileSigner:
    """Read a person's Ed25519 key from a PEM file (PKCS#8). `passphrase` is asked only where the file is encrypted.

    Raises NotPermitted (GOV-015) if others can read the file, or it is no such key, or the passphrase is wrong.
    """
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except OSError:
        raise NotPermitted(_officer_fault("the key file cannot be read", "name the file of your key: --key")) from None
    if stat.S_IMODE(mode) & 0o077:
        raise NotPermitted(_officer_fault("the key file can be read by others", "chmod 600 it; consider it known"))
    secret = passphrase().encode() if b"ENCRYPTED" in data else None
    try:
        key = load_pem_private_key(data, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        fix = "check the passphrase; make keys with: openssl genpkey -algorithm ed25519 -aes256 -out KEY"
        raise NotPermitted(_officer_fault("this is not an Ed25519 key, or the passphrase is wrong", fix))
    return FileSigner("officer", key)


def _officer_fault(message: str, fix: str) -> Fault:
    return Fault("GOV-015", message, fix=fix)
