"""What disclosing one message costs, as ratios: to scanning the rules for every value, and to a bare copy.

    python -m bench.policy [--rounds 200] [--persons 10]

The message has 10 persons with 15 fields each, for one partner under the shipped demo policy, every table warm.
"scan" is the definition called for every leaf, what a gateway without tables would do. "copy" is a deep copy of the
message by the standard library, which decides nothing. What decisions depend on is read once per message, before.
The forty partners are ones that no rule tells apart: they share tables, but every copy is built anew, with ids of its
own. All run in one process, in turn; compare the ratios, not the microseconds.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from gateway.exchange.format import load_format
from gateway.exchange.identity import Identity
from gateway.exchange.validate import validate
from gateway.names import Digest, ItemKind, MessageId, PartnerId
from gateway.policy.circumstances import Circumstances
from gateway.policy.compile import compile_policy
from gateway.policy.decide import decide
from gateway.policy.guard import Guard
from gateway.policy.guard_cases import connecting_fields, seen_leaves
from gateway.policy.language import DecisionSet, Rule
from gateway.policy.load import load_decision_set

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[1]
_PARTNER = PartnerId("qn-police")


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description="cost of a disclosure beside scanning rules and a bare copy")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--persons", type=int, default=10)
    given = parser.parse_args()
    print(json.dumps(_measure(given.rounds, given.persons), indent=2))


def _measure(rounds: int, persons: int) -> dict[str, float | int]:
    schemas = _ROOT / "schemas" / "exchange" / "v1"
    exchange = load_format(
        {path.relative_to(schemas).as_posix(): path.read_bytes() for path in schemas.rglob("*.json")}
    )
    files = {path.name: path.read_bytes() for path in (_ROOT / "policies").glob("*.yaml")}
    began = time.perf_counter()
    decisions = load_decision_set(files, "demo.policy.yaml", "partners.yaml", "vocabulary.yaml", exchange)
    load_ms = (time.perf_counter() - began) * 1000
    policy, guard = compile_policy(decisions), Guard(decisions)
    message = _message(persons)
    if validate(message, exchange):
        raise SystemExit("the message of this measurement is not valid")
    circumstances = _circumstances()
    began = time.perf_counter()
    disclosed = policy.disclose(message, _PARTNER, circumstances)
    first_ms = (time.perf_counter() - began) * 1000
    if disclosed.message is None:
        raise SystemExit("nothing was disclosed")
    payload = canonical(disclosed.message)
    facts = policy.facts(message)
    many = compile_policy(_with_clones(decisions))

    def forty() -> int:
        return sum(many.disclose(message, one, circumstances, facts).unknown for one in _clones())

    began = time.perf_counter()
    forty()
    first_many_ms = (time.perf_counter() - began) * 1000
    connecting = connecting_fields(exchange.catalogue)
    cases = [seen.case for seen in seen_leaves(decisions, message, _PARTNER, circumstances, connecting)]
    timed = _timed(
        rounds,
        {
            "tables": lambda: policy.disclose(message, _PARTNER, circumstances, facts),
            "many": forty,
            "copy": lambda: deepcopy(message),
            "guard": lambda: guard.look(message, _PARTNER, circumstances, payload, disclosed=disclosed.message),
        },
    )
    scan = _timed(
        max(3, rounds // 40),
        {"scan": lambda: [decide(decisions.policy, decisions.catalogue, decisions.register, case) for case in cases]},
    )
    return {
        "leaves": len(cases),
        "rules": len(decisions.policy.rules),
        "load_ms": round(load_ms, 1),
        "first_message_ms": round(first_ms, 1),
        "first_message_40_partners_to_1": round(first_many_ms / first_ms, 1),
        "tables_us": timed["tables"],
        "scan_us": scan["scan"],
        "copy_us": timed["copy"],
        "guard_us": timed["guard"],
        "warm_40_partners_to_1": round(timed["many"] / timed["tables"], 1),
        "scan_to_tables": round(scan["scan"] / timed["tables"], 1),
        "tables_to_copy": round(timed["tables"] / timed["copy"], 2),
        "guard_to_tables": round(timed["guard"] / timed["tables"], 1),
    }


def _circumstances() -> Circumstances:
    identity = Identity(UUID(int=1))
    return Circumstances(
        taken_at="2026-12-02T10:00:00.000Z",
        item=identity.item(MessageId("m"), _PARTNER, _PARTNER, ItemKind.MESSAGE, 0),
        identity=identity,
        home_country="QM",
        plan=Digest("sha256:" + "0" * 64),
        pseudonym_key=bytes(32),
    )


def _clones() -> list[PartnerId]:
    return [PartnerId(f"qn-police-{number}") for number in range(40)]


def _with_clones(decisions: DecisionSet) -> DecisionSet:
    """The same policy with 40 partners that no rule tells apart."""
    entry = decisions.register.partners[_PARTNER]
    added = {one: replace(entry, id=one) for one in _clones()}

    def with_them(rules: tuple[Rule, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(rule, partners=rule.partners | added.keys()) if _PARTNER in rule.partners else rule
            for rule in rules
        )

    policy = decisions.policy
    return replace(
        decisions,
        register=replace(decisions.register, partners={**decisions.register.partners, **added}),
        policy=replace(
            policy,
            shares=with_them(policy.shares),
            limits=with_them(policy.limits),
            conditions=with_them(policy.conditions),
        ),
    )


def _timed(rounds: int, work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median microseconds of each, the works in turn so that a busy moment touches all of them."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    return {name: round(statistics.median(values) * 1e6, 1) for name, values in times.items()}


def _message(persons: int) -> JsonObject:
    return {
        "header": {
            "format": "exchange/1.0",
            "id": _id(0),
            "kind": "person-notice",
            "issued": "2026-11-20T08:15:00Z",
            "status": "Actual",
            "precedence": "ROUTINE",
            "originator": {"agency": "qm-police", "country": "QM"},
            "purpose": "serious-crime",
            "handling": {"classification": "OFFICIAL", "flags": ["H0"]},
            "conversation": {"thread": _id(0)},
            "statement": {"basis": "fact"},
        },
        "notice": {"kind": "wanted"},
        "persons": [_person(n) for n in range(1, persons + 1)],
    }


def _person(n: int) -> JsonObject:
    """Fifteen leaves beside the id."""
    return {
        "id": _id(n),
        "roles": ["suspect"],
        "names": [{"kind": "primary", "full": f"Teodor Brandvik {n}", "family": "Brandvik", "given": "Teodor"}],
        "births": [{"date": {"value": f"19{n % 90 + 10}-05-17"}, "place": "Larkhaven"}],
        "nationalities": [{"code": "QN"}],
        "documents": [{"number": f"X44719{n:03}", "issuer": {"code": "QN"}}],
        "addresses": [{"street": f"{n} Ropewalk", "locality": "Quillmere"}],
        "contacts": [{"kind": "mobile", "value": f"+990 555 {n:04}"}],
        "warnings": [{"code": "armed"}],
    }


def _id(n: int) -> str:
    return f"11111111-1111-5111-8111-{n:012}"


if __name__ == "__main__":
    main()
