"""A typed-in question: unknown words are refused with the nearest ones, what is left out is the strictest value."""

import pytest

from gateway.errors import DefinitionRefused
from gateway.policy.asked import Asked, asked_case
from tests.policy.given import example

ASKED = Asked(field="person.names.full", partner="qn-police", purpose="serious-crime")


def test_what_is_left_out_is_the_strictest_value() -> None:
    case = asked_case(example(), ASKED)
    assert (case.roles, case.marks) == (frozenset({"unknown"}), frozenset({"unmarked"}))
    assert (case.classification, case.information, case.origin) == ("TOP-SECRET", "assessment", "third party")
    assert case.grants == frozenset()


def test_what_is_said_is_taken() -> None:
    asked = Asked(
        field="person.sex",
        partner="qs-bureau",
        purpose="border",
        about=("suspect", "child"),
        marked=("H1",),
        classified="OFFICIAL",
        information="fact",
        origin="ours",
        granted=("authorised in this case",),
    )
    case = asked_case(example(), asked)
    assert (case.field, case.partner, case.purpose) == ("person.sex.code", "qs-bureau", "border")
    assert case.roles == {"suspect", "child"}
    assert case.grants == {"authorised in this case"}


def test_every_wrong_word_is_named_at_once() -> None:
    wrong = Asked(field="person.name.full", partner="qn-polise", purpose="crime", about=("victm",), on="tomorrow")
    with pytest.raises(DefinitionRefused) as caught:
        asked_case(example(), wrong)
    assert len(caught.value.faults) == 5
    assert "did you mean `victim`?" in {fault.fix for fault in caught.value.faults}
