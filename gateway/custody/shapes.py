"""The shape of every type of leaf, as a table: which fields, of which kind. The published form is
`schemas/ledger/v1/leaf.json`.

Guarantees that a leaf has no place for free text: words, counts, ids, digests and times only. A test holds that this
table and the JSON Schema accept the same leaves.
"""

import re
from collections.abc import Callable, Mapping

from gateway.errors import Fault

__all__ = ["DISCLOSURE", "GOVERNANCE", "LEAF_TYPES", "leaf_faults"]

DISCLOSURE = "disclosure"
GOVERNANCE = "governance"

_Check = Callable[[object], bool]

_WORD = re.compile(r"[A-Za-z0-9-][A-Za-z0-9._/:@#-]{0,127}").fullmatch
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}").fullmatch
_INSTANT = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{3}Z").fullmatch


def _word(value: object) -> bool:
    return isinstance(value, str) and _WORD(value) is not None


def _uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID(value) is not None


def _digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST(value) is not None


def _instant(value: object) -> bool:
    return isinstance(value, str) and _INSTANT(value) is not None


def _version(value: object) -> bool:
    return type(value) is int and value == 1


def _count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _words(value: object) -> bool:
    return isinstance(value, list) and all(map(_word, value))


def _counts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_word, value)) and all(map(_count, value.values()))


def _digests(value: object) -> bool:
    return isinstance(value, dict) and all(map(_word, value)) and all(map(_digest, value.values()))


def _root(value: object) -> bool:
    """A set of commitments: how many, and the root of the tree over their sorted digests."""
    return isinstance(value, dict) and set(value) == {"n", "root"} and _count(value["n"]) and _digest(value["root"])


def _head(value: object) -> bool:
    """A reference to another log: its origin, and a leaf of it or its size and root."""
    shape: dict[str, _Check] = {"log": _word, "hash": _digest, "size": _count, "root": _digest}
    return isinstance(value, dict) and "log" in value and all(key in shape and shape[key](value[key]) for key in value)


_ITEM: dict[str, _Check] = {"message": _uuid, "item": _uuid, "generation": _count}
_OPTIONAL: dict[str, _Check] = {"by": _digest}

LEAF_TYPES: Mapping[str, tuple[str, Mapping[str, _Check], Mapping[str, _Check]]] = {
    "received": (
        DISCLOSURE,
        {"message": _uuid, "agency": _word, "in": _digest, "items": _root},
        {"plan": _digest, "status": _word, "previous": _head},
    ),
    "duplicate": (DISCLOSURE, {"message": _uuid, "agency": _word}, {"received": _digest}),
    "decision": (
        DISCLOSURE,
        {**_ITEM, "partner": _word, "plan": _digest, "outcome": _word, "reasons": _words},
        {
            "received": _digest,
            "kind": _word,
            "status": _word,
            "purpose": _word,
            "legal_basis": _word,
            "decision_function": _digest,
            "activation": _digest,
            "levels": _counts,
            "rules": _counts,
            "conditions": _words,
            "grants": _words,
            "persons": _root,
            "out": _digest,
            "statement": _digest,
            "guard": _word,
            "fault": _word,
        },
    ),
    "delivery": (
        DISCLOSURE,
        {"item": _uuid, "attempt": _count, "outcome": _word},
        {"message": _uuid, "partner": _word, "reason": _word, "decision": _digest, "digest": _digest},
    ),
    "receipt": (
        DISCLOSURE,
        {"item": _uuid, "level": _word, "result": _word, "digest": _digest},
        {"message": _uuid, "partner": _word, "reasons": _words},
    ),
    "genesis": (GOVERNANCE, {"origin": _word}, {"keys": _digests, "previous": _head, "reason": _word}),
    "plan": (GOVERNANCE, {"plan": _digest}, {"parts": _digests, "decision_functions": _digests}),
    "activation": (
        GOVERNANCE,
        {"decision_function": _digest, "envelope": _digest, "signers": _digest, "signatures": _count, "verdict": _word},
        {"policy": _word, "version": _count, "previous": _digest, "from": _word, "until": _word},
    ),
    "revocation": (GOVERNANCE, {"activation": _digest, "reason": _word}, {"request": _digest}),
    "signers": (GOVERNANCE, {"list": _digest, "signatures": _count}, {"previous": _digest, "envelope": _digest}),
    "stop": (GOVERNANCE, {"reason": _word}, {"partner": _word, "request": _digest}),
    "resume": (GOVERNANCE, {"reason": _word}, {"partner": _word, "request": _digest}),
    "key": (GOVERNANCE, {"purpose": _word, "key": _word, "state": _word}, {"digest": _digest}),
    "shards": (GOVERNANCE, {"size": _count, "root": _digest, "origin": _word}, {}),
    "error": (GOVERNANCE, {"code": _word}, {}),
}
"""Each type with its log, its required fields and its optional ones, beside `v`, `type`, `at` and `by`."""


_WHOLE: Mapping[str, Mapping[str, _Check]] = {
    kind: {"v": _version, "type": _word, "at": _instant, **_OPTIONAL, **optional, **required}
    for kind, (_, required, optional) in LEAF_TYPES.items()
}
_NEEDED = {kind: {"v", "type", "at", *required} for kind, (_, required, _) in LEAF_TYPES.items()}


def leaf_faults(value: object) -> tuple[Fault, ...]:
    """What is wrong with the shape of a leaf; empty if nothing is."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in LEAF_TYPES:
        return (Fault("LED-003", "a leaf has an unknown type"),)
    shape = _WHOLE[kind]
    missing = _NEEDED[kind] - value.keys()
    wrong = [key for key, part in value.items() if key not in shape or not shape[key](part)]
    if not missing and not wrong:
        return ()
    faults = [Fault("LED-001", f"a {kind} leaf lacks {key}") for key in sorted(missing)]
    faults += [Fault("LED-001", f"a {kind} leaf has a wrong {key}") for key in sorted(wrong) if key in shape]
    if unknown := sum(key not in shape for key in wrong):
        faults.append(Fault("LED-001", f"a {kind} leaf has {unknown} unknown fields"))
    return tuple(faults)
