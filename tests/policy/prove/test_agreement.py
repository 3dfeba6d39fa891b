"""Five engines, one answer: definition, decision function, decision diagrams, run-time tables and last look.

Exhaustive over a reduced vocabulary, and on random cases of the full one: some thousands here, and
`GATEWAY_AGREEMENT_CASES` of them where that is set (a million takes about ten minutes).
"""

import os
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings

from gateway.exchange.shape import ObjectShape
from gateway.names import FieldId, PartnerId
from gateway.policy.case import Key, Permission
from gateway.policy.compile import CompiledPolicy, compile_policy
from gateway.policy.guard import Guard
from gateway.policy.language import Case, Policy
from gateway.policy.prove.build import compile_function, decision_function
from gateway.policy.prove.diagrams import Diagrams
from gateway.policy.tables import Cell, Table, build_table
from tests.model import small_policies as small
from tests.model.small_policies import policies
from tests.policy.given import edited, load
from tests.policy.prove.given import decided, decisions, function, random_case
from tests.policy.prove.small_set import AXES, every_case, small_set

MANY = int(os.environ.get("GATEWAY_AGREEMENT_CASES", "0"))
NAMES = ("example", "demo", "real")
PART = "person.births"
PEOPLE = ({"suspect"}, {"victim"}, {"suspect", "victim"}, {"unknown"}, {"suspect", "protected"})
MARKS = ({"H0"}, {"H0", "H2"}, {"unmarked"})
GRANTS = ((), ("the originator has consented", "an emergency is declared"))


@cache
def diagrams(name: str) -> Diagrams:
    return Diagrams(decisions(name))


@pytest.mark.slow
@settings(max_examples=2)
@given(policies())
def test_definition_function_and_diagrams_agree_on_every_case_of_the_reduced_vocabulary(policy: Policy) -> None:
    found = compile_function(policy, small.CATALOGUE, small.REGISTER, AXES)
    drawn = Diagrams(small_set(policy))
    for case in every_case():
        expected = decided(policy, small.CATALOGUE, small.REGISTER, case)
        assert found.decide(case) == expected
        assert drawn.decide(case) == expected


def cells(table: Table) -> dict[FieldId, Cell]:
    """The leaves of a table whose members are leaves, codes and dates."""
    found: dict[FieldId, Cell] = {}
    for member in table.members.values():
        if isinstance(member, Cell):
            found[member.field.id] = member
        else:
            found |= cells(member)
    return found


def shape_of(policy: CompiledPolicy, name: str) -> ObjectShape:
    return policy.decisions.exchange.catalogue.objects[name]


def key_of(case: Case) -> Key:
    grants = frozenset(Permission(kind) for kind in case.grants)
    return Key(
        case.partner,
        case.purpose,
        case.roles,
        case.marks,
        case.classification,
        case.information,
        case.origin,
        case.usable,
        grants,
    )


@pytest.mark.slow
def test_all_five_agree_on_every_case_of_a_reduced_vocabulary_of_the_real_format() -> None:
    name = "example"
    given_set, found, drawn = decisions(name), function(name), diagrams(name)
    policy, guard = compile_policy(given_set), Guard(given_set)
    partners = [found.axes.partners[i] for i in (0, 1, -1)]
    looked = 0
    for partner, people, marks, purpose, level, information, origin, grants in product(
        partners,
        PEOPLE,
        MARKS,
        ("serious-crime", "terrorism"),
        ("OFFICIAL", "SECRET"),
        ("fact", "assessment"),
        ("ours", "third party"),
        GRANTS,
    ):
        case = Case(
            field=FieldId(PART),
            roles=frozenset(people),
            partner=PartnerId(partner),
            purpose=purpose,
            marks=frozenset(marks),
            classification=level,
            information=information,
            origin=origin,
            usable="yes",
            grants=frozenset(grants),
        )
        table = build_table(given_set, found, key_of(case), shape_of(policy, PART), "persons")
        for field, cell in cells(table).items():
            if cell.decided:
                one = cell.key.case(field, cell.field.data_class)
                expected = decided(given_set.policy, given_set.catalogue, given_set.register, one)
                assert (cell.level, frozenset(cell.conditions)) == expected
                assert found.decide(one) == drawn.decide(one) == expected
                assert guard._level(one) == expected[0]
                looked += 1
    assert looked > 8_000


@pytest.mark.parametrize("name", NAMES)
def test_all_five_agree_on_random_cases_of_the_full_vocabulary(name: str) -> None:
    agree(name, Random(11), 700)


@pytest.mark.skipif(not MANY, reason="set GATEWAY_AGREEMENT_CASES to a number, for instance 1000000")
@pytest.mark.timeout(0)
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_five_agree_on_very_many_random_cases(name: str) -> None:
    agree(name, Random(), MANY // len(NAMES))


def agree(name: str, random: Random, many: int) -> None:
    given_set, found, drawn = decisions(name), function(name), diagrams(name)
    policy, guard = compile_policy(given_set), Guard(given_set)
    rows = given_set.exchange.catalogue.fields
    for _ in range(many):
        case = random_case(found.axes, random)
        expected = decided(given_set.policy, given_set.catalogue, given_set.register, case)
        assert found.decide(case) == drawn.decide(case) == expected, case
        assert guard._level(case) == expected[0], case
        owner = shape_of(policy, rows[case.field].owner)
        flat = ObjectShape(owner.id, {n: m for n, m in owner.members.items() if not isinstance(m, ObjectShape)})
        cell = cells(build_table(given_set, found, key_of(case), flat, "persons"))[case.field]
        assert (cell.level, frozenset(cell.conditions)) == expected, case
    assert many > 0


@pytest.mark.parametrize("name", NAMES)
def test_what_runs_is_what_was_proved(name: str) -> None:
    """One digest: of the function that the provers look at, in the set, and of what every table is compared with."""
    given_set = decisions(name)
    policy = compile_policy(given_set)
    assert policy.decision_digest == policy.function.digest == decision_function(given_set).digest == given_set.function
    assert policy.digest == given_set.digest


def test_another_function_is_another_set() -> None:
    """The digest of the set contains the decision digest: who signs the set signs what was proved."""
    wider = load(edited("    level: pseudonym\n    about: [victim]", "    about: [victim]"))
    assert wider.function != decisions("example").function
    assert wider.digest != decisions("example").digest
