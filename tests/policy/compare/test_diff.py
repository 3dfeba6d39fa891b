"""What a change discloses: complete, in few sentences, with its cause, whatever file the change is in."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.names import FieldId
from gateway.policy.compare.boxes import Box, Sets, merged, sets_of
from gateway.policy.compare.diff import Difference, compare
from gateway.policy.compare.example import case_of
from gateway.policy.compare.report import difference_page, difference_paragraphs, plain_difference
from gateway.policy.compare.verdict import Direction, verdict_of
from gateway.policy.decide import decide
from gateway.policy.language import Case, DecisionSet
from gateway.policy.prove.axes import axes_of
from gateway.policy.prove.space import space_for
from tests.policy.compare.changed import Change, Files, contains, partner, rule, spoken, without
from tests.policy.given import POLICY, REGISTER, VOCABULARY, case, edited, example, files, load


def version_3() -> Files:
    """The example of the design before S6 and S9, with narrower S4 and S7."""
    narrow = rule("S4", ("[serious-crime, terrorism]", "[terrorism]"))
    text = narrow[POLICY].decode()
    old = (
        "with: [home, eu-led, adequate, agreement]\n    for: [serious-crime, terrorism, trafficking, threat-to-life, m"
    )
    assert text.count(old) == 1
    text = text.replace(old, old.replace("adequate, ", ""))
    parts = re.split(r"\n(?=  - (?:share|limit|condition))", text)
    left = [part for part in parts if not re.search(r"id: (S6|S9)$", part, re.MULTILINE)]
    return {**narrow, POLICY: "\n".join(left).encode()}


def difference(old: Files, new: Files) -> Difference:
    return compare(load(old), load(new), {}, {})


def test_the_example_of_the_design_is_told_in_four_sentences() -> None:
    found = difference(version_3(), files())
    assert {one.rule: one.cases for one in found.disclosed}["S4"] == 41_280
    assert [one.rule for one in found.disclosed] == ["S7", "S9", "S6", "S4"]
    assert found.disclosed_cases == 1_434_747_264
    assert (found.withdrawn, found.withdrawn_cases, found.held, found.released) == ((), 0, (), ())
    assert [str(one.condition) for one in found.added] == ["no-onward-transfer-without-consent"]
    (s4,) = (one for one in found.disclosed if one.rule == "S4")
    assert [(cause.id, cause.what, cause.place.line) for cause in s4.causes] == [("S4", "for: +serious-crime", 48)]
    assert set(s4.stopped_by) >= {"L2", "L3", "B5"}


def test_it_is_said_in_words_newly_disclosed_first() -> None:
    old, new = load(spoken(version_3())), load(spoken(files()))
    found = compare(old, new, {}, {})
    verdict = verdict_of(found)
    english = difference_paragraphs(found, verdict, new.words["en"])
    assert [heading for heading, _ in english] == ["", "disclosed", "withdrawn", "conditions changed", "causes"]
    assert (
        "NEW. person.names.family, person.names.full, person.names.given, person.names.parts.kind or "
        "person.names.parts.value about convicted persons or suspects only, as a pseudonym, to countries with an "
        "adequacy decision or countries with an agreement, for serious crime. Only what is classified SENSITIVE or "
        "lower. Because of S4 (national-outgoing.policy.yaml, line 48): for: +serious-crime [LED art. 36; "
        "LED art. 37(1)(a); Agreement 2019/14 art. 6]. Some of it is stopped by B2, B5, L2, L3. "
        "41,280 combinations."
    ) in english[1][1]
    page = difference_page(found, verdict, new.words["de"])
    assert '<html lang="de">' in page
    assert old.digest in page
    assert new.digest in page
    plain: Any = plain_difference(found, verdict)
    assert plain["disclosed"]["combinations"] == found.disclosed_cases
    assert plain["verdict"]["direction"] == "wider"


# ---------------------------------------------------------------- every file can disclose


CHANGES: dict[str, tuple[Change, str]] = {
    "a partner moves to another group": (
        lambda: partner("qs-bureau", "regime: agreement", "regime: eu"),
        "qs-bureau regime: +eu -agreement",
    ),
    "a group takes a regime in": (
        lambda: edited("[eu, eu-body, schengen]", "[eu, eu-body, schengen, adequate]", VOCABULARY),
        "eu-led group: +adequate",
    ),
    "a new partner": (
        lambda: edited(
            "partners:\n", "partners:\n  - {id: qz, regime: eu, clearance: SECRET, carries: []}\n", REGISTER
        ),
        "qz new",
    ),
    "a clearance is raised": (
        lambda: partner("qp-border", "clearance: CONFIDENTIAL", "clearance: SECRET"),
        "qp-border clearance: +SECRET -CONFIDENTIAL",
    ),
    "a limit is gone": (lambda: without("L2"), "L2 gone"),
    "a limit names fewer persons": (
        lambda: rule("L4", ("[protected]", "[informant]")),
        "L4 about: +informant -protected",
    ),
    "a limit is lifted by a permission": (
        lambda: rule("L4", ("to: withhold", "unless: [authorised in this case]\n    to: withhold")),
        "L4 unless: +authorised in this case",
    ),
    "a share names one role more": (
        lambda: rule("S3", ("[suspect, convicted]", "[suspect, convicted, contact]")),
        "S3 about: +contact",
    ),
    "a share shows a higher level": (lambda: rule("S6", ("    level: pseudonym\n", "")), "S6 level: -pseudonym"),
    "a share asks for no permission": (
        lambda: rule("S9", ("    only when: [an emergency is declared]\n", "")),
        "S9 only when: -an emergency is declared",
    ),
    "a share goes up to a higher classification": (
        lambda: rule("S10", ("up to OFFICIAL", "up to SECRET")),
        "S10 classified: +up to SECRET -up to OFFICIAL",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_discloses_is_found_and_its_cause_is_named(name: str) -> None:
    found, cause = compared(name), CHANGES[name][1]
    assert cause in {f"{each.id} {each.what}" for each in found.causes}
    assert verdict_of(found).direction is Direction.WIDER
    assert found.disclosed_cases > 0
    assert all(one.rule for one in found.disclosed), "something has no short name"
    assert cause in {f"{each.id} {each.what}" for one in found.disclosed for each in one.causes}


def test_a_channel_that_carries_more_may_get_more() -> None:
    found = difference(partner("qn-police", "[message, item]", "[message]"), files())
    assert {one.rule for one in found.disclosed} == {"S3", "S6"}
    assert {each.what for one in found.disclosed for each in one.causes} == {"carries: +item"}


def test_a_field_in_another_class_shows_up_although_no_line_changed() -> None:
    new = example()
    moved = new.catalogue.fields[FieldId("person.contacts.value")]
    fields = {**new.catalogue.fields, moved.id: replace(moved, data_class="identity")}
    shares = tuple(
        replace(share, fields=share.fields | {moved.id}) if share.id == "S1" else share for share in new.policy.shares
    )
    changed = replace(new, policy=replace(new.policy, shares=shares), catalogue=replace(new.catalogue, fields=fields))
    found = compare(new, changed, {}, {})
    causes = {each.what for one in found.disclosed for each in one.causes}
    assert causes == {"field: +class identity -class contact"}
    assert [one.box.plain[0] for one in found.disclosed] == [frozenset({moved.id})]


def test_backwards_is_the_same_with_the_signs_turned() -> None:
    found, backwards = difference(version_3(), files()), difference(files(), version_3())
    assert (backwards.withdrawn_cases, backwards.disclosed_cases) == (found.disclosed_cases, 0)
    assert {each.what for one in backwards.withdrawn for each in one.causes} == {
        "for: -serious-crime",
        "with: -adequate",
        "gone",
    }


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=8)
@given(data=st.data())
def test_what_is_said_is_what_the_definition_decides(name: str, data: st.DataObject) -> None:
    """Every case whose level rises lies in a sentence; every case of a sentence rose, was there, or is stopped."""
    old, new = example(), known(name)
    found = compared(name)
    one = data.draw(cases(new, found))
    before, after = level(old, one), level(new, one)
    inside = [each for each in found.disclosed if contains(each.box, one, found.axes)]
    if after > max(before, 0):
        assert inside
    for each in inside:
        ladder = new.catalogue.ladder(one.field)
        assert after > before or before >= ladder.rung(each.box.level) or each.stopped_by


_KNOWN: dict[str, DecisionSet] = {}
_COMPARED: dict[str, Difference] = {}


def known(name: str) -> DecisionSet:
    if name not in _KNOWN:
        _KNOWN[name] = load(CHANGES[name][0]())
    return _KNOWN[name]


def compared(name: str) -> Difference:
    if name not in _COMPARED:
        _COMPARED[name] = compare(example(), known(name), {}, {})
    return _COMPARED[name]


def level(decisions: DecisionSet, one: Case) -> int:
    if one.partner.removesuffix(":expired") not in decisions.partners:
        return 0
    return decide(decisions.policy, decisions.catalogue, decisions.register, one)[0]


@st.composite
def cases(draw: st.DrawFn, decisions: DecisionSet, found: Difference) -> Case:
    """Half of the cases lie inside what is said."""
    axes = axes_of(decisions)
    plain: list[Any] = [draw(st.sampled_from(axis)) for axis in axes.plain]
    people = draw(st.frozensets(st.sampled_from((*axes.atoms.roles, *axes.atoms.statuses)), min_size=1, max_size=2))
    inside: bool = draw(st.booleans())
    if inside and found.disclosed:
        box = draw(st.sampled_from(found.disclosed)).box
        plain = [draw(st.sampled_from(sorted(values))) for values in box.plain]
        only = [one for i, one in enumerate(axes.atoms.people) if box.sets.people >> i & 1]
        people = draw(st.frozensets(st.sampled_from(only), min_size=1, max_size=2))
    if "no-person" in people or not people & {*axes.atoms.roles}:
        people = frozenset({"no-person"})
    marks = draw(st.frozensets(st.sampled_from(axes.atoms.marks), min_size=1, max_size=2))
    grants = draw(st.frozensets(st.sampled_from(axes.atoms.grants)))
    field, partner, purpose, classification, information, origin, usable = plain
    return case(
        field=field,
        partner=partner,
        purpose=purpose,
        classification=classification,
        information=information,
        origin=origin,
        usable=usable,
        roles=people,
        marks=marks,
        grants=grants,
    )


# ---------------------------------------------------------------- boxes


ATOMS = axes_of(example()).atoms


@given(st.integers(0), st.lists(st.integers(1, 2**15 - 1), min_size=1, max_size=3), st.integers(0, 15))
def test_bits_become_boxes_and_boxes_the_same_bits(random: int, people: list[int], grants: int) -> None:
    masks = Sets(people=people[0], marks=3, some_people=tuple(people[1:]), needs=grants).masks()
    space = space_for(ATOMS, masks)
    bits = random % (space.every + 1) & space.existing
    found = 0
    for sets in sets_of(space, bits, ATOMS):
        found |= sets.bits(space)
    assert found == bits


PLAINS = st.tuples(*(st.frozensets(st.sampled_from("ab"), min_size=1) for _ in range(7)))


@given(st.lists(PLAINS, min_size=1, max_size=6))
def test_merging_boxes_keeps_the_cases(plains: list[tuple[frozenset[str], ...]]) -> None:
    sets = Sets(1, 1)
    after = [box.plain for box in merged(Box(plain, sets, "full") for plain in plains)]

    def within(point: tuple[str, ...], boxes: list[tuple[frozenset[str], ...]]) -> bool:
        return any(all(v in part for v, part in zip(point, box, strict=True)) for box in boxes)

    for number in range(2**7):
        point = tuple("ab"[number >> i & 1] for i in range(7))
        assert within(point, plains) == within(point, after)
    assert len(after) <= len(plains)


def test_no_time_left_means_longer_and_never_less() -> None:
    old, new = load(version_3()), load()
    found = compare(old, new, {}, {}, lambda: True)
    assert found.disclosed_cases == 1_434_747_264
    assert len(found.disclosed) > 4
    assert not any(one.rule for one in found.disclosed)
    assert all(one.causes for one in found.disclosed), "what is only listed has a cause, too"
    for one in found.disclosed:
        example_case = case_of(one.box, found.axes)
        assert contains(one.box, example_case, found.axes)
        assert level(new, example_case) > max(level(old, example_case), 0)
    assert replace(found, disclosed=()).discloses_more
