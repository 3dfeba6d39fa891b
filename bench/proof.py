"""What proving costs: compile a decision function, prove every promise, compare two versions; and how that grows.

    python -m bench.proof [--rounds 3] [--factors 1 2 5 10] [--second]

The policy is made up from a fixed seed: 150 fields of 24 classes, 12 roles, 10 purposes, 40 partners of 8 regimes, 5
flags, 4 classifications, 200 rules of which a fifth are limits and a tenth conditions, and 20 promises beside those
that are built in. A factor multiplies the number of rules, or that of fields and of partners. "scan" is the definition
asked in 2,000 random cases, so that the rest can be told as a ratio on any machine. "diff" counts the combinations in
which a level rises. All run in one process, in turn, in processor time; compare the ratios, not the milliseconds.
"""

import argparse
import gc
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from gateway.exchange.format import ExchangeFormat, load_format
from gateway.names import Digest, FieldId, PartnerId
from gateway.policy.built_in import built_in_limits
from gateway.policy.decide import decide
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    Case,
    Catalogue,
    Classified,
    Condition,
    ConditionRule,
    DecisionSet,
    Field,
    Ladder,
    Limit,
    Partner,
    Policy,
    Promise,
    Register,
    Share,
    Vocabulary,
)
from gateway.policy.load_companions import Companions
from gateway.policy.prove.build import decision_function
from gateway.policy.prove.diagrams import Diagrams
from gateway.policy.prove.function import DecisionFunction, Node, aligned
from gateway.policy.prove.prover import prove
from gateway.policy.prove.space import Masks, masks_of, space_for

__all__ = ["exchange", "main", "made_up"]

_ROOT = Path(__file__).resolve().parents[1]
_PEOPLE = "suspect convicted victim witness informant contact missing listed reported traveller official"
_ROLES = (*_PEOPLE.split(), UNKNOWN)
_MARKS = ("H0", "H1", "H2", "H3", UNMARKED)
_LEVELS = ("OFFICIAL", "SENSITIVE", "CONFIDENTIAL", "SECRET")
_LADDERS = (
    ("redact", "full"),
    ("redact", "pseudonym", "full"),
    ("redact", "year", "full"),
    ("redact", "category", "full"),
)
_REGIMES = ("domestic", "eu", "eu-body", "schengen", "adequate", "agreement", "international", "none")
_CARRIED = {"use-only-for": "item", "no-evidence-without-consent": "message"}
_PURPOSES = tuple(f"purpose-{n}" for n in range(10))
_CLASSES = 24
_SCAN = 2_000


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description="cost of proofs and differences, and how it grows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--factors", type=int, nargs="*", default=[1, 2, 5, 10])
    parser.add_argument("--second", action="store_true", help="measure the second prover, too")
    given = parser.parse_args()
    sizes = [(1, factor) for factor in given.factors] + [(factor, 1) for factor in given.factors if factor > 1]
    found = {}
    for size, rules in sizes:
        name = f"{200 * rules} rules, {150 * size} fields, {40 * size} partners"
        found[name] = _measure(size, rules, given.rounds, second=given.second)
        print(name, found[name], file=sys.stderr, flush=True)
    print(json.dumps(found, indent=2))


