"""Trying promises: a false one is found, a true one is not called proved."""

import pytest

from gateway.policy.language import GRANTS
from gateway.policy.promises import Tried, try_promises
from tests.policy.given import POLICY, edited, example, load, shipped

ONE_PARTNER_MORE = """  - share: [case]
    id: S70
    title: x
    law: [x]
    about: [anyone]
    with: [qo-police]
    for: [vetting]

"""


def tried(old: str, new: str) -> dict[str, Tried]:
    return {one.promise.id: one for one in try_promises(load(edited(old, new)))}


@pytest.mark.parametrize("name", ["demo", "real"])
def test_no_promise_of_the_shipped_policies_is_broken_where_it_was_tried(name: str) -> None:
    assert [one.fault for one in try_promises(shipped(name).decisions) if one.fault] == []


def test_the_promises_of_the_design_are_not_broken_where_they_were_tried() -> None:
    found = try_promises(example())
    assert [one.fault for one in found if one.fault] == []
    assert all(0 < one.tried <= one.of for one in found)


def test_the_slip_of_the_design_is_found() -> None:
    """L5 no longer names victims, and S3 is widened to them and to third countries (section 7)."""
    text = "    about: [suspect, convicted]\n    with: [eu-led]\n    for: [serious-crime, terrorism]\n"
    wide = "    about: [suspect, victim]\n    with: [agreement]\n    for: [serious-crime, terrorism]\n"
    given = edited(text, wide)
    given[POLICY] = given[POLICY].replace(b"    about: [victim, witness, child]\n", b"    about: [witness, child]\n")
    found = {one.promise.id: one for one in try_promises(load(given))}
    broken = found["P1"]
    assert broken.broken is not None
    assert broken.broken.roles == {"victim"}
    assert broken.fault is not None
    assert (broken.fault.code, broken.fault.place.file) == ("POL-062", POLICY)
    assert found["P2"].broken is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("promise", "old", "new"),
    [
        ("P2", "  - limit: [intimate]", "  - limit: [grading]"),
        ("P4", "    level: pseudonym\n    about: [victim]", "    about: [victim]"),
        ("P5", "    about: [protected]\n\n  - limit", "    about: [listed]\n\n  - limit"),
        (
            "P6",
            "    with: [eu-body]\n    for: [terrorism]\n    marked: [H0]",
            "    with: [eu-body]\n    for: [border]\n    marked: [H0]",
        ),
        (
            "P7",
            "  - share: [case, location, relation]\n",
            f"{ONE_PARTNER_MORE}  - share: [case, location, relation]\n",
        ),
    ],
)
def test_each_form_of_promise_can_be_broken(promise: str, old: str, new: str) -> None:
    given = edited(old, new)
    if promise == "P2":
        given[POLICY] = (
            given[POLICY]
            .replace(b"  - share: [grading]", b"  - share: [grading, intimate]")
            .replace(b"    title: How reliable the information is", b"    title: How reliable\n    why: x")
        )
    if promise == "P5":
        given[POLICY] = given[POLICY].replace(
            b"    about: [anyone]\n    with: [everyone]", b"    about: [anyone]\n    with: [home]"
        )
    assert {one.promise.id: one for one in try_promises(load(given), most=8_000)}[promise].broken is not None


def test_a_promise_with_a_permission_taken_out_is_tried_without_it() -> None:
    promise = next(one.promise for one in try_promises(shipped("demo").decisions) if one.promise.id == "P3")
    assert promise.without == {"reviewed by an officer"}
    assert promise.without < set(GRANTS)


def test_fewer_cases_are_an_even_selection_and_never_none() -> None:
    for one in try_promises(example(), most=10):
        assert 1 <= one.tried <= 10
