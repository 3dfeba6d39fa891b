"""Decision functions of the example, of the shipped policies and of the reduced vocabulary, and random cases."""

from functools import cache
from random import Random

from gateway.policy.decide import decide
from gateway.policy.language import NO_PERSON, Case, Catalogue, Condition, DecisionSet, Policy, Register
from gateway.policy.prove.axes import Atoms, Axes
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.function import DecisionFunction
from tests.model import small_policies as small
from tests.policy.given import example, shipped

SMALL_AXES = Axes(
    fields=tuple(small.CATALOGUE.fields),
    partners=(small.NEAR, small.FAR),
    purposes=small.PURPOSES,
    classifications=small.ORDER,
    atoms=Atoms((*small.ROLES, "unknown"), (), (*small.MARKS, "unmarked"), small.GRANTS),
    origins=("ours",),
    usable=("yes",),
)
"""The reduced vocabulary as axes. Every mark set of the gateway exists here, and `unmarked` beside a mark as well."""


@cache
def decisions(name: str) -> DecisionSet:
    """`example`, `demo` or `real`."""
    return example() if name == "example" else shipped(name).decisions


@cache
def function(name: str) -> DecisionFunction:
    """The decision function of `example`, `demo` or `real`."""
    return decision_function(decisions(name))


def small_function(policy: Policy) -> DecisionFunction:
    """The decision function of a policy of the reduced vocabulary."""
    return compile_function(policy, small.CATALOGUE, small.REGISTER, SMALL_AXES)


def decided(policy: Policy, catalogue: Catalogue, register: Register, case: Case) -> tuple[int, frozenset[Condition]]:
    """What the definition says."""
    level, conditions = decide(policy, catalogue, register, case)
    return level, frozenset(conditions)


def random_case(axes: Axes, random: Random) -> Case:
    """Any case that can exist."""
    atoms = axes.atoms
    if random.random() < 0.1:
        people = frozenset({NO_PERSON})
    else:
        people = _some(random, atoms.roles, 1) | (_some(random, atoms.statuses, 0) if random.random() < 0.3 else set())
    return Case(
        field=random.choice(axes.fields),
        roles=people,
        partner=random.choice(axes.partners),
        purpose=random.choice(axes.purposes),
        marks=_some(random, atoms.marks, 1),
        classification=random.choice(axes.classifications),
        information=random.choice(axes.information),
        origin=random.choice(axes.origins),
        usable=random.choice((*axes.usable, "yes", "yes")),
        grants=_some(random, atoms.grants, 0),
    )


def _some(random: Random, words: tuple[str, ...], least: int) -> frozenset[str]:
    return frozenset(random.sample(words, min(len(words), random.choice((least, 1, 1, 2, 3)))))
