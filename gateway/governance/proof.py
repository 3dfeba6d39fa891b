"""That an activation stands in the governance log: the leaf, its audit path, and the signed checkpoint it leads to.

Anybody with the log's public key can check it, without the journal (RFC 6962 paths, C2SP checkpoints). It proves that
the leaf was recorded, not that nothing was recorded after it: that is read from the log itself (`record.py`).
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.custody.checkpoint import verify_checkpoint
from gateway.custody.leaf import read_leaf
from gateway.custody.tree import inclusion_proof, leaf_hash, verify_inclusion
from gateway.document.canonical import canonical
from gateway.errors import DefinitionRefused, Fault, Refusal
from gateway.names import Digest

__all__ = ["ActivationProof", "make_proof", "read_proof"]

_LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class ActivationProof:
    """`path` are the hashes of RFC 6962 2.1.1; `checkpoint` is the signed note that they lead to."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    @property
    def hash(self) -> Digest:
        """The hash of the leaf: how the log, and every later decision, refers to it."""
        return Digest(f"sha256:{leaf_hash(self.leaf).hex()}")

    def holds(self, origin: str, keys: Iterable[bytes]) -> bool:
        """True if the leaf is an activation in the log of this name, under a checkpoint signed by one of these keys."""
        leaf = read_leaf(self.leaf)
        if leaf is None or leaf.get("type") != "activation":
            return False
        try:
            head = verify_checkpoint(self.checkpoint, origin, keys)
        except Refusal:
            return False
        return verify_inclusion(leaf_hash(self.leaf), self.index, head.size, self.path, head.root)

    def written(self) -> bytes:
        """As a file."""
        return canonical(
            {
                "leaf": _text(self.leaf),
                "index": self.index,
                "path": [_text(step) for step in self.path],
                "checkpoint": self.checkpoint.decode(),
            }
        )


def make_proof(leaves: Sequence[bytes], index: int, checkpoint: bytes) -> ActivationProof:
    """Prove the leaf at `index` among the first leaves that the checkpoint covers, which are exactly `leaves`."""
    path = inclusion_proof([leaf_hash(leaf) for leaf in leaves], index)
    return ActivationProof(leaves[index], index, tuple(path), checkpoint)


def read_proof(data: bytes) -> ActivationProof:
    """Read what `written` gave. Raises DefinitionRefused (GOV-005)."""
    try:
        value: Any = orjson.loads(data) if len(data) <= _LARGEST else None
        proof: ActivationProof | None = ActivationProof(
            leaf=_bytes(value["leaf"]),
            index=value["index"],
            path=tuple(map(_bytes, value["path"])),
            checkpoint=value["checkpoint"].encode(),
        )
    except (binascii.Error, KeyError, TypeError, ValueError, AttributeError):
        proof = None
    if proof is None or type(proof.index) is not int or proof.written() != data:
        fix = "activate the version again: gateway policy activate"
        raise DefinitionRefused(Fault("GOV-005", "the proof of activation cannot be read", fix=fix))
    return proof


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii"), validate=True)
