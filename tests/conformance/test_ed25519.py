"""Project Wycheproof on the way that checkpoints and receipts are verified: 151 of 151 cases, 88 valid, 63 invalid."""

import base64
import json

from gateway.custody.checkpoint import verify_signature
from tests.shared import shared_data


def test_wycheproof_ed25519() -> None:
    suite = json.loads(shared_data("suites/wycheproof/ed25519_test.json").read_text("utf-8"))
    wrong, counts = [], {"valid": 0, "invalid": 0}
    for group in suite["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            accepted = verify_signature(public, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            counts[case["result"]] += 1
            if accepted != (case["result"] == "valid"):
                wrong.append(case["tcId"])
    assert (wrong, counts) == ([], {"valid": 88, "invalid": 63})
    print(f"wycheproof/ed25519: {sum(counts.values())} of {suite['numberOfTests']} agree")


def test_a_key_of_another_length_verifies_nothing() -> None:
    suite = json.loads(shared_data("suites/wycheproof/ed25519_test.json").read_text("utf-8"))
    case = suite["testGroups"][0]["tests"][0]
    public = base64.b16decode(suite["testGroups"][0]["publicKey"]["pk"].upper())
    assert not verify_signature(public + b"\0", bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    assert not verify_signature(b"", bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
