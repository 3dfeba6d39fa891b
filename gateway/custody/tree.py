"""The Merkle tree of RFC 6962: roots, proofs made and checked, subtrees included, SHA-256 only.

`Frontier` grows by one leaf in logarithmic space and is what a log keeps; proofs are made from all leaf hashes.
Verifiers take untrusted numbers and bytes and answer True or False, never an exception. A consistency proof from size
0 is refused: an empty tree is consistent with everything, so it proves nothing; only the general subtree form knows
the empty subtree (docs/adr/0021).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_of",
    "subtree_consistency_proof",
    "verify_consistency",
    "verify_inclusion",
    "verify_subtree_consistency",
    "verify_subtree_inclusion",
]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
"""RFC 6962 2.1: the hash of an empty list is the hash of an empty string."""


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256 over 0x00 and the leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree that can only grow: the roots of its perfect subtrees, the largest (leftmost) first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """Give the tree with these leaf hashes at its end. Costs about two hashes per leaf."""
        size = self.size
        stack = list(self.hashes)
        for item in leaves:
            node = item
            step = size
            while step & 1:
                node = node_hash(stack.pop(), node)
                step >>= 1
            stack.append(node)
            size += 1
        return Frontier(size, tuple(stack))

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node

    def pack(self) -> bytes:
        """The hashes as bytes, to be kept beside the size."""
        return b"".join(self.hashes)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> "Frontier | None":
        """Read what `pack` wrote; None if it cannot belong to a tree of this size."""
        if size < 0 or len(packed) != HASH_BYTES * size.bit_count():
            return None
        return cls(size, tuple(packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of a list of leaf hashes."""
    return Frontier().extend(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 6962 2.1.1: the audit path of one leaf. Raises IndexError for a leaf that is not there."""
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """RFC 6962 2.1.2: that the tree of the first `size` leaves is a beginning of this one. Raises IndexError."""
    return subtree_consistency_proof(leaves, 0, size)


def subtree_consistency_proof(leaves: Sequence[bytes], start: int, end: int) -> list[bytes]:
    """That the subtree over `start` to `end` (without it) lies in this tree. Raises IndexError for no valid subtree."""
    if not _is_subtree(start, end) or end > len(leaves):
        raise IndexError("no such subtree")
    return _subproof(leaves, start, end, known=True)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2: is `leaf` (a leaf hash) at `index` of the tree of `size` leaves with this root."""
    return verify_subtree_inclusion(leaf, index, 0, size, proof, root)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 2.1.4.2: is the tree of `size1` leaves a beginning of the tree of `size2` leaves. False from size 0."""
    return size1 > 0 and verify_subtree_consistency(0, size1, size2, root1, root2, proof)


def verify_subtree_inclusion(
    leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Is `leaf` at `index` of the tree, seen from the subtree over `start` to `end` with this root."""
    if not _is_subtree(start, end) or not start <= index < end or not _hashes([leaf, *proof]):
        return False
    position, last = index - start, end - start - 1
    node = leaf
    for step in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(step, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, step)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def verify_subtree_consistency(
    start: int, end: int, size: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> bool:
    """Is the subtree over `start` to `end` with root `root1` part of the tree of `size` leaves with root `root2`.

    An empty subtree lies in every tree: its root is `EMPTY_ROOT` and its proof is empty.
    """
    if start == end:
        return 0 <= end <= size and root1 == EMPTY_ROOT and not proof
    if not _is_subtree(start, end) or end > size or not _hashes(proof):
        return False
    first, last, tree = start, end - 1, size - 1
    while first != last and (last & 1 or last == tree):
        first, last, tree = first >> 1, last >> 1, tree >> 1
    steps = list(proof)
    if first == last:
        old = new = root1
    elif steps:
        old = new = steps.pop(0)
    else:
        return False
    for step in steps:
        if tree == 0:
            return False
        if last & 1 or last == tree:
            if first < last:
                old = node_hash(step, old)
            new = node_hash(step, new)
            while not last & 1 and last:
                first, last, tree = first >> 1, last >> 1, tree >> 1
        else:
            new = node_hash(new, step)
        first, last, tree = first >> 1, last >> 1, tree >> 1
    return tree == 0 and old == root1 and new == root2


def _subproof(leaves: Sequence[bytes], start: int, end: int, *, known: bool) -> list[bytes]:
    """RFC 6962 2.1.2 SUBPROOF, for a subtree; `known` says that the verifier has this very root."""
    if start == 0 and end == len(leaves):
        return [] if known else [root_of(leaves)]
    split = _split(len(leaves))
    if end <= split:
        return [*_subproof(leaves[:split], start, end, known=known), root_of(leaves[split:])]
    if start >= split:
        return [*_subproof(leaves[split:], start - split, end - split, known=known), root_of(leaves[:split])]
    # A subtree that crosses the split begins at 0: what is left of it is a beginning of the right half.
    return [*_subproof(leaves[split:], 0, end - split, known=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _is_subtree(start: int, end: int) -> bool:
    """A subtree begins at a multiple of the smallest power of two that holds it."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def _hashes(values: Iterable[bytes]) -> bool:
    """A step of another length could move the border between the two children without changing the hash."""
    return all(len(value) == HASH_BYTES for value in values)
