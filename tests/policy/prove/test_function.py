"""The decision function says in every case what the definition says, and its digest knows neither order nor words."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.document.json_codec import read_json
from gateway.policy.language import Policy
from gateway.policy.prove.build import decision_function
from gateway.policy.prove.function import Node, aligned
from gateway.policy.prove.space import Masks, masks_of, space_for
from tests.model import small_policies as small
from tests.model.small_policies import policies
from tests.policy.given import edited, load
from tests.policy.prove.given import decided, decisions, function, random_case, small_function


@pytest.mark.slow
@settings(max_examples=12)
@given(policies())
def test_the_function_is_the_definition_in_every_case_of_the_reduced_vocabulary(policy: Policy) -> None:
    found = small_function(policy)
    for case in small.every_case():
        assert found.decide(case) == decided(policy, small.CATALOGUE, small.REGISTER, case)


@pytest.mark.slow
@settings(max_examples=40)
@given(policies(), st.randoms(use_true_random=False))
def test_all_cases_at_once_are_each_case_alone(policy: Policy, random: Random) -> None:
    found = small_function(policy)
    atoms = found.axes.atoms
    for block in found.blocks:
        space = space_for(atoms, masks_of(block))
        levels = space.levels(block)
        conditions = space.conditions(block, levels)
        for _ in range(10):
            case = random_case(found.axes, random)
            people = atoms.people_mask(case.roles)
            marks, grants = atoms.marks_mask(case.marks), atoms.grants_mask(case.grants)
            bit = _bit(space, people, marks, grants)
            level, attached = block.decide(people, marks, grants)
            assert [bool(bits >> bit & 1) for bits in levels] == [level >= rung for rung in range(len(levels))]
            assert {c for c, bits in conditions.items() if bits >> bit & 1} == attached


def _bit(space, people: int, marks: int, grants: int) -> int:
    classes = [(words, grants) for words in space.grants]
    classes += [(words, marks) for words in space.marks] + [(words, people) for words in space.people]
    return sum(1 << i for i, (words, mask) in enumerate(classes) if words & mask)


@pytest.mark.parametrize("name", ["example", "demo", "real"])
def test_the_function_is_the_definition_in_random_cases_of_the_full_vocabulary(name: str) -> None:
    random, given_set, found = Random(7), decisions(name), function(name)
    for _ in range(1500):
        case = random_case(found.axes, random)
        assert found.decide(case) == decided(given_set.policy, given_set.catalogue, given_set.register, case)


@pytest.mark.parametrize("name", ["example", "demo", "real"])
def test_regions_are_all_combinations_and_none_twice(name: str) -> None:
    found = function(name)
    every = 1
    for axis in found.axes.plain:
        every *= len(axis)
    assert sum(region.size for region in found.regions()) == every
    part = {"partner": frozenset({found.axes.partners[0]}), "purpose": frozenset(found.axes.purposes[:2])}
    cut = sum(region.size for region in found.regions(part))
    assert cut == every // len(found.axes.partners) // len(found.axes.purposes) * 2


def test_existing_cases_are_counted_once_each() -> None:
    """12 roles with 2 statuses, or nobody; 5 marks; 4 permissions."""
    space = space_for(function("example").axes.atoms, Masks())
    assert space.count(space.existing) == ((2**12 - 1) * 2**2 + 1) * (2**5 - 1) * 2**4


@given(policies(), st.randoms(use_true_random=False))
def test_the_digest_does_not_know_the_order_of_rules(policy: Policy, random: Random) -> None:
    mixed = replace(
        policy,
        shares=tuple(random.sample(policy.shares, len(policy.shares))),
        limits=tuple(random.sample(policy.limits, len(policy.limits))),
        conditions=tuple(random.sample(policy.conditions, len(policy.conditions))),
    )
    doubled = replace(policy, shares=(*policy.shares, *policy.shares))
    digest = small_function(policy).digest
    assert small_function(mixed).digest == digest
    assert small_function(doubled).digest == digest


def test_the_digest_knows_meaning_and_not_words() -> None:
    digest = function("example").digest
    worded = load(edited("title: Who the suspect is", "title: Who a suspect is"))
    assert decision_function(worded).digest == digest
    assert worded.digest != decisions("example").digest
    wider = load(edited("    level: pseudonym\n    about: [victim]", "    about: [victim]"))
    assert decision_function(wider).digest != digest


def test_the_file_names_its_blocks_and_nodes() -> None:
    found = function("example")
    value = read_json(found.canonical)
    assert isinstance(value, dict)
    blocks, nodes = value["blocks"], value["nodes"]
    assert isinstance(blocks, list)
    assert isinstance(nodes, list)
    assert len(blocks) == len(found.blocks)
    assert isinstance(nodes[-1], dict)
    assert nodes[-1]["asks"] == "field"


def test_two_versions_are_walked_side_by_side_where_they_differ() -> None:
    old = decisions("example")
    new = load(edited("    level: pseudonym\n    about: [victim]", "    about: [victim]"))
    axes = function("example").axes
    before, after = decision_function(old, axes), decision_function(new, axes)
    everywhere = before.numbers({})
    found = [*aligned((before.root, after.root), everywhere, lambda nodes: nodes[0] == nodes[1])]
    changed = {axes.fields[i] for groups, (one, other) in found if one != other for i in groups[0]}
    assert "person.names.full" in changed
    assert {old.catalogue.fields[name].data_class for name in changed} <= {"identity", "original"}
    assert isinstance(before.root, Node)
