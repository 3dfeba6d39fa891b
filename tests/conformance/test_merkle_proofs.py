"""The proofs of transparency-dev/merkle: 518 of 518 cases get the verdict that their authors state.

98 inclusion, 98 consistency, 204 subtree inclusion, 118 subtree consistency. The convention on consistency from size 0
is theirs: refused (docs/adr/0021). A plain reading of RFC 9162 would accept 3 of these 518.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.custody.tree import (
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tests.shared import shared_data


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _inclusion(case: dict[str, Any], proof: list[bytes]) -> bool:
    return verify_inclusion(_bytes(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, _bytes(case["root"]))


def _consistency(case: dict[str, Any], proof: list[bytes]) -> bool:
    roots = _bytes(case["root1"]), _bytes(case["root2"])
    return verify_consistency(case["size1"], case["size2"], *roots, proof)


def _subtree_inclusion(case: dict[str, Any], proof: list[bytes]) -> bool:
    span = case["leafIdx"], case["start"], case["end"]
    return verify_subtree_inclusion(_bytes(case["leafHash"]), *span, proof, _bytes(case["root"]))


def _subtree_consistency(case: dict[str, Any], proof: list[bytes]) -> bool:
    roots = _bytes(case["root1"]), _bytes(case["root2"])
    return verify_subtree_consistency(case["start"], case["end"], case["size"], *roots, proof)


@pytest.mark.parametrize(
    ("folder", "cases", "refused", "verify"),
    [
        ("inclusion", 98, 92, _inclusion),
        ("consistency", 98, 92, _consistency),
        ("subtreeinclusion", 204, 192, _subtree_inclusion),
        ("subtreeconsistency", 118, 106, _subtree_consistency),
    ],
)
def test_every_published_proof_gets_its_verdict(
    folder: str, cases: int, refused: int, verify: Callable[[dict[str, Any], list[bytes]], bool]
) -> None:
    wrong, seen, bad = [], 0, 0
    for path in sorted(shared_data(f"suites/merkle-proofs/{folder}").rglob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        accepted = verify(case, [_bytes(step) for step in case["proof"] or ()])
        seen += 1
        bad += case["wantErr"]
        if accepted == case["wantErr"]:
            wrong.append(path.name)
    assert (wrong, seen, bad) == ([], cases, refused)
    print(f"merkle-proofs/{folder}: {seen} of {cases} agree, {bad} of them refusals")
