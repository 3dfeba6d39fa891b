"""The audit compares function and definition in every kind of block, and notices a function of another policy."""

import pytest

from gateway.errors import InvariantBroken
from gateway.policy.prove.audit import audit
from gateway.policy.prove.build import decision_function
from tests.policy.given import edited, load
from tests.policy.prove.given import decisions, function


@pytest.mark.parametrize("name", ["example", "demo", "real"])
def test_the_function_is_the_definition_in_every_kind_of_block(name: str) -> None:
    compared = audit(decisions(name), function(name), drawn=300)
    assert compared >= 300 + 2 * 13 * len(function(name).blocks)


def test_another_policy_is_noticed_in_a_block_or_by_drawing() -> None:
    wider = load(edited("    level: pseudonym\n    about: [victim]", "    about: [victim]"))
    with pytest.raises(InvariantBroken) as broken:
        audit(decisions("example"), decision_function(wider), drawn=0)
    assert broken.value.faults[0].code == "POL-090"
