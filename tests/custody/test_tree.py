"""The Merkle tree against a slow model written from RFC 6962, section 2.1, and against published roots."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    subtree_consistency_proof,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "60616263646566676869 6a6b6c6d6e6f".replace(" ", ""),
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The tree of the Certificate Transparency reference implementation: roots after 1, 2, ... 8 leaves."""


def model_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + model_root(leaves[:split]) + model_root(leaves[split:])).digest()


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    assert root_of(map(leaf_hash, INPUTS[:size])).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=4), max_size=70), st.data())
def test_the_frontier_is_the_tree_however_it_grew(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    frontier = Frontier()
    at = 0
    while at < len(leaves):
        step = data.draw(st.integers(1, len(leaves) - at))
        frontier = frontier.extend(leaves[at : at + step])
        at += step
        assert frontier.size == at
        assert frontier.root() == model_root(leaves[:at])
    assert Frontier.unpack(frontier.size, frontier.pack()) == frontier


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 65])
def test_a_packed_frontier_of_another_size_is_refused(size: int) -> None:
    packed = Frontier().extend(hashes(size)).pack()
    assert Frontier.unpack(size, packed + b"x") is None
    assert Frontier.unpack(2 * size + 1, packed) is None
    assert Frontier.unpack(-1, packed) is None


@given(st.integers(1, 70), st.data())
def test_every_leaf_has_a_proof_and_no_other_has_it(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    root = model_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not verify_inclusion(leaves[index], other, size, proof, root)
        assert not verify_inclusion(leaves[other], index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)
    assert not verify_inclusion(leaves[index], index, size, proof[:-1], root) or not proof
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_inclusion(leaves[index], index, size, _flip(proof, place, data), root)


@given(st.integers(1, 70), st.data())
def test_every_beginning_is_consistent_and_no_other_tree_is(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    root = model_root(leaves)
    before = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, before)
    old = model_root(leaves[:before])
    assert verify_consistency(before, size, old, root, proof)
    assert not verify_consistency(before, size, old, root, [*proof, root])
    forged = [*leaves[: before - 1], leaf_hash(b"forged")]
    assert not verify_consistency(before, size, model_root(forged), root, proof)
    if proof:
        assert not verify_consistency(before, size, old, root, proof[:-1])
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(before, size, old, root, _flip(proof, place, data))


@given(st.integers(1, 70), st.data())
def test_every_subtree_is_proven(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    level = data.draw(st.integers(0, size.bit_length()))
    start = data.draw(st.integers(0, size - 1)) >> level << level
    end = data.draw(st.integers(start + 1, min(start + (1 << level), size)))
    proof = subtree_consistency_proof(leaves, start, end)
    part = model_root(leaves[start:end])
    assert verify_subtree_consistency(start, end, size, part, model_root(leaves), proof)
    index = data.draw(st.integers(start, end - 1))
    inside = inclusion_proof(leaves[start:end], index - start)
    assert verify_subtree_inclusion(leaves[index], index, start, end, inside, part)


def test_a_step_of_another_length_cannot_move_the_border_between_children() -> None:
    leaves = hashes(3)
    left, right = inclusion_proof(leaves, 2)[0], leaves[2]
    shifted = left + right[:1]
    assert hashlib.sha256(b"\x01" + shifted + right[1:]).digest() == root_of(leaves)
    assert not verify_inclusion(right[1:], 2, 3, [shifted], root_of(leaves))


@pytest.mark.parametrize(("size", "index"), [(0, 0), (3, 3), (3, -1)])
def test_there_is_no_proof_for_what_is_not_there(size: int, index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(hashes(size), index)
    with pytest.raises(IndexError):
        consistency_proof(hashes(size), 0)
    with pytest.raises(IndexError):
        consistency_proof(hashes(size), size + 1)


def test_consistency_from_nothing_proves_nothing() -> None:
    assert not verify_consistency(0, 3, EMPTY_ROOT, root_of(hashes(3)), [])
    assert not verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])


def _flip(proof: list[bytes], place: int, data: st.DataObject) -> list[bytes]:
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(proof[place])
    changed[bit // 8] ^= 1 << bit % 8
    return [*proof[:place], bytes(changed), *proof[place + 1 :]]