def _measure(size: int, rules: int, rounds: int, *, second: bool) -> dict[str, float | int]:
    fmt = exchange()
    old, new = made_up(fmt, size, 200 * rules), made_up(fmt, size, 200 * rules, changed=True)
    function, other = decision_function(old), decision_function(new)
    work: dict[str, Callable[[], object]] = {
        "scan": lambda: _scan(old),
        "compile": lambda: decision_function(old),
        "promises": lambda: prove(old, function),
        "diff": lambda: _newly(function, other),
    }
    if second:
        work["second_prover"] = lambda: [Diagrams(old).count(one) for one in old.policy.promises]
    timed = _timed(rounds, work)
    total = timed["compile"] + timed["promises"] + timed["compile"] + timed["diff"]
    regions = sum(1 for _ in function.regions())
    space = space_for(function.axes.atoms, Masks())
    cases = space.count(space.existing)
    for axis in function.axes.plain:
        cases *= len(axis)
    return {
        "combinations": cases,
        "regions": regions,
        "blocks": len(function.blocks),
        "newly_disclosed": _newly(function, other),
        **{f"{name}_ms": round(seconds * 1000, 1) for name, seconds in timed.items()},
        "total_ms": round(total * 1000, 1),
        "total_to_scan": round(total / timed["scan"], 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _timed(rounds: int, work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median processor seconds of each, the works in turn so that a busy moment touches all of them."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            gc.collect()
            began = time.process_time()
            run()
            times[name].append(time.process_time() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def _newly(old: DecisionFunction, new: DecisionFunction) -> int:
    """Count the combinations in which a level rises: one AND-NOT for each pair of blocks that are not the same."""
    counted: dict[tuple[object, object], int] = {}
    total = 0
    everywhere = old.numbers({})
    for groups, (before, after) in aligned((old.root, new.root), everywhere, lambda nodes: nodes[0] == nodes[1]):
        if (before, after) not in counted:
            space = space_for(old.axes.atoms, masks_of(before) | masks_of(after))
            was, now = space.levels(before), space.levels(after)
            rises = 0
            for rung, bits in enumerate(now):
                rises |= bits & ~(was[rung] if rung < len(was) else 0)
            counted[before, after] = space.count(rises)
        size = 1
        for values in groups:
            size *= len(values)
        total += counted[before, after] * size
    assert isinstance(old.root, Node)
    return total


def _scan(decisions: DecisionSet) -> None:
    random = Random(5)
    partners, fields = [*decisions.partners], [*decisions.catalogue.fields]
    for _ in range(_SCAN):
        case = Case(
            field=random.choice(fields),
            roles=frozenset(random.sample(_ROLES, random.randint(1, 3))),
            partner=random.choice(partners),
            purpose=random.choice(_PURPOSES),
            marks=frozenset(random.sample(_MARKS, random.randint(1, 2))),
            classification=random.choice(_LEVELS),
            information=random.choice(INFORMATION),
            origin=random.choice(ORIGINS),
            usable=random.choice(USABLE),
            grants=frozenset(random.sample(GRANTS, random.randint(0, 2))),
        )
        decide(decisions.policy, decisions.catalogue, decisions.register, case)


# ---- the policy ------------------------------------------------------------------------------------------------------


def made_up(fmt: ExchangeFormat, size: int, rules: int, *, changed: bool = False) -> DecisionSet:
    """Make a decision set: the same for the same arguments. `changed` drops two limits and widens two shares."""
    random = Random(20260101)
    catalogue = _catalogue(random, 150 * size)
    partners = {
        PartnerId(f"partner-{n}"): Partner(
            id=PartnerId(f"partner-{n}"),
            regime=_REGIMES[n % len(_REGIMES)],
            clearance=random.choice(_LEVELS),
            carries=frozenset({"message", "item"} if n % 3 else {"message"}),
        )
        for n in range(40 * size)
    }
    register = Register("made-up", partners, _CARRIED)
    words = Vocabulary("made-up", _ROLES, (), _PURPOSES, _LEVELS, _MARKS, tuple(_CARRIED), {})
    maker = _Maker(random, catalogue, Companions(words, register, {}))
    shares = [maker.share(n) for n in range(rules - rules // 5 - rules // 10)]
    limits = [maker.limit(n) for n in range(rules // 5)]
    duties = [maker.duty(n) for n in range(rules // 10)]
    promises = tuple(maker.promise(n) for n in range(20))
    if changed:
        limits = limits[2:]
        shares[:2] = [replace(share, purposes=frozenset(_PURPOSES)) for share in shares[:2]]
    built_in = built_in_limits(catalogue, maker.companions)
    policy = Policy(
        name="made-up",
        version=1,
        replaces=0,
        owner="nobody",
        valid_from="2026-01-01",
        valid_until="2026-12-31",
        gaps="nothing",
        shares=tuple(shares),
        limits=(*built_in, *limits),
        conditions=tuple(duties),
        promises=promises,
    )
    return DecisionSet(policy, register, words, catalogue, Digest(""), fmt)


def _catalogue(random: Random, many: int) -> Catalogue:
    fields: dict[FieldId, Field] = {}
    for n in range(many):
        name = FieldId(f"thing.field{n}")
        ladder = random.choice(_LADDERS)
        follows = (FieldId(f"thing.field{n - 1}"),) if n % 10 == 9 else ()
        free_text = n % 25 == 24
        kind = f"class-{n % _CLASSES}"
        fields[name] = Field(name, kind, Ladder(ladder[1], ladder), free_text=free_text, follows=follows)
    return Catalogue(fields)


class _Maker:
    """Rules as officers write them: classes, regimes, a few roles and purposes; now and then one field, one partner."""

    def __init__(self, random: Random, catalogue: Catalogue, companions: Companions) -> None:
        self.random = random
        self.catalogue = catalogue
        self.companions = companions

    def share(self, n: int) -> Share:
        random = self.random
        attach = random.choice(((), (), (Condition("no-evidence-without-consent"),), (Condition("use-only-for", "x"),)))
        return Share(
            **self._rule(f"S{n}", share=True),
            level=random.choice(("full", "full", "pseudonym", "year", "category")),
            only_when=frozenset(random.sample(GRANTS, 1)) if random.random() < 0.15 else frozenset(),
            attach=attach,
        )

    def limit(self, n: int) -> Limit:
        random = self.random
        unless = frozenset(random.sample(GRANTS, 1)) if random.random() < 0.3 else frozenset()
        return Limit(
            **self._rule(f"L{n}", share=False), to=random.choice(("redact", "pseudonym", "year")), unless=unless
        )

    def duty(self, n: int) -> ConditionRule:
        return ConditionRule(**self._rule(f"C{n}", share=False), attach=(Condition("no-evidence-without-consent"),))

    def promise(self, n: int) -> Promise:
        form = ("never", "at most", "same", "always")[n % 4]
        known = form == "always"
        box = self._box(f"P{n}", share=known) | {"purposes": frozenset(_PURPOSES), "because": "made up", "form": form}
        box["level"] = {"never": "redact", "at most": "pseudonym"}.get(form, "full")
        box["usable"] = frozenset({"yes"} if known else USABLE)
        return Promise(**box)

    def _rule(self, name: str, *, share: bool) -> dict[str, Any]:
        return {**self._box(name, share=share), "title": "made up", "law": ("none",)}

    def _box(self, name: str, *, share: bool) -> dict[str, Any]:
        random = self.random
        classes = {f"class-{n}" for n in random.sample(range(_CLASSES), random.randint(1, 4))}
        fields = {f.id for f in self.catalogue.fields.values() if f.data_class in classes}
        if random.random() < 0.1:
            fields = {random.choice([*self.catalogue.fields])}
        regimes = random.sample(_REGIMES, random.randint(1, 4))
        partners = frozenset().union(*map(self.companions.members, regimes))
        if random.random() < 0.1:
            partners = frozenset({random.choice([*self.companions.register.partners])})
        people = (*_ROLES[:-1], NO_PERSON)
        about = frozenset(random.sample(people, random.randint(2, 6) if share else random.randint(1, 3)))
        marked = frozenset(_MARKS[:-1]) if random.random() < 0.7 else frozenset(random.sample(_MARKS[:-1], 2))
        at = random.randrange(len(_LEVELS))
        within = frozenset(_LEVELS[: at + 1] if share else _LEVELS[at:])
        return {
            "id": name,
            "fields": frozenset(fields),
            "partners": partners,
            "purposes": frozenset(random.sample(_PURPOSES, random.randint(1, 4))),
            "about": about if share else about | {UNKNOWN},
            "marked": marked if share else marked | {UNMARKED},
            "classified": Classified(_LEVELS, within),
            "information": frozenset(INFORMATION if random.random() < 0.8 else ("fact",)),
            "origins": frozenset(ORIGINS if random.random() < 0.8 else ("ours",)),
            "usable": frozenset(USABLE),
        }


def exchange() -> ExchangeFormat:
    """The format of this repository."""
    schemas = _ROOT / "schemas" / "exchange" / "v1"
    return load_format({path.relative_to(schemas).as_posix(): path.read_bytes() for path in schemas.rglob("*.json")})


if __name__ == "__main__":
    main()
