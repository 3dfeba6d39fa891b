"""Leaves: built in their shape, canonical, within their size, and without a place for free text."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.custody.leaf import (
    LEAF_BYTES,
    Leaf,
    decision_leaf,
    delivery_leaf,
    duplicate_leaf,
    genesis_leaf,
    leaf,
    plan_leaf,
    read_leaf,
    receipt_leaf,
    received_leaf,
)
from gateway.custody.shapes import LEAF_TYPES, leaf_faults
from gateway.document.canonical import canonical
from gateway.errors import InvariantBroken
from gateway.names import AgencyId, Digest, ItemId, MessageId, PartnerId, Status
from tests.shared import REPOSITORY

SCHEMA = Draft202012Validator(json.loads((REPOSITORY / "schemas/ledger/v1/leaf.json").read_text("utf-8")))
AT = "2026-11-22T10:11:12.345Z"
MESSAGE = MessageId("5f0c2b1e-6f5e-5a0c-9b0a-3c1d2e4f5a6b")
ITEM = ItemId("0b6c1f52-1111-5222-8333-3c1d2e4f5a6b")
DIGEST = Digest("sha256:" + "0f" * 32)
AGENCY, PARTNER = AgencyId("coast-guard"), PartnerId("qn-police")

BUILT: dict[str, Leaf] = {
    "received": received_leaf(
        at=AT,
        message=MESSAGE,
        agency=AGENCY,
        original=DIGEST,
        items=(150, DIGEST),
        plan=DIGEST,
        status=Status.ACTUAL,
        previous={"log": "gw.example/disclosure/0", "hash": DIGEST},
    ),
    "duplicate": duplicate_leaf(at=AT, message=MESSAGE, agency=AGENCY, received=DIGEST),
    "send": decision_leaf(
        at=AT,
        message=MESSAGE,
        item=ITEM,
        partner=PARTNER,
        outcome="send",
        plan=DIGEST,
        received=DIGEST,
        kind="person-notice",
        status="Actual",
        purpose="serious-crime",
        legal_basis="dir-2023-977",
        decision_function=DIGEST,
        activation=DIGEST,
        levels={"full": 61, "pseudonym": 4, "year": 1, "redact": 84},
        rules={"S1": 5, "S2": 9, "L5": 3},
        conditions=["no-evidence-without-consent"],
        grants=["G-7"],
        persons=(10, DIGEST),
        out=DIGEST,
        statement=DIGEST,
        guard="pass",
    ),
    "quarantine": decision_leaf(
        at=AT,
        message=MESSAGE,
        item=ITEM,
        partner=PartnerId("-"),
        outcome="quarantined",
        plan=DIGEST,
        received=DIGEST,
        reasons=["not-valid"],
        fault="DOC-003",
    ),
    "delivery": delivery_leaf(
        at=AT,
        item=ITEM,
        attempt=3,
        outcome="delayed",
        message=MESSAGE,
        partner=PARTNER,
        reason="not-reachable",
        decision=DIGEST,
        digest=DIGEST,
    ),
    "receipt": receipt_leaf(
        at=AT, item=ITEM, level="delivered", result="refused", digest=DIGEST, message=MESSAGE, reasons=["rejected"]
    ),
    "genesis": genesis_leaf(
        at=AT,
        origin="gw.example/governance",
        keys={"log": DIGEST},
        previous={"log": "gw.old/governance", "size": 7, "root": DIGEST},
        reason="restored",
    ),
    "plan": plan_leaf(at=AT, plan=DIGEST, parts={"policy": DIGEST}, decision_functions={"qn-police": DIGEST}),
    "stop": leaf("stop", AT, reason="journal", by=DIGEST),
    "resume": leaf("resume", AT, reason="repaired", partner=PARTNER, request=DIGEST),
    "activation": leaf(
        "activation",
        AT,
        decision_function=DIGEST,
        envelope=DIGEST,
        signers=DIGEST,
        signatures=2,
        verdict="wider",
        policy="national-outgoing",
        version=4,
        previous=DIGEST,
        until="2027-11-30",
    ),
    "revocation": leaf("revocation", AT, activation=DIGEST, reason="withdrawn"),
    "signers": leaf("signers", AT, list=DIGEST, signatures=2),
}


@pytest.mark.parametrize("name", BUILT)
def test_a_built_leaf_fits_the_published_schema(name: str) -> None:
    made = BUILT[name]
    value = json.loads(made.data)
    assert not list(SCHEMA.iter_errors(value))
    assert made.type == value["type"]
    assert made.log == LEAF_TYPES[made.type][0]
    assert read_leaf(made.data) == value


@pytest.mark.parametrize("name", BUILT)
def test_a_leaf_is_the_canonical_form(name: str) -> None:
    value = json.loads(BUILT[name].data)
    assert BUILT[name].data == canonical(value) == rfc8785.dumps(value)


def test_the_published_schema_knows_the_same_types() -> None:
    assert set(SCHEMA.schema["properties"]["type"]["enum"]) == set(LEAF_TYPES)


def test_what_is_not_known_is_left_out() -> None:
    value = json.loads(BUILT["quarantine"].data)
    assert not {"out", "levels", "persons", "purpose", "grants"} & value.keys()
    assert value["reasons"] == ["not-valid"]
    assert "null" not in BUILT["quarantine"].data.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", "the suspect was seen in the harbour"),
        ("reason", "Мария"),
        ("reason", ""),
        ("reason", 1.5),
        ("reason", True),
        ("reason", None),
        ("reason", "x" * 129),
        ("name", "anybody"),
        ("by", "officer-7"),
    ],
)
def test_free_text_has_no_place(field: str, value: Any) -> None:
    with pytest.raises(InvariantBroken) as broken:
        leaf("stop", AT, **{"reason": "journal", field: value})
    assert broken.value.code == "LED-001"
    assert str(value) not in str(broken.value) or not value


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InvariantBroken) as broken:
        leaf("gossip", AT)
    assert broken.value.code == "LED-003"


@pytest.mark.parametrize(
    "at", ["2026-11-22T10:11:12Z", "2026-11-22T10:11:12.345+01:00", "yesterday", "٢٠٢٦-11-22T10:11:12.345Z"]
)
def test_a_time_is_utc_with_milliseconds(at: str) -> None:
    with pytest.raises(InvariantBroken):
        leaf("stop", at, reason="journal")


def test_a_leaf_has_a_size() -> None:
    rules = {f"rule-{number:04}": number for number in range(400)}
    with pytest.raises(InvariantBroken) as broken:
        decision_leaf(
            at=AT,
            message=MESSAGE,
            item=ITEM,
            partner=PARTNER,
            outcome="withheld",
            plan=DIGEST,
            received=DIGEST,
            rules=rules,
        )
    assert broken.value.code == "LED-002"


@pytest.mark.parametrize(("outcome", "out"), [("send", None), ("withheld", DIGEST), ("perhaps", None)])
def test_a_decision_commits_to_bytes_exactly_when_they_are_sent(outcome: str, out: Digest | None) -> None:
    with pytest.raises(InvariantBroken):
        decision_leaf(
            at=AT, message=MESSAGE, item=ITEM, partner=PARTNER, outcome=outcome, plan=DIGEST, received=DIGEST, out=out
        )


@pytest.mark.parametrize(
    "data",
    [
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"journal","type":"stop","v":1} ',
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"journal","v":1,"type":"stop"}',
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"\\u006aournal","type":"stop","v":1}',
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"a","reason":"journal","type":"stop","v":1}',
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"journal","type":"stop","v":1.0}',
        b'{"at":"2026-11-22T10:11:12.345Z","reason":"journal","type":"stop","v":99999999999999999999}',
        b'{"at":"2026-11-22T10:11:12.345Z"',
        b'["at"]',
        b"\xff",
        b'{"a":"' + b"x" * LEAF_BYTES + b'"}',
    ],
)
def test_only_canonical_bytes_are_read(data: bytes) -> None:
    assert read_leaf(data) is None


_words = st.sampled_from(["journal", "S1", "-", "a b", "", "é", "x" * 128, "x" * 129, "٣"])
_values = st.one_of(
    _words,
    st.sampled_from([DIGEST, DIGEST.upper(), MESSAGE, AT, "sha256:" + "0" * 63]),
    st.integers(-1, 3),
    st.sampled_from([2**53 - 1, 2**53, 1.0, True, None]),
    st.lists(_words, max_size=2),
    st.dictionaries(_words, st.one_of(st.integers(-1, 2), st.just(DIGEST)), max_size=2),
    st.just({"n": 3, "root": DIGEST}),
    st.just({"log": "gw.example/governance", "size": 3}),
)


@given(st.data())
def test_the_table_and_the_published_schema_agree(data: st.DataObject) -> None:
    """Mutated leaves: neither accepts what the other refuses."""
    value = json.loads(BUILT[data.draw(st.sampled_from(sorted(BUILT)))].data)
    for _ in range(data.draw(st.integers(0, 3))):
        key = data.draw(st.sampled_from([*value, "by", "fault", "out", "previous", "levels", "extra"]))
        if data.draw(st.booleans()):
            value[key] = data.draw(_values)
        else:
            value.pop(key, None)
        if not value:
            break
    # Python's integers and floats are one kind in JSON Schema; a leaf has no floats at all.
    if any(isinstance(part, float) for part in value.values()):
        return
    assert (leaf_faults(value) == ()) == SCHEMA.is_valid(value), value


_leafish = st.dictionaries(
    st.text("abcxyzABC019_-", min_size=1, max_size=8),
    st.one_of(
        st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'), max_size=20),
        st.integers(0, 2**53 - 1),
    ),
    max_size=8,
)


@given(_leafish)
def test_the_fast_writer_is_rfc_8785_for_what_leaves_may_hold(value: dict[str, Any]) -> None:
    data = rfc8785.dumps(value)
    assert read_leaf(data) == value
